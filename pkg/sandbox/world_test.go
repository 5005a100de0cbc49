package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a running server and a client that is signed in to it.
type world struct {
	*Server
	t      *testing.T
	token  string
	client *http.Client
}

// answer is a response, read in full.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) text(path ...string) string { return textAt(a.body, path...) }

func start(t *testing.T, o Options) *world {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	w := client(t, s)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// client is a client with a token for a running server.
func client(t *testing.T, s *Server) *world {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	return &world{Server: s, t: t, token: s.GiveToken(), client: client}
}

// try sends a request and returns its answer.
func (w *world) try(method, path, body string) (answer, error) {
	r, err := http.NewRequest(method, w.URL()+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	}
	res, err := w.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

func (w *world) send(method, path, body string) answer {
	w.t.Helper()
	a, err := w.try(method, path, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want sends a request and requires the answer's status.
func (w *world) want(status int, method, path, body string) answer {
	w.t.Helper()
	a := w.send(method, path, body)
	if a.status != status {
		w.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && len(a.body) > 0 && !json.Valid(a.body) {
		w.t.Fatalf("%s %s: the answer is not JSON: %s", method, path, a.body)
	}
	return a
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// ids reads the ids of a listing.
func ids(t *testing.T, listing []byte) []string {
	t.Helper()
	var l struct {
		Entities []struct{ ID string }
	}
	if err := json.Unmarshal(listing, &l); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range l.Entities {
		all = append(all, e.ID)
	}
	return all
}

const actionsPath = "/api/v2/integrations/actions"

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }
