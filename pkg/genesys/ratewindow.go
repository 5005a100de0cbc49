package genesys

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RateWindow is what the server last said about the token's rate window.
type RateWindow struct {
	Known   bool          // the server sends the headers
	Count   int           // requests counted so far
	Allowed int           // requests that the window holds
	Skew    time.Duration // the server's clock minus ours, from its Date header, to about a second; 0 where unknown
}

// patience is the longest wait for a rate window or a Retry-After. A longer one ends the run: see RateLimitError.
const patience = 5 * time.Minute

// RateLimitError is a request that was not sent: the server's rate window, or its Retry-After, asks for a longer wait
// than this client is willing to make.
type RateLimitError struct {
	Wait   time.Duration // until requests are allowed again
	Reason string
}

func (e *RateLimitError) Error() string {
	return fmt.Sprintf("not sent: %s; the next request is allowed in %s, and the longest wait is %s", e.Reason,
		e.Wait.Round(time.Second), patience)
}

// IsRateLimited reports whether a request failed because of the rate limit: a 429 after all waits, or a wait that is
// too long.
func IsRateLimited(err error) bool {
	var limit *RateLimitError
	var api *APIError
	return errors.As(err, &limit) || errors.As(err, &api) && api.Status == http.StatusTooManyRequests
}

// reading is one answer's rate headers.
type reading struct {
	count, allowed int
	reset          time.Duration
}

// parseReading reads inin-ratelimit-count, -allowed and -reset (seconds). It returns false for headers that are missing
// or broken: the limiter then relies on 429 alone.
func parseReading(h http.Header) (reading, bool) {
	count, ok1 := wholeNumber(h.Get("inin-ratelimit-count"))
	allowed, ok2 := wholeNumber(h.Get("inin-ratelimit-allowed"))
	reset, ok3 := wholeNumber(h.Get("inin-ratelimit-reset"))
	if !ok1 || !ok2 || !ok3 || allowed < 1 {
		return reading{}, false
	}
	return reading{count: count, allowed: allowed, reset: time.Duration(reset) * time.Second}, true
}

// wholeNumber reads a number from 0 to the greatest int32.
func wholeNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	return int(n), err == nil
}

// parseRetryAfter reads a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3). 0 means missing, broken or
// past.
func parseRetryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, math.MaxInt32) * float64(time.Second))
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// clockSkew is the server's Date minus now; ok is false where the header is missing or broken.
func clockSkew(h http.Header, now time.Time) (skew time.Duration, ok bool) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return at.Sub(now), true
}
