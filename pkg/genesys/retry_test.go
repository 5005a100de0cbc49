package genesys

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const vendorError = `{"message":"It did not work","code":"not.working","status":500,"contextId":"ctx-1",` +
	`"details":[],"errors":[]}`

func TestAReadIsRepeatedOnPassingStatuses(t *testing.T) {
	for _, code := range []int{408, 500, 502, 503, 504} {
		r := newFixture(t, inOrder(status(code, vendorError), fine))
		if v, err := r.get("/x"); err != nil || v["ok"] != true {
			t.Errorf("%d once: %v, %v", code, v, err)
		}
		r.wantSent(2)
		if n := len(r.waits.waits); n > 1 {
			t.Errorf("%d once: waited %d times", code, n)
		}
	}
}

func TestAReadIsGivenUpAfterFiveAttempts(t *testing.T) {
	r := newFixture(t, status(503, vendorError, correlationHeader, "corr-9"))
	r.client.jitter = func() float64 { return 1 }
	_, err := r.get("/api/v2/x")
	want := &APIError{Method: "GET", Path: "/api/v2/x", Status: 503, Code: "not.working", Message: "It did not work",
		CorrelationID: "corr-9", Attempts: 5}
	var got *APIError
	if !errors.As(err, &got) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const text = "GET /api/v2/x: 503 Service Unavailable: It did not work (code not.working, correlation id corr-9); " +
		"gave up after 5 attempts"
	if err.Error() != text {
		t.Errorf("says %q", err)
	}
	r.wantSent(5)
	if diff := cmp.Diff([]time.Duration{300 * time.Millisecond, 600 * time.Millisecond, 1200 * time.Millisecond,
		2400 * time.Millisecond}, r.waits.waits); diff != "" {
		t.Error(diff)
	}
}

func TestBackoffIsJitteredAndCapped(t *testing.T) {
	one := func() float64 { return 1 }
	for n, want := range map[int]time.Duration{1: 300 * time.Millisecond, 2: 600 * time.Millisecond,
		5: 4800 * time.Millisecond, 6: 5 * time.Second, 400: 5 * time.Second} {
		if got := backoff(n, one); got != want {
			t.Errorf("backoff(%d) = %v at most, want %v", n, got, want)
		}
	}
	if got := backoff(3, func() float64 { return 0 }); got != 0 {
		t.Errorf("backoff with no jitter is %v at least, want 0", got)
	}
}

func TestRefusalsAreFinal(t *testing.T) {
	for _, code := range []int{400, 403, 404, 405, 409, 410, 422, 501} {
		r := newFixture(t, status(code, vendorError))
		_, err := r.get("/x")
		var api *APIError
		if !errors.As(err, &api) || api.Status != code || api.Attempts != 1 {
			t.Errorf("%d: %v", code, err)
		}
		r.wantSent(1)
	}
}

func TestAQueryIsRepeatedLikeARead(t *testing.T) {
	r := newFixture(t, inOrder(status(502, ""), reset(""), func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.Write(body)
	}))
	a, err := r.client.do(context.Background(), call{method: "POST", path: "/api/v2/analytics/actions/aggregates/query",
		body: []byte(`{"q":1}`)})
	if err != nil || string(a.body) != `{"q":1}` {
		t.Errorf("%s, %v", a.body, err)
	}
	r.wantSent(3)
}

// A write is sent once, whatever happens after it went out; whoever wrote reads back.
func TestAWriteThatMayHaveBeenCarriedOutIsNotRepeated(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"500":            status(500, vendorError),
		"502 html":       status(502, "<html><title>Bad gateway</title>", "Content-Type", "text/html"),
		"503":            status(503, vendorError, "Retry-After", "1"),
		"504":            status(504, vendorError),
		"408":            status(408, vendorError),
		"reset":          reset(""),
		"half a header":  reset("HTTP/1.1 200 O"),
		"not HTTP":       reset("no such thing\r\n\r\n"),
		"truncated body": reset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ver"),
		"redirect":       status(303, "", "Location", "https://elsewhere.example.com/x"),
	}
	for name, fault := range faults {
		for _, method := range []string{http.MethodPatch, http.MethodPut, http.MethodPost, http.MethodDelete} {
			// The first request leaves a connection to be used again, which is where net/http repeats by itself.
			r := newFixture(t, inOrder(fine, fault, fine))
			if _, err := r.get("/warm"); err != nil {
				t.Fatal(err)
			}
			c := call{method: method, path: "/w"}
			if method != http.MethodDelete {
				c.body = []byte(`{"version":4}`)
			}
			_, err := r.client.do(context.Background(), c)
			if err == nil || !IsUncertain(err) || IsNotFound(err) || IsConflict(err) {
				t.Errorf("%s after %s: %v, uncertain: %v", name, method, err, IsUncertain(err))
			}
			r.wantSent(2)
		}
	}
}

func TestAWriteAnsweredWithSomethingUnreadableIsUncertain(t *testing.T) {
	for name, body := range map[string]string{"html": "<html>", "empty": "", "cut": `{"version":`, "null": "null",
		"another shape": `{"version":"x"}`} {
		r := newFixture(t, status(200, body))
		a, err := r.patch("/w")
		if err != nil {
			t.Fatal(err)
		}
		var v struct{ Version int }
		err = r.client.lookAt(call{method: "PATCH", path: "/w"}, a, into(&v))
		var unreadable *BodyError
		if !errors.As(err, &unreadable) || !IsUncertain(err) {
			t.Errorf("%s: %v, uncertain: %v", name, err, IsUncertain(err))
		}
		r.wantSent(1)
	}
}

func TestAWriteRefusedByRateLimitIsRepeated(t *testing.T) {
	r := newFixture(t, inOrder(status(429, vendorError, "Retry-After", "7"), func(w http.ResponseWriter,
		req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.Write(body)
	}))
	a, err := r.patch("/w")
	if err != nil || string(a.body) != `{"version":1}` {
		t.Errorf("%s, %v", a.body, err)
	}
	r.wantSent(2)
	if got := r.waits.total(); got != 7*time.Second {
		t.Errorf("waited %v, want 7s", got)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	r := newFixture(t, inOrder(status(503, "", "Retry-After", "20"), fine))
	if _, err := r.get("/x"); err != nil {
		t.Fatal(err)
	}
	if got := r.waits.total(); got != 20*time.Second {
		t.Errorf("waited %v, want 20s", got)
	}
}

func Test429EndsWhenPatienceRunsOut(t *testing.T) {
	r := newFixture(t, status(429, vendorError))
	_, err := r.get("/x")
	var api *APIError
	if !errors.As(err, &api) || api.Status != 429 || api.Attempts != 6 || !strings.Contains(err.Error(),
		"gave up after 6 attempts") {
		t.Errorf("%v", err)
	}
	if IsUncertain(err) {
		t.Error("a 429 is certain")
	}
	r.wantSent(6)

	r = newFixture(t, status(429, vendorError, "Retry-After", "301"))
	_, err = r.get("/x")
	if !errors.As(err, &api) || api.RetryAfter != 301*time.Second || !strings.Contains(err.Error(),
		"wait 5m1s, and the longest wait is 5m0s") {
		t.Errorf("%v", err)
	}
	r.wantSent(1)
	if got := r.waits.total(); got != 0 {
		t.Errorf("waited %v for nothing", got)
	}
}

func TestTheContextEndsAWaitAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
		status(503, vendorError, "Retry-After", "200")(w, nil)
	}, func(c *Config) { c.Clock = nil })
	r.client.clock = realClock{}
	r.client.jitter = func() float64 { cancel(); return 1 } // asked for when the wait is about to begin
	err := r.client.getRaw(ctx, "/x", nil, into(new(any)))
	var api *APIError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &api) || api.Status != 503 {
		t.Errorf("%v", err)
	}
	r.wantSent(1)
}

func TestTheContextEndsARequestUnderWay(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		ctx, cancel := context.WithCancel(context.Background())
		r := newFixture(t, func(_ http.ResponseWriter, req *http.Request) {
			io.Copy(io.Discard, req.Body)
			cancel()
			<-req.Context().Done()
		})
		_, err := r.client.do(ctx, call{method: method, path: "/x", body: []byte("{}")})
		var fault *TransportError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &fault) || fault.Kind != FaultCanceled {
			t.Errorf("%s: %v", method, err)
		}
		if IsUncertain(err) != (method == http.MethodPatch) {
			t.Errorf("%s: uncertain: %v", method, IsUncertain(err))
		}
		r.wantSent(1)

		ctx, cancel = context.WithTimeout(context.Background(), -1)
		if _, err := r.client.do(ctx, call{method: method, path: "/x"}); !errors.Is(err, context.DeadlineExceeded) ||
			IsUncertain(err) {
			t.Errorf("%s: %v, uncertain: %v", method, err, IsUncertain(err))
		}
		cancel()
		r.wantSent(1)
	}
}

// parallelism 0 hanging (decK #2114) is New's to refuse; here: never more than asked for, and no slot lost to a
// failure.
func TestConcurrencyIsBoundedAndConnectionsAreReused(t *testing.T) {
	var now, most, n atomic.Int32
	remotes := make(chan string, 1000)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		v := now.Add(1)
		defer now.Add(-1)
		for {
			old := most.Load()
			if v <= old || most.CompareAndSwap(old, v) {
				break
			}
		}
		remotes <- req.RemoteAddr
		code := 200
		if n.Add(1)%5 == 0 {
			code = 404
		}
		status(code, `{"ok":true}`+strings.Repeat(" ", 100_000))(w, req)
	}, func(c *Config) { c.Concurrency = 3 })
	done := make(chan error)
	for range 60 {
		go func() {
			_, err := r.get("/x")
			done <- err
		}()
	}
	for range 60 {
		if err := <-done; err != nil && !IsNotFound(err) {
			t.Error(err)
		}
	}
	if got := most.Load(); got < 1 || got > 3 {
		t.Errorf("%d requests at once, want 3 at most", got)
	}
	close(remotes)
	connections := map[string]bool{}
	for remote := range remotes {
		connections[remote] = true
	}
	if len(connections) > 4 { // sign-in's connection is one of them
		t.Errorf("%d connections for 60 requests, 3 at once", len(connections))
	}
	if r.signIns != 1 {
		t.Errorf("%d sign-ins, want 1", r.signIns)
	}
	r.wantSent(60)
}
