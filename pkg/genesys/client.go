// Package genesys is the REST client of Genesys Cloud: environments, sign-in, the server's rate window, retries, typed
// errors, and a file per surface. It knows documents and requests; it does not know manifests or plans, and it decides
// nothing about what should be written.
//
// A request passes, from the top: do, stream (client.go), getRaw or send (rawbody.go), persist (retry.go: how often),
// attempt (attempt.go: a free slot, leave of the limiter, a token), wire (transport.go: one exchange, time limits,
// typed faults), guard (guard.go: what may be sent and where to), net/http.
package genesys

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/semaphore"
)

// How much of a body is read, in bytes after decompression.
const (
	defaultMaxBody = 32 << 20 // a page of 100 actions with their templates is 1 to 5 MB
	maxStream      = 512 << 20
	maxErrorBody   = 64 << 10
)

// Client is one organisation's API. It is safe for use by several goroutines.
type Client struct {
	hosts     hosts
	userAgent string
	clock     Clock
	wire      *wire
	signer    *signer
	limiter   *limiter
	slots     *semaphore.Weighted // first come, first served
	jitter    func() float64
	onPage    func(done, total int)
	pages     *semaphore.Weighted // pages of listings in flight or being read: twice as many
	requests  atomic.Int64
	answered  chan struct{} // closed by the first answer
	first     sync.Once     // closes it
	bodies    sync.Pool     // *bytes.Buffer

	mu     sync.Mutex
	window RateWindow
}

// New checks the configuration and makes a client; nothing is sent.
func New(cfg Config) (*Client, error) {
	cfg, hosts, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	scrub := &scrubber{}
	scrub.addPair(cfg.ClientID, cfg.ClientSecret)
	scrub.add(cfg.AccessToken)
	base := newHTTPTransport(cfg, scrub)
	c := &Client{
		hosts:     hosts,
		userAgent: cfg.UserAgent,
		clock:     cfg.Clock,
		wire: &wire{
			guard: &guard{next: base, api: hosts.api, login: hosts.login, allowWrites: cfg.AllowWrites},
			idle:  base, scrub: scrub, log: cfg.Logger, clock: cfg.Clock, stall: stall, whole: wholeRequest,
			account: Account{Environment: hosts.domain, Credentials: cmp.Or(cfg.Credentials, "the credentials")},
		},
		limiter: newLimiter(cfg.Clock, cfg.RequestsPerMinute, cfg.OnWait),
		slots:   semaphore.NewWeighted(int64(cfg.Concurrency)),
		pages:   semaphore.NewWeighted(2 * int64(cfg.Concurrency)), answered: make(chan struct{}),
		jitter: randomJitter,
		onPage: cfg.OnPage,
	}
	c.signer = &signer{wire: c.wire, host: hosts.login.Host, userAgent: cfg.UserAgent, persist: c.persist,
		token: cfg.AccessToken}
	if cfg.AccessToken == "" {
		c.signer.oauth = &clientcredentials.Config{
			ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret,
			TokenURL: hosts.login.String() + tokenPath, AuthStyle: oauth2.AuthStyleInHeader,
		}
	}
	return c, nil
}

// Close closes idle connections. Requests under way are not disturbed.
func (c *Client) Close() { c.wire.idle.CloseIdleConnections() }

// Requests is the number of API requests sent so far, repeats included and sign-in left out.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Answered is closed once the API has answered a request, whatever it said.
func (c *Client) Answered() <-chan struct{} { return c.answered }

// APIURL is the API's base URL, without a slash at its end.
func (c *Client) APIURL() string { return c.hosts.api.String() }

// LoginURL is the login host's base URL, without a slash at its end.
func (c *Client) LoginURL() string { return c.hosts.login.String() }

// Environment is the organisation's domain, such as mypurecloud.ie.
func (c *Client) Environment() string { return c.hosts.domain }

// SignIn signs in now, where requests would otherwise do it when they need to. With an access token given there is
// nothing to do. Errors: *AuthError, *TransportError, *RedirectError, *APIError (5xx, 429).
func (c *Client) SignIn(ctx context.Context) error {
	_, _, err := c.signer.bearer(ctx)
	return err
}

// RateWindow is what the last answer said of the rate window.
func (c *Client) RateWindow() RateWindow {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window
}

// call is one request: path is below the API's base, escaped already, such as "/api/v2/flows/" + url.PathEscape(id).
type call struct {
	method  string
	path    string
	query   url.Values
	body    []byte // JSON
	accept  string // "" is application/json
	maxBody int64  // bytes after decompression; 0 is the default
	// verbatim asks for the body without compression, so that its length protects it.
	verbatim bool
	// permission is what the call needs, for a 403 that does not name it.
	permission string
}

// limit is how many bytes of the answer's body are read.
func (r call) limit() int64 {
	if r.maxBody > 0 {
		return r.maxBody
	}
	return defaultMaxBody
}

// answer is a 2xx answer with its body.
type answer struct {
	status int
	header http.Header
	body   []byte
	// delimited is true where the answer itself says where its body ends (RFC 9112, section 6.3): a body that ends with
	// the connection may have been cut short.
	delimited bool
}

// do sends a request: a 2xx answer or an error. Reads and queries are repeated on faults, writes only where it is
// certain that they were not carried out: on 429, on a 401 once, and when no connection was made.
func (c *Client) do(ctx context.Context, r call) (answer, error) {
	var a answer
	err := c.exchange(ctx, r, func(x *exchange) error {
		raw, err := x.readAll()
		a = answer{status: x.resp.StatusCode, header: x.resp.Header, body: raw, delimited: x.delimited()}
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a, nil
}

// stream hands a big body to read as it comes. When the connection breaks, or read finds the body to end too early
// (io.ErrUnexpectedEOF), the request is repeated and read is called again from the first byte. Any other error of read
// comes back as it is, but for JSON's, which become a *BodyError.
func (c *Client) stream(ctx context.Context, r call, read func(io.Reader) error) error {
	if r.maxBody == 0 {
		r.maxBody = maxStream
	}
	return c.exchange(ctx, r, func(x *exchange) error {
		err := read(x.body)
		if err != nil && (cutShort(err) || isJSONError(err)) {
			return c.bodyError(r, x.resp.StatusCode, x.resp.Header, x.body.start, err)
		}
		return err
	})
}
