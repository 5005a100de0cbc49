// Package parallel runs functions concurrently and keeps their panics from ending the process.
package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// Group is an errgroup.Group whose Wait panics in the caller's goroutine, with a *Panic, if the first failure is a
// panic. A panic that nobody recovers ends the process with exit code 2, which means "changes" to a pipeline.
// Create it with New or WithContext.
type Group struct{ group *errgroup.Group }

// Panic is a panic of a function in a Group, with the stack of its goroutine.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// New returns a group that runs every function to its end.
func New() Group { return Group{new(errgroup.Group)} }

// WithContext returns a group and a context that ends with the group's first failure.
func WithContext(ctx context.Context) (Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	return Group{group}, ctx
}

// SetLimit bounds how many functions run at once.
func (g Group) SetLimit(n int) { g.group.SetLimit(n) }

// Go runs f in a goroutine, once the limit allows it.
func (g Group) Go(f func() error) {
	g.group.Go(func() (err error) {
		defer func() {
			switch value := recover().(type) {
			case nil:
			case *Panic: // from a group inside this one
				err = value
			default:
				err = &Panic{value, debug.Stack()}
			}
		}()
		return f()
	})
}

// Wait waits for every function and returns the first error.
func (g Group) Wait() error {
	err := g.group.Wait()
	if p, ok := errors.AsType[*Panic](err); ok {
		panic(p)
	}
	return err
}
