package genesys

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// lonely is a client with a token and no server.
func lonely(t *testing.T, api string, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{APIURL: api, AccessToken: fixtureToken, AllowWrites: true, Concurrency: 2, Clock: &waitRecorder{}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// quietTLS is a TLS server whose complaints about clients are not printed.
func quietTLS(t *testing.T, h http.HandlerFunc, version uint16) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MaxVersion: version}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func trusting(s *httptest.Server) func(*Config) {
	return func(c *Config) {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AddCert(s.Certificate())
	}
}

func TestFaultsBelowHTTPAreNamed(t *testing.T) {
	ok := quietTLS(t, fine, tls.VersionTLS13)
	plain := httptest.NewServer(fine)
	t.Cleanup(plain.Close)
	for name, c := range map[string]struct {
		client   *Client
		kind     FaultKind
		attempts int
	}{
		"refused":           {lonely(t, "http://"+closedPort(t)), FaultRefused, 5},
		"no such name":      {lonely(t, "https://api.no-such-host.invalid"), FaultDNS, 0},
		"untrusted":         {lonely(t, ok.URL), FaultTLS, 1},
		"another name":      {lonely(t, strings.Replace(ok.URL, "127.0.0.1", "localhost", 1), trusting(ok)), FaultTLS, 1},
		"http behind https": {lonely(t, strings.Replace(plain.URL, "http:", "https:", 1)), FaultTLS, 1},
		"TLS 1.1":           {lonely(t, quietTLS(t, fine, tls.VersionTLS11).URL), FaultTLS, 1},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPatch} {
			_, err := c.client.do(context.Background(), call{method: method, path: "/x", body: []byte("{}")})
			var fault *TransportError
			if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Sent || IsUncertain(err) ||
				!strings.Contains(c.client.APIURL(), fault.Host) {
				t.Errorf("%s, %s: %v (%+v)", name, method, err, fault)
				continue
			}
			// Whether a name server's answer is lasting is not ours to say.
			if c.attempts > 0 && fault.Attempts != c.attempts {
				t.Errorf("%s, %s: %d attempts, want %d", name, method, fault.Attempts, c.attempts)
			}
		}
		if n := c.client.Requests(); n != 0 {
			t.Errorf("%s: %d requests counted, none was sent", name, n)
		}
	}
	c := lonely(t, ok.URL, trusting(ok))
	if err := c.getRaw(context.Background(), "/x", nil, into(new(any))); err != nil {
		t.Errorf("trusted: %v", err)
	}
}

// Each connection after the first saves a handshake's round trip or its cryptography.
func TestConnectionsResumeTheSession(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var mu sync.Mutex
		resumed, whole := 0, 0
		var together sync.WaitGroup // answers wait for each other, so that each request has its own connection
		together.Add(2)
		server := quietTLS(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if r.TLS.DidResume {
				resumed++
			} else {
				whole++
			}
			mu.Unlock()
			if r.URL.Path != "/first" {
				together.Done()
				together.Wait()
			}
			fine(w, r)
		}, version)
		c := lonely(t, server.URL, trusting(server))
		if err := c.getRaw(context.Background(), "/first", nil, into(new(any))); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := c.getRaw(context.Background(), "/x", nil, into(new(any))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if resumed != 1 || whole != 2 { // the first connection serves two requests
			t.Errorf("%x: %d requests on resumed connections and %d on others, want 1 and 2", version, resumed, whole)
		}
	}
}

func TestARedirectIsNamedAndNotFollowed(t *testing.T) {
	elsewhere := newFixture(t, fine)
	for location, target := range map[string]string{
		elsewhere.server.URL + "/gate/api/x?token=" + fixtureToken: elsewhere.server.URL,
		"/gate/api/y": "",
		"https://user:pa55word@evil.example.com/path":                "https://evil.example.com",
		"https://" + url.QueryEscape(fixtureSecret) + ".example.com": "",
		"::no address": "",
		"":             "",
	} {
		for _, code := range []int{301, 302, 303, 307, 308} {
			r := newFixture(t, status(code, "", "Location", location))
			_, err := r.get("/x")
			var redirect *RedirectError
			if !errors.As(err, &redirect) || redirect.Status != code || redirect.Target != target {
				t.Errorf("%d to %q: %v", code, location, err)
			}
			if strings.Contains(err.Error(), fixtureToken) || strings.Contains(err.Error(), "path") ||
				strings.Contains(err.Error(),
					"pa55word") {
				t.Errorf("%d to %q says too much: %v", code, location, err)
			}
			r.wantSent(1)
		}
	}
	elsewhere.wantSent(0)
}

// A server that carries a write out and then drops the connection, on a connection used before: net/http must not
// send it again.
func TestABrokenOffWriteIsCarriedOutOnce(t *testing.T) {
	for _, method := range []string{"PATCH", "PUT", "POST", "DELETE"} {
		var carriedOut atomic.Int32
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				reader := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(reader)
					if err != nil {
						break
					}
					io.Copy(io.Discard, req.Body)
					if req.Method != "GET" {
						carriedOut.Add(1)
						break
					}
					fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				}
				conn.Close()
			}
		}()
		c := lonely(t, "http://"+l.Addr().String())
		for i := range 5 {
			if err := c.getRaw(context.Background(), "/warm", nil, into(new(any))); err != nil {
				t.Fatal(err)
			}
			w := call{method: method, path: "/w"}
			if method != "DELETE" {
				w.body = []byte("{}")
			}
			if _, err := c.do(context.Background(), w); !IsUncertain(err) {
				t.Errorf("%s: %v", method, err)
			}
			if got := int(carriedOut.Load()); got != i+1 {
				t.Errorf("%s: carried out %d times after %d writes", method, got, i+1)
			}
		}
		c.Close()
		l.Close()
		<-done
	}
}

// A server that closes its side after each answer without saying so: each write is carried out once, or reported as
// uncertain.
func TestConnectionsClosedWhileIdle(t *testing.T) {
	var carriedOut atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.Copy(io.Discard, req.Body)
				carriedOut.Add(1)
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			}
			conn.Close()
		}
	}()
	c := lonely(t, "http://"+l.Addr().String())
	sure := 0
	const writes = 200
	for range writes {
		_, err := c.do(context.Background(), call{method: "PATCH", path: "/w", body: []byte("{}")})
		if err == nil {
			sure++
		} else if !IsUncertain(err) {
			t.Errorf("%v", err)
		}
	}
	if got := int(carriedOut.Load()); got < sure || got > writes {
		t.Errorf("%d writes, %d known to be carried out, carried out %d times", writes, sure, got)
	}
	c.Close()
	l.Close()
	<-done
}

func TestAProxyIsUsedButNotForLoopback(t *testing.T) {
	var connects atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodConnect && req.Host == "api.mypurecloud.ie:443" {
			connects.Add(1)
		}
		http.Error(w, "no thanks, "+req.Header.Get("Proxy-Authorization"), http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	through := func(c *Config) {
		c.Proxy = func(*http.Request) (*url.URL, error) {
			u := mustParse(t, proxy.URL)
			u.User = url.UserPassword("me", "proxy-password")
			return u, nil
		}
	}
	c := lonely(t, "", func(c *Config) { c.Environment = "eu-west-1" }, through)
	err := c.getRaw(context.Background(), "/x", nil, into(new(any)))
	var fault *TransportError
	if !errors.As(err, &fault) || fault.Sent || connects.Load() != 5 || strings.Contains(err.Error(), "proxy-password") {
		t.Errorf("%d CONNECTs: %v", connects.Load(), err)
	}
	if got := c.wire.scrub.text("proxy-password", 100); got != redacted {
		t.Errorf("the proxy's password stays readable: %q", got)
	}
	r := newFixture(t, fine, through)
	if _, err := r.get("/x"); err != nil {
		t.Errorf("loopback went to the proxy: %v", err)
	}
}

// Nothing that a server can send makes a secret appear in an error or a log line.
func TestSecretsAppearNowhere(t *testing.T) {
	t.Parallel()
	pair := "dGhlLWNsaWVudC1pZDpzM2NyM3QlMkZ3aXRoJTJCc2lnbnMlM0RhbmQlMjZtb3Jl" // as in the Authorization header
	spill := func(req *http.Request) string {
		return strings.Join([]string{fixtureSecret, url.QueryEscape(fixtureSecret), pair, req.Header.Get("Authorization"),
			fixtureToken +
				"1", url.QueryEscape(fixtureToken + "2")}, " \t")
	}
	echo := func(code int, kind, before, after string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			s := spill(req)
			w.Header().Set("Content-Type", kind)
			for _, name := range []string{correlationHeader, "Retry-After", "inin-ratelimit-count"} {
				w.Header().Set(name, strings.ReplaceAll(s, "\t", ""))
			}
			w.Header().Set("Location", "https://"+fixtureToken+"1.example.com/"+url.QueryEscape(s))
			w.WriteHeader(code)
			io.WriteString(w, before+strings.ReplaceAll(s, "\t", " ")+after)
		}
	}
	var handlers []http.HandlerFunc
	for _, code := range []int{200, 302, 400, 401, 403, 404, 409, 429, 500, 503} {
		handlers = append(handlers,
			echo(code, "application/json", `{"message":"`, `","code":"x"}`),
			echo(code, "application/json", `{"message":"m","code":"`,
				`","contextId":"`+fixtureSecret+`","messageParams":{"p":"a:b:`+fixtureToken+`1"}}`),
			echo(code, "application/json", `{"error":"`, `","error_description":"`+fixtureSecret+`"}`),
			echo(code, "text/html; "+fixtureToken+"1", "<html><b>", "</b>"),
			echo(code, "application/json", strings.Repeat(" ", 200), ""),
			echo(code, "application/json", `{"`, `":1}`),
		)
	}
	handlers = append(handlers, func(w http.ResponseWriter, req *http.Request) {
		reset("HTTP/1.1 200 OK\r\n"+spill(req)+"\r\n\r\n")(w, req)
	}, func(w http.ResponseWriter, req *http.Request) { reset(spill(req)+"\r\n\r\n")(w, req) })

	secrets := []string{fixtureSecret, url.QueryEscape(fixtureSecret), pair, fixtureToken,
		url.QueryEscape(fixtureToken), "s3cr3t",
		"tok-0123", "dGhlLWNsaWVu"}
	check := func(where, text string) {
		t.Helper()
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q: %s", where, secret, text)
			}
		}
	}
	shown := 0
	for i, h := range handlers {
		for _, signIn := range []bool{false, true} {
			r := newFixture(t, h)
			if err := r.client.SignIn(context.Background()); err != nil {
				t.Fatal(err)
			}
			r.client.wire.scrub.add(fixtureToken + "2")
			if signIn {
				r.client.signer.refuse(1, false, false, nil)
				r.login = h
				if i >= len(handlers)-2 && r.client.signer.token != "" {
					t.Error("the token was not forgotten")
				}
			}
			for _, method := range []string{"GET", "PATCH"} {
				var v struct{ Entities []int }
				a, err := r.client.do(context.Background(), call{method: method, path: "/x/" + url.PathEscape(fixtureToken+"1"),
					query: url.Values{"name": {fixtureSecret}}, body: []byte("{}")})
				if err == nil {
					err = r.client.lookAt(call{method: method, path: "/x"}, a, into(&v))
				}
				for e := err; e != nil; e = errors.Unwrap(e) {
					shown++
					check(fmt.Sprintf("handler %d, sign-in %v, %s", i, signIn, method), e.Error())
					check("a field", fmt.Sprintf("%+v %#v", e, e))
				}
			}
			check("the log", r.log.String())
			if !strings.Contains(r.log.String(), "method=PATCH") && !signIn {
				t.Errorf("nothing logged: %s", r.log.String())
			}
		}
	}
	if shown < len(handlers) {
		t.Errorf("%d errors looked at", shown)
	}
}

func TestALogLineSaysWhatWasAskedAndWhatCame(t *testing.T) {
	r := newFixture(t, inOrder(status(503, ""), fine))
	if err := r.client.getRaw(context.Background(), "/api/v2/flows", url.Values{"pageNumber": {"2"}},
		into(new(any))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"method=POST path=/oauth/token status=200 ms=0 attempt=1",
		"method=GET path=/api/v2/flows status=503 ms=0 attempt=1 query=",
		"method=GET path=/api/v2/flows status=200 ms=0 attempt=2",
		"pageNumber=2",
	} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("no %q in:\n%s", want, r.log.String())
		}
	}
}
