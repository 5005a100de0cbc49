package reconcile

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

const (
	// verifyPause is how long the second read-back waits for a change to reach every part of the platform.
	verifyPause = 500 * time.Millisecond
	// verifyGrace is how long reading back goes on when the run has ended. It is less than a rate window: whoever ended the run waits.
	verifyGrace = 8 * time.Second
	// idsAtOnce is how many actions one request reads back.
	idsAtOnce = 50
)

// reading is what reading back one action gave; found is false where it is no longer there.
type reading struct {
	live  dataaction.Live
	found bool
	err   error
}

// verify reads back everything that was written. What does not show the new timeout at a second look either was not
// applied, whatever its write was answered.
func (r *Reconciler) verify(ctx context.Context, changes []plan.Change, results []plan.Result) {
	run := ctx
	ctx, release := outliving(run, verifyGrace)
	defer release()
	var open []int
	for i := range results {
		if results[i].Status == plan.Applied {
			open = append(open, i)
		}
	}
	shown := r.look(ctx, run, changes, results, open)
	if len(shown) > 0 {
		_ = r.options.Sleep(ctx, verifyPause)
		open = open[:0]
		for i := range results {
			if _, ok := shown[i]; ok {
				open = append(open, i)
			}
		}
		shown = r.look(ctx, run, changes, results, open)
	}
	for i, text := range shown {
		results[i].Status, results[i].Code = plan.Failed, CodeMismatch
		results[i].Error = fmt.Sprintf("the write was answered as done, but reading it back shows %s instead of %s", text, dataaction.Text(changes[i].After()))
		results[i].Hint = "somebody may have changed it at the same moment: plan again; if it happens every time, give the vendor's support the correlation id of the write"
	}
}

// look reads back the changes at the given positions. It gives what those show that do not show the new timeout, and records
// as failed what could not be read; where that is because run has ended, the write's answer has to do.
func (r *Reconciler) look(ctx, run context.Context, changes []plan.Change, results []plan.Result, positions []int) map[int]string {
	batch := make([]plan.Change, len(positions))
	for j, i := range positions {
		batch[j] = changes[i]
	}
	shown := map[int]string{}
	for j, got := range r.surface.readBack(ctx, batch) {
		switch i := positions[j]; {
		case got.err != nil && run.Err() != nil:
			results[i].Code = CodeUnverified
			results[i].Error = "the write was answered as done; the run ended before it was read back"
			results[i].Hint = "`genesys-timeouts plan` shows what is set now"
		case got.err != nil:
			r.fail(&results[i], fmt.Errorf("it was written, and reading it back failed: %w", got.err))
			results[i].Code = CodeUnverified
		case !got.found:
			shown[i] = "no such action"
		case got.live.Unsupported != "":
			shown[i] = "no timeout (" + got.live.Unsupported + ")"
		case !same(got.live.Timeout, changes[i].After()):
			shown[i] = dataaction.TextOrUnset(got.live.Timeout)
		}
	}
	return shown
}

// fill puts what a listing gave into the slots at the given positions, or its error.
func fill(out []reading, positions []int, live []dataaction.Live, err error, id func(position int) string) {
	byID := make(map[string]dataaction.Live, len(live))
	for _, a := range live {
		byID[a.ID] = a
	}
	for _, i := range positions {
		out[i].live, out[i].found = byID[id(i)]
		out[i].err = err
	}
}

// completeReadings reads singly what a listing could not tell.
func completeReadings(ctx context.Context, out []reading, read func(context.Context, dataaction.Live) (dataaction.Live, error)) {
	var group errgroup.Group
	group.SetLimit(maxGoroutines)
	for i := range out {
		if out[i].found && out[i].err == nil && needsReading(out[i].live) {
			group.Go(func() error {
				out[i].live, out[i].err = read(ctx, out[i].live)
				return nil
			})
		}
	}
	_ = group.Wait() // failures are readings
}
