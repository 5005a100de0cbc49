package flowconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
	"testing/iotest"

	"genesys-timeouts/pkg/rawjson"
)

// FuzzParse holds that what is accepted is JSON, that what is refused is not, that no fewer steps are found than by a
// decoder, and that the size of the stream's pieces does not matter.
func FuzzParse(f *testing.F) {
	doc, err := os.ReadFile("testdata/inbound-support.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	for _, text := range []string{`{}`, `{"manifest":{"dataAction":[{"id":"a"}]}}`,
		`{"a":{"__type":"DataAction","timeout":{"config":{"exp":[1]}}}}`,
		`{"__type":"DataAction","timeout":"x","timeout":{"config":{"lit":{"text":"PT5S"}}}}`, `[{"a":"\ud800"}]`,
		`{"a":-1.5e-3}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := Parse(bytes.NewReader(doc))
		var syntax *rawjson.SyntaxError
		if errors.As(err, &syntax) == json.Valid(doc) {
			t.Fatalf("%q: got %v, encoding/json says %v", doc, err, json.Valid(doc))
		}
		again, err2 := Parse(iotest.OneByteReader(bytes.NewReader(doc)))
		if (err == nil) != (err2 == nil) || !reflect.DeepEqual(got, again) {
			t.Fatalf("%q: in one piece %+v, %v, in single bytes %+v, %v", doc, got, err, again, err2)
		}
		var v any
		if err == nil && json.Unmarshal(doc, &v) == nil && count(v) > len(got.Steps) {
			t.Fatalf("%q: found %d steps, a decoder finds %d", doc, len(got.Steps), count(v))
		}
	})
}

func count(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		if v["__type"] == "DataAction" || v["__type"] == "SecureAction" {
			n++
		}
		for _, x := range v {
			n += count(x)
		}
	case []any:
		for _, x := range v {
			n += count(x)
		}
	}
	return n
}
