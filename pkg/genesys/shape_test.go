package genesys_test

import (
	"encoding/json"
	"strings"
	"testing"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/rawjson"
)

func TestShapeTellsKeysAndTypes(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"id":"a","secret":1,"another":2}`: "{id: string, 2 other keys}",
		`{"entities":[{"id":"a"},{"id":1,"name":null,"x":{}}],"total":2}`: "{entities: [{id: number|string, " +
			"name?: null, 1 other key} x 2], total: number}",
		`{"config":{"headers":{"id":"x"},"version":1}}`: "{config: {headers: map, version: number}}",
		`[]`: "[]", `[[],[1,true]]`: "[[boolean|number x 2] x 2]", `"a"`: "string", `{}`: "{}",
		strings.Repeat(`{"config":`, 12) + `1` + strings.Repeat(`}`, 12): strings.Repeat("{config: ", 8) + "{…}" +
			strings.Repeat("}", 8),
	} {
		v, err := rawjson.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := genesys.Shape(v); got != want {
			t.Errorf("%s\n got %s\nwant %s", doc, got, want)
		}
	}
}

// A shape shows nothing of a document but documented keys.
func FuzzShape(f *testing.F) {
	f.Add("id", "name", "planted")
	f.Add("headers", "Authorization", "Bearer x")
	f.Fuzz(func(t *testing.T, a, b, text string) {
		doc, err := json.Marshal(map[string]any{a: []any{text, map[string]any{b: text, text: b}}, b: map[string]any{text: a}})
		if err != nil {
			t.Skip("not text")
		}
		v, err := rawjson.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsFuncSeq(genesys.Shape(v), func(r rune) bool {
			return strings.ContainsRune("{}[]|?:, …", r)
		}) {
			if word == "x" || word == "other" || word == "key" || word == "keys" || strings.Trim(word, "0123456789") == "" ||
				strings.Contains(" string number boolean null object array map ", " "+word+" ") || genesys.Documented(word) {
				continue
			}
			t.Errorf("%q stands in %s", word, genesys.Shape(v))
		}
	})
}
