package rawjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// maxDepth bounds the nesting of a stream. Real documents stay below a hundred; what a Handler keeps per level is
	// its own matter. A document in memory has no such bound: the scanner needs one byte a level.
	maxDepth = 100_000
	// maxText is how much of a string or a number of a stream is kept. The rest is checked and dropped.
	maxText = 64 << 10
	// pieceSize is how much of a stream is read at once.
	pieceSize = 32 << 10
)

// SyntaxError says where text stops being JSON. It unwraps to io.ErrUnexpectedEOF where the text is the beginning of a
// JSON document and breaks off.
type SyntaxError struct {
	// Offset counts bytes from 0. It is the text's length where the text breaks off.
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

// Scan reads one JSON document from a stream, in pieces of fixed size. The error is a *SyntaxError, or the reader's own
// with the place where reading stopped.
func Scan(r io.Reader, to Handler) error {
	s := scanner{r: r, buffer: make([]byte, pieceSize), to: to}
	_, _, err := s.document()
	return err
}

// check finds the one value that doc has to be.
func check(doc []byte) (start, end int, err error) {
	s := scanner{piece: doc}
	return s.document()
}

// scanner walks over a document: a stream, or a single piece in memory, for which r and to are nil. Open brackets are on
// an explicit stack, so depth cannot overflow the goroutine's.
type scanner struct {
	r      io.Reader
	buffer []byte
	piece  []byte // being read, at at
	at     int
	before int64 // bytes before piece
	err    error // the reader's
	open   []byte
	kept   []byte // the start of a token that began in an earlier piece
	to     Handler
}

// document reads the whole document. The places of its value only hold for one in memory.
func (s *scanner) document() (start, end int, err error) {
	s.look()
	start = s.at
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
	end = s.at
	if _, ok := s.look(); ok {
		return 0, 0, s.wrong("text after the document's end")
	}
	return start, end, s.readError()
}

// fill reads the next piece of a stream when this one is used up, and reports whether there is a byte to read.
func (s *scanner) fill() bool {
	for tries := 0; s.at == len(s.piece) && s.r != nil && s.err == nil; tries++ {
		if tries == 100 {
			s.err = io.ErrNoProgress
			break
		}
		s.before += int64(len(s.piece))
		s.at = 0
		var n int
		n, s.err = s.r.Read(s.buffer)
		s.piece = s.buffer[:n]
	}
	return s.at < len(s.piece)
}

// fillToken is fill inside a token that began at from: it keeps what the next piece would overwrite.
func (s *scanner) fillToken(from *int) bool {
	if s.at < len(s.piece) {
		return true
	}
	if s.r == nil {
		return false
	}
	s.keep(s.piece[*from:])
	*from = 0
	if !s.fill() {
		s.piece, s.at = nil, 0
		return false
	}
	return true
}

// token is the text from there to here.
func (s *scanner) token(from int) []byte {
	if len(s.kept) == 0 {
		return s.piece[from:s.at]
	}
	s.keep(s.piece[from:s.at])
	return s.kept
}

func (s *scanner) keep(b []byte) {
	s.kept = append(s.kept, b[:min(len(b), maxText-len(s.kept))]...)
}

// look is the next byte that is not white space, without taking it.
func (s *scanner) look() (byte, bool) {
	for {
		for s.at < len(s.piece) {
			c := s.piece[s.at]
			if c > ' ' || !isSpace(c) {
				return c, true
			}
			s.at++
		}
		if !s.fill() {
			return 0, false
		}
	}
}

func (s *scanner) offset() int64 { return s.before + int64(s.at) }

func (s *scanner) wrong(problem string) error {
	return &SyntaxError{Offset: s.offset(), Problem: problem}
}

// ended is the error of text that stops too early: the reader's where it failed.
func (s *scanner) ended(problem string) error {
	if err := s.readError(); err != nil {
		return err
	}
	return &SyntaxError{Offset: s.offset(), Problem: problem, cut: true}
}

func (s *scanner) readError() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("reading stopped at byte %d: %w", s.offset(), s.err)
}

// value reads a scalar or an empty container, or opens a container and stops before its first value: then it is not
// whole.
func (s *scanner) value() (whole bool, err error) {
	c, ok := s.look()
	switch {
	case !ok:
		return false, s.ended("ends where a value is expected")
	case c == '"':
		text, err := s.quoted()
		if err == nil && s.to != nil {
			s.to.String(text)
		}
		return true, err
	case c == '{' || c == '[':
		return s.container(c)
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
			return false, s.wrong(fmt.Sprintf("nested more than %d levels deep", maxDepth))
		}
		s.to.Begin(bracket)
	}
	s.at++
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
	s.at++
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
		c, ok := s.look()
		if !ok {
			return s.ended("ends inside an object or array")
		}
		top := s.open[len(s.open)-1]
		switch c {
		case closing(top):
			s.close()
		case ',':
			s.at++
			if top == '{' {
				return s.name()
			}
			return nil
		default:
			return s.wrong(fmt.Sprintf("%q where a comma or %q is expected", c, closing(top)))
		}
	}
	return nil
}

// name reads a member's name and its colon.
func (s *scanner) name() error {
	c, ok := s.look()
	if !ok {
		return s.ended("ends where a member's name is expected")
	}
	if c != '"' {
		return s.wrong("a member's name in quotes is expected")
	}
	text, err := s.quoted()
	if err != nil {
		return err
	}
	if s.to != nil {
		s.to.Name(text)
	}
	if c, ok = s.look(); !ok {
		return s.ended("ends where a colon is expected")
	}
	if c != ':' {
		return s.wrong("a colon is expected after a member's name")
	}
	s.at++
	return nil
}

// quoted reads a string and returns what is between its quotes.
func (s *scanner) quoted() ([]byte, error) {
	s.kept = s.kept[:0]
	s.at++
	for from := s.at; s.fillToken(&from); {
		switch c := s.piece[s.at]; {
		case c == '"':
			text := s.token(from)
			s.at++
			return text, nil
		case c == '\\':
			if err := s.escape(&from); err != nil {
				return nil, err
			}
		case c < 0x20:
			return nil, s.wrong(fmt.Sprintf("control character %#02x in a string", c))
		default:
			s.at = plainEnd(s.piece, s.at)
		}
	}
	return nil, s.ended("ends inside a string")
}

// plainEnd is the end of the run of characters that mean themselves in a string.
func plainEnd(piece []byte, i int) int {
	for i < len(piece) && piece[i] != '"' && piece[i] != '\\' && piece[i] >= 0x20 {
		i++
	}
	return i
}

// escape reads a backslash and what belongs to it, in a string that began at from.
func (s *scanner) escape(from *int) error {
	s.at++
	if !s.fillToken(from) {
		return s.ended("ends inside a string")
	}
	c := s.piece[s.at]
	if c != 'u' && escapes[c] == 0 {
		return s.wrong(fmt.Sprintf("unknown escape %q", c))
	}
	s.at++
	if c != 'u' {
		return nil
	}
	for range 4 {
		if !s.fillToken(from) {
			return s.ended("ends inside a string")
		}
		if !isHex(s.piece[s.at]) {
			return s.wrong("four hexadecimal digits are expected after \\u")
		}
		s.at++
	}
	return nil
}

// literal reads a number, true, false or null.
func (s *scanner) literal() ([]byte, error) {
	s.kept = s.kept[:0]
	from, start := s.at, s.offset()
	for s.fillToken(&from) && isLiteral(s.piece[s.at]) {
		s.at++
	}
	text := s.token(from)
	atEnd := s.at == len(s.piece)
	switch {
	case atEnd && s.readError() != nil:
		return nil, s.readError()
	case isWord(text) || isNumber(text):
		return text, nil
	case len(text) == 0:
		return nil, s.wrong(fmt.Sprintf("%q where a value is expected", s.piece[s.at]))
	case atEnd && begins(text):
		return nil, s.ended("ends inside a number or a word")
	}
	return nil, &SyntaxError{Offset: start, Problem: fmt.Sprintf("%.20q is not a value", text)}
}

var words = [][]byte{[]byte("true"), []byte("false"), []byte("null")}

func isWord(text []byte) bool {
	return slices.ContainsFunc(words, func(w []byte) bool { return bytes.Equal(w, text) })
}

// begins reports whether more text could make a number or a word of this.
func begins(text []byte) bool {
	return slices.ContainsFunc(words, func(w []byte) bool { return bytes.HasPrefix(w, text) }) ||
		isNumber(append(slices.Clone(text), '0'))
}

func isNumber(s []byte) bool {
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

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// isLiteral reports whether numbers and words are made of this character.
func isLiteral(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// The functions below move in a document that was checked.

// literalEnd is the end of the number or word at doc[i].
func literalEnd(doc []byte, i int) int {
	for i < len(doc) && isLiteral(doc[i]) {
		i++
	}
	return i
}

func space(doc []byte, i int) int {
	for i < len(doc) && isSpace(doc[i]) {
		i++
	}
	return i
}

// skip is the end of the value at doc[i].
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
