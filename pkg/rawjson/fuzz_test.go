package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzSet holds that a set value can be read back, that setting the old value again gives the old bytes, that
// deleting an added member gives the old bytes, and that a decoder sees no difference but the one.
func FuzzSet(f *testing.F) {
	for _, doc := range []string{odd, `{}`, ` { "a" : { "b" : 1 } } `, `{"a":null}`, `{"a":{"b":1,"b":2}}`, `[1]`,
		`{"a":{"c":[{}],"d":"\ud83c\udfa7\ud800"}}`, "{\"a\":{\"x\":\"\xff\"}}"} {
		f.Add([]byte(doc), "a", "b")
	}
	f.Fuzz(func(t *testing.T, doc []byte, one, two string) {
		got, err := Set(doc, []byte("12"), one, two)
		if err != nil {
			if v, bad := Parse(doc); bad == nil && (v.IsObject() || v.IsNull()) {
				if parent, ok := v.Get(one); !ok || parent.IsObject() || parent.IsNull() {
					t.Fatalf("%q: %v", doc, err)
				}
			}
			return
		}
		if back, ok, err := Get(got, one, two); sameName(one, two) && (err != nil || !ok || string(back) != "12") {
			t.Fatalf("%q became %q, read back as %q, %v, %v", doc, got, back, ok, err)
		}
		if old, had, _ := Get(doc, one, two); had {
			again, err := Set(got, old, one, two)
			if err != nil || !bytes.Equal(again, doc) {
				t.Fatalf("%q became %q and, undone, %q (%v)", doc, got, again, err)
			}
		} else if parent, ok, _ := Get(doc, one); ok && Value(parent).IsObject() && sameName(one, two) {
			again, err := Delete(got, one, two)
			if err != nil || !bytes.Equal(again, doc) {
				t.Fatalf("%q became %q and, undone, %q (%v)", doc, got, again, err)
			}
		}
		sameOtherwise(t, doc, got, one, two)
	})
}

// sameName reports whether the names can be written and read again: they are UTF-8 then.
func sameName(names ...string) bool {
	for _, n := range names {
		if string(bytes.ToValidUTF8([]byte(n), []byte("?"))) != n {
			return false
		}
	}
	return true
}

// sameOtherwise compares through encoding/json, which shares nothing with this package.
func sameOtherwise(t *testing.T, before, after []byte, one, two string) {
	t.Helper()
	var x, y any
	if decodeNumbers(before, &x) != nil {
		return // deeper than encoding/json goes
	}
	if err := decodeNumbers(after, &y); err != nil {
		t.Fatalf("%q is not JSON: %v", after, err)
	}
	for _, v := range []any{x, y} {
		if m, ok := v.(map[string]any); ok {
			if inner, ok := m[one].(map[string]any); ok {
				delete(inner, two)
				if len(inner) > 0 {
					continue
				}
			}
			delete(m, one)
		}
	}
	if x == nil {
		x = map[string]any{}
	}
	if !reflect.DeepEqual(x, y) && sameName(one, two) {
		t.Fatalf("%q became %q", before, after)
	}
}

func decodeNumbers(doc []byte, into *any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return d.Decode(into)
}

// FuzzParse holds that the same texts are JSON here and for encoding/json.
func FuzzParse(f *testing.F) {
	for _, doc := range []string{odd, `-0.1e+5`, `01`, `"\u12G4"`, `[1,]`, `{"a":1,}`, "\"\x7f\"", `[[[]]]`,
		`{"a":[{}]} `} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		_, err := Parse(doc)
		if want := json.Valid(doc); (err == nil) != want &&
			bytes.Count(doc, []byte("["))+bytes.Count(doc, []byte("{")) < 10_000 {
			t.Fatalf("%q: got %v, encoding/json says %v", doc, err, want)
		}
	})
}

// FuzzSetInString holds that setting inside a string leaves the string's other bytes alone.
func FuzzSetInString(f *testing.F) {
	f.Add(`{ "options" : { "timeout" : 3000 , "x":"é\n" } }`)
	f.Add(`{"url":"x"}`)
	f.Fuzz(func(t *testing.T, inner string) {
		quoted, err := json.Marshal(inner)
		if err != nil || !sameName(inner) {
			return
		}
		doc := []byte(`{"definition": ` + string(quoted) + `, "v":1.0}`)
		got, err := SetInString(doc, []byte("12000"), []string{"definition"}, "options", "timeout")
		direct, wantErr := Set([]byte(inner), []byte("12000"), "options", "timeout")
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, but outside of a string %v", inner, err, wantErr)
		}
		if err != nil {
			return
		}
		var v struct{ Definition string }
		if err := json.Unmarshal(got, &v); err != nil || v.Definition != string(direct) {
			t.Fatalf("%q became %q, want %q (%v)", inner, v.Definition, direct, err)
		}
		if old, had, _ := GetInString(doc, []string{"definition"}, "options", "timeout"); had {
			again, err := SetInString(got, old, []string{"definition"}, "options", "timeout")
			var w struct{ Definition string }
			if err != nil || json.Unmarshal(again, &w) != nil || w.Definition != inner {
				t.Fatalf("undone it is %q (%v)", again, err)
			}
		}
	})
}

// takeScalars takes every scalar of a document on its own.
func takeScalars(w *Walk) {
	switch w.Next() {
	case '{':
		for range w.Members() {
			takeScalars(w)
		}
	case '[':
		for range w.Elements() {
			takeScalars(w)
		}
	default:
		w.Scalar()
	}
}

// FuzzWalk holds that a walk finds what Parse and Value's methods find, whatever it takes and passes over, and that it
// fails as they do, in memory and on a stream.
func FuzzWalk(f *testing.F) {
	for _, doc := range []string{odd, ` {"entities":[{"id":"a"},[1,[2]],{}],"total":2} x`, `{"a":[1,2}`, `[]`,
		`[[[]]]`, `{`,
		`{"a":{"b":{}},"a":[{"c":1}]}`, `"text"`, `{"a":1,}`, `nul`} {
		f.Add([]byte(doc), byte(0))
		f.Add([]byte(doc), byte(5))
	}
	f.Fuzz(func(t *testing.T, doc []byte, skip byte) {
		want, bad := Parse(doc)
		var walked, parsed []string
		n := 0
		taken := func() bool { n++; return skip == 0 || n%int(skip) != 0 }
		w := NewWalk(doc)
		for name := range w.Members() {
			i := -1
			for range w.Elements() {
				i++
				if taken() {
					walked = append(walked, fmt.Sprint(name, i, string(w.Value())))
				}
			}
		}
		if err := w.End(); fmt.Sprint(err) != fmt.Sprint(bad) {
			t.Fatalf("%q: walked %v, parsed %v", doc, err, bad)
		}
		stream := NewStream(iotest.OneByteReader(bytes.NewReader(doc)))
		takeScalars(stream)
		streamErr := stream.End()
		if fmt.Sprint(streamErr) != fmt.Sprint(bad) && !strings.Contains(fmt.Sprint(streamErr), "levels deep") {
			t.Fatalf("%q: streamed %v, parsed %v", doc, streamErr, bad)
		}
		n = 0
		for name, v := range want.Members() {
			i := 0
			for e := range v.Elements() {
				if taken() {
					parsed = append(parsed, fmt.Sprint(name, i, string(e)))
				}
				i++
			}
		}
		if bad == nil && !slices.Equal(walked, parsed) {
			t.Fatalf("%q: walked %q, parsed %q", doc, walked, parsed)
		}
	})
}
