package advice_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
)

// busy is a week in which action "a" runs into its limit, with a busiest hour at 10 on Wednesday: 360 calls of "a" in
// 720 s.
func busy(s advice.Subject) dataaction.Measured {
	records := append(daily("", spans{400: 2000, 2500: 40}), daily("x", spans{3000: 30})...)
	m := observed(advice.Thresholds([]advice.Subject{s}), records...)
	hour := func(h int, action string, calls, sum int64) dataaction.Measurement {
		at := monday.AddDate(0, 0, 2).Add(time.Duration(h) * time.Hour)
		return dataaction.Measurement{ActionID: action, Start: at, Calls: calls, SumMS: sum}
	}
	m.Hours = []dataaction.Measurement{
		hour(9, "a", 100, 1), hour(11, "a", 300, 1), hour(11, "unknown", 160, 1),
		hour(10, "a", 360, 720_000), hour(10, "unknown", 100, 360_000),
	}
	return m
}

func TestSlots(t *testing.T) {
	t.Parallel()
	s := subject(3000)
	m := busy(s)
	m.Slots.Total = new(int64(30))
	d := advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
	// 10 and 11 o'clock have 460 calls each: the earlier counts.
	if got := d.Slots; got.BusiestHour.Hour() != 10 || *got.InUse != 0.3 || *got.Limit != 30 ||
		got.Source != advice.FromOrganization {
		t.Errorf("slots %+v", got)
	}
	j := d.Actions[0]
	if j.HangSlots == nil || *j.HangSlots.Now != 0.3 || *j.HangSlots.Proposed != 0.6 {
		t.Errorf("when it hangs: %+v", j.HangSlots)
	}
	if j.RaiseSlots == nil || *j.RaiseSlots != 0.0043 { // 0.1 calls/s x 210 of 14,490 x 3 s
		t.Errorf("a raise costs %v", *j.RaiseSlots)
	}
}

func TestAHangThatFillsTheSlots(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flag             *int64
		total, functions *int64
		function         bool
	}{
		"the organisation's limit":      {total: new(int64(1))},
		"the flag overrules it":         {flag: new(int64(1)), total: new(int64(30))},
		"no limit known":                {},
		"functions have their own":      {total: new(int64(30)), functions: new(int64(1)), function: true},
		"which others do not count to":  {total: new(int64(30)), functions: new(int64(1))},
		"the flag overrules functions'": {flag: new(int64(30)), functions: new(int64(1)), function: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := subject(3000)
			if c.function {
				s.Action.Type = dataaction.TypeFunction
			}
			m := busy(s)
			m.Slots = dataaction.SlotLimits{Total: c.total, Functions: c.functions}
			for _, calls := range []int64{479, 480} { // 480 calls an hour take 0.8 slots with 6s
				for i := range m.Hours {
					if m.Hours[i].Start.Hour() == 10 && m.Hours[i].ActionID == "a" {
						m.Hours[i].Calls = calls
					}
				}
				d := advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001, Slots: c.flag})
				j := d.Actions[0]
				small := c.flag != nil && *c.flag == 1 || c.flag == nil && c.total != nil && *c.total == 1 ||
					c.flag == nil && c.function && c.functions != nil
				if want := small && calls == 480; found(d, advice.HangFillsSlots) != want || j.Writable() == want {
					t.Errorf("%d calls: found %t, writable %t", calls, found(d, advice.HangFillsSlots), j.Writable())
				}
			}
		})
	}
}

func TestWithoutHoursNoSlots(t *testing.T) {
	t.Parallel()
	s := subject(3000)
	m := busy(s)
	m.Hours = nil
	d := advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
	if d.Slots.BusiestHour != nil || d.Slots.InUse != nil || d.Actions[0].HangSlots != nil {
		t.Errorf("slots %+v, %+v", d.Slots, d.Actions[0].HangSlots)
	}
	m = busy(s)
	m.Hours[3].SumMS = dataaction.Unknown
	d = advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
	if d.Slots.BusiestHour == nil || d.Slots.InUse != nil {
		t.Errorf("a sum that is missing is not zero: %+v", d.Slots)
	}
}

func TestFailedRequestsAreNotes(t *testing.T) {
	t.Parallel()
	m := dataaction.Measured{Interval: week, Days: true, WholeErr: errNo("p"), HoursErr: errNo("b"), SlotsErr: errNo("c")}
	d := advice.Judge(advice.Input{Measured: m, Accept: 0.001})
	want := []string{advice.ColumnMissing, advice.ColumnMissing, advice.ColumnMissing}
	if !slices.Equal(codes(d), want) || !strings.HasSuffix(d.Findings[2].Message, ": c") {
		t.Errorf("findings %+v", d.Findings)
	}
}

type errNo string

func (e errNo) Error() string { return string(e) }
