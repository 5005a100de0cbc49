package ci_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

func TestThePullRequestIsFoundByItsMergeCommit(t *testing.T) {
	t.Parallel()
	r := shown(t)
	// The commit is in the history of others, and the index is late.
	r.hub.AddPull(githubtest.Pull{Number: 5, Head: "m1", MergeCommit: "other", Merged: true})
	r.hub.AddPull(githubtest.Pull{Number: 6, Head: "x", MergeCommit: "m1", Closed: true})
	r.merge(pr, "m1")
	r.hub.IndexLag = 1
	r.want(r.run(apply()), 0, "comment-status", "updated")
	r.holds("the comment", r.theComment(), "state=applied")
}

func TestAPullRequestThatWasClosedWithoutAMergeApprovesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.hub.AddPull(githubtest.Pull{Number: 8, Head: "aaa", MergeCommit: "m1", Closed: true})
	r.want(r.run(push("aaa").inputs("pr-number", "8")), 0, "comment-status", "created")
	r.hub.AddCommits("m0", "m1")
	r.want(r.run(apply()), 1, "failure-reason", "plan-not-found", "comment-status", "skipped")
	r.untouched()
}

// support and other are halves of the manifest: two changes, and one.
var support, other = func() (string, string) {
	support, rest, _ := strings.Cut(manifest, "actions:\n  - name: Cancel")
	return support, "version: 1\nactions:\n  - name: Cancel" + rest
}()

// stacked is a fixture whose pull request 8 shows two changes, and 7 what pull7 has.
func stacked(t *testing.T, pull7 string) *fixture {
	t.Helper()
	r := newFixture(t)
	r.hub.AddPull(githubtest.Pull{Number: 8, Head: "x"})
	for number, text := range map[string]string{"8": support, "7": pull7} {
		r.write("genesys-timeouts.yaml", text)
		r.run(push("x").inputs("pr-number", number))
	}
	r.write("genesys-timeouts.yaml", manifest)
	return r
}

func (r *fixture) comment8() string {
	r.t.Helper()
	return r.hub.Comments(8)[0].Body
}

// A push can bring in several pull requests: as a merge queue does, or where one builds on another.
func TestAPushOfSeveralPullRequests(t *testing.T) {
	t.Parallel()
	t.Run("each shows a part", func(t *testing.T) {
		t.Parallel()
		r := stacked(t, other)
		r.merge(8, "m1")
		r.hub.AddCommits("m1", "m2")
		r.hub.Merge(pr, "m2")
		r.want(r.run(push("m2").inputs("command", "apply")), 0, "comment-status", "updated", "to-change", "3")
		r.holds("the last one's comment", r.theComment(), "state=applied", "3 applied")
		r.holds("the other", r.comment8(), "state=applied", "**Applied** by a run that wrote 3 timeouts")
	})
	t.Run("one push came while the job of the other was cancelled", func(t *testing.T) {
		t.Parallel()
		r := stacked(t, other)
		r.merge(8, "m1")
		r.hub.AddCommits("m1", "m2")
		r.hub.Merge(pr, "m2")
		later := push("m2").inputs("command", "apply")
		later.payload = map[string]any{"before": "m1", "after": "m2"}
		r.want(r.run(later), 0, "comment-status", "updated", "to-change", "3")
		r.holds("the other", r.comment8(), "state=applied")
		r.live("Get order", "", 3)
		res := r.run(apply()) // the cancelled job, run again
		r.want(res, 1, "failure-reason", "plan-changed")
		r.holds("the log", res.log, "the approval by pull request #8 is used up")
	})
	t.Run("one merge commit, one shows less", func(t *testing.T) {
		t.Parallel()
		r := stacked(t, manifest)
		r.merge(8, "m1")
		r.hub.Merge(pr, "m1")
		r.want(r.run(apply()), 0, "comment-status", "updated", "to-change", "3")
		r.holds("the comment", r.theComment(), "state=applied")
		r.holds("the other", r.comment8(), "state=applied")
	})
	t.Run("one shows a failure", func(t *testing.T) {
		t.Parallel()
		r := stacked(t, "version: 2\n")
		r.merge(8, "m1")
		r.hub.Merge(pr, "m1")
		res := r.run(apply())
		r.want(res, 1, "failure-reason", "plan-changed")
		r.holds("the log", res.log, `"Cancel order" (20s to 15s): no merged pull request showed it`)
		r.holds("the comment", r.theComment(), "state=refused")
		r.holds("the other", r.comment8(), "state=refused", "**Not applied**: ")
		r.write("genesys-timeouts.yaml", support)
		r.want(r.run(apply()), 0, "to-change", "2")
		r.holds("the other", r.comment8(), "state=applied")
	})
	t.Run("none shows anything", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t).withBinary()
		r.hub.AddPull(githubtest.Pull{Number: 8, Head: "x"})
		r.merge(8, "m1")
		r.hub.Merge(pr, "m1")
		r.want(r.run(apply()), 1, "failure-reason", "plan-not-found")
		r.untouched()
	})
}
