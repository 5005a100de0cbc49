package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/report"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct{ name, before, after, want string }{
		{"one number", `{"config":{"a":[1,2],"timeoutSeconds":3}}`, `{"config":{"a":[1,2],"timeoutSeconds":12}}`,
			"- config.timeoutSeconds: 3\n+ config.timeoutSeconds: 12\n"},
		{"unset before", `{"config":{"a":1}}`, `{"config":{"a":1,"timeoutSeconds":12}}`, "+ config.timeoutSeconds: 12\n"},
		{"options made", `{"definition":{}}`, `{"definition":{"options":{"timeout":10000}}}`,
			"- definition: {}\n+ definition.options.timeout: 10000\n"},
		{"held in a string", `{"definition":"{\"options\": {\"timeout\": 3000},\"x\":\"<a>\"}"}`,
			`{"definition":"{\"options\": {\"timeout\": 10000},\"x\":\"<a>\"}"}`,
			"- definition.options.timeout: 3000\n+ definition.options.timeout: 10000\n"},
		{"digits are kept", `{"a":9007199254740993,"b":1.0}`, `{"a":9007199254740992,"b":1}`,
			"- a: 9007199254740993\n- b: 1.0\n+ a: 9007199254740992\n+ b: 1\n"},
		{"same place in another object", `{"a":{"t":3},"b":{"t":3}}`, `{"a":{"t":3},"b":{"t":5}}`, "- b.t: 3\n+ b.t: 5\n"},
		{"duplicate keys", `{"t":3,"t":3}`, `{"t":3,"t":4}`, "- t: 3\n+ t: 4\n"},
		{"array and odd keys", `{"a b":[{"é.":null}]}`, `{"a b":[{"é.":true}]}`,
			`- ["a b"][0]["é."]: null` + "\n" + `+ ["a b"][0]["é."]: true` + "\n"},
		{"credentials", `{"request":{"headers":{"X-Key":"s3cr3t"}}}`, `{"request":{"headers":{"X-Key":"t0ps3cr3t"}}}`,
			`- request.headers["X-Key"]: (not shown)` + "\n" + `+ request.headers["X-Key"]: (not shown)` + "\n"},
		{"spelling", `{"a": "\u0041"}`, `{"a":"A"}`, ""},
		{"hostile", `{"##[group]":"a"}`, "{\"##[group]\":\"\u202e::x\\n\"}",
			"- [\"##\\x5bgroup]\"]: \"a\"\n+ [\"##\\x5bgroup]\"]: \"\\u202e::x\\n\"\n"},
		{"no JSON", `{"a":`, `{"a":1}`, "(document changed; not JSON that can be shown)\n"},
		{"no JSON, no change", `<html>`, `<html>`, ""},
		{"two values", `1 2`, `1 3`, "(document changed; not JSON that can be shown)\n"},
		{"a bare value", `3`, `4`, "- (document): 3\n+ (document): 4\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll(c.want, `["X-Key"]`, ".X-Key")
			if diff := cmp.Diff(want, report.Diff([]byte(c.before), []byte(c.after))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDiffOfLargeDocuments(t *testing.T) {
	var a, b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&a, `,{"name":"n%d"}`, i)
		fmt.Fprintf(&b, `,{"name":"m%d"}`, i)
	}
	got := report.Diff([]byte("["+a.String()[1:]+"]"), []byte("["+b.String()[1:]+"]"))
	if n := strings.Count(got, "\n"); n != 10000 {
		t.Errorf("%d lines, want 10000", n)
	}
	deep := strings.Repeat("[", 5000) + "1" + strings.Repeat("]", 5000)
	if got := report.Diff([]byte(deep), []byte("1")); !strings.Contains(got, "not JSON that can be shown") {
		t.Errorf("a document of depth 5000: %.80q", got)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"a":"{\"t\":1}"}`), []byte(`{"a":"{\"t\":2}","b":[1,{"c":null}]}`))
	f.Add([]byte(`[1,2,3]`), []byte(`[3,2,1,"##["]`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got := report.Diff(a, a); got != "" {
			t.Errorf("a document differs from itself: %q", got)
		}
		for line := range strings.Lines(report.Diff(a, b)) {
			if !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, "+ ") &&
				!strings.HasPrefix(line, "(document changed") {
				t.Errorf("line %q", line)
			}
			if strings.Contains(line, "##[") {
				t.Errorf("line %q holds a runner's command", line)
			}
		}
	})
}
