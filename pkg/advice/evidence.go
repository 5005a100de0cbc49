package advice

import (
	"fmt"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// EvidenceThresholds are the thresholds to ask for so that Evidence can speak of the changes of a plan: the new limit
// of a lowering, 0.95 of the present limit of a raise. They are nil where nothing changes, and bounded as Thresholds
// are.
func EvidenceThresholds(changes []plan.Change) [][]int64 {
	uses := map[int64]int{}
	for _, c := range changes {
		if ms := evidenceThreshold(c); ms > 0 {
			uses[ms]++
		}
	}
	wanted := mostUsed(uses)
	if len(wanted) == 0 {
		return nil
	}
	n := min(len(wanted), thresholdsAtOnce)
	return batches(wanted[:n], wanted[n:])
}

// evidenceThreshold is what has to be counted for a change; 0 where nothing can be said.
func evidenceThreshold(c plan.Change) int64 {
	switch {
	case c.Change != plan.Update || c.BeforeMS == nil:
		return 0
	case c.Lowered():
		return c.AfterMS
	}
	return nearLimit(*c.BeforeMS)
}

// Evidence says what the measurements mean for each change: nil for changes that nothing can be said of, such as
// those from no timeout at all. The order is the changes'.
func Evidence(changes []plan.Change, m dataaction.Measured) []*plan.Evidence {
	out := make([]*plan.Evidence, len(changes))
	x := newIndex(m)
	for i, c := range changes {
		if ms := evidenceThreshold(c); ms > 0 && x.has(ms) {
			out[i] = x.evidence(c, m.Interval.String())
		}
	}
	return out
}

func (x *index) evidence(c plan.Change, interval string) *plan.Evidence {
	t := x.tallied(c.Action.ID, *c.BeforeMS)
	e := &plan.Evidence{Interval: interval, Calls: t.calls}
	before, after := Duration(*c.BeforeMS), Duration(c.AfterMS)
	switch {
	case t.seen == 0:
		e.Text = "not called"
	case t.calls < leastCalls:
		e.Text = "only " + plural(t.calls, "call") + ": too few to say"
	case c.Lowered():
		over := t.over(c.AfterMS)
		e.Over = &over
		e.Text = fmt.Sprintf("%s of %s calls took %s or more", Number(over), Number(t.calls), after)
		if over == 0 {
			e.Text = fmt.Sprintf("of %s calls none took %s or more", Number(t.calls), after)
		}
	default:
		e.AtLimit = share(t.atLimit, t.calls)
		ran := Range(*e.AtLimit) + " of " + Number(t.calls) + " calls"
		if t.atLimit == 0 {
			ran = "none of " + Number(t.calls) + " calls"
		}
		e.Text = fmt.Sprintf("%s ran into %s; with %s at most as many", ran, before, after)
		if t.atLimit == 0 {
			e.Text = ran + " ran into " + before
		}
	}
	return e
}
