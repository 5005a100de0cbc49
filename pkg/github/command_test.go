package github_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

const hostile = "100% \r\n::set-output name=x::1\n  ::error::pwned\n##[group]x : , \u2028::add-path::/x"

func TestAnnotationsSayWhatTheyAreGivenAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		in   github.Annotation
		text string
	}{
		{github.Annotation{Level: github.LevelError, File: "a,b:c.yaml", Line: 3, Column: 7, Title: "x,y:z",
			Message: "m"}, "::error file=a%2Cb%3Ac.yaml,line=3,col=7,title=x%2Cy%3Az::m"},
		{github.Annotation{Level: github.LevelNotice, Message: "100%"}, "::notice::100%25"},
		{github.Annotation{Level: github.LevelWarning, File: "f", Column: 7, Message: "a\r\nb"},
			"::warning file=f::a%0D%0Ab"},
	} {
		if got := c.in.String(); got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
	}
	a := github.Annotation{Level: github.LevelError, File: hostile, Line: 1, Title: hostile, Message: hostile}
	want := []githubtest.Command{
		{
			Name:       "error",
			Properties: map[string]string{"file": hostile, "line": "1", "title": hostile},
			Message:    hostile,
		},
	}
	if d := cmp.Diff(want, githubtest.Commands(a.String())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestQuietObeysNoCommandInside(t *testing.T) {
	var log bytes.Buffer
	for _, text := range []string{hostile, hostile + "\n", ""} {
		if err := github.Quiet(&log, rand.Reader,
			func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	log.WriteString("::notice::after\n")
	if got := githubtest.Commands(log.String()); len(got) != 1 || got[0].Message != "after" {
		t.Errorf("commands %+v in %q", got, log.String())
	}
	if strings.Count(log.String(), hostile) != 2 {
		t.Error("the text was changed")
	}
}

func TestQuietEndsAlsoAfterAnError(t *testing.T) {
	var log bytes.Buffer
	broken := errors.New("broken")
	if err := github.Quiet(&log, rand.Reader,
		func(w io.Writer) error { io.WriteString(w, "half"); return broken }); !errors.Is(
		err,
		broken,
	) {
		t.Errorf("error %v", err)
	}
	log.WriteString("::notice::after\n")
	if got := githubtest.Commands(log.String()); len(got) != 1 {
		t.Errorf("commands %+v", got)
	}
	if err := github.Quiet(&log, bytes.NewReader(nil),
		func(io.Writer) error { t.Error("printed without a token"); return nil }); err == nil {
		t.Error("no randomness, no error")
	}
}

func TestNeutral(t *testing.T) {
	for in, want := range map[string]string{
		"a::b ## [x]":         "a::b ## [x]",
		"::error::x":          "\u200b::error::x",
		"a\n \t::error::x":    "a\n \t\u200b::error::x",
		"a ##[group]b":        "a #\u200b#\u200b[group]b",
		"a\r::stop":           "a\r\u200b::stop",
		":::x":                "\u200b:::x",
		"\u00a0\u3000::x::y":  "\u00a0\u3000\u200b::x::y",
		"plain text\nof two ": "plain text\nof two ",
	} {
		if got := github.Neutral(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzCommands(f *testing.F) {
	f.Add(hostile)
	f.Add("\xff::\x00##[")
	f.Add("a\n\u0085::b::c")
	f.Add("###[[x]")
	f.Add(" a , b ")
	f.Fuzz(func(t *testing.T, s string) {
		valid := strings.ToValidUTF8(s, "\uFFFD")
		a := github.Annotation{Level: github.LevelError, File: s, Title: "t", Message: s}
		got := githubtest.Commands(a.String())
		if len(got) != 1 || got[0].Name != "error" || got[0].Message != valid || got[0].Properties["file"] != valid {
			t.Fatalf("commands %+v", got)
		}
		if got := githubtest.Commands(github.Neutral(s)); len(got) > 0 {
			t.Fatalf("commands %+v in neutral text", got)
		}
		var log bytes.Buffer
		if err := github.Quiet(&log, rand.Reader,
			func(w io.Writer) error { _, err := io.WriteString(w, s); return err }); err != nil {
			t.Fatal(err)
		}
		if got := githubtest.Commands(log.String()); len(got) > 0 {
			t.Fatalf("commands %+v in quiet text", got)
		}
	})
}
