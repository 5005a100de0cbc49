package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"genesys-timeouts/pkg/sandbox"
)

const advisedOrganizations = `version: 1
organizations: # ours
  test: { environment: mypurecloud.de }
  production: { environment: mypurecloud.ie }
defaults: { timeout: 5s }
actions:
  - name: Score call intent # inherits
    # below
  - name: Log interaction
    timeout: "15s" # the log
  - name: Check stock
    timeout: 4s
  - name: Take card payment
    only: [production]
    timeout: 20s # cards
`

// The proposals for several organisations are one change of the manifest, and none changes another organisation.
func TestAdviseWritesForOrganizations(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	for name, test := range map[string]struct {
		orgs    []string
		secret  string // of test; empty for its own
		code    int
		changes []string // old and new
		said    string
	}{
		"one": {[]string{"production"}, "", 0, []string{
			"# below\n", "# below\n    timeout: { production: 10s, default: 5s }\n",
			`"15s" # the log`, `{ production: 5s, default: "15s" } # the log`, "20s # cards", "12s # cards"}, "+++ "},
		"all": {[]string{"all"}, "", 0, []string{
			"# below\n", "# below\n    timeout: 10s\n",
			`"15s" # the log`, `{ production: 5s, default: "15s" } # the log`, "20s # cards", "12s # cards",
			"timeout: 4s", "timeout: { test: 8s, default: 4s }"}, "+++ "},
		"one fails": {[]string{"test", "production"}, "wrong", 1, nil,
			"\nThe manifest stays as it is: no advice for test. Choose the others with --org.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "m.yaml")
			if err := os.WriteFile(file, []byte(advisedOrganizations), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"advise", "-f", file, "--interval", "2026-11-16/2026-11-23"}
			for _, org := range test.orgs {
				args = append(args, "--org", org)
			}
			change := func(env map[string]string) {
				if test.secret != "" {
					env["GENESYS_CLIENT_SECRET_TEST"] = test.secret
				}
			}
			out := filepath.Join(dir, "copy.yaml")
			code, stdout, stderr := runOn(t, servers, change, append(args, "--out", out)...)
			beside, _ := os.ReadFile(out)
			if code != test.code || !strings.Contains(stdout, test.said) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			if code, _, stderr = runOn(t, servers, change, append(args, "--write")...); code != test.code {
				t.Errorf("exit %d: %s", code, stderr)
			}
			got, err := os.ReadFile(file)
			want := strings.NewReplacer(test.changes...).Replace(advisedOrganizations)
			if d := cmp.Diff(want, string(got)); d != "" || err != nil {
				t.Error(d, err)
			}
			if code == 0 && string(beside) != want || code != 0 && beside != nil {
				t.Errorf("the copy is\n%s", beside)
			}
			if code != 0 {
				return
			}
			_, stdout, _ = runOn(t, servers, nil, append(args, "--write")...)
			again, _ := os.ReadFile(file)
			if string(again) != want || !strings.Contains(stdout, "in production at 5s, not 10s: ") {
				t.Errorf("again: %s\n%s", stdout, again)
			}
		})
	}
}

// The shape is that of plans: documents under the names of organisations, each as for one alone.
func TestAdviceOfOrganizationsFitsItsSchema(t *testing.T) {
	t.Parallel()
	_, text, _ := runOrganizations(t, nil, "schema", "advice")
	schema, err := jsonschema.CompileString("advice.schema.json", text)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runOrganizations(t, nil, "advise", "--format", "json", "-f", "-", "--org", "all", "--all",
		"--detailed-exitcode")
	var doc struct {
		FormatVersion string                     `json:"format_version"`
		Organizations map[string]json.RawMessage `json:"organizations"`
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != 2 || doc.FormatVersion != "1" ||
		len(doc.Organizations) != len(sandbox.DemoOrganizations()) {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	for org, raw := range doc.Organizations {
		one, err := oneDocument(string(raw))
		if err == nil {
			err = schema.Validate(one)
		}
		if err != nil {
			t.Errorf("%s: %#v", org, err)
		}
	}
}

// A page for a bug report has nothing of the organisations, the names in the manifest and in variables included.
func TestReportOfOrganizationsHasNoNames(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`(?i)\b_?(test|production|acme)\b|GENESYS_|custom_-_|Customer lookup|127\.0\.0\.1`)
	for _, broken := range []string{"", "GENESYS_CLIENT_SECRET_PRODUCTION", "GENESYS_CLIENT_ID_TEST"} {
		_, stdout, _ := runOrganizations(t, func(env map[string]string) { delete(env, broken) },
			"doctor", "--report", "-f", "-", "--org", "all")
		if found := names.FindString(stdout); found != "" || strings.Count(stdout, "\n### ")+1 != 2 {
			t.Errorf("without %q: %q in\n%s", broken, found, stdout)
		}
	}
}
