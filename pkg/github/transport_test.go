package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

const secondary = `{"message":"You have exceeded a secondary rate limit. ` +
	`Please wait a few minutes before you try again.",` +
	`"documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`

func TestLimitsAreWaitedOutAndNotTakenForARefusal(t *testing.T) {
	now := newClock().now
	for name, c := range map[string]struct {
		answers []githubtest.Answer
		want    []time.Duration
	}{
		"429 with Retry-After": {
			[]githubtest.Answer{{Status: 429, Header: map[string]string{"Retry-After": "17"}}},
			[]time.Duration{17 * time.Second},
		},
		"429 with a date": {
			[]githubtest.Answer{{Status: 429,
				Header: map[string]string{"Retry-After": now.Add(9 * time.Second).Format(http.TimeFormat)}}},
			[]time.Duration{9 * time.Second},
		},
		"Retry-After: 0": {
			[]githubtest.Answer{{Status: 429, Header: map[string]string{"Retry-After": "0"}}},
			[]time.Duration{time.Second},
		},
		"secondary limit with a header": {
			[]githubtest.Answer{{Status: 403, Header: map[string]string{"Retry-After": "60"}, Body: secondary}},
			[]time.Duration{time.Minute},
		},
		"403 with Retry-After alone": {
			[]githubtest.Answer{{Status: 403, Header: map[string]string{"Retry-After": "5"}, Body: "{}"}},
			[]time.Duration{5 * time.Second},
		},
		"secondary limit by its text": {
			[]githubtest.Answer{{Status: 403, Body: secondary}, {Status: 403, Body: secondary}},
			[]time.Duration{time.Minute, 2 * time.Minute},
		},
		"primary limit soon over": {[]githubtest.Answer{{Status: 403, Body: `{"message":"API rate limit exceeded"}`,
			Header: map[string]string{
				"X-RateLimit-Remaining": "0",
				"X-RateLimit-Reset":     strconv.FormatInt(now.Add(30*time.Second).Unix(), 10)}}},
			[]time.Duration{31 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock, client := setup(t)
			s.Answer("POST", repo+"/issues/7/comments", c.answers...)
			wantStatus(t, upsert(t, client, request(t, marker(1), "plan")), github.Created)
			wantBodies(t, s, "github-actions[bot]: plan")
			if d := cmp.Diff(c.want, clock.slept); d != "" {
				t.Errorf("waits (-want +got):\n%s", d)
			}
		})
	}
}

func TestPatienceIsBounded(t *testing.T) {
	for name, a := range map[string]githubtest.Answer{
		"an hour away":  {Status: 429, Header: map[string]string{"Retry-After": "3600"}},
		"over and over": {Status: 403, Body: secondary, Header: map[string]string{"Retry-After": "50"}},
		"a huge number": {Status: 429, Header: map[string]string{"Retry-After": "2147483647"}},
		"the limit that resets in an hour": {Status: 403, Header: map[string]string{
			"X-RateLimit-Remaining": "0",
			"X-RateLimit-Reset":     strconv.FormatInt(newClock().now.Add(time.Hour).Unix(), 10)}},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock := githubtest.Start(t), newClock()
			s.Always("POST", repo+"/issues/7/comments", a)
			_, err := newClient(t, config(s, clock)).UpsertComment(t.Context(), request(t, marker(1), "plan"))
			var limit *github.RateLimitError
			if !errors.As(err, &limit) || github.Degradable(err) || limit.Status != a.Status {
				t.Fatalf("error %v", err)
			}
			var sum time.Duration
			for _, d := range clock.slept {
				sum += d
			}
			if sum > 5*time.Minute {
				t.Errorf("waited %s", sum)
			}
			// What it says has to be true: the next try is further away than it may still wait.
			if limit.Left != 5*time.Minute-sum || limit.Wait <= limit.Left ||
				!strings.Contains(
					err.Error(),
					fmt.Sprintf("would be in %s, and this run waits %s more", limit.Wait, limit.Left),
				) {
				t.Errorf("after %s: %v", sum, err)
			}
		})
	}
}

func TestShortWaitsUseThePatienceThatThereIs(t *testing.T) {
	soon := githubtest.Answer{Status: 403, Body: secondary, Header: map[string]string{"Retry-After": "1"}}
	t.Run("and a limit that lasts a minute is sat out", func(t *testing.T) {
		s, clock, c := setup(t)
		s.Answer("POST", repo+"/issues/7/comments", slices.Repeat([]githubtest.Answer{soon}, 6)...)
		wantStatus(t, upsert(t, c, request(t, marker(1), "plan")), github.Created)
		if d := clock.now.Sub(newClock().now); d < time.Minute || d > 2*time.Minute {
			t.Errorf("waited %s: %v", d, clock.slept)
		}
	})
	t.Run("and no more", func(t *testing.T) {
		s, clock := githubtest.Start(t), newClock()
		s.Always("POST", repo+"/issues/7/comments", soon)
		_, err := newClient(t, config(s, clock)).UpsertComment(t.Context(), request(t, marker(1), "plan"))
		if err == nil || !strings.Contains(err.Error(), "it lasted for 7 tries") {
			t.Errorf("error %v", err)
		}
		if d := clock.now.Sub(newClock().now); d < time.Minute || d > 2*time.Minute {
			t.Errorf("waited %s in %d tries", d, len(clock.slept))
		}
	})
}

func TestPassingFaultsAreTriedAgainButNeverACreation(t *testing.T) {
	bad := githubtest.Answer{Status: 502, Body: "<html>Bad Gateway</html>"}
	t.Run("reading", func(t *testing.T) {
		s, clock, c := setup(t)
		s.Answer("GET", repo+"/issues/7/comments", bad, bad)
		s.Answer("POST", githubtest.GraphQLPath, bad)
		wantStatus(t, upsert(t, c, request(t, marker(1), "plan")), github.Created)
		if d := cmp.Diff([]time.Duration{time.Second, time.Second, 2 * time.Second}, clock.slept); d != "" {
			t.Errorf("waits (-want +got):\n%s", d)
		}
	})
	t.Run("reading, in vain", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("GET", repo+"/issues/7/comments", bad, bad, bad)
		_, err := c.UpsertComment(t.Context(), request(t, marker(1), "plan"))
		if err == nil || !strings.Contains(err.Error(), "502") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("creating", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", repo+"/issues/7/comments", bad)
		_, err := c.UpsertComment(t.Context(), request(t, marker(1), "plan"))
		if err == nil || !strings.Contains(err.Error(), "commenting on #7: GitHub answers 502") {
			t.Errorf("error %v", err)
		}
		if n := s.Count("POST", repo); n != 1 {
			t.Errorf("tried %d times to create", n)
		}
	})
}

func TestTheTokenStaysWithTheConfiguredHosts(t *testing.T) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen = append(stolen, r.Method+" "+r.Header.Get("Authorization"))
		w.Write([]byte("[]"))
	}))
	defer thief.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			s, _, c := setup(t)
			s.Answer(
				"GET",
				repo+"/issues/7/comments",
				githubtest.Answer{Status: status, Header: map[string]string{"Location": thief.URL + "/x"}},
			)
			_, err := c.UpsertComment(t.Context(), request(t, marker(1), "plan"))
			if err == nil || !strings.Contains(err.Error(), "moved to") {
				t.Errorf("error %v", err)
			}
		})
	}
	if len(stolen) > 0 {
		t.Errorf("the other host was asked: %v", stolen)
	}
}

func TestARenamedRepositoryIsFollowedAtTheSameHostForReadingOnly(t *testing.T) {
	s, _, c := setup(t)
	moved := githubtest.Answer{
		Status: 301,
		Header: map[string]string{"Location": s.APIURL() + repo + "/issues/7/comments?page=1"},
	}
	s.Answer("GET", repo+"/issues/7/comments", moved)
	wantStatus(t, upsert(t, c, request(t, marker(1), "plan")), github.Created)

	s.Answer(
		"POST",
		repo+"/issues/8/comments",
		githubtest.Answer{
			Status: 301,
			Header: map[string]string{"Location": s.APIURL() + repo + "/issues/8/comments"},
		},
	)
	req := request(t, marker(1), "plan")
	req.Number = 8
	if _, err := c.UpsertComment(t.Context(), req); err == nil || !strings.Contains(err.Error(), "301") {
		t.Errorf("a write turned into a read: %v", err)
	}
}

func TestEveryRequestHasThePathPrefixAndTheToken(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		s, clock := githubtest.Start(t), newClock()
		cfg := config(s, clock)
		cfg.APIURL += slash
		upsert(t, newClient(t, cfg), request(t, marker(1), "plan"))
		for _, r := range s.Requests() {
			if r.Authorization != "Bearer "+githubtest.Token {
				t.Errorf("%s %s has %q", r.Method, r.Path, r.Authorization)
			}
			if r.Path != githubtest.GraphQLPath && !strings.HasPrefix(r.Path, repo+"/") {
				t.Errorf("%s outside the prefix", r.Path)
			}
		}
	}
}

// A proxy is the transport's matter; what counts here is that everything goes through the one that was given.
func TestAProxyIsUsedForAll(t *testing.T) {
	s, clock := githubtest.Start(t), newClock()
	seen := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen++
		if r.URL.Host != "ghe.example" {
			t.Errorf("asked for %s", r.URL)
		}
		r.URL.Host = strings.TrimPrefix(s.URL(), "http://")
		r.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		resp.Write(discard{})
	}))
	defer proxy.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	at, _ := url.Parse(proxy.URL)
	cfg := config(s, clock)
	cfg.APIURL, cfg.GraphQLURL = "http://ghe.example"+githubtest.Prefix, "http://ghe.example"+githubtest.GraphQLPath
	cfg.Transport = &http.Transport{Proxy: http.ProxyURL(at)}
	s.Answer("GET", repo+"/issues/7/comments", githubtest.Answer{Status: 403, Body: "{}"})
	wantStatus(t, upsert(t, newClient(t, cfg), request(t, marker(1), "plan")), github.Degraded)
	if seen != 2 {
		t.Errorf("%d requests through the proxy, want 2", seen)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestAnEndedContextEndsTheWaiting(t *testing.T) {
	s := githubtest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cfg := config(s, newClock())
	cfg.Clock.Sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	s.Answer("GET", repo+"/issues/7/comments", githubtest.Answer{Status: 429})
	if _, err := newClient(t, cfg).UpsertComment(ctx, request(t, marker(1), "plan")); !errors.Is(
		err,
		context.Canceled,
	) {
		t.Errorf("error %v", err)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	s := githubtest.Start(t)
	for name, change := range map[string]func(*github.Config){
		"no address":                  func(c *github.Config) { c.APIURL = "" },
		"an address without a scheme": func(c *github.Config) { c.APIURL = "api.github.com" },
		"a file":                      func(c *github.Config) { c.APIURL = "file:///etc" },
		"a password in it":            func(c *github.Config) { c.APIURL = "https://u:p@ghe.example/api/v3" },
		"a bad GraphQL address":       func(c *github.Config) { c.GraphQLURL = "graphql" },
		"no repository":               func(c *github.Config) { c.Repository = "" },
		"a path for a repository":     func(c *github.Config) { c.Repository = "acme/../voice" },
		"a newline in the token":      func(c *github.Config) { c.Token = "a\nb" },
		"no clock":                    func(c *github.Config) { c.Clock = github.Clock{} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(s, newClock())
			change(&cfg)
			_, err := github.New(cfg)
			if err == nil {
				t.Fatal("taken")
			}
			if strings.Contains(err.Error(), "u:p") || strings.Contains(err.Error(), "a\nb") {
				t.Errorf("a secret is in the error: %v", err)
			}
		})
	}
}
