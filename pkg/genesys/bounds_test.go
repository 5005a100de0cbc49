package genesys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The API accepts the token for reads, and refuses it, and each fresh one, for writes.
func TestTokenRefusedTwiceEndsSignInsAndWrites(t *testing.T) {
	t.Parallel()
	var writes atomic.Int32
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			fine(w, req)
			return
		}
		writes.Add(1)
		status(401, `{"message":"no"}`)(w, req)
	})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := r.get("/x"); err != nil {
				t.Error(err)
			}
			if _, err := r.patch("/x"); !IsTokenRefused(err) || IsUncertain(err) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if n := writes.Load(); r.signIns > 2 || n > 8 {
		t.Errorf("%d sign-ins and %d writes, want 2 and at most 2 for each of 4 at once", r.signIns, n)
	}
}

// A read that the API always refuses, such as one that a gateway blocks, does not end the others.
func TestTokenRefusedForOneReadEndsNoWrite(t *testing.T) {
	t.Parallel()
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/gate/api/odd" {
			status(401, "")(w, req)
			return
		}
		fine(w, req)
	})
	for range 3 {
		if _, err := r.get("/odd"); !IsTokenRefused(err) {
			t.Errorf("got %v", err)
		}
		if _, err := r.patch("/x"); err != nil {
			t.Error(err)
		}
	}
	if r.signIns != 2 {
		t.Errorf("%d sign-ins, want 2", r.signIns)
	}
}

func TestWindowLongerThanPatienceEndsWithoutA429(t *testing.T) {
	t.Parallel()
	var count atomic.Int32
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		n := count.Add(1)
		maps.Copy(w.Header(), rateHeaders(fmt.Sprint(n), "10", "3600"))
		if n > 10 {
			status(429, "", "Retry-After", "3600")(w, req)
			return
		}
		fine(w, req)
	})
	var refused atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := r.patch("/x")
			if limit, ok := errors.AsType[*RateLimitError](err); ok {
				refused.Add(1)
				if !IsRateLimited(err) || IsUncertain(err) || limit.Wait < 59*time.Minute || limit.Wait > time.Hour {
					t.Errorf("got %#v", err)
				}
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.wantSent(10)
	if refused.Load() != 40 || r.waits.total() > 0 {
		t.Errorf("%d refused after %s, want 40 at once", refused.Load(), r.waits.total())
	}
}

func TestRetryAfterLongerThanPatienceEndsTheRest(t *testing.T) {
	t.Parallel()
	r := newFixture(t, status(429, "", "Retry-After", "86400"))
	for n := range 20 {
		_, err := r.patch("/x")
		var api *APIError
		if !IsRateLimited(err) || errors.As(err, &api) != (n == 0) {
			t.Errorf("request %d: got %v", n, err)
		}
	}
	r.wantSent(1)
	if r.waits.total() > 0 {
		t.Errorf("waited %s", r.waits.total())
	}
}

// A body that makes just enough progress forever is bounded by the whole request's time.
func TestDripIsBoundedByTheWholeRequestsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, dog := watch(t.Context(), 30*time.Second, 5*time.Minute)
		defer dog.stop()
		started := time.Now()
		for ctx.Err() == nil {
			time.Sleep(time.Second)
			dog.progress(minProgress)
		}
		took := time.Since(started)
		if err := dog.expired(); err == nil || err.Error() != "not complete after 5m0s" || took < 5*time.Minute ||
			took > 5*time.Minute+time.Second {
			t.Errorf("%v after %s", dog.expired(), took)
		}
	})
}

func TestAnAnswerThatDripsForEverIsATimeout(t *testing.T) {
	t.Parallel()
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		piece := make([]byte, minProgress)
		for range piece {
			piece[0] = ' '
		}
		for req.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	r.client.wire.whole = 30 * time.Millisecond
	_, err := r.client.do(context.Background(), call{method: http.MethodGet, path: "/x"})
	var fault *TransportError
	if !errors.As(err, &fault) || fault.Kind != FaultTimeout {
		t.Errorf("got %v", err)
	}
}

// A token's life that is not a whole number does not mean that there is no token.
func TestLifeOfATokenInAnyForm(t *testing.T) {
	t.Parallel()
	for life, seconds := range map[string]float64{`1.5`: 1.35, `"2.5"`: 2.25, `1e1`: 9, `true`: 0, `{}`: 0,
		`86400.0`: 86399} {
		r := newFixture(t, fine)
		r.login = status(200, `{"access_token":"abcdefgh","token_type":"bearer","expires_in":`+life+`}`, "Content-Type",
			"application/json")
		if _, err := r.get("/x"); err != nil {
			t.Errorf("expires_in %s: %v", life, err)
			continue
		}
		var want time.Time
		if seconds > 0 {
			want = r.waits.Now().Add(time.Duration(seconds * float64(time.Second)))
		}
		if got := r.client.signer.expiry; !got.Equal(want) {
			t.Errorf("expires_in %s: expires at %v, want %v", life, got, want)
		}
	}
}

// A sign-in whose answer is cut off is repeated, wherever it is cut off.
func TestSignInThatBreaksOffAnywhere(t *testing.T) {
	t.Parallel()
	for _, start := range []string{`{`, `{"a":tru`, `{"a":nul`, `{"a":-`, `{"access_token":"abc`,
		`{"access_token":"abc\u00`, `tru`} {
		r := newFixture(t, fine)
		r.login = inOrder(status(200, start, "Content-Type", "application/json"), func(w http.ResponseWriter,
			_ *http.Request) {
			writeToken(w, fixtureToken, 600)
		})
		if _, err := r.get("/x"); err != nil || r.signIns != 2 {
			t.Errorf("%s: %v after %d sign-ins", start, err, r.signIns)
		}
	}
}
