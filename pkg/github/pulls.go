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

// MergedPull finds the pull request whose merge made the commit. The index can name several (a commit may be part of others);
// only the one with this merge commit counts. A patient caller is told ErrNoPull only after asking again for a quarter of a
// minute.
//
// https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit
func (c *Client) MergedPull(ctx context.Context, sha string, patient bool) (Pull, error) {
	if !c.hasToken {
		return Pull{}, ErrNoToken
	}
	for try := 0; ; try++ {
		p, err := c.mergedPull(ctx, sha)
		if err == nil || !errors.Is(err, ErrNoPull) || !patient || try == len(indexWaits) {
			return p, err
		}
		if err := c.clock.Sleep(ctx, indexWaits[try]); err != nil {
			return Pull{}, fmt.Errorf("waiting for the pull request of commit %s: %w", sha, err)
		}
	}
}

func (c *Client) mergedPull(ctx context.Context, sha string) (Pull, error) {
	opts := &gh.ListOptions{PerPage: perPage}
	for range maxPages {
		page, resp, err := c.rest.PullRequests.ListPullRequestsWithCommit(ctx, c.owner, c.repo, sha, opts)
		err = wrap(err, "pull-requests: read", "looking for the pull request of commit %s", sha)
		switch status := statusOf(err); {
		case status == http.StatusUnprocessableEntity:
			// "No commit found for SHA": the commit itself has not arrived in the index.
			return Pull{}, ErrNoPull
		case err != nil:
			return Pull{}, err
		}
		for _, p := range page {
			// One that is open, or was closed without being merged, names the commit of a merge that was only tried.
			if p.MergedAt != nil && p.GetMergeCommitSHA() == sha {
				return Pull{Number: p.GetNumber(), URL: p.GetHTMLURL(), Head: p.GetHead().GetSHA()}, nil
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	return Pull{}, ErrNoPull
}
