package ci_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestPlanAndApplyJudgeByTheInputs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inputs []string
		want   string // in the log; empty for a plan without errors
	}{
		"default":         {nil, ""},
		"strict":          {[]string{"strict", "true"}, "(step-overrides-timeout)"},
		"deny-lower":      {[]string{"deny-lower", "true"}, "(timeout-lowered)"},
		"max-changes 2":   {[]string{"max-changes", "2"}, "(too-many-changes)"},
		"max-changes 50%": {[]string{"max-changes", "50%"}, "(too-many-changes)"},
		"max-changes 3":   {[]string{"max-changes", "3"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			res := r.run(pullRequest("aaa").inputs(c.inputs...))
			if c.want == "" {
				r.want(res, 0, "exit-code", "2", "to-change", "3", "lowered", "1", "warnings", "3", "failed", "0")
				return
			}
			r.want(res, 1, "failure-reason", "plan-failed", "to-change", "3", "lowered", "1")
			r.holds("the log", res.log, "error: ", c.want)
			res = r.run(apply("require-approved-plan", "false").inputs(c.inputs...))
			r.want(res, 1, "failure-reason", "plan-failed")
			if got := r.timeout("Cancel order", ""); got != "20" {
				t.Errorf("apply wrote %s s", got)
			}
		})
	}
}

func TestDriftIsJudgedByStrictAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	guards := []string{"deny-lower", "true", "max-changes", "0"}
	r.want(r.run(drift(guards...)), 1, "failure-reason", "drift-detected", "to-change", "3", "failed", "0")
	r.want(r.run(drift("strict", "true")), 1, "failure-reason", "plan-failed", "to-change", "3")
}

func TestWrongInputsAreNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"strict": "yes", "deny-lower": "1", "max-changes": "101%", "callers": "none", "allow-hosts": "*.example",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			res := r.run(pullRequest("aaa").inputs(name, value))
			r.want(res, 1, "failure-reason", "plan-failed", "exit-code", "1")
			r.holds("the log", res.log, "::error ", "input "+name+": ", value[:1])
			if n := len(r.genesys.Requests()) + len(r.hub.Requests()); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestCallersAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	asked := func(callers string) (n int) {
		r := newFixture(t)
		r.want(r.run(pullRequest("aaa").inputs("callers", callers)), 0, "to-change", "3")
		for _, q := range r.genesys.Requests() {
			if q.Path == "/api/v2/architect/dependencytracking/consumingresources" {
				n++
			}
		}
		return n
	}
	listed, changed, all := asked("listed"), asked("changed"), asked("all")
	if listed != 0 || changed == 0 || all <= changed {
		t.Errorf("requests: listed %d, changed %d, all %d", listed, changed, all)
	}
}

func TestCredentialsGoToAllowedHostsOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env           map[string]string
		manifest      string
		allow, refuse string
	}{
		"gateway": {map[string]string{"GENESYS_API_URL": "https://API.evil.example:8443/x"}, "", "",
			"api.evil.example"},
		"provider's gateway": {map[string]string{
			"GENESYS_API_URL": "", "GENESYS_LOGIN_URL": "", "GENESYSCLOUD_GATEWAY_HOST": "gw.evil.example",
		}, "", "", "gw.evil.example"},
		"login": {map[string]string{"GENESYS_LOGIN_URL": "https://login.evil.example"}, "", "",
			"login.evil.example"},
		"subdomain": {map[string]string{"GENESYS_API_URL": "https://x.good.example"}, "", "good.example",
			"x.good.example"},
		"vendor as prefix": {map[string]string{"GENESYS_API_URL": "https://api.mypurecloud.com.evil.example"}, "",
			"", "api.mypurecloud.com.evil.example"},
		"vendor as suffix": {map[string]string{"GENESYS_API_URL": "https://evilmypurecloud.com"}, "", "",
			"evilmypurecloud.com"},
		"environment": {map[string]string{"GENESYS_ENVIRONMENT": "evil.example", "GENESYS_API_URL": "",
			"GENESYS_LOGIN_URL": ""}, "", "", "api.evil.example"},
		"one host of two": {map[string]string{"GENESYS_ENVIRONMENT": "evil.example", "GENESYS_API_URL": "",
			"GENESYS_LOGIN_URL": ""}, "", "evil.example\napi.evil.example", "login.evil.example"},
		"manifest": {map[string]string{"GENESYS_API_URL": "", "GENESYS_LOGIN_URL": ""},
			"environment: evil.example\n", "", "api.evil.example"},
		"manifest, one URL": {map[string]string{"GENESYS_LOGIN_URL": ""}, "environment: evil.example\n",
			"api.evil.example", "login.evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			maps.Copy(r.env, c.env)
			r.write("genesys-timeouts.yaml", c.manifest+manifest)
			for _, command := range []string{"plan", "apply", "drift"} {
				res := r.run(push("m1").inputs("command", command, "allow-hosts", c.allow))
				r.want(res, 1, "failure-reason", "auth-failed", "exit-code", "1")
				r.holds("the log", res.log, "::error ", strconv.Quote(c.refuse), "allow-hosts")
			}
			if n := len(r.genesys.Requests()); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestTheAuthorOfAWorkflowAllowsAHost(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	// The environment's name counts for nothing here: both addresses are the sandbox's, on loopback.
	r.write("genesys-timeouts.yaml", "environment: gateway.example\n"+manifest)
	r.want(r.run(pullRequest("aaa")), 0, "to-change", "3", "failure-reason", "")
	r.env["GENESYS_API_URL"] = "https://api.gateway.invalid"
	res := r.run(pullRequest("aaa").inputs("allow-hosts", "\n  API.gateway.invalid \n"))
	r.want(res, 1, "failure-reason", "plan-failed")
	r.holds("the log", res.log, "::error ", "api.gateway.invalid")
	if n := len(r.genesys.Requests()); n == 0 {
		t.Error("it did not sign in")
	}
}

func TestManifestsAreInsideTheWorkspace(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-is-the-password"
	link := func(r *fixture, to, name string) {
		name = filepath.Join(r.workspace, filepath.FromSlash(name))
		if err := cmp.Or(os.MkdirAll(filepath.Dir(name), 0o755), os.Symlink(to, name)); err != nil {
			t.Skip("this system makes no links: ", err)
		}
	}
	drop := func(r *fixture) { _ = os.Remove(filepath.Join(r.workspace, "genesys-timeouts.yaml")) }
	for name, c := range map[string]struct {
		prepare         func(r *fixture, folder string)
		manifest, wants string
	}{
		"a link": {func(r *fixture, f string) { link(r, f+"/out.yaml", "in.yaml") }, "in.yaml", "in.yaml"},
		"the default file": {func(r *fixture, f string) {
			drop(r)
			link(r, f+"/out.yaml", "genesys-timeouts.yaml")
		}, "", "genesys-timeouts.yaml"},
		"the default folder": {func(r *fixture, f string) {
			drop(r)
			link(r, f, "genesys-timeouts")
		}, "", "genesys-timeouts"},
		"a file in the default folder": {func(r *fixture, f string) {
			drop(r)
			link(r, f+"/out.yaml", "genesys-timeouts/a/in.yml")
		}, "", "genesys-timeouts/a/in.yml"},
		"a file in a folder": {func(r *fixture, f string) { link(r, f+"/out.yaml", "m/in.YAML") }, "m", "m/in.YAML"},
		"a linked folder":    {func(r *fixture, f string) { link(r, f, "m") }, "m", "m"},
		"below a link":       {func(r *fixture, f string) { link(r, f, "m") }, "m/out.yaml", "m/out.yaml"},
		"a link and ..":      {func(r *fixture, f string) { link(r, f+"/sub", "m") }, "m/../out.yaml", "m/../out.yaml"},
		"a link to a link": {func(r *fixture, f string) {
			link(r, f+"/out.yaml", "b.yaml")
			link(r, "b.yaml", "a.yaml")
		}, "a.yaml", "a.yaml"},
		"the second of two": {func(r *fixture, f string) { link(r, f+"/out.yaml", "b.yaml") },
			"genesys-timeouts.yaml\nb.yaml", "b.yaml"},
		"..": {func(*fixture, string) {}, "../no-such-file.yaml", "../no-such-file.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			folder := t.TempDir()
			err := os.WriteFile(filepath.Join(folder, "out.yaml"), []byte(secret+": "+secret+"\n"), 0o600)
			if err := cmp.Or(err, os.Mkdir(filepath.Join(folder, "sub"), 0o755)); err != nil {
				t.Fatal(err)
			}
			c.prepare(r, folder)
			r.secrets = append(r.secrets, secret)
			for _, command := range []string{"validate", "plan", "apply", "drift"} {
				res := r.run(pullRequest("aaa").inputs("command", command, "manifest", c.manifest))
				r.want(res, 1, "failure-reason", "invalid-manifest", "exit-code", "1")
				r.holds("the log", res.log, c.wants, "is outside the workspace")
			}
			if n := len(r.genesys.Requests()); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestLinksInsideTheWorkspaceAreFollowed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.write("shared/all.yaml", manifest)
	r.write("prod/keep", "")
	for to, name := range map[string]string{"../shared/all.yaml": "prod/in.yaml", "shared": "linked"} {
		if err := os.Symlink(to, filepath.Join(r.workspace, name)); err != nil {
			t.Skip("this system makes no links: ", err)
		}
	}
	for _, name := range []string{"prod", "prod/in.yaml", "linked", "linked/all.yaml"} {
		r.want(r.run(pullRequest("aaa").inputs("manifest", name, "comment", "never")), 0, "to-change", "3")
	}
}

func TestAnErrorDoesNotHideWhatDrifted(t *testing.T) {
	t.Parallel()
	const missing = "  - name: None such\n    timeout: 3s\n"
	failed := []string{"exit-code", "1", "failure-reason", "plan-failed", "failed", "1"}
	r := newFixture(t).withBinary()
	run := func(text string) result { t.Helper(); r.write("genesys-timeouts.yaml", text); return r.run(drift()) }

	res := run(inStep + missing)
	r.want(res, 1, append(failed, "issue-status", "unchanged")...)
	r.wantIssues()

	r.live("Create case", "", 3)
	res = run(inStep + missing)
	r.want(res, 1, append(failed, "to-change", "1", "issue-status", "created", "issue-number", "1")...)
	r.holds("the issue", r.hub.Issues()[0].Body, "state=drifted", "the comparison is incomplete", "None such",
		"| [`Create case`](", ") | 3s ≠ **10s** |")

	r.live("Create case", "", 10)
	res = run(inStep + missing)
	r.want(res, 1, append(failed, "to-change", "0", "issue-status", "updated", "issue-number", "1")...)
	r.wantIssues(`#1 open "Data action timeouts have drifted" [genesys-timeouts-drift], 0 comments`)

	requests := len(r.hub.Requests())
	r.want(run("version: 1\nactions:\n"+missing), 1, append(failed, "issue-status", "skipped")...)
	if n := len(r.hub.Requests()) - requests; n > 0 {
		t.Errorf("%d requests to GitHub, though nothing could be compared", n)
	}
	r.want(run(inStep), 0, "exit-code", "0", "issue-status", "closed")
}

func TestAPlanInAMergeQueueWritesNoComment(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	queued := job{event: "merge_group", sha: "q1",
		payload: map[string]any{"merge_group": map[string]any{"head_sha": "q1"}}}
	r.want(r.run(queued), 0, "exit-code", "2", "to-change", "3", "comment-status", "skipped")
	r.want(r.run(queued.inputs("pr-number", "7")), 0, "exit-code", "2", "comment-status", "skipped")
	r.write("genesys-timeouts.yaml", "version: 1\nactions: x\n")
	r.want(r.run(queued.inputs("pr-number", "7")), 1, "failure-reason", "invalid-manifest", "comment-status", "skipped")
	if n := len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests to GitHub", n)
	}
}
