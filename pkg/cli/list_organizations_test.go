package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// listOf runs list on all organisations, with a manifest of them.
func listOf(t *testing.T, servers sandbox.Organizations, manifest string, args ...string) (code int, stdout,
	stderr string,
) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(name, []byte(twoOrganizations+manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	return runOn(t, servers, nil, append([]string{"list", "-f", name, "--org", "all"}, args...)...)
}

// Two actions of an organisation that have a name and a category are one of another organisation's only where the
// manifest says which.
func TestListPairsNoNamesakesByGuess(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	ids := map[string]string{}
	for i, org := range sandbox.DemoOrganizations() {
		for _, name := range []string{"Get delivery slot", "Book delivery slot"} {
			id := servers[i].ActionID(name, "")
			if err := servers[i].Rename(id, "Delivery slot"); err != nil {
				t.Fatal(err)
			}
			ids[name+" in "+org] = id
		}
	}
	of := fmt.Sprintf("actions:\n  - {name: Delivery slot, id: {test: %s, production: %s}, timeout: 8s}\n",
		ids["Get delivery slot in test"], ids["Book delivery slot in production"])
	for name, test := range map[string]struct {
		manifest string
		args     []string
		rows     []string
	}{
		"nothing says": {"", nil, []string{"10s           –", "15s           –", "–         10s",
			"–         15s"}},
		"the manifest says of one": {of, nil, []string{"10s         15s", "15s           –", "–         10s"}},
		"one is managed":           {of, []string{"--unmanaged"}, []string{"15s           –", "–         10s"}},
	} {
		code, stdout, stderr := listOf(t, servers, test.manifest, append(test.args, "--name", "delivery slot")...)
		for _, want := range test.rows {
			if code != 0 || strings.Count(stdout, want) != 1 || strings.Count(stdout, "Delivery slot") != len(test.rows) {
				t.Errorf("%s: exit %d: want a row %q:\n%s%s", name, code, want, stdout, stderr)
			}
		}
	}
}

// A filter fails where it matches in no organisation; one without a match is an empty column.
func TestListFiltersMatchInSomeOrganization(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	if err := servers[0].DeleteFlow(servers[0].FlowID("Ask Intent", "bot")); err != nil {
		t.Fatal(err)
	}
	production := servers[1].ActionID("Take card payment", "")
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"name":        {[]string{"--name", "take card"}, 0, "\nTake card payment  Payments     –         20s\n"},
		"integration": {[]string{"--integration", integrationOf(t, servers[1], production)}, 0, "–         20s\n"},
		"flow": {[]string{"--flow", "Ask Intent"}, 0,
			"test (Acme Test, mypurecloud.de) 0 data actions; production"},
		"flow, by flows": {[]string{"--flow", "Ask Intent", "--api", "flows"}, 0,
			"mypurecloud.de) 0 data actions; production"},
		"no name":      {[]string{"--name", "none"}, 1, `--name "none": no such data action`},
		"no flow":      {[]string{"--flow", "none"}, 1, `--flow "none": no such flow`},
		"not together": {[]string{"--name", "take card", "--category", "crm"}, 1, "no data action matches all the filters"},
	} {
		code, stdout, stderr := listOf(t, servers, "", test.args...)
		if code != test.code || !strings.Contains(stdout+stderr, test.says) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s%s", name, code, test.code, test.says, stdout, stderr)
		}
	}
	code, stdout, stderr := listOf(t, servers, "", "--name", "take card", "--format", "json")
	if code != 0 || !strings.Contains(stdout, `"actions": []`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// A filter that matches nothing in what was read may match in the organisation that was not.
func TestListShowsAFailureBesideAFilterThatMatchesNothing(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	servers[1].Deny("integrations:action:view", "integrations:actions:view")
	code, stdout, stderr := listOf(t, servers, "", "--name", "take card")
	if code != 1 || !strings.Contains(stdout, "error: production: ") || strings.Contains(stderr, "no such") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// A timeout that was not read in one organisation is neither unset there nor missing.
func TestListNamesTheOrganizationOfWhatItCannotRead(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	servers[0].Deny("integrations:actionFunction:view")
	for _, args := range [][]string{{}, {"--unset"}} {
		code, stdout, stderr := listOf(t, servers, "", append(args, "--name", "summarise")...)
		if code != 1 || !strings.Contains(stdout, "not read       unset") ||
			!strings.Contains(stderr, `"Summarise conversation" in test: timeout not read: 403`) {
			t.Errorf("%s: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// integrationOf is the integration of an action.
func integrationOf(t *testing.T, s *sandbox.Server, id string) string {
	t.Helper()
	doc, _ := s.Action(id)
	var a struct {
		IntegrationID string `json:"integrationId"`
	}
	if err := json.Unmarshal(doc, &a); err != nil || a.IntegrationID == "" {
		t.Fatalf("%s: %v", doc, err)
	}
	return a.IntegrationID
}
