package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// demoOrganizations serves the demo's organisations.
func demoOrganizations(t *testing.T) sandbox.Organizations {
	t.Helper()
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, sandbox.DemoOrganizations()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
	return servers
}

// runOrganizations runs the program on a sandbox of the demo's organisations. change edits its variables.
func runOrganizations(t *testing.T, change func(map[string]string), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	servers := demoOrganizations(t)
	return runOn(t, servers, change, args...)
}

func runOn(t *testing.T, servers sandbox.Organizations, change func(map[string]string), args ...string) (
	code int, stdout, stderr string,
) {
	t.Helper()
	env := servers.Env()
	if change != nil {
		change(env)
	}
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), cli.Env{Args: args, Env: session.Env{
		Stdin: bytes.NewReader(sandbox.DemoManifestOfOrganizations()), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return env[name] }, Now: time.Now,
	}})
	return code, out.String(), errs.String()
}

func TestPlanSeveralOrganizationsInDeclaredOrder(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runOrganizations(t, nil, "plan", "-f", "-", "--org", "all", "--format", "json")
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	var doc struct {
		Organizations map[string]struct {
			Org    string `json:"org"`
			Digest string `json:"digest"`
		} `json:"organizations"`
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, name := range sandbox.DemoOrganizations() {
		at := strings.Index(stdout, `"`+name+`": {`)
		if at <= last {
			t.Errorf("%q is not in the declared order in %s", name, stdout)
		}
		last = at
		if doc.Organizations[name].Org != name || doc.Organizations[name].Digest == "" {
			t.Errorf("%q has org %q and digest %q", name, doc.Organizations[name].Org, doc.Organizations[name].Digest)
		}
	}
}

func TestPlainCredentialsDoNotServeSeveralOrganizations(t *testing.T) {
	t.Parallel()
	name := sandbox.DemoOrganizations()[0]
	suffix := "_" + strings.ToUpper(name)
	move := func(env map[string]string) {
		for _, v := range []string{"GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET"} {
			env[v] = env[v+suffix]
			delete(env, v+suffix)
		}
	}
	code, stdout, _ := runOrganizations(t, move, "plan", "-f", "-", "--org", "all")
	if code != 1 || !strings.Contains(stdout, name+": no credentials") {
		t.Errorf("several: exit %d: %s", code, stdout)
	}
	if code, stdout, stderr := runOrganizations(t, move, "plan", "-f", "-", "--org", name); code != 0 {
		t.Errorf("one: exit %d: %s%s", code, stdout, stderr)
	}
}

func TestSavedPlanOfAnOrganization(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	dir := filepath.Join(t.TempDir(), "plans")
	if code, stdout, stderr := runOn(t, servers, nil, "plan", "-f", "-", "--org", "all", "--out-dir", dir); code != 0 {
		t.Fatalf("plan: exit %d: %s%s", code, stdout, stderr)
	}
	names := sandbox.DemoOrganizations()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name+".json")); err != nil {
			t.Error(err)
		}
	}
	first, second := "_"+strings.ToUpper(names[0]), "_"+strings.ToUpper(names[1])
	saved := filepath.Join(dir, names[0]+".json")
	gateway := servers.Env()["GENESYS_API_URL"+first]
	wrong := func(env map[string]string) { // a login elsewhere answers with another organisation's token
		env["GENESYS_CLIENT_ID"+first] = env["GENESYS_CLIENT_ID"+second]
		env["GENESYS_API_URL"+first] = env["GENESYS_API_URL"+second]
	}
	if code, _, _ := runOn(t, servers, wrong, "apply", saved); code != 1 {
		t.Errorf("a plan made against %s was applied elsewhere", gateway)
	}
	if code, stdout, stderr := runOn(t, servers, nil, "apply", saved); code != 0 {
		t.Errorf("apply: exit %d: %s%s", code, stdout, stderr)
	}
}

func TestChoiceOfOrganizations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"none given", []string{"plan", "-f", "-"}, "declares several organizations: test, production"},
		{"typo", []string{"plan", "-f", "-", "--org", "prodction"}, `did you mean "production"?`},
		{"look-alike", []string{"plan", "-f", "-", "--org", "te\u200bst"},
			"hint: did you mean the one that looks the same and differs only in invisible characters?"},
		{"other environment", []string{"plan", "-f", "-", "--org", "test", "--environment", "mypurecloud.jp"},
			`--environment is "mypurecloud.jp"`},
		{"validate with a typo", []string{"validate", "-f", "-", "--org", "tset"}, `did you mean "test"?`},
		{"apply to several", []string{"apply", "-f", "-", "--org", "all", "--auto-approve"}, "choose one with --org NAME"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := runOrganizations(t, nil, test.args...)
			if code != 1 || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

func TestCommandsOfSeveralOrganizations(t *testing.T) {
	t.Parallel()
	without := func(env map[string]string) { delete(env, "GENESYS_CLIENT_SECRET_TEST") }
	for _, test := range []struct {
		name   string
		change func(map[string]string)
		args   []string
		code   int
		wants  []string // in this order
	}{
		{"validate", nil, []string{"validate"}, 0, []string{"Valid: 6 entries in 1 file."}},
		{"list", nil, []string{"list", "--name", "order"}, 0, []string{"test  production", "Get order", "8s         12s",
			"test (Acme Test, mypurecloud.de) 4 data actions; production (Acme EMEA"}},
		{"list fails for one", without, []string{"list", "--name", "order"}, 1, []string{"failed         12s",
			"error: test: no credentials", "production (Acme EMEA"}},
		{"list as CSV fails for one", without, []string{"list", "--name", "order", "--format", "csv"}, 1, []string{
			"org,id,name", "production,custom_-_", "error: organisation test is left out: no credentials"}},
		{"list as JSON", nil, []string{"list", "--format", "json"}, 0, []string{`"organizations": {`, `"test": {`,
			`"actions": [`, `"production": {`}},
		{"advise", nil, []string{"advise"}, 0, []string{"test\nAdvice for Acme Test", "production\nAdvice for Acme EMEA"}},
		{"advise as JSON fails for one", without, []string{"advise", "--format", "json"}, 1, []string{
			`"organizations": {`, `"test": {`, `"code": "no-credentials"`, `"production": {`, `"slots": {`}},
		{"advise as Markdown", without, []string{"advise", "--format", "markdown"}, 1, []string{"## `test`", "failed",
			"## `production`", "| Action |"}},
		{"advise with exit status", nil, []string{"advise", "--detailed-exitcode"}, 2, nil},
		{"advise fails for one", without, []string{"advise", "--detailed-exitcode"}, 1, []string{
			"test\nerror: no credentials", "production\nAdvice for Acme EMEA", "Advice: "}},
		{"advise as a page", nil, []string{"advise", "--format", "html"}, 0, []string{"<!doctype html>",
			`<h2 id="o0h"><bdi>test</bdi> <small><bdi>Acme Test, mypurecloud.de`, "Get order",
			`<h2 id="o1h"><bdi>production</bdi> <small><bdi>Acme EMEA, mypurecloud.ie`, "Take card payment"}},
		{"advise as a page fails for one", without, []string{"advise", "--format", "html"}, 1, []string{
			`<h2 id="o0h"><bdi>test</bdi></h2>`, "<p>error: no credentials", "<p>hint: ",
			`<h2 id="o1h"><bdi>production</bdi> `, "Take card payment", "</html>"}},
		{"doctor has a page of all", nil, []string{"doctor", "--report"}, 0, []string{
			"### How this API behaves: organisation 1 of 2\n", "25 requests", "/api/v2/integrations/actions`: 200",
			"\n\n### How this API behaves: organisation 2 of 2\n", "25 requests", "/api/v2/integrations/actions`: 200"}},
		{"doctor's page fails for one", without, []string{"doctor", "--report"}, 1, []string{
			"### How this API behaves: organisation 1 of 2\n\nFailed: `no-credentials`.\n\n", "organisation 2 of 2\n",
			"/api/v2/integrations/actions`: 200", "error: organisation test is left out: no credentials", "hint: "}},
		{"doctor", nil, []string{"doctor"}, 0, []string{"test\nok ", `"Acme Test"`, "\n\nproduction\nok ", `"Acme EMEA"`}},
		{"doctor as JSON fails for one", without, []string{"doctor", "--format", "json"}, 1, []string{`"test": {`,
			`"fail": 1`, `"production": {`, `"fail": 0`}},
		{"show serves one", nil, []string{"show", "Get order"}, 1, []string{"choose one with --org NAME"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runOrganizations(t, test.change, append(test.args, "-f", "-", "--org", "all")...)
			rest := stdout + stderr
			if code != test.code {
				t.Errorf("exit %d: %s", code, rest)
			}
			for _, want := range test.wants {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("no %q in, or earlier in\n%s%s", want, stdout, stderr)
				}
				rest = after
			}
		})
	}
}

// A named organisation is never taken for another one: without a manifest that declares it, nothing is asked.
func TestOrganizationsNeedAManifest(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, command := range []string{"list", "export", "doctor", "advise", "plan"} {
		code, stdout, stderr := runOrganizations(t, nil, command, "--org", "test")
		if code != 1 || !strings.Contains(stdout+stderr, "genesys-timeouts.yaml") &&
			!strings.Contains(stdout+stderr, "declares no organizations") {
			t.Errorf("%s: exit %d: %s%s", command, code, stdout, stderr)
		}
	}
}

func TestDemoOfOrganizations(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runOrganizations(t, nil, "demo", "--org", "all")
	if code != 0 || !strings.Contains(stdout, "Action             test                        production") ||
		!strings.Contains(stdout, "Plan: test no changes; production no changes.") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := runOrganizations(t, nil, "demo", "--org", "all", "--api", "flows"); code != 1 ||
		!strings.Contains(stderr, "--org and --api exclude each other") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// `only` may leave the selected entry out of an organisation: that is not a mistake there.
func TestSelectedEntriesOfOneOrganization(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	file := filepath.Join(t.TempDir(), "m.yaml")
	text := "version: 1\norganizations:\n  test: { environment: mypurecloud.de }\n" +
		"  production: { environment: mypurecloud.ie }\nactions:\n" +
		"  - { name: Take card payment, timeout: 30s, only: [production] }\n  - { name: Get order, timeout: 10s }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"plan", "-f", file, "--org", "all", "--callers", "listed", "--action"}
	code, stdout, stderr := runOn(t, servers, nil, append(args, "Take card payment")...)
	if code != 0 || !strings.Contains(stdout, "Take card payment") || strings.Contains(stdout+stderr, "manifest-empty") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := runOn(t, servers, nil, append(args, "Nope")...); code != 1 ||
		!strings.Contains(stdout, "matches no entry") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

// Who calls, and what an organisation lacks, stands beside the other organisation's.
func TestCallersAndMissingFlowsOfSeveralOrganizations(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	file := filepath.Join(t.TempDir(), "m.yaml")
	text := "version: 1\norganizations:\n  test: { environment: mypurecloud.de }\n" +
		"  production: { environment: mypurecloud.ie }\nflows:\n" +
		"  - name: Card Payment\n    actions:\n      - { name: Take card payment, timeout: 30s }\nactions:\n" +
		"  - { name: Cancel order, timeout: 15s, only: [production] }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"plan"}, 1, []string{"\n! Take card payment  flow not found  20s → 30s (callers meet 2s)\n~ Cancel order",
			"\n~ Cancel order       –               20s → 15s ↓\n",
			"\n· callers not checked: production: \"Cancel order\": "}},
		{[]string{"plan", "--verbose"}, 1, []string{"(callers meet 2s)\n" +
			"    · production: \"Card Payment\" (securecall) version 18.0, step"}},
		{[]string{"plan", "--action", "Cancel order"}, 0,
			[]string{"\nPlan: test nothing to compare; production 1 to update"}},
		{[]string{"drift", "--action", "Cancel order", "--format", "markdown"}, 2, []string{
			"\nIn step. The selection has no data actions for this organisation.\n"}},
	} {
		code, stdout, stderr := runOn(t, servers, nil, append(test.args, "-f", file, "--org", "all")...)
		if code != test.code {
			t.Errorf("%q: exit %d: %s%s", test.args, code, stdout, stderr)
		}
		for _, want := range test.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q: no %q in\n%s", test.args, want, stdout)
			}
		}
	}
}

func TestDoctorTriesTheQueryOfAdvise(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	_, stdout, _ := runOn(t, servers, nil, "doctor", "-f", "-", "--org", "test")
	asked := 0
	for _, s := range servers {
		for _, q := range s.Requests() {
			if strings.HasSuffix(q.Path, "/analytics/actions/aggregates/query") {
				asked++
			}
		}
	}
	if asked != 1 || !strings.Contains(stdout, "advise can ask how long calls took") {
		t.Errorf("asked %d times:\n%s", asked, stdout)
	}
}

// What undoes an apply finds the credentials that the apply had, and is for that organisation alone.
func TestUndoOfAnOrganization(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	undo := filepath.Join(t.TempDir(), "undo.yaml")
	args := []string{"apply", "-f", "-", "--org", "production", "--auto-approve", "--save-previous", undo}
	if code, stdout, stderr := runOn(t, servers, nil, args...); code != 0 {
		t.Fatalf("apply: exit %d: %s%s", code, stdout, stderr)
	}
	again := []string{"apply", "-f", undo, "--auto-approve"}
	strangers := func(env map[string]string) { // a login elsewhere answers with another organisation's token
		for _, v := range []string{"GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_API_URL", "GENESYS_LOGIN_URL"} {
			env[v+"_PRODUCTION"] = env[v+"_TEST"]
		}
	}
	if code, _, stderr := runOn(t, servers, strangers, again...); code != 1 || !strings.Contains(stderr, "Acme Test") {
		t.Errorf("undone elsewhere: exit %d: %s", code, stderr)
	}
	if code, stdout, stderr := runOn(t, servers, nil, append(again, "--org", "production")...); code != 0 ||
		!strings.Contains(stdout, "Applied: ") || strings.Contains(stdout, "Applied: 0") {
		t.Errorf("undo: exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := runOn(t, servers, nil, again...); code != 0 || !strings.Contains(stdout, "Applied: 0") {
		t.Errorf("undo again, without --org: exit %d: %s%s", code, stdout, stderr)
	}
}
