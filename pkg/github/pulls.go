package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"
)

// ErrNoPull says that no merged pull request belongs to a commit.
var ErrNoPull = errors.New("no merged pull request belongs to this commit")

// Pull is a pull request.
type Pull struct {
	Number int
	// Merged is when it was merged, by GitHub's clock; zero where it was not.
	Merged time.Time
	// MergeCommit is the commit that the merge made: of several, as after a rebase, the last.
	MergeCommit string
	// Base is the branch it was merged into; Repository, "owner/name", is that branch's.
	Base, Repository string
}

func pullOf(p *gh.PullRequest) Pull {
	return Pull{
		Number: p.GetNumber(), Merged: p.GetMergedAt().Time, MergeCommit: p.GetMergeCommitSHA(),
		Base: p.GetBase().GetRef(), Repository: p.GetBase().GetRepo().GetFullName(),
	}
}

const pullRead = "pull-requests: read"

// indexWaits are the pauses before asking again: the index from commit to pull request lags behind a squash by
// seconds.
var indexWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// MergedPulls finds the pull requests whose merge made the commit, at least one. The index can name others too, which
// the commit is part of; only those with this merge commit count. There are several where one builds on another. A
// patient caller is told ErrNoPull only after asking again for a quarter of a minute.
//
// https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit
func (c *Client) MergedPulls(ctx context.Context, sha string, patient bool) ([]Pull, error) {
	if !c.hasToken {
		return nil, ErrNoToken
	}
	for try := 0; ; try++ {
		pulls, err := c.mergedPulls(ctx, sha)
		if err == nil || !errors.Is(err, ErrNoPull) || !patient || try == len(indexWaits) {
			return pulls, err
		}
		if err := c.clock.Sleep(ctx, indexWaits[try]); err != nil {
			return nil, fmt.Errorf("waiting for the pull request of commit %s: %w", sha, err)
		}
	}
}

func (c *Client) mergedPulls(ctx context.Context, sha string) ([]Pull, error) {
	var pulls []Pull
	opts := &gh.ListOptions{PerPage: perPage}
	for range maxPages {
		page, resp, err := c.rest.PullRequests.ListPullRequestsWithCommit(ctx, c.owner, c.repo, sha, opts)
		err = wrap(err, pullRead, "looking for the pull request of commit %s", sha)
		switch status := statusOf(err); {
		case status == http.StatusUnprocessableEntity:
			// "No commit found for SHA": the commit itself has not arrived in the index.
			return nil, ErrNoPull
		case err != nil:
			return nil, err
		}
		for _, p := range page {
			// One that is open, or was closed without being merged, names the commit of a merge that was only tried.
			if p.MergedAt != nil && p.GetMergeCommitSHA() == sha {
				pulls = append(pulls, pullOf(p))
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	if len(pulls) == 0 {
		return nil, ErrNoPull
	}
	return pulls, nil
}

// pull reads one pull request. https://docs.github.com/rest/pulls/pulls#get-a-pull-request
func (c *Client) pull(ctx context.Context, number int) (Pull, error) {
	p, _, err := c.rest.PullRequests.Get(ctx, c.owner, c.repo, number)
	if err != nil {
		return Pull{}, wrap(err, pullRead, "reading pull request #%d", number)
	}
	return pullOf(p), nil
}

const (
	// maxEarlier is how many merged pull requests of a branch may still hold an approval.
	maxEarlier = 50
	// maxClosedPages bounds the closed pull requests that are looked through for them.
	maxClosedPages = 5
)

// mergedInto lists the newest pull requests that were merged into a branch, at most maxEarlier, the newest first.
// https://docs.github.com/rest/pulls/pulls#list-pull-requests
func (c *Client) mergedInto(ctx context.Context, branch string) ([]Pull, error) {
	var pulls []Pull
	opts := &gh.PullRequestListOptions{
		State: "closed", Base: branch, Sort: "updated", Direction: "desc",
		ListOptions: gh.ListOptions{PerPage: perPage},
	}
	for range maxClosedPages {
		page, resp, err := c.rest.PullRequests.List(ctx, c.owner, c.repo, opts)
		if err != nil {
			return nil, wrap(err, pullRead, "listing the pull requests merged into %s", branch)
		}
		for _, p := range page {
			if pull := pullOf(p); c.mergedHere(pull, branch) == "" {
				pulls = append(pulls, pull)
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	slices.SortStableFunc(pulls, func(a, b Pull) int {
		return cmp.Or(b.Merged.Compare(a.Merged), cmp.Compare(b.Number, a.Number))
	})
	return pulls[:min(len(pulls), maxEarlier)], nil
}

// mergedHere says why a pull request was not merged into this branch of this repository; "" where it was.
func (c *Client) mergedHere(p Pull, branch string) string {
	switch {
	case p.Merged.IsZero():
		return fmt.Sprintf("pull request #%d is not merged", p.Number)
	case !strings.EqualFold(p.Repository, c.owner+"/"+c.repo):
		return fmt.Sprintf("pull request #%d was merged into another repository", p.Number)
	case p.Base != branch:
		return fmt.Sprintf(
			"pull request #%d was merged into branch %q, and this run is on %q",
			p.Number,
			p.Base,
			branch,
		)
	}
	return ""
}

// pushed are the commits of a push: those that after has and before has not. Where before is gone, as after a forced
// push whose old commits were removed, it is after alone.
// https://docs.github.com/rest/commits/commits#compare-two-commits
func (c *Client) pushed(ctx context.Context, before, after string) (map[string]bool, error) {
	commits := map[string]bool{after: true}
	if before == "" {
		return commits, nil
	}
	opts := &gh.ListOptions{PerPage: perPage}
	for range maxPages {
		page, resp, err := c.rest.Repositories.CompareCommits(ctx, c.owner, c.repo, before, after, opts)
		err = wrap(err, "contents: read", "comparing %s with %s", before, after)
		if statusOf(err) == http.StatusNotFound {
			return commits, nil
		}
		if err != nil {
			return nil, err
		}
		for _, commit := range page.Commits {
			commits[commit.GetSHA()] = true
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	return commits, nil
}

// How a commit relates to the one that runs.
const (
	ancestor  = "ancestor"
	later     = "later"
	unrelated = "unrelated"
)

// relation says how a pull request's merge commit relates to the commit that runs.
func (c *Client) relation(ctx context.Context, merge, sha string) (string, error) {
	if merge == "" {
		return unrelated, nil
	}
	page, _, err := c.rest.Repositories.CompareCommits(ctx, c.owner, c.repo, merge, sha, &gh.ListOptions{PerPage: 1})
	err = wrap(err, "contents: read", "comparing %s with %s", merge, sha)
	switch {
	case statusOf(err) == http.StatusNotFound:
		return unrelated, nil
	case err != nil:
		return "", err
	}
	switch page.GetStatus() {
	case "ahead", "identical":
		return ancestor, nil
	case "behind":
		return later, nil
	}
	return unrelated, nil
}
