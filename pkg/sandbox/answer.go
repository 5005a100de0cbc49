package sandbox

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody bounds what a client may send.
const maxBody = 64 << 20

// ServeHTTP answers one request: it logs it, waits out the latency, lets faults act, and in between asks the rate
// window, the token and the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	r = oneSlash(r)
	body, readErr := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	x := newExchange(r, body)
	entry := s.arrive(r, x)
	defer s.leave()
	s.pause(r.Context(), s.opt.Latency)
	hits := s.hitFaults(r)
	for _, f := range hits {
		f.before(s, r)
	}
	spoiler := firstSpoiler(hits)
	s.answer(x, r, readErr, hits, spoiler)
	s.send(w, r, x, entry, spoiler)
}

// oneSlash is the request with one slash at the start of its path. The vendor's Go SDK, and with it the Terraform
// provider, sends two when a gateway is configured.
func oneSlash(r *http.Request) *http.Request {
	if !strings.HasPrefix(r.URL.Path, "//") {
		return r
	}
	u := *r.URL
	u.Path, u.RawPath = strings.TrimPrefix(u.Path, "/"), strings.TrimPrefix(u.RawPath, "/")
	r = r.WithContext(r.Context())
	r.URL = &u
	return r
}

// answer fills the exchange with the API's answer; faults that spoil the answer come later, in send.
func (s *Server) answer(x *exchange, r *http.Request, readErr error, hits []*Armed, spoiler *Armed) {
	x.header.Set("ININ-Correlation-Id", x.entry.CorrelationID)
	if !x.entry.SignIn() && !s.spend(x, r) {
		return
	}
	if readErr != nil {
		x.fail(&apiError{
			status: http.StatusRequestEntityTooLarge, code: "request.entity.too.large",
			message: "The request is over the size limit.",
		})
		return
	}
	x.forget, x.stale = meets(hits, FaultForget), meets(hits, FaultStale)
	if meets(hits, FaultOmitConfig) {
		x.query.Del("includeConfig")
	}
	if spoiler != nil && !spoiler.carriesOut(r.Method) {
		x.status, x.body = http.StatusOK, []byte("{}")
		return
	}
	s.serve(x, r)
}

func meets(hits []*Armed, kind FaultKind) bool {
	return slices.ContainsFunc(hits, func(f *Armed) bool { return f.fault.Kind == kind })
}

// pause waits. If the client or the server goes away meanwhile it ends the request without an answer.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	case <-s.done:
		panic(http.ErrAbortHandler)
	}
}
