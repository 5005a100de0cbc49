package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// Codes of results that are this tool's own; the others come from Explain.
const (
	CodeStale             = "stale"
	CodeMismatch          = "verify-mismatch"
	CodeUnverified        = plan.NotReadBack
	CodeInterrupted       = "interrupted"
	CodeOutOfTime         = "timed-out"
	CodeFailFast          = "fail-fast"
	CodeMissingPermission = "missing-permission"
	CodeRateLimited       = "rate-limited"
	CodeTokenRefused      = "auth-failed"
)

const (
	// maxRounds is how often one action is read and written when other users keep saving it in between.
	maxRounds = 6
	// maxLosses is how many lost writes of one action may turn out not to have been carried out.
	maxLosses = 3
)

// outcome is a change's result with what reading it back needs.
type outcome struct {
	*plan.Result
	version int64  // that the write made; 0 where unknown
	err     error  // of a failure
	shown   string // what the last read showed in place of the wanted timeout
	// draftLeft is true where Error and Hint tell of a draft that this run may have left.
	draftLeft bool
}

// Apply writes the changes that a person was shown, and no others, and reads everything written back. It returns one
// result per change, in the plan's order.
//
// When ctx ends, writes under way may finish and are read back, and no other is started: the rest is Skipped. So it is
// once a failure shows that the others would fail alike (ending): one result is then Failed, and the rest Skipped with
// its code.
//
// Budget: per change one fresh read and one write (two template reads more where templates do not come inline; four
// more for a function's draft), then the read-back in batches.
func (r *Reconciler) Apply(ctx context.Context, changes []plan.Change) []plan.Result {
	results := make([]plan.Result, len(changes))
	outcomes := make([]outcome, len(changes))
	starting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var todo []int
	for i, c := range changes {
		results[i] = plan.Result{Action: c.Action, Flows: c.Flows, Status: plan.Unchanged, BeforeMS: c.BeforeMS,
			AfterMS: c.AfterMS}
		outcomes[i].Result = &results[i]
		if c.Change == plan.Update {
			todo = append(todo, i)
		}
	}
	var done atomic.Int64
	group := parallel.New()
	group.SetLimit(r.options.Concurrency)
	for _, i := range todo {
		group.Go(func() error {
			r.caught(ctx, starting, changes[i], &outcomes[i])
			if e := r.endedBy(outcomes[i]); e != nil {
				stop(e)
			}
			r.options.Progress("writing", int(done.Add(1)), len(todo))
			return nil
		})
	}
	_ = group.Wait() // failures are results
	oneFailure(outcomes)
	r.verify(ctx, changes, outcomes)
	return results
}

// caught is one, with a panic as the action's failure: the report still says what was written to the others.
func (r *Reconciler) caught(run, starting context.Context, c plan.Change, o *outcome) {
	defer func() {
		if value := recover(); value != nil {
			r.fail(o, fmt.Errorf("internal error: %v", value))
			o.Hint = "the write may have been sent: run plan to see what is set now"
		}
	}()
	r.one(run, starting, c, o)
}

// one brings a single action to its wanted timeout, in as many rounds of reading and writing as it takes. A write that
// has begun goes on until run ends; none begins once starting has ended.
func (r *Reconciler) one(run, starting context.Context, c plan.Change, o *outcome) {
	var past history
	for r.round(run, starting, c, o, &past) {
		past.rounds++
	}
	if past.draft == nil || o.Status == plan.Applied {
		return
	}
	if o.Code == genesys.DraftExists { // the draft that is in the way is our own
		r.fail(o, past.draft)
	}
	if left := r.options.Explain(past.draft).Message; !strings.Contains(o.Error, left) {
		o.Error = strings.TrimPrefix(o.Error+"; an earlier try failed: "+left, "; ")
	}
	o.draftLeft = true
	o.Hint = "a draft that this run made may be left: the next apply publishes it if it holds the new timeout and " +
		"nobody changes it; to remove it, delete the action's draft in Genesys Cloud (needs integrations:action:delete)"
}

// history is what became of one action's earlier rounds.
type history struct {
	rounds, losses int
	// lost is why it is unknown whether the last write was carried out: no answer, or an unusable one.
	lost error
	// draft is why a draft of ours may have been left.
	draft *genesys.DraftLeftError
	// version is the one that the first lost write was for. A write that seems not to have been carried out may arrive
	// later.
	version int64
}

// round reads the document afresh and judges it by the timeout alone: what the plan showed is written over, the wanted
// one needs nothing, and anything else is another user's later decision and stays (stale). A conflict asks for another
// round. So does a write whose answer was lost, since only a read tells whether it was carried out.
func (r *Reconciler) round(run, ctx context.Context, c plan.Change, o *outcome, past *history) (again bool) {
	doc, err := r.reread(ctx, c, past)
	switch {
	case err != nil && past.lost != nil:
		r.fail(o, fmt.Errorf("%w; whether it was carried out could not be read: %w", past.lost, err))
		return false
	case err != nil:
		r.stopped(ctx, o, err)
		return false
	}
	switch have := doc.Live.Timeout; {
	case same(have, c.After()) && past.wrote(doc.Live):
		o.Status, o.version = plan.Applied, doc.Live.Version
		return false
	case same(have, c.After()):
		o.Status = plan.Unchanged
		return false
	case !equal(have, c.Before()):
		stale(o, c, have)
		return false
	case past.lost != nil && past.losses == maxLosses:
		r.fail(o, past.lost)
		return false
	case ctx.Err() != nil:
		r.stopped(ctx, o, context.Cause(ctx))
		if past.lost != nil { // "not tried" is not true of it
			o.Error = r.options.Explain(past.lost).Message +
				"; reading shows the timeout unchanged, and it was not tried again"
			o.Hint = planShows
		}
		return false
	}
	written, err := doc.Write(run, c.After())
	past.lost = nil
	errors.As(err, &past.draft)
	var state *genesys.StateError
	switch {
	case err == nil:
		o.Status, o.version = plan.Applied, written.Live.Version
		if r.options.Diff != nil {
			o.Diff = r.options.Diff(written.Before, written.After)
		}
		return false
	case errors.As(err, &state): // a person has to look
	case genesys.IsUncertain(err):
		past.lose(err, doc.Live.Version)
		return true
	case genesys.IsConflict(err) && past.rounds+1 < maxRounds:
		return true
	}
	r.stopped(ctx, o, err)
	return false
}

// reread opens the document, after a pause unless it is the first time. After a lost write it does so even when the run
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

// wrote reports whether the wanted timeout in a document is our own write: the version is one up, or more where another
// user saved something else on top. A function shows no version, and package genesys knows its own drafts.
func (h *history) wrote(a dataaction.Live) bool {
	return h.losses > 0 && (a.Version > h.version || a.Type == dataaction.TypeFunction)
}

// lostGrace is how long after the end of a run a lost write is looked up.
const lostGrace = 30 * time.Second

// outliving is a context for what has to be known once a write is out: it ends grace after ctx.
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

func stale(o *outcome, c plan.Change, have *time.Duration) {
	o.Status, o.Code = plan.Failed, CodeStale
	o.Error = fmt.Sprintf("the plan showed %s, and another user has set %s since: it was left at that",
		dataaction.TextOrUnset(c.Before()), dataaction.TextOrUnset(have))
	o.Hint = "plan again, review the difference, and apply that"
}

// stopped records a failure, or a skip where the action was not changed because the run is ending.
func (r *Reconciler) stopped(ctx context.Context, o *outcome, err error) {
	cause := context.Cause(ctx)
	var ended *ending
	switch {
	case cause == nil || !errors.Is(err, cause) && !errors.Is(err, context.Canceled) && !errors.Is(err,
		context.DeadlineExceeded):
		r.fail(o, err)
	case errors.As(cause, &ended):
		o.skip(ended.code, ended.reason)
	case errors.Is(cause, context.DeadlineExceeded):
		o.skip(CodeOutOfTime, "not written: the time given by --timeout ran out")
	default:
		o.skip(CodeInterrupted, "not written: the run was interrupted")
	}
}

func (o *outcome) skip(code, reason string) {
	o.Status, o.Code, o.Error = plan.Skipped, code, reason
}

func (r *Reconciler) fail(o *outcome, err error) {
	e := r.options.Explain(err)
	o.err = err
	o.Status, o.Code, o.Error, o.Hint = plan.Failed, e.Code, e.Message, e.Hint
	o.HTTPStatus, o.CorrelationID = e.HTTPStatus, e.CorrelationID
}
