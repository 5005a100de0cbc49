package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"genesys-timeouts/pkg/spelling"
)

// near returns up to three names that are closest to name, the closest first, and none that is not nearly it.
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
	slices.SortStableFunc(close, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range close {
		looks := func(n string) bool { return n == c.name || spelling.Difference(n, c.name) != "" }
		if len(out) < 3 && !slices.ContainsFunc(out, looks) {
			out = append(out, c.name)
		}
	}
	return out
}

// didYouMean suggests near names. A name that looks the same as the one looked for is not quoted: the reader would see
// no difference.
func didYouMean(noun, name string, names []string) string {
	for _, n := range names {
		if how := spelling.Difference(name, n); how != "" {
			return fmt.Sprintf("; there is a %s whose name looks the same and differs only in %s: copy its name, or "+
				"use `id:`", noun, how)
		}
	}
	found := near(name, names)
	if len(found) == 0 {
		return ""
	}
	for i, n := range found {
		found[i] = fmt.Sprintf("%q", n)
	}
	return "; did you mean " + strings.Join(found, " or ") + "?"
}
