package rawjson

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Set returns doc with the value at a path replaced. A missing member is added at the end of its object, in the style
// of the object's last member; objects on the way that are missing or null are created. It fails where the path leads
// through anything else, and where doc or value is invalid JSON. Doc is not changed.
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

// Delete returns doc without the member at a path, with all its duplicates. A missing member is fine; an empty path is
// an error.
func Delete(doc []byte, path ...string) ([]byte, error) {
	start, end, err := check(doc)
	if err != nil {
		return nil, fmt.Errorf("deleting %s: %w", place(path), err)
	}
	if len(path) == 0 {
		return nil, errors.New("deleting: empty path")
	}
	start, end, ok := locate(doc, start, end, path[:len(path)-1])
	if !ok || !Value(doc[start:end]).IsObject() {
		return append([]byte(nil), doc...), nil
	}
	return without(doc, start, path[len(path)-1]), nil
}

// GetInString is Get inside the JSON that the string at the path `at` holds. It is false where there is no such string.
// The value is decoded: what the string says, not how it is escaped.
func GetInString(doc []byte, at []string, path ...string) (value []byte, ok bool, err error) {
	v, err := Parse(doc)
	if err != nil {
		return nil, false, err
	}
	if v, ok = v.Get(at...); !ok || !v.IsString() {
		return nil, false, nil
	}
	text, _ := decode(v[1 : len(v)-1])
	if value, ok, err = Get(text, path...); err != nil {
		return nil, false, fmt.Errorf("the JSON in the string %s: %w", place(at), err)
	}
	return value, ok, nil
}

// SetInString is Set inside the JSON that the string at the path `at` holds. The rest of the string keeps its spacing
// and its escapes.
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
		return nil, doing(errors.New("not a string"))
	}
	text, offsets := decode(doc[start+1 : end-1])
	e, err := setting(text, value, path)
	if err != nil {
		return nil, doing(err)
	}
	return edit{start + 1 + offsets[e.from], start + 1 + offsets[e.to], appendEscaped(nil, e.text)}.apply(doc), nil
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
		start, end = m.value.from, m.value.to
	}
	return edit{start, end, value}, nil
}

// addition adds a last member to the object at doc[open], with the white space of the member before it.
func addition(doc []byte, open int, last member, name string, value []byte) edit {
	quoted := String(name)
	if last.value.to == 0 {
		return edit{open + 1, open + 1, join(quoted, []byte{':'}, value)}
	}
	lead := last.name.from
	for isSpace(doc[lead-1]) {
		lead--
	}
	text := join([]byte{','}, doc[lead:last.name.from], quoted, doc[last.name.to:last.value.from], value)
	return edit{last.value.to, last.value.to, text}
}

// nested wraps a value in one object per name, the first outermost.
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

// without removes all members of that name from the object at doc[open], each with the comma before it, or the one
// after it where no member is left before.
func without(doc []byte, open int, name string) []byte {
	out, done, kept := make([]byte, 0, len(doc)), 0, false
	all := slices.Collect(members(doc, open))
	for i, m := range all {
		from, to := m.name.from, m.value.to
		switch {
		case !m.is(doc, name):
			kept = true
			continue
		case kept:
			from = all[i-1].value.to
		case i+1 < len(all):
			to = all[i+1].name.from
		}
		out = append(out, doc[done:from]...)
		done = to
	}
	return append(out, doc[done:]...)
}

func place(path []string) string {
	if len(path) == 0 {
		return "the document"
	}
	return fmt.Sprintf("%q", strings.Join(path, "."))
}
