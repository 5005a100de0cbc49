package github

import "context"

// FindComment is the oldest comment with this key that the token's own login wrote, or nil.
func (c *Client) FindComment(ctx context.Context, number int, key string) (*Comment, error) {
	if !c.hasToken {
		return nil, ErrNoToken
	}
	ours, err := c.ourComments(ctx, number, KindComment, key)
	if err != nil || len(ours) == 0 {
		return nil, err
	}
	return &ours[0], nil
}

// ComposeShown is a comment that shows one plan, nil for none, in the form without a content digest.
func ComposeShown(m Marker, a *Approved, render func(limit int) string) (string, error) {
	block := ""
	if a != nil {
		var err error
		if block, err = encodeBlock(Lists(*a)); err != nil {
			return "", err
		}
	}
	_, body, err := seal(m, block, MaxBody, render)
	return body, err
}
