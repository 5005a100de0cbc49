package github

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	gh "github.com/google/go-github/v92/github"
)

// IssueRequest is what the drift issue with the marker's key should say. The marker's Plan is the hash of the set
// that drifted (another one where nothing did), and its State tells drift (StateDrifted) from its end (StateInStep).
type IssueRequest struct {
	Marker Marker
	// Incomplete says that not everything could be compared: an open issue is updated then, and not closed.
	Incomplete bool
	// Labels are set when the issue is opened, and play no part afterwards: people may change them.
	Labels []string
	Title  string
	// Body is from Compose, with the same marker.
	Body string
	// Comment is added when the set that drifted is another than before, and when the issue is closed.
	Comment string
}

// IssueResult is what happened to it. Number and URL are empty where there is no issue. Why explains Skipped and
// Degraded. Left says why a duplicate may be open, if one may.
type IssueResult struct {
	Status Status
	Number int
	URL    string
	Why    string
	Left   string
}

const issueWrite = "issues: write"

// issue is an issue of ours as it stands.
type issue struct {
	number int
	url    string
	open   bool
	title  string
	body   string
	marker Marker
}

// SyncIssue opens, reopens, updates or closes the one issue with the marker's key. What the token may not do is
// Degraded, not an error. A run that could compare nothing does not call it: the issue is then left alone.
func (c *Client) SyncIssue(ctx context.Context, req IssueRequest) (IssueResult, error) {
	if err := checkBody(&req.Marker, req.Body); err != nil {
		return IssueResult{}, err
	}
	res, err := c.syncIssue(ctx, req)
	if err != nil && Degradable(err) {
		return IssueResult{Status: Degraded, Number: res.Number, URL: res.URL, Why: reason(err)}, nil
	}
	return res, err
}

func (c *Client) syncIssue(ctx context.Context, req IssueRequest) (IssueResult, error) {
	if !c.hasToken {
		return IssueResult{}, ErrNoToken
	}
	ours, err := c.ourIssues(ctx, req)
	if err != nil {
		return IssueResult{}, err
	}
	switch {
	case len(ours) > 0:
		return c.settleIssues(ctx, req, ours)
	case req.Marker.State == StateDrifted:
		return c.openIssue(ctx, req)
	}
	return IssueResult{Status: Unchanged}, nil
}

// settleIssues brings the first of our issues up to date and closes what is open beside it. What keeps a duplicate
// from being closed is told in the result and is not an error, since the issue that counts stands.
func (c *Client) settleIssues(ctx context.Context, req IssueRequest, ours []issue) (IssueResult, error) {
	res, err := c.settleIssue(ctx, req, ours[0])
	if err != nil {
		return res, err
	}
	for _, is := range ours[1:] {
		if !is.open {
			continue
		}
		edit := gh.UpdateIssueRequest{State: new("closed"), StateReason: new("not_planned")}
		if err := c.editIssue(ctx, is.number, edit); err != nil {
			res.Left = fmt.Sprintf("closing the duplicate issue #%d: %s", is.number, reason(err))
			break
		}
	}
	return res, nil
}

func (c *Client) settleIssue(ctx context.Context, req IssueRequest, is issue) (IssueResult, error) {
	switch {
	case req.Marker.Run.Before(is.marker.Run):
		res := is.result(Skipped)
		res.Why = newerRun(is.marker.Run)
		return res, nil
	case req.Marker.State == StateDrifted:
		return c.reportDrift(ctx, req, is)
	case is.open && req.Incomplete:
		return c.reportErrors(ctx, req, is)
	case is.open:
		return c.closeIssue(ctx, req, is)
	}
	return is.result(Unchanged), nil
}

func (is issue) result(s Status) IssueResult {
	return IssueResult{Status: s, Number: is.number, URL: is.url}
}

// reportDrift brings an issue up to date, open or not. The comment comes first: should the run end between the two,
// the next one says it twice rather than never.
func (c *Client) reportDrift(ctx context.Context, req IssueRequest, is issue) (IssueResult, error) {
	if is.open && is.body == req.Body && is.title == req.Title {
		return is.result(Unchanged), nil
	}
	if is.marker.Plan != req.Marker.Plan {
		if err := c.commentIssue(ctx, is.number, req.Comment); err != nil {
			return is.result(Degraded), err
		}
	}
	edit := gh.UpdateIssueRequest{Title: &req.Title, Body: &req.Body}
	status := Updated
	if !is.open {
		edit.State, status = new("open"), Reopened
	}
	return is.result(status), c.editIssue(ctx, is.number, edit)
}

// reportErrors brings an open issue up to date where nothing that could be compared has drifted. It goes on standing
// for the set that it reported: the next complete run tells whether that changed.
func (c *Client) reportErrors(ctx context.Context, req IssueRequest, is issue) (IssueResult, error) {
	m := req.Marker
	m.Plan, m.State = is.marker.Plan, is.marker.State
	_, rest, _ := strings.Cut(req.Body, "\n")
	m.Body = bodyDigest(m, rest)
	req.Body = m.String() + "\n" + rest
	if is.body == req.Body && is.title == req.Title {
		return is.result(Unchanged), nil
	}
	return is.result(Updated), c.editIssue(ctx, is.number, gh.UpdateIssueRequest{Title: &req.Title, Body: &req.Body})
}

func (c *Client) closeIssue(ctx context.Context, req IssueRequest, is issue) (IssueResult, error) {
	if err := c.commentIssue(ctx, is.number, req.Comment); err != nil {
		return is.result(Degraded), err
	}
	edit := gh.UpdateIssueRequest{Body: &req.Body, State: new("closed"), StateReason: new("completed")}
	return is.result(Closed), c.editIssue(ctx, is.number, edit)
}

// openIssue makes an issue and looks again: two runs may have done so at once, and the older one stays.
func (c *Client) openIssue(ctx context.Context, req IssueRequest) (IssueResult, error) {
	made, _, err := c.rest.Issues.Create(ctx, c.owner, c.repo,
		gh.CreateIssueRequest{Title: req.Title, Body: &req.Body, Labels: req.Labels})
	if err != nil {
		return IssueResult{}, wrap(err, issueWrite, "opening the drift issue")
	}
	c.learn(made.GetUser())
	res := IssueResult{Status: Created, Number: made.GetNumber(), URL: made.GetHTMLURL()}
	ours, err := c.ourIssues(ctx, req)
	if err != nil {
		res.Left = reason(err)
		return res, nil
	}
	if len(ours) == 0 || ours[0].number == made.GetNumber() {
		return res, nil
	}
	return c.settleIssues(ctx, req, ours)
}

func (c *Client) editIssue(ctx context.Context, number int, edit gh.UpdateIssueRequest) error {
	_, _, err := c.rest.Issues.Update(ctx, c.owner, c.repo, number, edit)
	return wrap(err, issueWrite, "updating the drift issue #%d", number)
}

func (c *Client) commentIssue(ctx context.Context, number int, text string) error {
	if text == "" {
		return nil
	}
	if len(text) > MaxBody {
		return fmt.Errorf(
			"commenting on the drift issue #%d: the text has %d bytes, more than the %d that are written",
			number,
			len(text),
			MaxBody,
		)
	}
	_, _, err := c.rest.Issues.CreateComment(ctx, c.owner, c.repo, number, gh.IssueCommentRequest{Body: text})
	return wrap(err, issueWrite, "commenting on the drift issue #%d", number)
}

// ourIssues lists the issues with this key that the token's own login wrote, whatever their labels: open ones first,
// then the older first. An app's login as REST has it narrows the list; without it all issues are read.
// https://docs.github.com/rest/issues/issues#list-repository-issues
func (c *Client) ourIssues(ctx context.Context, req IssueRequest) ([]issue, error) {
	me, err := c.identity(ctx)
	if err != nil {
		return nil, err
	}
	var ours []issue
	opts := &gh.IssueListByRepoOptions{State: "all", ListOptions: gh.ListOptions{PerPage: perPage}}
	if strings.HasSuffix(me.login, botSuffix) {
		opts.Creator = me.login
	}
	for range maxPages {
		page, resp, err := c.rest.Issues.ListByRepo(ctx, c.owner, c.repo, opts)
		if err != nil {
			return nil, wrap(err, issueWrite, "listing the issues")
		}
		for _, gi := range page {
			m, ok := ParseMarker(KindIssue, gi.GetBody())
			if ok && m.Key == req.Marker.Key && !gi.IsPullRequest() && me.is(actorOf(gi.GetUser())) {
				ours = append(ours, issue{
					number: gi.GetNumber(), url: gi.GetHTMLURL(), open: gi.GetState() != "closed",
					title: gi.GetTitle(), body: gi.GetBody(), marker: m,
				})
			}
		}
		if !nextIssues(opts, resp) {
			slices.SortStableFunc(ours, func(a, b issue) int {
				return cmp.Or(compareBool(b.open, a.open), cmp.Compare(a.number, b.number))
			})
			return ours, nil
		}
	}
	return nil, fmt.Errorf("listing the issues: over %d pages", maxPages)
}

// nextIssues points the options at the next page; long lists of issues are paged by a cursor.
func nextIssues(opts *gh.IssueListByRepoOptions, resp *gh.Response) bool {
	if resp.NextPage == 0 && resp.After == "" {
		return false
	}
	opts.ListOptions.Page, opts.After = resp.NextPage, resp.After
	return true
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// ParseLabels reads a comma-separated list of labels.
func ParseLabels(s string) []string {
	var out []string
	for l := range strings.SplitSeq(s, ",") {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
