package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// What differs between two organisations is a map, what one lacks is `only`, and a plan on it shows no change.
func TestExportJoinsOrganizations(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	out := filepath.Join(t.TempDir(), "both.yaml")
	code, _, stderr := runOn(t, servers, nil, "export", "-f", "-", "--org", "all", "--all-flows", "--out", out)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stderr, "left out: ") {
		t.Errorf("stderr: %s", stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"organizations:\n  test: { environment: mypurecloud.de, id: ",
		"  - name: Inbound Support\n    type: inboundcall\n    actions:\n",
		"timeout: { test: 8s, production: 12s }", // Get order
		"timeout: { test: 6s, production: 3s }",  // Customer lookup
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	code, stdout, stderr := runOn(t, servers, nil, "plan", "-f", out, "--org", "all", "--detailed-exitcode")
	if code != 0 {
		t.Errorf("plan: exit %d: %s%s", code, stdout, stderr)
	}
	// Merging into it adds nothing.
	code, _, stderr = runOn(t, servers, nil, "export", "--merge", out, "--org", "all", "--all-flows")
	if after, _ := os.ReadFile(out); code != 0 || string(after) != string(text) {
		t.Errorf("merge: exit %d: %s", code, stderr)
	}
}

func TestExportOfOneOrganizationThatFails(t *testing.T) {
	t.Parallel()
	broken := func(env map[string]string) { delete(env, "GENESYS_CLIENT_SECRET_TEST") }
	code, stdout, stderr := runOrganizations(t, broken, "export", "-f", "-", "--org", "all")
	if code != 1 || !strings.Contains(stderr, "error: organisation test is left out: ") ||
		!strings.Contains(stderr, "GENESYS_CLIENT_SECRET_TEST") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "organizations:\n  production: {") || strings.Contains(stdout, "test") {
		t.Errorf("stdout: %s", stdout)
	}
}

func TestExportWithAFilterThatMatchesNothingNamesWhatWasNotRead(t *testing.T) {
	t.Parallel()
	broken := func(env map[string]string) { delete(env, "GENESYS_CLIENT_SECRET_PRODUCTION") }
	code, stdout, stderr := runOrganizations(t, broken, "export", "-f", "-", "--org", "all", "--name", "take card")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "error: organisation production is left out: ") ||
		!strings.Contains(stderr, `--name "take card": no such data action`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestExportNamesTheOrganizationOfWhatItCannotRead(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	servers[0].Deny("integrations:actionFunction:view")
	code, stdout, stderr := runOn(t, servers, nil, "export", "-f", "-", "--org", "all", "--name", "Score call intent")
	if code != 1 || !strings.Contains(stdout, "  - name: Score call intent\n    only: [production]\n") ||
		!strings.Contains(stderr, `"Score call intent" in test: timeout not read: 403`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestExportNamesEachOrganizationWhereAllFail(t *testing.T) {
	t.Parallel()
	none := func(env map[string]string) { clear(env) }
	code, stdout, stderr := runOrganizations(t, none, "export", "-f", "-", "--org", "all")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "GENESYS_CLIENT_SECRET_TEST") ||
		!strings.Contains(stderr, "GENESYS_CLIENT_SECRET_PRODUCTION") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestExportMergesIntoAManifestOfOrganizations(t *testing.T) {
	t.Parallel()
	servers := demoOrganizations(t)
	name := filepath.Join(t.TempDir(), "m.yaml")
	manifest := string(sandbox.DemoManifestOfOrganizations())
	if err := os.WriteFile(name, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := runOn(t, servers, nil, "export", "--merge", name, "--org", "test", "--category", "Identity")
	if code != 0 || !strings.Contains(stderr, "added 2 entries to "+name) {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	merged, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(manifest) {
		if !strings.Contains(string(merged), line) {
			t.Errorf("%q is gone", line)
		}
	}
	if !strings.Contains(string(merged), "only: [test]\n    timeout: ") {
		t.Errorf("new entries are not kept to test:\n%s", merged)
	}
}

const twoOrganizations = "version: 1\norganizations:\n  test: { environment: mypurecloud.de }\n" +
	"  production: { environment: mypurecloud.ie }\n"

// exportOfTwo runs export on two organisations that differ, and a manifest in a file.
func exportOfTwo(t *testing.T, manifest string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	servers := demoOrganizations(t)
	test := servers[0]
	for _, err := range []error{
		test.Rename(test.ActionID("Get invoice", ""), "Get bill"),
		test.SetTimeout(test.ActionID("Check stock", ""), 90),
		test.DeleteFlow(test.FlowID("Ask Intent", "bot")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(name, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "MANIFEST", name)
	}
	return runOn(t, servers, nil, append([]string{"export"}, args...)...)
}

// Organisations differ: nothing of one is lost because of what the other has.
func TestExportOfOrganizationsThatDiffer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manifest, want string
		args           []string
	}{
		"a filter that one has": {
			args: []string{"-f", "MANIFEST", "--name", "bill"},
			want: "actions:\n  - name: Get bill\n    only: [test]\n    timeout: 10s\n",
		},
		"a flow that one has": {
			args: []string{"-f", "MANIFEST", "--flow", "ask intent"},
			want: "flows:\n  - name: Ask Intent\n    only: [production]\n    actions:\n",
		},
		"a flow that one has, on the surface of flows": {
			args: []string{"-f", "MANIFEST", "--flow", "Card Payment", "--api", "flows"},
			want: "flows:\n  - name: Card Payment\n",
		},
		"another surface than the manifest's": {
			manifest: "actions:\n  - { name: Get order, timeout: 12s }\n",
			args:     []string{"-f", "MANIFEST", "--api", "flows"},
			want:     "api: flows\n",
		},
		"a timeout that cannot be written in one": {
			args: []string{"-f", "MANIFEST", "--name", "check stock"},
			want: "  - name: Check stock\n    only: [production]\n    timeout: 4s\n" +
				"  # - name: Check stock\n  #   only: [test]\n  #   timeout:  # set to 90s, which is outside ",
		},
		"an entry for the other": {
			manifest: "actions:\n  - { name: Get order, only: [production], timeout: 12s } # ours\n",
			args:     []string{"--merge", "MANIFEST", "--name", "get order", "--out", "-"},
			want:     "timeout: 12s } # ours\n  - name: Get order\n    only: [test]\n    timeout: 8s\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := exportOfTwo(t, twoOrganizations+test.manifest, append(test.args, "--org", "all")...)
			if code != 0 || !strings.Contains(stdout, test.want) || strings.Contains(stderr, "error: ") {
				t.Errorf("exit %d, no %q in\n%s%s", code, test.want, stdout, stderr)
			}
		})
	}
	for flag, want := range map[string]string{
		"--name": "error: --name \"nothing\": no such data action\nhint: there are ",
		"--flow": "error: --flow \"nothing\": no such flow\nhint: there are \"Ask Intent\", ",
	} {
		code, stdout, stderr := exportOfTwo(t, twoOrganizations, "-f", "MANIFEST", "--org", "all", flag, "nothing")
		if code != 1 || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	}
}
