package ci_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
	"genesys-timeouts/pkg/sandbox"
)

// planned is a fixture with a pull request that showed its plan and was merged as m1.
func planned(t *testing.T, inputs ...string) *fixture {
	t.Helper()
	r := shown(t, inputs...)
	r.merge(pr, "m1")
	return r
}

// shown is a fixture with a pull request that showed its plan and is open.
func shown(t *testing.T, inputs ...string) *fixture {
	t.Helper()
	r := newFixture(t)
	r.want(r.run(pullRequest("aaa").inputs(inputs...)), 0, "comment-status", "created")
	return r
}

// apply is a run on main for the merge.
func apply(inputs ...string) job { return push("m1").inputs("command", "apply").inputs(inputs...) }

// untouched wants all timeouts as the sandbox had them.
func (r *fixture) untouched() {
	r.t.Helper()
	for _, q := range r.genesys.Requests() {
		if q.Method != "GET" && !q.SignIn() {
			r.t.Errorf("it wrote: %s %s", q.Method, q.Path)
		}
	}
}

func TestWhatThePullRequestShowedIsApplied(t *testing.T) {
	t.Parallel()
	r := planned(t, "label", "prod")
	res := r.run(apply("label", "prod"))
	r.want(res, 0, "exit-code", "0", "changes", "true", "to-change", "3", "unchanged", "1", "failed", "0",
		"comment-status", "updated", "failure-reason", "")
	r.holds("the comment", r.theComment(), "state=applied",
		"### Data action timeouts `prod`: 3 applied, 1 unchanged", "commit [`m1`]",
		"| `Cancel order` | 20s → **15s** ✅ |", "3 warnings of the plan")
	r.holds("the summary", res.summary, "3 applied, 1 unchanged")
	r.holds("the report", readFile(t, res.out["report-path"]), "3 applied, 1 unchanged")
	r.holds("the log", res.log, "Plan: 3 to update", "Applied: 3, unchanged: 1, failed: 0, skipped: 0.")
	if strings.Contains(res.summary, "to update") {
		t.Errorf("the summary tells the plan as well as what became of it:\n%s", res.summary)
	}
	for name, want := range map[string]string{"Cancel order": "15", "Customer lookup": "12", "Get order": "20",
		"Create case": "10"} {
		if got := r.timeout(name, ""); got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
	}
	// The very same job again finds nothing to do, and the comment still says what was applied.
	body := r.theComment()
	r.want(r.run(apply("label", "prod")), 0, "exit-code", "0", "changes", "false", "to-change", "0", "unchanged",
		"4", "comment-status", "unchanged")
	if r.theComment() != body {
		t.Errorf("the comment is now:\n%s", r.theComment())
	}
}

func TestTheCommentHoldsTheManifestThatUndoesTheApply(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.want(r.run(apply()), 0, "to-change", "3")
	_, undo, _ := strings.Cut(r.theComment(), "```yaml\n")
	undo, _, ok := strings.Cut(undo, "```\n")
	if !ok {
		t.Fatalf("the comment:\n%s", r.theComment())
	}
	r.write("undo.yaml", undo)
	r.want(r.run(apply("manifest", "undo.yaml", "require-approved-plan", "false")), 0, "to-change", "3")
	for name, want := range map[string]string{"Cancel order": "20", "Customer lookup": "3", "Get order": "3"} {
		if got := r.timeout(name, ""); got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
	}
}

// What was written and not read back fails the job, and can be undone.
func TestWritesThatAreNotReadBack(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"rate limit": {Kind: sandbox.FaultStatus, Status: 429, Method: "GET",
			Header: map[string]string{"Retry-After": "86400"}},
		"refused": {Kind: sandbox.FaultStatus, Status: 400, Method: "GET"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := planned(t)
			r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", At: 3, Times: 1,
				Do: func(s *sandbox.Server) { s.Fault(f) }})
			res := r.run(apply())
			r.want(res, 1, "failure-reason", "apply-failed", "comment-status", "updated")
			r.holds("the comment", r.theComment(), "state=failed", "back", "actions:", "timeout: 20s",
				r.genesys.ActionID("Customer lookup", ""), r.genesys.ActionID("Get order", ""))
			r.genesys.ClearFaults()
			r.want(r.run(apply()), 0, "to-change", "0", "comment-status", "updated")
			r.holds("the comment after the second run", r.theComment(), "state=applied", "**In step**", "timeout: 20s")
		})
	}
}

// The first write refused for a missing permission stops the others: the comment names the permission once.
func TestAMissingPermissionIsNamedOnce(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.genesys.Deny("integrations:action:edit")
	r.want(r.run(apply()), 1, "failure-reason", "apply-failed", "failed", "1", "unchanged", "1", "comment-status",
		"updated")
	body := r.theComment()
	r.holds("the comment", body, "state=failed", "1 failed ❌, 2 skipped, 1 unchanged", "`missing-permission`",
		"integrations:action:edit")
	if n := strings.Count(body, "**Failed**"); n != 1 {
		t.Errorf("%d lists of failures in\n%s", n, body)
	}
}

func TestAHalfFailedApplyIsRunAgain(t *testing.T) {
	t.Parallel()
	r := planned(t).withBinary()
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "PATCH",
		Path: r.genesys.ActionID("Customer lookup", "")})
	res := r.run(apply())
	r.want(res, 1, "exit-code", "1", "failure-reason", "apply-failed", "failed", "1", "unchanged", "1",
		"comment-status", "updated")
	r.holds("the comment", r.theComment(), "state=failed", "2 applied, 1 failed ❌, 1 unchanged",
		"**Run the job again", "❌ `Customer lookup`", "api-error", "`Cancel order`")
	r.holds("the log", res.log, "::error title=genesys-timeouts::1 write failed")
	r.genesys.ClearFaults()
	res = r.run(apply())
	r.want(res, 0, "failure-reason", "", "to-change", "1", "unchanged", "3", "failed", "0", "comment-status", "updated")
	r.holds("the comment", r.theComment(), "state=applied", "3 applied, 1 unchanged",
		"| `Cancel order` | 20s → **15s** ✅ before this run |",
		"| `Customer lookup` in `Inbound Support` | 3s → **12s** ✅ |")
	if r.timeout("Customer lookup", "") != "12" {
		t.Error("the second run did not apply what was left")
	}
	// The second run used up what the first one left, and nothing else is approved any more.
	r.live("Cancel order", "", 20)
	r.want(r.run(apply()), 1, "failure-reason", "plan-changed", "to-change", "1")
}

// A job that is repeated shows what came of it the last time, though commit, plan and state are as before.
func TestARepeatedApplyShowsItsOwnResult(t *testing.T) {
	t.Parallel()
	r := planned(t)
	refuse := func(name string) {
		r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "PATCH",
			Path: r.genesys.ActionID(name, "")})
	}
	again := func(attempt int, status string, wants ...string) {
		t.Helper()
		j := apply()
		j.id, j.attempt = 5000, attempt
		r.want(r.run(j), 1, "failure-reason", "apply-failed", "comment-status", status)
		r.holds("the comment", r.theComment(), append([]string{"state=failed"}, wants...)...)
	}
	refuse("Customer lookup")
	refuse("Get order")
	again(1, "updated", "1 applied, 2 failed ❌, 1 unchanged")
	again(2, "updated", "1 applied, 2 failed ❌, 1 unchanged")
	r.genesys.ClearFaults()
	refuse("Get order")
	again(3, "updated", "2 applied, 1 failed ❌, 1 unchanged", "❌ `Get order`", "**12s** ✅")
	r.genesys.ClearFaults()
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 422, Method: "PATCH",
		Path: r.genesys.ActionID("Get order", "")})
	again(4, "updated", "2 applied, 1 failed ❌, 1 unchanged")
}

func TestALessThanShownIsApplied(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.live("Customer lookup", "", 12) // by hand, to what was approved anyway
	r.want(r.run(apply()), 0, "to-change", "2", "failure-reason", "")
	// Written differently, the manifest asks for the same.
	r = planned(t)
	r.write("genesys-timeouts.yaml", "# the same\n"+manifest)
	r.want(r.run(apply()), 0, "to-change", "3", "failure-reason", "")
}

func TestWithoutAnApprovedPlan(t *testing.T) {
	t.Parallel()
	t.Run("and with a comment there is one to report to", func(t *testing.T) {
		t.Parallel()
		r := planned(t)
		r.live("Create case", "", 4)
		r.want(r.run(apply("require-approved-plan", "false")), 0, "to-change", "4", "comment-status", "updated")
		r.holds("the comment", r.theComment(), "state=applied", "4 applied")
	})
	t.Run("and without a pull request", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.want(r.run(push("m2").inputs("command", "apply", "require-approved-plan", "false", "comment", "never")), 0,
			"to-change", "3", "comment-status", "skipped")
		if n := len(r.hub.Requests()); n > 0 {
			t.Errorf("%d requests to GitHub", n)
		}
	})
	t.Run("and with a token that may not look for it", func(t *testing.T) {
		t.Parallel()
		for strict, want := range map[string][]string{"false": {"0", ""}, "true": {"1", "apply-failed"}} {
			r := planned(t)
			r.hub.Answer("GET", "/repos/"+githubtest.Repository+"/compare/", githubtest.Answer{Status: 403, Body: forbidden})
			res := r.run(apply("require-approved-plan", "false", "strict-comment", strict))
			r.want(res, int(want[0][0]-'0'), "comment-status", "degraded", "failure-reason", want[1])
			if strict == "false" && res.said("notice") != 1 || r.timeout("Customer lookup", "") != "12" {
				t.Errorf("the log:\n%s", res.log)
			}
		}
	})
	t.Run("nothing to write needs none", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", inStep)
		r.want(r.run(push("m2").inputs("command", "apply")), 0, "changes", "false", "comment-status", "skipped",
			"exit-code", "0")
	})
}

// An approval whose use cannot be recorded could count twice: nothing is written then.
func TestTheUseOfAnApprovalIsRecordedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.idle = true
	r.hub.Always("PATCH", one, githubtest.Answer{Status: 403, Body: forbidden})
	res := r.run(apply())
	r.want(res, 1, "comment-status", "degraded", "failure-reason", "plan-not-found")
	r.holds("the log", res.log, "recording the use of the approval on pull request #7", "nothing was written",
		"pull-requests: write")
	r.untouched()
}

func TestTheFinalCommentMayNotBeWritten(t *testing.T) {
	t.Parallel()
	refusedAfterTheWrite := func(r *fixture) {
		r.idle = true
		r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Times: 1, Do: func(*sandbox.Server) {
			r.hub.Always("PATCH", one, githubtest.Answer{Status: 403, Body: forbidden})
		}})
	}
	t.Run("which fails the job, as the approval is not seen to be used", func(t *testing.T) {
		t.Parallel()
		r := planned(t)
		refusedAfterTheWrite(r)
		res := r.run(apply())
		r.want(res, 1, "comment-status", "degraded", "failure-reason", "apply-failed")
		r.holds("the log", res.log, "recording on pull request #7 what was applied")
		r.holds("the comment", r.theComment(), "state=applying")
		if res.out["comment-url"] == "" || r.timeout("Customer lookup", "") != "12" {
			t.Errorf("url %q, log:\n%s", res.out["comment-url"], res.log)
		}
	})
	t.Run("which matters less where no approval is needed", func(t *testing.T) {
		t.Parallel()
		for strict, want := range map[string]struct {
			status int
			reason string
		}{"false": {0, ""}, "true": {1, "apply-failed"}} {
			r := planned(t)
			r.idle = true
			r.hub.Always("PATCH", one, githubtest.Answer{Status: 403, Body: forbidden})
			res := r.run(apply("require-approved-plan", "false", "strict-comment", strict))
			r.want(res, want.status, "comment-status", "degraded", "failure-reason", want.reason)
			if strict == "false" && res.said("notice") != 1 || r.timeout("Customer lookup", "") != "12" {
				t.Errorf("the log:\n%s", res.log)
			}
		}
	})
}

func TestAnApplyWithErrorsInThePlanWritesNothing(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.write("genesys-timeouts.yaml", manifest+"  - name: None such\n    timeout: 3s\n")
	r.want(r.run(apply()), 1, "exit-code", "1", "failure-reason", "plan-failed", "failed", "1")
	r.write("genesys-timeouts.yaml", "version: 2\n")
	r.want(r.run(apply()), 1, "exit-code", "1", "failure-reason", "invalid-manifest", "failed", "0")
	r.untouched()
}

// A runner that cancels a job sends a signal, and kills what is still there after ten seconds.
func TestACancelledApplyStillReports(t *testing.T) {
	t.Parallel()
	r := planned(t).withBinary()
	started, goOn := make(chan bool), make(chan bool)
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Times: 1,
		Do: func(*sandbox.Server) { started <- true; <-goOn }})
	// The other actions wait for their reading, which the signal ends.
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultHang, Method: "GET",
		Path: "actions/" + r.genesys.ActionID("Get order", "")})
	j := apply()
	j.during = func(p *os.Process) {
		<-started
		if err := p.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		goOn <- true
	}
	res := r.run(j)
	r.want(res, 1, "exit-code", "1", "failure-reason", "apply-failed", "comment-status", "updated")
	r.holds("the comment", r.theComment(), "state=failed", "**Run the job again", "`Get order`")
}

func TestACancelledPlanLeavesTheCommentAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	r.run(pullRequest("aaa"))
	before := r.theComment()
	started := make(chan bool)
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultHang, Path: "integrations/actions", Do: func(*sandbox.Server) {
		select {
		case started <- true:
		default:
		}
	}})
	j := pullRequest("bbb")
	j.during = func(p *os.Process) {
		<-started
		if err := p.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	r.want(r.run(j), 1, "exit-code", "1", "failure-reason", "plan-failed", "comment-status", "skipped")
	if r.theComment() != before {
		t.Errorf("the comment is now:\n%s", r.theComment())
	}
}
