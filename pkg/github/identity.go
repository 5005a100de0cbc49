package github

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	gh "github.com/google/go-github/v92/github"
)

// identity is who the token speaks as.
//
// A marker counts only in a text that this login wrote, since anyone may comment and could plant one. GraphQL's
// viewer answers for every kind of token, while REST's /user is forbidden to a job's own. Where the viewer cannot be
// read either, the login is taken to be the job token's, github-actions[bot], and never "anyone": a person cannot
// register a name with brackets. With another app's token that misses our own comments, which errs on the safe side:
// no approved plan is found, and a second comment is made. Creating it tells the login, so the list that follows
// finds the first one and keeps it.
type identity struct {
	login string
	// id is the account's, 0 where GitHub did not say.
	id int64
	// kind is "Bot" or "User" where that is certain.
	kind string
}

const (
	jobLogin  = "github-actions[bot]"
	botSuffix = "[bot]"
	kindBot   = "Bot"
	kindUser  = "User"
)

// actor is an account that wrote or edited something. GraphQL gives an app's login without the suffix that REST puts.
type actor struct {
	login, kind string
	id          int64
}

func actorOf(u *gh.User) actor { return actor{u.GetLogin(), u.GetType(), u.GetID()} }

// is reports whether an account is the token's own: by id where both have one, else by login. A suffix counts only on
// a Bot, and a User named like the app is another account.
func (i identity) is(a actor) bool {
	if i.id != 0 && a.id != 0 {
		return i.id == a.id
	}
	mine, app := strings.CutSuffix(strings.ToLower(i.login), botSuffix)
	login := strings.ToLower(a.login)
	switch {
	case login == "":
		return false
	case a.kind == kindBot:
		return strings.TrimSuffix(login, botSuffix) == mine && i.kind != kindUser
	default:
		return login == mine && !app && i.kind != kindBot
	}
}

// learn takes the identity from something that was just created, which settles it.
func (c *Client) learn(u *gh.User) {
	if u.GetLogin() != "" {
		c.me = &identity{login: u.GetLogin(), id: u.GetID(), kind: u.GetType()}
	}
}

func (c *Client) identity(ctx context.Context) (identity, error) {
	if c.me == nil {
		me, err := c.viewer(ctx)
		if err != nil {
			return identity{}, fmt.Errorf("asking GitHub whose token this is: %w", err)
		}
		me.login = cmp.Or(me.login, jobLogin)
		c.me = &me
	}
	return *c.me, nil
}

// viewer is who the token belongs to, or the zero value where GitHub does not say.
// https://docs.github.com/graphql/reference/queries#viewer
func (c *Client) viewer(ctx context.Context) (identity, error) {
	var out struct {
		Viewer struct {
			Login      string
			DatabaseID int64 `json:"databaseId"`
		}
	}
	said, err := c.query(ctx, `query { viewer { login databaseId } }`, nil, &out)
	if err != nil || !said {
		return identity{}, err
	}
	return identity{login: out.Viewer.Login, id: out.Viewer.DatabaseID}, nil
}

// Trust says whether a comment still is what we wrote.
type Trust string

// A comment approves only where its last editor is certain to be us.
const (
	// Unread: GitHub was not asked, or did not say who edited it.
	Unread  Trust = ""
	Trusted Trust = "ours"
	// Edited by another account.
	Edited Trust = "edited"
)

// commentQuery reads a comment together with its last editor, so that no edit fits in between.
// https://docs.github.com/graphql/reference/objects#issuecomment
const commentQuery = `query($id: ID!) { node(id: $id) { ... on IssueComment { body lastEditedAt ` +
	`author { __typename login ... on User { databaseId } ... on Bot { databaseId } } ` +
	`editor { __typename login ... on User { databaseId } ... on Bot { databaseId } } } } }`

// graphActor is GraphQL's Actor. https://docs.github.com/graphql/reference/interfaces#actor
type graphActor struct {
	Type       string `json:"__typename"`
	Login      string
	DatabaseID int64 `json:"databaseId"`
}

func (a graphActor) actor() actor { return actor{a.Login, a.Type, a.DatabaseID} }

// graphComment is the answer to commentQuery.
type graphComment struct {
	Node *struct {
		Body           *string
		LastEditedAt   *string
		Author, Editor *graphActor
	}
}

// trust judges the answer for a comment that REST gave with this body.
func (g graphComment) trust(me identity, body string) Trust {
	n := g.Node
	switch {
	case n == nil || n.Author == nil:
		return Unread
	case !me.is(n.Author.actor()), n.Body != nil && *n.Body != body:
		return Edited
	case n.Editor != nil && !me.is(n.Editor.actor()), n.Editor == nil && n.LastEditedAt != nil:
		return Edited // an editor who deleted the account is null
	}
	return Trusted
}

// trust asks who edited a comment last. An answer that does not say is Unread, not an error.
func (c *Client) trust(ctx context.Context, o Comment) (Trust, error) {
	me, err := c.identity(ctx)
	if err != nil || o.NodeID == "" {
		return Unread, err
	}
	var out graphComment
	said, err := c.query(ctx, commentQuery, map[string]any{"id": o.NodeID}, &out)
	if err != nil || !said {
		return Unread, err
	}
	return out.trust(me, o.Body), nil
}
