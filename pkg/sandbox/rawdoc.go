package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Documents are JSON objects as bytes. The functions here read and replace members by their place in the bytes, so that
// whatever is not replaced stays as it was: numbers, escapes, blanks, the order of members. They expect valid JSON
// (checked once, when a document comes in). Where a key is repeated the last one counts, as for most parsers.

// member is one member of an object, and where it stands in the object's bytes.
type member struct {
	key               string
	start, value, end int // of the key's opening quote, of the value, and behind the value
}

func members(object []byte) []member {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var all []member
	for behind := int(dec.InputOffset()); dec.More(); behind = int(dec.InputOffset()) {
		key, err := dec.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil
		}
		name, _ := key.(string)
		end := int(dec.InputOffset())
		all = append(all, member{
			key: name, start: behind + bytes.IndexByte(object[behind:], '"'), value: end - len(value), end: end,
		})
	}
	return all
}

func findMember(object []byte, key string) (member, bool) {
	all := members(object)
	for _, m := range slices.Backward(all) {
		if m.key == key {
			return m, true
		}
	}
	return member{}, false
}

// valueAt is the value that a path of keys leads to, nil where it does not exist. The result shares the document's memory.
func valueAt(doc []byte, path ...string) []byte {
	for _, key := range path {
		m, ok := findMember(doc, key)
		if !ok {
			return nil
		}
		doc = doc[m.value:m.end]
	}
	return doc
}

// textAt is the string that a path of keys leads to; a value of another kind is given as its JSON, a missing one as "".
func textAt(doc []byte, path ...string) string {
	raw := valueAt(doc, path...)
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

// wholeNumber reads a JSON value that is spelt as a whole number: neither 5.0 nor "5" is one.
func wholeNumber(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

func versionOf(doc []byte) int64 {
	n, _ := wholeNumber(valueAt(doc, "version"))
	return n
}

// withValue is the document with the value at the path of keys replaced, or added at the end of its object. Missing objects on
// the way are made, and so is one in place of a null. The document itself is not touched.
func withValue(doc, value []byte, key string, deeper ...string) []byte {
	m, ok := findMember(doc, key)
	if len(deeper) > 0 {
		inner := []byte("{}")
		if ok && doc[m.value] == '{' {
			inner = doc[m.value:m.end]
		}
		value = withValue(inner, value, deeper[0], deeper[1:]...)
	}
	if ok {
		return splice(doc, m.value, m.end, value)
	}
	added := append(mustMarshal(key), ':')
	added = append(added, value...)
	all := members(doc)
	if len(all) == 0 {
		inside := bytes.IndexByte(doc, '{') + 1
		return splice(doc, inside, inside, added)
	}
	end := all[len(all)-1].end
	return splice(doc, end, end, append([]byte{','}, added...))
}

// withoutMember is the document without one of its members (all of that key).
func withoutMember(doc []byte, key string) []byte {
	for {
		all := members(doc)
		i := slices.IndexFunc(all, func(m member) bool { return m.key == key })
		switch {
		case i < 0:
			return doc
		case i+1 < len(all):
			doc = splice(doc, all[i].start, all[i+1].start, nil)
		case i > 0:
			doc = splice(doc, all[i-1].end, all[i].end, nil)
		default:
			doc = splice(doc, all[i].start, all[i].end, nil)
		}
	}
}

// withRenamed is the document with a member's key and value replaced where it stands.
func withRenamed(doc []byte, key, newKey string, value []byte) []byte {
	m, ok := findMember(doc, key)
	if !ok {
		return doc
	}
	return splice(doc, m.start, m.end, slices.Concat(mustMarshal(newKey), []byte{':'}, value))
}

func withVersion(doc []byte, version int64) []byte {
	return withValue(doc, strconv.AppendInt(nil, version, 10), "version")
}

func splice(doc []byte, from, to int, with []byte) []byte {
	return slices.Concat(doc[:from], with, doc[to:])
}
