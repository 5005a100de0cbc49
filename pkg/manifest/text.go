package manifest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// maxMarks is the most line breaks, colons, commas and brackets outside comments that a manifest may have. Each becomes at most
// about one YAML node, so that a file of 16 MiB that is all commas cannot take a gigabyte. 10,000 entries have about 90,000.
const maxMarks = 500_000

// byteOrderMark is what some editors put at the start of a file.
var byteOrderMark = []byte("\uFEFF")

// toText makes a file's bytes UTF-8 without the byte order mark at its start; false for UTF-16 that is not valid.
// UTF-16 with a byte order mark is read: it is what "> file" writes in Windows PowerShell 5.
func toText(raw []byte) ([]byte, bool) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return fromUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return fromUTF16(raw[2:], binary.BigEndian)
	}
	return bytes.TrimPrefix(raw, byteOrderMark), true
}

// decode makes a file's bytes the text that YAML is read from, without byte order marks, or says what is wrong with them.
func decode(raw []byte) ([]byte, *mistake) {
	text, ok := toText(raw)
	if !ok {
		return nil, &mistake{1, 1, "is not valid UTF-16, though it begins as such; save the file as UTF-8"}
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
		return nil, &mistake{stray, 1, "a byte order mark (U+FEFF) within a document, as joined files have it; part the files with a line `---`"}
	}
	if marks(text) > maxMarks {
		return nil, &mistake{1, 1, fmt.Sprintf("holds more than %d lines and values; split it into several files", maxMarks)}
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

// badCharacter finds the first character that must not stand in a manifest, and says why. Beyond what YAML itself refuses, these are
// the line breaks that only some readers take for one (U+0085, U+2028, U+2029): behind a comment they would hide a line.
func badCharacter(text []byte) (offset int, why string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c == 0 && i < 4 {
				return i, "a NUL byte at the beginning: this looks like UTF-16 or binary data; save the file as UTF-8"
			}
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7F {
				return i, fmt.Sprintf("control character U+%04X: YAML does not allow it; in a name write it as \"\\x%02x\" in double quotes", c, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, fmt.Sprintf("byte 0x%02X is not valid UTF-8; save the file as UTF-8", c)
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			return i, fmt.Sprintf("line separator U+%04X: programs disagree on whether a line ends here; in a name write it as \"\\u%04x\" in double quotes", r, r)
		case r < 0xA0 || r == 0xFFFE || r == 0xFFFF:
			return i, fmt.Sprintf("control character U+%04X: YAML does not allow it; in a name write it as \"\\u%04x\" in double quotes", r, r)
		}
		i += size
	}
	return 0, ""
}

// dropMarks takes out the byte order marks that stand before a document: files that were joined have them. One that stands at the
// beginning of a line within a document is stray; then its line is told, and the text stays as it is.
func dropMarks(text []byte) (out []byte, stray int) {
	if !bytes.Contains(text, byteOrderMark) {
		return text, 0
	}
	// fresh: nothing of the document has come yet. marked is the line of a mark after which it has to end, 0 for none.
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

// marks counts what YAML nodes begin at.
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

// chunk is a stretch of a file that holds one document, seldom more; line is the number of lines before it.
type chunk struct {
	text []byte
	line int
}

// split cuts a file at its document markers, so that a syntax error costs one document and not all that follow. A line
// that begins with "---" ends whatever came before it, wherever it stands: YAML allows no scalar to hold one.
func split(text []byte) []chunk {
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

// lineEnd is the offset behind a line and its break.
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

// isBlank reports whether a line holds no more than blanks and a comment.
func isBlank(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#'
}
