package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parse reads the documents of a chunk up to the first syntax error. Empty documents come too.
func parse(c chunk) (documents []*yaml.Node, wrong *mistake) {
	documents, read, err := parseLines(c.text)
	if err == nil {
		return documents, nil
	}
	return documents, explainSyntax(c, err, read)
}

// parseLines reads documents line by line, so that the number of lines read when an error comes up is known.
func parseLines(text []byte) (documents []*yaml.Node, read int, err error) {
	lines := &lineReader{text: text}
	defer func() {
		// The parser meets hostile text here; whatever it did not foresee is a mistake in the manifest and not a crash.
		if r := recover(); r != nil {
			err, read = fmt.Errorf("yaml: %v", r), lines.count
		}
	}()
	decoder := yaml.NewDecoder(lines)
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
			return documents, lines.count, nil
		} else if err != nil {
			return documents, lines.count, err
		}
		documents = append(documents, &n)
	}
}

// lineReader gives a line at a time.
type lineReader struct {
	text  []byte
	count int
}

func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.text) == 0 {
		return 0, io.EOF
	}
	// Looking no further than p takes, a line of megabytes is not searched for its end again and again.
	end := lineEnd(l.text[:min(len(l.text), len(p)+1)], 0)
	n := copy(p, l.text[:end])
	l.text = l.text[n:]
	if n == end {
		l.count++
	}
	return n, nil
}

// explainSyntax finds the place of a syntax error and words for it. The library's line is where the construct begins that it could
// not finish, which may be far above the mistake, or none. The mistake is no earlier than that line, and no later than the last line
// read; between the two it is in the line that follows the longest text that still reads.
func explainSyntax(c chunk, err error, read int) *mistake {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	first := 1
	if place, rest, ok := strings.Cut(message, ": "); ok && strings.HasPrefix(place, "line ") {
		if n, err := strconv.Atoi(place[len("line "):]); err == nil {
			first, message = n, rest
		}
	}
	lines := splitLines(c.text)
	read = min(max(read, 1), len(lines))
	first = min(max(first, 1), read)
	if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name = strings.TrimSuffix(name, "' referenced")
		line, column := findText(lines, first, "*"+name)
		return &mistake{c.line + line, column, fmt.Sprintf("alias *%s has no anchor &%s above it", name, name)}
	}
	line := lastGood(lines, first, read)
	for line < read && isBlank(lines[line-1]) {
		line++
	}
	text := lines[line-1]
	return &mistake{c.line + line, utf8.RuneCount(text[:culprit(message, text)]) + 1, "not valid YAML: " + sayYAML(message, text)}
}

// culprit is where in its line a mistake is: at the character that is meant where the error tells of one, else where the text begins.
func culprit(message string, line []byte) int {
	begin := len(line) - len(bytes.TrimLeft(line, " \t"))
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		first := bytes.Index(line, []byte(": "))
		if second := bytes.Index(line[max(first+1, 0):], []byte(":")); first >= 0 && second >= 0 {
			return first + 1 + second
		}
	case strings.Contains(message, "found character that cannot start any token"):
		if at := firstToken(line, "@`"); at >= 0 {
			return at
		}
	case strings.Contains(message, "found unexpected end of stream"), strings.Contains(message, "found unexpected document indicator"):
		if at := openQuote(line); at >= 0 {
			return at
		}
	}
	return begin
}

// firstToken is the place of the first of some characters that stands where a value begins, or -1.
func firstToken(line []byte, characters string) int {
	for at := range line {
		if strings.IndexByte(characters, line[at]) >= 0 && (at == 0 || strings.IndexByte(" \t[{,", line[at-1]) >= 0) {
			return at
		}
	}
	return -1
}

// openQuote is the place of the quote that opens a text which does not end in this line, or -1.
func openQuote(line []byte) int {
	for from := 0; ; {
		at := firstToken(line[from:], `"'`)
		if at < 0 {
			return -1
		}
		at += from
		length := bytes.IndexByte(line[at+1:], line[at])
		if length < 0 {
			return at
		}
		from = at + length + 2
	}
}

// lastGood is the line after the longest beginning that reads without error; the first line that it may be, where none does.
func lastGood(lines [][]byte, first, read int) int {
	tries := 12
	if total := len(bytes.Join(lines[:read], nil)); total > 256<<10 {
		tries = 3
	}
	for line := read; line > first && tries > 0; line-- {
		if isBlank(lines[line-1]) {
			continue
		}
		tries--
		if _, _, err := parseLines(bytes.Join(lines[:line-1], nil)); err == nil {
			return line
		}
	}
	return first
}

func splitLines(text []byte) [][]byte {
	var lines [][]byte
	for offset := 0; offset < len(text); {
		end := lineEnd(text, offset)
		lines = append(lines, text[offset:end])
		offset = end
	}
	return lines
}

// findText is the place of a word in the lines from first on; the first line where it is not found.
func findText(lines [][]byte, first int, word string) (line, column int) {
	for i := first - 1; i < len(lines); i++ {
		if at := bytes.Index(lines[i], []byte(word)); at >= 0 {
			return i + 1, utf8.RuneCount(lines[i][:at]) + 1
		}
	}
	return first, 1
}

// sayYAML says a syntax error in words that name the remedy.
func sayYAML(message string, line []byte) string {
	content := bytes.TrimLeft(line, " \t")
	indent := line[:len(line)-len(content)]
	switch {
	case bytes.ContainsRune(indent, '\t') && !strings.Contains(message, "quoted scalar"):
		return "a tab indents this line; YAML indents with spaces"
	case strings.Contains(message, "found character that cannot start any token"):
		return "a value cannot begin with @, ` or a tab; put it in double quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a second \": \" in this line, or an indentation that does not fit; text that holds \": \" goes in double quotes"
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "could not find expected ':'"):
		return "expected \"key: value\" here; check the indentation, and that the key ends with a colon"
	case strings.Contains(message, "did not find expected '-' indicator"):
		return "expected \"- \" here; check that the indentation fits the list above"
	case strings.Contains(message, "found unexpected end of stream"), strings.Contains(message, "found unexpected document indicator"):
		return "a quote that is opened here is never closed"
	case strings.Contains(message, "found unknown escape character"):
		return `a backslash in double quotes begins an escape such as \n; write a backslash itself as \\`
	case strings.Contains(message, "did not find expected ',' or"):
		return message + " (in brackets, values are parted by commas; is a bracket left open?)"
	case strings.Contains(message, "found incompatible YAML document"):
		return "the line %YAML asks for another version of YAML; remove it"
	case strings.Contains(message, "exceeded max depth"):
		return "nested too deeply"
	}
	return message
}
