// Package sandbox is a simulated Genesys Cloud contact centre that speaks real HTTP on loopback: sign-in, the rate
// window, data actions on the public Platform API with their drafts and functions, flows with their configurations, the
// surface where data actions are nested under flows, and faults that can be switched on. It serves the demo, the sandbox
// command and the tests.
//
// It is not a client's helper: it shares no code with the rest of this module, so that a mistake on one side shows
// against the other. Documents are kept as the bytes they came in, and a write replaces what the real service would
// replace and nothing else, so that a number's digits and unknown fields can be compared before and after.
//
// What the API is held to was read in the vendor's public material: the SDKs' models
// (https://github.com/MyPureCloud), https://developer.genesys.cloud and the source of the vendor's Terraform provider.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how the simulated contact centre behaves. The zero value is a seeded one with the vendor's usual limits.
type Options struct {
	// Listen is the address to serve on, default "127.0.0.1:0". Only loopback addresses are accepted.
	Listen string
	// Allowed is how many requests a token may make in a window, default 300.
	Allowed int
	// Window is how long the fixed rate window lasts, default 60 s.
	Window time.Duration
	// Latency is added to every request, default none.
	Latency time.Duration
	// TokenTTL is how long a token is good for, default 24 h.
	TokenTTL time.Duration
	// ClientID and ClientSecret are the OAuth client's; random by default.
	ClientID, ClientSecret string
	// BadLoginStatus is what wrong credentials are answered with: 401 (default), or 400, which was seen too.
	BadLoginStatus int
	// ConflictStatus is what a write with an old version is answered with: 409 (default), or 400, where only the message
	// tells that it is a conflict.
	ConflictStatus int
	// Empty leaves the seeded contact centre out.
	Empty bool
	// Now is the clock for the rate window and the tokens' expiry, default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Allowed = cmp.Or(o.Allowed, 300)
	o.Window = cmp.Or(o.Window, time.Minute)
	o.TokenTTL = cmp.Or(o.TokenTTL, 24*time.Hour)
	o.ClientID = cmp.Or(o.ClientID, newUUID())
	o.ClientSecret = cmp.Or(o.ClientSecret, newSecret())
	o.BadLoginStatus = cmp.Or(o.BadLoginStatus, http.StatusUnauthorized)
	o.ConflictStatus = cmp.Or(o.ConflictStatus, http.StatusConflict)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server is a running simulated contact centre. Its methods can be called from any goroutine.
type Server struct {
	opt   Options
	url   string
	http  *http.Server
	table []route

	closed  atomic.Bool
	done    chan struct{} // closed by Close: nothing waits any longer
	running sync.WaitGroup

	mu       sync.Mutex           // guards all below
	tokens   map[string]time.Time // to when they expire
	windows  map[string]*window   // by token
	denied   map[string]bool      // permissions
	faults   []*Armed
	requests []*Request
	open     int // requests being answered
	peak     int // the most there have been at once

	actions    []*action
	actionByID map[string]*action
	flows      []*flow
	flowByID   map[string]*flow
}

// Start listens on Options.Listen and serves until Close. It fails on an address that is not loopback or is taken.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := checkLoopback(o.Listen); err != nil {
		return nil, fmt.Errorf("starting the sandbox on %q: %w", o.Listen, err)
	}
	s := &Server{
		opt: o, done: make(chan struct{}),
		tokens: map[string]time.Time{}, windows: map[string]*window{}, denied: map[string]bool{},
		actionByID: map[string]*action{}, flowByID: map[string]*flow{},
	}
	s.table = s.routes()
	if !o.Empty {
		if err := s.seed(); err != nil {
			return nil, fmt.Errorf("filling the sandbox: %w", err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox on %q: %w", o.Listen, err)
	}
	s.url = "http://" + l.Addr().String()
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: time.Minute, ConnState: s.trackConnection, ErrorLog: log.New(io.Discard, "", 0),
	}
	s.running.Go(func() { _ = s.http.Serve(l) }) // Serve ends with ErrServerClosed, by Close
	return s, nil
}

func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("only a loopback address is served, such as 127.0.0.1:0, since anyone who reaches it may write")
	}
	return nil
}

// trackConnection lets Close wait for every connection's goroutine. A hijacked one is closed by whoever took it.
func (s *Server) trackConnection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.running.Done()
	default:
	}
}

// URL is the server's base, for API and sign-in alike: scheme, host and port, without a slash at the end.
func (s *Server) URL() string { return s.url }

// Env is the environment that points a client at this server: GENESYS_API_URL, GENESYS_LOGIN_URL, GENESYS_CLIENT_ID and
// GENESYS_CLIENT_SECRET.
func (s *Server) Env() map[string]string {
	return map[string]string{
		"GENESYS_API_URL": s.url, "GENESYS_LOGIN_URL": s.url,
		"GENESYS_CLIENT_ID": s.opt.ClientID, "GENESYS_CLIENT_SECRET": s.opt.ClientSecret,
	}
}

// Close stops serving, breaks every connection and returns when no goroutine of the server is left. Closing again does
// nothing.
func (s *Server) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	close(s.done)
	err := s.http.Close()
	s.running.Wait()
	if err != nil {
		return fmt.Errorf("closing the sandbox: %w", err)
	}
	return nil
}

// Request is one entry of the log.
type Request struct {
	Method string
	Path   string // decoded, without the query
	Query  string // as it was sent
	Status int    // 0 while it is being answered, and where the connection was reset before any answer
	Time   time.Time
	// Connection is the client's address and port: requests that share it came over one connection.
	Connection    string
	CorrelationID string
	// Limited is true where the rate window refused the request (429).
	Limited bool
	Header  http.Header
	Body    []byte
}

// SignIn reports whether the request asked for a token rather than for anything of the API.
func (r Request) SignIn() bool { return r.Path == "/oauth/token" }

// maxLog bounds the log of a sandbox that runs for days; the older half goes.
const maxLog = 200_000

// Requests is the log of all requests so far, in the order of their arrival.
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

// Peak is the largest number of requests that were being answered at the same time.
func (s *Server) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// maxBody bounds what a client may send.
const maxBody = 64 << 20

// ServeHTTP answers one request: log it, wait out the latency, let the faults that apply do their part, and in between
// ask the rate window, the token and the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
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

// answer fills the exchange with what the API says, faults that spoil the answer itself left aside.
func (s *Server) answer(x *exchange, r *http.Request, readErr error, hits []*Armed, spoiler *Armed) {
	x.header.Set("ININ-Correlation-Id", x.entry.CorrelationID)
	if !x.entry.SignIn() && !s.spend(x, r) {
		return
	}
	if readErr != nil {
		x.fail(&apiError{status: http.StatusRequestEntityTooLarge, code: "request.entity.too.large", message: "The request is over the size limit."})
		return
	}
	x.forget = slices.ContainsFunc(hits, func(f *Armed) bool { return f.fault.Kind == FaultForget })
	if slices.ContainsFunc(hits, func(f *Armed) bool { return f.fault.Kind == FaultOmitConfig }) {
		x.query.Del("includeConfig")
	}
	if spoiler != nil && !spoiler.carriesOut(r.Method) {
		x.status, x.body = http.StatusOK, []byte("{}")
		return
	}
	s.serve(x, r)
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

// pause waits. Where the client or the server goes meanwhile it ends the request: the connection is closed and nothing
// is answered.
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
