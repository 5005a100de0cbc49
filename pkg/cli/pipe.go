package cli

import (
	"errors"
	"io"
	"syscall"
)

// pipe is stdout. Once its reader has gone away, as in `plan | head`, it discards the rest: the run goes on to its
// own exit status. All other errors stay errors.
type pipe struct {
	out    io.Writer
	closed bool
}

func (p *pipe) Write(b []byte) (int, error) {
	if p.closed {
		return len(b), nil
	}
	n, err := p.out.Write(b)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		p.closed = true
		return len(b), nil
	}
	return n, err
}
