package session

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"genesys-timeouts/pkg/report"
)

// Progress shows on a terminal what a long run is doing: one line, overwritten. All sessions of a run share it. Waits
// are also logged at level info, for pipes and CI, which get no line. A nil Progress shows and logs nothing.
type Progress struct {
	out  io.Writer // nil shows nothing
	room int       // columns of the line
	now  func() time.Time
	log  *slog.Logger
	mu   sync.Mutex
	last time.Time
	open bool
	// waiting ends the countdown on the line; nil without one.
	waiting func()
}

// NewProgress shows progress on out, a terminal of that many columns (0, unknown, is taken for 80); nil shows nothing
// and only logs.
func NewProgress(out io.Writer, width int, now func() time.Time, log *slog.Logger) *Progress {
	room := cmp.Or(width, 80) - 1 // some terminals wrap once the last column is written
	return &Progress{out: out, room: room, now: now, log: log}
}

// progressEvery keeps the line readable and the terminal idle.
const progressEvery = 100 * time.Millisecond

// Step shows how far a phase is.
func (p *Progress) Step(phase string, done, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); done == total || now.Sub(p.last) >= progressEvery {
		p.last = now
		p.endWait()
		p.line(fmt.Sprintf("%s: %d of %d", phase, done, total))
	}
}

// Wait says why nothing happens, and counts down until it ends.
func (p *Progress) Wait(until time.Time, reason string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.Info("waiting", "for", p.left(until), "reason", reason)
	p.endWait()
	if p.out == nil {
		return
	}
	p.line(fmt.Sprintf("waiting %s: %s", p.left(until), reason))
	ended := make(chan struct{})
	p.waiting = func() { close(ended) }
	go p.countDown(until, reason, ended)
}

func (p *Progress) countDown(until time.Time, reason string, ended <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		select {
		case <-ended: // since the tick: the line shows something else now
		default:
			p.line(fmt.Sprintf("waiting %s: %s", p.left(until), reason))
		}
		p.mu.Unlock()
	}
}

// left is the time until then in whole seconds, at least 0.
func (p *Progress) left(until time.Time) time.Duration {
	return max(0, until.Sub(p.now())).Round(time.Second)
}

// endWait stops the countdown. The caller holds the lock.
func (p *Progress) endWait() {
	if p.waiting != nil {
		p.waiting()
		p.waiting = nil
	}
}

// line overwrites the line. The caller holds the lock.
func (p *Progress) line(text string) {
	if p.out != nil {
		fmt.Fprintf(p.out, "\r\x1b[K%s", report.Cut(text, p.room))
		p.open = true
	}
}

// Clear removes the line; call it before anything else is printed.
func (p *Progress) Clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endWait()
	if p.open {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.open = false
	}
}
