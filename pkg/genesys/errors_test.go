package genesys

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConflictsAndMissingThings(t *testing.T) {
	stale := "The version '3' DOES NOT match the current version '4'"
	for _, c := range []struct {
		err                error
		conflict, notFound bool
	}{
		{&APIError{Status: 409}, true, false},
		{&APIError{Status: 400, Message: stale}, true, false},
		// provider issue 1961
		{&APIError{Status: 400, Message: "Supplied version 2 does not match latest draft version 1"}, true, false},
		// a read has no version
		{&APIError{Method: "GET", Status: 409}, false, false},
		{fmt.Errorf("writing %q: %w", "x", &APIError{Status: 409}), true, false},
		{&APIError{Status: 400, Message: "Invalid timeout value"}, false, false},
		{&APIError{Status: 500, Message: stale}, false, false},
		{&APIError{Status: 404}, false, true},
		// An error while reading is not "does not exist": dnscontrol #2474, #2995.
		{&APIError{Status: 429}, false, false},
		{&APIError{Status: 410}, false, false},
		{&AuthError{Status: 404}, false, false},
		{&APIError{Status: 404, SignIn: true}, false, false},
		{errors.New("404"), false, false},
		{nil, false, false},
	} {
		if IsConflict(c.err) != c.conflict || IsNotFound(c.err) != c.notFound {
			t.Errorf("%v: conflict %v, not found %v", c.err, IsConflict(c.err), IsNotFound(c.err))
		}
	}
}

func TestUncertainty(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&TransportError{Method: "PATCH", Sent: true, Kind: FaultReset}, true},
		{fmt.Errorf("writing: %w", &TransportError{Method: "PUT", Sent: true, Kind: FaultTimeout}), true},
		{&TransportError{Method: "PATCH", Kind: FaultRefused}, false},
		{&TransportError{Method: "GET", Sent: true}, false},
		{&TransportError{Method: "POST", Path: "/api/v2/analytics/actions/aggregates/query", Sent: true}, false},
		{&TransportError{Method: "POST", Path: tokenPath, Sent: true, SignIn: true}, false},
		{&APIError{Method: "PATCH", Status: 500}, true},
		{&APIError{Method: "POST", Status: 504}, true},
		{&APIError{Method: "PATCH", Status: 400}, false},
		{&APIError{Method: "PATCH", Status: 409}, false},
		{&APIError{Method: "PATCH", Status: 429}, false},
		{&APIError{Method: "GET", Status: 500}, false},
		{&APIError{Method: "POST", Path: tokenPath, Status: 500, SignIn: true}, false},
		{&BodyError{Method: "PATCH"}, true},
		{&BodyError{Method: "GET"}, false},
		{&RedirectError{Method: "PUT"}, true},
		{&RedirectError{Method: "GET"}, false},
		{&ReadOnlyError{Method: "PUT"}, false},
		{&AuthError{}, false},
		{nil, false},
	} {
		if got := IsUncertain(c.err); got != c.want {
			t.Errorf("%v: uncertain %v, want %v", c.err, got, c.want)
		}
	}
}

func TestARefusalNamesTheMissingPermissions(t *testing.T) {
	for body, want := range map[string][]string{
		`{"message":"Unable to perform the requested action. You are missing the following permission(s): ` +
			`integrations:action:view, integrations:action:edit","code":"missing.any.permissions"}`: {
			"integrations:action:edit",
			"integrations:action:view",
		},
		`{"message":"You are missing a scope","messageParams":{"scope":"flow:flow:write","n":3}}`: {
			"flow:flow:write",
		},
		`{"message":"needs analytics:actionAggregate:view or analytics:*:* or analytics:actionAggregate:*"}`: {
			"analytics:actionAggregate:*",
			"analytics:actionAggregate:view",
		},
		`{"message":"forbidden at 12:30:45"}`: nil,
		`<html>`:                              nil,
	} {
		r := newFixture(t, status(403, body))
		_, err := r.get("/x")
		var api *APIError
		if !errors.As(err, &api) {
			t.Fatalf("%v", err)
		}
		if diff := cmp.Diff(want, api.Permissions); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestErrorBodiesOfAllSorts(t *testing.T) {
	for _, c := range []struct{ body, message, code string }{
		{`{"message":"m","code":"c","status":400,"contextId":"x"}`, "m", "c"},
		{`{"message":{"a":1},"code":7,"contextId":[]}`, "", ""},
		{`{"errors":[{"message":"inner","code":"c"}]}`, "inner", ""},
		{`{"message":"line\nbreak \u001b[31m\u202e"}`, "line break [31m", ""},
		{`[]`, "[]", ""},
		{``, "", ""},
		{"<html><head><title>502 Bad Gateway</title><style>b {}</style></head><body><h1>502</h1></body>",
			"502 Bad Gateway 502", ""},
		{"upstream connect error\r\n", "upstream connect error", ""},
		{`{"message":"` + strings.Repeat("x", 100_000) + `"}`, "", ""},
	} {
		r := newFixture(t, status(400, c.body))
		_, err := r.get("/x")
		var api *APIError
		if !errors.As(err, &api) {
			t.Fatalf("%v", err)
		}
		if len(c.body) > 50_000 {
			if len(api.Message) > maxMessage+len("…") {
				t.Errorf("a message of %d bytes", len(api.Message))
			}
			continue
		}
		if api.Message != c.message || api.Code != c.code {
			t.Errorf("%s: message %q, code %q", c.body, api.Message, api.Code)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		"PATCH /a: 409 Conflict (correlation id c)": &APIError{Method: "PATCH", Path: "/a", Status: 409, CorrelationID: "c",
			Attempts: 1},
		"GET /a: status 799: m": &APIError{Method: "GET", Path: "/a", Status: 799, Message: "m"},
		"GET /a: 429 Too Many Requests; the server asks to wait 10m0s, and the longest wait is 5m0s": &APIError{
			Method: "GET", Path: "/a", Status: 429, RetryAfter: 10 * time.Minute, Attempts: 1,
		},
		"signing in: 503 Service Unavailable; gave up after 5 attempts": &APIError{
			Method: "POST", Path: tokenPath, Status: 503, SignIn: true, Attempts: 5,
		},
		"signing in at login.x: 401 Unauthorized: client not found (code invalid_client)": &AuthError{
			Status: 401, Code: "invalid_client", Description: "client not found", LoginHost: "login.x",
		},
		"GET /a at api.x: the host name does not resolve: lookup api.x: no such host": &TransportError{
			Method: "GET", Path: "/a", Host: "api.x", Kind: FaultDNS,
			Err: errors.New("lookup api.x: no such host"), Attempts: 1,
		},
		"GET /a at api.x: no answer: boom; gave up after 2 attempts": &TransportError{
			Method: "GET", Path: "/a", Host: "api.x", Kind: FaultOther, Err: errors.New("boom"), Attempts: 2,
		},
		"GET /a: 302 Found: redirected to https://b, which is not followed": &RedirectError{
			Method: "GET", Path: "/a", Status: 302, Target: "https://b",
		},
		"GET /a: 307 Temporary Redirect: redirected to an unnamed place, which is not followed": &RedirectError{
			Method: "GET", Path: "/a", Status: 307,
		},
		"PATCH /a: not sent: this command only reads": &ReadOnlyError{
			Method: "PATCH", Path: "/a",
		},
		"GET /a: 200 OK, but its body is not JSON (content type text/html, begins <html>, correlation id c)": &BodyError{
			Method: "GET", Path: "/a", Status: 200, ContentType: "text/html", Start: "<html>",
			Reason: "its body is not JSON", CorrelationID: "c",
		},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
