package manifest

import (
	"fmt"
	"strings"
	"testing"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
)

// merge is MergeFiles for one file.
func merge(existing []byte, o Output) ([]byte, error) {
	m, err := MergeFiles([]File{{Name: stdinName, Data: existing}}, "", o, nil)
	if err != nil {
		return nil, err
	}
	return m.Files[0].Data, nil
}

// addedOutput is what the merges below add: two flows, three actions, one of them without a timeout.
func addedOutput(api dataaction.API) Output {
	o := Output{API: api, Flows: []OutputFlow{
		{Selector: dataaction.FlowSelector{Name: "Support", Type: "inboundcall"}, Entries: []OutputEntry{
			{Selector: dataaction.Selector{Name: "Lookup"}, Timeout: seconds(9)},
			{Selector: dataaction.Selector{Name: "New: in support"}, Timeout: seconds(4), Comment: "see #12"},
		}},
		{Selector: dataaction.FlowSelector{Name: "Sales"},
			Entries: []OutputEntry{{Selector: dataaction.Selector{ID: "custom_-_1"}, Timeout: seconds(5)}}},
	}}
	if api == dataaction.Integrations {
		o.Actions = []OutputEntry{
			{Selector: dataaction.Selector{Name: "Get order", Category: "CRM"}, Timeout: seconds(6)},
			{Selector: dataaction.Selector{ID: "custom_-_2"}, Timeout: seconds(7), Comment: "Get invoice"},
			{Selector: dataaction.Selector{ID: "custom_-_3"}, Comment: "Never set"},
		}
	}
	return o
}

var mergeCases = []struct {
	name, existing string
	api            dataaction.API
}{
	{"lists_with_comments", `# Ours.
version: 1

flows:
  # the important one
  - name: Support   # by name
    actions:
      - name: Lookup
        timeout: 20s  # raised in May
      # - name: Retired

  - id: f2   # has no actions

# --- all the rest
actions:
- {name: "Get order", category: CRM, timeout: 1m}   # in brackets

# the end
`, dataaction.Integrations},
	{"nothing_but_a_version", "version: 1", dataaction.Integrations},
	{"empty_lists_with_comments", "version: 1\nflows:\n  # none yet\n\nactions:  # nor here\n    # - id: x\n",
		dataaction.Integrations},
	{"a_flow_without_actions", "version: 1\nflows:\n    - type: inboundcall\n      name: Support\n\n    - id: f2\n",
		dataaction.Integrations},
	{"several_documents", "version: 1\nactions:\n  - {id: a, timeout: 3s}\n---\nversion: 1\nflows:\n  - name: " +
		"Support\n    actions:\n      - name: Lookup\n        timeout: 3s\n...\n---\n# nothing\n",
		dataaction.Integrations},
	{"brackets", "version: 1\nflows: [{name: Support, actions: []}]\nactions: [\n  {id: custom_-_2, timeout: 3s},\n]\n",
		dataaction.Integrations},
	{"an_alias", "version: 1\nflows:\n  - name: Support\n    actions: &shared\n      - {name: Lookup, timeout: " +
		"3s}\n  - name: Other\n    actions: *shared\n", dataaction.Integrations},
	{"multi_line_text", "version: 1\nactions:\n  - timeout: 3s\n    name: \"A\n      long\n\n      name\"\n  - " +
		"timeout: 3s\n    name: |\n      A literal\n      # with no comment\n\n\n# the end\n", dataaction.Integrations},
	{"comments_alone", "# Put the manifest here.\n", dataaction.Integrations},
	{"actions_alone", "version: 1\n\nactions:\n  - name: Mine   # ours\n    timeout: 5s\n", dataaction.Integrations},
	{"flows_alone", "version: 1\nflows:\n- name: Other\n- name: Support", dataaction.Integrations},
	{"actions_alone_in_the_first_document", "version: 1\nactions:\n- {id: a, timeout: 3s}\n# of the " +
		"first\n\n---\nversion: 1\ndefaults:\n  timeout: 3s\n", dataaction.Integrations},
	{"surface_flows", "version: 1\napi: flows\nflows:\n  - name: Support\n    type: InboundCall\n    actions:\n     " +
		" - name: Lookup\n        timeout: 1500ms\n  - name: Back office\n    actions:\n      - id: custom_-_1\n    " +
		"    timeout: 3s\n", dataaction.Flows},
}

// furtherDocuments are those that a case needs beyond its own, for lists that lines cannot be added to.
var furtherDocuments = map[string]int{"brackets": 1, "an_alias": 1}

func TestMergeAddsWhatIsMissing(t *testing.T) {
	for _, test := range mergeCases {
		t.Run(test.name, func(t *testing.T) {
			o := addedOutput(test.api)
			got, err := merge([]byte(test.existing), o)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/merge/"+test.name+".golden.yaml", string(got))
			for line := range strings.SplitSeq(test.existing, "\n") {
				if !strings.Contains(string(got), line) {
					t.Errorf("the line %q is gone", line)
				}
			}
			if want := strings.Count(test.existing, "---") + furtherDocuments[test.name]; strings.Count(string(got),
				"---") != want {
				t.Errorf("it holds %d document markers, want %d", strings.Count(string(got), "---"), want)
			}
			again, err := merge(got, o)
			if err != nil || string(again) != string(got) {
				t.Errorf("error %v; a second merge changed:\n%s", err, cmp.Diff(string(got), string(again)))
			}
		})
	}
}

// Whatever the file's own line breaks and marks are, they stay.
func TestMergeKeepsLineBreaksAndMark(t *testing.T) {
	text := "\uFEFF" + strings.ReplaceAll(mergeCases[0].existing, "\n", "\r\n")
	got, err := merge([]byte(text), addedOutput(dataaction.Integrations))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(got), "\uFEFF# Ours.\r\n") ||
		strings.Count(string(got), "\n") != strings.Count(string(got), "\r\n") {
		t.Errorf("%q", got)
	}
	if !strings.Contains(string(got), "New: in support") {
		t.Error("nothing was added")
	}
}

func TestMergeKeepsMarksOfLaterDocuments(t *testing.T) {
	const later = "\uFEFF---\nversion: 1\nflows:\n  - name: F\n"
	got, err := merge([]byte("\uFEFFversion: 1\n"+later),
		Output{Flows: []OutputFlow{{Selector: dataaction.FlowSelector{Name: "G"}}}})
	if want := "\uFEFFversion: 1\n" + later + "  - name: G\n"; err != nil || string(got) != want {
		t.Errorf("error %v\n%s", err, cmp.Diff(want, string(got)))
	}
}

func TestMergeWithNothingMissingGivesTheSameBytes(t *testing.T) {
	existing := "\uFEFFversion: 1\r\nactions: [ {timeout: 30s,name: A} , \r\n {name: B, category: C, timeout: " +
		"3s}\t]\r\n# - id: c\r\n#   timeout:\r\n#\r\n...\r\n"
	got, err := merge([]byte(existing), Output{Actions: []OutputEntry{
		{Selector: dataaction.Selector{Name: "A"}, Timeout: seconds(3)},
		{Selector: dataaction.Selector{Name: "B"}, Timeout: seconds(4)},
		{Selector: dataaction.Selector{ID: "c"}},
	}})
	if err != nil || string(got) != existing {
		t.Errorf("error %v\n%q", err, got)
	}
}

func TestMergeIntoNothingIsAManifest(t *testing.T) {
	o := addedOutput(dataaction.Integrations)
	want, err := Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, existing := range []string{"", "\n", "\uFEFF\r\n"} {
		if got, err := merge([]byte(existing), o); err != nil || string(got) != string(want) {
			t.Errorf("into %q: %v\n%s", existing, err, got)
		}
	}
}

// On surface integrations an action that stands somewhere is there: under a flow as well it would have two timeouts.
func TestMergeDoesNotListAnActionTwice(t *testing.T) {
	existing := "version: 1\nactions:\n  - {name: Lookup, timeout: 30s}\n"
	got, err := merge([]byte(existing), Output{Flows: []OutputFlow{
		{Selector: dataaction.FlowSelector{Name: "F"},
			Entries: []OutputEntry{{Selector: dataaction.Selector{Name: "Lookup"}, Timeout: seconds(3)}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := existing + "\nflows:\n  - name: F\n"; string(got) != want {
		t.Error(cmp.Diff(want, string(got)))
	}
}

func TestMergeRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		existing string
		o        Output
		want     string
	}{
		"a manifest with problems": {"version: 1\nactions:\n  - {id: a, timeout: 3}\n", addedOutput(""),
			"line 3, column 22: 3 has no unit"},
		"what is not text": {"version: 1\x00", addedOutput(""), "line 1, column 11: control character"},
		"another surface": {"version: 1\n", addedOutput(dataaction.Flows),
			"it is for surface integrations, and the new entries are for flows"},
		"a timeout out of range": {"version: 1\n",
			Output{Actions: []OutputEntry{{Selector: dataaction.Selector{ID: "a"},
				Timeout: seconds(99)}}}, "the result would not be valid"},
		"what cannot be written": {"version: 1\n", Output{Actions: []OutputEntry{{Timeout: seconds(9)}}},
			"neither id nor name"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := merge([]byte(test.existing), test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q\n%s", err, test.want, got)
			}
		})
	}
}

// A large merge must not take time that grows with the square of its size.
func TestMergeOfThousands(t *testing.T) {
	var existing strings.Builder
	existing.WriteString("version: 1\nflows:\n")
	o := Output{}
	for f := range 1000 {
		fmt.Fprintf(&existing, "  - name: Flow %d\n    actions:\n      - {id: old%d, timeout: 3s}\n      # - id: "+
			"unset%d\n", f, f, f)
		flow := OutputFlow{Selector: dataaction.FlowSelector{Name: fmt.Sprintf("Flow %d", f)}}
		for a := range 5 {
			flow.Entries = append(flow.Entries, OutputEntry{Selector: dataaction.Selector{ID: fmt.Sprintf("new%d-%d", f,
				a)}, Timeout: seconds(5)})
		}
		flow.Entries = append(flow.Entries, OutputEntry{Selector: dataaction.Selector{ID: fmt.Sprintf("unset%d", f)}})
		o.Flows = append(o.Flows, flow)
	}
	got, err := merge([]byte(existing.String()), o)
	if err != nil {
		t.Fatal(err)
	}
	desired := mustLoad(t, []string{"-"}, Options{Stdin: strings.NewReader(string(got))})
	if len(desired.Entries) != 6000 || strings.Count(string(got), "---") > 0 {
		t.Errorf("%d entries", len(desired.Entries))
	}
}

func TestMergeFilesAddsToTheChosenFile(t *testing.T) {
	files := []File{
		{"a.yaml", []byte("version: 1\nflows:\n  - name: Support\n    actions:\n" +
			"      - {name: Lookup, timeout: 3s}\n")},
		{"b.yaml", []byte("# b\nversion: 1\nactions:\n  - {id: custom_-_2, timeout: 9s} # kept\n")},
	}
	exists := func(org string, e dataaction.Entry) bool { return e.Action.Name != "Lookup" }
	got, err := MergeFiles(files, "b.yaml", addedOutput(dataaction.Integrations), exists)
	if err != nil {
		t.Fatal(err)
	}
	want := `# b
version: 1
actions:
  - {id: custom_-_2, timeout: 9s} # kept
  - name: Get order
    category: CRM
    timeout: 6s
  # - id: custom_-_3  # Never set
  #   timeout:  # none is set

flows:
  - name: Support
    actions:
      - name: "New: in support"  # see #12
        timeout: 4s
  - name: Sales
    actions:
      - id: custom_-_1
        timeout: 5s
`
	if diff := cmp.Diff(want, string(got.Files[1].Data)); diff != "" || got.Changed != 1 || got.Added != 4 {
		t.Errorf("file %d, %d added\n%s", got.Changed, got.Added, diff)
	}
	if string(got.Files[0].Data) != string(files[0].Data) || string(files[1].Data[:3]) != "# b" {
		t.Error("another file changed")
	}
	if len(got.Gone) != 1 || got.Gone[0].Entry.Action.Name != "Lookup" || got.Gone[0].Entry.Source.File != "a.yaml" {
		t.Errorf("%+v", got.Gone)
	}
	again, err := MergeFiles(got.Files, "a.yaml", addedOutput(dataaction.Integrations), nil)
	// Comments are known in the target alone.
	if err != nil || again.Added != 1 || !strings.Contains(string(again.Files[0].Data), "custom_-_3") {
		t.Errorf("error %v, %d added", err, again.Added)
	}
	if fresh, err := MergeFiles(append(files[:2:2], File{Name: "c.yaml"}), "c.yaml",
		addedOutput(dataaction.Integrations), nil); err != nil ||
		fresh.Changed != 2 || !strings.HasPrefix(string(fresh.Files[2].Data), "# yaml-language-server") {
		t.Errorf("error %v, file %d", err, fresh.Changed)
	}
	for _, into := range []string{"", "other.yaml"} {
		if _, err := MergeFiles(files, into, Output{}, nil); err == nil {
			t.Errorf("into %q: no error", into)
		}
	}
}

func organizationsOutput(names ...string) Output {
	o := Output{}
	for _, name := range names {
		o.Organizations = append(o.Organizations, Organization{Name: name, Environment: name + ".example"})
	}
	return o
}

func TestEncodeForSeveralOrganizations(t *testing.T) {
	o := organizationsOutput("test", "production")
	o.Organizations[1].ID = "0123"
	o.Flows = []OutputFlow{{Selector: dataaction.FlowSelector{Name: "F"}, Only: []string{"test"},
		Entries: []OutputEntry{
			{Selector: dataaction.Selector{Name: "A"}, Timeout: seconds(3)},
		}}}
	o.Actions = []OutputEntry{
		{Selector: dataaction.Selector{Name: "B"}, Timeouts: []OrgTimeout{{"test", *seconds(4)},
			{"production", *seconds(5)}}},
		{Selector: dataaction.Selector{Name: "C"}, IDs: []OrgID{{"test", "custom_-_1"}, {"production", "12"}},
			Timeout: seconds(6), Comment: "two of them"},
		{IDs: []OrgID{{"production", "custom_-_2"}}, Timeout: seconds(7), Only: []string{"production"},
			Comment: "by id"},
		{Selector: dataaction.Selector{Name: "D"}, Only: []string{"test"}},
	}
	text, err := Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/encode_organizations.golden.yaml", string(text))
	m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(string(text))})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, report(problems))
	}
	for org, want := range map[string]string{"test": "A/3s B/4s custom_-_1/6s",
		"production": "B/5s 12/6s custom_-_2/7s"} {
		var got []string
		for _, e := range m.Desired(org).Entries {
			got = append(got, e.Action.ID+e.Action.Name+"/"+dataaction.Text(e.Timeout))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", org, got, want)
		}
	}
	if merged, err := merge(text, o); err != nil || string(merged) != string(text) {
		t.Errorf("error %v; merging an output into itself changed it:\n%s", err, merged)
	}
}

func TestMergeIntoAManifestWithOrganizations(t *testing.T) {
	existing := "version: 1\norganizations:\n  test: { environment: test.example }\n  production: { environment: " +
		"production.example }\n" +
		"actions:\n  - { name: Mine, timeout: { test: 3s, production: 4s } } # ours\n"
	one, both := organizationsOutput("test"), organizationsOutput("test", "production")
	one.Flows = []OutputFlow{{Selector: dataaction.FlowSelector{Name: "F"}}}
	one.Actions = []OutputEntry{{Selector: dataaction.Selector{Name: "Mine"}, Timeout: seconds(9)},
		{Selector: dataaction.Selector{Name: "New"}, Timeout: seconds(5)}}
	got, err := merge([]byte(existing), one)
	want := existing + "  - name: New\n    only: [test]\n    timeout: 5s\n\nflows:\n  - name: F\n    only: [test]\n"
	if err != nil || string(got) != want {
		t.Errorf("error %v\n%s", err, cmp.Diff(want, string(got)))
	}
	both.Actions = []OutputEntry{{Selector: dataaction.Selector{Name: "New"},
		Timeouts: []OrgTimeout{{"test", *seconds(5)}, {"production", *seconds(6)}}}}
	got, err = merge([]byte(existing), both)
	if want := existing + "  - name: New\n    timeout: { test: 5s, production: 6s }\n"; err != nil ||
		string(got) != want {
		t.Errorf("error %v\n%s", err, cmp.Diff(want, string(got)))
	}
	for want, o := range map[string]Output{
		"declares organizations, and the new entries are for none": {},
		`does not declare organization "live"`:                     organizationsOutput("live"),
	} {
		if _, err := merge([]byte(existing), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := merge([]byte("version: 1\n"), both); err == nil ||
		!strings.Contains(err.Error(), "declares no organizations") {
		t.Errorf("error %v", err)
	}
}

// Most organizations have no timeout set anywhere: their manifest is all comments, and says how to go on.
func TestEncodeWithoutAnyTimeout(t *testing.T) {
	text, err := Encode(Output{Actions: []OutputEntry{{Selector: dataaction.Selector{Name: "A"}}}})
	if err != nil || !strings.Contains(string(text), "# No timeout is set: to set one, uncomment an entry") ||
		!strings.Contains(string(text), "  # - name: A\n  #   timeout:") {
		t.Errorf("error %v\n%s", err, text)
	}
	mustLoad(t, []string{"-"}, Options{Stdin: strings.NewReader(string(text))})
}
