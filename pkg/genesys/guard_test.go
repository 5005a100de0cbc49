package genesys

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// A dry run that wrote because one code path forgot the flag: safe-settings #551, #734.
func TestWithoutAllowWritesNothingButReadsIsSent(t *testing.T) {
	r := newFixture(t, fine, func(c *Config) { c.AllowWrites = false })
	writes := []call{
		{method: http.MethodPatch, path: "/api/v2/integrations/actions/a", body: []byte("{}")},
		{method: http.MethodPut, path: "/api/v2/flows/dataactions/a", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/integrations/actions/a/draft", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/integrations/actions/a/draft/publish", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/integrations/actions/x%2Fquery", body: []byte("{}")},
		{method: http.MethodPost, path: "/oauth/token", body: []byte("{}")},
		{method: http.MethodDelete, path: "/api/v2/integrations/actions/a/draft"},
		{method: http.MethodPatch, path: "/api/v2/analytics/query", body: []byte("{}")},
		{method: http.MethodPut, path: aggregatesPath, body: []byte("{}")},
		{method: http.MethodPost, path: aggregatesPath + "/", body: []byte("{}")},
		{method: http.MethodPost, path: aggregatesPath + "/jobs", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/analytics/actions/aggregates/%71uery", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/analytics/actions/aggregates/jobs", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/analytics/conversations/details/query", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/audits/query", body: []byte("{}")},
		{method: "PURGE", path: "/api/v2/flows"},
		{method: "get", path: "/api/v2/flows"},
	}
	for _, w := range writes {
		_, err := r.client.do(context.Background(), w)
		var refused *ReadOnlyError
		if !errors.As(err, &refused) || refused.Method != w.method || IsUncertain(err) {
			t.Errorf("%s %s: %v, want a ReadOnlyError", w.method, w.path, err)
		}
		if err := r.client.stream(context.Background(), w, nil); !errors.As(err, &refused) {
			t.Errorf("streaming %s %s: %v, want a ReadOnlyError", w.method, w.path, err)
		}
	}
	if r.signIns != 0 || len(r.sent()) != 0 {
		t.Errorf("%d sign-ins and %q were sent", r.signIns, r.sent())
	}
	for _, read := range []call{
		{method: http.MethodGet, path: "/api/v2/flows"},
		{method: http.MethodHead, path: "/api/v2/flows"},
		{method: http.MethodPost, path: "/api/v2/analytics/actions/aggregates/query", body: []byte("{}")},
		{method: http.MethodPost, path: "/api/v2/audits/query/realtime", body: []byte("{}")},
	} {
		if _, err := r.client.do(context.Background(), read); err != nil {
			t.Errorf("%s %s: %v", read.method, read.path, err)
		}
	}
	r.wantSent(4)
}

// The guard stands below everything: what forgets to ask it meets it all the same.
func TestTheGuardHoldsAtTheBottom(t *testing.T) {
	g := &guard{api: mustParse(t, "https://gw.example.com/base"), login: mustParse(t, "https://login.example.com/l"),
		allowWrites: true,
		next:        roundTrip(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })}
	for target, ok := range map[string]bool{
		"GET https://gw.example.com/base/api/v2/flows":          true,
		"GET https://GW.example.com:443/base/api/v2/flows":      true,
		"PATCH https://gw.example.com/base/api/v2/flows":        true,
		"POST https://login.example.com/l/oauth/token":          true,
		"GET https://login.example.com/l/oauth/token":           false,
		"POST https://login.example.com/l/oauth/token2":         false,
		"POST https://login.example.com/oauth/token":            false,
		"GET http://gw.example.com/base/api/v2/flows":           false,
		"GET https://gw.example.com:8443/base/api/v2/flows":     false,
		"GET https://gw.example.com/baseless/api/v2/flows":      false,
		"GET https://gw.example.com.evil.org/base/api/v2/flows": false,
		"GET https://evil.org/base/api/v2/flows":                false,
	} {
		method, address, _ := strings.Cut(target, " ")
		_, err := g.RoundTrip(&http.Request{Method: method, URL: mustParse(t, address)})
		if (err == nil) != ok {
			t.Errorf("%s: %v", target, err)
		}
	}
	g.allowWrites = false
	body := &closeRecorder{Reader: strings.NewReader("{}")}
	_, err := g.RoundTrip(&http.Request{Method: "PUT", URL: mustParse(t, "https://gw.example.com/base/x"), Body: body})
	var refused *ReadOnlyError
	if !errors.As(err, &refused) || !body.closed {
		t.Errorf("PUT: %v, body closed: %v", err, body.closed)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type closeRecorder struct {
	*strings.Reader
	closed bool
}

func (c *closeRecorder) Close() error { c.closed = true; return nil }

// An id from a manifest or from the API ends up in a path: it must stay one segment of it.
func TestAPathThatLeadsElsewhereIsNotSent(t *testing.T) {
	r := newFixture(t, fine)
	for _, path := range []string{"", "api/v2", "/api/v2/../../login", "/api/v2/%2e%2e/x", "/api/v2/x?pageSize=1",
		"/api/v2/x#y", "/api/v2/%zz"} {
		if _, err := r.get(path); err == nil {
			t.Errorf("%q was sent", path)
		}
	}
	if n := len(r.sent()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := r.get("/api/v2/actions/a%2F..%2Fb%3Fc"); err != nil {
		t.Error(err)
	}
	if got := r.sent(); len(got) != 1 || got[0] != "GET /api/v2/actions/a%2F..%2Fb%3Fc" {
		t.Errorf("sent %q", got)
	}
}
