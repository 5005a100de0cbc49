package rawjson

import "iter"

// Walk reads a document in memory once, checking as it goes: for long documents of which little is needed, where Parse
// and Value's methods would pass over the same bytes at each level. What it gave out counts only when End has returned
// nil.
type Walk struct {
	s   scanner
	err error
}

// NewWalk stands before the document's value. It does not copy.
func NewWalk(doc []byte) *Walk { return &Walk{s: scanner{doc: doc}} }

// End returns the document's *SyntaxError, also for text after its end.
func (w *Walk) End() error {
	if w.err == nil {
		if _, ok := w.s.look(); ok {
			w.err = w.s.wrong(w.s.i, "text after the document's end")
		}
	}
	return w.err
}

// Value takes the next value whole; it is empty after an error.
func (w *Walk) Value() Value {
	if w.err != nil {
		return nil
	}
	w.s.look()
	start := w.s.i
	if w.err = w.s.whole(); w.err != nil {
		return nil
	}
	return Value(w.s.doc[start:w.s.i])
}

// IsArray reports whether the next value is an array.
func (w *Walk) IsArray() bool {
	c, _ := w.s.look()
	return c == '['
}

// Members takes the next value and yields the names of its members, duplicates included; nothing for any other value
// than an object. A member whose value the loop does not take is passed over.
func (w *Walk) Members() iter.Seq[string] {
	return func(yield func(string) bool) {
		w.each('{', func() bool {
			return yield(member{nameStart: w.s.nameStart, nameEnd: w.s.nameEnd}.name(w.s.doc))
		})
	}
}

// Elements takes the next value and yields the number of each of its elements, from 0; nothing for any other value than
// an array. An element that the loop does not take is passed over.
func (w *Walk) Elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		n := -1
		w.each('[', func() bool { n++; return yield(n) })
	}
}

// each calls visit before every value of the next object or array, until visit returns false.
func (w *Walk) each(bracket byte, visit func() bool) {
	if c, _ := w.s.look(); w.err != nil || c != bracket {
		w.Value()
		return
	}
	done, err := w.s.value()
	for more := true; err == nil && !done; done, err = w.s.next() {
		w.s.look()
		before := w.s.i
		if more = more && visit(); w.err != nil {
			return
		}
		if w.s.i == before {
			if err = w.s.whole(); err != nil {
				break
			}
		}
	}
	w.err = err
}
