package main_test

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// phrase is a turn of phrase that text here avoids, and what to write instead.
type phrase struct {
	pattern *regexp.Regexp
	instead string
}

var phrases = []phrase{
	// "There is no token" and "is no longer" are fine.
	{regexp.MustCompile(`(?i)(?:^|[^e]|[^r]e) is no [a-z]`), `"is not a ..."`},
	{regexp.MustCompile(`(?i)\bsomebody\b`), `"another user", or the passive`},
	{regexp.MustCompile(`(?i)\bnobody's\b`), "the plain statement"},
	{regexp.MustCompile(`(?i)\bas everywhere\b`), `"standard"`},
	{regexp.MustCompile(`(?i)\bin any case\b`), `"case-insensitive", or nothing`},
	{regexp.MustCompile(`(?i)\btruth value\b`), `"boolean"`},
	{regexp.MustCompile(`(?i)\bmakes? (errors|warnings) of\b`), `"turns warnings into errors"`},
	{regexp.MustCompile(`(?i)\blook at its\b`), `"check its"`},
	{regexp.MustCompile(`(?i)\bslips? of the pen\b`), `"typo"`},
	{regexp.MustCompile(`(?i)\bany number of\b`), `"repeatable", or "all"`},
	{regexp.MustCompile(`(?i)\bg[ia]ves? (it |them |this |that )?back\b`), `"returns"`},
	{regexp.MustCompile(`(?i)\bthere is none\b`), `"if any", or what is missing`},
	{regexp.MustCompile(`(?i)\bof (its|their) own\b`), `"its own ..."`},
	{regexp.MustCompile(`(?i)\bbreak(s|ing)? off\b`), `"is cut off", "is truncated"`},
	{regexp.MustCompile(`(?i)\b(under|over) the (least|most)\b`), `"below the minimum", "above the maximum"`},
	{regexp.MustCompile(`(?i)\bwhose name holds\b`), `"whose name contains"`},
	{regexp.MustCompile(`(?i)\bgiven twice\b`), `"duplicate"`},
	{regexp.MustCompile(`(?i)\b(manuscript|barked)\b`), "the field's word"},
}

// fineAsIs are whole expressions that contain a phrase and are idiomatic all the same.
var fineAsIs = regexp.MustCompile(`(?i)\bis no (longer|more|less|later|earlier|higher|lower|other|way)\b`)

// voiceExceptions lists where a phrase stays, with the reason.
var voiceExceptions = []struct{ file, phrase, reason string }{
	{"cmd/genesys-timeouts/voice_test.go", "", "lists the phrases"},
}

// prose lists the kinds of files that people read. Golden files and transcripts repeat what the program says.
var prose = []string{".go", ".md", ".yaml", ".yml", ".json", ".golden", ".txtar", ".sh", ""}

// TestTextIsPlain reads every comment, message, test name and page for phrases that only a translation has.
func TestTextIsPlain(t *testing.T) {
	used := make([]bool, len(voiceExceptions))
	for _, file := range tracked(t) {
		if !slices.Contains(prose, path.Ext(file)) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			for _, found := range notPlain(line) {
				at := slices.IndexFunc(voiceExceptions, func(e struct{ file, phrase, reason string }) bool {
					return e.file == file && strings.Contains(line, e.phrase)
				})
				if at >= 0 {
					used[at] = true
					continue
				}
				t.Errorf("%s:%d: %q: write %s", file, i+1, strings.TrimSpace(found.text), found.instead)
			}
		}
	}
	for i, e := range voiceExceptions {
		if e.reason == "" || !used[i] {
			t.Errorf("exception for %s, %q: no reason, or not needed any more", e.file, e.phrase)
		}
	}
}

type foundPhrase struct{ text, instead string }

func notPlain(line string) (found []foundPhrase) {
	line = fineAsIs.ReplaceAllString(line, "")
	for _, p := range phrases {
		if text := p.pattern.FindString(line); text != "" {
			found = append(found, foundPhrase{text, p.instead})
		}
	}
	return found
}

func TestPhrasesAreRecognized(t *testing.T) {
	for line, want := range map[string]int{
		"this is no plan":                     1,
		"\tthat is no boolean":                1,
		"It is no JSON, and somebody knows":   2,
		"there is no token":                   0,
		"the runtime is no longer available":  0,
		"where there is none":                 1,
		"a file of its own":                   1,
		"its own file":                        0,
		"it gives them back":                  1,
		"the server gave back a token":        1,
		"Any number of times, as everywhere":  2,
		"is under the least of 1s":            1,
		"the answer breaks off":               1,
		"--strict makes errors of warnings":   1,
		"the names match in any case":         1,
		"a column that the names are told by": 0,
	} {
		if got := notPlain(line); len(got) != want {
			t.Errorf("%q: %d phrases (%v), want %d", line, len(got), got, want)
		}
	}
}

const maxColumns = 120 // bytes; a tab counts as one

// TestLinesEndBeforeColumn120 keeps Go lines short enough for two files side by side.
func TestLinesEndBeforeColumn120(t *testing.T) {
	for _, file := range tracked(t) {
		if path.Ext(file) != ".go" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if len(line) > maxColumns {
				t.Errorf("%s:%d: %d bytes; a line has at most %d", file, i+1, len(line), maxColumns)
			}
		}
	}
}
