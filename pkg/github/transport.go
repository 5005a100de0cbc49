package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Clock is the time a client lives in.
type Clock struct {
	Now func() time.Time
	// Sleep waits, and returns the context's error when that ends first.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Bounds of trying again. Limits are bounded by the client's patience: secondary ones usually ask for a minute, so
// five of them are sat out; a primary limit that resets in an hour is not. One that asks for a second again and again
// is met ever more seldom, and sat out for a minute.
const (
	maxFaultTries = 3
	maxLimitTries = 7
	defaultWait   = time.Minute
	tryTimeout    = time.Minute
	maxAnswer     = 64 << 20
	maxRedirects  = 5
)

// transport sends requests to the configured origins only, with the token, and waits limits and passing faults out.
type transport struct {
	next    http.RoundTripper
	token   string
	origins []*url.URL
	clock   Clock
	// patience is what is left of the time this client may spend waiting.
	patience time.Duration
}

// RoundTrip implements http.RoundTripper. The answer's body is read whole, so that a try's time limit covers it.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.allowed(req.URL) {
		closeBody(req)
		return nil, fmt.Errorf("refusing to ask %s: GitHub's addresses here are %s", req.URL.Host, t.hosts())
	}
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		resp, err := t.once(req, body)
		if ctxErr := req.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		again, wait, limited := t.judge(req, resp, err, try)
		if !again {
			return resp, err
		}
		if wait > t.patience || try == maxLimitTries {
			if limited {
				return nil, &RateLimitError{Status: resp.StatusCode, Wait: wait, Left: t.patience, Tries: try}
			}
			return resp, err
		}
		t.patience -= wait
		if err := t.clock.Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// CloseIdleConnections is what http.Client looks for.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// once is one try.
func (t *transport) once(req *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), tryTimeout)
	defer cancel()
	r := req.Clone(ctx)
	if body != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
	}
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("the answer is over %d MiB", maxAnswer>>20)
	}
	if t.token != "" &&
		resp.StatusCode >= 400 { // what is refused is quoted in errors, and some proxies quote the request
		b = bytes.ReplaceAll(b, []byte(t.token), []byte("***"))
	}
	resp.Body = &answer{bytes.NewReader(b), b}
	resp.Request = req
	return resp, nil
}

// answer is a body that was read already.
type answer struct {
	*bytes.Reader
	all []byte
}

func (*answer) Close() error { return nil }

// judge says whether a try is worth another one, how long to wait before, and whether a rate limit is the reason.
func (t *transport) judge(
	req *http.Request,
	resp *http.Response,
	err error,
	try int,
) (again bool, wait time.Duration, limited bool) {
	switch {
	case err != nil:
		return repeatable(req) && try < maxFaultTries, time.Duration(try) * time.Second, false
	case rateLimited(resp):
		return true, max(t.limitWait(resp.Header, try), time.Second<<(try-1)), true
	case resp.StatusCode >= 500:
		return repeatable(req) && try < maxFaultTries, time.Duration(try) * time.Second, false
	}
	return false, 0, false
}

// repeatable holds for requests that do no harm when they are sent twice. A comment or an issue that is created twice
// would: there a fault is an error, and the next run finds what was made.
func repeatable(req *http.Request) bool {
	return req.Method != http.MethodPost || req.Context().Value(readOnly{}) != nil
}

// rateLimited tells a limit from a refusal: both come as 403.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
func rateLimited(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		if resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0" {
			return true
		}
		body, ok := resp.Body.(*answer)
		if !ok {
			return false
		}
		text := strings.ToLower(string(body.all))
		return strings.Contains(text, "secondary rate limit") || strings.Contains(text, "secondary-rate-limits") ||
			strings.Contains(text, "abuse detection")
	}
	return false
}

// limitWait is what GitHub asks for, a second at least: Retry-After, else the reset of a spent limit, else a minute
// that doubles.
func (t *transport) limitWait(h http.Header, try int) time.Duration {
	if s := h.Get("Retry-After"); s != "" {
		if n, err := strconv.ParseInt(s, 10, 32); err == nil {
			return max(time.Second, time.Duration(n)*time.Second)
		}
		if at, err := http.ParseTime(s); err == nil {
			return max(time.Second, at.Sub(t.clock.Now()))
		}
	}
	if h.Get("X-RateLimit-Remaining") == "0" {
		if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Second, time.Unix(n, 0).Sub(t.clock.Now())+time.Second)
		}
	}
	return defaultWait << (try - 1)
}

func (t *transport) allowed(u *url.URL) bool {
	for _, o := range t.origins {
		if sameOrigin(o, u) {
			return true
		}
	}
	return false
}

func (t *transport) hosts() string {
	var names []string
	for _, o := range t.origins {
		names = append(names, o.Host)
	}
	return strings.Join(names, " and ")
}

// followRedirect is a CheckRedirect that stays at one origin and never turns a write into a read, as net/http would
// for a 301. What is not followed comes back as it is, and becomes an error.
func followRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || !sameOrigin(first.URL, req.URL) || first.Method != req.Method {
		return http.ErrUseLastResponse
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) &&
		port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, errors.Join(errors.New("reading the request's body"), err)
	}
	return b, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
