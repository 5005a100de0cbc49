package genesys

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

func TestScrubberTakesOutEverySpelling(t *testing.T) {
	s := &scrubber{}
	secret := `a+b/c=d&e"f<g é`
	s.add(`back\\slashed`)
	if got := s.text(`x back\\slashed y`, 500); got != "x "+redacted+" y" {
		t.Errorf("got %q", got)
	}
	s.addPair("id", secret)
	for _, spelling := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(url.QueryEscape("+/=")) + secret,
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte("id:" +
			secret)), `a+b/c=d&e\"f`, "a+b/c=d&amp;e&#34;f&lt;g é", "a+b\x00/c=d&e\u200b\"f<g\n\té",
		`a%2Bb/c=d%26e%22f%3Cg%20%C3%A9`, `a\u002Bb\/c\u003dd\u0026e\u0022f\u003cg \u00e9`,
		`a+b/c=d&e&quot;f&lt;g &#233;`, `a%2bb/c=d&e\x22f<g+%c3%a9`,
	} {
		if spelling == `a+b/c=d&e\"f` {
			spelling = `a+b/c=d\u0026e\"f\u003cg é`
		}
		got := s.text("before "+spelling+" after", 500)
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, redacted+" after") {
			t.Errorf("text(%q) = %q", spelling, got)
		}
	}
}

func TestScrubberLeavesNoPartOfASecretAtACut(t *testing.T) {
	s := &scrubber{}
	s.add("abcdefghijklmnop")
	s.add("abcdefghijklmnopqrstuvwxyz")
	for raw, want := range map[string]string{
		"x abcdefghijklmnopqrstuvwxyz y": "x " + redacted + " y",
		"x abcdefghijklmno":              "x " + redacted, // the text was cut off before it came here
		"x abcdefghijklmnopqrs":          "x " + redacted, // of which of the two it is a part, nobody knows
	} {
		if got := s.text(raw, 100); got != want {
			t.Errorf("text(%q) = %q, want %q", raw, got, want)
		}
	}
	if got := s.text("0123 abcdefghijklmnop", 10); strings.Contains(got, "abc") || len(got) > 10+len("…") {
		t.Errorf("cut to %q", got)
	}
}

func TestScrubberKeepsWordsWhereASecretIsTooShort(t *testing.T) {
	s := &scrubber{}
	s.add("")
	s.add("e")
	if got := s.text("nothing to see", 100); got != "nothing to see" {
		t.Errorf("got %q", got)
	}
}

func TestPrintable(t *testing.T) {
	for raw, want := range map[string]string{
		"two\r\n lines\t ":              "two lines",
		"\x1b[31mred\x1b[0m":            "[31mred[0m",
		"rtl\u202egnp.exe":              "rtlgnp.exe",
		"zero\u200bwidth\ufeff":         "zerowidth",
		"bro\xffken":                    "broken",
		"line\u2028separator":           "line separator",
		"ünïcödé 漢字 🙂":                  "ünïcödé 漢字 🙂",
		"a\x00b\x9bc\u0085d":            "abc d",
		strings.Repeat("é", 60) + "end": strings.Repeat("é", 50) + "…",
	} {
		if got := printable(raw, 101); got != want {
			t.Errorf("printable(%q) = %q, want %q", raw, got, want)
		}
	}
}
