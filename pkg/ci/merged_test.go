package ci_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

func TestThePullRequestIsFoundByItsMergeCommit(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(pullRequest("aaa"))
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
	r.run(pullRequest("aaa"))
	r.hub.AddPull(githubtest.Pull{Number: pr, Head: "aaa", MergeCommit: "m1", Closed: true})
	r.want(r.run(apply()), 1, "failure-reason", "plan-not-found", "comment-status", "skipped")
	r.untouched()
}

// A merge can bring in several pull requests, as where one builds on another.
func TestOfSeveralMergedPullRequestsTheOneWithThePlanCounts(t *testing.T) {
	t.Parallel()
	others := func(r *fixture) {
		for n := range 2 {
			r.hub.AddPull(githubtest.Pull{Number: n + 1, Head: "x", MergeCommit: "m1", Merged: true})
		}
	}
	t.Run("others show nothing, or a failure", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", "version: 2\n")
		r.run(push("x").inputs("pr-number", "2"))
		r.write("genesys-timeouts.yaml", manifest)
		r.run(pullRequest("aaa"))
		others(r)
		r.merge(pr, "m1")
		r.want(r.run(apply()), 0, "comment-status", "updated", "to-change", "3")
		r.holds("the comment", r.theComment(), "state=applied")
		r.holds("the other", r.hub.Comments(2)[0].Body, "state=errors")
	})
	t.Run("another shows less", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", strings.Split(manifest, "actions:\n  - name: Cancel")[0])
		r.run(push("x").inputs("pr-number", "1"))
		r.write("genesys-timeouts.yaml", manifest)
		r.run(pullRequest("aaa"))
		others(r)
		r.merge(pr, "m1")
		r.want(r.run(apply()), 0, "comment-status", "updated", "to-change", "3")
		r.holds("the comment", r.theComment(), "state=applied")
		r.holds("the other", r.hub.Comments(1)[0].Body, "state=planned")
	})
	t.Run("none shows anything", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		others(r)
		r.want(r.run(apply()), 1, "failure-reason", "plan-not-found")
		r.untouched()
	})
}
