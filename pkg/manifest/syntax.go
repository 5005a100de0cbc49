package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parse reads the documents of a chunk up to the first syntax error, empty ones included.
func parse(c chunk) (documents []*yaml.Node, wrong *mistake) {
	documents, err := parseYAML(bytes.NewReader(c.text))
	if err == nil {
		return documents, nil
	}
	lines := &lineReader{text: c.text}
	_, _ = parseYAML(lines) // the same error, at the line that the parser has come to
	return documents, explainSyntax(c, err, lines.count)
}

func parseYAML(text io.Reader) (documents []*yaml.Node, err error) {
	defer func() {
		// The parser meets hostile text: its panic is a mistake in the manifest, not a crash.
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(text)
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return documents, err
		}
		documents = append(documents, &n)
	}
}

// lineReader reads a line at a time, and counts them.
type lineReader struct {
	text  []byte
	count int
}

func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.text) == 0 {
		return 0, io.EOF
	}
	// Looking no further than p keeps a line of megabytes from being searched for its end again and again.
	end := lineEnd(l.text[:min(len(l.text), len(p)+1)], 0)
	n := copy(p, l.text[:end])
	l.text = l.text[n:]
	if n == end {
		l.count++
	}
	return n, nil
}

// syntaxError is a message of yaml.v3, in words that name the remedy. At finds the character that is meant in its line;
// nil: the start of the text.
type syntaxError struct {
	says, words string
	at          *regexp.Regexp
}

// syntaxErrors compiles its patterns on first use, so that they cost a run without syntax errors nothing.
var syntaxErrors = sync.OnceValue(func() []syntaxError {
	unclosedQuote := regexp.MustCompile(`(?:^|[ \t[{,])("[^"]*|'[^']*)$`)
	return []syntaxError{
		{"found character that cannot start any token", "a value cannot begin with @, ` or a tab; put it in double quotes",
			regexp.MustCompile("(?:^|[ \t[{,])([@`])")},
		{"mapping values are not allowed", `unexpected ": "; check the indentation, and put text that contains ": " in ` +
			`double quotes`,
			regexp.MustCompile(`: [^:]*(:)`)},
		{"did not find expected key", `expected "key: value"; check the indentation and the colon after the key`, nil},
		{"could not find expected ':'", `expected "key: value"; check the indentation and the colon after the key`, nil},
		{"did not find expected '-' indicator", `expected "- "; check that the indentation matches the list above`, nil},
		{"found unexpected end of stream", "unclosed quote", unclosedQuote},
		{"found unexpected document indicator", "unclosed quote", unclosedQuote},
		{"found unknown escape character", `unknown escape in double quotes; write a backslash as \\`, nil},
		{"did not find expected ',' or", "expected a comma or a closing bracket", nil},
		{"found incompatible YAML document", "unsupported YAML version; remove the line %YAML", nil},
		{"exceeded max depth", "nested too deeply", nil},
	}
})

// explainSyntax finds the place of a syntax error and words for it. The library's line, if any, is where the construct
// begins that it could not finish, maybe far above the mistake. The mistake is between that line and the last one read:
// in the line after the longest text that parses.
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
		for ; first < read && !bytes.Contains(lines[first-1], []byte("*"+name)); first++ {
		}
		column := max(0, bytes.Index(lines[first-1], []byte("*"+name)))
		return syntaxMistake(c, lines, first, column, fmt.Sprintf("alias *%s has no anchor &%s above it", name, name))
	}
	line := lastGood(lines, first, read)
	for line < read && isBlank(lines[line-1]) {
		line++
	}
	text := bytes.TrimRight(lines[line-1], "\r\n")
	column := len(text) - len(bytes.TrimLeft(text, " \t"))
	if bytes.ContainsRune(text[:column], '\t') && !strings.Contains(message, "quoted scalar") {
		return syntaxMistake(c, lines, line, column, "not valid YAML: indented with a tab; indent with spaces")
	}
	for _, e := range syntaxErrors() {
		if !strings.Contains(message, e.says) {
			continue
		}
		if e.at != nil {
			if found := e.at.FindSubmatchIndex(text); found != nil {
				column = found[2]
			}
		}
		message = e.words
		break
	}
	return syntaxMistake(c, lines, line, column, "not valid YAML: "+message)
}

func syntaxMistake(c chunk, lines [][]byte, line, offset int, message string) *mistake {
	return &mistake{c.line + line, utf8.RuneCount(lines[line-1][:offset]) + 1, message}
}

// lastGood is the line after the longest beginning that parses, or the first line that it may be.
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
		if _, err := parseYAML(bytes.NewReader(bytes.Join(lines[:line-1], nil))); err == nil {
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
