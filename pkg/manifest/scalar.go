package manifest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reserved are words that some YAML version reads as something other than text.
var reserved = map[string]bool{
	"true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true, "null": true,
	"nan": true, "inf": true,
}

// isUUID reports whether s is an id as flows and integrations have it. It has too many dashes for a number and too few
// digits in front for a date.
func isUUID(s string) bool {
	groups := strings.Split(s, "-")
	if len(groups) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(groups[i]) != length || strings.Trim(groups[i], "0123456789abcdef") != "" {
			return false
		}
	}
	return true
}

// isPlain reports whether text can stand without quotes: it is a UUID, or begins with a letter and holds nothing that
// means something in YAML.
func isPlain(s string) bool {
	if isUUID(s) {
		return true
	}
	if s == "" || strings.HasSuffix(s, " ") || reserved[strings.ToLower(s)] {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9') && !strings.ContainsRune(" _-./()", rune(c))) {
			return false
		}
	}
	return true
}

// zeroWidthJoiner holds emoji together; it alone of what does not print may stand as it is.
const zeroWidthJoiner = '\u200D'

// prints reports whether a character can be seen and leaves the line and its direction as they are.
func prints(r rune) bool { return strconv.IsPrint(r) || r == zeroWidthJoiner }

// escape is a character as an escape of YAML's double quotes.
func escape(r rune) string {
	switch {
	case r <= 0xFF:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// comment is text that stays inside its comment: one line, everything escaped that does not print.
func comment(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteByte(' ')
		case prints(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		i += size
	}
	return strings.TrimSpace(b.String())
}
