package genesys

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func rateHeaders(count, allowed, reset string) http.Header {
	h := http.Header{}
	h.Set("inin-ratelimit-count", count)
	h.Set("inin-ratelimit-allowed", allowed)
	h.Set("inin-ratelimit-reset", reset)
	return h
}

func TestParseReading(t *testing.T) {
	for _, c := range []struct {
		count, allowed, reset string
		want                  reading
		ok                    bool
	}{
		{"1", "300", "61", reading{1, 300, 61 * time.Second}, true},
		{" 180 ", "180", "0", reading{180, 180, 0}, true},
		{"400", "300", "3", reading{400, 300, 3 * time.Second}, true},
		{"1", "300", "", reading{}, false},
		{"1", "0", "60", reading{}, false},
		{"-1", "300", "60", reading{}, false},
		{"1", "300", "3600", reading{1, 300, time.Hour}, true},
		{"1", "3e2", "60", reading{}, false},
		{"1.5", "300", "60", reading{}, false},
		{"99999999999999999999", "300", "60", reading{}, false},
		{"1", "300", "9223372036854775807", reading{}, false},
	} {
		if got, ok := parseReading(rateHeaders(c.count, c.allowed, c.reset)); got != c.want || ok != c.ok {
			t.Errorf("%q of %q, %q: %+v, %v", c.count, c.allowed, c.reset, got, ok)
		}
	}
	if _, ok := parseReading(http.Header{}); ok {
		t.Error("a reading of no headers")
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		" 0 ":                           0,
		"1.5":                           1500 * time.Millisecond,
		"-3":                            0,
		"NaN":                           0,
		"Inf":                           math.MaxInt32 * time.Second,
		"1e300":                         math.MaxInt32 * time.Second,
		"soon":                          0,
		"Mon, 23 Nov 2026 12:01:30 GMT": 90 * time.Second,
		"Mon, 23 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := parseRetryAfter(in, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func FuzzParseReading(f *testing.F) {
	f.Add("1", "300", "61")
	f.Add("", "-1", "1e9")
	f.Add("+7", "0x10", " 3 ")
	f.Fuzz(func(t *testing.T, count, allowed, reset string) {
		h := http.Header{}
		for name, v := range map[string]string{"Inin-Ratelimit-Count": count, "Inin-Ratelimit-Allowed": allowed,
			"Inin-Ratelimit-Reset": reset} {
			h[name] = []string{v}
		}
		r, ok := parseReading(h)
		if !ok {
			if r != (reading{}) {
				t.Errorf("no reading, but %+v", r)
			}
			return
		}
		if r.count < 0 || r.allowed < 1 || r.reset < 0 || r.reset%time.Second != 0 {
			t.Errorf("%q, %q, %q gives %+v", count, allowed, reset, r)
		}
		again, ok := parseReading(rateHeaders(fmt.Sprint(r.count), fmt.Sprint(r.allowed), fmt.Sprint(int(r.reset.Seconds()))))
		if !ok || again != r {
			t.Errorf("%+v reads back as %+v", r, again)
		}
	})
}

func FuzzParseRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, s := range []string{"7", "1e309", "-0", "NaN", "Mon, 23 Nov 2026 12:01:30 GMT",
		"Monday, 23-Nov-26 12:01:30 GMT", "0x1p-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := parseRetryAfter(s, now)
		if got < 0 {
			t.Errorf("%q: %v", s, got)
		}
		if got > math.MaxInt32*time.Second && !strings.Contains(s, ":") {
			t.Errorf("%q: %v", s, got)
		}
	})
}

// fastClock is real time, ten times as fast.
type fastClock struct{ started time.Time }

const faster = 10

func (c fastClock) Now() time.Time { return c.started.Add(faster * time.Since(c.started)) }

func (c fastClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	return realClock{}.Timer(d / faster)
}

// windowServer counts requests in windows, as the vendor's does.
type windowServer struct {
	clock   fastClock
	window  time.Duration
	allowed int

	mu      sync.Mutex
	started time.Time
	count   int
	refused int
	windows []int // requests served in each
}

func (s *windowServer) spend() (count int, left time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if now.Sub(s.started) >= s.window {
		s.started, s.count = now, 0
		s.windows = append(s.windows, 0)
	}
	left = s.window - now.Sub(s.started)
	if s.count >= s.allowed {
		s.refused++
		return s.count, left, false
	}
	s.count++
	s.windows[len(s.windows)-1]++
	return s.count, left, true
}

func (s *windowServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	count, left, ok := s.spend()
	seconds := fmt.Sprint(max(1, int(math.Ceil(left.Seconds()))))
	maps.Copy(w.Header(), rateHeaders(fmt.Sprint(count), fmt.Sprint(s.allowed), seconds))
	w.Header().Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	if !ok {
		status(429, vendorError, "Retry-After", seconds)(w, nil)
		return
	}
	status(200, `{"ok":true}`)(w, nil)
}

func TestARealServersWindowsAreSpentWithoutA429(t *testing.T) {
	t.Parallel()
	const requests, allowed = 50, 20
	clock := fastClock{time.Now()}
	s := &windowServer{clock: clock, window: time.Second, allowed: allowed}
	r := newFixture(t, s.ServeHTTP, func(c *Config) { c.Clock, c.Concurrency = clock, 8 })
	start := clock.Now()
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if _, err := r.get("/x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	took := clock.Now().Sub(start)
	if s.refused != 0 {
		t.Errorf("%d requests were answered 429", s.refused)
	}
	r.wantSent(requests)
	if n := len(s.windows); n < 3 || n > 4 {
		t.Errorf("%d windows for what fits in 3: %d", n, s.windows)
	}
	// Two windows to wait for, a second's rounding each, and as much again for a busy machine.
	if took > 8*time.Second {
		t.Errorf("took %v", took)
	}
	w := r.client.RateWindow()
	if !w.Known || w.Allowed != allowed || w.Count < 1 || w.Skew.Abs() > 2*time.Second {
		t.Errorf("%+v", w)
	}
}

// A burst meets a window that another program has nearly spent: the 429 is waited out and nothing is lost.
func TestA429InTheMiddleOfABurst(t *testing.T) {
	t.Parallel()
	clock := fastClock{time.Now()}
	s := &windowServer{clock: clock, window: time.Second, allowed: 30}
	spend := sync.OnceFunc(func() {
		for range 25 {
			s.spend()
		}
	})
	n := make(chan bool, 100)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		s.ServeHTTP(w, req)
		n <- true
		if len(n) >= 3 {
			spend()
		}
	}, func(c *Config) { c.Clock, c.Concurrency = clock, 8 })
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := r.patch("/x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(r.sent()); got < 40 || got > 40+8 {
		t.Errorf("%d requests for 40 writes", got)
	}
}

func TestRateWindowIsKeptForDoctor(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		maps.Copy(w.Header(), rateHeaders("7", "300", "42"))
		w.Header().Set("Date", now.Add(90*time.Second).UTC().Format(http.TimeFormat))
		fine(w, req)
	})
	if _, err := r.get("/x"); err != nil {
		t.Fatal(err)
	}
	want := RateWindow{Known: true, Count: 7, Allowed: 300, Skew: 90 * time.Second}
	if diff := cmp.Diff(want, r.client.RateWindow()); diff != "" {
		t.Error(diff)
	}
}

func TestNoWaitIsAnnouncedWhereNoneIsNeeded(t *testing.T) {
	r := newFixture(t, fine, func(c *Config) {
		c.OnWait = func(until time.Time, reason string) { t.Errorf("told to wait until %v: %s", until, reason) }
	})
	for range 3 {
		if _, err := r.get("/x"); err != nil {
			t.Fatal(err)
		}
	}
}
