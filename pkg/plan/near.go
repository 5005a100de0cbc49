package plan

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"genesys-timeouts/pkg/spelling"
)

// near gives up to three of the names that are closest to name, the closest first; none that is not nearly it.
func near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	want := strings.ToLower(name)
	length := utf8.RuneCountInString(want)
	limit := max(2, length/3)
	var close []candidate
	for _, n := range names {
		have := strings.ToLower(n)
		if diff := utf8.RuneCountInString(have) - length; diff > limit || -diff > limit {
			continue
		}
		if d := spelling.Distance(want, have); d <= limit {
			close = append(close, candidate{n, d})
		}
	}
	sort.SliceStable(close, func(i, j int) bool {
		a, b := close[i], close[j]
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name)) < 0
	})
	var out []string
	for _, c := range slices.CompactFunc(close, func(a, b candidate) bool { return a.name == b.name }) {
		if len(out) < 3 {
			out = append(out, c.name)
		}
	}
	return out
}
