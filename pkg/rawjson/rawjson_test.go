package rawjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// odd holds what decoding and encoding again would change.
const odd = "{ \"big\": 9007199254740993,\t\"one\" : 1.0, \"exp\":1e3, \"tiny\":5E-324, " +
	"\"lone\":\"\\ud800\", \"latin1\":\"\xe9\", \"u\":\"\\u0041<&>\u2028\\/\"" +
	",\r\n \"config\": {\"timeoutSeconds\": 3 , \"x\":[ [],{ } ,[1,1.0]]} , \"twice\":1,\"twice\" : 2 }\n"

func TestSetChangesTheOneValue(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 50_000)
	shut := strings.Repeat(`]}`, 50_000)
	for _, tt := range []struct {
		name, doc, value string
		path             []string
		want             string
	}{
		{"everything else stays", odd, "12", []string{"config", "timeoutSeconds"}, strings.Replace(odd, "3 ,", "12 ,", 1)},
		{"the last of two counts", odd, "9", []string{"twice"}, strings.Replace(odd, "\"twice\" : 2", "\"twice\" : 9", 1)},
		{"the last of two parents counts", `{"a":{"t":1},"a":{"t":2}}`, "3", []string{"a", "t"}, `{"a":{"t":1},"a":{"t":3}}`},
		{"the last of two parents lacks it", `{"a":{"t":1},"a":{"u":2}}`, "3", []string{"a", "t"},
			`{"a":{"t":1},"a":{"u":2,"t":3}}`},
		{"escaped name", `{"t\u0069meout":1}`, "2", []string{"timeout"}, `{"t\u0069meout":2}`},
		{"name beyond the basic plane", `{"\ud83c\udfa7":1}`, "2", []string{"🎧"}, `{"\ud83c\udfa7":2}`},
		{"missing member", `{"a":1}`, "2", []string{"b"}, `{"a":1,"b":2}`},
		{"missing member takes the style", "{\n  \"a\": 1\n}", "2", []string{"b"}, "{\n  \"a\": 1,\n  \"b\": 2\n}"},
		{"missing member of an empty object", `{ }`, "2", []string{"b"}, `{"b":2 }`},
		{"missing parents", `{"d":{"url":"x"}}`, "2", []string{"d", "options", "timeout"},
			`{"d":{"url":"x","options":{"timeout":2}}}`},
		{"null parent", `{"options":null,"z":1}`, "2", []string{"options", "timeout"}, `{"options":{"timeout":2},"z":1}`},
		{"null document", ` null `, "2", []string{"a"}, ` {"a":2} `},
		{"null value", `{"a": null}`, "2", []string{"a"}, `{"a": 2}`},
		{"whole document", " [1] ", "2", nil, " 2 "},
		{"name that needs escapes", `{}`, "2", []string{"a\"\\\n\x01"}, `{"a\"\\\n\u0001":2}`},
		{"backslashes before quotes", `{"a":"\\","b":"\\\"","c":"x\"}","t":1}`, "2", []string{"t"},
			`{"a":"\\","b":"\\\"","c":"x\"}","t":2}`},
		{"strings that look like structure", `{"a":"}{,\"t\":","t":1}`, "2", []string{"t"}, `{"a":"}{,\"t\":","t":2}`},
		{"deep nesting beside it", `{"x":` + deep + shut + `,"t":1}`, "2", []string{"t"}, `{"x":` + deep + shut + `,"t":2}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := strings.Clone(tt.doc)
			doc := []byte(tt.doc)
			got, err := Set(doc, []byte(tt.value), tt.path...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if string(doc) != before {
				t.Error("the document given was changed")
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	for _, tt := range []struct{ name, doc, value, problem string }{
		{"a parent that is a string", `{"a":"x"}`, "1", `"a" is neither an object nor null`},
		{"a parent that is an array", `{"a":[]}`, "1", `"a" is neither an object nor null`},
		{"a document that is a number", `1`, "1", `the document is neither an object nor null`},
		{"text after the end", `{"a":{}} x`, "1", "at byte 9: text after"},
		{"a cut document", `{"a":{"t":1}`, "1", "at byte 12: ends inside"},
		{"a cut string", `{"a`, "1", "at byte 3: ends inside a string"},
		{"a missing colon", `{"a" 1}`, "1", "a colon is expected"},
		{"a trailing comma", `{"a":1,}`, "1", "a member's name in quotes"},
		{"a trailing comma in an array", `{"a":[1,]}`, "1", "where a value is expected"},
		{"a wrong bracket", `{"a":[1}}`, "1", "where a comma or"},
		{"an empty document", ` `, "1", "ends where a value is expected"},
		{"an unknown word", `{"a":NaN}`, "1", `"NaN" is not a value`},
		{"a leading zero", `{"a":012}`, "1", `"012" is not a value`},
		{"half a number", `{"a":1.}`, "1", `"1." is not a value`},
		{"a bad escape", `{"a":"\x"}`, "1", "unknown escape"},
		{"a short escape", `{"a":"\u00g0"}`, "1", "four hexadecimal digits"},
		{"a control character", "{\"a\":\"\n\"}", "1", "control character 0x0a"},
		{"a byte order mark", "\uFEFF{}", "1", "at byte 0"},
		{"a new value that is none", `{}`, "1 2", "the new value: invalid JSON at byte 2"},
		{"endless brackets", strings.Repeat("[", 100_000), "1", "at byte 100000: ends"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Set([]byte(tt.doc), []byte(tt.value), "a", "t")
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("got %s, %v, want an error with %q", got, err, tt.problem)
			}
		})
	}
	var syntax *SyntaxError
	if _, err := Set([]byte(`{"a":}`), []byte("1"), "a"); !errors.As(err, &syntax) || syntax.Offset != 5 {
		t.Errorf("got %v, want a *SyntaxError at byte 5", err)
	}
}

func TestGet(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		path      []string
		want      string
		ok        bool
	}{
		{"digits as they are", odd, []string{"big"}, "9007199254740993", true},
		{"inside an object", odd, []string{"config", "x"}, "[ [],{ } ,[1,1.0]]", true},
		{"the last of two", odd, []string{"twice"}, "2", true},
		{"whole document", " {} ", nil, "{}", true},
		{"missing", odd, []string{"nope"}, "", false},
		{"below a number", odd, []string{"big", "x"}, "", false},
		{"names are exact", `{"Timeout":1}`, []string{"timeout"}, "", false},
		{"empty name", `{"":1}`, []string{""}, "1", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := Get([]byte(tt.doc), tt.path...)
			if err != nil || ok != tt.ok || string(got) != tt.want {
				t.Errorf("got %q, %v, %v, want %q, %v", got, ok, err, tt.want, tt.ok)
			}
		})
	}
	if _, _, err := Get([]byte(`{"a":1}}`), "a"); err == nil {
		t.Error("text after the document's end was accepted")
	}
}

func TestDelete(t *testing.T) {
	for _, tt := range []struct{ name, doc, want string }{
		{"only member", `{"r":{ "u":1 }}`, `{"r":{  }}`},
		{"first member", `{"r":{"u":1, "b":2}}`, `{"r":{"b":2}}`},
		{"middle member", `{"r":{"a":1, "u":"}", "b":2}}`, `{"r":{"a":1, "b":2}}`},
		{"last member", "{\"r\":{\n \"a\":1,\n \"u\":1\n}}", "{\"r\":{\n \"a\":1\n}}"},
		{"every time it is there", `{"r":{"u":1,"u":2, "a":1 ,"u":3,"u":4,"b":5,"u":6}}`, `{"r":{"a":1,"b":5}}`},
		{"nothing but it", `{"r":{"u":1,"u":2}}`, `{"r":{}}`},
		{"missing member", `{"r":{"a": 1.0}}`, `{"r":{"a": 1.0}}`},
		{"missing parent", `{"x":{"u":1}}`, `{"x":{"u":1}}`},
		{"parent of another kind", `{"r":"u"}`, `{"r":"u"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Delete([]byte(tt.doc), "r", "u")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Delete([]byte(`{}`)); err == nil {
		t.Error("deleting the document itself was accepted")
	}
	if _, err := Delete([]byte(`{"r":`), "r", "u"); err == nil {
		t.Error("a cut document was accepted")
	}
}

func TestInsideAString(t *testing.T) {
	path := []string{"options", "timeout"}
	for _, tt := range []struct{ name, doc, want string }{
		{"spacing and escapes stay",
			`{"definition": "{ \u0022options\" :\t{ \"timeout\" : \u0033000 , \"n\":1.0},` +
				`\n\"s\":\"a\\\"b\\u00e9\ud83c\udfa7é\\\\\"}", "v":1}`,
			`{"definition": "{ \u0022options\" :\t{ \"timeout\" : 12000 , \"n\":1.0},` +
				`\n\"s\":\"a\\\"b\\u00e9\ud83c\udfa7é\\\\\"}", "v":1}`},
		{"options made", `{"definition":"{\"url\":\"x\"}"}`,
			`{"definition":"{\"url\":\"x\",\"options\":{\"timeout\":12000}}"}`},
		{"null options", `{"definition":" {\"options\":null}\n"}`, `{"definition":" {\"options\":{\"timeout\":12000}}\n"}`},
		{"white space of a new member is escaped", "{\"definition\":\"{\\\"options\\\":{\\n\\t\\\"a\\\": 1}}\"}",
			"{\"definition\":\"{\\\"options\\\":{\\n\\t\\\"a\\\": 1,\\n\\t\\\"timeout\\\": 12000}}\"}"},
		{"broken text beside it stays",
			"{\"definition\":\"{\\\"a\\\":\\\"\\ud800\xff\\\",\\\"options\\\":{\\\"timeout\\\":1}}\"}",
			"{\"definition\":\"{\\\"a\\\":\\\"\\ud800\xff\\\",\\\"options\\\":{\\\"timeout\\\":12000}}\"}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SetInString([]byte(tt.doc), []byte("12000"), []string{"definition"}, path...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			back, ok, err := GetInString(got, []string{"definition"}, path...)
			if err != nil || !ok || string(back) != "12000" {
				t.Errorf("reading it back gave %q, %v, %v", back, ok, err)
			}
		})
	}
	for _, tt := range []struct{ name, doc, problem string }{
		{"no string", `{"definition":{}}`, "not a string"},
		{"no member", `{}`, "not a string"},
		{"no JSON in the string", `{"definition":"nope"}`, "invalid JSON at byte 0"},
		{"no object in the string", `{"definition":"[]"}`, "neither an object nor null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := SetInString([]byte(tt.doc), []byte("1"), []string{"definition"}, path...); err == nil ||
				!strings.Contains(err.Error(), tt.problem) {
				t.Errorf("got %v, want %q", err, tt.problem)
			}
		})
	}
	if _, ok, err := GetInString([]byte(`{"definition":"x"}`), []string{"definition"}, path...); ok || err == nil {
		t.Errorf("reading a string that holds no JSON gave %v, %v", ok, err)
	}
}

func TestValueParts(t *testing.T) {
	v, err := Parse([]byte(` {"a":[1, "x" ,{}],"b":null,"\u0063":"\u00e9\ud800","a":[ ]} `))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for name, value := range v.Members() {
		got = append(got, name+"="+string(value))
		for e := range value.Elements() {
			got = append(got, string(e))
		}
	}
	if diff := cmp.Diff([]string{`a=[1, "x" ,{}]`, "1", `"x"`, "{}", "b=null", `c="\u00e9\ud800"`, "a=[ ]"},
		got); diff != "" {
		t.Error(diff)
	}
	fields := v.Fields()
	if len(fields) != 3 || string(fields["a"]) != "[ ]" || fields["nope"].IsNull() || fields["nope"].IsObject() {
		t.Errorf("Fields gave %q", fields)
	}
	c, _ := v.Get("c")
	if text, ok := c.Text(); !ok || text != "é\uFFFD" {
		t.Errorf("Text gave %q, %v", text, ok)
	}
	if _, ok := v.Text(); ok {
		t.Error("an object had a text")
	}
}

func TestStringSurvivesADecoder(t *testing.T) {
	text := "a\"b\\c\n\r\t\x01\x7f </script>&\u2028 é漢🎧"
	var got string
	if err := json.Unmarshal(String(text), &got); err != nil || got != text {
		t.Errorf("got %q, %v", got, err)
	}
}

// A document that is cut off, wherever, is told from one that is wrong: whoever reads from a network asks again.
func TestBrokenOffEverywhere(t *testing.T) {
	doc := []byte(`{"a" : [1.5e-3,-20,0.25, true,false ,null,"x\u00e9\\\ud83c\udfa7\n"], "\u0062":{"c":{}, "d":[ ]}}`)
	if _, err := Parse(doc); err != nil {
		t.Fatal(err)
	}
	for n := range doc {
		_, err := Parse(doc[:n])
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != int64(n) {
			t.Errorf("after %d bytes, %q: %v, want an error at its end", n, doc[max(0, n-8):n], err)
		}
	}
	for _, wrong := range []string{`{"a":trux`, `{"a":1.e`, `{"a":01`, `{"a":nul `, `[1e+]`, `["\u00g`, `["\u12"`,
		`[tr,`, `Bad Gateway`, `<html>`} {
		_, err := Parse([]byte(wrong))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset >= int64(len(wrong)) {
			t.Errorf("%s: %v, want an error before its end", wrong, err)
		}
	}
}
