package github

import (
	"context"
	"net/http"
)

// ShowPlan makes the one comment with the draft's key say what the draft says. A comment that says the same,
// unedited, is left alone. After the merge nothing is written: the comment then holds what was approved and what of
// it is used up, and a plan that nobody saw before the merge approves nothing. onlyUpdate leaves a pull request
// without a comment of ours alone. What the token may not do is Degraded, not an error.
func (c *Client) ShowPlan(ctx context.Context, number int, d Draft, onlyUpdate bool) (CommentResult, error) {
	res, err := c.showPlan(ctx, number, d, onlyUpdate)
	if err != nil && Degradable(err) {
		return CommentResult{Status: Degraded, URL: res.URL, Why: reason(err)}, nil
	}
	return res, err
}

func (c *Client) showPlan(ctx context.Context, number int, d Draft, onlyUpdate bool) (CommentResult, error) {
	if !c.hasToken {
		return CommentResult{}, ErrNoToken
	}
	pull, err := c.pull(ctx, number)
	switch status := statusOf(err); {
	case err == nil && !pull.Merged.IsZero():
		return CommentResult{
			Status: Skipped, Why: "the pull request is merged already, and a plan after the merge approves nothing",
		}, nil
	case err == nil:
		d.Marker.Open = true
	case status != http.StatusForbidden && status != http.StatusNotFound:
		return CommentResult{}, err
	}
	m, body, err := d.compose(MaxBody-recordRoom, false)
	if err != nil {
		return CommentResult{}, err
	}
	_, short, err := d.compose(shortBody, true)
	if err != nil {
		return CommentResult{}, err
	}
	return c.UpsertComment(ctx, CommentRequest{Number: number, Marker: m, Body: body, Short: short,
		OnlyUpdate: onlyUpdate})
}

// shortBody is the size of what is written where GitHub refuses the whole, as installations with other limits do.
const shortBody = 10_000
