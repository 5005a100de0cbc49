package genesys

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"genesys-timeouts/pkg/rawjson"
)

// exchange sends r until consume accepts a 2xx answer or the error is final.
func (c *Client) exchange(ctx context.Context, r call, consume func(*exchange) error) error {
	u, err := c.address(r)
	if err != nil {
		return err
	}
	if err := c.wire.guard.check(r.method, u); err != nil {
		return err
	}
	write := !onlyReads(r.method, r.path)
	renewed := false
	return c.persist(ctx, !write, func(n int) error {
		serial, err := c.attempt(ctx, r, u, n, consume)
		for isUnauthorized(err) && c.signer.refuse(serial, write, renewed, err) {
			renewed = true
			serial, err = c.attempt(ctx, r, u, n, consume)
		}
		if write && err == nil {
			c.signer.accept()
		}
		return err
	})
}

// attempt sends r once, and returns the serial number of the token that it carried.
func (c *Client) attempt(ctx context.Context, r call, u *url.URL, n int, consume func(*exchange) error) (serial int,
	err error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return 0, c.unsent(r, err)
	}
	freeSlot := sync.OnceFunc(func() { c.slots.Release(1) })
	defer freeSlot()
	ticket, err := c.limiter.acquire(ctx)
	if err != nil {
		return 0, c.unsent(r, err)
	}
	token, serial, err := c.signer.bearer(ctx)
	if ended := c.signer.writesEnded(); err == nil && !onlyReads(r.method, r.path) {
		err = ended
	}
	if err != nil {
		c.limiter.unanswered(ticket)
		return serial, final{err}
	}
	started := c.clock.Now()
	status := 0
	defer func() { c.wire.note(ctx, r, u.RawQuery, status, started, n, err) }()
	if !onlyReads(r.method, r.path) {
		var release context.CancelFunc
		ctx, release = c.finishing(ctx)
		defer release()
	}
	x, err := c.wire.send(ctx, c.request(r, u, token), r, func() { c.requests.Add(1) })
	if err != nil {
		c.limiter.unanswered(ticket)
		return serial, err
	}
	defer x.close()
	x.freeSlot = freeSlot
	status = x.resp.StatusCode
	return serial, c.take(ctx, r, n, ticket, x, consume)
}

// writeGrace is how long a write may still take once its caller's context has ended.
const writeGrace = 15 * time.Second

// finishing is a context for a write: it outlives ctx by writeGrace. A write that is cut off may have been carried out,
// so one that has begun may finish; one that still waits for its turn is not sent.
func (c *Client) finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if waitFor(out, c.clock, writeGrace, true, nil) == nil {
			cancel()
		}
	})
	return out, func() {
		stop()
		cancel()
	}
}

// take hands the answer's rate headers to the limiter and its body to consume, or returns the error that it is.
func (c *Client) take(ctx context.Context, r call, n int, t ticket, x *exchange, consume func(*exchange) error) error {
	c.first.Do(func() { close(c.answered) })
	now := c.clock.Now()
	window, known := parseReading(x.resp.Header)
	c.remember(x.resp.Header, window, known, now)
	status := x.resp.StatusCode
	if status != http.StatusTooManyRequests {
		c.limiter.answered(t, now, status, window, known)
	}
	switch {
	case status >= 200 && status < 300:
		return c.consumed(ctx, r, x, consume(x))
	case status >= 300 && status < 400:
		return c.wire.redirectError(r, x)
	}
	raw, _ := io.ReadAll(io.LimitReader(x.body, maxErrorBody)) // half an error document is better than none
	e := c.wire.apiError(r, x, raw, now)
	if status == http.StatusTooManyRequests {
		wait := e.RetryAfter
		if wait == 0 && known && window.count >= window.allowed {
			wait = window.reset
		}
		switch {
		case wait == 0:
			wait = limitedBackoff(n, c.jitter)
		case n > 1 && wait <= patience:
			wait += backoff(n, c.jitter)
		}
		c.limiter.refused(t, now.Add(wait))
	}
	return e
}

// consumed is the error of a 2xx answer's body, given its reader's: the connection's fault goes first.
func (c *Client) consumed(ctx context.Context, r call, x *exchange, err error) error {
	switch {
	case err == nil:
		return nil
	case x.body.fault != nil:
		return c.wire.fault(ctx, x.dog, r, x.host, true, true, x.body.fault)
	case x.body.over:
		return c.bodyError(r, x.resp.StatusCode, x.resp.Header, x.body.start, errTooLarge)
	}
	return err
}

// remember keeps what an answer says about the rate window and the server's clock.
func (c *Client) remember(h http.Header, r reading, known bool, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if skew, ok := clockSkew(h, now); ok {
		c.window.Skew = skew
	}
	if known {
		c.window.Known, c.window.Count, c.window.Allowed = true, r.count, r.allowed
	}
}

// address is r's URL below the API's base.
func (c *Client) address(r call) (*url.URL, error) {
	if !strings.HasPrefix(r.path, "/") || strings.ContainsAny(r.path, "?#") || hasDots(r.path) {
		return nil, fmt.Errorf("%s %s: no such path can be asked for", r.method, c.wire.scrub.text(r.path, maxPath))
	}
	u, err := url.Parse(c.hosts.api.String() + r.path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: no such path can be asked for", r.method, c.wire.scrub.text(r.path, maxPath))
	}
	u.RawQuery = r.query.Encode()
	return u, nil
}

// request makes one attempt's request.
func (c *Client) request(r call, u *url.URL, token string) *http.Request {
	req := &http.Request{Method: r.method, URL: u, Host: u.Host, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1}
	req.Header.Set("Accept", cmp.Or(r.accept, "application/json"))
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Authorization", "Bearer "+token)
	if r.verbatim {
		req.Header.Set("Accept-Encoding", "identity")
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.ContentLength = int64(len(r.body))
		// net/http uses GetBody where it sends again what it knows not to have sent at all; see newHTTPTransport.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.body)), nil }
		req.Body, _ = req.GetBody()
	}
	return req
}

// unsent is the error of a request that never got its turn: its context ended, or the rate limit asks for too long a
// wait.
func (c *Client) unsent(r call, err error) error {
	if _, limited := errors.AsType[*RateLimitError](err); limited {
		return final{err}
	}
	return final{fmt.Errorf("%s: not sent: %w", what(r.method, c.wire.scrub.text(r.path, maxPath), false), err)}
}

// isUnauthorized reports whether the API refused the token.
func isUnauthorized(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && !e.SignIn
}

// errNothing stands for a body that is empty or null where a document was expected.
var errNothing = errors.New("nothing")

// bodyError makes the typed error of a 2xx answer that cannot be used.
func (c *Client) bodyError(r call, status int, h http.Header, start []byte, cause error) *BodyError {
	scrub := c.wire.scrub
	e := &BodyError{
		Method: r.method, Path: scrub.text(r.path, maxPath), Status: status,
		ContentType:   scrub.text(h.Get("Content-Type"), maxToken),
		Start:         scrub.text(string(start[:min(len(start), startMost)]), 80),
		CorrelationID: scrub.text(h.Get(correlationHeader), maxToken),
		truncated:     cutShort(cause),
	}
	var shape *json.UnmarshalTypeError
	switch {
	case errors.Is(cause, errTooLarge):
		e.Reason, e.tooLarge = fmt.Sprintf("its body is larger than the %d bytes that are read", r.limit()), true
	case errors.Is(cause, errNothing):
		e.Reason, e.truncated = "its body is empty", len(start) == 0
	case e.truncated:
		e.Reason = "its JSON is cut off"
	case errors.As(cause, &shape):
		e.Reason = "its JSON is not of the shape expected: a " + scrub.text(shape.Value, maxToken) + " at " +
			cmp.Or(scrub.text(shape.Field, maxToken), "the top")
	default:
		e.Reason = "its body is not JSON"
	}
	return e
}

// cutShort reports whether a reader found its input to end too early.
func cutShort(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

// isJSONError reports whether err is a JSON decoder's.
func isJSONError(err error) bool {
	var syntax *json.SyntaxError
	var raw *rawjson.SyntaxError
	var shape *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &raw) || errors.As(err, &shape)
}
