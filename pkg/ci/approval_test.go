package ci_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

// An approval counts once: what was applied and then reverted live is not applied again by re-running the job, by a
// tag on the merge's commit, or by naming the pull request.
func TestAnApprovalIsUsedUp(t *testing.T) {
	t.Parallel()
	r := planned(t).withBinary()
	first := apply()
	first.id, first.attempt = 5000, 1
	r.want(r.run(first), 0, "comment-status", "updated")
	r.live("Cancel order", "", 20)
	again, tag, named := first, apply(), apply("pr-number", "7")
	again.attempt = 2
	tag.ref = "refs/tags/v1"
	named.event = "workflow_dispatch"
	for name, c := range map[string]struct {
		job          job
		reason, says string
	}{
		"a re-run":           {again, "plan-changed", "the approval by pull request #7 is used up: it was applied already"},
		"a tag":              {tag, "plan-not-found", `this run is for the tag "v1"`},
		"another dispatched": {named, "plan-changed", "the approval by pull request #7 is used up"},
	} {
		res := r.run(c.job)
		r.want(res, 1, "failure-reason", c.reason, "to-change", "1", "failed", "0")
		r.holds("the log of "+name, res.log, c.says, "nothing was written")
	}
	if got := r.timeout("Cancel order", ""); got != "20" {
		t.Errorf("Cancel order has %s", got)
	}
	r.holds("the comment", r.theComment(), "state=refused", "3 applied, 1 unchanged", "**Not applied**: ",
		"used up: it was applied already", "**Applied** 3 of 3")
}

// A change that a run finds in step is used up, too.
func TestAnApprovalOfWhatIsInStepIsUsedUp(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.live("Cancel order", "", 15)
	r.want(r.run(apply()), 0, "to-change", "2")
	r.live("Cancel order", "", 20)
	res := r.run(apply())
	r.want(res, 1, "failure-reason", "plan-changed")
	r.holds("the log", res.log, "used up: a run found it in step")
}

func TestWhatIsNotShownIsNotApplied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after func(r *fixture)
		says  string
	}{
		"live has another timeout than the plan showed": {func(r *fixture) { r.live("Customer lookup", "", 4) },
			`"Customer lookup" (4s to 12s): pull request #7 showed it from 3s, and live is 4s now`},
		"live has drifted elsewhere": {func(r *fixture) { r.live("Create case", "", 4) },
			`"Create case" (4s to 10s): no merged pull request showed it`},
		"the manifest asks for another timeout": {func(r *fixture) {
			r.write("genesys-timeouts.yaml", another)
		}, `"Customer lookup" (3s to 13s): pull request #7 showed it to 12s, not 13s`},
		"the manifest lists another action": {func(r *fixture) {
			r.write("genesys-timeouts.yaml", manifest+"  - name: Verify PIN\n    timeout: 9s\n")
		}, `"Verify PIN" (4s to 9s): no merged pull request showed it`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := planned(t)
			c.after(r)
			res := r.run(apply())
			r.want(res, 1, "exit-code", "1", "failure-reason", "plan-changed", "failed", "0", "comment-status", "updated")
			r.holds("the log", res.log, "::error title=genesys-timeouts::", c.says, "nothing was written")
			r.holds("the summary", res.summary, "**Not applied**: ", "| Action |")
			r.untouched()
			r.holds("the comment", r.theComment(), "state=refused", "3 to update", "**Not applied**: ",
				"open a pull request that changes the manifest", "| [`Cancel order`](")
			// What was approved stays so: the plan as it was shown can still be applied.
			r.live("Customer lookup", "", 3)
			r.live("Create case", "", 10)
			r.write("genesys-timeouts.yaml", manifest)
			if name == "the manifest asks for another timeout" { // which ends the approval of the one that was shown
				res := r.run(apply())
				r.want(res, 1, "failure-reason", "plan-changed")
				r.holds("the log", res.log, "1 of 3 changes", `"Customer lookup" (3s to 12s)`, "has ended")
				return
			}
			r.want(r.run(apply()), 0, "to-change", "3")
		})
	}
}

func TestNoApprovedPlanIsFound(t *testing.T) {
	t.Parallel()
	forged := func(r *fixture) string {
		other := newFixture(r.t)
		other.write("genesys-timeouts.yaml", another)
		other.run(pullRequest("aaa"))
		r.write("genesys-timeouts.yaml", another)
		return other.theComment()
	}
	merged := func(pull githubtest.Pull) func(r *fixture) {
		return func(r *fixture) {
			pull.Number, pull.Merged, pull.MergeCommit = 8, pull.Base != "", "m1"
			r.hub.AddPull(pull)
			r.hub.AddComment(8, githubtest.JobLogin, r.theComment())
		}
	}
	manual := func(number string) job {
		j := apply("pr-number", number)
		j.event = "workflow_dispatch"
		return j
	}
	for name, c := range map[string]struct {
		job    job
		setup  func(r *fixture)
		says   string
		status string
	}{
		"the pull request has no comment of ours": {apply(),
			func(r *fixture) { r.hub.RemoveComment(r.hub.Comments(pr)[0].ID) },
			"pull request #7 carries no plan of ours", "skipped"},
		"another user planted the marker": {apply(), func(r *fixture) {
			body := r.theComment()
			r.hub.RemoveComment(r.hub.Comments(pr)[0].ID)
			r.hub.AddComment(pr, "mallory", body)
		}, "pull request #7 carries no plan of ours", "skipped"},
		"a colleague edited the comment, consistently": {apply(), func(r *fixture) {
			r.hub.EditComment(r.hub.Comments(pr)[0].ID, "anna", forged(r))
		}, "the comment on pull request #7 was edited by another account, so it approves nothing", "updated"},
		"the list is another comment's": {apply(), func(r *fixture) {
			lines := strings.Split(r.theComment(), "\n")
			lines[1] = strings.Split(forged(r), "\n")[1]
			r.hub.EditComment(r.hub.Comments(pr)[0].ID, githubtest.JobLogin, strings.Join(lines, "\n"))
		}, "the comment on pull request #7 is not as this tool wrote it", "updated"},
		"GitHub does not say who edited the comment": {apply(), func(r *fixture) {
			r.idle = true
			r.hub.Always("POST", githubtest.GraphQLPath, githubtest.Answer{Status: 403, Body: forbidden})
		}, "GitHub does not say who edited the comment on pull request #7 last", "created"},
		"the plan was for another label": {apply("label", "prod"), nil, "pull request #7 carries no plan of ours", "skipped"},
		"the run is for the pull request": {pullRequest("aaa").inputs("command", "apply"), nil,
			`the event "pull_request" is not a push to a branch`, "skipped"},
		"the run is for its closing": {job{event: "pull_request", sha: "m1", with: map[string]string{"command": "apply"},
			payload: map[string]any{"action": "closed", "pull_request": map[string]any{"number": pr, "merged": true,
				"head": map[string]any{"sha": "aaa"}}}}, nil, `the event "pull_request" is not a push to a branch`, "skipped"},
		"pr-number is not merged": {manual("8"), merged(githubtest.Pull{}), "pull request #8 is not merged", "skipped"},
		"pr-number went to another branch": {manual("8"), merged(githubtest.Pull{Base: "release"}),
			`pull request #8 was merged into branch "release", and this run is on "main"`, "skipped"},
		"pr-number went to a fork": {manual("8"), merged(githubtest.Pull{Base: "main", BaseRepository: "mallory/voice"}),
			"pull request #8 was merged into another repository", "skipped"},
		"pr-number is not part of what runs": {func() job { j := manual("7"); j.sha = "m0"; return j }(), nil,
			"the merge of pull request #7 is not part of commit m0", "skipped"},
		"there is no token": {apply("github-token", " "), nil, "no GitHub token", "skipped"},
		"there is no comment to record the use of it in": {apply("comment", "never"), nil, "comment: never", "skipped"},
		"the pull request may not be looked at": {apply(), func(r *fixture) {
			r.hub.Answer("GET", list, githubtest.Answer{Status: 403, Body: forbidden})
		}, "Resource not accessible by integration", "skipped"},
		// The index from commits lags: this one is asked for a quarter of a minute.
		"no pull request was merged so": {push("m2").inputs("command", "apply"), nil,
			"no merged pull request carries a plan of ours", "skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := planned(t)
			if c.setup != nil {
				c.setup(r)
			}
			res := r.run(c.job)
			r.want(res, 1, "exit-code", "1", "failure-reason", "plan-not-found", "to-change", "3", "comment-status", c.status)
			r.holds("the log", res.log, "::error title=genesys-timeouts::the approved plan was not found: ", c.says,
				"nothing was written")
			r.holds("the summary", res.summary, "3 to update", "**Not applied**: the approved plan was not found: ")
			r.untouched()
		})
	}
}

// Where GitHub does not say who edited the comment, a note beside it says what became of the plan, and goes once the
// comment can say so itself.
func TestARefusalStandsBesideACommentThatIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := planned(t)
	shown := r.theComment()
	silent := slices.Repeat([]githubtest.Answer{{Status: 403, Body: forbidden}}, 2)
	for i, status := range []string{"created", "updated"} {
		r.hub.Answer("POST", githubtest.GraphQLPath, silent...)
		res := r.run(apply())
		r.want(res, 1, "failure-reason", "plan-not-found", "comment-status", status)
		ours := r.hub.Comments(pr)
		if len(ours) != 2 || ours[0].Body != shown {
			t.Fatalf("run %d left %d comments: %+v", i, len(ours), ours)
		}
		if want := fmt.Sprintf("#issuecomment-%d", ours[1].ID); !strings.HasSuffix(res.out["comment-url"], want) {
			t.Errorf("comment-url %s, want %s", res.out["comment-url"], want)
		}
		r.holds("the note", ours[1].Body, "**Not applied**: the approved plan was not found: ", "nothing was written",
			"This is not in [the plan's comment](")
		r.untouched()
	}
	r.want(r.run(apply()), 0, "comment-status", "updated", "to-change", "3")
	r.holds("the comment", r.theComment(), "**Applied** 3 of 3")
}

// Without an approval to look for, the note has the whole report.
func TestAnApplyThatNeedsNoApprovalIsNotedBesideTheComment(t *testing.T) {
	t.Parallel()
	r := planned(t)
	r.idle = true
	r.hub.Always("POST", githubtest.GraphQLPath, githubtest.Answer{Status: 403, Body: forbidden})
	r.want(r.run(apply("require-approved-plan", "false")), 0, "comment-status", "created", "failed", "0")
	ours := r.ours()
	if len(ours) != 2 {
		t.Fatalf("%d comments", len(ours))
	}
	r.holds("the note", ours[1], "**Applied** 3 of 3", "Undo: a manifest", "This is not in [the plan's comment](")
}

func TestOnlyAPlanFromBeforeTheMergeCounts(t *testing.T) {
	t.Parallel()
	t.Run("it failed", func(t *testing.T) {
		t.Parallel()
		r := shown(t)
		r.env["GENESYS_CLIENT_SECRET"] = "wrong"
		r.want(r.run(pullRequest("bbb")), 1, "comment-status", "updated")
		r.env["GENESYS_CLIENT_SECRET"] = r.secrets[1]
		r.merge(pr, "m1")
		res := r.run(apply())
		r.want(res, 1, "failure-reason", "plan-not-found")
		r.holds("the log", res.log, "the plan that pull request #7 showed had errors")
		r.untouched()
	})
	t.Run("it had errors", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t).withBinary()
		r.write("genesys-timeouts.yaml", manifest+"  - name: Not yet there\n    timeout: 3s\n")
		r.run(pullRequest("aaa"))
		r.merge(pr, "m1")
		if err := r.genesys.AddAction([]byte(`{"id":"custom_-_1","name":"Not yet there","integrationId":"i",` +
			`"category":"CRM","version":1,"config":{"timeoutSeconds":9}}`)); err != nil {
			t.Fatal(err)
		}
		res := r.run(apply())
		r.want(res, 1, "failure-reason", "plan-not-found")
		r.holds("the log", res.log, "the plan that pull request #7 showed had errors")
		r.untouched()
	})
	t.Run("a later one is not shown", func(t *testing.T) {
		t.Parallel()
		r := planned(t).withBinary()
		before := r.theComment()
		r.write("genesys-timeouts.yaml", another)
		r.want(r.run(pullRequest("aaa")), 0, "comment-status", "skipped", "to-change", "3")
		if r.theComment() != before {
			t.Errorf("the comment is now:\n%s", r.theComment())
		}
		r.want(r.run(apply()), 1, "failure-reason", "plan-changed")
		r.untouched()
	})
}

// By hand, for a run that was lost: on the branch, with the number of a pull request that was merged into it.
func TestApplyOfANamedPullRequest(t *testing.T) {
	t.Parallel()
	r := planned(t).withBinary()
	j := apply("pr-number", "7")
	j.event = "workflow_dispatch"
	r.want(r.run(j), 0, "comment-status", "updated", "failure-reason", "", "to-change", "3")
	r.holds("the comment", r.theComment(), "state=applied", "3 applied")
}
