package genesys

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"genesys-timeouts/pkg/rawjson"
)

// maxProbe bounds an answer to a probe, in bytes after decompression.
const maxProbe = 16 << 20

// ProbeAnswer is what the API answers to a probe: whatever it says, not what was hoped for.
type ProbeAnswer struct {
	// Status is HTTP's, 0 where there was no answer; Fault then says why, in the client's words.
	Status int
	Fault  FaultKind
	// Code is the vendor's error code.
	Code string
	// Headers are the names of a 2xx answer's headers, sorted.
	Headers []string
	// Body is nil where the answer is not JSON.
	Body rawjson.Value
}

// Probe sends one read, once, to find out how the API behaves: a GET, or a query with a body. A refusal, a
// redirect and a fault are answers; the error is ctx's alone, or that of a sign-in.
func (c *Client) Probe(ctx context.Context, path string, query url.Values, body []byte) (ProbeAnswer, error) {
	r := call{method: http.MethodGet, path: path, query: query, maxBody: maxProbe}
	if body != nil {
		r.method, r.body = http.MethodPost, body
	}
	u, err := c.address(r)
	if err == nil {
		err = c.wire.guard.check(r.method, u)
	}
	if err != nil {
		return ProbeAnswer{}, err
	}
	var a ProbeAnswer
	_, err = c.attempt(ctx, r, u, 1, func(x *exchange) error {
		raw, err := x.readAll()
		a = ProbeAnswer{Status: x.resp.StatusCode, Headers: slices.Sorted(maps.Keys(x.resp.Header))}
		if v, wrong := rawjson.Parse(bytes.TrimSpace(raw)); err == nil && wrong == nil {
			a.Body = v
		}
		return err
	})
	if f, ok := errors.AsType[final](err); ok {
		err = f.error
	}
	var refused *APIError
	var redirect *RedirectError
	var fault *TransportError
	var limited *RateLimitError
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		return a, ctx.Err()
	case errors.As(err, &refused) && !refused.SignIn:
		return ProbeAnswer{Status: refused.Status, Code: refused.Code}, nil
	case errors.As(err, &redirect) && !redirect.SignIn:
		return ProbeAnswer{Status: redirect.Status}, nil
	case errors.As(err, &limited):
		return ProbeAnswer{Fault: "not sent: rate limit"}, nil
	case errors.As(err, &fault) && !fault.SignIn:
		return ProbeAnswer{Fault: fault.Kind}, nil
	case a.Status != 0: // a body that is too large, or broke off
		return ProbeAnswer{Status: a.Status, Headers: a.Headers}, nil
	}
	return a, err
}
