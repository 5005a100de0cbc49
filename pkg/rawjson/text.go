package rawjson

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes maps a character after a backslash (other than u) to what the pair means.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// String returns text as a JSON string. Only quotes, backslashes and control characters are escaped.
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

// Text is what a string says whose text between the quotes is raw, with U+FFFD for invalid UTF-8 and lone surrogates.
func Text(raw []byte) string {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw, _ = decode(raw)
	}
	return string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
}

// Whole reads a whole number in any spelling: 4, 4.0, 4e0. It is false for text that is not a JSON number, for
// fractions, and beyond 1<<53 for a number that is not digits alone.
func Whole(text string) (int64, bool) {
	if !Value(text).IsNumber() || !json.Valid([]byte(text)) {
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > 1<<53 || f != math.Trunc(f) {
		return 0, false
	}
	return int64(f), true
}

// decode returns what a checked string says and, for each byte of that, where in raw (what is between the quotes) its
// character or escape starts, plus one place for the end. Invalid UTF-8 passes through unchanged.
func decode(raw []byte) (text []byte, at []int) {
	text, at = make([]byte, 0, len(raw)), make([]int, 0, len(raw)+1)
	for i := 0; i < len(raw); {
		from, size := i, len(text)
		switch {
		case raw[i] != '\\':
			text = append(text, raw[i])
			i++
		case raw[i+1] != 'u':
			text = append(text, escapes[raw[i+1]])
			i += 2
		default:
			r, n := unicodeEscape(raw[i:])
			text = utf8.AppendRune(text, r)
			i += n
		}
		for range len(text) - size {
			at = append(at, from)
		}
	}
	return text, append(at, len(raw))
}

// unicodeEscape reads \uXXXX, or two that make a surrogate pair, and returns how many bytes it took. A lone surrogate
// is U+FFFD.
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
		return utf8.RuneError // cannot happen in a checked string
	}
	return rune(n)
}

func allHex(s []byte) bool {
	for _, c := range s {
		if !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
