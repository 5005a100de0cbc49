package rawjson

import (
	"bytes"
	"fmt"
	"strings"
)

// SyntaxError says where text stops being JSON.
type SyntaxError struct {
	// Offset counts bytes from 0. It is the document's length where the document is the beginning of JSON and breaks off.
	Offset  int
	Problem string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

// check finds the one value that doc has to be.
func check(doc []byte) (start, end int, err error) {
	s := scanner{doc: doc, i: space(doc, 0)}
	start = s.i
	for {
		whole, err := s.value()
		if err == nil && whole {
			err = s.after()
		}
		if err != nil {
			return 0, 0, err
		}
		if len(s.open) == 0 {
			break
		}
	}
	if rest := space(doc, s.i); rest != len(doc) {
		return 0, 0, &SyntaxError{rest, "text after the document's end"}
	}
	return start, s.i, nil
}

// scanner walks over a document. The brackets that are open are on a stack of its own, which no depth overflows.
type scanner struct {
	doc  []byte
	i    int
	open []byte
}

func (s *scanner) wrong(problem string) error { return &SyntaxError{s.i, problem} }

// value reads a scalar or an empty container, or opens a container and stops before its first value: then it is not whole.
func (s *scanner) value() (whole bool, err error) {
	if s.i = space(s.doc, s.i); s.i == len(s.doc) {
		return false, s.wrong("it ends where a value is expected")
	}
	switch c := s.doc[s.i]; c {
	case '{', '[':
		s.i = space(s.doc, s.i+1)
		if s.i < len(s.doc) && s.doc[s.i] == c+2 { // in ASCII both closing brackets come two after their opening ones
			s.i++
			return true, nil
		}
		if s.open = append(s.open, c); c == '{' {
			err = s.name()
		}
		return false, err
	case '"':
		s.i, err = stringEnd(s.doc, s.i)
	default:
		s.i, err = literalEnd(s.doc, s.i)
	}
	return true, err
}

// after goes on behind a value: over closing brackets, up to where the next value begins.
func (s *scanner) after() error {
	for len(s.open) > 0 {
		if s.i = space(s.doc, s.i); s.i == len(s.doc) {
			return s.wrong("it ends inside an object or array")
		}
		top := s.open[len(s.open)-1]
		switch c := s.doc[s.i]; {
		case c == top+2:
			s.open = s.open[:len(s.open)-1]
			s.i++
		case c == ',' && top == '[':
			s.i++
			return nil
		case c == ',':
			s.i++
			return s.name()
		default:
			return s.wrong(fmt.Sprintf("%q where a comma or %q is expected", c, top+2))
		}
	}
	return nil
}

// name reads a member's name and its colon.
func (s *scanner) name() (err error) {
	if s.i = space(s.doc, s.i); s.i == len(s.doc) || s.doc[s.i] != '"' {
		return s.wrong("a member's name in quotes is expected")
	}
	if s.i, err = stringEnd(s.doc, s.i); err != nil {
		return err
	}
	if s.i = space(s.doc, s.i); s.i == len(s.doc) || s.doc[s.i] != ':' {
		return s.wrong("a colon is expected after a member's name")
	}
	s.i++
	return nil
}

func stringEnd(doc []byte, i int) (int, error) {
	for i++; i < len(doc); i++ {
		switch c := doc[i]; {
		case c == '"':
			return i + 1, nil
		case c < 0x20:
			return 0, &SyntaxError{i, fmt.Sprintf("control character %#02x in a string", c)}
		case c == '\\':
			i++
			if i < len(doc) && doc[i] == 'u' {
				if digits := doc[i+1 : min(i+5, len(doc))]; !allHex(digits) {
					return 0, &SyntaxError{i, "four hexadecimal digits are expected after \\u"}
				}
				i += 4
			} else if i < len(doc) && escapes[doc[i]] == 0 {
				return 0, &SyntaxError{i, fmt.Sprintf("unknown escape %q", doc[i])}
			}
		}
	}
	return 0, &SyntaxError{len(doc), "it ends inside a string"}
}

// literalEnd reads a number, true, false or null.
func literalEnd(doc []byte, i int) (int, error) {
	end := literal(doc, i)
	switch text := string(doc[i:end]); {
	case text == "true" || text == "false" || text == "null" || isNumber(text):
		return end, nil
	case text == "":
		return 0, &SyntaxError{i, fmt.Sprintf("%q where a value is expected", doc[i])}
	case end == len(doc) && begins(text):
		return 0, &SyntaxError{end, "it ends inside a number or a word"}
	default:
		return 0, &SyntaxError{i, fmt.Sprintf("%.20q is no value", text)}
	}
}

// begins reports whether more text could make a number or a word of this.
func begins(text string) bool {
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(word, text) {
			return true
		}
	}
	return isNumber(text + "0")
}

func isNumber(s string) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(s) && s[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

// literal is the end of the run of characters that numbers and words are made of.
func literal(doc []byte, i int) int {
	for i < len(doc) {
		switch c := doc[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', c == '-', c == '+', c == '.':
			i++
		default:
			return i
		}
	}
	return i
}

func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// skip is the end of the value at doc[i] in a document that was checked.
func skip(doc []byte, i int) int {
	depth := 0
	for {
		switch doc[i] {
		case '"':
			i = skipString(doc, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
		default:
			i = literal(doc, i)
		}
		if depth == 0 {
			return i
		}
	}
}

// skipString is the end of the string at doc[i]: behind the first quote with an even number of backslashes before it.
func skipString(doc []byte, i int) int {
	first := i + 1
	for i = first; ; i++ {
		i += bytes.IndexByte(doc[i:], '"')
		from := i
		for from > first && doc[from-1] == '\\' {
			from--
		}
		if (i-from)%2 == 0 {
			return i + 1
		}
	}
}
