package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Documents are JSON objects as bytes. The functions here read and replace members in place, so that the rest stays as
// it is: numbers, escapes, blanks, the order of members. They expect valid JSON, which is checked when a document comes
// in. Of repeated keys the last one counts, as for most parsers.

// member is one member of an object, and its place in the object's bytes.
type member struct {
	key               string
	start, value, end int // of the key's opening quote, of the value, and after the value
}

func members(object []byte) []member {
	i := skipAny(object, 0, " \t\r\n")
	if i == len(object) || object[i] != '{' {
		return nil
	}
	var all []member
	for i = skipAny(object, i+1, " \t\r\n"); i < len(object) && object[i] == '"'; i = skipAny(object, i, " \t\r\n,") {
		m := member{start: i}
		i = skipValue(object, i)
		m.key = keyText(object[m.start:i])
		m.value = skipAny(object, i, " \t\r\n:")
		m.end = skipValue(object, m.value)
		i = m.end
		all = append(all, m)
	}
	return all
}

func skipAny(b []byte, i int, set string) int {
	for i < len(b) && strings.IndexByte(set, b[i]) >= 0 {
		i++
	}
	return i
}

// skipValue is the place after the JSON value that begins at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return min(i+1, len(b))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // after a number or a word
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

func keyText(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	var key string
	_ = json.Unmarshal(quoted, &key) // part of a document that is valid
	return key
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

// valueAt is the value that a path of keys leads to, nil where it does not exist. The result shares the document's
// memory.
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

// textAt is the string that a path of keys leads to: another kind of value as its JSON, a missing one as "".
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

// withValue is the document with the value at the path of keys replaced, or added at the end of its object. Missing
// objects on the way are added, and a null becomes one. The document itself stays.
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

// withRenamed is the document with a member's key and value replaced in place.
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
