package advice

import (
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

const (
	// atOnceMS is the time within which a failed call failed at once: nobody waited for it.
	atOnceMS = 250
	// limitSlackMS is how far a call may run over its limit and still have had it.
	limitSlackMS = 1000
)

// index finds the rows of an action in each batch.
type index struct {
	measured dataaction.Measured
	rows     map[string][][]int32 // by action, then batch: places in the batch's rows
	counted  []bool               // by batch: the answer has counts by threshold, or nothing to count
	places   map[int64][2]int     // of a threshold: its batch and its place there
}

func newIndex(m dataaction.Measured) *index {
	x := &index{
		measured: m, rows: map[string][][]int32{}, counted: make([]bool, len(m.Batches)), places: map[int64][2]int{},
	}
	for b, batch := range m.Batches {
		x.counted[b] = len(batch.Rows) == 0
		for i, row := range batch.Rows {
			rows := x.rows[row.ActionID]
			if rows == nil {
				rows = make([][]int32, len(m.Batches))
				x.rows[row.ActionID] = rows
			}
			rows[b] = append(rows[b], int32(i))
			x.counted[b] = x.counted[b] || row.Over != nil
		}
		for i, ms := range batch.OverMS {
			if _, ok := x.places[ms]; !ok {
				x.places[ms] = [2]int{b, i}
			}
		}
	}
	return x
}

// has reports whether calls of so many milliseconds and more were counted.
func (x *index) has(ms int64) bool {
	at, ok := x.places[ms]
	return ok && x.counted[at[0]]
}

// thresholds are those that were counted, ascending.
func (x *index) thresholds() []int64 {
	var out []int64
	for ms := range x.places {
		if x.has(ms) {
			out = append(out, ms)
		}
	}
	slices.Sort(out)
	return out
}

// each gives the action's rows of a batch.
func (x *index) each(action string, batch int, use func(*dataaction.Measurement)) {
	rows := x.rows[action]
	if rows == nil {
		return
	}
	for _, i := range rows[batch] {
		use(&x.measured.Batches[batch].Rows[i])
	}
}

// group is an action's calls that ended in one way.
type group struct {
	errorType    string
	calls, maxMS int64
}

func (g group) ok() bool { return g.errorType == "" || strings.EqualFold(g.errorType, "none") }

// day is an action's calls of one day.
type day struct {
	start        time.Time
	calls, maxMS int64
	atLimit      int64
}

// tally counts one action's calls. Days under a higher limit and groups that failed at once are left out of calls,
// atLimit, days and over.
type tally struct {
	index  *index
	action string
	seen   int64 // calls on all days
	left   []day // days under a higher limit
	days   []day // days kept, ascending
	groups []group
	atOnce int64
	calls  int64
	// noOK is true where no group is ok: then all calls count as failed.
	noOK bool
	// atLimit counts the failed calls of 0.95 T and more.
	atLimit int64
}

// tallied counts the calls of an action under a limit; limitMS is 0 where none is set.
func (x *index) tallied(action string, limitMS int64) *tally {
	t := &tally{index: x, action: action}
	t.partDays(limitMS)
	t.group()
	x.each(action, 0, func(row *dataaction.Measurement) {
		if t.counts(row) {
			t.calls += row.Calls
			t.day(row.Start).calls += row.Calls
		}
	})
	if near := nearLimit(limitMS); limitMS > 0 && x.has(near) {
		at := x.places[near]
		x.each(action, at[0], func(row *dataaction.Measurement) {
			if row.Over != nil && t.counts(row) && (t.noOK || !group{errorType: row.ErrorType}.ok()) {
				t.atLimit += row.Over[at[1]]
				t.day(row.Start).atLimit += row.Over[at[1]]
			}
		})
	}
	return t
}

// partDays finds the days on which a call took longer than the limit allows: the limit was higher then.
func (t *tally) partDays(limitMS int64) {
	var days []day
	t.index.each(t.action, 0, func(row *dataaction.Measurement) {
		t.seen += row.Calls
		i := slices.IndexFunc(days, func(d day) bool { return d.start.Equal(row.Start) })
		if i < 0 {
			i, days = len(days), append(days, day{start: row.Start, maxMS: dataaction.Unknown})
		}
		days[i].calls += row.Calls
		days[i].maxMS = max(days[i].maxMS, row.MaxMS)
	})
	slices.SortFunc(days, func(a, b day) int { return a.start.Compare(b.start) })
	for _, d := range days {
		if t.index.measured.Days && limitMS > 0 && d.maxMS > limitMS+limitSlackMS {
			t.left = append(t.left, d)
			continue
		}
		d.calls = 0
		t.days = append(t.days, d)
	}
}

// group counts the calls of the days kept by how they ended.
func (t *tally) group() {
	t.index.each(t.action, 0, func(row *dataaction.Measurement) {
		if t.day(row.Start) == nil {
			return
		}
		i := slices.IndexFunc(t.groups, func(g group) bool { return g.errorType == row.ErrorType })
		if i < 0 {
			i, t.groups = len(t.groups), append(t.groups, group{errorType: row.ErrorType, maxMS: dataaction.Unknown})
		}
		t.groups[i].calls += row.Calls
		t.groups[i].maxMS = max(t.groups[i].maxMS, row.MaxMS)
	})
	t.noOK = len(t.groups) > 0 && !slices.ContainsFunc(t.groups, group.ok)
	for _, g := range t.groups {
		if t.failedAtOnce(g) {
			t.atOnce += g.calls
		}
	}
}

// failedAtOnce reports whether a group's calls all failed at once. Where no group is ok none did: the values may mean
// anything.
func (t *tally) failedAtOnce(g group) bool {
	return !t.noOK && !g.ok() && g.maxMS != dataaction.Unknown && g.maxMS < atOnceMS
}

func (t *tally) day(start time.Time) *day {
	for i := range t.days {
		if t.days[i].start.Equal(start) {
			return &t.days[i]
		}
	}
	return nil
}

// counts reports whether a row's calls count.
func (t *tally) counts(row *dataaction.Measurement) bool {
	if t.day(row.Start) == nil {
		return false
	}
	i := slices.IndexFunc(t.groups, func(g group) bool { return g.errorType == row.ErrorType })
	return i < 0 || !t.failedAtOnce(t.groups[i])
}

// over counts the calls of so many milliseconds and more.
func (t *tally) over(ms int64) int64 {
	at := t.index.places[ms]
	var n int64
	t.index.each(t.action, at[0], func(row *dataaction.Measurement) {
		if row.Over != nil && t.counts(row) {
			n += row.Over[at[1]]
		}
	})
	return n
}

// worst is the day with most calls at the limit, the earlier of equals.
func (t *tally) worst() day {
	var w day
	for _, d := range t.days {
		if d.atLimit > w.atLimit {
			w = d
		}
	}
	return w
}

// errorTypes are the groups that failed, as they came.
func (t *tally) errorTypes() map[string]ErrorType {
	out := map[string]ErrorType{}
	for _, g := range t.groups {
		if !g.ok() {
			out[g.errorType] = ErrorType{Calls: g.calls}
		}
	}
	return out
}
