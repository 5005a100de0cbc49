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
	// maxDepth bounds the nesting of a stream, as encoding/json does; real documents stay below a hundred. A document in
	// memory needs no bound: a level costs one byte.
	maxDepth = 10_000
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

// check finds the one value that doc has to be.
func check(doc []byte) (start, end int, err error) {
	s := scanner{doc: doc}
	return s.document()
}

// scanner passes over a document in memory (r is nil) or over a stream, of which doc is the part being read. Open
// brackets are on an explicit stack, so depth cannot overflow the goroutine's.
type scanner struct {
	r      io.Reader
	err    error // r's
	before int64 // bytes read before doc
	doc    []byte
	i      int
	open   []byte
	name   span // the last member's name, with its quotes; zero behind the beginning of its value
}

// span is a part of a document.
type span struct{ from, to int }

// document reads the whole document. The places of its value only hold for one in memory.
func (s *scanner) document() (start, end int, err error) {
	s.look()
	start = s.i
	if err = s.whole(); err != nil {
		return 0, 0, err
	}
	end = s.i
	return start, end, s.nothingElse()
}

func (s *scanner) nothingElse() error {
	if _, ok := s.look(); ok {
		return s.wrong(s.i, "text after the document's end")
	}
	return s.readError()
}

// more reads on in a stream, with doc[i:] and the name before it kept, and reports whether anything came.
func (s *scanner) more() bool {
	if s.r == nil || s.err != nil {
		return false
	}
	gone := s.i
	if s.name != (span{}) {
		gone = s.name.from
		s.name = span{0, s.name.to - gone}
	}
	s.before += int64(gone)
	s.doc = s.doc[:copy(s.doc, s.doc[gone:])]
	s.i -= gone
	kept := len(s.doc)
	if cap(s.doc)-kept < pieceSize/2 {
		s.doc = slices.Grow(s.doc, max(kept, pieceSize))
	}
	n, err := io.ReadAtLeast(s.r, s.doc[kept:cap(s.doc)], 1)
	if errors.Is(err, io.ErrUnexpectedEOF) { // the text says by itself whether it is complete
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
	if c, _ := s.look(); c == '{' || c == '[' {
		return s.container(c)
	}
	_, err = s.scalar()
	return true, err
}

// scalar reads a string, without its quotes, or a number, true, false or null.
func (s *scanner) scalar() ([]byte, error) {
	c, ok := s.look()
	s.name = span{}
	switch {
	case !ok:
		return nil, s.ended("ends where a value is expected")
	case c == '"':
		text, _, err := s.quoted()
		return text, err
	}
	return s.literal()
}

func (s *scanner) container(bracket byte) (empty bool, err error) {
	if s.r != nil && len(s.open) == maxDepth {
		return false, s.wrong(s.i, fmt.Sprintf("nested more than %d levels deep", maxDepth))
	}
	s.i++
	s.name = span{}
	s.open = append(s.open, bracket)
	if c, ok := s.look(); ok && c == closing(bracket) {
		s.close()
		return true, nil
	}
	if bracket == '{' {
		err = s.member()
	}
	return false, err
}

func (s *scanner) close() {
	s.i++
	s.open = s.open[:len(s.open)-1]
}

// closing is a bracket's counterpart: in ASCII both come two after the opening one.
func closing(bracket byte) byte { return bracket + 2 }

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
		return false, s.member()
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

// member reads a member's name and its colon.
func (s *scanner) member() error {
	c, ok := s.look()
	if !ok {
		return s.ended("ends where a member's name is expected")
	}
	if c != '"' {
		return s.wrong(s.i, "a member's name in quotes is expected")
	}
	text, whole, err := s.quoted()
	if err != nil {
		return err
	}
	if !whole {
		return s.wrong(s.i, fmt.Sprintf("a member's name longer than %d MiB", maxText>>20))
	}
	s.name = span{s.i - len(text) - 2, s.i}
	if c, ok = s.look(); !ok {
		return s.ended("ends where a colon is expected")
	}
	if c != ':' {
		return s.wrong(s.i, "a colon is expected after a member's name")
	}
	s.i++
	return nil
}

// quoted reads a string and returns what is between its quotes. Of a stream's string it keeps maxText bytes: the rest
// is only checked, and the text is not whole.
func (s *scanner) quoted() (text []byte, whole bool, err error) {
	whole = true
	keep := func(raw []byte) {
		if whole && s.r != nil && len(raw) > maxText {
			text, whole = slices.Clone(beginning(raw)), false
		}
	}
	for at := s.i + 1; ; {
		end, problem := stringEnd(s.doc, at)
		switch problem {
		case "":
			raw := s.doc[s.i+1 : end-1]
			if keep(raw); whole {
				text = raw
			}
			s.i = end
			return text, whole, nil
		case unfinished:
		default:
			return nil, false, s.wrong(end, problem)
		}
		if keep(s.doc[s.i+1 : end]); !whole {
			s.i = end - 1
		}
		seen := end - s.i
		if !s.more() {
			return nil, false, s.ended(problem)
		}
		at = s.i + seen
	}
}

// beginning is at most maxText bytes of a string's text. It cuts no escape.
func beginning(raw []byte) []byte {
	for i := 0; ; {
		n := 1
		if raw[i] == '\\' {
			if n = 2; raw[i+1] == 'u' {
				n = 6
			}
		}
		if i += n; i > maxText {
			return raw[:i-n]
		}
	}
}

// literal reads a number, true, false or null.
func (s *scanner) literal() ([]byte, error) {
	end := literalEnd(s.doc, s.i)
	for came := true; came && end == len(s.doc) && end-s.i <= maxText; { // it may go on in the next piece
		seen := end - s.i
		came = s.more()
		end = literalEnd(s.doc, s.i+seen)
	}
	if s.r != nil && end-s.i > maxText {
		return nil, s.wrong(s.i, fmt.Sprintf("a number longer than %d MiB", maxText>>20))
	}
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
