package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	gh "github.com/google/go-github/v92/github"
)

// ErrNoPull says that no merged pull request belongs to a commit.
var ErrNoPull = errors.New("no merged pull request belongs to this commit")

// Pull is a merged pull request.
type Pull struct {
	Number int
	URL    string
	// Head is the last commit of its branch.
	Head string
}

// indexWaits are the pauses before asking again: the index from commit to pull request lags behind a squash by seconds.
var indexWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// MergedPulls finds the pull requests whose merge made the commit, at least one. The index can name others too, which the commit
// is part of; only those with this merge commit count. They are several where one builds on another. A patient caller is told
// ErrNoPull only after asking again for a quarter of a minute.
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
		err = wrap(err, "pull-requests: read", "looking for the pull request of commit %s", sha)
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
				pulls = append(pulls, Pull{Number: p.GetNumber(), URL: p.GetHTMLURL(), Head: p.GetHead().GetSHA()})
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
