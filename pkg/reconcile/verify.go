package reconcile

import (
	"context"
	"fmt"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

const (
	// verifyGrace is how long after the end of a run reading back goes on. It is less than a rate window: a person waits
	// for it.
	verifyGrace = 8 * time.Second
	// idsAtOnce is how many actions one request reads back.
	idsAtOnce = 50
)

// verifyWaits are the waits between the reads of an action that reads show as it was before the write: 10 s in all.
// Reads can lag behind writes (the vendor's Terraform provider, issue 1461).
var verifyWaits = []time.Duration{
	500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3500 * time.Millisecond,
}

// reading is one action read back; found is false where it no longer exists.
type reading struct {
	live  dataaction.Live
	found bool
	err   error
}

// verify reads back everything that was written. A read of an older version than the write's is stale and repeated; any
// other one that does not show the new timeout means that it was not applied, whatever the write's answer said.
func (r *Reconciler) verify(ctx context.Context, changes []plan.Change, outcomes []outcome) {
	run := ctx
	ctx, release := outliving(run, verifyGrace)
	defer release()
	var open []int
	for i := range outcomes {
		if outcomes[i].Status == plan.Applied {
			open = append(open, i)
		}
	}
	for n := 0; ; n++ {
		open = r.look(ctx, run, changes, outcomes, open)
		if len(open) == 0 || n == len(verifyWaits) || r.options.Sleep(ctx, verifyWaits[n]) != nil {
			break
		}
	}
	for _, i := range open {
		if run.Err() != nil {
			outcomes[i].unverified("the run ended")
			continue
		}
		outcomes[i].mismatch(changes[i])
	}
}

// look reads back the changes at the given positions. It returns those whose reads are stale, and records what else
// went wrong. Where the run has ended, or the rate limit allows no read, the write's answer has to do.
func (r *Reconciler) look(ctx, run context.Context, changes []plan.Change, outcomes []outcome,
	positions []int) (stale []int) {
	batch := make([]plan.Change, len(positions))
	for j, i := range positions {
		batch[j] = changes[i]
	}
	for j, got := range r.surface.readBack(ctx, batch) {
		i := positions[j]
		o := &outcomes[i]
		if got.err == nil && got.shows(changes[i].After()) {
			continue
		}
		o.shown = got.text()
		switch {
		case got.err != nil && run.Err() != nil:
			o.unverified("the run ended")
		case genesys.IsRateLimited(got.err):
			o.unverified("the rate limit was reached")
		case got.err != nil:
			r.fail(o, fmt.Errorf("it was written, and reading it back failed: %w", got.err))
			o.Code = CodeUnverified
		case !got.found || got.live.Version == 0 || got.live.Version < o.version || o.version == 0:
			stale = append(stale, i)
		default:
			o.mismatch(changes[i])
		}
	}
	return stale
}

func (g reading) shows(want time.Duration) bool {
	return g.found && g.live.Unsupported == "" && same(g.live.Timeout, want)
}

// text is what a reading shows in place of the wanted timeout.
func (g reading) text() string {
	switch {
	case !g.found:
		return "no such action"
	case g.live.Unsupported != "":
		return "no timeout (" + g.live.Unsupported + ")"
	}
	text := dataaction.TextOrUnset(g.live.Timeout)
	if g.live.Version > 0 {
		text += fmt.Sprintf(" (version %d)", g.live.Version)
	}
	return text
}

// mismatch records a write that reading back does not show.
func (o *outcome) mismatch(c plan.Change) {
	o.Status, o.Code = plan.Failed, CodeMismatch
	written := "confirmed"
	if o.version > 0 {
		written = fmt.Sprintf("confirmed as version %d", o.version)
	}
	o.Error = fmt.Sprintf("the write was %s, but reading it back shows %s instead of %s", written, o.shown,
		dataaction.Text(c.After()))
	o.Hint = "another user may have changed it at the same moment: plan again; if it happens every time, give the " +
		"vendor's support " +
		"the correlation id of the write"
}

// planShows is the hint where a run could not see for itself.
const planShows = "`genesys-timeouts plan` shows what is set now"

// unverified records a write that was confirmed and not read back.
func (o *outcome) unverified(why string) {
	o.Code = CodeUnverified
	o.Error = "the write was confirmed; " + why + " before it was read back"
	o.Hint = planShows
}

// fill puts a listing, or its error, into the slots at the given positions.
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

// completeReadings reads singly what a listing left out.
func completeReadings(ctx context.Context, out []reading, read func(context.Context, dataaction.Live) (dataaction.Live,
	error)) {
	group := parallel.New()
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
