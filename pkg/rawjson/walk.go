package rawjson

import (
	"io"
	"iter"
)

// Walk reads one document once, checking as it goes: for streams, and for long documents of which little is needed,
// where Parse and Value's methods would pass over the same bytes at each level. What it gave out counts only when End
// has returned nil. Whatever the loops over Members and Elements do not take is passed over.
type Walk struct {
	s     scanner
	err   error
	names *[64]string
}

// NewWalk stands before the value of a document in memory. It does not copy.
func NewWalk(doc []byte) *Walk { return &Walk{s: scanner{doc: doc}} }

// NewStream stands before a stream's value. It keeps no more of the document than its longest string.
func NewStream(r io.Reader) *Walk { return &Walk{s: scanner{r: r, doc: make([]byte, 0, pieceSize)}} }

// End is called after the document's value was taken. It returns the document's *SyntaxError, also for text after its
// end, or the reader's own error with the place where reading stopped.
func (w *Walk) End() error {
	if w.err == nil {
		w.err = w.s.nothingElse()
	}
	return w.err
}

// Next is the first character of the next value, which tells its type: one of { [ " t f n - and the digits. It is
// anything else, or 0, where the document ends or is wrong.
func (w *Walk) Next() byte {
	if w.err != nil {
		return 0
	}
	c, _ := w.s.look()
	return c
}

// Value takes the next value of a document in memory; it is empty after an error.
func (w *Walk) Value() Value {
	w.Next()
	start := w.s.i
	if w.Skip(); w.err != nil {
		return nil
	}
	return Value(w.s.doc[start:w.s.i])
}

// Skip takes the next value.
func (w *Walk) Skip() {
	if w.err == nil {
		w.err = w.s.whole()
	}
}

// Scalar takes the next value, and is its text until the next call: a string's without its quotes and with its escapes
// as written (see Text). It is nil for an object or array, and after an error.
func (w *Walk) Scalar() (raw []byte) {
	switch c := w.Next(); {
	case c == '{' || c == '[':
		w.Skip()
	case w.err == nil:
		raw, w.err = w.s.scalar()
	}
	return raw
}

// Members takes the next value and yields the names of its members, duplicates included; nothing for any other value
// than an object.
func (w *Walk) Members() iter.Seq[string] {
	return func(yield func(string) bool) {
		w.each('{', func() bool { return yield(w.name()) })
	}
}

// name is the last member's. Documents repeat few names many times, so those made last are kept, each in its place.
func (w *Walk) name() string {
	m := member{name: w.s.name}
	raw := w.s.doc[m.name.from+1 : m.name.to-1]
	if len(raw) == 0 {
		return ""
	}
	if w.names == nil {
		w.names = new([64]string)
	}
	place := &w.names[(len(raw)+int(raw[0])+3*int(raw[len(raw)-1]))%len(w.names)]
	if *place == string(raw) {
		return *place
	}
	text := m.text(w.s.doc)
	if len(text) == len(raw) { // written without escapes
		*place = text
	}
	return text
}

// Elements takes the next value and yields before each of its elements; never for any other value than an array.
func (w *Walk) Elements() func(yield func() bool) {
	return func(yield func() bool) { w.each('[', yield) }
}

// each calls visit before every value of the next object or array, until visit returns false.
func (w *Walk) each(bracket byte, visit func() bool) {
	if w.Next() != bracket {
		w.Skip()
		return
	}
	whole, err := w.s.value()
	for more := true; err == nil && !whole; whole, err = w.s.next() {
		w.s.look()
		before := w.s.before + int64(w.s.i)
		if more = more && visit(); w.err != nil {
			return
		}
		if w.s.before+int64(w.s.i) == before {
			if err = w.s.whole(); err != nil {
				break
			}
		}
	}
	w.err = err
}
