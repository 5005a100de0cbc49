// Package rawjson reads single values from JSON text and replaces single values by splicing bytes, so everything else
// stays byte for byte as it was: digits of numbers (1.0, 9007199254740993), escapes, spacing, member order, unknown
// members. It also scans streams of JSON without building a document. For decoding into Go values use encoding/json.
//
// Of duplicate members the last one counts, as in encoding/json and most servers. Strings may contain invalid UTF-8 and
// lone surrogates; they are neither refused nor repaired. Nesting costs memory, not stack.
package rawjson

import (
	"bytes"
	"iter"
	"maps"
)

// Value is the text of one JSON value without surrounding white space. Only Parse and Value's own methods create one,
// so the methods rely on it being well formed.
type Value []byte

// Parse checks that doc is one JSON value, apart from white space around it. It does not copy. The error is a
// *SyntaxError.
func Parse(doc []byte) (Value, error) {
	start, end, err := check(doc)
	return Value(doc[start:end]), err
}

// Get returns the value at a path of member names in doc; false where a member is missing or its parent is not an
// object. An empty path is the whole document. The error is a *SyntaxError.
func Get(doc []byte, path ...string) (value []byte, ok bool, err error) {
	v, err := Parse(doc)
	if err != nil {
		return nil, false, err
	}
	v, ok = v.Get(path...)
	return v, ok, nil
}

// Get returns the value at a path of member names; false if none.
func (v Value) Get(path ...string) (Value, bool) {
	start, end, ok := locate(v, 0, len(v), path)
	return v[start:end], ok
}

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return len(v) > 0 && v[0] == '{' }

// IsArray reports whether the value is an array.
func (v Value) IsArray() bool { return len(v) > 0 && v[0] == '[' }

// IsString reports whether the value is a string.
func (v Value) IsString() bool { return len(v) > 0 && v[0] == '"' }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return len(v) > 0 && v[0] == 'n' }

// IsNumber reports whether the value is a number.
func (v Value) IsNumber() bool { return len(v) > 0 && (v[0] == '-' || '0' <= v[0] && v[0] <= '9') }

// Members yields an object's members in document order, duplicates included; nothing for any other value.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for m := range members(v, 0) {
			if !yield(m.text(v), v[m.value.from:m.value.to]) {
				return
			}
		}
	}
}

// Fields returns an object's members by name, the last of duplicates; empty for any other value. A missing member is an
// empty Value, for which every Is method is false.
func (v Value) Fields() map[string]Value {
	return maps.Collect(v.Members())
}

// Elements yields an array's elements; nothing for any other value.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		w := NewWalk(v)
		for range w.Elements() {
			if !yield(w.Value()) {
				return
			}
		}
	}
}

// Text returns what a string says, with U+FFFD for invalid UTF-8 and lone surrogates; false for any other value.
func (v Value) Text() (string, bool) {
	if !v.IsString() {
		return "", false
	}
	return Text(v[1 : len(v)-1]), true
}

// member is where an object's member is: its name with the quotes, and its value.
type member struct{ name, value span }

func (m member) text(doc []byte) string {
	raw := doc[m.name.from+1 : m.name.to-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	text, _ := decode(raw)
	return string(text)
}

func (m member) is(doc []byte, name string) bool {
	raw := doc[m.name.from+1 : m.name.to-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw) == name
	}
	return m.text(doc) == name
}

// members yields the members of the object at doc[open], of a document that was checked.
func members(doc []byte, open int) iter.Seq[member] {
	return func(yield func(member) bool) {
		w := Walk{s: scanner{doc: doc, i: open}}
		w.each('{', func() bool {
			m := member{name: w.s.name}
			w.Next()
			m.value.from = w.s.i
			w.Skip()
			m.value.to = w.s.i
			return yield(m)
		})
	}
}

// find returns the last member of that name in the object at doc[open], and the object's last member, which is zero in
// an empty object.
func find(doc []byte, open int, name string) (m, last member, found bool) {
	for x := range members(doc, open) {
		if last = x; x.is(doc, name) {
			m, found = x, true
		}
	}
	return m, last, found
}

// locate follows a path from the value at doc[start:end].
func locate(doc []byte, start, end int, path []string) (int, int, bool) {
	for _, name := range path {
		if !Value(doc[start:end]).IsObject() {
			return 0, 0, false
		}
		m, _, found := find(doc, start, name)
		if !found {
			return 0, 0, false
		}
		start, end = m.value.from, m.value.to
	}
	return start, end, true
}
