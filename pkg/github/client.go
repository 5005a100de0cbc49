package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"
)

// Config is what a client needs to know.
type Config struct {
	// APIURL and GraphQLURL are GITHUB_API_URL and GITHUB_GRAPHQL_URL; a path prefix is kept.
	APIURL, GraphQLURL string
	// Repository is "owner/name".
	Repository string
	// Token is sent to the hosts of APIURL and GraphQLURL and nowhere else. Without one every call fails with ErrNoToken.
	Token string
	// UserAgent names the tool and its version.
	UserAgent string
	// Transport sends requests; proxies are its matter. Nil is a plain one without a proxy.
	Transport http.RoundTripper
	Clock     Clock
	// Patience bounds the time spent waiting for rate limits and faults, over all calls. 0 is five minutes.
	Patience time.Duration
}

// Client works on one repository. It is not for use by several goroutines at once.
type Client struct {
	rest        *gh.Client
	http        *http.Client
	graphQL     string
	owner, repo string
	clock       Clock
	hasToken    bool
	me          *identity
}

// New makes a client; it sends nothing yet.
func New(cfg Config) (*Client, error) {
	owner, repo, err := splitRepository(cfg.Repository)
	if err != nil {
		return nil, fmt.Errorf("reading GITHUB_REPOSITORY: %w", err)
	}
	if cfg.Clock.Now == nil || cfg.Clock.Sleep == nil {
		return nil, errors.New("making a GitHub client: it has no clock")
	}
	api, err := parseAddress(cfg.APIURL)
	if err != nil {
		return nil, fmt.Errorf("reading GITHUB_API_URL: %w", err)
	}
	token := strings.TrimSpace(cfg.Token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("reading the input github-token: it holds a character that no token has")
	}
	t := &transport{next: cfg.Transport, token: token, origins: []*url.URL{api}, clock: cfg.Clock, patience: cfg.Patience}
	if t.next == nil {
		t.next = &http.Transport{ForceAttemptHTTP2: true}
	}
	if t.patience == 0 {
		t.patience = 5 * time.Minute
	}
	if cfg.GraphQLURL != "" {
		graphQL, err := parseAddress(cfg.GraphQLURL)
		if err != nil {
			return nil, fmt.Errorf("reading GITHUB_GRAPHQL_URL: %w", err)
		}
		t.origins = append(t.origins, graphQL)
	}
	client := &http.Client{Transport: t, CheckRedirect: followRedirect}
	base := strings.TrimSuffix(api.String(), "/") + "/"
	rest, err := gh.NewClient(gh.WithHTTPClient(client), gh.WithURLs(&base, &base), gh.WithUserAgent(cfg.UserAgent),
		gh.WithDisableRateLimitCheck())
	if err != nil {
		return nil, fmt.Errorf("making a GitHub client: %w", err)
	}
	return &Client{rest: rest, http: client, graphQL: cfg.GraphQLURL, owner: owner, repo: repo, clock: cfg.Clock, hasToken: token != ""}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func parseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The parser's error repeats the text, and with it a password that somebody put there.
		return nil, errors.New("it is not an address that can be read")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not the address of an API, such as https://api.github.com", u.Redacted())
	}
	return u, nil
}

// identity is who the token speaks as.
//
// A marker counts only in a text that this login wrote, since anybody may comment and could plant one. GraphQL's viewer answers
// for every kind of token, while REST's /user is forbidden to a job's own. Where the viewer is not to be had either, the login
// is taken to be the job token's, github-actions[bot], and never "anybody": a name with brackets cannot be registered by a
// person. With another app's token that misses comments that are ours, and errs on the safe side: an approved plan is then not
// found, and a comment is made a second time. Creating tells the login, so the list that follows finds the first and keeps it.
type identity struct{ login string }

const jobLogin = "github-actions[bot]"

// wrote reports whether a user is the token's own. GraphQL may give an app's login without the suffix that REST puts.
func (i identity) wrote(u *gh.User) bool {
	login := u.GetLogin()
	return login != "" && (strings.EqualFold(login, i.login) || strings.EqualFold(login, i.login+"[bot]"))
}

// learn takes the login from something that was just created, which settles it.
func (c *Client) learn(u *gh.User) {
	if u.GetLogin() != "" {
		c.me = &identity{login: u.GetLogin()}
	}
}

// readOnly marks, in a context, a POST that only asks and may be sent again.
type readOnly struct{}

func (c *Client) identity(ctx context.Context) (identity, error) {
	if c.me == nil {
		login, err := c.viewer(ctx)
		if err != nil {
			return identity{}, fmt.Errorf("asking GitHub whose token this is: %w", err)
		}
		c.me = &identity{login: cmp.Or(login, jobLogin)}
	}
	return *c.me, nil
}

// viewer is the token's login, or "" where GitHub does not say. https://docs.github.com/graphql/reference/queries#viewer
func (c *Client) viewer(ctx context.Context) (string, error) {
	if c.graphQL == "" {
		return "", nil
	}
	ctx = context.WithValue(ctx, readOnly{}, true)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.graphQL, bytes.NewReader([]byte(`{"query":"query { viewer { login } }"}`)))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.rest.UserAgent())
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out struct {
		Data struct {
			Viewer struct{ Login string }
		}
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&out) != nil {
		return "", nil
	}
	return out.Data.Viewer.Login, nil
}
