// Package genesys is the REST client of Genesys Cloud: environments, sign-in, the server's rate window, retries, typed
// errors, and a file per surface. It knows documents and requests; it does not know manifests or plans, and it decides
// nothing about what should be written.
package genesys

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Config says which organisation a client talks to and how.
type Config struct {
	Environment       string // domain or region name; "" is mypurecloud.com
	APIURL            string // overrides https://api.{environment}; its base path is kept
	LoginURL          string // overrides https://login.{environment}; its base path is kept
	ClientID          string
	ClientSecret      string
	AccessToken       string // instead of the two above
	AllowWrites       bool   // false: anything but reads, sign-in and queries ends in *ReadOnlyError, unsent
	Concurrency       int    // requests in flight at most; at least 1
	RequestsPerMinute int    // 0: what the server allows
	UserAgent         string
	Logger            *slog.Logger                         // may be nil; a debug line per request, never a secret
	OnWait            func(until time.Time, reason string) // may be nil; told before a wait for the rate window
	Clock             Clock                                // nil: the real one
	RootCAs           *x509.CertPool                       // nil: the system's
	Proxy             func(*http.Request) (*url.URL, error)
}

// Client is one organisation's API. It is safe for use by several goroutines.
type Client struct{}

// New checks the configuration and makes a client; nothing is sent.
func New(cfg Config) (*Client, error) { return nil, errors.New("being written") }

// Close closes idle connections.
func (c *Client) Close() {}

// Requests is the number of API requests sent so far, repeats included and sign-in left out.
func (c *Client) Requests() int { return 0 }

// APIURL is the API's base URL, without a slash at its end.
func (c *Client) APIURL() string { return "" }

// Environment is the organisation's domain, such as mypurecloud.ie.
func (c *Client) Environment() string { return "" }

// SignIn signs in now, where requests would otherwise do it when they need to.
func (c *Client) SignIn(ctx context.Context) error { return errors.New("being written") }

// call is one request: path is below the API's base, escaped already, such as "/api/v2/flows/" + url.PathEscape(id).
type call struct {
	method  string
	path    string
	query   url.Values
	body    []byte // JSON
	accept  string // "" is application/json
	maxBody int64  // bytes after decompression; 0 is the default
}

// answer is a 2xx answer, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request: a 2xx answer or an error. Reads and queries are repeated on faults, writes only where it is
// certain that they were not carried out.
func (c *Client) do(ctx context.Context, r call) (answer, error) {
	return answer{}, errors.New("being written")
}

// getJSON reads path and decodes its JSON into into. A body that is not the JSON expected is a *BodyError.
func (c *Client) getJSON(ctx context.Context, path string, query url.Values, into any) error {
	return errors.New("being written")
}

// decodeAnswer decodes the JSON body of a's answer to r; what is not the JSON expected is a *BodyError, which after a
// write is uncertain (IsUncertain).
func (c *Client) decodeAnswer(r call, a answer, into any) error { return errors.New("being written") }

// stream hands a big body to read as it comes, and starts again from the body's first byte when the connection breaks.
func (c *Client) stream(ctx context.Context, r call, read func(io.Reader) error) error {
	return errors.New("being written")
}
