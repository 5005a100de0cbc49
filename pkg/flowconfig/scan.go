package flowconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxDepth is how deeply a configuration may be nested. Real ones stay below a hundred; depth costs memory, not stack.
	maxDepth = 100_000
	// maxText is how much of a name, a string or a number is kept. What is longer is read on, and its end is lost.
	maxText = 64 << 10
)

// SyntaxError says where a configuration stops being JSON. It unwraps to io.ErrUnexpectedEOF where the configuration was cut.
type SyntaxError struct {
	// Offset counts bytes from 0.
	Offset  int64
	Problem string
	cut     bool
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

// Unwrap is io.ErrUnexpectedEOF where the configuration was cut, and nil elsewhere.
func (e *SyntaxError) Unwrap() error {
	if e.cut {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// events is told what a scanner meets. Texts are valid during the call alone: raw, without quotes, escapes undone by unquote.
type events interface {
	begin(bracket byte)
	end()
	name(raw []byte)
	text(raw []byte)
	literal(raw []byte)
}

// scanner reads JSON from a stream in pieces of fixed size.
type scanner struct {
	r        io.Reader
	piece    []byte
	at, size int
	before   int64 // bytes read before this piece
	err      error
	open     []byte // the brackets that are open
	kept     []byte // the text being read
	to       events
}

func scan(r io.Reader, to events) error {
	s := scanner{r: r, piece: make([]byte, 32<<10), to: to}
	for {
		whole, err := s.value()
		if err == nil && whole {
			err = s.after()
		}
		if err != nil {
			return err
		}
		if len(s.open) == 0 {
			break
		}
	}
	if c, ok := s.look(); ok {
		return s.wrong(fmt.Sprintf("%q after the configuration's end", c))
	}
	return s.readError()
}

// fill makes sure that there is a byte to read, and says whether there is.
func (s *scanner) fill() bool {
	for tries := 0; s.at == s.size && s.err == nil; tries++ {
		if tries == 100 {
			s.err = io.ErrNoProgress
			break
		}
		s.before += int64(s.size)
		s.at = 0
		s.size, s.err = s.r.Read(s.piece)
	}
	return s.at < s.size
}

// look is the next byte that is no white space, not taken yet.
func (s *scanner) look() (byte, bool) {
	for s.fill() {
		switch c := s.piece[s.at]; c {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return c, true
		}
	}
	return 0, false
}

func (s *scanner) wrong(problem string) error {
	return &SyntaxError{Offset: s.before + int64(s.at), Problem: problem}
}

// ended is the error of a stream that stops too early: its own where it has one.
func (s *scanner) ended(problem string) error {
	if err := s.readError(); err != nil {
		return err
	}
	return &SyntaxError{Offset: s.before + int64(s.at), Problem: problem, cut: true}
}

func (s *scanner) readError() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("reading stopped at byte %d: %w", s.before+int64(s.at), s.err)
}

// value reads a scalar or an empty container, or opens a container and stops before its first value: then it is not whole.
func (s *scanner) value() (whole bool, err error) {
	c, ok := s.look()
	switch {
	case !ok:
		return false, s.ended("it ends where a value is expected")
	case c == '"':
		if err = s.quoted(); err == nil {
			s.to.text(s.kept)
		}
		return true, err
	case c == '{' || c == '[':
		return s.container(c)
	default:
		return true, s.literal()
	}
}

func (s *scanner) container(bracket byte) (whole bool, err error) {
	if len(s.open) == maxDepth {
		return false, s.wrong(fmt.Sprintf("nested more than %d deep", maxDepth))
	}
	s.at++
	s.to.begin(bracket)
	if c, ok := s.look(); ok && c == bracket+2 { // in ASCII both closing brackets come two after their opening ones
		s.at++
		s.to.end()
		return true, nil
	}
	s.open = append(s.open, bracket)
	if bracket == '{' {
		err = s.name()
	}
	return false, err
}

// after goes on behind a value: over closing brackets, up to where the next value begins.
func (s *scanner) after() error {
	for len(s.open) > 0 {
		c, ok := s.look()
		if !ok {
			return s.ended("it ends inside an object or array")
		}
		top := s.open[len(s.open)-1]
		if c != ',' && c != top+2 {
			return s.wrong(fmt.Sprintf("%q where a comma or %q is expected", c, top+2))
		}
		s.at++
		if c == ',' {
			if top == '{' {
				return s.name()
			}
			return nil
		}
		s.open = s.open[:len(s.open)-1]
		s.to.end()
	}
	return nil
}

// name reads a member's name and its colon.
func (s *scanner) name() error {
	c, ok := s.look()
	if !ok {
		return s.ended("it ends where a member's name is expected")
	}
	if c != '"' {
		return s.wrong("a member's name in quotes is expected")
	}
	if err := s.quoted(); err != nil {
		return err
	}
	s.to.name(s.kept)
	if c, ok = s.look(); !ok {
		return s.ended("it ends where a colon is expected")
	}
	if c != ':' {
		return s.wrong("a colon is expected after a member's name")
	}
	s.at++
	return nil
}

// quoted reads a string into kept.
func (s *scanner) quoted() error {
	s.kept = s.kept[:0]
	s.at++
	for s.fill() {
		run := s.at
		for run < s.size && s.piece[run] != '"' && s.piece[run] != '\\' && s.piece[run] >= 0x20 {
			run++
		}
		s.keep(s.piece[s.at:run])
		if s.at = run; run == s.size {
			continue
		}
		switch s.piece[run] {
		case '"':
			s.at++
			return nil
		case '\\':
			if err := s.escape(); err != nil {
				return err
			}
		default:
			return s.wrong("a control character in a string")
		}
	}
	return s.ended("it ends inside a string")
}

// escape reads a backslash and what belongs to it.
func (s *scanner) escape() error {
	var e [6]byte
	size := 2
	for i := 0; i < size; i++ {
		if !s.fill() {
			return s.ended("it ends inside a string")
		}
		if e[i] = s.piece[s.at]; i == 1 && e[i] == 'u' {
			size = 6
		}
		s.at++
	}
	if !json.Valid(append(append([]byte{'"'}, e[:size]...), '"')) {
		return s.wrong(fmt.Sprintf("%q is no escape", e[:size]))
	}
	s.keep(e[:size])
	return nil
}

// literal reads a number, true, false or null.
func (s *scanner) literal() error {
	s.kept = s.kept[:0]
	for s.fill() {
		c := s.piece[s.at]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || c == '-' || c == '+' || c == '.') {
			break
		}
		s.keep(s.piece[s.at : s.at+1])
		s.at++
	}
	switch {
	case json.Valid(s.kept) && (s.at < s.size || s.readError() == nil):
		s.to.literal(s.kept)
		return nil
	case s.at == s.size:
		return s.ended("it ends inside a value")
	case len(s.kept) == 0:
		return s.wrong(fmt.Sprintf("%q where a value is expected", s.piece[s.at]))
	default:
		return s.wrong(fmt.Sprintf("%.20q is no value", s.kept))
	}
}

func (s *scanner) keep(b []byte) {
	s.kept = append(s.kept, b[:min(len(b), maxText-len(s.kept))]...)
}
