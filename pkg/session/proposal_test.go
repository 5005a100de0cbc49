package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/session"
)

// loaded writes a manifest into a folder and reads it as advise does.
func loaded(t *testing.T, text, org string) (dataaction.Desired, []manifest.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	m, err := session.LoadManifest(t.Context(), session.Env{}, session.Manifests{Files: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	desired := m.Desired(org)
	files, err := session.ReadManifests(t.Context(), desired)
	if err != nil {
		t.Fatal(err)
	}
	return desired, files
}

// advised proposes to double every timeout that the manifest asks for, as if it were live.
func advised(desired dataaction.Desired) advice.Document {
	doc := advice.Document{Org: desired.Org}
	for _, e := range desired.Entries {
		ms := e.Timeout.Milliseconds()
		doc.Actions = append(doc.Actions, advice.Judgement{
			Action: dataaction.Action{ID: e.Action.Name, Name: e.Action.Name}, LimitMS: &ms, ProposedMS: new(2 * ms),
			Code: advice.TooShort, Sources: []dataaction.Source{e.Source},
		})
	}
	return doc
}

func reasons(p session.Proposal) (out []string) {
	for _, l := range p.Left {
		out = append(out, l.Action.Name+": "+l.Reason)
	}
	return out
}

const two = "version: 1\nactions:\n  - name: A\n    timeout: 3s\n  - name: B\n    timeout: 4s # kept\n"

func TestProposalIsWritten(t *testing.T) {
	t.Parallel()
	desired, files := loaded(t, two, "")
	p := session.Propose(files, advised(desired))
	if err := p.Write(""); err != nil || len(p.Written) != 1 || len(p.Left) != 0 {
		t.Fatalf("written %v, left %v: %v", p.Written, p.Left, err)
	}
	got, err := os.ReadFile(files[0].Name)
	want := strings.NewReplacer("3s", "6s", "4s", "8s").Replace(two)
	if d := cmp.Diff(want, string(got)); d != "" || err != nil {
		t.Error(d, err)
	}
	if info, err := os.Stat(files[0].Name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOnlyWhatMayBeWrittenIsProposed(t *testing.T) {
	t.Parallel()
	desired, files := loaded(t, two, "")
	doc := advised(desired)
	doc.Actions[0].FillsSlots = true
	doc.Actions = append(doc.Actions, doc.Actions[1], doc.Actions[1])
	doc.Actions[1].Code, doc.Actions[1].ProposedMS = advice.GapBelowLimit, nil
	doc.Actions[2].Sources = nil
	p := session.Propose(files, doc)
	if d := cmp.Diff([]string{
		"A: it would fill the slots if the service hangs; raise it by hand", "B: the manifest does not list it",
	}, reasons(p)); d != "" {
		t.Error(d)
	}
	want := strings.Replace(two, "4s", "8s", 1)
	if d := cmp.Diff(want, string(p.After[0].Data)); d != "" {
		t.Error(d)
	}
}

const organizations = `version: 1
organizations:
  test: {environment: mypurecloud.ie}
  live: {environment: mypurecloud.ie}
actions:
  - name: A
    timeout: {test: 2s, live: 3s}
  - name: B
    timeout: 4s
`

func TestProposalForOneOrganization(t *testing.T) {
	t.Parallel()
	desired, files := loaded(t, organizations, "live")
	p := session.Propose(files, advised(desired))
	want := strings.NewReplacer("live: 3s", "live: 6s", "timeout: 4s", "timeout: { live: 8s, default: 4s }").
		Replace(organizations)
	if d := cmp.Diff(want, string(p.After[0].Data)); d != "" || len(p.Left) != 0 {
		t.Error(p.Left, d)
	}
}

// The advice for several organizations is one change of the manifest, and what is left is left in one of them.
func TestProposalForSeveralOrganizations(t *testing.T) {
	t.Parallel()
	desired, files := loaded(t, organizations, "live")
	live := advised(desired)
	desired, _ = loaded(t, organizations, "test")
	test := advised(desired)
	for i := range test.Actions {
		test.Actions[i].Sources = live.Actions[i].Sources
	}
	p := session.Propose(files, test, live)
	want := strings.NewReplacer("test: 2s, live: 3s", "test: 4s, live: 6s", "4s", "8s").Replace(organizations)
	if d := cmp.Diff(want, string(p.After[0].Data)); d != "" || len(p.Left) != 0 {
		t.Error(p.Left, d)
	}
	test.Actions[1].FillsSlots = true
	p = session.Propose(files, test, live)
	want = strings.NewReplacer("test: 2s, live: 3s", "test: 4s, live: 6s", "timeout: 4s",
		"timeout: { live: 8s, default: 4s }").Replace(organizations)
	if d := cmp.Diff(want, string(p.After[0].Data)); d != "" {
		t.Error(d)
	}
	if len(p.Left) != 1 || !strings.Contains(p.Left[0].String(), `m.yaml:8:5: left "B" in test at 4s, not 8s: `) {
		t.Errorf("left %v", p.Left)
	}
}

// What another program writes between reading and writing is not lost.
func TestChangedManifestStaysAsItIs(t *testing.T) {
	t.Parallel()
	desired, files := loaded(t, two, "")
	p := session.Propose(files, advised(desired))
	const theirs = two + "  # a colleague adds a line\n"
	if err := os.WriteFile(files[0].Name, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	var file session.FileError
	if err := p.Write(""); !errors.As(err, &file) || len(p.Written) != 0 || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("written %v: %v", p.Written, err)
	}
	if got, _ := os.ReadFile(files[0].Name); string(got) != theirs {
		t.Errorf("overwritten:\n%s", got)
	}
	if _, err := session.ReadManifests(t.Context(), desired); !errors.As(err, &file) {
		t.Errorf("read as if it were what was loaded: %v", err)
	}
}

func TestProposalOfThousandsIsQuick(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("version: 1\nactions:\n")
	for i := range 2000 {
		text.WriteString("  - name: A" + time.Duration(i).String() + "\n    timeout: 3s\n")
	}
	desired, files := loaded(t, text.String(), "")
	p := session.Propose(files, advised(desired))
	if n := strings.Count(string(p.After[0].Data), "timeout: 6s"); n != 2000 || len(p.Left) != 0 {
		t.Errorf("%d edits, %d left", n, len(p.Left))
	}
}
