package github_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
)

func TestMarkerRoundTrip(t *testing.T) {
	m := marker(12)
	m.Run.Attempt, m.Errors = 3, github.Digest("an error", "another")
	for _, body := range []string{m.String(), m.String() + "\n", m.String() + "\r\ntext",
		m.String() + "\n" + strings.Repeat("x", 1<<20)} {
		got, ok := github.ParseMarker(github.KindComment, body)
		if d := cmp.Diff(m, got); !ok || d != "" {
			t.Errorf("ok %v (-want +got):\n%s", ok, d)
		}
	}
}

func TestHostileFieldsStayInsideTheMarker(t *testing.T) {
	m := marker(1)
	m.Version, m.Head = "1 --> <img src=x> key=other\nhead=x key=other", "a\u202eb key=x"
	s := m.String()
	if strings.Count(s, "-->") != 1 || strings.Contains(s, "\n") || strings.Contains(s, "<img") {
		t.Errorf("marker %q", s)
	}
	got, ok := github.ParseMarker(github.KindComment, s)
	if !ok || got.Key != m.Key {
		t.Errorf("parsed %+v, %v", got, ok)
	}
}

func TestWhatIsNoMarker(t *testing.T) {
	good := marker(1).String()
	for name, s := range map[string]string{
		"nothing":            "",
		"not at the start":   "x" + good,
		"another version":    strings.Replace(good, " v1 ", " v2 ", 1),
		"no end":             strings.TrimSuffix(good, " -->"),
		"cut over two lines": strings.Replace(good, " head", "\nhead", 1),
		"a field twice":      strings.Replace(good, " head=", " key=x head=", 1),
		"a run that is none": strings.Replace(good, "run=1", "run=-1", 1),
		"a huge run":         strings.Replace(good, "run=1", "run=99999999999999999999", 1),
		"no key":             strings.Replace(good, " key="+key, "", 1),
		"an empty key":       strings.Replace(good, key, "", 1),
		"another kind":       strings.Replace(good, ":comment", ":issue", 1),
	} {
		if m, ok := github.ParseMarker(github.KindComment, s); ok {
			t.Errorf("%s: parsed as %+v", name, m)
		}
	}
	if _, ok := github.ParseMarker(github.KindComment, strings.Replace(good, " state=", " later=1 state=", 1)); !ok {
		t.Error("a field of a later version is not passed over")
	}
}

func TestKeysDiffer(t *testing.T) {
	seen := map[string]string{}
	for name, k := range map[string]string{
		"base":         github.Key("prod", []string{"a.yaml"}, "mypurecloud.ie"),
		"label":        github.Key("test", []string{"a.yaml"}, "mypurecloud.ie"),
		"environment":  github.Key("prod", []string{"a.yaml"}, "mypurecloud.de"),
		"path":         github.Key("prod", []string{"b.yaml"}, "mypurecloud.ie"),
		"two paths":    github.Key("prod", []string{"a.yaml", "mypurecloud.ie"}, ""),
		"unknown":      github.Key("prod", []string{"a.yaml"}, ""),
		"shifted":      github.Key("proda.yaml", []string{""}, "mypurecloud.ie"),
		"no manifests": github.Key("prod", nil, "mypurecloud.ie"),
	} {
		if other, twice := seen[k]; twice {
			t.Errorf("%s and %s share the key %s", name, other, k)
		}
		seen[k] = name
	}
	// Keys stand in comments that later versions read.
	if got, want := github.Key("prod", []string{"a.yaml"}, "x"),
		"f958199f921ffb756786a456aaf26d07.028f0df5b8596fbcd10c9720b7a4784f"; got != want {
		t.Errorf("key %s, want %s", got, want)
	}
}

func TestComposeKeepsTheLimit(t *testing.T) {
	fill := func(limit int) string { return strings.Repeat("x", limit) }
	body, err := github.ComposeShown(marker(1), &approved, fill)
	if err != nil || len(body) != github.MaxBody {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := github.ComposeShown(marker(1), &approved,
		func(limit int) string { return strings.Repeat("x", limit+1) }); err == nil {
		t.Error("a text over the limit was taken")
	}
	if lines := strings.SplitN(body, "\n", 4); len(lines) != 4 || lines[2] != "" {
		t.Error("the text does not start after a blank line")
	}
}

func FuzzParseMarker(f *testing.F) {
	good := marker(3).String()
	f.Add(good + "\ntext")
	f.Add(strings.Replace(good, "key", "kex", 1))
	f.Add("<!-- genesys-timeouts:comment v1 key= -->")
	f.Add("<!-- genesys-timeouts:comment v1 a=b a=c -->\r")
	f.Fuzz(func(t *testing.T, body string) {
		m, ok := github.ParseMarker(github.KindComment, body)
		if !ok {
			return
		}
		if !strings.HasPrefix(body, "<!-- genesys-timeouts:comment v1 ") {
			t.Fatal("not at the start")
		}
		line := m.String()
		if strings.Count(line, "-->") != 1 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Fatalf("marker %q", line)
		}
		again, ok := github.ParseMarker(github.KindComment, line)
		if d := cmp.Diff(m, again); !ok || d != "" {
			t.Fatalf("not the same again: %v %s", ok, d)
		}
	})
}
