package plan

import (
	"cmp"
	"slices"
	"strings"
)

// near gives up to three of the names that are closest to name, the closest first; none that is not nearly it.
func near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	want := []rune(strings.ToLower(name))
	limit := max(2, len(want)/3)
	var close []candidate
	for _, n := range names {
		have := []rune(strings.ToLower(n))
		if diff := len(have) - len(want); diff > limit || -diff > limit {
			continue
		}
		if d := distance(want, have); d <= limit {
			close = append(close, candidate{n, d})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range slices.CompactFunc(close, func(a, b candidate) bool { return a.name == b.name }) {
		if len(out) < 3 {
			out = append(out, c.name)
		}
	}
	return out
}

// distance is the least number of runes to insert, delete or replace that makes one text the other.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
