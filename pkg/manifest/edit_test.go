package manifest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
)

const toEdit = `# Ours.
version: 1
defaults: { timeout: 10s }   # never edited
flows:
  - name: Support
    actions:
      - name: Quoted       # q
        timeout: "3s"      # three
        reason: >
          Why
          # no comment
      - timeout: '3s'
        name: First
      - name: Inherits     # 10 s
        category: CRM
        # below

      # the next one
      - {name: Braces, timeout: 3s}
      - { name: Inherits in braces }
actions:
- id: é-1
  timeout: &t 3s
- id: alias
  timeout: *t
- name: Other
  timeout: 4s
- &whole
  name: Whole
  timeout: 3s
- *whole
- <<: *whole
  name: Merged
- name: Literal
  timeout: >-
    3s
- ? timeout
  : 3s
  name: Complex
- name: Anchored
  timeout: &unused  "3s" # x
- name: Last`

// sourcesOf are the places of entries by name or id.
func sourcesOf(t *testing.T, files []File) map[string]dataaction.Source {
	t.Helper()
	m, err := open(files, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]dataaction.Source{}
	for _, d := range m.manifest.desired {
		for _, e := range d.Entries {
			if name := e.Action.Name + e.Action.ID; out[name].Line == 0 {
				out[name] = e.Source
			}
		}
	}
	return out
}

func TestSetTimeoutsEditsInPlace(t *testing.T) {
	t.Parallel()
	for _, text := range []string{toEdit, toEdit + "\n", strings.ReplaceAll(toEdit, "\n", "\r\n"), "\uFEFF" + toEdit} {
		files := []File{{"m.yaml", []byte(text)}}
		at := sourcesOf(t, files)
		edit := func(name string, from, to int) TimeoutEdit {
			return TimeoutEdit{Source: at[name], From: *seconds(from), To: *seconds(to)}
		}
		got, skipped, err := SetTimeouts(files, []TimeoutEdit{
			edit("Quoted", 3, 6), edit("First", 3, 12), edit("Inherits", 10, 20), edit("Braces", 3,
				6), edit("Inherits in braces", 10, 20),
			edit("é-1", 3, 6), edit("alias", 3, 6), edit("Other", 3, 6), edit("Whole", 3, 6), edit("Merged", 3,
				6), edit("Literal", 3, 6),
			edit("Complex", 3, 6), edit("Last", 10, 5), edit("Anchored", 3,
				6), {Source: dataaction.Source{File: "m.yaml", Line: 1, Column: 1}},
			{Source: dataaction.Source{File: "other.yaml", Line: 1, Column: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer(`"3s"      # three`, `"6s"      # three`, `'3s'`, `'12s'`, "  : 3s", "  : 6s",
			`&unused  "3s"`, `&unused  "6s"`,
			"        # below\n", "        # below\n        timeout: 20s\n").Replace(toEdit) + "\n  timeout: 5s\n"
		want = strings.NewReplacer("        # below\r\n", "        # below\r\n        timeout: 20s\r\n").Replace(want)
		if strings.Contains(text, "\r") {
			want = strings.ReplaceAll(want, "\n", "\r\n")
		}
		if strings.HasPrefix(text, "\uFEFF") {
			want = "\uFEFF" + want
		}
		if diff := cmp.Diff(want, string(got[0].Data)); diff != "" {
			t.Error(diff)
		}
		reasons := map[string]string{}
		for _, s := range skipped {
			for name, source := range at {
				if source == s.Source {
					reasons[name] = s.Reason
				}
			}
		}
		wantReasons := map[string]string{
			"Braces": "the entry is in braces; edit it by hand", "Inherits in braces": "the entry is in braces; " +
				"edit it by hand",
			"é-1": "an alias shares the timeout", "alias": "the timeout is an alias", "Other": "the manifest asks " +
				"for 4s and the live timeout is 3s",
			"Whole": "an alias shares the entry", "Merged": "the timeout is merged in with <<",
			"Literal": "the timeout is not written on one line",
		}
		if diff := cmp.Diff(wantReasons, reasons); diff != "" || len(skipped) != len(wantReasons)+2 {
			t.Errorf("%d skipped: %s", len(skipped), diff)
		}
	}
}

// Two entries for one action must stay equal: with one of them left as it is, nothing may be written.
func TestSetTimeoutsRefusesAResultWithProblems(t *testing.T) {
	t.Parallel()
	files := []File{{"m.yaml", []byte("version: 1\nactions:\n  - name: A\n    timeout: 3s\n" +
		"  - {name: A, timeout: 3s}\n")}}
	source := dataaction.Source{File: "m.yaml", Line: 3, Column: 5}
	for want, to := range map[string]time.Duration{"has timeout 3s here and 6s at": 6 * time.Second,
		"over the limit": 90 * time.Second} {
		got, _, err := SetTimeouts(files, []TimeoutEdit{{Source: source, From: 3 * time.Second, To: to}})
		if err == nil || got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Whatever the manifest, exactly the edited timeouts differ, or nothing does.
func TestSetTimeoutsOfGeneratedManifests(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	edited := 0
	for range 150 {
		var b strings.Builder
		b.WriteString("version: 1\ndefaults:\n  timeout: 10s # default\nactions:\n")
		for i := range 1 + r.IntN(8) {
			body := []string{"", "\n    timeout: 5s", "\n    timeout: '5s' # five",
				"\n    timeout: 5000ms\n    # below", "\n    reason: >\n      x\n"}[r.IntN(5)]
			fmt.Fprintf(&b, "  - name: Action %d # c%s\n%s", i, body, []string{"", "\n", "  # between\n"}[r.IntN(3)])
		}
		if r.IntN(2) == 0 {
			b.WriteString("---\nversion: 1\nactions:\n  - id: a\n    timeout: 3s")
		}
		files := []File{{"m.yaml", []byte(b.String())}}
		m, err := open(files, 0)
		if err != nil {
			t.Fatal(err, b.String())
		}
		var edits []TimeoutEdit
		for _, e := range m.manifest.Desired("").Entries {
			if r.IntN(2) == 0 {
				edits = append(edits, TimeoutEdit{Source: e.Source, From: e.Timeout,
					To: time.Duration(1+r.IntN(60)) * time.Second})
			}
		}
		setAll(t, files, edits)
		edited += len(edits)
	}
	if edited < 100 {
		t.Errorf("only %d edits", edited)
	}
}

// setAll makes all the edits of one file, and checks that lines without a timeout stay.
func setAll(t *testing.T, files []File, edits []TimeoutEdit) {
	t.Helper()
	got, skipped, err := SetTimeouts(files, edits)
	if err != nil || len(skipped) > 0 {
		t.Fatalf("%v %v\n%s", err, skipped, files[0].Data)
	}
	for line := range strings.SplitSeq(string(files[0].Data), "\n") {
		if !strings.Contains(line, "timeout:") && !strings.Contains(string(got[0].Data), line) {
			t.Errorf("line %q is gone from\n%s", line, got[0].Data)
		}
	}
}
