package github_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	repo = "/repos/" + githubtest.Repository
	pr   = 7
)

// clock stands still until another user sleeps.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) clock() github.Clock {
	return github.Clock{
		Now: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.now = c.now.Add(d)
			c.slept = append(c.slept, d)
			return ctx.Err()
		},
	}
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

func config(s *githubtest.Server, c *clock) github.Config {
	return github.Config{
		APIURL: s.APIURL(), GraphQLURL: s.GraphQLURL(), Repository: githubtest.Repository, Token: githubtest.Token,
		UserAgent: "genesys-timeouts/test", Clock: c.clock(),
	}
}

func newClient(t *testing.T, cfg github.Config) *github.Client {
	t.Helper()
	c, err := github.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// setup is a server, a clock that does not wait, and a client of both. Answers that nobody asked for fail the test.
func setup(t *testing.T) (*githubtest.Server, *clock, *github.Client) {
	t.Helper()
	s, c := githubtest.Start(t), newClock()
	t.Cleanup(func() {
		if u := s.Unused(); len(u) > 0 {
			t.Errorf("answers nobody asked for: %s", strings.Join(u, "; "))
		}
	})
	return s, c, newClient(t, config(s, c))
}

var approved = github.Approved{
	Label: "prod", Environment: "mypurecloud.ie", ManifestDigest: "sha256:aa",
	Rows: []github.Row{{ID: "custom_-_1", From: new(int64(3000)), To: 12000}, {ID: "custom_-_2", To: 5000}},
}

var key = github.Key("prod", []string{"timeouts.yaml"}, "mypurecloud.ie")

func marker(run int64) github.Marker {
	return github.Marker{
		Kind: github.KindComment, Version: "1.0.0", Key: key, Head: "abc123", Plan: approved.Hash(),
		State: github.StatePlanned,
		Run:   github.Run{ID: run, Number: run, Attempt: 1},
	}
}

func compose(t *testing.T, m github.Marker, text string) string {
	t.Helper()
	var a *github.Approved
	if m.Kind == github.KindComment {
		a = &approved
	}
	body, err := github.ComposeShown(m, a, func(int) string { return text })
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func request(t *testing.T, m github.Marker, text string) github.CommentRequest {
	t.Helper()
	return github.CommentRequest{Number: pr, Marker: m, Body: compose(t, m, text)}
}

func upsert(t *testing.T, c *github.Client, req github.CommentRequest) github.CommentResult {
	t.Helper()
	res, err := c.UpsertComment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
