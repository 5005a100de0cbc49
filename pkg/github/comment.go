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

// Status is what happened to a comment or an issue.
type Status string

// The statuses. A comment is never reopened or closed.
const (
	Created   Status = "created"
	Updated   Status = "updated"
	Reopened  Status = "reopened"
	Closed    Status = "closed"
	Unchanged Status = "unchanged"
	// Skipped: the text was not wanted, or a newer run has written it already.
	Skipped Status = "skipped"
	// Degraded: the token may not write it.
	Degraded Status = "degraded"
)

// Comment is a comment of ours as it stands on a pull request.
type Comment struct {
	ID     int64
	NodeID string
	URL    string
	Body   string
	// Created is when it was created, by GitHub's clock.
	Created time.Time
	Marker  Marker
	// Lists are the changes it approves, a list for each organisation; none where the block is missing or cannot be
	// read.
	Lists []List
}

// commentOf reads a comment that has a marker.
func commentOf(ic *gh.IssueComment, m Marker) Comment {
	return Comment{
		ID: ic.GetID(), NodeID: ic.GetNodeID(), URL: ic.GetHTMLURL(), Created: ic.GetCreatedAt().Time,
		Body:   ic.GetBody(),
		Marker: m, Lists: parseBlock(ic.GetBody()),
	}
}

// CommentRequest is a comment as it should be. Its key is the marker's.
type CommentRequest struct {
	// Number is the pull request's.
	Number int
	Marker Marker
	// Body is from Compose, with the same marker.
	Body string
	// Short is written instead where GitHub refuses the body (422), as some installations have lower limits; "" gives
	// up then.
	Short string
	// OnlyUpdate leaves a pull request without a comment of ours alone.
	OnlyUpdate bool
}

// CommentResult is what happened to it. Why explains Skipped and Degraded. Left says why a duplicate may be left, if
// one may.
type CommentResult struct {
	Status Status
	URL    string
	Why    string
	Left   string
}

const (
	pullWrite = "pull-requests: write"
	perPage   = 100
	// maxPages is far beyond the 2,500 comments GitHub allows; it ends a paging that leads in circles.
	maxPages = 1000
)

// UpsertComment makes the one comment with this key say what it should. Calling it twice is calling it once. What the
// token may not do is Degraded, not an error.
func (c *Client) UpsertComment(ctx context.Context, req CommentRequest) (CommentResult, error) {
	if err := checkBody(&req.Marker, req.Body); err != nil {
		return CommentResult{}, err
	}
	res, err := c.upsertComment(ctx, req)
	if err != nil && Degradable(err) {
		return CommentResult{Status: Degraded, URL: res.URL, Why: reason(err)}, nil
	}
	return res, err
}

func (c *Client) upsertComment(ctx context.Context, req CommentRequest) (CommentResult, error) {
	if !c.hasToken {
		return CommentResult{}, ErrNoToken
	}
	ours, err := c.ourComments(ctx, req.Number, req.Marker.Kind, req.Marker.Key)
	if err != nil {
		return CommentResult{}, err
	}
	switch {
	case len(ours) == 0 && req.OnlyUpdate:
		return CommentResult{Status: Skipped, Why: "no changes, and no earlier comment to update"}, nil
	case len(ours) == 0:
		return c.createComment(ctx, req, 0)
	}
	res, err := c.settle(ctx, req, ours)
	if deleted(err) {
		return c.createComment(ctx, req, ours[0].ID)
	}
	return res, err
}

// deleted reports that a comment was deleted since it was listed.
func deleted(err error) bool { return statusOf(err) == http.StatusNotFound }

// settle brings the oldest of our comments up to date and removes the others.
func (c *Client) settle(ctx context.Context, req CommentRequest, ours []Comment) (CommentResult, error) {
	oldest, newest := ours[0], lastWritten(ours)
	isOlder := req.Marker.Run.Before(newest.Marker.Run)
	if isOlder && !req.Marker.sameAs(newest.Marker) {
		return CommentResult{Status: Skipped, URL: newest.URL, Why: newerRun(newest.Marker.Run)}, nil
	}
	res := CommentResult{Status: Unchanged, URL: oldest.URL}
	untouched, err := c.untouched(ctx, req.Marker, oldest)
	switch {
	case err != nil:
		return CommentResult{URL: oldest.URL}, err
	case untouched:
	case isOlder:
		return CommentResult{Status: Skipped, URL: newest.URL, Why: newerRun(newest.Marker.Run)}, nil
	default:
		if err := c.editComment(ctx, req, oldest.ID); err != nil {
			return CommentResult{URL: oldest.URL}, err
		}
		res.Status = Updated
	}
	return c.withoutDuplicates(ctx, res, ours[1:]), nil
}

// untouched reports whether a comment says what it should, just as we wrote it. Where GitHub does not say who edited
// it last, its own digest decides.
func (c *Client) untouched(ctx context.Context, m Marker, there Comment) (bool, error) {
	if !m.sameAs(there.Marker) || !intact(there.Marker, there.Body) {
		return false, nil
	}
	trust, err := c.trust(ctx, there)
	return trust != Edited, err
}

func newerRun(r Run) string {
	return fmt.Sprintf("a newer run (number %d, attempt %d) has written it already", r.Number, r.Attempt)
}

// createComment makes a comment and looks again: two runs may have done so at once, and the older one stays. gone is
// the id of one that is known to be deleted, which a list that lags may still have, or 0.
func (c *Client) createComment(ctx context.Context, req CommentRequest, gone int64) (CommentResult, error) {
	var made *gh.IssueComment
	err := withShort(req, func(body string) error {
		var err error
		made, _, err = c.rest.Issues.CreateComment(
			ctx,
			c.owner,
			c.repo,
			req.Number,
			gh.IssueCommentRequest{Body: body},
		)
		return wrap(err, pullWrite, "commenting on #%d", req.Number)
	})
	if err != nil {
		return CommentResult{}, err
	}
	c.learn(made.GetUser())
	res := CommentResult{Status: Created, URL: made.GetHTMLURL()}
	ours, err := c.ourComments(ctx, req.Number, req.Marker.Kind, req.Marker.Key)
	if err != nil {
		res.Left = reason(err)
		return res, nil
	}
	rest := slices.DeleteFunc(ours, func(o Comment) bool { return o.ID == made.GetID() || o.ID == gone })
	if len(rest) == 0 || made.GetID() < rest[0].ID {
		return c.withoutDuplicates(ctx, res, rest), nil
	}
	older, err := c.settle(ctx, req, rest)
	switch {
	case deleted(err):
		return res, nil
	case err != nil:
		return older, err
	}
	return c.withoutDuplicates(ctx, older, []Comment{{ID: made.GetID()}}), nil
}

func (c *Client) editComment(ctx context.Context, req CommentRequest, id int64) error {
	return withShort(req, func(body string) error {
		_, _, err := c.rest.Issues.UpdateComment(ctx, c.owner, c.repo, id, gh.IssueCommentRequest{Body: body})
		return wrap(err, pullWrite, "updating comment %d on #%d", id, req.Number)
	})
}

// withShort writes the body, and the short one where GitHub refuses the first.
func withShort(req CommentRequest, write func(body string) error) error {
	err := write(req.Body)
	if statusOf(err) == http.StatusUnprocessableEntity && req.Short != "" {
		return write(req.Short)
	}
	return err
}

// withoutDuplicates removes duplicates of ours. What keeps one from being removed is told in the result and is not an
// error, since the comment that counts stands; one that is gone already is fine.
func (c *Client) withoutDuplicates(ctx context.Context, res CommentResult, list []Comment) CommentResult {
	for _, o := range list {
		_, err := c.rest.Issues.DeleteComment(ctx, c.owner, c.repo, o.ID)
		if err := wrap(err, pullWrite, "removing the duplicate comment %d", o.ID); err != nil && !deleted(err) {
			res.Left = reason(err)
			break
		}
	}
	return res
}

func lastWritten(ours []Comment) Comment {
	return slices.MaxFunc(ours, func(a, b Comment) int { return a.Marker.Run.compare(b.Marker.Run) })
}

// ourComments lists, oldest first, the comments of one key that the token's own login wrote.
func (c *Client) ourComments(ctx context.Context, number int, kind Kind, key string) ([]Comment, error) {
	ours, err := c.fittingComments(ctx, number, key)
	return ofOneKey(key, ours[kind]), err
}

// fittingComments lists by kind, oldest first, the comments whose key fits that the token's own login wrote. All pages
// are read: the one looked for may be on any.
func (c *Client) fittingComments(ctx context.Context, number int, key string) (map[Kind][]Comment, error) {
	me, err := c.identity(ctx)
	if err != nil {
		return nil, err
	}
	ours := map[Kind][]Comment{}
	opts := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{PerPage: perPage}}
	for range maxPages {
		page, resp, err := c.rest.Issues.ListComments(ctx, c.owner, c.repo, number, opts)
		if err != nil {
			return nil, wrap(err, pullWrite, "listing the comments of #%d", number)
		}
		for _, ic := range page {
			for _, kind := range []Kind{KindComment, KindNote} {
				m, ok := ParseMarker(kind, ic.GetBody())
				if ok && fits(m.Key, key) && me.is(actorOf(ic.GetUser())) {
					ours[kind] = append(ours[kind], commentOf(ic, m))
				}
			}
		}
		if resp.NextPage == 0 {
			for _, list := range ours {
				slices.SortStableFunc(list, func(a, b Comment) int { return cmp.Compare(a.ID, b.ID) })
			}
			return ours, nil
		}
		opts.Page = resp.NextPage
	}
	return nil, fmt.Errorf("listing the comments of #%d: over %d pages", number, maxPages)
}

// ofOneKey leaves the comments of one key where the key's environment is unknown: those with exactly this key where
// comments of several environments fit, since nothing says whose it is, else those with the key that was written
// last.
func ofOneKey(key string, ours []Comment) []Comment {
	if !strings.HasSuffix(key, keyMark) || len(ours) == 0 {
		return ours
	}
	environments := map[string]bool{}
	for _, o := range ours {
		if o.Marker.Key != key {
			environments[o.Marker.Key] = true
		}
	}
	if len(environments) < 2 {
		key = lastWritten(ours).Marker.Key
	}
	return slices.DeleteFunc(ours, func(o Comment) bool { return o.Marker.Key != key })
}

// checkBody checks that a body is short enough and carries this marker, and completes the marker with the digests in
// the body.
func checkBody(m *Marker, body string) error {
	if len(body) > MaxBody {
		return fmt.Errorf("the body has %d bytes, more than the %d that are written", len(body), MaxBody)
	}
	there, ok := ParseMarker(m.Kind, body)
	plain := there
	plain.Body, plain.Content = m.Body, m.Content
	if !ok || plain.String() != m.String() {
		return errors.New("the body does not begin with its marker")
	}
	m.Body, m.Content = there.Body, there.Content
	return nil
}

// reason is an error as one sentence, with what to do about it.
func reason(err error) string {
	if hint := Hint(err); hint != "" {
		return err.Error() + ": " + hint
	}
	return err.Error()
}
