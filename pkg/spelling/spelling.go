// Package spelling tells how nearly two words are the same, for every "did you mean".
package spelling

// Distance is the least number of runes to insert, delete, replace or swap with their neighbour that makes one text the
// other (optimal string alignment). It takes time in proportion to the product of the lengths: callers leave out texts
// whose lengths alone are too far apart.
func Distance(x, y string) int {
	a, b := []rune(x), []rune(y)
	var before []int // the row before row
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	next := make([]int, len(b)+1)
	for i := range a {
		next[0] = i + 1
		for j := range b {
			replaced := row[j]
			if a[i] != b[j] {
				replaced++
			}
			next[j+1] = min(replaced, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		if before == nil {
			before = make([]int, len(b)+1)
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
