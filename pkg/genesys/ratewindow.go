package genesys

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RateWindow is what the server last said of the token's rate window.
type RateWindow struct {
	Known   bool          // the server sends the headers at all
	Count   int           // requests counted so far
	Allowed int           // requests that fit
	Reset   time.Duration // until the window ends, rounded by the server
	At      time.Time     // when that was said
	Skew    time.Duration // the server's clock less ours, from its Date header, to about a second; 0 where unknown
}

// patience is the longest wait that a server may ask for before a request is given up, and the longest rate window that
// is believed.
const patience = 5 * time.Minute

// reading is one answer's rate headers.
type reading struct {
	count, allowed int
	reset          time.Duration
}

// parseReading reads inin-ratelimit-count, -allowed and -reset (seconds). Headers that are missing, broken or beyond
// belief are no reading: the caller then goes by 429 alone.
func parseReading(h http.Header) (reading, bool) {
	count, ok1 := wholeNumber(h.Get("inin-ratelimit-count"))
	allowed, ok2 := wholeNumber(h.Get("inin-ratelimit-allowed"))
	reset, ok3 := wholeNumber(h.Get("inin-ratelimit-reset"))
	if !ok1 || !ok2 || !ok3 || allowed < 1 || reset > int(patience/time.Second) {
		return reading{}, false
	}
	return reading{count: count, allowed: allowed, reset: time.Duration(reset) * time.Second}, true
}

// wholeNumber reads a number of 0 or more, with room above for no more than an int32 holds.
func wholeNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	return int(n), err == nil
}

// parseRetryAfter reads a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3). 0 stands for none, broken or
// over already.
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

// clockSkew is the server's Date less now; ok is false where the header is missing or broken.
func clockSkew(h http.Header, now time.Time) (skew time.Duration, ok bool) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return at.Sub(now), true
}
