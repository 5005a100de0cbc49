package advice_test

import (
	"slices"
	"strings"
	"testing"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
)

// TestStories: each code by the week that leads to it, and the weeks right beside its boundary.
func TestStories(t *testing.T) {
	t.Parallel()
	join := func(parts ...[]record) []record { return slices.Concat(parts...) }
	function := func(limit int64) advice.Subject {
		s := subject(limit)
		s.Action.Type, s.CeilingMS = dataaction.TypeFunction, 15_000
		return s
	}
	fine := daily("", spans{400: 3000})
	for name, c := range map[string]struct {
		subject  advice.Subject
		records  []record
		code     advice.Code
		proposed int64
	}{
		"never called": {
			subject(3000), nil,
			advice.NotCalled, 0,
		},
		"never called, no limit": {
			subject(0), nil,
			advice.NotCalled, 0,
		},
		"called, no limit": {
			subject(0), fine,
			advice.NoLimitSet, 0,
		},
		"29 calls": {
			subject(3000), []record{{"a", "", 0, spans{400: 29}}},
			advice.NoData, 0,
		},
		"30 calls": {
			subject(3000), []record{{"a", "", 0, spans{400: 30}}},
			advice.FewCalls, 0,
		},
		"2,703 calls prove nothing yet": {
			subject(2000), []record{{"a", "", 0, spans{400: 2703}}},
			advice.FewCalls, 0,
		},
		"2,704 calls prove 0.1 %": {
			subject(2000), []record{{"a", "", 0, spans{400: 2704}}},
			advice.Keep, 0,
		},
		"calls run into the limit every day": {
			subject(3000), join(daily("", spans{400: 2000, 2500: 40}), daily("timeout", spans{3000: 30})),
			advice.TooShort, 6000,
		},
		"0.95 of the limit counts as at the limit": {
			subject(3000), join(daily("", spans{400: 2000, 2500: 40}), daily("timeout", spans{2850: 30})),
			advice.TooShort, 6000,
		},
		"1 ms less does not": {
			subject(3000), join(daily("", spans{400: 3000}), daily("timeout", spans{2849: 30})),
			advice.Keep, 0,
		},
		"slow but successful": {
			subject(3000), daily("", spans{400: 3000, 2900: 30}),
			advice.Keep, 0,
		},
		"the ladder passes over 7s": {
			subject(3500), join(daily("NONE", spans{400: 2000, 3000: 40}), daily("x", spans{3500: 30})),
			advice.TooShort, 8000,
		},
		"twice 40s is past the maximum": {
			subject(40_000), join(daily("", spans{400: 2000, 35_000: 40}), daily("x", spans{40_000: 30})),
			advice.TooShort, 60_000,
		},
		"a function's maximum": {
			function(10_000), join(daily("", spans{400: 2000, 8000: 40}), daily("x", spans{10_000: 30})),
			advice.TooShort, 15_000,
		},
		"a function at its maximum": {
			function(15_000), join(daily("", spans{400: 2000, 12_000: 40}), daily("x", spans{15_000: 30})),
			advice.AtMaximum, 0,
		},
		"at the maximum": {
			subject(60_000), join(daily("", spans{400: 2000, 50_000: 40}), daily("x", spans{60_000: 30})),
			advice.AtMaximum, 0,
		},
		"hangs: nothing right below the limit": {
			subject(3000), join(daily("", spans{400: 2000}), daily("x", spans{3000: 30})),
			advice.GapBelowLimit, 0,
		},
		"hangs at the maximum": {
			subject(60_000), join(daily("", spans{400: 2000}), daily("x", spans{60_000: 30})),
			advice.GapBelowLimit, 0,
		},
		"a gap of exactly a quarter is not one": {
			subject(4000), join(daily("", spans{400: 2000, 3000: 10}), daily("x", spans{4000: 40})),
			advice.TooShort, 8000,
		},
		"just under a quarter is": {
			subject(4000), join(daily("", spans{400: 2000, 3000: 9}), daily("x", spans{4000: 40})),
			advice.GapBelowLimit, 0,
		},
		"all on one day": {
			subject(3000), join(fine, []record{{"a", "x", 2, spans{3000: 300}}}),
			advice.OneBadDay, 0,
		},
		"on two days": {
			subject(3000), join(fine, []record{{"a", "x", 2, spans{3000: 100}}, {"a", "x", 3, spans{3000: 100}}}),
			advice.GapBelowLimit, 0,
		},
		"one day alone is never too short": {
			subject(3000), []record{{"a", "", 0, spans{400: 3000}}, {"a", "x", 0, spans{3000: 90}}},
			advice.OneBadDay, 0,
		},
		"30s where half a second does": {
			subject(30_000), fine,
			advice.TooLong, 2000,
		},
		"30s where 5s does": {
			subject(30_000), daily("", spans{400: 3000, 2900: 30}),
			advice.TooLong, 4000,
		},
		"4 days are too few to lower": {
			subject(30_000), fine[:4],
			advice.Keep, 0,
		},
		"5 days are not": {
			subject(30_000), fine[:5],
			advice.TooLong, 2000,
		},
		"a single call at the limit keeps it": {
			subject(30_000), join(fine, []record{{"a", "x", 1, spans{30_000: 1}}}),
			advice.Keep, 0,
		},
		"2s less is enough": {
			subject(4000), fine,
			advice.TooLong, 2000,
		},
		"1s less is not": {
			subject(3000), fine,
			advice.Keep, 0,
		},
		"4s for 6s is 0.67 of it": {
			subject(6000), daily("", spans{400: 3000, 2900: 30}),
			advice.TooLong, 4000,
		},
		"rare calls at the limit, seldom called": {
			subject(3000), []record{{"a", "", 0, spans{400: 500}}, {"a", "x", 1, spans{3000: 1}}},
			advice.FewCalls, 0,
		},
		"calls that fail at once do not count": {
			subject(2000), join(fine[:1], []record{{"a", "rateLimit", 1, spans{249: 5000}}}),
			advice.Keep, 0,
		},
		"calls that fail in 250 ms do": {
			subject(2000), join(fine[:1], []record{{"a", "rateLimit", 1, spans{250: 5000}}}),
			advice.Keep, 0,
		},
		"all calls have an error type nobody knows": {
			subject(3000), daily("completed", spans{400: 2000, 2500: 40, 3000: 30}),
			advice.TooShort, 6000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := judged(c.subject, c.records...).Actions[0]
			var proposed int64
			if j.ProposedMS != nil {
				proposed = *j.ProposedMS
			}
			if j.Code != c.code || proposed != c.proposed {
				t.Errorf("%s %d, want %s %d (over %v, at the limit %v of %d)", j.Code, proposed, c.code, c.proposed, j.Over,
					j.AtLimit, j.Calls)
			}
		})
	}
}

func TestTheExampleOfTheContract(t *testing.T) {
	t.Parallel()
	var records []record
	for day := range 7 {
		records = append(records, record{"a", "", day, spans{400: 1700, 1500: 781, 2860: 6}})
		records = append(records, record{"a", "timeout", day, spans{3000: 36}})
	}
	records = append(records, record{"a", "rateLimit", 3, spans{20: 10}}, record{"a", "", 0, spans{400: 533}},
		record{"a", "timeout", 1, spans{3000: 3}})
	d := judged(subject(3000), records...)
	j := d.Actions[0]
	if j.AtLimit == nil || j.AtLimit.Calls != 255 || j.Calls != 18197 || j.FailedAtOnce != 10 {
		t.Fatalf("at limit %+v of %d calls, %d at once", j.AtLimit, j.Calls, j.FailedAtOnce)
	}
	if got := advice.Range(*j.AtLimit); got != "1.3–1.6 %" {
		t.Errorf("the range is %s", got)
	}
	if !j.P99Censored {
		t.Error("p99 is censored: more than 1 % of calls took 2.85s or more")
	}
	if j.ErrorTypes["timeout"].Calls != 255 || j.ErrorTypes["rateLimit"].Calls != 10 || len(j.ErrorTypes) != 2 {
		t.Errorf("error types %v", j.ErrorTypes)
	}
}

func TestMissingCallsAreCounted(t *testing.T) {
	t.Parallel()
	j := judged(subject(3000), record{"a", "", 0, spans{400: 304}}).Actions[0]
	if j.MissingCalls == nil || *j.MissingCalls != 2400 {
		t.Errorf("missing calls %v, want 2400", j.MissingCalls)
	}
	if j = judged(subject(3000), daily("", spans{400: 3000})...).Actions[0]; j.MissingCalls != nil {
		t.Errorf("%s misses %d calls", j.Code, *j.MissingCalls)
	}
}

func TestDaysUnderAHigherLimitAreLeftOut(t *testing.T) {
	t.Parallel()
	records := daily("", spans{400: 3000})
	records = append(records, record{"a", "x", 0, spans{4001: 50, 3000: 500}}, record{"a", "x", 1, spans{4000: 1}})
	d := judged(subject(3000), records...)
	j := d.Actions[0]
	if j.Calls != 6*3000+1 || j.AtLimit.Calls != 1 || j.Over[len(j.Over)-1].Calls != 0 {
		t.Errorf("%d calls, %d at the limit: Monday counts, or Tuesday does not", j.Calls, j.AtLimit.Calls)
	}
	if !found(d, advice.LimitChanged) || !strings.Contains(d.Findings[0].Message, "2026-11-16 (4.001s)") ||
		strings.Contains(d.Findings[0].Message, "2026-11-17") {
		t.Errorf("findings %+v", d.Findings)
	}
}

func TestOneBadDayIsNamed(t *testing.T) {
	t.Parallel()
	records := append(daily("", spans{400: 3000}),
		record{"a", "x", 3, spans{3000: 300}}, record{"a", "x", 2, spans{3000: 2}})
	j := judged(subject(3000), records...).Actions[0]
	if advice.Date(j.BadDay) != "2026-11-19" || j.BadDayCalls != 300 || j.Code != advice.OneBadDay {
		t.Errorf("%s: %s with %d calls", j.Code, advice.Date(j.BadDay), j.BadDayCalls)
	}
}

func TestWithoutDaysNothingIsLowered(t *testing.T) {
	t.Parallel()
	s := subject(30_000)
	m := observed(advice.Thresholds([]advice.Subject{s}), record{"a", "", 0, spans{400: 90_000}})
	m.Days = false
	d := advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
	if j := d.Actions[0]; j.Code != advice.Keep || !found(d, advice.DaysUnknown) {
		t.Errorf("%s, findings %v", j.Code, codes(d))
	}
	s = subject(3000)
	m = observed(advice.Thresholds([]advice.Subject{s}), record{"a", "", 0, spans{400: 9000, 2500: 90, 5000: 1}},
		record{"a", "x", 0, spans{3000: 90}})
	m.Days = false
	d = advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001})
	if j := d.Actions[0]; j.Code != advice.TooShort || found(d, advice.LimitChanged) {
		t.Errorf("%s, findings %v: there is no bad day to leave out, and no limit that changed", j.Code, codes(d))
	}
}

func TestWithoutCountsNothingIsProposed(t *testing.T) {
	t.Parallel()
	s := subject(3000)
	m := observed(advice.Thresholds([]advice.Subject{s}), daily("x", spans{3000: 900})...)
	for i := range m.Batches[0].Rows {
		m.Batches[0].Rows[i].Over = nil
	}
	m.Whole = []dataaction.Measurement{{ActionID: "a", Calls: 6300, P95MS: 2000, P99MS: 3000, MaxMS: dataaction.Unknown}}
	j := advice.Judge(advice.Input{Subjects: []advice.Subject{s}, Measured: m, Accept: 0.001}).Actions[0]
	if j.Code != advice.AtLimitUnmeasured || j.ProposedMS != nil || j.AtLimit != nil || j.Over != nil || j.MaxMS != nil ||
		j.P95MS == nil || *j.P95MS != 2000 {
		t.Errorf("%+v", j)
	}
}

func TestStepsThatCutCalls(t *testing.T) {
	t.Parallel()
	d := judged(subject(10_000, 2500, 2500, 12_000), daily("", spans{400: 3000, 4000: 30})...)
	if !slices.Equal(codes(d), []string{advice.StepCutsCalls}) {
		t.Fatalf("findings %v", codes(d))
	}
	f := d.Findings[0]
	for _, part := range []string{"waits 2.5s", "210 of 21,210 calls", "0.99 %", "1 more step", `"Support"`} {
		if !strings.Contains(f.Message, part) {
			t.Errorf("%q does not say %q", f.Message, part)
		}
	}
	if f.Step == nil || f.Step.TrackingID != 7 || f.Flow.ID != "f" || f.Severity != "warning" {
		t.Errorf("%+v", f)
	}
	if d = judged(subject(10_000, 5000), daily("", spans{400: 3000, 4000: 30})...); len(d.Findings) > 0 {
		t.Errorf("a step that cuts nothing: %v", codes(d))
	}
}

func TestSourcesDecideWhatIsWritten(t *testing.T) {
	t.Parallel()
	short := append(daily("", spans{400: 2000, 2500: 40}), daily("x", spans{3000: 30})...)
	managed := subject(3000)
	unmanaged := managed
	unmanaged.Sources = nil
	if !judged(managed, short...).Actions[0].Writable() || judged(unmanaged, short...).Actions[0].Writable() {
		t.Error("entries of a manifest alone can be written")
	}
	if j := judged(managed, daily("", spans{400: 3000})...).Actions[0]; j.Writable() {
		t.Errorf("%s is written", j.Code)
	}
}
