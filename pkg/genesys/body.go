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

// startMost is how much of a body's beginning is kept for an error to show.
const startMost = 256

// body is an answer's body with a limit on its decompressed length and a watchdog on its progress. It remembers its
// beginning, and what went wrong with the connection, which a decoder's own error would hide.
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

// watchdog cancels a request that makes no progress.
type watchdog struct {
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelFunc
	bark   atomic.Bool
	since  int
}

// watch starts a watchdog; the context it returns ends when nothing came for limit, or with stop.
func watch(ctx context.Context, limit time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancel(ctx)
	d := &watchdog{limit: limit, cancel: cancel}
	d.timer = time.AfterFunc(limit, func() {
		d.bark.Store(true)
		cancel()
	})
	return ctx, d
}

// progress counts n bytes; enough of them buy another limit of time.
func (d *watchdog) progress(n int) {
	d.since += n
	if d.since >= minProgress && d.timer.Stop() {
		d.since = 0
		d.timer.Reset(d.limit)
	}
}

func (d *watchdog) barked() bool { return d.bark.Load() }

func (d *watchdog) stop() {
	d.timer.Stop()
	d.cancel()
}
