package spelling

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Difference says in what alone two texts differ that look the same on a screen: "Unicode form", "blanks" or "invisible
// characters". It is empty if they are equal, or look different.
func Difference(a, b string) string {
	switch {
	case a == b || differ(a, b):
		return ""
	case norm.NFD.String(a) == norm.NFD.String(b):
		return "Unicode form (composed and decomposed letters)"
	}
	a, b = visible(norm.NFD.String(a)), visible(norm.NFD.String(b))
	switch {
	case a == b:
		return "invisible characters"
	case squeezed(a) == squeezed(b):
		return "blanks"
	}
	return ""
}

// Alike says how two of the texts differ that look the same, or nothing. It looks at 50 at most.
func Alike(texts []string) string {
	texts = slices.Compact(slices.Sorted(slices.Values(texts)))
	texts = texts[:min(len(texts), 50)]
	for i, x := range texts {
		if twin := Twin(x, texts[i+1:]); twin != "" {
			return Difference(x, twin)
		}
	}
	return ""
}

// differ tells most texts apart at their first letters, without the cost of taking them apart.
func differ(a, b string) bool {
	a, b = strings.TrimLeft(a, " "), strings.TrimLeft(b, " ")
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	ascii := a[0]|a[1]|b[0]|b[1] < utf8.RuneSelf
	return ascii && a[0] > ' ' && b[0] > ' ' && a[0] != b[0]
}

// visible leaves out what no screen shows: zero-width characters, directional marks, variation selectors.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
}

// squeezed leaves out blanks at both ends and makes those in between one space.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
