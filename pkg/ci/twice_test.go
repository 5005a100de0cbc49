package ci_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

// revert puts back by hand what an apply of the fixture's plan wrote.
func (r *fixture) revert() {
	r.t.Helper()
	r.live("Cancel order", "", 20)
	r.live("Customer lookup", "", 3)
	r.live("Get order", "", 3)
}

// mergeAnother merges pull request #8, which wants another timeout for Customer lookup. Its apply never runs.
func (r *fixture) mergeAnother() {
	r.t.Helper()
	r.hub.AddPull(githubtest.Pull{Number: 8, Head: "bbb"})
	r.write("genesys-timeouts.yaml", another)
	j := pullRequest("bbb")
	j.payload.(map[string]any)["pull_request"].(map[string]any)["number"] = 8
	r.want(r.run(j), 0, "comment-status", "created")
	r.hub.AddCommits("m1", "m2")
	r.hub.Merge(8, "m2")
	r.write("genesys-timeouts.yaml", manifest)
}

func TestACommentDeletedBeforeTheClaimIsMadeAnewOnce(t *testing.T) {
	r := planned(t)
	id := r.hub.Comments(7)[0].ID
	r.hub.Answer("GET", "/repos/acme/voice/issues/comments/", githubtest.Answer{Through: true, Before: func() {
		r.hub.RemoveComment(id)
	}})
	r.want(r.run(apply()), 0)
	if !strings.Contains(r.theComment(), "**Applied** 3 of 3") { // theComment wants exactly one
		t.Errorf("the comment says\n%s", r.theComment())
	}
	r.revert()
	again := apply()
	again.attempt = 2
	r.want(r.run(again), 1, "failure-reason", "plan-changed")
}

func TestAnApprovalThatAnotherRunUsesMeanwhileCountsNoLonger(t *testing.T) {
	r := planned(t)
	other, ran := *r, false
	other.withBinary() // a run in this process would wait for the one that it interrupts
	r.hub.Answer("GET", "/repos/acme/voice/issues/comments/", githubtest.Answer{Through: true, Before: func() {
		if ran {
			return
		}
		ran = true
		j := apply()
		j.id = 5000
		r.want(other.run(j), 0)
		r.revert()
	}})
	j := apply()
	j.id = 5001
	r.want(r.run(j), 1, "failure-reason", "plan-changed")
	if got := r.timeout("Customer lookup", ""); got != "3" {
		t.Errorf("Customer lookup is %v, want 3: nothing may be written", got)
	}
}

func TestALaterMergeEndsTheApprovalOfANamedPullRequest(t *testing.T) {
	r := planned(t)
	r.mergeAnother()
	named := job{event: "workflow_dispatch", sha: "m1", payload: map[string]any{}}.
		inputs("command", "apply", "pr-number", "7")
	r.want(r.run(named), 1, "failure-reason", "plan-changed")
	r.want(r.run(push("m1").inputs("command", "apply")), 1, "failure-reason", "plan-changed")
}

func TestAMergeInBetweenEndsAnApproval(t *testing.T) {
	r := planned(t)
	r.mergeAnother()
	r.hub.AddPull(githubtest.Pull{Number: 9, Head: "ccc"}) // back to the first timeout, without a plan of ours
	r.hub.AddCommits("m2", "m3")
	r.hub.Merge(9, "m3")
	third := job{event: "push", sha: "m3", payload: map[string]any{"before": "m2", "after": "m3"}}.
		inputs("command", "apply")
	r.want(r.run(third), 1, "failure-reason", "plan-changed")
}

func TestInStepButNotRecordedFails(t *testing.T) {
	r := planned(t)
	r.idle = true
	r.live("Cancel order", "", 15)
	r.live("Customer lookup", "", 12)
	r.live("Get order", "", 20)
	broken := githubtest.Answer{Status: 500}
	r.hub.Answer("GET", "/repos/acme/voice/issues/7/comments", broken, broken, broken)
	r.want(r.run(apply()), 1, "failure-reason", "apply-failed")
}

func TestAnOlderRunSaysThatItWroteWhatANewerOneRefused(t *testing.T) {
	r := planned(t)
	older := apply()
	older.id = 2000
	r.hub.AddPull(githubtest.Pull{Number: 8, Head: "bbb"})
	r.hub.AddCommits("m1", "m2")
	r.hub.Merge(8, "m2")
	r.write("genesys-timeouts.yaml", manifest+"  - name: Check stock\n    timeout: 33s\n")
	newer := job{event: "push", sha: "m2", payload: map[string]any{"before": "m1", "after": "m2"}}.
		inputs("command", "apply")
	newer.id = 2010
	r.want(r.run(newer), 1, "failure-reason", "plan-changed")
	r.write("genesys-timeouts.yaml", manifest)
	older.attempt = 2
	r.want(r.run(older), 0)
	if c := r.theComment(); strings.Contains(c, "**Not applied**") || !strings.Contains(c, "**Applied**") {
		t.Errorf("the comment says\n%s", c)
	}
}

func TestAnOlderRunLeavesACommentThatAPersonEdited(t *testing.T) {
	r := shown(t)
	c := r.hub.Comments(7)[0]
	r.hub.EditComment(c.ID, "colleague", c.Body)
	older := pullRequest("aaa")
	older.id = 900
	r.want(r.run(older), 0, "comment-status", "skipped")
}

// Whatever happens, the merged pull request says so: also where there was not even a plan.
func TestAnApplyWithoutAPlanSaysSo(t *testing.T) {
	for name, c := range map[string]struct{ text, reason string }{
		"manifest": {"version: 1\nactions: nothing\n", "invalid-manifest"},
		"errors":   {manifest + "  - name: No such action\n    timeout: 3s\n", "plan-failed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := planned(t)
			r.write("genesys-timeouts.yaml", c.text)
			r.want(r.run(apply()), 1, "failure-reason", c.reason)
			if c := r.theComment(); !strings.Contains(c, "**Not applied**") || !strings.Contains(c, "nothing was") {
				t.Errorf("the comment says\n%s", c)
			}
			r.write("genesys-timeouts.yaml", manifest)
			r.want(r.run(apply()), 0) // the approval still counts
		})
	}
}

func TestProblemsQuoteLittleOfAManifest(t *testing.T) {
	r := newFixture(t)
	const secret = "THIS-IS-A-LONG-VALUE-OF-FIFTY-CHARACTERS-OR-SO-0123"
	r.write("genesys-timeouts.yaml", "version: 1\nactions:\n  - { name: A, timeout: "+secret+" }\n"+
		"  - { name: B, "+secret+": 3s }\n  - *"+secret+"\n")
	res := r.run(pullRequest("aaa").inputs("command", "validate"))
	r.want(res, 1, "failure-reason", "invalid-manifest")
	if strings.Contains(res.log+res.summary, secret[:21]) || !strings.Contains(res.log, secret[:15]) {
		t.Errorf("the log says\n%s", res.log)
	}
}
