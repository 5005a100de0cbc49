package advice_test

import (
	"slices"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

var week = dataaction.Interval{From: monday, To: monday.AddDate(0, 0, 7)}

// spans are calls of one action that ended in one way on one day: durations in milliseconds and how many took so
// long.
type spans map[int64]int64

// record is the service's log of an action, as the analytics would answer for it.
type record struct {
	action, errorType string
	day               int
	spans             spans
}

// observed answers for thresholds what the records hold.
func observed(thresholds [][]int64, records ...record) dataaction.Measured {
	m := dataaction.Measured{Interval: week, Days: true}
	for _, over := range thresholds {
		batch := dataaction.Batch{OverMS: over}
		for _, r := range records {
			batch.Rows = append(batch.Rows, r.row(over))
		}
		m.Batches = append(m.Batches, batch)
	}
	return m
}

func (r record) row(over []int64) dataaction.Measurement {
	row := dataaction.Measurement{
		ActionID: r.action, ErrorType: r.errorType, Start: monday.AddDate(0, 0, r.day), MaxMS: dataaction.Unknown,
		P95MS: dataaction.Unknown, P99MS: dataaction.Unknown, Over: make([]int64, len(over)),
	}
	for ms, n := range r.spans {
		row.Calls += n
		row.SumMS += ms * n
		row.MaxMS = max(row.MaxMS, ms)
		for i, least := range over {
			if ms >= least {
				row.Over[i] += n
			}
		}
	}
	return row
}

// daily repeats calls on each day of the week.
func daily(errorType string, s spans) []record {
	var out []record
	for day := range 7 {
		out = append(out, record{action: "a", errorType: errorType, day: day, spans: s})
	}
	return out
}

// subject is action "a" with a limit in milliseconds; 0 sets none.
func subject(limit int64, steps ...int64) advice.Subject {
	s := advice.Subject{
		Action:    dataaction.Action{ID: "a", Name: "Customer lookup", Type: dataaction.TypeAction},
		CeilingMS: 60_000, Sources: []dataaction.Source{{File: "timeouts.yaml", Line: 4, Column: 5}},
	}
	if limit > 0 {
		s.LimitMS = &limit
	}
	for _, ms := range steps {
		s.Callers = append(s.Callers, plan.Caller{
			Flow: dataaction.Flow{ID: "f", Name: "Support"}, Step: plan.CallerStep{Name: "Look up", TrackingID: 7},
			StepTimeoutMS: &ms, MeetsMS: &ms,
		})
	}
	return s
}

// judged judges one action by what was recorded.
func judged(s advice.Subject, records ...record) advice.Document {
	m := observed(advice.Thresholds([]advice.Subject{s}), records...)
	return advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
}

func codes(d advice.Document) []string {
	var out []string
	for _, f := range d.Findings {
		out = append(out, f.Code)
	}
	return out
}

func found(d advice.Document, code string) bool { return slices.Contains(codes(d), code) }
