package manifest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Memory grows with the number of YAML nodes, and each of them begins at a mark: a line break, colon, comma or bracket
// outside comments. The tersest honest entry, `- {id: a1b2, timeout: 3s}`, has five marks in 26 bytes; a file of commas
// has one in two. A large file denser than bytesPerMark is not a manifest, and would take gigabytes.
const (
	fewMarks     = 500_000
	bytesPerMark = 4
)

// byteOrderMark is what some editors put at the start of a file.
var byteOrderMark = []byte("\uFEFF")

// toText converts a file's bytes to UTF-8 without the byte order mark at its start; false for invalid UTF-16. UTF-16
// with a byte order mark is what "> file" writes in Windows PowerShell 5.
func toText(raw []byte) ([]byte, bool) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return fromUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return fromUTF16(raw[2:], binary.BigEndian)
	}
	return bytes.TrimPrefix(raw, byteOrderMark), true
}

// decode converts a file's bytes to the text to parse, without byte order marks, or says what is wrong with them.
func decode(raw []byte) ([]byte, *mistake) {
	text, ok := toText(raw)
	if !ok {
		return nil, &mistake{1, 1, "is not valid UTF-16, although it starts like it; save the file as UTF-8"}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &mistake{1, 1, "is empty: a manifest begins with `version: 1`"}
	}
	text, stray := dropMarks(text)
	if offset, why := badCharacter(text); why != "" {
		line, column := position(text, offset)
		return nil, &mistake{line, column, why}
	}
	if stray > 0 {
		return nil, &mistake{stray, 1, "a byte order mark (U+FEFF) inside a document, as in concatenated files; " +
			"separate them with a line `---`"}
	}
	if n := marks(text); n > fewMarks && n*bytesPerMark > len(text) {
		return nil, &mistake{1, 1, fmt.Sprintf("has %d lines and values in %d bytes, too dense for a manifest", n,
			len(text))}
	}
	return text, nil
}

// mistake is a problem before its file is known.
type mistake struct {
	line, column int
	message      string
}

func fromUTF16(raw []byte, order binary.ByteOrder) ([]byte, bool) {
	if len(raw)%2 != 0 {
		return nil, false
	}
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) > 0; raw = raw[2:] {
		units = append(units, order.Uint16(raw))
	}
	runes := utf16.Decode(units)
	return []byte(string(runes)), slices.Equal(utf16.Encode(runes), units)
}

// badCharacter finds the first character that a manifest must not contain, and says why: what YAML refuses, and the
// line breaks that only some readers know (U+0085, U+2028, U+2029), which would hide a line behind a comment.
func badCharacter(text []byte) (offset int, why string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c == 0 && i < 4 {
				return i, "a NUL byte at the start: this looks like UTF-16 or binary data; save the file as UTF-8"
			}
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7F {
				return i, fmt.Sprintf("control character U+%04X: YAML does not allow it; in a name write it as "+
					"\"\\x%02x\" in double quotes", c, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, fmt.Sprintf("byte 0x%02X is not valid UTF-8; save the file as UTF-8", c)
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			return i, fmt.Sprintf("line separator U+%04X: programs disagree on whether a line ends here; in a name "+
				"write it as \"\\u%04x\" in double quotes", r, r)
		case r < 0xA0 || r == 0xFFFE || r == 0xFFFF:
			return i, fmt.Sprintf("control character U+%04X: YAML does not allow it; in a name write it as "+
				"\"\\u%04x\" in double quotes", r, r)
		}
		i += size
	}
	return 0, ""
}

// dropMarks removes the byte order marks before documents, which concatenated files have. For one at the start of a
// line inside a document it returns the line, and the text as it was.
func dropMarks(text []byte) (out []byte, stray int) {
	if !bytes.Contains(text, byteOrderMark) {
		return text, 0
	}
	// fresh: the document has no content yet. marked is the line of a mark after which it has to end, 0 for none.
	fresh, marked, line := true, 0, 0
	for offset := 0; offset < len(text); {
		end := lineEnd(text, offset)
		content, isMarked := bytes.CutPrefix(text[offset:end], byteOrderMark)
		offset = end
		line++
		if isMarked && !fresh && marked == 0 {
			marked = line
		}
		switch {
		case isMarker(content, "---"):
			fresh, marked = isBlank(content[len("---"):]), 0
		case isMarker(content, "..."):
			fresh, marked = true, 0
		case isBlank(content):
		case marked > 0:
			return text, marked
		case content[0] != '%':
			fresh = false
		}
		out = append(out, content...)
	}
	return out, 0
}

// position is the line and column, in characters, of an offset.
func position(text []byte, offset int) (line, column int) {
	before := bytes.ReplaceAll(text[:offset], []byte("\r\n"), []byte("\n"))
	before = bytes.ReplaceAll(before, []byte("\r"), []byte("\n"))
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// marks counts where YAML nodes can begin.
func marks(text []byte) int {
	n, comment, blank := 0, false, true
	for _, c := range text {
		switch c {
		case '\n', '\r':
			if !comment {
				n++
			}
			comment, blank = false, true
			continue
		case '#':
			comment = comment || blank
		case ':', ',', '[', '{', '?':
			if !comment {
				n++
			}
		}
		blank = blank && (c == ' ' || c == '\t')
	}
	return n
}

// chunk is a part of a file with one document, rarely more; line is the number of lines before it.
type chunk struct {
	text []byte
	line int
}

// split cuts a file at its document markers, so that a syntax error costs one document and not all that follow. No YAML
// scalar can contain a line that begins with "---".
func split(text []byte) []chunk {
	if !bytes.Contains(text, []byte("---")) && !bytes.Contains(text, []byte("...")) {
		return []chunk{{text, 0}}
	}
	var chunks []chunk
	start, startLine, line := 0, 0, 0
	open, ended := false, false
	cut := func(offset int) {
		chunks = append(chunks, chunk{text[start:offset], startLine})
		start, startLine, ended = offset, line, false
	}
	for offset := 0; offset < len(text); line++ {
		end := lineEnd(text, offset)
		content := text[offset:end]
		switch {
		case isMarker(content, "---"):
			if open {
				cut(offset)
			}
			open = true
		case isMarker(content, "..."):
			ended = open
		case ended && !isBlank(content):
			cut(offset)
			open = content[0] != '%'
		case !open && !isBlank(content) && content[0] != '%':
			open = true
		}
		offset = end
	}
	return append(chunks, chunk{text[start:], startLine})
}

// lineEnd is the offset after a line and its break.
func lineEnd(text []byte, offset int) int {
	i := bytes.IndexAny(text[offset:], "\r\n")
	if i < 0 {
		return len(text)
	}
	i += offset + 1
	if text[i-1] == '\r' && i < len(text) && text[i] == '\n' {
		i++
	}
	return i
}

// isMarker reports whether a line begins with a document marker.
func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// isBlank reports whether a line has only blanks and a comment.
func isBlank(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#'
}
