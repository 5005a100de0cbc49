package reconcile

import (
	"context"
	"errors"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
)

// Meter answers how long data actions took; *genesys.Client is one.
type Meter interface {
	ActionAggregates(context.Context, dataaction.Question) ([]dataaction.Measurement, error)
	DataActionLimits(context.Context) (dataaction.SlotLimits, error)
}

// Measure asks how long data actions took. Each batch of thresholds is a request for counts by day and type of error;
// they are sent first and one at a time, since a token without the permission shall fail once. Percentiles, the
// busiest day's hours and the limits follow at the same time, and their failures are part of the outcome.
//
// Where an answer by day is too large every batch is asked without days, so that all of them cover the same calls.
func Measure(ctx context.Context, m Meter, over dataaction.Interval, batches [][]int64) (dataaction.Measured, error) {
	out, err := Count(ctx, m, over, batches)
	if err != nil {
		return out, err
	}
	group := parallel.New()
	day, called := busiestDay(out)
	if called {
		group.Go(func() error {
			out.Whole, out.WholeErr = m.ActionAggregates(ctx, dataaction.Question{Interval: over})
			return nil
		})
	}
	if called && out.Days && !day.IsZero() {
		end := day.Add(24 * time.Hour)
		if end.After(over.To) {
			end = over.To
		}
		group.Go(func() error {
			q := dataaction.Question{Interval: dataaction.Interval{From: day, To: end}, Granularity: dataaction.ByHour}
			out.Hours, out.HoursErr = m.ActionAggregates(ctx, q)
			return nil
		})
	}
	group.Go(func() error {
		out.Slots, out.SlotsErr = m.DataActionLimits(ctx)
		return nil
	})
	_ = group.Wait() // failures are part of the outcome
	return out, ctx.Err()
}

// Count asks for calls by day and type of error alone: what the evidence of a plan needs. Where that is too large it
// asks without days.
func Count(
	ctx context.Context, m Meter, over dataaction.Interval, batches [][]int64,
) (dataaction.Measured, error) {
	out, err := count(ctx, m, over, dataaction.ByDay, batches)
	if _, large := errors.AsType[*genesys.TooLargeError](err); large {
		return count(ctx, m, over, "", batches)
	}
	return out, err
}

func count(
	ctx context.Context, m Meter, over dataaction.Interval, granularity string, batches [][]int64,
) (dataaction.Measured, error) {
	out := dataaction.Measured{Interval: over, Days: granularity != ""}
	for _, thresholds := range batches {
		q := dataaction.Question{Interval: over, Granularity: granularity, ByErrorType: true, OverMS: thresholds}
		rows, err := m.ActionAggregates(ctx, q)
		if err != nil {
			return out, err
		}
		out.Batches = append(out.Batches, dataaction.Batch{OverMS: thresholds, Rows: rows})
	}
	return out, nil
}

// busiestDay is the day with most calls of all actions, the earlier of equals, and whether there were calls at all.
func busiestDay(m dataaction.Measured) (day time.Time, called bool) {
	if len(m.Batches) == 0 {
		return time.Time{}, false
	}
	calls := map[time.Time]int64{}
	for _, row := range m.Batches[0].Rows {
		calls[row.Start] += row.Calls
	}
	var most int64
	for at, n := range calls {
		if n > most || n == most && n > 0 && at.Before(day) {
			day, most = at, n
		}
	}
	return day, most > 0
}
