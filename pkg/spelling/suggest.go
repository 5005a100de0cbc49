package spelling

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Twin is the known text that looks the same as another one, or "".
func Twin(text string, known []string) string {
	for _, k := range known {
		if Difference(text, k) != "" {
			return k
		}
	}
	return ""
}

// Near returns up to three known texts that a text may mean, the closest first: those within a third of its length, and
// those that contain it. Case does not matter. One that looks the same comes alone, and of several that look the same
// there is one.
func Near(text string, known []string) []string {
	if twin := Twin(text, known); twin != "" {
		return []string{twin}
	}
	type candidate struct {
		text     string
		distance int
	}
	want := strings.ToLower(text)
	length := utf8.RuneCountInString(want)
	limit := max(2, length/3)
	var close []candidate
	for _, k := range known {
		have, d := strings.ToLower(k), limit+1
		if diff := utf8.RuneCountInString(have) - length; -limit <= diff && diff <= limit {
			d = Distance(want, have)
		}
		if length > 2 && strings.Contains(have, want) {
			d = min(d, limit)
		}
		if d <= limit {
			close = append(close, candidate{k, d})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.text, b.text))
	})
	var out []string
	for _, c := range close {
		if len(out) < 3 && !slices.Contains(out, c.text) && Twin(c.text, out) == "" {
			out = append(out, c.text)
		}
	}
	return out
}

// DidYouMean asks whether a text means one of those near it; "" without any. One that looks the same is not quoted: the
// reader would see no difference.
func DidYouMean(text string, near ...string) string {
	if len(near) == 0 {
		return ""
	}
	var quoted []string
	for _, n := range near {
		if how := Difference(text, n); how != "" {
			return "did you mean the one that looks the same and differs only in " + how + "?"
		}
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	return "did you mean " + strings.Join(quoted, " or ") + "?"
}

// Suggest ends a message with what a text may mean; "" if nothing is near. copied says what to do about one that looks
// the same.
func Suggest(text string, known []string, copied string) string {
	near := Near(text, known)
	switch {
	case len(near) == 0:
		return ""
	case Twin(text, near) != "":
		return "; " + DidYouMean(text, near...) + " " + copied
	}
	return "; " + DidYouMean(text, near...)
}
