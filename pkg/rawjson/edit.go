package rawjson

import (
	"fmt"
	"slices"
	"strings"
)

// Set gives doc with the value at a path replaced. A member that is missing is added at the end of its object, in the style of
// the object's last member; objects that are missing on the way, or null, are made. It is an error where the path leads through
// something that is neither object nor null, and where doc or value is no JSON. Doc itself stays as it is.
func Set(doc, value []byte, path ...string) ([]byte, error) {
	if _, err := Parse(value); err != nil {
		return nil, fmt.Errorf("setting %s: the new value: %w", place(path), err)
	}
	e, err := setting(doc, value, path)
	if err != nil {
		return nil, fmt.Errorf("setting %s: %w", place(path), err)
	}
	return e.apply(doc), nil
}

// Delete gives doc without the member at a path, wherever in its object it stands and however often. A member that is missing
// is no error. An empty path is one: a document cannot be without itself.
func Delete(doc []byte, path ...string) ([]byte, error) {
	start, end, err := check(doc)
	if err != nil {
		return nil, fmt.Errorf("deleting %s: %w", place(path), err)
	}
	if len(path) == 0 {
		return nil, fmt.Errorf("deleting: no member was named")
	}
	start, end, ok := locate(doc, start, end, path[:len(path)-1])
	if !ok || !Value(doc[start:end]).IsObject() {
		return append([]byte(nil), doc...), nil
	}
	return without(doc, start, path[len(path)-1]), nil
}

// GetInString is Get where the value at the path `at` is a string that holds JSON, and path leads inside that JSON. Where there
// is no string it is false. The value is decoded: what the string says, not how it is escaped.
func GetInString(doc []byte, at []string, path ...string) (value []byte, ok bool, err error) {
	v, err := Parse(doc)
	if err != nil {
		return nil, false, err
	}
	if v, ok = v.Get(at...); !ok || !v.IsString() {
		return nil, false, nil
	}
	text, _ := decode(v)
	if value, ok, err = Get(text, path...); err != nil {
		return nil, false, fmt.Errorf("the JSON in the string %s: %w", place(at), err)
	}
	return value, ok, nil
}

// SetInString is Set inside the JSON that a string holds, the string being the value at the path `at`. All the rest of the string
// keeps its spacing and its escapes.
func SetInString(doc, value []byte, at []string, path ...string) ([]byte, error) {
	doing := func(err error) error {
		return fmt.Errorf("setting %s in the string %s: %w", place(path), place(at), err)
	}
	if _, err := Parse(value); err != nil {
		return nil, doing(fmt.Errorf("the new value: %w", err))
	}
	start, end, err := check(doc)
	if err != nil {
		return nil, doing(err)
	}
	start, end, ok := locate(doc, start, end, at)
	if !ok || !Value(doc[start:end]).IsString() {
		return nil, doing(fmt.Errorf("there is no string"))
	}
	text, offsets := decode(doc[start:end])
	e, err := setting(text, value, path)
	if err != nil {
		return nil, doing(err)
	}
	return edit{start + offsets[e.from], start + offsets[e.to], appendEscaped(nil, e.text)}.apply(doc), nil
}

// edit replaces the bytes from..to of a document.
type edit struct {
	from, to int
	text     []byte
}

func (e edit) apply(doc []byte) []byte {
	out := make([]byte, 0, len(doc)-(e.to-e.from)+len(e.text))
	out = append(out, doc[:e.from]...)
	out = append(out, e.text...)
	return append(out, doc[e.to:]...)
}

func setting(doc, value []byte, path []string) (edit, error) {
	start, end, err := check(doc)
	if err != nil {
		return edit{}, err
	}
	for n, name := range path {
		v := Value(doc[start:end])
		if v.IsNull() {
			return edit{start, end, nested(path[n:], value)}, nil
		}
		if !v.IsObject() {
			return edit{}, fmt.Errorf("%s is neither an object nor null", place(path[:n]))
		}
		m, last, found := find(doc, start, name)
		if !found {
			return addition(doc, start, last, name, nested(path[n+1:], value)), nil
		}
		start, end = m.start, m.end
	}
	return edit{start, end, value}, nil
}

// addition is a new last member of the object at doc[open], with the white space that its last member has.
func addition(doc []byte, open int, last member, name string, value []byte) edit {
	quoted := String(name)
	if last.end == 0 {
		return edit{open + 1, open + 1, join(quoted, []byte{':'}, value)}
	}
	lead := last.nameStart
	for isSpace(doc[lead-1]) {
		lead--
	}
	return edit{last.end, last.end, join([]byte{','}, doc[lead:last.nameStart], quoted, doc[last.nameEnd:last.start], value)}
}

// nested wraps a value into objects, one for each name, the first outermost.
func nested(names []string, value []byte) []byte {
	for _, name := range slices.Backward(names) {
		value = join([]byte{'{'}, String(name), []byte{':'}, value, []byte{'}'})
	}
	return value
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// without is doc with no member of that name in the object at doc[open]. A member goes together with the comma before it, or
// the one after it where no other member is left before.
func without(doc []byte, open int, name string) []byte {
	out := make([]byte, 0, len(doc))
	done := 0           // doc[:done] is in out, or left out
	kept, prev := 0, -1 // how many members stay so far; where the one before ends
	dropping := -1      // where a run of members at the object's beginning, all to go, begins
	for m := range members(doc, open) {
		switch drop := m.is(doc, name); {
		case drop && kept > 0:
			out = append(out, doc[done:prev]...)
			done = m.end
		case drop && dropping < 0:
			dropping = m.nameStart
		case !drop:
			if dropping >= 0 {
				out = append(out, doc[done:dropping]...)
				done, dropping = m.nameStart, -1
			}
			kept++
		}
		prev = m.end
	}
	if dropping >= 0 {
		out = append(out, doc[done:dropping]...)
		done = prev
	}
	return append(out, doc[done:]...)
}

func place(path []string) string {
	if len(path) == 0 {
		return "the document"
	}
	return fmt.Sprintf("%q", strings.Join(path, "."))
}
