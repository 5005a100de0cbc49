package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// With credentials of another organisation than the manifest's, each command learns whose they are and asks nothing
// else, and the other organisations are served.
func TestTheGuardComesFirst(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   []string
		others string // what the outputs have of the other organisation
	}{
		{[]string{"plan", "--org", "all", "--callers", "all", "--evidence", "7d"}, "production 2 to update"},
		{[]string{"drift", "--org", "all", "--blame"}, "production 2 drifted"},
		{[]string{"list", "--org", "all"}, "44 data actions"},
		{[]string{"export", "--org", "all", "--all-flows"}, "name: Take card payment"},
		{[]string{"advise", "--org", "all"}, "Advice for Acme EMEA"},
		{[]string{"advise", "--org", "all", "--all"}, "Advice for Acme EMEA"},
		{[]string{"doctor", "--org", "all"}, `"Acme EMEA"`},
		{[]string{"show", "Get order", "--org", "test"}, ""},
		{[]string{"apply", "--org", "test", "--auto-approve"}, ""},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			servers, err := sandbox.StartOrganizations(sandbox.Options{}, "test", "production")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = servers.Close() })
			id, _ := servers[1].Organization()
			file := filepath.Join(t.TempDir(), "guarded.yaml")
			manifest := "version: 1\norganizations:\n  test: { environment: mypurecloud.de, id: " + id + " }\n" +
				"  production: { environment: mypurecloud.ie, id: " + id + " }\nactions:\n" +
				"  - { name: Customer lookup, timeout: 6s }\n  - { name: Get order, timeout: 20s }\n"
			if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := runOn(t, servers, nil, append(test.args, "-f", file)...)
			said := strings.Join(strings.Fields(stdout+stderr), " ") // lines break at the width of a terminal
			if code != 1 || !strings.Contains(said, `belong to organisation "Acme Test"`) ||
				!strings.Contains(said, test.others) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			for _, q := range servers[0].Requests() {
				if !q.SignIn() && q.Path != "/api/v2/organizations/me" {
					t.Errorf("%s %s was sent to another organisation", q.Method, q.Path)
				}
			}
		})
	}
}

// GENESYS_ORG, which may be set for a whole shell, must not contradict a saved plan any more than --org.
func TestSavedPlanAndTheVariableOfOrganizations(t *testing.T) {
	t.Parallel()
	servers, manifest := threeOrganizations(t)
	dir := t.TempDir()
	if code, stdout, stderr := runOn(t, servers, nil, "plan", "-f", manifest, "--org", "all", "--out-dir",
		dir); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, test := range []struct {
		variable string
		code     int
	}{{"production", 1}, {"production,dev", 1}, {"", 0}, {"test", 0}, {"dev, test", 0}, {"all", 0}} {
		servers[0].ForgetRequests()
		code, stdout, stderr := runOn(t, servers, func(env map[string]string) { env["GENESYS_ORG"] = test.variable },
			"apply", filepath.Join(dir, "test.json"))
		said := strings.Contains(stderr, `is for organization "test", but GENESYS_ORG is `+test.variable)
		if code != test.code || said != (code == 1) || code == 1 && len(servers[0].Requests()) > 0 {
			t.Errorf("GENESYS_ORG=%q: exit %d: %s%s", test.variable, code, stdout, stderr)
		}
	}
}

// Where the API does not say whose credentials they are, a refusal has the answer.
func TestAGuardThatIsNotAnsweredSaysWhy(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{
		403: plan.OrganizationUnverified, 500: plan.OrganizationUnverified, 429: session.CodeRateLimited,
	} {
		r := newFixture(t, sandbox.Options{})
		r.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, Path: "/organizations/me"})
		m := r.file("guarded.yaml", "version: 1\norganizations:\n  test: { environment: mypurecloud.com, id: wanted }\n"+
			"actions: [{name: Get order, timeout: 12s}]\n")
		for _, args := range [][]string{{"apply", "--auto-approve"}, {"list"}} {
			said := into[report.Failure](r.run(append(args, "-f", m, "--format", "json")...).exits(1)).Error
			if said.Code != code || said.Status != status || said.CorrelationID == "" ||
				!strings.Contains(said.Message, http.StatusText(status)+": ") ||
				!strings.Contains(said.Message, "correlation id "+said.CorrelationID) {
				t.Errorf("%v, %d: %+v", args, status, said)
			}
			if status == 403 && !strings.Contains(said.Hint, "able to read its organisation") {
				t.Errorf("%v: hint %q", args, said.Hint)
			}
		}
	}
}
