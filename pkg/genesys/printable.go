package genesys

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable puts raw on one line of at most so many bytes: blanks become one space; control characters, invisible ones
// that change how a line reads, and broken UTF-8 are dropped.
func printable(raw string, most int) string {
	var b strings.Builder
	blank := false
	for _, r := range raw {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case r == utf8.RuneError, !unicode.IsGraphic(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return cut(b.String(), most)
}

// cut shortens s to at most so many bytes, at a letter's end, and says that it did.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
