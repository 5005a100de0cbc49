package manifest

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
)

// What is listed for some organizations only is missing in the others.
func TestMergeAddsWhatIsListedForOtherOrganizations(t *testing.T) {
	head := "version: 1\norganizations:\n  test: { environment: test.example }\n  production: { environment: " +
		"production.example }\n"
	entry := func(name string, only ...string) OutputEntry {
		return OutputEntry{Selector: dataaction.Selector{Name: name}, Timeout: seconds(5), Only: only}
	}
	support := func(only []string, entries ...OutputEntry) []OutputFlow {
		return []OutputFlow{{Selector: dataaction.FlowSelector{Name: "Support"}, Only: only, Entries: entries}}
	}
	for name, test := range map[string]struct {
		existing string
		flows    []OutputFlow
		actions  []OutputEntry
		added    string
	}{
		"an entry": {
			existing: "actions:\n  - { name: Lookup, only: [production], timeout: 3s } # theirs\n",
			actions:  []OutputEntry{entry("Lookup", "test")},
			added:    "  - name: Lookup\n    only: [test]\n    timeout: 5s\n",
		},
		"an entry for both is added for the one that lacks it": {
			existing: "actions:\n  - { name: Lookup, only: [production], timeout: 3s } # theirs\n",
			actions: []OutputEntry{{Selector: dataaction.Selector{Name: "Lookup"},
				Timeouts: []OrgTimeout{{"test", *seconds(5)}, {"production", *seconds(9)}}}},
			added: "  - name: Lookup\n    only: [test]\n    timeout: { test: 5s }\n",
		},
		"what both have": {
			existing: "actions:\n  - { name: Lookup, timeout: 3s }\n",
			actions:  []OutputEntry{entry("Lookup", "test"), entry("Lookup", "production")},
		},
		"a flow of the other": {
			existing: "flows:\n  - name: Support\n    only: [production]\n    actions:\n      - { name: Lookup, timeout: 3s }\n",
			flows:    support([]string{"test"}, entry("Lookup")),
			added:    "  - name: Support\n    only: [test]\n    actions:\n      - name: Lookup\n        timeout: 5s\n",
		},
		"a flow of both, an entry of one": {
			existing: "flows:\n  - name: Support\n    actions:\n      - { name: Lookup, timeout: 3s }\n",
			flows:    support([]string{"test"}, entry("New")),
			added:    "      - name: New\n        only: [test]\n        timeout: 5s\n",
		},
		"a flow of one, an entry of that one": {
			existing: "flows:\n  - name: Support\n    only: [test]\n    actions:\n      - { name: Lookup, timeout: 3s }\n",
			flows:    support([]string{"test"}, entry("New", "test")),
			added:    "      - name: New\n        timeout: 5s\n",
		},
		"a flow in brackets of one": {
			existing: "flows: [{name: Support, only: [test], actions: [{name: Lookup, timeout: 3s}]}]\n",
			flows:    support([]string{"test"}, entry("New")),
			added: "---\nversion: 1\napi: integrations\n\nflows:\n  - name: Support\n    only: [test]\n    actions:\n" +
				"      - name: New\n        timeout: 5s\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := organizationsOutput("test", "production")
			o.Flows, o.Actions = test.flows, test.actions
			existing := head + test.existing
			got, err := merge([]byte(existing), o)
			if want := existing + test.added; err != nil || string(got) != want {
				t.Fatalf("error %v\n%s", err, cmp.Diff(want, string(got)))
			}
			if again, err := merge(got, o); err != nil || string(again) != string(got) {
				t.Errorf("error %v; a second merge changed:\n%s", err, cmp.Diff(string(got), string(again)))
			}
		})
	}
}

// An action that two flows call is listed under both.
func TestMergeListsAnActionUnderEachNewFlow(t *testing.T) {
	var o Output
	for _, name := range []string{"Sales", "Support"} {
		o.Flows = append(o.Flows, OutputFlow{Selector: dataaction.FlowSelector{Name: name},
			Entries: []OutputEntry{{Selector: dataaction.Selector{Name: "Lookup"}, Timeout: seconds(5)}}})
	}
	got, err := merge([]byte("version: 1\nactions: []\n"), o)
	if err != nil || strings.Count(string(got), "name: Lookup") != 2 {
		t.Errorf("error %v\n%s", err, got)
	}
}
