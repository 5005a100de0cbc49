package genesys

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// simulation is a server with a fixed window, in the time of a synctest bubble.
type simulation struct {
	window  time.Duration
	allowed int
	round   func(seconds float64) float64 // of the reset header
	silent  bool                          // no rate headers
	latency func() time.Duration          // one way

	mu      sync.Mutex
	started time.Time
	count   int
	refused int
	served  int
}

// spend counts a request and says what the headers would; ok is false for a 429.
func (s *simulation) spend() (r reading, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.started.IsZero() || now.Sub(s.started) >= s.window {
		s.started, s.count = now, 0
	}
	left := s.window - now.Sub(s.started)
	reset := time.Duration(s.round(left.Seconds())) * time.Second
	if s.count >= s.allowed {
		return reading{s.count, s.allowed, reset}, false
	}
	s.count++
	return reading{s.count, s.allowed, reset}, true
}

// drive sends n requests through l by so many workers and returns how long that took.
func (s *simulation) drive(t *testing.T, l *limiter, n, workers int) time.Duration {
	t.Helper()
	start := time.Now()
	jobs := make(chan bool, n)
	for range n {
		jobs <- true
	}
	close(jobs)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range jobs {
				for !s.request(t, l) {
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// request is one request with its answer; false: it was refused.
func (s *simulation) request(t *testing.T, l *limiter) bool {
	ticket, err := l.acquire(context.Background())
	if err != nil {
		t.Error(err)
		return true
	}
	time.Sleep(s.latency())
	r, ok := s.spend()
	time.Sleep(s.latency())
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		s.refused++
		l.refused(ticket, now.Add(max(r.reset, time.Second)))
		return false
	}
	s.served++
	l.answered(ticket, now, 200, r, !s.silent)
	return true
}

func fixed(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// R requests with W of them to a window of T take no more than 1.05 x (floor((R-1)/W) x T + the time one window's
// requests take on the wire), and the second that the header rounds to; and no 429 comes of it.
func TestTheWindowIsSpentToTheLastRequest(t *testing.T) {
	for name, c := range map[string]struct {
		requests, allowed, workers int
		window                     time.Duration
		latency                    time.Duration // there and back
	}{
		"one window":               {300, 300, 8, time.Minute, 100 * time.Millisecond},
		"a request more":           {301, 300, 8, time.Minute, 100 * time.Millisecond},
		"ten windows":              {3000, 300, 8, time.Minute, 100 * time.Millisecond},
		"a small window":           {50, 10, 8, 10 * time.Second, 20 * time.Millisecond},
		"a window of one":          {6, 1, 8, 10 * time.Second, 20 * time.Millisecond},
		"a window of two":          {7, 2, 8, 10 * time.Second, 20 * time.Millisecond},
		"one at a time":            {700, 300, 1, time.Minute, 50 * time.Millisecond},
		"slower than the window":   {1000, 300, 2, 20 * time.Second, 200 * time.Millisecond},
		"more workers than fit":    {200, 20, 64, 30 * time.Second, 100 * time.Millisecond},
		"windows of a second":      {100, 20, 8, time.Second, 10 * time.Millisecond},
		"windows that round (2.5)": {100, 20, 8, 2500 * time.Millisecond, 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &simulation{window: c.window, allowed: c.allowed, round: math.Ceil, latency: fixed(c.latency / 2)}
				took := s.drive(t, newLimiter(realClock{}, 0, nil), c.requests, c.workers)
				windows := (c.requests - 1) / c.allowed
				inWindow := min(c.requests, c.allowed)
				// The probe, then all abreast, then the last few of a window in ever smaller steps.
				transfer := c.latency * time.Duration(inWindow/c.workers+1)
				tail := c.latency * time.Duration(2+math.Ceil(math.Log2(float64(2*c.workers))))
				if busy := time.Duration(c.requests) * c.latency / time.Duration(c.workers); transfer > c.window {
					transfer = busy
				}
				most := time.Duration(1.05*float64(time.Duration(windows)*c.window+transfer)) + tail +
					time.Duration(windows)*time.Second
				if s.refused != 0 || s.served != c.requests {
					t.Errorf("%d served, %d answered 429", s.served, s.refused)
				}
				if took > most {
					t.Errorf("took %v, want %v at most", took, most)
				}
			})
		})
	}
}

func TestNobodyWaitsWhileThereIsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{window: time.Minute, allowed: 300, round: math.Ceil, latency: fixed(50 * time.Millisecond)}
		// The probe, then 8 abreast: 1 + 191/8 trips of 100 ms.
		took := s.drive(t, newLimiter(realClock{}, 0, nil), 192, 8)
		if want := 25 * 100 * time.Millisecond; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}

// Another program spends the same token, evenly or in bursts, and trips take irregular times: still no 429 of ours
// where the other leaves us a trip's time to see it.
func TestAnotherUserOfTheTokenCausesNo429(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			s := &simulation{window: time.Minute, allowed: 150 + rnd.IntN(150), round: math.Ceil, latency: func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Duration(5+rnd.IntN(40)) * time.Millisecond
			}}
			stop := make(chan bool)
			var other sync.WaitGroup
			every := time.Duration(100+rnd.IntN(700)) * time.Millisecond
			other.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(every):
						s.spend()
					}
				}
			})
			requests := 500
			took := s.drive(t, newLimiter(realClock{}, 0, nil), requests, 8)
			close(stop)
			other.Wait()
			if s.refused != 0 {
				t.Errorf("seed %d: %d answered 429", seed, s.refused)
			}
			// We are through with a window in two seconds or so: this is what the other one gets of it, and what is left to
			// them.
			windows := 1 + requests/(s.allowed-int(3*time.Second/every)-5)
			if most := time.Duration(windows) * (s.window + 2*time.Second); took > most {
				t.Errorf("seed %d: took %v, want %v at most", seed, took, most)
			}
		})
	}
}

// A server that rounds its seconds down makes us come early once, and no second time.
func TestAServerThatRoundsDownIsLearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{window: 10500 * time.Millisecond, allowed: 20, round: math.Floor,
			latency: fixed(10 * time.Millisecond)}
		l := newLimiter(realClock{}, 0, nil)
		took := s.drive(t, l, 200, 4)
		if s.refused != 1 || !l.roundsDown {
			t.Errorf("%d answered 429, want 1", s.refused)
		}
		if most := 9*(s.window+2*time.Second) + 3*time.Second; took > most {
			t.Errorf("took %v, want %v at most", took, most)
		}
	})
}

// The window that was thought over answers with a count that goes on.
func TestACountThatDidNotRestartIsLearned(t *testing.T) {
	l := newLimiter(realClock{}, 0, nil)
	now := time.Unix(1000, 0)
	take := func() ticket {
		t.Helper()
		tk, until, _ := l.admit(now)
		if tk == nil {
			t.Fatalf("no ticket before %v", until)
		}
		return *tk
	}
	l.answered(take(), now, 200, reading{10, 100, 10 * time.Second}, true)
	now = now.Add(10 * time.Second)
	l.answered(take(), now, 200, reading{11, 100, 0}, true)
	if !l.roundsDown || !l.end().Equal(now.Add(time.Second)) {
		t.Errorf("rounds down: %v, the window ends at %v", l.roundsDown, l.end())
	}
}

func TestAServerWithoutWindowsIsNotLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{window: time.Hour, allowed: 1000, round: math.Ceil, silent: true,
			latency: fixed(50 * time.Millisecond)}
		took := s.drive(t, newLimiter(realClock{}, 0, nil), 801, 8)
		if want := 101 * 100 * time.Millisecond; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}

func TestRequestsPerMinuteSpacesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{window: time.Minute, allowed: 1000, round: math.Ceil, latency: fixed(time.Millisecond)}
		took := s.drive(t, newLimiter(realClock{}, 120, nil), 61, 8)
		if want := 60 * 500 * time.Millisecond; took < want || took > want+time.Second {
			t.Errorf("61 requests at 120 a minute took %v, want %v", took, want)
		}
	})
}

func TestA429StopsEverybodyAndThenOneGoesAlone(t *testing.T) {
	l := newLimiter(realClock{}, 0, nil)
	now := time.Unix(1000, 0)
	first, _, _ := l.admit(now)
	l.answered(*first, now, 200, reading{1, 100, time.Minute}, true)
	var under []ticket
	for range 4 {
		tk, _, _ := l.admit(now)
		under = append(under, *tk)
	}
	l.refused(under[0], now.Add(5*time.Second))
	l.refused(under[1], now.Add(4*time.Second))
	if tk, until, reason := l.admit(now); tk != nil || !until.Equal(now.Add(5*time.Second)) || reason == "" {
		t.Errorf("%v, until %v, %q", tk, until, reason)
	}
	now = now.Add(5 * time.Second)
	probe, _, _ := l.admit(now)
	if probe == nil || !probe.probe {
		t.Fatalf("%v, want a probe", probe)
	}
	if tk, until, _ := l.admit(now); tk != nil || !until.IsZero() {
		t.Errorf("a second request beside the probe: %v, until %v", tk, until)
	}
	// A late answer of before says nothing of the window that the probe is about to find.
	l.answered(under[2], now, 200, reading{99, 100, time.Minute}, true)
	if tk, _, _ := l.admit(now); tk != nil {
		t.Error("a late answer let a second request out beside the probe")
	}
	l.answered(*probe, now, 200, reading{3, 100, time.Minute}, true)
	if tk, _, _ := l.admit(now); tk == nil || l.used != 3 {
		t.Errorf("%v with %d used", tk, l.used)
	}
}

func TestAProbeThatGetsNoAnswerPassesItsTurnOn(t *testing.T) {
	for name, give := range map[string]func(*limiter, ticket){
		"no answer":       func(l *limiter, tk ticket) { l.unanswered(tk) },
		"502 by a proxy":  func(l *limiter, tk ticket) { l.answered(tk, time.Unix(1000, 0), 502, reading{}, false) },
		"429, no headers": func(l *limiter, tk ticket) { l.refused(tk, time.Unix(1000, 0)) },
	} {
		l := newLimiter(realClock{}, 0, nil)
		first, _, _ := l.admit(time.Unix(1000, 0))
		give(l, *first)
		next, _, _ := l.admit(time.Unix(1000, 0))
		if next == nil || !next.probe {
			t.Errorf("%s: %v, want a probe", name, next)
		}
		if second, _, _ := l.admit(time.Unix(1000, 0)); second != nil {
			t.Errorf("%s: two probes at once", name)
		}
	}
}

// A fresh token brings a fresh window, before the old one's end.
func TestACountThatRestartsIsANewWindow(t *testing.T) {
	l := newLimiter(realClock{}, 0, nil)
	now := time.Unix(1000, 0)
	tk, _, _ := l.admit(now)
	l.answered(*tk, now, 200, reading{99, 100, 30 * time.Second}, true)
	tk, _, _ = l.admit(now)
	l.answered(*tk, now, 200, reading{1, 100, 60 * time.Second}, true)
	if l.used != 1 || !l.end().Equal(now.Add(time.Minute)) {
		t.Errorf("%d used, ends %v", l.used, l.end())
	}
	// The earliest end that an answer gives is the one to go by.
	later := now.Add(900 * time.Millisecond)
	tk, _, _ = l.admit(later)
	l.answered(*tk, later, 200, reading{2, 100, 60 * time.Second}, true)
	tk, _, _ = l.admit(later)
	l.answered(*tk, later, 200, reading{3, 100, 59 * time.Second}, true)
	if want := later.Add(59 * time.Second); !l.end().Equal(want) {
		t.Errorf("ends %v, want %v", l.end(), want)
	}
	// Answers that overtake each other within a window are none.
	a, _, _ := l.admit(now)
	b, _, _ := l.admit(now)
	l.answered(*b, now, 200, reading{5, 100, 60 * time.Second}, true)
	l.answered(*a, now, 200, reading{4, 100, 60 * time.Second}, true)
	if l.used != 5 {
		t.Errorf("%d used, want 5", l.used)
	}
}

func TestAWaitForTheWindowIsAnnouncedOnceAndEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []time.Time
		l := newLimiter(realClock{}, 0, func(until time.Time, reason string) {
			mu.Lock()
			defer mu.Unlock()
			if reason != "the rate window's 5 requests are spent" {
				t.Errorf("reason %q", reason)
			}
			told = append(told, until)
		})
		start := time.Now()
		tk, _ := l.acquire(context.Background())
		l.answered(tk, start, 200, reading{5, 5, 40 * time.Second}, true)
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := l.acquire(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%v", err)
				}
			})
		}
		time.Sleep(time.Second)
		cancel()
		all.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("the wait ended after %v, its context after 1s", took)
		}
		if len(told) != 1 || !told[0].Equal(start.Add(40*time.Second)) {
			t.Errorf("announced %v", told)
		}
	})
}
