package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// Request is one entry of the log.
type Request struct {
	Method string
	Path   string // decoded, without the query
	Query  string // as sent
	Status int    // 0 until answered, and where the connection was reset before any answer
	Time   time.Time
	// Connection is the client's address and port: requests that share it came over one connection.
	Connection    string
	CorrelationID string
	// Limited is true where the rate window refused the request (429).
	Limited bool
	Header  http.Header
	Body    []byte
}

// SignIn reports whether the request asked for a token.
func (r Request) SignIn() bool { return r.Path == "/oauth/token" }

// maxLog bounds the log of a sandbox that runs for days; the older half is dropped.
const maxLog = 200_000

// Requests is the log of all requests so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, r := range s.requests {
		all[i] = *r
	}
	return all
}

// ForgetRequests empties the log, so that a test can count from here on.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	s.peak = s.open
}

// Peak is the largest number of requests answered at the same time.
func (s *Server) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

func (s *Server) arrive(r *http.Request, x *exchange) *Request {
	entry := &Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Time: s.opt.Now(), Connection: r.RemoteAddr,
		CorrelationID: newUUID(), Header: r.Header.Clone(), Body: x.sent,
	}
	x.entry = entry
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == maxLog {
		s.requests = slices.Clone(s.requests[maxLog/2:])
	}
	s.requests = append(s.requests, entry)
	s.open++
	s.peak = max(s.peak, s.open)
	return entry
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}
