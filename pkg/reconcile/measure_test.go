package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/reconcile"
)

// meter answers questions and keeps them in the order they come.
type meter struct {
	mu     sync.Mutex
	asked  []dataaction.Question
	limits int
	answer func(dataaction.Question) ([]dataaction.Measurement, error)
}

func (m *meter) ActionAggregates(_ context.Context, q dataaction.Question) ([]dataaction.Measurement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, q)
	return m.answer(q)
}

func (m *meter) DataActionLimits(context.Context) (dataaction.SlotLimits, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limits++
	return dataaction.SlotLimits{Total: new(int64(30))}, nil
}

// part is A, P or B by the contract of advise.
func part(q dataaction.Question) string {
	switch {
	case q.ByErrorType:
		return "A" + q.Granularity
	case q.Granularity == dataaction.ByHour:
		return "B"
	}
	return "P"
}

var (
	monday   = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	thisWeek = dataaction.Interval{From: monday, To: monday.Add(156 * time.Hour)} // to Sunday noon
)

// weekdays has most calls on two days alike.
func weekdays(q dataaction.Question) ([]dataaction.Measurement, error) {
	if part(q) != "AP1D" {
		return []dataaction.Measurement{{ActionID: part(q)}}, nil
	}
	return []dataaction.Measurement{
		{ActionID: "a", Start: monday, Calls: 5}, {ActionID: "a", Start: monday.AddDate(0, 0, 6), Calls: 9},
		{ActionID: "a", Start: monday.AddDate(0, 0, 2), Calls: 4}, {ActionID: "b", Start: monday.AddDate(0, 0, 2), Calls: 5},
	}, nil
}

func TestMeasureAsksForCountsFirstAndThenTheRest(t *testing.T) {
	t.Parallel()
	m := &meter{answer: weekdays}
	got, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}, {2000}})
	if err != nil || len(m.asked) != 4 || m.limits != 1 {
		t.Fatalf("%d questions, %d for limits, %v", len(m.asked), m.limits, err)
	}
	for i, ms := range []int64{1000, 2000} {
		if q := m.asked[i]; part(q) != "AP1D" || !slices.Equal(q.OverMS, []int64{ms}) || q.Interval != thisWeek {
			t.Errorf("question %d is %+v", i, q)
		}
		if !slices.Equal(got.Batches[i].OverMS, []int64{ms}) || len(got.Batches[i].Rows) != 4 {
			t.Errorf("batch %d is %+v", i, got.Batches[i])
		}
	}
	for _, q := range m.asked[2:] {
		if want := dataaction.ByHour; q.Granularity == want {
			day := dataaction.Interval{From: monday.AddDate(0, 0, 2), To: monday.AddDate(0, 0, 3)}
			if q.Interval != day { // the earlier of two equal days
				t.Errorf("hours of %s", q.Interval)
			}
		} else if q.Interval != thisWeek || q.OverMS != nil {
			t.Errorf("percentiles: %+v", q)
		}
	}
	if !got.Days || got.Whole[0].ActionID != "P" || got.Hours[0].ActionID != "B" || *got.Slots.Total != 30 {
		t.Errorf("%+v", got)
	}
}

func TestMeasureBoundsTheBusiestDayByTheInterval(t *testing.T) {
	t.Parallel()
	m := &meter{answer: func(q dataaction.Question) ([]dataaction.Measurement, error) {
		return []dataaction.Measurement{{ActionID: "a", Start: monday.AddDate(0, 0, 6), Calls: 1}}, nil
	}}
	if _, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}}); err != nil {
		t.Fatal(err)
	}
	for _, q := range m.asked {
		if part(q) == "B" && !q.Interval.To.Equal(thisWeek.To) {
			t.Errorf("hours of %s", q.Interval)
		}
	}
}

func TestMeasureWithoutDays(t *testing.T) {
	t.Parallel()
	m := &meter{answer: func(q dataaction.Question) ([]dataaction.Measurement, error) {
		if q.Granularity == dataaction.ByDay && q.OverMS[0] == 2000 {
			return nil, &genesys.TooLargeError{Err: errors.New("413")}
		}
		return []dataaction.Measurement{{ActionID: "a", Start: monday, Calls: 1}}, nil
	}}
	got, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}, {2000}})
	var parts []string
	for _, q := range m.asked {
		parts = append(parts, part(q))
	}
	// Both batches once more, so that they cover the same calls; no hours, since no day is known.
	if err != nil || got.Days || got.Hours != nil || !slices.Equal(parts, []string{"AP1D", "AP1D", "A", "A", "P"}) {
		t.Errorf("asks %v, days %t, %v", parts, got.Days, err)
	}
}

func TestMeasureFailsWithTheCountsAlone(t *testing.T) {
	t.Parallel()
	refused := errors.New("403")
	m := &meter{answer: func(dataaction.Question) ([]dataaction.Measurement, error) { return nil, refused }}
	if _, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}}); !errors.Is(err, refused) ||
		len(m.asked) != 1 || m.limits != 0 {
		t.Errorf("%v, after %d questions", err, len(m.asked))
	}
	m = &meter{answer: func(q dataaction.Question) ([]dataaction.Measurement, error) {
		if part(q) != "AP1D" {
			return nil, refused
		}
		return weekdays(q)
	}}
	got, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}})
	if err != nil || !errors.Is(got.WholeErr, refused) || !errors.Is(got.HoursErr, refused) || got.Slots.Total == nil {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestMeasureOfNoCallsAsksNoMore(t *testing.T) {
	t.Parallel()
	m := &meter{answer: func(dataaction.Question) ([]dataaction.Measurement, error) { return nil, nil }}
	got, err := reconcile.Measure(t.Context(), m, thisWeek, [][]int64{{1000}})
	if err != nil || len(m.asked) != 1 || got.Slots.Total == nil {
		t.Errorf("%d questions, %v", len(m.asked), err)
	}
}
