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
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, sandbox.DemoOrganizations()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
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

func TestExportMergesIntoAManifestOfOrganizations(t *testing.T) {
	t.Parallel()
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, sandbox.DemoOrganizations()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
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
