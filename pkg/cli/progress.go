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
		p.line(fmt.Sprintf("%s: %d of %d", phase, done, total))
	}
}

// wait says why nothing happens, and until when.
func (p *progress) wait(until time.Time, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := until.Sub(p.app.Now()).Round(time.Second)
	p.app.log.Info("waiting", "for", left, "reason", reason)
	p.line(fmt.Sprintf("waiting %s: %s", left, reason))
}

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
	if p.open {
		fmt.Fprint(p.app.Stderr, "\r\x1b[K")
		p.open = false
	}
}
