package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSignInByBasicAndByForm(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, ClientID: "id:with colon+", ClientSecret: "s/e+c%ret=", TokenTTL: 90 * time.Second})
	sign := func(set func(r *http.Request, form url.Values)) answer {
		form := url.Values{"grant_type": {"client_credentials"}}
		r, err := http.NewRequest(http.MethodPost, w.URL()+"/oauth/token", nil)
		w.must(err)
		set(r, form)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader(form.Encode()))
		res, err := w.client.Do(r)
		w.must(err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		w.must(err)
		return answer{res.StatusCode, res.Header, b}
	}
	good := map[string]func(r *http.Request, form url.Values){
		"basic, encoded": func(r *http.Request, _ url.Values) {
			r.SetBasicAuth(url.QueryEscape("id:with colon+"), url.QueryEscape("s/e+c%ret="))
		},
		"form": func(_ *http.Request, form url.Values) {
			form.Set("client_id", "id:with colon+")
			form.Set("client_secret", "s/e+c%ret=")
		},
	}
	for name, set := range good {
		a := sign(set)
		if a.status != 200 || a.text("token_type") != "bearer" || a.text("expires_in") != "90" ||
			len(a.text("access_token")) < 20 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		w.token = a.text("access_token")
		w.want(200, "GET", actionsPath, "")
	}
	if a := sign(func(r *http.Request, _ url.Values) { r.SetBasicAuth("id", "wrong") }); a.status != 401 ||
		a.text("error") != "invalid_client" || a.text("error_description") == "" {
		t.Errorf("wrong credentials: %d %s", a.status, a.body)
	}
	if a := sign(func(_ *http.Request, form url.Values) { form.Set("grant_type", "password") }); a.status != 400 ||
		a.text("error") != "unsupported_grant_type" {
		t.Errorf("wrong grant: %d %s", a.status, a.body)
	}
}

// The vendor's Go SDK sends these paths to a gateway.
func TestPathsOfAGatewayHaveTwoSlashes(t *testing.T) {
	t.Parallel()
	w := start(t, Options{ClientID: "id", ClientSecret: "secret"})
	r, err := http.NewRequest(http.MethodPost, w.URL()+"//oauth/token", strings.NewReader("grant_type=client_credentials"))
	w.must(err)
	r.SetBasicAuth("id", "secret")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := w.client.Do(r)
	w.must(err)
	w.must(res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign-in: status %d", res.StatusCode)
	}
	w.want(200, "GET", "//api/v2/organizations/me", "")
	w.want(404, "GET", "///api/v2/organizations/me", "")
}

func TestTokenExpiresAndIsRevoked(t *testing.T) {
	t.Parallel()
	now := &clock{t: time.Unix(1_800_000_000, 0)}
	w := start(t, Options{TokenTTL: time.Hour, Now: now.Now})
	w.want(200, "GET", actionsPath, "")
	now.add(time.Hour)
	if a := w.want(401, "GET", actionsPath, ""); a.text("code") != "bad.credentials" {
		t.Errorf("expired: %s", a.body)
	}
	w.token = w.GiveToken()
	w.want(200, "GET", actionsPath, "")
	w.RevokeTokens()
	w.want(401, "GET", actionsPath, "")
	w.token = "made up"
	w.want(401, "GET", actionsPath, "")
}

func TestErrorBodyIsTheVendors(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	a := w.want(404, "GET", actionsPath+"/custom_-_gone", "")
	if a.text("code") != "not.found" || a.text("status") != "404" || a.text("entityId") != "custom_-_gone" ||
		a.text("message") == "" ||
		string(valueAt(a.body, "details")) != "[]" || string(valueAt(a.body, "errors")) != "[]" {
		t.Errorf("not found: %s", a.body)
	}
	if id := a.header.Get("ININ-Correlation-Id"); id == "" || a.text("contextId") != id {
		t.Errorf("contextId %q, correlation id %q", a.text("contextId"), id)
	}
	w.Deny("integrations:action:edit")
	a = w.want(403, "PATCH", actionsPath+"/"+w.ActionID("Get order", ""), `{"version":1}`)
	const message = "Unable to perform the requested action. You must have at least one of the following permissions: " +
		"[integrations:action:edit]"
	if a.text("message") != message || a.text("messageParams", "permissions") != "[integrations:action:edit]" {
		t.Errorf("denied: %s", a.body)
	}
	w.want(200, "GET", actionsPath, "")
	w.Allow("integrations:action:edit")
	w.want(409, "PATCH", actionsPath+"/"+w.ActionID("Get order", ""), `{"version":0}`)
	w.want(404, "GET", "/api/v2/nothing", "")
	w.want(405, "DELETE", actionsPath, "")
}

func TestRateWindowIsFixed(t *testing.T) {
	t.Parallel()
	now := &clock{t: time.Unix(1_800_000_000, 0)}
	w := start(t, Options{Allowed: 3, Window: time.Minute, Now: now.Now})
	for n := 1; n <= 3; n++ {
		a := w.want(200, "GET", actionsPath+"?pageSize=1", "")
		if got := a.header.Get("inin-ratelimit-count"); got != strconv.Itoa(n) ||
			a.header.Get("inin-ratelimit-allowed") != "3" {
			t.Errorf("request %d: count %s", n, got)
		}
		now.add(10500 * time.Millisecond)
	}
	a := w.want(429, "GET", actionsPath, "") // 31.5 s into the window
	if a.header.Get("Retry-After") != "29" || a.header.Get("inin-ratelimit-reset") != "29" ||
		a.header.Get("inin-ratelimit-count") != "3" {
		t.Errorf("headers %v", a.header)
	}
	if a.text("code") != "too.many.requests" || a.text("limit", "value") != "3" {
		t.Errorf("body %s", a.body)
	}
	log := w.Requests()
	if last := log[len(log)-1]; !last.Limited || last.Status != 429 || last.Path != actionsPath {
		t.Errorf("log %+v", last)
	}
	now.add(28500 * time.Millisecond)
	w.want(200, "GET", actionsPath, "") // a new window
	w.Spend(1)
	if a := w.want(200, "GET", actionsPath, ""); a.header.Get("inin-ratelimit-count") != "3" {
		t.Errorf("after another user: %v", a.header)
	}
	w.want(429, "GET", actionsPath, "")
	w.token = w.GiveToken()
	w.want(200, "GET", actionsPath, "") // another token has its own window
}

func TestLogCountsAndConnections(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Latency: 20 * time.Millisecond})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := w.try("GET", actionsPath+"?name=order", ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.want(200, "GET", actionsPath+"?name=order", "")
	log := w.Requests()
	connections := map[string]bool{}
	for _, r := range log {
		connections[r.Connection] = true
		if r.Method != http.MethodGet || r.Query != "name=order" || r.Status != 200 || r.CorrelationID == "" || r.SignIn() {
			t.Errorf("log %+v", r)
		}
	}
	if len(log) != 5 || len(connections) > 4 || w.Peak() < 2 {
		t.Errorf("%d requests over %d connections, at most %d at once", len(log), len(connections), w.Peak())
	}
	w.ForgetRequests()
	if len(w.Requests()) != 0 {
		t.Error("the log was not emptied")
	}
}

func TestStartServesOnlyLoopback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.org:80", "127.0.0.1"} {
		if s, err := Start(Options{Listen: address, Empty: true}); err == nil {
			s.Close()
			t.Errorf("%s was served", address)
		}
	}
	s, err := Start(Options{Listen: "localhost:0", Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closing again:", err)
	}
}

func TestCloseEndsRunningRequests(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	w.Fault(Fault{Kind: FaultHang})
	ended := make(chan error)
	go func() {
		_, err := w.try("GET", actionsPath, "")
		ended <- err
	}()
	for len(w.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	w.must(w.Close())
	if err := <-ended; err == nil {
		t.Error("a request that hung was answered")
	}
}

func TestEnvPointsAtTheServer(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	env := w.Env()
	if env["GENESYS_API_URL"] != w.URL() || env["GENESYS_LOGIN_URL"] != w.URL() || env["GENESYS_CLIENT_ID"] == "" ||
		env["GENESYS_CLIENT_SECRET"] == "" {
		t.Errorf("%v", env)
	}
	other := start(t, Options{Empty: true})
	if other.Env()["GENESYS_CLIENT_SECRET"] == env["GENESYS_CLIENT_SECRET"] {
		t.Error("two servers share a secret")
	}
}
