package ci_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValidateIsOffline(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	for _, name := range []string{"GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_API_URL", "GENESYS_LOGIN_URL"} {
		r.env[name] = ""
	}
	validate := pullRequest("aaa").inputs("command", "validate", "github-token", " ")
	res := r.run(validate)
	r.want(res, 0, "exit-code", "0", "changes", "false", "comment-status", "skipped", "failure-reason", "")
	r.holds("the log", res.log, "Valid: 4 entries in 1 file.")
	r.holds("the summary", res.summary, "the manifest is valid ✅")

	r.write("genesys-timeouts.yaml", "version: 1\nactions:\n"+strings.Repeat("  - nam: x\n", 20))
	res = r.run(validate)
	r.want(res, 1, "exit-code", "1", "failure-reason", "invalid-manifest")
	if n := res.said("error"); n != 10 {
		t.Errorf("%d errors, want nine with a place and one of the run", n)
	}
	r.holds("the log", res.log, "genesys-timeouts.yaml:3:5: ", "genesys-timeouts.yaml:22:5: ",
		"::error file=genesys-timeouts.yaml,line=3,", " more in the summary")
	r.holds("the summary", res.summary, "`genesys-timeouts.yaml:22:5`")

	if err := os.Remove(filepath.Join(r.workspace, "genesys-timeouts.yaml")); err != nil {
		t.Fatal(err)
	}
	res = r.run(validate)
	r.want(res, 1, "failure-reason", "invalid-manifest")
	r.holds("the log", res.log, "genesys-timeouts.yaml", "genesys-timeouts/")
	if n := len(r.genesys.Requests()) + len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestInstallPutsTheBinaryOnThePath(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	res := r.run(push("aaa").inputs("command", "install"))
	r.want(res, 0, "exit-code", "0", "comment-status", "skipped")
	folder := strings.TrimSuffix(res.pathEntries, "\n")
	if info, err := os.Stat(filepath.Join(folder, tool)); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("GITHUB_PATH has %q: %v", res.pathEntries, err)
	}
	// A later step of the same job takes it from there.
	r.env["PATH"] = folder + string(os.PathListSeparator) + os.Getenv("PATH")
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
	if n := len(r.genesys.Requests()); n == 0 {
		t.Error("nothing was planned")
	}

	r.env["GITHUB_PATH"] = ""
	r.want(r.run(push("aaa").inputs("command", "install")), 1, "failure-reason", "plan-failed")
}

func TestTheWorkingDirectoryStaysInTheWorkspace(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	outside := t.TempDir()
	for _, dir := range []string{outside, filepath.Join(r.workspace, "sub")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "genesys-timeouts.yaml"), []byte(inStep), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(r.workspace, "link")); err != nil {
		t.Fatal(err)
	}
	for dir, says := range map[string]string{
		"..": "is outside the workspace", "sub/../..": "is outside the workspace",
		"../" + filepath.Base(r.workspace) + "x": "is outside the workspace",
		outside:                                  "is outside the workspace", "/etc": "is outside the workspace",
		"link":       "is outside the workspace",
		"/none/such": "is outside the workspace",
		"none":       "no folder", "genesys-timeouts.yaml": "not a directory",
	} {
		res := r.run(pullRequest("aaa").inputs("working-directory", dir))
		reason := "plan-failed"
		if dir == "link" {
			reason = "invalid-manifest"
		}
		r.want(res, 1, "exit-code", "1", "failure-reason", reason, "comment-status", "skipped")
		r.holds("the log", res.log, "::error title=genesys-timeouts::input working-directory: ", says)
	}
	if n := len(r.genesys.Requests()) + len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests from outside the workspace", n)
	}
	for _, dir := range []string{"sub", "./sub/", "sub/../sub", filepath.Join(r.workspace, "sub")} {
		r.want(r.run(pullRequest("aaa").inputs("working-directory", dir, "comment", "never")), 0, "unchanged", "1")
	}
}

func TestInputsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for _, in := range [][]string{
		{"command", "destroy"}, {"command", "Plan"}, {"comment", "sometimes"}, {"pr-number", "#7"}, {"pr-number",
			"7; rm -rf /"}, {"pr-number", "0"},
		{"require-approved-plan", "no"}, {"fail-on-changes", "1"}, {"fail-on-drift", "maybe"}, {"drift-issue",
			"yes"}, {"annotations", "on"},
		{"summary", "'true'"}, {"strict-comment", "t"}, {"label", "a\nb"}, {"label", strings.Repeat("x", 101)},
	} {
		res := r.run(pullRequest("aaa").inputs(in...))
		r.want(res, 1, "exit-code", "1", "failure-reason", "plan-failed", "changes", "false", "plan-hash", "")
		r.holds("the log", res.log, "::error title=genesys-timeouts::input "+in[0]+": ")
	}
	if n := len(r.genesys.Requests()) + len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// TestInputsNeverReachAShell: an input is text, whatever a shell would make of it.
func TestInputsNeverReachAShell(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	res := r.run(pullRequest("aaa").inputs("command", "$(touch pwned)"))
	r.want(res, 1, "exit-code", "1", "failure-reason", "plan-failed", "changes", "false", "plan-hash", "")
	r.holds("the log", res.log, "::error title=genesys-timeouts::input command: ")
	r.want(r.run(pullRequest("aaa").inputs("label", `$(touch pwned); "' \`+"`touch pwned`")), 0, "comment-status",
		"created")
	if _, err := os.Stat(filepath.Join(r.workspace, "pwned")); err == nil {
		t.Error("an input was run by the shell")
	}
}

func TestARunnerThatSaysNonsense(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ variable, value, says string }{
		"a run id":           {"GITHUB_RUN_ID", "12x", "GITHUB_RUN_ID"},
		"a repository":       {"GITHUB_REPOSITORY", "acme", "owner/name"},
		"no event":           {"GITHUB_EVENT_PATH", "/none/such", "GITHUB_EVENT_PATH"},
		"an API's address":   {"GITHUB_API_URL", "api.github.com", "GITHUB_API_URL"},
		"no API's address":   {"GITHUB_API_URL", "", "GITHUB_API_URL"},
		"GraphQL's address":  {"GITHUB_GRAPHQL_URL", "graphql", "GITHUB_GRAPHQL_URL"},
		"no workspace there": {"GITHUB_WORKSPACE", "/none/such", "workspace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.env[c.variable] = c.value
			res := r.run(pullRequest("aaa"))
			r.want(res, 1, "exit-code", "1", "failure-reason", "plan-failed")
			r.holds("the log", res.log, "::error title=genesys-timeouts::", c.says)
		})
	}
	t.Run("files that cannot be written", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.env["GITHUB_STEP_SUMMARY"] = filepath.Join(r.workspace, "none", "summary")
		res := r.run(pullRequest("aaa"))
		r.want(res, 0, "comment-status", "created")
		r.holds("the log", res.log, "::warning title=genesys-timeouts::writing the job summary")
		r.env["GITHUB_OUTPUT"] = filepath.Join(r.workspace, "none", "output")
		j := pullRequest("aaa")
		j.loose = true
		if res := r.run(j); res.status != 1 || !strings.Contains(res.log,
			"::error title=genesys-timeouts::writing the step's outputs") {
			t.Errorf("status %d, log:\n%s", res.status, res.log)
		}
	})
}

func TestDebugLogging(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	if res := r.run(pullRequest("aaa")); strings.Contains(res.log, "level=DEBUG") {
		t.Errorf("it logs:\n%s", res.log)
	}
	r.env["RUNNER_DEBUG"] = "1"
	r.holds("the log", r.run(pullRequest("aaa")).log, "level=DEBUG", "/api/v2/integrations/actions")
}
