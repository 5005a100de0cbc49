package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
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

const (
	// maxRounds is how often one action is read and written when others keep saving it in between.
	maxRounds = 6
	// maxLosses is how many writes of one action may be lost that turn out not to have been carried out.
	maxLosses = 3
)

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

// one brings a single action to its wanted timeout, in as many rounds of reading and writing as it takes.
func (r *Reconciler) one(ctx context.Context, c plan.Change, result *plan.Result) {
	var past history
	for r.round(ctx, c, result, &past) {
		past.rounds++
	}
	if past.draft == nil || result.Status == plan.Applied {
		return
	}
	if result.Code == genesys.DraftExists { // the draft that is in the way is our own
		r.fail(result, past.draft)
	}
	if left := r.options.Explain(past.draft).Message; !strings.Contains(result.Error, left) {
		result.Error = strings.TrimPrefix(result.Error+"; an earlier try failed: "+left, "; ")
	}
	result.Hint = "a draft of it may be left in Genesys Cloud: look, and discard it"
}

// history is what became of one action's earlier rounds.
type history struct {
	rounds, losses int
	// lost is why it is unknown whether the last write was carried out: its answer never came, or was no answer.
	lost error
	// draft is why a draft of ours may have been left.
	draft *genesys.DraftLeftError
	// version is the one that the first lost write was for. A write that read as not carried out may still arrive later.
	version int64
}

// round reads the document afresh and judges it by the timeout alone: what the plan showed is written over, the wanted one
// needs nothing, and anything else is somebody's later decision and stays (stale). A conflict asks for another round. So does
// a write whose answer was lost, since only reading tells whether it was carried out.
func (r *Reconciler) round(ctx context.Context, c plan.Change, result *plan.Result, past *history) (again bool) {
	doc, err := r.reread(ctx, c, past)
	switch {
	case err != nil && past.lost != nil:
		r.fail(result, fmt.Errorf("%w; whether it was carried out could not be read: %w", past.lost, err))
		return false
	case err != nil:
		r.stopped(ctx, result, err)
		return false
	}
	switch have := doc.Live.Timeout; {
	case same(have, c.After()) && past.wrote(doc.Live):
		result.Status = plan.Applied
		return false
	case same(have, c.After()):
		result.Status = plan.Unchanged
		return false
	case !equal(have, c.Before()):
		r.stale(result, c, have)
		return false
	case past.lost != nil && past.losses == maxLosses:
		r.fail(result, past.lost)
		return false
	case ctx.Err() != nil:
		r.stopped(ctx, result, context.Cause(ctx))
		return false
	}
	written, err := doc.Write(ctx, c.After())
	past.lost = nil
	errors.As(err, &past.draft)
	var state *genesys.StateError
	switch {
	case err == nil:
		result.Status = plan.Applied
		if r.options.Diff != nil {
			result.Diff = r.options.Diff(written.Before, written.After)
		}
		return false
	case errors.As(err, &state): // whatever was the reason, it is for a person
	case genesys.IsUncertain(err):
		past.lose(err, doc.Live.Version)
		return true
	case genesys.IsConflict(err) && past.rounds+1 < maxRounds:
		return true
	}
	r.stopped(ctx, result, err)
	return false
}

// reread opens the document, after a pause where it is not the first time. After a lost write it does so even when the run
// has ended.
func (r *Reconciler) reread(ctx context.Context, c plan.Change, past *history) (*genesys.Document, error) {
	if past.lost != nil {
		longer, release := outliving(ctx, lostGrace)
		defer release()
		ctx = longer
	}
	if past.rounds > 0 {
		if err := r.options.Sleep(ctx, backoff(past.rounds)); err != nil {
			return nil, err
		}
	}
	return r.surface.open(ctx, c)
}

// lose records a write whose answer was lost.
func (h *history) lose(err error, version int64) {
	if h.losses == 0 {
		h.version = version
	}
	h.losses++
	h.lost = err
}

// wrote reports whether the wanted timeout in a document is of our own making: the version is one up, or more where somebody
// saved something else on top. A function shows no version, and package genesys knows its own drafts.
func (h *history) wrote(a dataaction.Live) bool {
	return h.losses > 0 && (a.Version > h.version || a.Type == dataaction.TypeFunction)
}

// lostGrace is how long a lost write is looked after when the run has ended.
const lostGrace = 30 * time.Second

// outliving is a context for what has to be known once a write is out: it ends some time after ctx, and not with it.
func outliving(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel(context.DeadlineExceeded)
		case <-longer.Done():
		}
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// backoff is the wait before another round, n from 1: it doubles from 100 ms, with full jitter on its second half.
func backoff(n int) time.Duration {
	d := min(100*time.Millisecond<<(n-1), 2*time.Second)
	return d/2 + rand.N(d/2)
}

func same(have *time.Duration, want time.Duration) bool { return have != nil && *have == want }

func equal(a, b *time.Duration) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Milliseconds() == b.Milliseconds() // as plans have it
}

func (r *Reconciler) stale(result *plan.Result, c plan.Change, have *time.Duration) {
	result.Status, result.Code = plan.Failed, CodeStale
	result.Error = fmt.Sprintf("the plan showed %s and somebody has set %s since: it stays as they left it", dataaction.TextOrUnset(c.Before()), dataaction.TextOrUnset(have))
	result.Hint = "plan again, look at the difference, and apply that"
}

// stopped records a failure, or a skip where the action was not changed because the run is ending.
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
