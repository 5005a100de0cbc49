package genesys

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"genesys-timeouts/pkg/rawjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The secrets of the fixtures' clients, which no text may show.
const (
	fixtureSecret = "s3cr3t/with+signs=and&more"
	fixtureToken  = "tok-0123456789-abcdefghij-#"
)

// fixture is a client, and the server on loopback that it talks to: the API below /gate/api, sign-in below /gate/login.
type fixture struct {
	t      *testing.T
	client *Client
	server *httptest.Server
	log    *strings.Builder
	waits  *waitRecorder

	mu      sync.Mutex
	api     http.HandlerFunc
	login   http.HandlerFunc
	calls   []string // "METHOD path" below /gate/api
	signIns int
}

// newFixture starts a fixture whose API is handled by api. Sign-in gives the tokens fixtureToken+"1", "2" and so on,
// for a day.
// Backoff takes no time.
func newFixture(t *testing.T, api http.HandlerFunc, change ...func(*Config)) *fixture {
	t.Helper()
	r := &fixture{t: t, api: api, log: &strings.Builder{}, waits: &waitRecorder{}}
	r.login = func(w http.ResponseWriter, _ *http.Request) { writeToken(w, fixtureToken+fmt.Sprint(r.signIns), 86400) }
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	cfg := Config{
		APIURL: r.server.URL + "/gate/api/", LoginURL: r.server.URL + "/gate/login",
		ClientID: "the-client-id", ClientSecret: fixtureSecret, AllowWrites: true, Concurrency: 4,
		Logger: slog.New(slog.NewTextHandler(&lockedWriter{w: r.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clock:  r.waits,
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.client = client
	t.Cleanup(func() {
		client.Close()
		r.server.CloseClientConnections()
		r.server.Close()
	})
	return r
}

func (r *fixture) serve(w http.ResponseWriter, req *http.Request) {
	path := req.URL.EscapedPath()
	if path == "/gate/login/oauth/token" {
		r.mu.Lock()
		r.signIns++
		login := r.login
		r.mu.Unlock()
		login(w, req)
		return
	}
	rest, ok := strings.CutPrefix(path, "/gate/api")
	if !ok {
		r.t.Errorf("a request outside the base path: %s %s", req.Method, path)
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	r.calls = append(r.calls, req.Method+" "+rest)
	api := r.api
	r.mu.Unlock()
	api(w, req)
}

// sent is what arrived below the API's base so far.
func (r *fixture) sent() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.calls...)
}

// into decodes a document into v, for getRaw and lookAt.
func into(v any) func(rawjson.Value) error {
	return func(doc rawjson.Value) error { return json.Unmarshal(doc, v) }
}

// get reads path as JSON.
func (r *fixture) get(path string) (map[string]any, error) {
	var v map[string]any
	err := r.client.getRaw(context.Background(), path, nil, into(&v))
	return v, err
}

// patch sends a write.
func (r *fixture) patch(path string) (answer, error) {
	return r.client.do(context.Background(), call{method: http.MethodPatch, path: path, body: []byte(`{"version":1}`)})
}

// wantSent fails unless n requests arrived, and the client counted as many.
func (r *fixture) wantSent(n int) {
	r.t.Helper()
	if got := r.sent(); len(got) != n {
		r.t.Errorf("%d requests arrived, want %d: %q", len(got), n, got)
	}
	if got := r.client.Requests(); got != n {
		r.t.Errorf("Requests() = %d, want %d", got, n)
	}
}

// inOrder answers the first request with the first handler, and those after the last with the last.
func inOrder(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		h := handlers[min(n, len(handlers)-1)]
		n++
		mu.Unlock()
		h(w, req)
	}
}

// status answers with a status and a body.
func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// reset breaks the connection off, having written raw.
func reset(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		conn, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, io.LimitReader(buffer, req.ContentLength))
		io.WriteString(conn, raw)
		conn.Close()
	}
}

var fine = status(200, `{"ok":true}`)

func writeToken(w http.ResponseWriter, token string, seconds int) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":%d}`, token, seconds)
}

// waitRecorder is a clock whose timers fire at once, moving it ahead by as much.
type waitRecorder struct {
	mu    sync.Mutex
	ahead time.Duration
	waits []time.Duration
}

func (c *waitRecorder) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(1_800_000_000, 0).Add(c.ahead)
}

func (c *waitRecorder) Timer(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.ahead += d
		c.waits = append(c.waits, d)
	}
	fired := make(chan time.Time, 1)
	fired <- time.Time{}
	return fired, func() {}
}

func (c *waitRecorder) total() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// lockedWriter lets a handler's goroutines share a writer.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// mustParse parses an address that is known to be one.
func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
