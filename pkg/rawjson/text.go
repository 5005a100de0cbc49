package rawjson

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are the characters that may follow a backslash (besides u), and what the two stand for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// String writes text as a JSON string. Nothing is escaped but what has to be: quotes, backslashes and control characters.
func String(text string) []byte {
	return append(appendEscaped([]byte{'"'}, []byte(text)), '"')
}

func appendEscaped(to, text []byte) []byte {
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c == '\n':
			to = append(to, '\\', 'n')
		case c == '\r':
			to = append(to, '\\', 'r')
		case c == '\t':
			to = append(to, '\\', 't')
		case c < 0x20:
			to = append(to, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			to = append(to, c)
		}
	}
	return to
}

// decode gives what a checked string (with its quotes) says, and for each byte of it the place in raw where the character or
// escape it belongs to begins; one more place stands for the end. Bytes that are no UTF-8 come through as they are.
func decode(raw []byte) (text []byte, at []int) {
	text, at = make([]byte, 0, len(raw)-2), make([]int, 0, len(raw)-1)
	end := len(raw) - 1
	for i := 1; i < end; {
		from, size := i, len(text)
		switch {
		case raw[i] != '\\':
			text = append(text, raw[i])
			i++
		case raw[i+1] != 'u':
			text = append(text, escapes[raw[i+1]])
			i += 2
		default:
			r, n := unicodeEscape(raw[i:end])
			text = utf8.AppendRune(text, r)
			i += n
		}
		for range len(text) - size {
			at = append(at, from)
		}
	}
	return text, append(at, end)
}

// unicodeEscape reads \uXXXX, or a surrogate pair of two, and gives the bytes it took. A lone surrogate is U+FFFD.
func unicodeEscape(s []byte) (rune, int) {
	r := hex(s[2:6])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex(s[8:12])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex(four []byte) rune {
	n, err := strconv.ParseUint(string(four), 16, 16)
	if err != nil {
		return utf8.RuneError // not in a checked string
	}
	return rune(n)
}
