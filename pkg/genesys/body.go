package genesys

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// errTooLarge ends a body that is longer than its limit.
var errTooLarge = errors.New("the body is larger than the limit")

// startMost is how much of a body's beginning is kept for errors, in bytes.
const startMost = 256

// body is an answer's body with a limit on its decompressed length and a watchdog on its progress. It keeps its
// beginning, and the connection's error, which a decoder's own error would hide.
type body struct {
	src   io.Reader
	left  int64
	dog   *watchdog
	start []byte
	read  int64
	fault error
	over  bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.fault != nil {
		return 0, b.fault
	}
	if b.over {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more than fits shows that there is more
	}
	n, err := b.src.Read(p)
	if int64(n) > b.left {
		n, err, b.over = int(b.left), errTooLarge, true
	}
	b.left -= int64(n)
	b.read += int64(n)
	b.start = append(b.start, p[:min(n, startMost-len(b.start))]...)
	b.dog.progress(n)
	if err != nil && err != io.EOF && !b.over {
		b.fault = err
	}
	return n, err
}

// watchdog cancels a request that makes no progress, or takes too long as a whole.
type watchdog struct {
	stall   *time.Timer
	limit   time.Duration
	whole   *time.Timer
	cancel  context.CancelFunc
	reason  atomic.Pointer[timeUp]
	arrived int // bytes since the last progress
}

// timeUp says which of a request's limits was exceeded.
type timeUp struct {
	limit time.Duration
	whole bool
}

func (e *timeUp) Error() string {
	if e.whole {
		return "not complete after " + e.limit.String()
	}
	return "no data for " + e.limit.String()
}

// watch starts a watchdog. The context that it returns ends when nothing arrived for stall, after whole, or with stop.
func watch(ctx context.Context, stall, whole time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancel(ctx)
	d := &watchdog{limit: stall, cancel: cancel}
	expire := func(why timeUp) func() {
		return func() {
			d.reason.CompareAndSwap(nil, &why)
			cancel()
		}
	}
	d.stall = time.AfterFunc(stall, expire(timeUp{limit: stall}))
	d.whole = time.AfterFunc(whole, expire(timeUp{limit: whole, whole: true}))
	return ctx, d
}

// progress counts n bytes; minProgress of them start the stall timer again.
func (d *watchdog) progress(n int) {
	d.arrived += n
	if d.arrived >= minProgress && d.stall.Stop() {
		d.arrived = 0
		d.stall.Reset(d.limit)
	}
}

// expired is the limit that was exceeded, or nil.
func (d *watchdog) expired() error {
	if why := d.reason.Load(); why != nil {
		return why
	}
	return nil
}

func (d *watchdog) stop() {
	d.stall.Stop()
	d.whole.Stop()
	d.cancel()
}
