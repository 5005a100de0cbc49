package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInline(t *testing.T) {
	for in, want := range map[string]string{
		"Customer lookup":                "Customer lookup",
		"a\nb\r\tc":                      `a\nb\r\tc`,
		"\x1b[31mred\x1b[0m\x07\x00\x7f": `\x1b[31mred\x1b[0m\x07\x00\x7f`,
		"\u009b31m":                      `\u009b31m`,
		"\u202eabc\u2066d":               `\u202eabc\u2066d`,
		"a\u200bb\ufeffc\u00add":         `a\u200bb\ufeffc\u00add`,
		"x\u2028y\u2029":                 `x\u2028y\u2029`,
		"tag \U000e0041":                 `tag \U000e0041`,
		"\xff\xc3(":                      `\xff\xc3(`,
		"::set-output name=a::b":         `\x3a:set-output name=a::b`,
		"  ::error::x":                   `  \x3a:error::x`,
		"\u3000::error::x":               "\u3000" + `\x3a:error::x`,
		"std::vector":                    "std::vector",
		"a ##[group]b ###[x":             `a ##\x5bgroup]b ###\x5bx`,
		"# [ok] #[ok]":                   "# [ok] #[ok]",
		"Müller · Größe → 東京 👍":          "Müller · Größe → 東京 👍",
		"👩\u200d🚒 ❤\ufe0f\u200d🔥":        "👩\u200d🚒 ❤\ufe0f\u200d🔥",
		"क\u094d\u200dष":                 "क\u094d\u200dष",
		"a\u200db":                       `a\u200db`,
		"é\u200d":                        `é\u200d`,
		"\u3164":                         `\u3164`,
		"e\u0301":                        "e\u0301",
	} {
		got := Inline(in)
		if got != want {
			t.Errorf("Inline(%q) = %q, want %q", in, got, want)
		}
		if again := Inline(got); again != got {
			t.Errorf("a second Inline(%q) = %q", got, again)
		}
	}
}

func TestMarksWithoutEndBecomeVisible(t *testing.T) {
	got := Inline("e" + strings.Repeat("\u0301", 1000))
	if n := strings.Count(got, "\u0301"); n != maxMarks {
		t.Errorf("%d marks are left, want %d", n, maxMarks)
	}
	if w := width(cut(got, 20)); w > 20 {
		t.Errorf("takes %d columns when cut to 20", w)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		room int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"東京サポート", 6, "東京…"}, // a wide character is not cut in two
		{"東京サポート", 12, "東京サポート"},
		{"a👩\u200d👩\u200d👧b", 3, "a…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"x", 0, ""},
		{strings.Repeat("x", 1<<20), 4, "xxx…"},
	} {
		got := cut(c.in, c.room)
		if got != c.want {
			t.Errorf("cut(%.20q, %d) = %q, want %q", c.in, c.room, got, c.want)
		}
	}
}

func TestWrapKeepsNamesWhole(t *testing.T) {
	lines := wrap(`step "Look up the caller" of flow "Inbound Support" gives up after 5s`, 40)
	want := []string{`step "Look up the caller" of flow`, `"Inbound Support" gives up after 5s`}
	if strings.Join(lines, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func FuzzInline(f *testing.F) {
	for _, s := range []string{"::x", "##[x", "\u202e\u200d", "é\u200d\u200dé", "\xff\u200dé", " ::: ",
		"e\u0301\u200d\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Inline(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		if again := Inline(got); again != got {
			t.Errorf("a second Inline(%q) = %q", got, again)
		}
		if strings.Contains(got, "##[") || strings.HasPrefix(strings.TrimSpace(got), "::") {
			t.Errorf("%q holds a runner's command", got)
		}
		for _, r := range got {
			if r < ' ' || invisible(r) {
				t.Errorf("%q holds %U", got, r)
			}
		}
		for _, room := range []int{1, 7, 40} {
			if w := width(cut(got, room)); w > room {
				t.Errorf("%q takes %d of %d columns", got, w, room)
			}
		}
		for _, line := range wrap(got, 30) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("wrapping %q makes a command of it", got)
			}
		}
	})
}
