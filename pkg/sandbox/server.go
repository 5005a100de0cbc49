// Package sandbox is a simulated Genesys Cloud organisation that speaks real HTTP on loopback: sign-in, the rate
// window, data actions with drafts and functions, Architect flows with their versions, the dependency index, analytics,
// the audit, data actions nested under flows, and faults on demand. It serves the demo, the sandbox command and the
// tests.
//
// It shares no code with the rest of this module, so that a mistake on one side shows against the other. Documents stay
// the bytes they came in, and a write replaces what the real service would replace and nothing else: numbers' digits
// and unknown fields can be compared before and after.
//
// The API follows the vendor's public material: the SDKs' models (https://github.com/MyPureCloud),
// https://developer.genesys.cloud and the source of the vendor's Terraform provider.
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
	"sync"
	"sync/atomic"
	"time"
)

// Options configure the simulated organisation. The zero value is a seeded one with the vendor's usual limits.
type Options struct {
	// Listen is the address to serve on, default "127.0.0.1:0". Only loopback addresses are accepted.
	Listen string
	// Allowed is the number of requests per token in a rate window, default 300.
	Allowed int
	// Window is the length of the fixed rate window, default 60 s.
	Window time.Duration
	// Latency is added to every request, default none.
	Latency time.Duration
	// TokenTTL is the lifetime of a token, default 24 h.
	TokenTTL time.Duration
	// ClientID and ClientSecret are the OAuth client's; random by default.
	ClientID, ClientSecret string
	// BadLoginStatus answers wrong credentials: 401 (default), or 400, which was also seen.
	BadLoginStatus int
	// ConflictStatus answers a write with an old version: 409 (default), or 400, where only the message tells.
	ConflictStatus int
	// PublishConflictStatus answers a publish whose draft has changed: 400 (default), 408 or 409.
	PublishConflictStatus int
	// ReadLag is how long reads of a data action, its function and a nested data action show the version before an API
	// write. Default none. SetReadLag changes it.
	ReadLag time.Duration
	// Org is the organisation's name in a manifest for several, such as "test": it selects the seed's ids, timeouts,
	// organisation id and name, and the suffix of OrgEnv. "" is the organisation of the demo.
	Org string
	// OrganizationID and OrganizationName overrule what Org implies.
	OrganizationID, OrganizationName string
	// Analytics limits what the analytics query answers. SetAnalytics changes it.
	Analytics Analytics
	// Empty leaves the seeded data out.
	Empty bool
	// Now is the clock for the rate window, the tokens' expiry, read lag and the audit, default time.Now.
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
	o.PublishConflictStatus = cmp.Or(o.PublishConflictStatus, http.StatusBadRequest)
	seed := seedOrg(o.Org)
	o.OrganizationID = cmp.Or(o.OrganizationID, seed.organizationID())
	o.OrganizationName = cmp.Or(o.OrganizationName, seed.organizationName())
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server is a running simulated organisation. Its methods are safe for concurrent use.
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
	peak     int // the most at once

	actions    []*action
	actionByID map[string]*action
	flows      []*flow
	flowByID   map[string]*flow
	lag        time.Duration

	index     Index
	scripts   []script
	limits    map[string]int
	analytics Analytics
	traffic   trafficTable
	audit     []auditEntry
}

// Start listens on Options.Listen and serves until Close. It fails on an address that is not loopback or is taken.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := checkLoopback(o.Listen); err != nil {
		return nil, fmt.Errorf("starting the sandbox on %q: %w", o.Listen, err)
	}
	s := &Server{
		opt: o, done: make(chan struct{}), lag: o.ReadLag, analytics: o.Analytics, limits: defaultLimits(),
		tokens: map[string]time.Time{}, windows: map[string]*window{}, denied: map[string]bool{viewBridge: true},
		actionByID: map[string]*action{}, flowByID: map[string]*flow{},
	}
	s.table = s.routes()
	if !o.Empty {
		if err := s.seed(); err != nil {
			return nil, fmt.Errorf("seeding the sandbox: %w", err)
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
		return errors.New("only loopback addresses such as 127.0.0.1:0 are served: whoever reaches the sandbox can write")
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

// URL is the server's base, for API and sign-in alike: scheme, host and port, without a trailing slash.
func (s *Server) URL() string { return s.url }

// Env is the environment that points a client at this server: GENESYS_API_URL, GENESYS_LOGIN_URL, GENESYS_CLIENT_ID and
// GENESYS_CLIENT_SECRET.
func (s *Server) Env() map[string]string {
	return map[string]string{
		"GENESYS_API_URL": s.url, "GENESYS_LOGIN_URL": s.url,
		"GENESYS_CLIENT_ID": s.opt.ClientID, "GENESYS_CLIENT_SECRET": s.opt.ClientSecret,
	}
}

// Close stops serving, breaks every connection and returns when all goroutines of the server have ended. Closing again
// does nothing.
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
