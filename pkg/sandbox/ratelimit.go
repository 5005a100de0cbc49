package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// window is one token's fixed rate window: it starts with the token's first request. The first one after its end starts
// the next.
type window struct {
	start time.Time
	count int
}

// spend takes one request from the token's window and sets the vendor's headers. Where the window is used up it answers
// 429 and reports false. A refused request does not count.
func (s *Server) spend(x *exchange, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	w := s.currentWindow(bearer(r), now)
	over := w.count >= s.opt.Allowed
	if !over {
		w.count++
	}
	left := max(1, int(math.Ceil((s.opt.Window - now.Sub(w.start)).Seconds())))
	x.header.Set("inin-ratelimit-count", strconv.Itoa(w.count))
	x.header.Set("inin-ratelimit-allowed", strconv.Itoa(s.opt.Allowed))
	x.header.Set("inin-ratelimit-reset", strconv.Itoa(left))
	if over {
		x.entry.Limited = true
		x.header.Set("Retry-After", strconv.Itoa(left))
		x.fail(&apiError{
			status: http.StatusTooManyRequests, code: "too.many.requests",
			message:  fmt.Sprintf("Rate limit exceeded the maximum. Retry the request in [%d] seconds", left),
			template: "Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
			params:   map[string]string{"seconds": strconv.Itoa(left)},
			limit:    &limitBody{Key: "token.rate.per.minute", Namespace: "platform.api", Value: s.opt.Allowed},
		})
	}
	return !over
}

func (s *Server) currentWindow(token string, now time.Time) *window {
	w := s.windows[token]
	if w == nil || now.Sub(w.start) >= s.opt.Window {
		w = &window{start: now}
		s.windows[token] = w
	}
	return w
}

// Spend takes n requests from the window of every token, as another program that shares the token would.
func (s *Server) Spend(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	for token := range s.tokens {
		w := s.currentWindow(token, now)
		w.count = min(w.count+n, s.opt.Allowed)
	}
}
