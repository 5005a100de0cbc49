package genesys

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// tokenPath is where credentials become a token, below the login host.
const tokenPath = "/oauth/token"

// guard is the last thing that a request passes before the wire, and the one place that decides what may be sent:
// reads, queries and sign-in always, anything else only for a client that may write; nothing to a host that was not
// configured, so that a token goes to the API and credentials to the login host, whatever the code above does.
type guard struct {
	next        http.RoundTripper
	api, login  *url.URL
	allowWrites bool
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.check(req.Method, req.URL); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	return g.next.RoundTrip(req)
}

// check says why a request must not be sent, or nil.
func (g *guard) check(method string, u *url.URL) error {
	path := u.EscapedPath()
	if method == http.MethodPost && sameOrigin(u, g.login) && path == g.login.EscapedPath()+tokenPath {
		return nil
	}
	if !sameOrigin(u, g.api) || !strings.HasPrefix(path, g.api.EscapedPath()+"/") {
		return fmt.Errorf("refusing to send %s to %s: it is not below the configured API address", method, printable(u.Host,
			100))
	}
	if g.allowWrites || onlyReads(method, strings.TrimPrefix(path, g.api.EscapedPath())) {
		return nil
	}
	return &ReadOnlyError{Method: method, Path: printable(path, maxPath)}
}

// queries are the POSTs that change nothing.
var queries = map[string]bool{
	"/api/v2/analytics/actions/aggregates/query": true,
	auditPath: true,
}

// onlyReads reports whether a request cannot change anything: GET, HEAD, or one of the queries. path is below the API's
// base.
func onlyReads(method, path string) bool {
	switch method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return queries[path]
	}
	return false
}

// sameOrigin reports whether two addresses share scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
