package genesys

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// How often one request is tried.
const (
	maxTries    = 5 // on faults and 408, 500, 502, 503, 504
	maxTimeouts = 3 // of these, time-outs: each has cost half a minute
	maxLimited  = 6 // on 429
)

// Backoff: a random share (full jitter) of a span that doubles. After a 429 that does not say how long to wait, the
// span is longer: half a minute may pass in all, since the limit is of a minute.
const (
	backoffFirst   = 300 * time.Millisecond
	backoffMost    = 5 * time.Second
	backoffLimited = time.Second
	limitedMost    = 16 * time.Second
)

// final is an error that is not to be tried again, whatever it is.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// tries counts what became of one request so far.
type tries struct{ all, faults, timeouts, limited int }

// persist calls attempt until it succeeds, fails for good, or has been tried often enough. repeatable says that
// carrying the request out twice does no harm; where it is not, only what certainly was not carried out is tried again.
func (c *Client) persist(ctx context.Context, repeatable bool, attempt func(n int) error) error {
	var t tries
	for {
		t.all++
		err := attempt(t.all)
		if err == nil {
			return nil
		}
		if f := (final{}); errors.As(err, &f) {
			return f.error
		}
		wait, again := t.verdict(err, repeatable, c.jitter)
		if !again {
			return counted(err, t.all)
		}
		if ended := waitFor(ctx, c.clock, wait, true, nil); ended != nil {
			return fmt.Errorf("waiting to try again: %w (the last answer: %w)", ended, counted(err, t.all))
		}
	}
}

// verdict says whether to try again, and after what wait.
func (t *tries) verdict(err error, repeatable bool, jitter func() float64) (wait time.Duration, again bool) {
	var api *APIError
	var transport *TransportError
	var body *BodyError
	switch {
	case errors.As(err, &api) && api.Status == http.StatusTooManyRequests:
		t.limited++
		if !api.SignIn {
			return 0, t.limited < maxLimited && api.RetryAfter <= patience // the limiter makes it wait
		}
		return max(api.RetryAfter, limitedBackoff(t.limited, jitter)), t.limited < maxLimited && api.RetryAfter <= patience
	case errors.As(err, &api):
		t.faults++
		again = repeatable && transient(api.Status) && api.RetryAfter <= patience
		wait = max(api.RetryAfter, backoff(t.faults, jitter))
	case errors.As(err, &transport):
		t.faults++
		if transport.Kind == FaultTimeout {
			t.timeouts++
		}
		again = (repeatable || !transport.Sent) && !transport.lasting && transport.Kind != FaultCanceled &&
			t.timeouts < maxTimeouts
		wait = backoff(t.faults, jitter)
	case errors.As(err, &body):
		t.faults++
		again, wait = repeatable && body.truncated, backoff(t.faults, jitter)
	}
	return wait, again && t.faults < maxTries
}

// transient reports whether a status may be another one soon.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// backoff is the wait after the n-th fault, n from 1: jitter (0 to 1) times 0.3 s, doubled each time, at most 5 s.
func backoff(n int, jitter func() float64) time.Duration {
	return share(min(backoffMost, backoffFirst<<min(n-1, 10)), jitter)
}

// limitedBackoff is the wait after the n-th 429 that names none, n from 1: of 1 s, doubled each time, at most 16 s, one
// half, and jitter (0 to 1) times the other.
func limitedBackoff(n int, jitter func() float64) time.Duration {
	span := min(limitedMost, backoffLimited<<min(n-1, 10))
	return span/2 + share(span/2, jitter)
}

func share(span time.Duration, jitter func() float64) time.Duration {
	return time.Duration(jitter() * float64(span))
}

// randomJitter spreads the clients that one fault hit at once.
func randomJitter() float64 { return rand.Float64() }

// counted notes in an error how often the request was tried.
func counted(err error, n int) error {
	var api *APIError
	var transport *TransportError
	var body *BodyError
	switch {
	case errors.As(err, &body):
		body.Attempts = n
	case errors.As(err, &api):
		api.Attempts = n
	case errors.As(err, &transport):
		transport.Attempts = n
	}
	return err
}
