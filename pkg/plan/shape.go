package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// checkShape reports where a JSON document differs from what encoding/json makes of a type: keys are exact, given once,
// known, and there unless they are omitempty; null stands only where the type has a pointer; integers are written as
// such.
func checkShape(raw []byte, t reflect.Type) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := shape(dec, t); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("trailing data after the document")
	}
	return nil
}

func shape(dec *json.Decoder, t reflect.Type) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if t.Kind() == reflect.Pointer {
		if token == nil {
			return nil
		}
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Time]() {
		text, _ := token.(string)
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return errors.New("want a date and time")
		}
		return nil
	}
	ok := false
	switch t.Kind() {
	case reflect.Struct:
		if token == json.Delim('{') {
			return objectShape(dec, t)
		}
	case reflect.Slice:
		if token == json.Delim('[') {
			return listShape(dec, t.Elem())
		}
	case reflect.String:
		_, ok = token.(string)
	case reflect.Bool:
		_, ok = token.(bool)
	case reflect.Int, reflect.Int64:
		number, _ := token.(json.Number)
		_, err := strconv.ParseInt(string(number), 10, 64)
		ok = err == nil
	case reflect.Float64:
		_, ok = token.(json.Number)
	default:
	}
	if !ok {
		return fmt.Errorf("want %s", kindName(t))
	}
	return nil
}

func objectShape(dec *json.Decoder, t reflect.Type) error {
	fields := fieldsOf(t)
	seen := make([]bool, len(fields))
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		switch {
		case i < 0:
			return fmt.Errorf("unknown key %.60q", key)
		case seen[i]:
			return fmt.Errorf("duplicate key %q", key)
		}
		seen[i] = true
		if err := shape(dec, fields[i].kind); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	for i, f := range fields {
		if !seen[i] && !f.optional {
			return fmt.Errorf("missing key %q", f.key)
		}
	}
	_, err := dec.Token()
	return err
}

func listShape(dec *json.Decoder, item reflect.Type) error {
	for n := 0; dec.More(); n++ {
		if err := shape(dec, item); err != nil {
			return fmt.Errorf("[%d]: %w", n, err)
		}
	}
	_, err := dec.Token()
	return err
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "an integer"
	default:
		return "a number"
	}
}

// field is a struct's field as JSON has it.
type field struct {
	key      string
	index    int
	kind     reflect.Type
	optional bool // left out where it is empty
}

// fieldsByType keeps what fieldsOf found: a large plan has 100,000 objects of ten types.
var fieldsByType sync.Map

// fieldsOf lists a struct's fields, sorted by key.
func fieldsOf(t reflect.Type) []field {
	known, _ := fieldsByType.Load(t)
	if fields, ok := known.([]field); ok {
		return fields
	}
	var fields []field
	for i := range t.NumField() {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		fields = append(fields, field{key, i, t.Field(i).Type, options == "omitempty"})
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.key, b.key) })
	fieldsByType.Store(t, fields)
	return fields
}
