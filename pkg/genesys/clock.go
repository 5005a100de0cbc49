package genesys

import (
	"context"
	"time"
)

// Clock is where the limiter, the retries and the token's expiry take their time from. Tests replace it.
type Clock interface {
	Now() time.Time
	// Timer fires once after d, unless stop is called first.
	Timer(d time.Duration) (fired <-chan time.Time, stop func())
}

// realClock is the machine's.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// waitFor waits until d has passed (only where timed), changed is closed or ctx ends; only the last is an error.
func waitFor(ctx context.Context, clock Clock, d time.Duration, timed bool, changed <-chan struct{}) error {
	var fired <-chan time.Time
	if timed {
		timer, stop := clock.Timer(d)
		defer stop()
		fired = timer
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-fired:
	}
	return nil
}
