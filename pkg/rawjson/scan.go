package rawjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	// maxDepth bounds the nesting of a stream; real documents stay below a hundred. A document in memory needs no bound:
	// a level costs one byte.
	maxDepth = 100_000
	// maxText is how much of a stream's string is kept; the rest is checked and dropped. A longer number is refused.
	maxText = 1 << 20
	// pieceSize is how much of a stream is read at once.
	pieceSize = 32 << 10
)

// SyntaxError says where text stops being JSON. It unwraps to io.ErrUnexpectedEOF if the text is truncated.
type SyntaxError struct {
	// Offset counts bytes from 0. It is the text's length if the text is truncated.
	Offset  int64
	Problem string
	cut     bool
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

func (e *SyntaxError) Unwrap() error {
	if e.cut {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Handler receives what Scan reads, in the document's order. Raw text is valid during the call only; names and strings
// come without their quotes and with their escapes as written.
type Handler interface {
	Begin(bracket byte)
	End()
	Name(raw []byte)
	String(raw []byte)
	// Literal takes numbers, true, false and null.
	Literal(raw []byte)
}

// Scan reads one JSON document from a stream and keeps no more of it than its longest string. The error is a
// *SyntaxError, or the reader's own with the place where reading stopped.
func Scan(r io.Reader, to Handler) error {
	s := scanner{r: r, doc: make([]byte, 0, pieceSize), to: to}
	_, _, err := s.document()
	return err
}

// check finds the one value that doc has to be.
func check(doc []byte) (start, end int, err error) {
	s := scanner{doc: doc}
	return s.document()
}

// scanner walks over a document in memory (r and to are nil) or over a stream, of which doc is the part being read.
// Open brackets are on an explicit stack, so depth cannot overflow the goroutine's.
type scanner struct {
	r      io.Reader
	err    error // r's
	before int64 // bytes read before doc
	doc    []byte
	i      int
	open   []byte
	to     Handler

	nameStart, nameEnd int // the last member's name, with its quotes
}

// document reads the whole document. The places of its value only hold for one in memory.
func (s *scanner) document() (start, end int, err error) {
	s.look()
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
	end = s.i
	if _, ok := s.look(); ok {
		return 0, 0, s.wrong(s.i, "text after the document's end")
	}
	return start, end, s.readError()
}

// more reads on in a stream, with doc[i:] kept, and reports whether anything came.
func (s *scanner) more() bool {
	if s.r == nil || s.err != nil {
		return false
	}
	s.before += int64(s.i)
	s.doc = s.doc[:copy(s.doc, s.doc[s.i:])]
	s.i = 0
	kept := len(s.doc)
	s.doc = slices.Grow(s.doc, max(kept, pieceSize-kept))
	n, err := io.ReadAtLeast(
		s.r,
		s.doc[kept:cap(s.doc)],
		max(1, kept),
	) // a string is looked at again as seldom as possible
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	s.doc, s.err = s.doc[:kept+n], err
	return len(s.doc) > kept
}

// look is the next byte that is not white space, without taking it.
func (s *scanner) look() (byte, bool) {
	for {
		if s.i = space(s.doc, s.i); s.i < len(s.doc) {
			return s.doc[s.i], true
		}
		if !s.more() {
			return 0, false
		}
	}
}

func (s *scanner) wrong(i int, problem string) error {
	return &SyntaxError{Offset: s.before + int64(i), Problem: problem}
}

// ended is the error of text that stops too early: the reader's where it failed.
func (s *scanner) ended(problem string) error {
	if err := s.readError(); err != nil {
		return err
	}
	return &SyntaxError{Offset: s.before + int64(len(s.doc)), Problem: problem, cut: true}
}

func (s *scanner) readError() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("reading stopped at byte %d: %w", s.before+int64(len(s.doc)), s.err)
}

// value reads a scalar or an empty container, or opens a container and stops before its first value: then it is not
// whole.
func (s *scanner) value() (whole bool, err error) {
	c, ok := s.look()
	switch {
	case !ok:
		return false, s.ended("ends where a value is expected")
	case c == '{' || c == '[':
		return s.container(c)
	case c == '"':
		text, err := s.quoted()
		if err == nil && s.to != nil {
			s.to.String(text)
		}
		return true, err
	}
	text, err := s.literal()
	if err == nil && s.to != nil {
		s.to.Literal(text)
	}
	return true, err
}

func (s *scanner) container(bracket byte) (whole bool, err error) {
	if s.to != nil {
		if len(s.open) == maxDepth {
			return false, s.wrong(s.i, fmt.Sprintf("nested more than %d levels deep", maxDepth))
		}
		s.to.Begin(bracket)
	}
	s.i++
	s.open = append(s.open, bracket)
	if c, ok := s.look(); ok && c == closing(bracket) {
		s.close()
		return true, nil
	}
	if bracket == '{' {
		err = s.name()
	}
	return false, err
}

func (s *scanner) close() {
	s.i++
	s.open = s.open[:len(s.open)-1]
	if s.to != nil {
		s.to.End()
	}
}

// closing is a bracket's counterpart: in ASCII both come two after the opening one.
func closing(bracket byte) byte { return bracket + 2 }

// after goes on behind a value: over closing brackets, up to where the next value begins.
func (s *scanner) after() error {
	for len(s.open) > 0 {
		if closed, err := s.next(); err != nil || !closed {
			return err
		}
	}
	return nil
}

// next goes on behind a value inside a container: to the next one, or over the container's closing bracket.
func (s *scanner) next() (closed bool, err error) {
	c, ok := s.look()
	top := s.open[len(s.open)-1]
	switch {
	case !ok:
		return false, s.ended("ends inside an object or array")
	case c == closing(top):
		s.close()
		return true, nil
	case c != ',':
		return false, s.wrong(s.i, fmt.Sprintf("%q where a comma or %q is expected", c, closing(top)))
	}
	if s.i++; top == '{' {
		return false, s.name()
	}
	return false, nil
}

// whole reads one value with all that is in it.
func (s *scanner) whole() error {
	depth := len(s.open)
	for {
		done, err := s.value()
		for err == nil && done && len(s.open) > depth {
			done, err = s.next()
		}
		if err != nil || done {
			return err
		}
	}
}

// name reads a member's name and its colon.
func (s *scanner) name() error {
	c, ok := s.look()
	if !ok {
		return s.ended("ends where a member's name is expected")
	}
	if c != '"' {
		return s.wrong(s.i, "a member's name in quotes is expected")
	}
	start := s.i
	text, err := s.quoted()
	if err != nil {
		return err
	}
	s.nameStart, s.nameEnd = start, s.i
	if s.to != nil {
		s.to.Name(text)
	}
	if c, ok = s.look(); !ok {
		return s.ended("ends where a colon is expected")
	}
	if c != ':' {
		return s.wrong(s.i, "a colon is expected after a member's name")
	}
	s.i++
	return nil
}

// quoted reads a string and returns what is between its quotes. A string that goes on in the next piece is looked at
// again from its start; what is read doubles each time.
func (s *scanner) quoted() ([]byte, error) {
	for {
		end, problem := stringEnd(s.doc, s.i)
		switch {
		case problem == "":
			text := s.doc[s.i+1 : end-1]
			s.i = end
			return text, nil
		case end < len(s.doc):
			return nil, s.wrong(end, problem)
		case s.r != nil && end-s.i > maxText:
			text := slices.Clone(s.doc[s.i+1 : s.i+1+maxText])
			s.i++
			return text, s.restOfString()
		case !s.more():
			return nil, s.ended(problem)
		}
	}
}

// restOfString reads on to the end of a string and keeps nothing.
func (s *scanner) restOfString() error {
	escaped, digits := false, 0
	for s.i < len(s.doc) || s.more() {
		switch c := s.doc[s.i]; {
		case digits > 0 && !isHex(c), escaped && c != 'u' && escapes[c] == 0, c < 0x20:
			return s.wrong(s.i, "invalid text in a long string")
		case digits > 0:
			digits--
		case escaped:
			if escaped = false; c == 'u' {
				digits = 4
			}
		case c == '\\':
			escaped = true
		case c == '"':
			s.i++
			return nil
		}
		s.i++
	}
	return s.ended("ends inside a string")
}

// literal reads a number, true, false or null.
func (s *scanner) literal() ([]byte, error) {
	for literalEnd(s.doc, s.i) == len(s.doc) && s.more() { // it may go on in the next piece
		if len(s.doc) > maxText {
			return nil, s.wrong(s.i, fmt.Sprintf("a number longer than %d MiB", maxText>>20))
		}
	}
	end := literalEnd(s.doc, s.i)
	text := s.doc[s.i:end]
	switch cut := end == len(s.doc); {
	case cut && s.readError() != nil:
		return nil, s.readError()
	case isWhole(text) || json.Valid(text):
		s.i = end
		return text, nil
	case len(text) == 0:
		return nil, s.wrong(s.i, fmt.Sprintf("%q where a value is expected", s.doc[s.i]))
	case cut && begins(string(text)):
		return nil, s.ended("ends inside a number or a word")
	}
	return nil, s.wrong(s.i, fmt.Sprintf("%.20q is not a value", text))
}

// isWhole is a fast json.Valid for what most numbers are: digits alone.
func isWhole(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) == 1 || len(text) > 1 && text[0] != '0'
}

// begins reports whether more text could make a number or a word of this.
func begins(text string) bool {
	return slices.ContainsFunc([]string{"true", "false", "null"}, func(word string) bool {
		return strings.HasPrefix(word, text)
	}) || json.Valid([]byte(text+"0"))
}

// literalEnd is the end of the run of characters that numbers and words are made of.
func literalEnd(doc []byte, i int) int {
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

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func space(doc []byte, i int) int {
	for i < len(doc) && isSpace(doc[i]) {
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
			i = literalEnd(doc, i)
		}
		if depth == 0 {
			return i
		}
	}
}
