package cli

import (
	"fmt"
	"sync"
	"time"
)

// progress shows on stderr what a long run is doing: one line, written over, and only where a person sits at a terminal.
// In pipes and CI nothing of it appears; there, waits are logged at level info.
type progress struct {
	app  *app
	mu   sync.Mutex
	last time.Time
	open bool
	// waiting ends the countdown that is on the line; nil where there is none.
	waiting func()
}

// progressEvery keeps the line readable and the terminal idle.
const progressEvery = 100 * time.Millisecond

func (p *progress) visible() bool {
	return p.app.ErrTerminal && !p.app.quiet && p.app.Getenv("CI") == ""
}

// step says how far a phase is.
func (p *progress) step(phase string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.app.Now(); done == total || now.Sub(p.last) >= progressEvery {
		p.last = now
		p.endWait()
		p.line(fmt.Sprintf("%s: %d of %d", phase, done, total))
	}
}

// wait says why nothing happens, and counts down until it ends.
func (p *progress) wait(until time.Time, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.app.log.Info("waiting", "for", p.left(until), "reason", reason)
	p.endWait()
	if !p.visible() {
		return
	}
	p.line(fmt.Sprintf("waiting %s: %s", p.left(until), reason))
	ended := make(chan struct{})
	p.waiting = func() { close(ended) }
	go func() {
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
			case <-ended: // since the tick; the line belongs to somebody else
			default:
				p.line(fmt.Sprintf("waiting %s: %s", p.left(until), reason))
			}
			p.mu.Unlock()
		}
	}()
}

// left is the time until then, in whole seconds and not below none.
func (p *progress) left(until time.Time) time.Duration {
	return max(0, until.Sub(p.app.Now())).Round(time.Second)
}

// endWait stops the countdown; the caller holds the lock.
func (p *progress) endWait() {
	if p.waiting != nil {
		p.waiting()
		p.waiting = nil
	}
}

// line shows text in the place of what was there; the caller holds the lock.
func (p *progress) line(text string) {
	if p.visible() {
		fmt.Fprintf(p.app.Stderr, "\r\x1b[K%s", text)
		p.open = true
	}
}

// clear removes the line, before anything else is printed.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endWait()
	if p.open {
		fmt.Fprint(p.app.Stderr, "\r\x1b[K")
		p.open = false
	}
}
