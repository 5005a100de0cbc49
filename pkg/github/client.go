package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"
)

// Config configures a client.
type Config struct {
	// APIURL and GraphQLURL are GITHUB_API_URL and GITHUB_GRAPHQL_URL; a path prefix is kept.
	APIURL, GraphQLURL string
	// Repository is "owner/name".
	Repository string
	// Token is sent to the hosts of APIURL and GraphQLURL and nowhere else. Without one every call fails with
	// ErrNoToken.
	Token string
	// UserAgent names the tool and its version.
	UserAgent string
	// Transport sends requests and handles proxies. Nil is a plain one without a proxy.
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
		return nil, errors.New("making a GitHub client: no clock")
	}
	api, err := parseAddress(cfg.APIURL)
	if err != nil {
		return nil, fmt.Errorf("reading GITHUB_API_URL: %w", err)
	}
	token := strings.TrimSpace(cfg.Token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("reading input github-token: it contains a character that no token has")
	}
	t := &transport{
		next: cfg.Transport, token: token, origins: []*url.URL{api}, clock: cfg.Clock, patience: cfg.Patience,
	}
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
	return &Client{
		rest: rest, http: client, graphQL: cfg.GraphQLURL, owner: owner, repo: repo,
		clock: cfg.Clock, hasToken: token != "",
	}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func parseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The parser's error repeats the text, and with it any password in it.
		return nil, errors.New("invalid URL")
	}
	plain := u.User == nil && u.RawQuery == "" && u.Fragment == ""
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || !plain {
		return nil, fmt.Errorf("%q is not an API address such as https://api.github.com", u.Redacted())
	}
	return u, nil
}
