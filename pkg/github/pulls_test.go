package github_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

const sha = "0123456789abcdef0123456789abcdef01234567"

func TestMergedPullsAreFoundByTheirMergeCommit(t *testing.T) {
	s, clock, c := setup(t)
	// The commit is also the head of another pull request, and what was tried of one that was closed without being
	// merged.
	s.AddPull(githubtest.Pull{Number: 3, Head: sha, MergeCommit: "feed", Merged: true})
	s.AddPull(githubtest.Pull{Number: 4, Head: "c0de", MergeCommit: sha, Closed: true})
	s.AddPull(githubtest.Pull{Number: 5, Head: "beef", MergeCommit: sha, Merged: true})
	s.AddPull(githubtest.Pull{Number: 6, Head: "feed", MergeCommit: sha, Merged: true})
	got, err := c.MergedPulls(t.Context(), sha, true)
	want := []github.Pull{
		{Number: 5, MergeCommit: sha, Base: "main", Repository: githubtest.Repository},
		{Number: 6, MergeCommit: sha, Base: "main", Repository: githubtest.Repository},
	}
	for i := range got {
		if got[i].Merged.IsZero() {
			t.Errorf("#%d has no time of merge", got[i].Number)
		}
		got[i].Merged = time.Time{}
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if len(clock.slept) > 0 {
		t.Errorf("waited %v", clock.slept)
	}
}

func TestTheIndexLagsAfterASquash(t *testing.T) {
	s, clock, c := setup(t)
	s.IndexLag = 2
	s.Answer("GET", repo+"/commits/", githubtest.Answer{Status: 422, Body: `{"message":"No commit found for SHA"}`})
	s.AddPull(githubtest.Pull{Number: 5, Head: "beef", MergeCommit: sha, Merged: true})
	got, err := c.MergedPulls(t.Context(), sha, true)
	if err != nil || len(got) != 1 || got[0].Number != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	if d := cmp.Diff([]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, clock.slept); d != "" {
		t.Errorf("waits (-want +got):\n%s", d)
	}
}

func TestACommitThatNoPullRequestMade(t *testing.T) {
	s, clock, c := setup(t)
	s.AddPull(githubtest.Pull{Number: 3, Head: sha, MergeCommit: "feed", Merged: true})
	_, err := c.MergedPulls(t.Context(), sha, true)
	if !errors.Is(err, github.ErrNoPull) {
		t.Errorf("error %v", err)
	}
	var sum time.Duration
	for _, d := range clock.slept {
		sum += d
	}
	if sum < 10*time.Second || sum > 30*time.Second {
		t.Errorf("waited %s", sum)
	}
	clock.slept = nil
	if _, err := c.MergedPulls(t.Context(), sha, false); !errors.Is(err, github.ErrNoPull) || len(clock.slept) > 0 {
		t.Errorf("without patience: error %v after %v", err, clock.slept)
	}
}

func TestLookingForThePullRequestIsRefused(t *testing.T) {
	s, clock, c := setup(t)
	s.Answer(
		"GET",
		repo+"/commits/",
		githubtest.Answer{Status: 403, Body: `{"message":"Resource not accessible by integration"}`},
	)
	_, err := c.MergedPulls(t.Context(), sha, true)
	if !github.Degradable(err) || !strings.Contains(github.Hint(err), "pull-requests: read") || len(clock.slept) > 0 {
		t.Errorf("error %v, hint %q, waited %v", err, github.Hint(err), clock.slept)
	}
}
