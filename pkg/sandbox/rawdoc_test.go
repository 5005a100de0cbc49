package sandbox

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestRawDocumentEdits(t *testing.T) {
	t.Parallel()
	const doc = `{ "a" : 1.0 , "b\u0041": {"x":[1,{"y":"}"}]}, "a": 2,"n":null }`
	cases := map[string][2]string{
		"replace the last of two": {string(withValue([]byte(doc), []byte("7"), "a")),
			`{ "a" : 1.0 , "b\u0041": {"x":[1,{"y":"}"}]}, "a": 7,"n":null }`},
		"replace inside": {string(withValue([]byte(doc), []byte("7"), "bA", "x")),
			`{ "a" : 1.0 , "b\u0041": {"x":7}, "a": 2,"n":null }`},
		"add": {string(withValue([]byte(doc), []byte("7"), "c", "d")),
			`{ "a" : 1.0 , "b\u0041": {"x":[1,{"y":"}"}]}, "a": 2,"n":null,"c":{"d":7} }`},
		"an object for null": {string(withValue([]byte(doc), []byte("7"), "n", "d")),
			`{ "a" : 1.0 , "b\u0041": {"x":[1,{"y":"}"}]}, "a": 2,"n":{"d":7} }`},
		"add to nothing": {string(withValue([]byte(" { } "), []byte("7"), "c")), ` {"c":7 } `},
		"drop the first": {string(withoutMember([]byte(doc), "a")), `{ "b\u0041": {"x":[1,{"y":"}"}]}, "n":null }`},
		"drop the last": {string(withoutMember([]byte(doc), "n")),
			`{ "a" : 1.0 , "b\u0041": {"x":[1,{"y":"}"}]}, "a": 2 }`},
		"drop the only":          {string(withoutMember([]byte(`{"n":1}`), "n")), `{}`},
		"drop what is not there": {string(withoutMember([]byte(doc), "z")), doc},
		"rename": {string(withRenamed([]byte(doc), "bA", "c", []byte("[]"))),
			`{ "a" : 1.0 , "c":[], "a": 2,"n":null }`},
	}
	for name, c := range cases {
		if c[0] != c[1] {
			t.Errorf("%s: %s, want %s", name, c[0], c[1])
		}
	}
	if got := textAt([]byte(doc), "bA", "x"); got != `[1,{"y":"}"}]` {
		t.Error(got)
	}
	if valueAt([]byte(doc), "a", "x") != nil || valueAt([]byte(`[]`), "x") != nil {
		t.Error("found a value that does not exist")
	}
}

// FuzzRawDocument sets a member and takes it away: what is set is found, what was there before is there after.
func FuzzRawDocument(f *testing.F) {
	f.Add([]byte(oddAction), "config")
	f.Add([]byte(`{"a":1,"b":{"a":[]},"a":2}`), "a")
	f.Add([]byte(` {} `), "x")
	f.Add([]byte("{\"\\ud800\":1}"), "\xff")
	f.Fuzz(func(t *testing.T, doc []byte, key string) {
		if !isObject(doc) {
			return
		}
		before := bytes.Clone(doc)
		set := withValue(doc, []byte(`{"v":1.0}`), key)
		if !json.Valid(set) {
			t.Fatalf("%s", set)
		}
		name := textAt(mustMarshal(key)) // as JSON can hold it
		if got := valueAt(set, name); string(got) != `{"v":1.0}` {
			t.Fatalf("%q in %s", got, set)
		}
		for _, m := range members(doc) {
			if m.key != name && !bytes.Equal(valueAt(set, m.key), valueAt(doc, m.key)) {
				t.Fatalf("%q changed: %s", m.key, set)
			}
		}
		dropped := withoutMember(set, name)
		if !json.Valid(dropped) || valueAt(dropped, name) != nil {
			t.Fatalf("%s", dropped)
		}
		if !bytes.Equal(doc, before) {
			t.Fatal("the document itself was changed")
		}
	})
}
