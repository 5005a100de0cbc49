package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// maxMarks is how many combining characters may follow each other. No script needs more, and a name made of a million
// of them would take no column at all.
const maxMarks = 6

// Inline makes text from elsewhere safe within a line. What would move the cursor, colour, reorder or hide text becomes
// a Go escape (\n, \x1b, \u202e), and so do the two sequences that GitHub's runner takes for a command: "::" at the
// start of a line or after a space, and "##[" anywhere. It is idempotent.
func Inline(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks, previous := 0, rune(' ')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if isMark(r) {
			marks++
		} else {
			marks = 0
		}
		out := ""
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Sprintf(`\x%02x`, s[i])
		case r == '\u200d' || r == '\u200c': // in emoji and several scripts they shape the text, elsewhere they hide in it
			next, _ := utf8.DecodeRuneInString(s[i+size:])
			if previous < 0x80 || next < 0x80 || invisible(next) || next == '\u200d' || next == '\u200c' ||
				next == utf8.RuneError {
				out = escape(r)
			}
		case invisible(r) || marks > maxMarks:
			out = escape(r)
		case r == ':' && unicode.IsSpace(previous) && strings.HasPrefix(s[i:], "::"):
			out = `\x3a`
		case r == '[' && strings.HasSuffix(s[:i], "##"):
			out = `\x5b`
		}
		if previous = r; out != "" {
			previous = '.' // what is shown as an escape shapes nothing
		} else {
			out = s[i : i+size]
		}
		b.WriteString(out)
		i += size
	}
	return b.String()
}

// plainASCII is the fast path for nearly every name: printable ASCII without a runner's command.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return !strings.Contains(s, "::") && !strings.Contains(s, "##[")
}

// isMark reports whether the character combines with the one before it.
func isMark(r rune) bool { return r > 0x7f && unicode.In(r, unicode.Mn, unicode.Me) }

// invisible reports whether a character is invisible but has an effect, or could hide: controls, format characters
// (bidirectional, zero-width, tags), line and paragraph separators, noncharacters. The two joiners depend on their
// neighbours.
func invisible(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return false
	case r < ' ' || r >= 0x7f && r <= 0x9f:
		return true
	case r < 0x7f:
		return false
	case r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 ||
		r == 0x2800: // fillers: letters that look like nothing
		return true
	case r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs)
}

// escape writes a character as Go source does.
func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// appendSurrogates writes a character beyond the basic plane as JSON does.
func appendSurrogates(b []byte, r rune) []byte {
	high, low := utf16.EncodeRune(r)
	return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
}

// columns measures the same in every locale: characters of ambiguous width count as narrow.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

// width is the number of columns that text takes.
func width(s string) int { return columns.StringWidth(s) }

// Cut is text from elsewhere within a line of at most so many columns; "…" ends what was longer.
func Cut(s string, room int) string { return cut(Inline(s), room) }

// cut shortens text to a number of columns and ends it with "…". It never splits a character or an emoji.
func cut(s string, room int) string {
	const worst = 64 // more bytes than a column's character takes, with its marks and joiners; spares measuring a megabyte
	if room <= 0 {
		return ""
	}
	if len(s) > room*worst {
		s = strings.ToValidUTF8(s[:room*worst], "") + "…"
	}
	if width(s) <= room {
		return s
	}
	return columns.Truncate(s, room, "…")
}

// shorten is cut, but keeps the end of the text: names that begin alike often differ at the end.
func shorten(s string, room int) string {
	const worst, least = 64, 12 // below least columns two halves of a name tell less than one
	if room < least || len(s) > (room+worst)*worst {
		return cut(s, room)
	}
	if width(s) <= room {
		return s
	}
	end := len(s)
	for end > 0 {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		if width(s[end-size:]) > room/3 {
			break
		}
		end -= size
	}
	tail := s[end:]
	for tail != "" { // neither a mark nor the rest of an emoji without its beginning
		r, size := utf8.DecodeRuneInString(tail)
		if before, _ := utf8.DecodeLastRuneInString(s[:len(s)-len(tail)]); !isMark(r) && r != '\u200d' && before != '\u200d' {
			break
		}
		tail = tail[size:]
	}
	head := columns.Truncate(s[:len(s)-len(tail)], room-1-width(tail), "")
	return strings.TrimRight(head, " ") + "…" + strings.TrimLeft(tail, " ")
}

// name is a name from elsewhere within a line.
func name(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(no name)"
	}
	return Inline(clip(s))
}

// clip bounds text that is cut later anyway, before each character is inspected.
func clip(s string) string {
	const most = 16 << 10
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
