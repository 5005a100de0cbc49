package ci_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/github/githubtest"
	"genesys-timeouts/pkg/sandbox"
)

const (
	list      = "/repos/" + githubtest.Repository + "/issues/7/comments"
	one       = "/repos/" + githubtest.Repository + "/issues/comments/"
	forbidden = `{"message":"Resource not accessible by integration"}`
)

func TestAPlanIsCommentedOnceAndFollowsWhatItSays(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	first := r.run(pullRequest("aaa").inputs("label", "prod"))
	r.want(first, 0, "exit-code", "2", "changes", "true", "to-change", "3", "unchanged", "1", "failed", "0",
		"comment-status", "created",
		"failure-reason", "", "issue-status", "skipped", "issue-number", "")
	body := r.theComment()
	r.holds("the comment", body, "<!-- genesys-timeouts:comment v1 ", "head=aaa",
		"\n### Data action timeouts `prod`: 3 to update, 3 need your eyes ⚠️",
		"at [`aaa`]("+r.hub.URL()+"/acme/voice/commit/aaa)", "[run]("+r.hub.URL()+"/acme/voice/actions/runs/1001)",
		"/acme/voice/blob/aaa/genesys-timeouts.yaml#L11) | 20s → **15s** ↓ | not checked |",
		"genesys-timeouts.yaml#L6) | 3s → **12s** | **10s** in `Inbound Support` |",
		"genesys-timeouts.yaml#L8) | 3s → **20s** | **5s** in `Inbound Support` | step `Look up the order`",
		"<details><summary>1 unchanged")
	r.holds("the marker", body, first.out["plan-hash"])
	if !strings.HasPrefix(body, "<!--") {
		t.Error("the marker is not at byte 0")
	}
	if first.out["comment-url"] == "" || !strings.Contains(body, strings.TrimSpace(strings.SplitN(first.summary,
		"\n", 2)[0])) {
		t.Errorf("comment %q, summary:\n%s", first.out["comment-url"], first.summary)
	}
	r.holds("the plan", readFile(t, first.out["plan-json-path"]), `"format_version": "1"`, `"update": 3`)
	r.holds("the report", readFile(t, first.out["report-path"]), "3 to update")

	writes := r.hubWrites()
	second := r.run(pullRequest("aaa").inputs("label", "prod"))
	r.want(second, 0, "comment-status", "unchanged", "comment-url", first.out["comment-url"], "plan-hash",
		first.out["plan-hash"], "exit-code", "2")
	if r.hubWrites() != writes || r.theComment() != body {
		t.Error("the comment was touched, though it shows this plan")
	}

	r.want(r.run(pullRequest("bbb").inputs("label", "prod")), 0, "comment-status", "unchanged", "comment-url",
		first.out["comment-url"], "plan-hash", first.out["plan-hash"])
	r.write("genesys-timeouts.yaml", another)
	r.want(r.run(pullRequest("bbb").inputs("label", "prod")), 0, "comment-status", "updated", "comment-url",
		first.out["comment-url"])
	r.holds("the comment", r.theComment(), "head=bbb", "at [`bbb`]",
		"/acme/voice/blob/bbb/genesys-timeouts.yaml#L11)")
}

func TestAPlanWithErrorsCommentsAndFails(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.write("genesys-timeouts.yaml", manifest+"  - name: Gett order\n    timeout: 3s\n")
	res := r.run(pullRequest("aaa"))
	r.want(res, 1, "exit-code", "1", "failure-reason", "plan-failed", "failed", "1", "to-change", "3",
		"comment-status", "created")
	r.holds("the comment", r.theComment(), "state=errors", "1 error ❌",
		"**With 1 error in the plan, apply writes nothing.**", "❌", "Gett order", "| Action |")
	r.holds("the log", res.log, "::error file=genesys-timeouts.yaml,line=15,col=5,title=action-not-found::",
		"::error title=genesys-timeouts::the plan has 1 error")
	if res.out["plan-json-path"] == "" || res.out["report-path"] == "" {
		t.Errorf("no plan is kept: %v", res.out)
	}
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "unchanged", "failure-reason", "plan-failed")
	// Another error with the same changes: the hash is the same, and the comment is not right any more.
	for _, id := range []string{"custom_-_1", "custom_-_2"} {
		if err := r.genesys.AddAction([]byte(`{"id":"` + id + `","name":"Gett order","integrationId":"i",` +
			`"category":"C","version":1,"config":{"timeoutSeconds":3}}`)); err != nil {
			t.Fatal(err)
		}
	}
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "updated", "plan-hash", res.out["plan-hash"])
	r.holds("the comment", r.theComment(), "action-ambiguous")
	r.write("genesys-timeouts.yaml", manifest)
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "updated", "failure-reason", "")
	r.holds("the comment", r.theComment(), "state=planned")
}

func TestAnInvalidManifestIsCommentedWithItsMistakes(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(pullRequest("aaa"))
	r.write("genesys-timeouts.yaml", "version: 1\nactions:\n  - nam: Get order\n    timeout: 3\n")
	genesys := len(r.genesys.Requests())
	res := r.run(pullRequest("bbb"))
	r.want(res, 1, "exit-code", "1", "failure-reason", "invalid-manifest", "comment-status", "updated", "changes",
		"false", "plan-json-path", "")
	r.holds("the comment", r.theComment(), "state=errors", "2 problems in the manifest ❌",
		"`genesys-timeouts.yaml:3:5`", "`nam`", "`genesys-timeouts.yaml:4:14`")
	r.holds("the log", res.log, "genesys-timeouts.yaml:3:5: ",
		"::error file=genesys-timeouts.yaml,line=3,col=5,title=manifest::",
		"::error title=genesys-timeouts::2 problems in the manifest")
	r.holds("the summary", res.summary, "2 problems in the manifest")
	if n := len(r.genesys.Requests()); n != genesys {
		t.Errorf("%d requests for a manifest that is not valid", n-genesys)
	}
	r.want(r.run(pullRequest("bbb")), 1, "comment-status", "unchanged")
	r.write("genesys-timeouts.yaml", "version: 1\nactions:\n  - name: Get order\n    timeout: 3\n")
	r.want(r.run(pullRequest("bbb")), 1, "comment-status", "updated")
}

func TestWhatKeepsAPlanFromBeingMadeIsCommented(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env            map[string]string
		reason, logged string
	}{
		"a wrong secret": {map[string]string{"GENESYS_CLIENT_SECRET": "wrong-secret"}, "auth-failed", "401"},
		"no credentials": {map[string]string{"GENESYS_CLIENT_ID": "", "GENESYS_CLIENT_SECRET": ""}, "auth-failed",
			"GENESYS_CLIENT_ID"},
		"nobody answers": {map[string]string{"GENESYS_API_URL": "http://127.0.0.1:1",
			"GENESYS_LOGIN_URL": "http://127.0.0.1:1"}, "plan-failed", "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			maps.Copy(r.env, c.env)
			r.secrets = append(r.secrets, "wrong-secret")
			res := r.run(pullRequest("aaa"))
			r.want(res, 1, "exit-code", "1", "failure-reason", c.reason, "comment-status", "created", "plan-hash", "")
			r.holds("the comment", r.theComment(), "failed ❌", "**error:**", c.logged)
			r.holds("the summary", res.summary, "**error:**")
			r.holds("the log", res.log, "::error title=genesys-timeouts::", c.logged)
			again := r.run(pullRequest("aaa"))
			r.want(again, 1, "comment-status", "unchanged", "failure-reason", c.reason)
		})
	}
}

// The platform gives each answer a new id, which a comment repeats.
func TestTheSameFailureIsCommentedOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	refuse := func(status int, path string) {
		r.genesys.ClearFaults()
		r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, Method: "GET", Path: path})
	}
	refuse(403, "integrations/actions")
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "created", "failure-reason", "plan-failed")
	body := r.theComment()
	r.holds("the comment", body, "correlation id")
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "unchanged")
	if r.theComment() != body {
		t.Errorf("the comment is now:\n%s", r.theComment())
	}
	refuse(400, "integrations/actions")
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "updated")
	r.holds("the comment", r.theComment(), "400 Bad Request")
	refuse(403, "flows")
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "updated")
	r.holds("the comment", r.theComment(), "permission architect:flow:view")
	r.env["GENESYS_CLIENT_ID"] = ""
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "updated")
	r.env["GENESYS_CLIENT_SECRET"] = ""
	r.want(r.run(pullRequest("aaa")), 1, "comment-status", "updated")
	r.holds("the comment", r.theComment(), "set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET")
}

func TestInputsOfAPlan(t *testing.T) {
	t.Parallel()
	t.Run("fail-on-changes", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(pullRequest("aaa").inputs("fail-on-changes", "true")), 1, "exit-code", "2", "failure-reason",
			"changes-found", "comment-status", "created")
		r.write("genesys-timeouts.yaml", inStep)
		r.want(r.run(pullRequest("bbb").inputs("fail-on-changes", "true")), 0, "exit-code", "0", "changes", "false",
			"comment-status", "updated")
	})
	t.Run("comment: changes opens none for an empty plan, and updates one", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", inStep)
		r.want(r.run(pullRequest("aaa").inputs("comment", "changes")), 0, "exit-code", "0", "to-change", "0",
			"unchanged", "1", "comment-status", "skipped", "comment-url", "")
		if n := len(r.ours()); n > 0 {
			t.Errorf("%d comments", n)
		}
		r.write("genesys-timeouts.yaml", manifest)
		r.want(r.run(pullRequest("bbb").inputs("comment", "changes")), 0, "comment-status", "created")
		r.write("genesys-timeouts.yaml", inStep)
		r.want(r.run(pullRequest("ccc").inputs("comment", "changes")), 0, "comment-status", "updated")
		r.holds("the comment", r.theComment(), "no changes")
	})
	t.Run("comment: changes comments a plan with errors", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", inStep+"  - name: None such\n    timeout: 3s\n")
		r.want(r.run(pullRequest("aaa").inputs("comment", "changes")), 1, "comment-status", "created",
			"failure-reason", "plan-failed")
	})
	t.Run("comment: never asks GitHub for nothing", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(pullRequest("aaa").inputs("comment", "never")), 0, "comment-status", "skipped", "exit-code", "2")
		if n := len(r.hub.Requests()); n > 0 {
			t.Errorf("%d requests to GitHub", n)
		}
	})
	t.Run("pr-number", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(push("aaa").inputs("pr-number", "7")), 0, "comment-status", "created")
		r.holds("the comment", r.theComment(), "head=aaa")
	})
	t.Run("no pull request", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(push("aaa")), 0, "comment-status", "skipped", "exit-code", "2")
	})
	t.Run("annotations and summary off", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		res := r.run(pullRequest("aaa").inputs("annotations", "false", "summary", "False"))
		if res.summary != "" || len(res.commands) > 0 {
			t.Errorf("summary %q, commands %v", res.summary, res.commands)
		}
	})
	t.Run("several manifests, in a folder of the workspace", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("voice/a.yaml", "version: 1\nactions:\n  - name: Cancel order\n    timeout: 15s\n")
		r.write("voice/more/b.yaml", "version: 1\nactions:\n  - name: Create case\n    timeout: 99s\n")
		res := r.run(pullRequest("aaa").inputs("working-directory", "voice", "manifest", "\n a.yaml\n\nmore/\n"))
		r.want(res, 1, "failure-reason", "invalid-manifest")
		r.holds("the log", res.log, "::error file=voice/more/b.yaml,line=4,")
		r.write("voice/more/b.yaml", "version: 1\nactions:\n  - name: Create case\n    timeout: 9s\n")
		res = r.run(pullRequest("bbb").inputs("working-directory", "./voice/", "manifest", "./a.yaml\nmore"))
		r.want(res, 0, "to-change", "2", "comment-status", "updated")
		r.holds("the log", res.log, "::warning file=voice/a.yaml,line=3,")
	})
}

// inStep is a manifest that differs from the sandbox in nothing.
const inStep = "version: 1\nactions:\n  - name: Create case\n    timeout: 10s\n"

func TestOtherSurface(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.write("genesys-timeouts.yaml",
		"version: 1\napi: flows\nflows:\n  - name: Inbound Support\n    type: inboundcall\n    actions:\n      - "+
			"name: Customer lookup\n        timeout: 12s\n"+
			"  - name: Inbound Support\n    type: digitalbot\n    actions:\n      - name: Customer lookup\n        "+
			"timeout: 12s\n")
	plan := r.run(pullRequest("aaa"))
	r.want(plan, 0, "to-change", "2")
	r.merge(pr, "m1")
	// Of two actions with one id, under two flows, one is set by hand to what the other has: from there it was not
	// approved.
	flow := r.genesys.FlowID("Inbound Support", "digitalbot")
	id := r.genesys.FlowActions(flow)[0]
	if err := r.genesys.SetFlowTimeout(flow, id, 3*time.Second); err != nil {
		t.Fatal(err)
	}
	r.want(r.run(push("m1").inputs("command", "apply")), 1, "failure-reason", "plan-changed", "failed", "0")
	if err := r.genesys.SetFlowTimeout(flow, id, 12*time.Second); err != nil {
		t.Fatal(err)
	}
	r.want(r.run(push("m1").inputs("command", "apply")), 0, "to-change", "1", "comment-status", "updated")
	r.want(r.run(schedule().inputs("command", "drift")), 0, "exit-code", "0", "issue-status", "unchanged")
}
