package plan

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
)

// appendCanonical appends a value's canonical JSON: what encoding/json writes, without blanks and with sorted keys.
// Keys of the outermost object that are in without are left out. Decoding the JSON into maps to sort it took a third of
// a large plan's time.
func appendCanonical(b []byte, v reflect.Value, without ...string) ([]byte, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return appendCanonical(b, v.Elem())
	case reflect.Struct:
		if _, ok := reflect.TypeAssert[json.Marshaler](v); !ok {
			return appendObject(b, v, without)
		}
	case reflect.Slice:
		return appendList(b, v)
	case reflect.Int, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.String:
		if text := v.String(); plain(text) {
			return append(append(append(b, '"'), text...), '"'), nil
		}
	default:
	}
	raw, err := json.Marshal(v.Interface())
	return append(b, raw...), err
}

func appendObject(b []byte, v reflect.Value, without []string) (_ []byte, err error) {
	b = append(b, '{')
	first := true
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		if f.optional && omitted(value) || slices.Contains(without, f.key) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), f.key...), `":`...)
		if b, err = appendCanonical(b, value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendList(b []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendCanonical(b, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// omitted reports whether omitempty leaves a value out.
func omitted(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// plain reports whether JSON writes the text as it is.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&':
			return false
		}
	}
	return true
}
