package genesys

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter lets requests out as fast as the server's rate window allows, and no faster.
//
// The server counts the requests of a token in a fixed window and says with every answer how many it has counted, how
// many fit, and in how many (rounded) seconds the window ends. So: the first request of a window goes alone, since only
// its answer tells where the window stands. Then requests go as fast as the concurrency allows, as long as those under
// way are no more than half of what is left: far from the end that limits nothing, and towards the end it becomes
// one request at a time, so that what another program spends of the same token is seen before it could cost a 429.
// While another program is at it, what they spend during a request's trip is left to it (reserve). With nothing left
// everybody waits until the window ends. Each answer gives an end (its arrival + its seconds); the server rounds up, so
// the earliest of them is nearest to the truth. Should that once prove too early, the server rounds otherwise, and from
// then on it is the latest, and a second more. A count that is no higher than what was seen before the request was sent
// belongs to a new window. A 429 stops everybody for as long as it says; then one request goes alone again. A server
// that says nothing of windows is limited by concurrency alone.
type limiter struct {
	clock  Clock
	pace   *rate.Limiter // nil: no limit of our own
	onWait func(until time.Time, reason string)

	mu       sync.Mutex
	changed  chan struct{} // closed when waiters should look again
	phase    phase
	window   int  // counts windows, so that a late answer is not taken for the present one's
	probing  bool // the first request of this window is under way
	inflight int

	allowed, used    int // as the server says
	earliest, latest time.Time
	last             reading // of the window before
	lastEnd          time.Time
	roundsDown       bool

	own            int           // tickets given back in this window: ours of what is used, at most
	others, before int           // used by another program, at least; before is what the window's first answer showed
	wereActive     bool          // another program was spending in the window before
	since          time.Time     // of the window's first answer
	trip           time.Duration // the window's longest

	blocked time.Time // after a 429
	told    time.Time // the last wait that onWait heard of
}

type phase int

const (
	unseen phase = iota // of this window nothing is known
	open                // the server said where it stands
	absent              // the server answers without rate headers
)

// ticket is the leave to send one request; it is given back with answered, refused or unanswered.
type ticket struct {
	window int
	given  time.Time
	seen   int // the count known when it was given
	probe  bool
}

func newLimiter(clock Clock, perMinute int, onWait func(time.Time, string)) *limiter {
	l := &limiter{clock: clock, onWait: onWait, changed: make(chan struct{})}
	if perMinute > 0 {
		l.pace = rate.NewLimiter(rate.Limit(float64(perMinute)/60), 1)
	}
	return l
}

// acquire waits until a request may be sent. It fails with *RateLimitError rather than wait longer than patience.
func (l *limiter) acquire(ctx context.Context) (ticket, error) {
	for {
		if err := ctx.Err(); err != nil {
			return ticket{}, err
		}
		l.mu.Lock()
		now := l.clock.Now()
		t, until, reason := l.admit(now)
		wait := until.Sub(now)
		if reason != "" && wait > patience {
			l.mu.Unlock()
			return ticket{}, &RateLimitError{Wait: wait, Reason: reason}
		}
		changed := l.changed
		tell := reason != "" && until.After(l.told)
		if tell {
			l.told = until
		}
		l.mu.Unlock()
		if t != nil {
			return *t, nil
		}
		if tell && l.onWait != nil {
			l.onWait(until, reason)
		}
		if err := waitFor(ctx, l.clock, wait, !until.IsZero() && wait <= patience, changed); err != nil {
			return ticket{}, err
		}
	}
}

// admit gives a ticket, or the time to look again (zero: when something changes), with a reason where people should
// know.
func (l *limiter) admit(now time.Time) (t *ticket, until time.Time, reason string) {
	if now.Before(l.blocked) {
		return nil, l.blocked, "the server answered 429 and asked to wait"
	}
	if l.phase == open && !now.Before(l.end()) {
		l.turn()
	}
	switch left := l.allowed - l.used - l.reserve(now); {
	case l.phase == unseen && l.probing:
		return nil, time.Time{}, ""
	case l.phase == open && left <= 0:
		return nil, l.end(), fmt.Sprintf("the rate window's %d requests are spent", l.allowed)
	case l.phase == open && l.inflight >= (left+1)/2:
		return nil, l.end(), ""
	}
	if l.pace != nil {
		r := l.pace.ReserveN(now, 1)
		if d := r.DelayFrom(now); d > 0 {
			r.CancelAt(now)
			return nil, now.Add(d), ""
		}
	}
	l.inflight++
	l.probing = l.probing || l.phase == unseen
	return &ticket{window: l.window, given: now, seen: l.used, probe: l.phase == unseen}, time.Time{}, ""
}

// end is when the open window is over.
func (l *limiter) end() time.Time {
	if l.roundsDown {
		return l.latest.Add(time.Second)
	}
	return l.earliest
}

// reserve is how much of the window is left to another program who is spending of it: nothing where nobody is, else one
// request, and twice what they spend during a trip at the pace they had in this window.
func (l *limiter) reserve(now time.Time) int {
	active := l.others - l.before
	if active <= 0 && !l.wereActive {
		return 0
	}
	return 1 + int(2*float64(active)*l.trip.Seconds()/max(now.Sub(l.since), l.trip, time.Millisecond).Seconds())
}

// turn closes a window: what comes next is unknown until a request tells.
func (l *limiter) turn() {
	if l.phase == open {
		l.last, l.lastEnd = reading{count: l.used, allowed: l.allowed}, l.latest
		l.wereActive = l.others > l.before
	}
	l.window++
	l.phase, l.probing, l.used, l.own, l.others, l.before, l.trip = unseen, false, 0, 0, 0, 0, 0
}

// answered takes in an answer's rate headers; ok is false where it had none.
func (l *limiter) answered(t ticket, now time.Time, status int, r reading, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(t)
	if t.window != l.window {
		return // counted in a window that is over; if in this one, the next count includes it
	}
	end := now.Add(r.reset)
	switch {
	case !ok && l.phase == unseen && status < http.StatusInternalServerError:
		l.phase = absent
	case !ok:
	case l.phase == open && r.count > t.seen:
		l.allowed, l.used = r.allowed, max(l.used, r.count)
		if end.Before(l.earliest) {
			l.earliest = end
		}
		if end.After(l.latest) {
			l.latest = end
		}
		l.others = max(l.others, l.used-l.own-l.inflight)
		l.trip = max(l.trip, now.Sub(t.given))
	default:
		if l.phase == open {
			l.turn()
			l.own = 1
		}
		// The window that was thought over goes on.
		if t.probe && r.count > l.last.count && l.last.allowed > 0 && end.Before(l.lastEnd.Add(time.Second)) {
			l.roundsDown = true
		}
		l.phase, l.allowed, l.used, l.earliest, l.latest = open, r.allowed, r.count, end, end
		l.before = max(0, r.count-l.own-l.inflight)
		l.others, l.since, l.trip = l.before, now, now.Sub(t.given)
	}
}

// refused takes in a 429: nobody sends before until.
func (l *limiter) refused(t ticket, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(t)
	if until.After(l.blocked) {
		l.blocked = until
	}
	if t.window != l.window {
		return
	}
	if t.probe && l.last.allowed > 0 {
		l.roundsDown = true
	}
	l.turn()
}

// unanswered returns the ticket of a request that got no answer.
func (l *limiter) unanswered(t ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(t)
}

func (l *limiter) giveBack(t ticket) {
	l.inflight--
	l.own++
	if t.probe && t.window == l.window {
		l.probing = false
	}
	close(l.changed)
	l.changed = make(chan struct{})
}
