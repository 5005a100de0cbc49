package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	gh "github.com/google/go-github/v92/github"
)

// Record is what a run of apply writes into the comment of one source.
type Record struct {
	Source Source
	// Wanted is the plan as it was when the run decided, Written the rows that it wrote: together they use approvals
	// up.
	Wanted  Approved
	Written []Row
	Run     Run
	State   State
	// Line is the state's line in Markdown; each organisation has its own.
	Line string
	// Text renders the whole text anew within limit bytes; nil keeps the text and replaces its state line alone.
	Text func(limit int) string
	// Kept is the line for a text that is kept although Text is given: a newer run wrote it.
	Kept string
	// Foot is added to a text that is kept, where it fits. Rest says where it can be read if not; empty means "in the
	// job summary".
	Foot, Rest string
}

// ErrTaken means that another run has used or ended an approval since this one decided.
var ErrTaken = errors.New("an approval counts no longer")

// Record writes the state of an apply into a source's comment and marks the approvals that it used up. Any error
// means that the comment does not say so, and errors are not degraded: before the write they refuse the apply, after
// it they fail the job. A comment that was deleted is made anew. Skipped is a comment that a newer run wrote where
// this run used nothing up. One of which GitHub does not say who edited it is left alone, since writing into it would
// make us its last editor: a note beside it says the same.
func (c *Client) Record(ctx context.Context, r Record) (CommentResult, error) {
	if !c.hasToken {
		return CommentResult{}, ErrNoToken
	}
	number := r.Source.Pull.Number
	if r.Source.Comment.ID == 0 {
		return CommentResult{Status: Skipped, Why: r.Source.Invalid}, nil
	}
	there, gone, err := c.latest(ctx, number, r.Source.Comment)
	if err != nil {
		return CommentResult{URL: r.Source.Comment.URL}, err
	}
	if !gone && there.ID != 0 && there.Body != r.Source.Comment.Body {
		decided := r.Source
		if err := c.refresh(ctx, &r.Source, there); err != nil {
			return CommentResult{URL: there.URL}, err
		}
		if r.State == StateApplying && !r.Source.approvesAll(decided, r.Wanted) {
			return CommentResult{URL: there.URL}, fmt.Errorf("%w: the comment on #%d has changed", ErrTaken, number)
		}
	}
	if r.Source.Trust == Unread && len(r.Source.Comment.Lists) > 0 {
		if r.State == StateApplying {
			return CommentResult{Status: Skipped, URL: r.Source.Comment.URL, Why: r.Source.unread()}, nil
		}
		return c.note(ctx, r)
	}
	body, skip, err := r.body()
	if err != nil || skip != "" {
		return CommentResult{Status: Skipped, URL: r.Source.Comment.URL, Why: skip}, err
	}
	res, err := c.writeRecord(ctx, r.Source, body, gone)
	if err != nil {
		return res, err
	}
	return c.withoutNote(ctx, r, res), nil
}

func (c *Client) writeRecord(ctx context.Context, s Source, body string, gone bool) (CommentResult, error) {
	number := s.Pull.Number
	if !gone {
		_, _, err := c.rest.Issues.UpdateComment(
			ctx,
			c.owner,
			c.repo,
			s.Comment.ID,
			gh.IssueCommentRequest{Body: body},
		)
		err = wrap(err, pullWrite, "recording the apply in the comment on #%d", number)
		if !deleted(err) {
			return CommentResult{Status: Updated, URL: s.Comment.URL}, err
		}
	}
	made, _, err := c.rest.Issues.CreateComment(ctx, c.owner, c.repo, number, gh.IssueCommentRequest{Body: body})
	if err != nil {
		return CommentResult{}, wrap(err, pullWrite, "recording the apply on #%d", number)
	}
	// Two runs may have made one at once: what is recorded must be in the oldest, which the next run reads.
	ours, err := c.replacements(ctx, number, s.Comment)
	if err != nil {
		return CommentResult{URL: made.GetHTMLURL()}, err
	}
	if len(ours) == 0 || ours[0].ID >= made.GetID() {
		others := slices.DeleteFunc(ours, func(o Comment) bool { return o.ID == made.GetID() })
		return c.withoutDuplicates(ctx, CommentResult{Status: Created, URL: made.GetHTMLURL()}, others), nil
	}
	_, _, err = c.rest.Issues.UpdateComment(ctx, c.owner, c.repo, ours[0].ID, gh.IssueCommentRequest{Body: body})
	if err != nil {
		return CommentResult{URL: ours[0].URL}, wrap(err, pullWrite, "recording the apply in the comment on #%d", number)
	}
	return c.withoutDuplicates(ctx, CommentResult{Status: Updated, URL: ours[0].URL}, ours[1:]), nil
}

// replacements are our other comments with the key of one that was deleted, oldest first.
func (c *Client) replacements(ctx context.Context, number int, gone Comment) ([]Comment, error) {
	ours, err := c.fittingComments(ctx, number, gone.Marker.Key)
	return slices.DeleteFunc(ours[KindComment], func(o Comment) bool {
		return o.ID == gone.ID || o.Marker.Key != gone.Marker.Key // a list that lags may still have it
	}), err
}

// latest reads a comment again: another run may have recorded something since. One that was deleted may have been made
// anew, by this run too.
func (c *Client) latest(ctx context.Context, number int, o Comment) (there Comment, gone bool, err error) {
	ic, _, err := c.rest.Issues.GetComment(ctx, c.owner, c.repo, o.ID)
	err = wrap(err, pullWrite, "reading the comment on #%d again", number)
	switch {
	case statusOf(err) == http.StatusNotFound:
		anew, err := c.replacements(ctx, number, o)
		if err != nil || len(anew) == 0 {
			return Comment{}, true, err
		}
		return anew[0], false, nil
	case err != nil:
		return Comment{}, false, err
	}
	m, ok := ParseMarker(KindComment, ic.GetBody())
	if !ok || m.Key != o.Marker.Key {
		m = Marker{}
	}
	return commentOf(ic, m), false, nil
}

// refresh takes over what a comment says now, if we wrote it. What another account wrote is not taken over: the
// source then keeps what was checked.
func (c *Client) refresh(ctx context.Context, s *Source, there Comment) error {
	trust, err := c.trust(ctx, there)
	if err != nil {
		return err
	}
	list := (*List)(nil)
	if s.List != nil {
		list = find(there.Lists, s.List.Approved)
	}
	if trust == Trusted && there.Marker.Key != "" && (list != nil) == (s.List != nil) {
		s.Comment, s.List = there, list
	}
	return nil
}

// body is the comment's new body, or why it is left alone.
func (r Record) body() (body, skip string, err error) {
	s := r.Source
	m, lists := s.Comment.Marker, s.Comment.Lists
	list, used := s.Mark(r.Wanted, r.Written)
	newer := r.Run.Before(m.Run)
	if newer && !used {
		return "", newerRun(m.Run), nil
	}
	text, org, line := textOf(s.Comment.Body), r.Wanted.Organization, r.Line
	if newer {
		line = cmp.Or(r.Kept, line)
	}
	render := func(limit int) string {
		text := withState(text, org, line)
		return r.withFoot(text, limit-(maxRecorded-MaxBody+recordRoom)-len(text), limit)
	}
	switch {
	case s.Trust == Edited:
		// What another account wrote must not become ours by our writing into it.
		lists = nil
		render = func(int) string { return withState("", org, line) }
	case newer && m.State != StateRefused: // what a newer run refused is written after all
		render = func(int) string { return text }
	case r.Text != nil && !newer:
		render = func(limit int) string {
			return withState(r.Text(max(limit-stateRoom(org, line), 0)), org, line)
		}
	}
	if !newer {
		m.Run, m.State = r.Run, r.State
	}
	block := ""
	if len(lists) > 0 {
		if block, err = encodeBlock(replaced(lists, s.List, list)); err != nil {
			return "", "", err
		}
		if block == "" {
			return "", "", errors.New("recording the apply: the block of approved changes does not fit")
		}
	}
	limit := maxRecorded
	if r.Text != nil && !newer {
		limit = MaxBody - recordRoom
	}
	m.Content = ""
	_, body, err = seal(m, block, limit, render)
	if err != nil {
		return "", "", fmt.Errorf("recording the apply on #%d: %w", s.Pull.Number, err)
	}
	return body, "", nil
}

// withFoot adds the foot where there is room for it, else where it is.
func (r Record) withFoot(text string, room, limit int) string {
	leftOut := "\n\nThe manifest that undoes this is too long for the comment; it is " +
		cmp.Or(r.Rest, "in the job summary") + ".\n"
	switch {
	case len(r.Foot) <= room:
		text += r.Foot
	case len(text)+len(leftOut) <= limit:
		text += leftOut
	}
	return text
}

// replaced is the lists with one replaced.
func replaced(lists []List, old *List, by List) []List {
	out := make([]List, len(lists))
	for i, l := range lists {
		if old != nil && l.sameTarget(old.Approved) {
			l = by
		}
		out[i] = l
	}
	return out
}

// Concerned are the sources whose comments a run of apply writes into: those of the push, and any other that approved
// a change, came closest to a refused one, or was used up.
func Concerned(sources []Source, wanted Approved, d Decision, written []Row) []Source {
	numbers := map[int]bool{}
	for _, a := range d.Allowed {
		for _, n := range a.Pulls {
			numbers[n] = true
		}
	}
	for _, f := range d.Refused {
		numbers[f.Pull] = numbers[f.Pull] || len(f.Approved) == 0 // what ended an approval is not refused
		for _, n := range f.Approved {
			numbers[n] = true
		}
	}
	var out []Source
	for _, s := range sources {
		_, used := s.Mark(wanted, written)
		if s.Comment.ID != 0 && !s.Later && (s.InPush || used || numbers[s.Pull.Number]) {
			out = append(out, s)
		}
	}
	return out
}
