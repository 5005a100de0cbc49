package github

import (
	"cmp"
	"context"
	"fmt"
)

// note says beside a comment that is left alone what became of its plan. There is one note for each comment and
// organization; it approves nothing.
func (c *Client) note(ctx context.Context, r Record) (CommentResult, error) {
	s, line := r.Source, cmp.Or(r.Line, r.Kept)
	m := Marker{
		Kind: KindNote, Version: s.Comment.Marker.Version, Key: noteKey(s.Comment, r.Wanted.Organization),
		Run: r.Run, State: r.State, Content: Digest(line),
	}
	why := fmt.Sprintf("\n\nThis is not in [the plan's comment](%s): %s. Writing into it would make this tool its last "+
		"editor.\n", s.Comment.URL, s.unread())
	body, err := Compose(m, func(limit int) string {
		text := "### Data action timeouts\n" + line
		if r.Text != nil {
			text = r.Text(limit - len(why))
		}
		return r.withFoot(text, limit-len(why)-len(text), limit-len(why)) + why
	})
	if err != nil {
		return CommentResult{}, fmt.Errorf("recording the apply on #%d: %w", s.Pull.Number, err)
	}
	req := CommentRequest{Number: s.Pull.Number, Marker: m, Body: body}
	if err := checkBody(&req.Marker, req.Body); err != nil {
		return CommentResult{}, err
	}
	return c.upsertComment(ctx, req)
}

// noteKey is the key of the note beside a comment. It fits what the comment's own does.
func noteKey(beside Comment, organization string) string {
	return beside.Marker.Key + Digest(organization)
}

// withoutNote removes the note of an earlier run, once the comment itself says what became of the plan.
func (c *Client) withoutNote(ctx context.Context, r Record, res CommentResult) CommentResult {
	if r.Source.Note == 0 || r.State == StateApplying || res.Status == Skipped {
		return res
	}
	return c.withoutDuplicates(ctx, res, []Comment{{ID: r.Source.Note}})
}
