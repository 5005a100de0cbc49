package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// authorized answers 200 to tokens for which valid says so, else 401.
func authorized(valid func(token string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
		if valid(token) {
			fine(w, req)
		} else {
			status(401, `{"message":"Invalid login credentials.","code":"bad.credentials","status":401}`)(w, req)
		}
	}
}

func TestSignInSendsTheCredentialsToTheLoginHostOnce(t *testing.T) {
	r := newFixture(t, authorized(func(token string) bool { return token == fixtureToken+"1" }))
	r.login = func(w http.ResponseWriter, req *http.Request) {
		id, secret, _ := req.BasicAuth() // OAuth has both URL-encoded: RFC 6749, section 2.3.1
		if req.Method != http.MethodPost || req.FormValue("grant_type") != "client_credentials" || id != "the-client-id" ||
			secret != "s3cr3t%2Fwith%2Bsigns%3Dand%26more" {
			t.Errorf("%s %s as %q with %q", req.Method, req.Form.Encode(), id, secret)
		}
		if req.Form.Has("client_secret") {
			t.Error("the secret is in the form too")
		}
		writeToken(w, fixtureToken+"1", 86400)
	}
	if err := r.client.SignIn(context.Background()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := r.get("/x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if r.signIns != 1 {
		t.Errorf("%d sign-ins, want 1", r.signIns)
	}
	r.wantSent(20)
}

func TestAnAccessTokenNeedsNoSignIn(t *testing.T) {
	r := newFixture(t, authorized(func(token string) bool { return token == "given-token" }),
		func(c *Config) { c.AccessToken = "given-token" })
	if _, err := r.get("/x"); err != nil {
		t.Error(err)
	}
	if err := r.client.SignIn(context.Background()); err != nil || r.signIns != 0 {
		t.Errorf("%v, %d sign-ins", err, r.signIns)
	}

	r = newFixture(t, authorized(func(string) bool { return false }), func(c *Config) { c.AccessToken = "given-token" })
	_, err := r.get("/x")
	var api *APIError
	if !errors.As(err, &api) || api.Status != 401 || api.Code != "bad.credentials" {
		t.Errorf("%v", err)
	}
	r.wantSent(1)
}

func TestAnExpiredTokenIsReplacedBeforeItIsUsed(t *testing.T) {
	r := newFixture(t, authorized(func(string) bool { return true }))
	r.login = func(w http.ResponseWriter, _ *http.Request) { writeToken(w, fixtureToken, 3600) }
	for i, step := range []struct {
		passes  time.Duration
		signIns int
	}{{0, 1}, {3598 * time.Second, 1}, {1500 * time.Millisecond, 2}, {time.Minute, 2}} {
		r.waits.Timer(step.passes)
		if _, err := r.get("/x"); err != nil {
			t.Fatal(err)
		}
		if r.signIns != step.signIns {
			t.Errorf("step %d: %d sign-ins, want %d", i, r.signIns, step.signIns)
		}
	}
}

// A token that lives for a second is good for that second, not for one request each.
func TestAShortLivedTokenServesSeveralRequests(t *testing.T) {
	for _, life := range []string{`1`, `"1"`, `0`, `-5`, `null`} {
		r := newFixture(t, fine)
		r.login = func(w http.ResponseWriter, _ *http.Request) {
			status(200, `{"access_token":"abcdefgh","token_type":"bearer","expires_in":`+life+`}`, "Content-Type",
				"application/json")(w, nil)
		}
		for range 5 {
			if _, err := r.get("/x"); err != nil {
				t.Fatal(err)
			}
		}
		if r.signIns != 1 {
			t.Errorf("expires_in %s: %d sign-ins for 5 requests at one instant", life, r.signIns)
		}
	}
}

func TestSeveral401sAtOnceCauseOneRefresh(t *testing.T) {
	const at = 4
	var gather sync.WaitGroup
	gather.Add(at)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		old := req.Header.Get("Authorization") == "Bearer "+fixtureToken+"1"
		if old && strings.HasSuffix(req.URL.Path, "/late") {
			gather.Done()
			gather.Wait() // all of them are under way with the old token
		}
		authorized(func(token string) bool {
			return token != fixtureToken+"1" || strings.HasSuffix(req.URL.Path,
				"/early")
		})(w,
			req)
	})
	if _, err := r.get("/early"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range at {
		all.Go(func() {
			if _, err := r.patch("/late"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if r.signIns != 2 {
		t.Errorf("%d sign-ins, want 2", r.signIns)
	}
	r.wantSent(1 + 2*at)
}

func TestA401AfterARefreshIsFinal(t *testing.T) {
	r := newFixture(t, authorized(func(string) bool { return false }))
	_, err := r.patch("/x")
	var api *APIError
	if !errors.As(err, &api) || api.Status != 401 || IsUncertain(err) {
		t.Errorf("%v", err)
	}
	r.wantSent(2)
	if r.signIns != 2 {
		t.Errorf("%d sign-ins, want 2", r.signIns)
	}
}

func TestRefusedCredentialsAreNotTriedAgain(t *testing.T) {
	for _, code := range []int{400, 401} {
		r := newFixture(t, fine)
		r.login = status(code, `{"error":"invalid_client","description":"client not found",`+
			`"error_description":"client not found: `+fixtureSecret+`"}`, correlationHeader, "corr-7")
		_, err := r.get("/x")
		var refused *AuthError
		if !errors.As(err, &refused) || refused.Status != code || refused.Code != "invalid_client" ||
			refused.CorrelationID != "corr-7" ||
			refused.Description != "client not found: "+redacted || !strings.Contains(r.client.LoginURL(), refused.LoginHost) {
			t.Errorf("%d: %#v", code, err)
		}
		if _, again := r.patch("/y"); !errors.As(again, &refused) || IsUncertain(again) {
			t.Errorf("%d, a second request: %v", code, again)
		}
		if r.signIns != 1 || r.client.Requests() != 0 {
			t.Errorf("%d: %d sign-ins, %d requests", code, r.signIns, r.client.Requests())
		}
	}
}

// Sign-in outside the retry layer: decK #1381.
func TestSignInIsRepeatedOnFaults(t *testing.T) {
	token := func(w http.ResponseWriter, _ *http.Request) { writeToken(w, fixtureToken, 600) }
	for name, fault := range map[string]http.HandlerFunc{
		"429":      status(429, "", "Retry-After", "3"),
		"500":      status(500, ""),
		"502 html": status(502, "<html>"),
		"503":      status(503, "{}"),
		"504":      status(504, ""),
		"reset":    reset(""),
		"truncated": reset("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
			"100\r\n\r\n{\"access_tok"),
		"cut-short JSON":  status(200, `{"access_token":"abc`, "Content-Type", "application/json"),
		"reset in header": reset("HTTP/1.1 200 OK\r\nConte"),
	} {
		r := newFixture(t, fine)
		r.login = inOrder(fault, fault, token)
		if _, err := r.get("/x"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r.signIns != 3 {
			t.Errorf("%s: %d sign-ins, want 3", name, r.signIns)
		}
		r.wantSent(1)
	}
}

func TestSignInThatFailsForEverEnds(t *testing.T) {
	for name, c := range map[string]struct {
		fault   http.HandlerFunc
		signIns int
	}{
		"503":   {status(503, vendorError), 5},
		"reset": {reset(""), 5},
		"429":   {status(429, vendorError), 6},
		"far":   {status(429, vendorError, "Retry-After", "4000"), 1},
	} {
		r := newFixture(t, fine)
		r.login = c.fault
		_, err := r.patch("/x")
		if err == nil || IsUncertain(err) || IsNotFound(err) || !strings.HasPrefix(err.Error(), "signing in") {
			t.Errorf("%s: %v, uncertain: %v", name, err, IsUncertain(err))
		}
		if r.signIns != c.signIns {
			t.Errorf("%s: %d sign-ins, want %d", name, r.signIns, c.signIns)
		}
		r.wantSent(0)
	}
}

func TestAnAnswerWithoutATokenIsARefusedSignIn(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"html":              status(200, "<html><body>Welcome "+fixtureSecret+"</body>", "Content-Type", "text/html"),
		"empty":             status(200, ""),
		"no access_token":   status(200, `{"token":"`+fixtureSecret+`"}`, "Content-Type", "application/json"),
		"error with 200":    status(200, `{"error":"invalid_client"}`, "Content-Type", "application/json"),
		"token with a line": status(200, `{"access_token":"abc\r\nX-Evil: 1"}`, "Content-Type", "application/json"),
		"not found":         status(404, "<html>no such page"),
		"a gigabyte":        func(w http.ResponseWriter, _ *http.Request) { writeEndless(w, 1<<30) },
	} {
		r := newFixture(t, fine)
		r.login = h
		err := r.client.SignIn(context.Background())
		var refused *AuthError
		if !errors.As(err, &refused) || strings.Contains(err.Error(), fixtureSecret) || strings.Contains(err.Error(),
			"Evil") {
			t.Errorf("%s: %v", name, err)
		}
		if r.signIns != 1 {
			t.Errorf("%s: %d sign-ins", name, r.signIns)
		}
	}
}

func TestARedirectedSignInSendsNoCredentialsElsewhere(t *testing.T) {
	elsewhere := newFixture(t, fine)
	r := newFixture(t, fine)
	r.login = status(307, "", "Location", elsewhere.server.URL+"/gate/login/oauth/token?secret="+fixtureSecret)
	err := r.client.SignIn(context.Background())
	var redirect *RedirectError
	if !errors.As(err, &redirect) || redirect.Target != elsewhere.server.URL || strings.Contains(err.Error(), "secret=") {
		t.Errorf("%v", err)
	}
	if elsewhere.signIns != 0 {
		t.Error("the credentials went to another host")
	}
}

// Whoever asked first and was stopped must not take the others down.
func TestASignInThatItsCallerStopsDoesNotStopTheOthers(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newFixture(t, fine)
	started := make(chan bool)
	r.login = inOrder(func(_ http.ResponseWriter, req *http.Request) {
		req.ParseForm()
		started <- true
		<-req.Context().Done()
	}, func(w http.ResponseWriter, _ *http.Request) { writeToken(w, fixtureToken, 600) })
	first := make(chan error)
	go func() { first <- r.client.SignIn(ctx) }()
	<-started
	others := make(chan error)
	for range 3 {
		go func() { others <- r.client.SignIn(context.Background()) }()
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the stopped one: %v", err)
	}
	for range 3 {
		if err := <-others; err != nil {
			t.Errorf("another: %v", err)
		}
	}
	if r.signIns != 2 {
		t.Errorf("%d sign-ins, want 2", r.signIns)
	}
}

func TestTokensDifferAfterARefresh(t *testing.T) {
	r := newFixture(t, inOrder(fine, status(401, "{}"), fine))
	seen := map[string]bool{}
	r.api = func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			seen[req.Header.Get("Authorization")] = true
			next(w, req)
		}
	}(r.api)
	for range 2 {
		if _, err := r.get("/x"); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 2; n++ {
		if !seen[fmt.Sprintf("Bearer %s%d", fixtureToken, n)] {
			t.Errorf("token %d was not used: %v", n, seen)
		}
	}
}
