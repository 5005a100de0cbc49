package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
)

// Codes of results that are this tool's own; the others come from Explain.
const (
	CodeStale       = "stale"
	CodeMismatch    = "verify-mismatch"
	CodeUnverified  = "verify-failed"
	CodeInterrupted = "interrupted"
	CodeOutOfTime   = "timed-out"
	CodeFailFast    = "fail-fast"
)

var errFailFast = errors.New("an earlier action failed, and --fail-fast was given")

// maxTries is how often one action is read and written when others keep saving it in between.
const maxTries = 6

// Apply writes the changes that a person was shown, and no others, and reads everything written back. There is one result
// per change, in the plan's order.
//
// When ctx ends, writes under way are let finish and are read back, and no other is started: the rest is Skipped.
//
// Budget: per change one fresh read and one write (two template reads more where templates do not come inline; four more for
// a function's draft), then the read-back in batches.
func (r *Reconciler) Apply(ctx context.Context, changes []plan.Change) []plan.Result {
	results := make([]plan.Result, len(changes))
	starting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var todo []int
	for i, c := range changes {
		results[i] = plan.Result{Action: c.Action, Flows: c.Flows, Status: plan.Unchanged, BeforeMS: c.BeforeMS, AfterMS: c.AfterMS}
		if c.Change == plan.Update {
			todo = append(todo, i)
		}
	}
	var done atomic.Int64
	var group errgroup.Group
	group.SetLimit(r.options.Concurrency)
	for _, i := range todo {
		group.Go(func() error {
			r.one(starting, changes[i], &results[i])
			if results[i].Status == plan.Failed && r.options.FailFast {
				stop(errFailFast)
			}
			r.options.Progress("writing", int(done.Add(1)), len(todo))
			return nil
		})
	}
	_ = group.Wait() // failures are results
	r.verify(ctx, changes, results)
	return results
}

// one brings a single action to its wanted timeout.
//
// Each round reads the document afresh and judges it by the timeout alone: what the plan showed is written over, the wanted
// one needs nothing, and anything else is somebody's later decision and stays (stale). A conflict starts another round. So does
// a write whose answer was lost, since only reading tells whether it was carried out.
func (r *Reconciler) one(ctx context.Context, c plan.Change, result *plan.Result) {
	var lost *lostWrite
	for try := 1; ; try++ {
		readCtx, release := ctx, context.CancelFunc(func() {})
		if lost != nil {
			readCtx, release = finishing(ctx)
		}
		doc, err := r.surface.open(readCtx, c)
		release()
		switch {
		case err != nil && lost != nil:
			r.fail(result, fmt.Errorf("%w; whether it was carried out could not be read: %w", lost.err, err))
			return
		case err != nil:
			r.stopped(ctx, result, err)
			return
		}
		switch have := doc.Live.Timeout; {
		case lost != nil && same(have, c.After()) && (doc.Live.Version == lost.version+1 || c.Action.Type == dataaction.TypeFunction):
			result.Status = plan.Applied // a function shows no version, and package genesys knows its own drafts
			return
		case same(have, c.After()):
			result.Status = plan.Unchanged
			return
		case !equal(have, c.Before()):
			r.stale(result, c, have)
			return
		case lost != nil && try > maxLostTries:
			r.fail(result, lost.err)
			return
		}
		if ctx.Err() != nil {
			r.stopped(ctx, result, context.Cause(ctx))
			return
		}
		written, err := doc.Write(ctx, c.After())
		lost = nil
		switch {
		case err == nil:
			result.Status, result.Documents = plan.Applied, &plan.Documents{Before: written.Before, After: written.After}
			return
		case genesys.IsUncertain(err):
			lost = &lostWrite{err, doc.Live.Version}
		case !genesys.IsConflict(err) || try == maxTries:
			r.stopped(ctx, result, err)
			return
		}
		if err := r.options.Sleep(ctx, backoff(try)); err != nil && lost == nil {
			r.stopped(ctx, result, err)
			return
		}
	}
}

// lostWrite is a write that may have been carried out: its answer never came, or was no answer.
type lostWrite struct {
	err     error
	version int64
}

// maxLostTries bounds the rounds after lost writes that turned out not to have been carried out.
const maxLostTries = 3

// finishing is a context for what has to be known once a write is out: it outlives an interrupt, but not for long.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

// backoff is the wait before another round: it doubles from 100 ms, with full jitter on its second half.
func backoff(try int) time.Duration {
	d := min(100*time.Millisecond<<(try-1), 2*time.Second)
	return d/2 + rand.N(d/2)
}

func same(have *time.Duration, want time.Duration) bool { return have != nil && *have == want }

func equal(a, b *time.Duration) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func (r *Reconciler) stale(result *plan.Result, c plan.Change, have *time.Duration) {
	result.Status, result.Code = plan.Failed, CodeStale
	result.Error = fmt.Sprintf("the plan showed %s and somebody has set %s since: it stays as they left it", dataaction.TextOrUnset(c.Before()), dataaction.TextOrUnset(have))
	result.Hint = "plan again, look at the difference, and apply that"
}

// stopped records a failure, or a skip where the action was not touched because the run is ending.
func (r *Reconciler) stopped(ctx context.Context, result *plan.Result, err error) {
	cause := context.Cause(ctx)
	switch {
	case cause == nil || !errors.Is(err, cause) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		r.fail(result, err)
		return
	case errors.Is(cause, errFailFast):
		result.Code = CodeFailFast
	case errors.Is(cause, context.DeadlineExceeded):
		result.Code, cause = CodeOutOfTime, errors.New("the time given by --timeout ran out before it was written")
	default:
		result.Code, cause = CodeInterrupted, errors.New("the run was interrupted before it was written")
	}
	result.Status, result.Error = plan.Skipped, cause.Error()
}

func (r *Reconciler) fail(result *plan.Result, err error) {
	e := r.options.Explain(err)
	result.Status, result.Code, result.Error, result.Hint = plan.Failed, e.Code, e.Message, e.Hint
	result.HTTPStatus, result.CorrelationID = e.HTTPStatus, e.CorrelationID
}
