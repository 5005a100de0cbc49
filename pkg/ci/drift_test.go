package ci_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github/githubtest"
)

func drift(inputs ...string) job { return schedule().inputs("command", "drift").inputs(inputs...) }

// state is what issues there are, with how often each was commented on.
func (r *fixture) state() []string {
	var out []string
	for _, is := range r.hub.Issues() {
		out = append(out, fmt.Sprintf("#%d %s %q %v, %d comments", is.Number, is.State, is.Title, is.Labels,
			len(r.hub.Comments(is.Number))))
	}
	return out
}

func (r *fixture) wantIssues(want ...string) {
	r.t.Helper()
	if d := cmp.Diff(want, r.state()); d != "" {
		r.t.Errorf("issues (-want +got):\n%s", d)
	}
}

func TestTheLifeOfADriftIssue(t *testing.T) {
	t.Parallel()
	const title = `"Data action timeouts have drifted: prod" [genesys-timeouts-drift]`
	r := newFixture(t).withBinary()
	r.write("genesys-timeouts.yaml", inStep)
	run := func() result { t.Helper(); return r.run(drift("label", "prod")) }

	r.want(run(), 0, "exit-code", "0", "changes", "false", "issue-status", "unchanged", "issue-number", "")
	r.wantIssues()

	r.live("Create case", "", 3)
	res := run()
	r.want(res, 1, "exit-code", "2", "changes", "true", "to-change", "1", "failure-reason", "drift-detected",
		"issue-status", "created",
		"issue-number", "1", "issue-url", r.hub.URL()+"/acme/voice/issues/1", "comment-status", "skipped")
	r.holds("the log", res.log, "Drift on ", "::error title=genesys-timeouts::1 timeout is not as the manifest says")
	r.holds("the summary", res.summary, "`prod`: 1 drifted")
	r.wantIssues("#1 open " + title + ", 0 comments")
	r.holds("the issue", r.hub.Issues()[0].Body, "<!-- genesys-timeouts:issue v1 ", "state=drifted",
		"### Data action timeouts `prod`: 1 drifted",
		"**Each run updates this issue", "| [`Create case`](", ") | 3s ≠ **10s** |")

	first := r.hub.Issues()[0].Body
	r.want(run(), 1, "issue-status", "updated", "issue-number", "1")
	r.wantIssues("#1 open " + title + ", 0 comments")
	if r.hub.Issues()[0].Body == first {
		t.Error("the body still names the first run")
	}
	r.write("genesys-timeouts.yaml", "# says the same\n"+inStep)
	r.want(run(), 1, "issue-status", "updated")
	r.wantIssues("#1 open " + title + ", 0 comments")

	r.live("Create case", "", 4)
	r.want(run(), 1, "issue-status", "updated")
	r.wantIssues("#1 open " + title + ", 1 comments")
	r.holds("the comment", r.hub.Comments(1)[0].Body, "What differs has changed: now 1 timeout does. ([run](")

	// An error does not hide what drifted: the issue has both, and stays open.
	r.write("genesys-timeouts.yaml", inStep+"  - name: None such\n    timeout: 3s\n")
	r.want(run(), 1, "exit-code", "1", "failure-reason", "plan-failed", "issue-status", "updated")
	r.holds("the issue", r.hub.Issues()[0].Body, "None such")

	// What a run cannot find out changes nothing: neither a manifest with mistakes, nor one with errors, nor a
	// failure.
	before := r.hub.Requests()
	r.write("genesys-timeouts.yaml", "version: 1\nactions: x\n")
	r.want(run(), 1, "exit-code", "1", "failure-reason", "invalid-manifest", "issue-status", "skipped")
	r.write("genesys-timeouts.yaml", inStep)
	secret := r.env["GENESYS_CLIENT_SECRET"]
	r.env["GENESYS_CLIENT_SECRET"] = "wrong"
	r.want(run(), 1, "failure-reason", "auth-failed", "issue-status", "skipped")
	r.env["GENESYS_CLIENT_SECRET"] = secret
	if n := len(r.hub.Requests()) - len(before); n > 0 {
		t.Errorf("%d requests to GitHub about an issue that is to be left alone", n)
	}

	r.live("Create case", "", 10)
	r.want(run(), 0, "exit-code", "0", "issue-status", "closed", "issue-number", "1", "failure-reason", "")
	r.wantIssues("#1 closed " + title + ", 2 comments")
	r.holds("the comment", r.hub.Comments(1)[1].Body, "Live matches the manifest again.")
	r.holds("the issue", r.hub.Issues()[0].Body, "state=in-step", "in step")
	r.want(run(), 0, "issue-status", "unchanged", "issue-number", "1")

	r.live("Create case", "", 5)
	r.want(run(), 1, "issue-status", "reopened", "issue-number", "1")
	r.wantIssues("#1 open " + title + ", 3 comments")
}

func TestInputsOfDrift(t *testing.T) {
	t.Parallel()
	t.Run("fail-on-drift: false", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t).withBinary()
		r.want(r.run(drift("fail-on-drift", "false")), 0, "exit-code", "2", "failure-reason", "", "issue-status", "created")
	})
	t.Run("drift-issue: false", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(drift("drift-issue", "false")), 1, "exit-code", "2", "failure-reason", "drift-detected",
			"issue-status", "skipped")
		if n := len(r.hub.Requests()); n > 0 {
			t.Errorf("%d requests to GitHub", n)
		}
	})
	t.Run("drift-issue-labels", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(drift("drift-issue-labels", "voice, drift")), 1, "issue-status", "created")
		r.wantIssues(`#1 open "Data action timeouts have drifted" [voice drift], 0 comments`)
	})
}

func TestIssuesOfSeveralDoNotMix(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for i, label := range []string{"prod", "test", "prod"} {
		r.want(r.run(drift("label", label)), 1, "issue-number", fmt.Sprint(i%2+1))
	}
	if n := len(r.hub.Issues()); n != 2 {
		t.Errorf("%d issues", n)
	}
	// Another user's issue with our marker is not ours.
	planted := newFixture(t)
	planted.hub.AddIssue(githubtest.Issue{Author: "mallory", Title: "x", Body: r.hub.Issues()[0].Body,
		Labels: []string{"genesys-timeouts-drift"}})
	planted.want(planted.run(drift("label", "prod")), 1, "issue-status", "created", "issue-number", "2")
}

func TestADuplicateIssueThatMayNotBeClosedFailsNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(drift())
	duplicate := r.hub.Issues()[0]
	duplicate.Number = 2
	r.hub.AddIssue(duplicate)
	r.hub.Answer("PATCH", "/repos/"+githubtest.Repository+"/issues/2", githubtest.Answer{Status: 403, Body: forbidden})
	res := r.run(drift("strict-comment", "true"))
	r.want(res, 1, "issue-status", "updated", "issue-number", "1", "failure-reason", "drift-detected", "exit-code", "2")
	r.holds("the log", res.log, "::notice title=genesys-timeouts::a duplicate may be left: closing the duplicate issue #2")
}

func TestIssuesThatCannotBeWrittenDegrade(t *testing.T) {
	t.Parallel()
	const issues = "/repos/" + githubtest.Repository + "/issues"
	for name, a := range map[string]githubtest.Answer{
		"issues are disabled": {Status: 410, Body: `{"message":"Issues has been disabled in this repository."}`},
		"no permission":       {Status: 403, Body: forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.hub.Answer("GET", issues, a)
			res := r.run(drift("fail-on-drift", "false"))
			r.want(res, 0, "exit-code", "2", "issue-status", "degraded", "issue-number", "", "failure-reason", "")
			if res.said("notice") != 1 {
				t.Errorf("not one notice:\n%s", res.log)
			}
			r.holds("the summary", res.summary, "3 drifted")
			r.hub.Answer("POST", issues, a)
			r.want(r.run(drift()), 1, "issue-status", "degraded", "failure-reason", "drift-detected")
			r.hub.Answer("POST", issues, a)
			r.want(r.run(drift("fail-on-drift", "false", "strict-comment", "true")), 1, "exit-code", "1",
				"issue-status", "degraded", "failure-reason", "plan-failed")
		})
	}
}
