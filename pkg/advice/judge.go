package advice

import (
	"cmp"
	"slices"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// Subject is an action to judge.
type Subject struct {
	Action dataaction.Action
	// LimitMS is the live timeout; nil where none is set.
	LimitMS *int64
	// CeilingMS is the longest timeout that this kind of action takes.
	CeilingMS int64
	// Callers are the steps that call the action, as far as flows were read.
	Callers []plan.Caller
	// Sources are the manifest entries that name the action.
	Sources []dataaction.Source
}

// NewSubject is a live action of surface integrations, with its callers and manifest entries.
func NewSubject(live dataaction.Live, callers []plan.Caller, sources []dataaction.Source) Subject {
	most := live.Limits(dataaction.Integrations).Max
	s := Subject{Action: live.Action, CeilingMS: most.Milliseconds(), Callers: callers, Sources: sources}
	if live.Timeout != nil {
		s.LimitMS = new(live.Timeout.Milliseconds())
	}
	return s
}

// Input is what a judgement rests on.
type Input struct {
	Subjects []Subject
	Measured dataaction.Measured
	// Accept is the share of calls, from 0 to 1, that may run into the limit.
	Accept float64
	// Slots overrules the organisation's limit of slots; nil takes the organisation's.
	Slots *int64
}

// What a lowering needs at least: days with calls, and milliseconds.
const (
	leastDays       = 5
	leastLoweringMS = 2000
)

// Judge judges every subject. The caller fills in what the document says of the run: versions, time, organisation,
// stats.
func Judge(in Input) Document {
	d := Document{
		FormatVersion: FormatVersion, Interval: in.Measured.Interval.String(), Accept: in.Accept,
		Actions: make([]Judgement, 0, len(in.Subjects)), Findings: []plan.Finding{},
	}
	subjects := slices.Clone(in.Subjects)
	slices.SortStableFunc(subjects, func(a, b Subject) int {
		return cmp.Or(cmp.Compare(a.Action.Name, b.Action.Name), cmp.Compare(a.Action.ID, b.Action.ID))
	})
	hours := busiest(in.Measured)
	d.Slots = slots(in, hours)
	j := judge{
		in: in, index: newIndex(in.Measured), whole: byAction(in.Measured.Whole), hours: hours, slots: d.Slots,
	}
	j.thresholds = j.index.thresholds()
	d.Findings = append(d.Findings, missingColumns(in.Measured)...)
	for _, s := range subjects {
		judged, findings := j.one(s)
		d.Actions = append(d.Actions, judged)
		d.Findings = append(d.Findings, findings...)
	}
	return d
}

// judge holds what the judgements of one run share.
type judge struct {
	in         Input
	index      *index
	thresholds []int64
	whole      map[string]*dataaction.Measurement
	hours      busyHour
	slots      Slots
}

func byAction(rows []dataaction.Measurement) map[string]*dataaction.Measurement {
	out := make(map[string]*dataaction.Measurement, len(rows))
	for i := range rows {
		out[rows[i].ActionID] = &rows[i]
	}
	return out
}

// one judges one action.
func (x *judge) one(s Subject) (Judgement, []plan.Finding) {
	limit := int64(0)
	if s.LimitMS != nil {
		limit = *s.LimitMS
	}
	t := x.index.tallied(s.Action.ID, limit)
	j := Judgement{
		Action: s.Action, LimitMS: s.LimitMS, CeilingMS: s.CeilingMS, Sources: s.Sources,
		Calls: t.calls, FailedAtOnce: t.atOnce, ErrorTypes: t.errorTypes(), Steps: stepsBelow(s),
	}
	if j.Sources == nil {
		j.Sources = []dataaction.Source{}
	}
	x.columns(&j, t)
	x.decide(&j, t)
	x.hang(&j, t)
	return j, x.findings(s, &j, t)
}

// columns fills in percentiles and counts.
func (x *judge) columns(j *Judgement, t *tally) {
	if row := x.whole[j.Action.ID]; row != nil {
		j.P95MS, j.P99MS, j.MaxMS = known(row.P95MS), known(row.P99MS), known(row.MaxMS)
	}
	if len(x.thresholds) == 0 {
		return
	}
	j.Over = make(Counts, len(x.thresholds))
	for i, ms := range x.thresholds {
		j.Over[i] = Count{ms, t.over(ms)}
	}
	if j.LimitMS == nil || j.Calls < leastCalls || !x.index.has(nearLimit(*j.LimitMS)) {
		return
	}
	j.AtLimit = share(t.atLimit, j.Calls)
	j.P99Censored = 100*j.Over.at(nearLimit(*j.LimitMS)) >= j.Calls
}

func known(ms int64) *int64 {
	if ms == dataaction.Unknown {
		return nil
	}
	return &ms
}

// share is k of n with its bounds.
func share(k, n int64) *plan.Share {
	low, high := bounds(k, n)
	return &plan.Share{Calls: k, Low: round(low, 6), High: round(high, 6)}
}

// at is the count of a threshold that was measured.
func (c Counts) at(ms int64) int64 {
	for _, n := range c {
		if n.MS == ms {
			return n.Calls
		}
	}
	return 0
}

// decide gives the action its code: the first that holds.
func (x *judge) decide(j *Judgement, t *tally) {
	switch {
	case t.seen == 0:
		j.Code = NotCalled
	case j.LimitMS == nil:
		j.Code = NoLimitSet
	case !x.asked(nearLimit(*j.LimitMS)):
		j.Code = NotJudged
	case j.Calls < leastCalls:
		j.Code = NoData
	case j.AtLimit == nil:
		j.Code = AtLimitUnmeasured
	default:
		x.weigh(j, t)
	}
}

// asked reports whether a threshold was sent, whether or not the answer counts by it.
func (x *judge) asked(ms int64) bool {
	_, ok := x.index.places[ms]
	return ok
}

// weigh judges an action with a limit, enough calls, and counts of those at the limit.
func (x *judge) weigh(j *Judgement, t *tally) {
	limit, k, n := *j.LimitMS, t.atLimit, j.Calls
	w := t.worst()
	j.BadDay, j.BadDayCalls = w.start, w.atLimit
	all, _ := bounds(k, n)
	without := all
	if x.in.Measured.Days {
		without, _ = bounds(k-w.atLimit, n-w.calls)
	}
	accept := x.in.Accept
	switch {
	case without > accept && x.gap(j, k):
		j.Code = GapBelowLimit
	case without > accept && limit >= j.CeilingMS:
		j.Code = AtMaximum
	case without > accept:
		j.Code, j.ProposedMS = TooShort, new(rung(float64(2*limit), j.CeilingMS))
	case all > accept:
		j.Code = OneBadDay
	case x.tooLong(j, t):
		j.Code = TooLong
	case n < provingCalls(accept):
		j.Code, j.MissingCalls = FewCalls, new(provingCalls(accept)-n)
	default:
		j.Code = Keep
	}
}

// gap reports whether hardly any call takes from 0.7 T to the limit although many run into it: calls hang, or are
// slower than can be seen from below the limit.
func (x *judge) gap(j *Judgement, k int64) bool {
	limit := *j.LimitMS
	from := int64(0)
	for _, c := range j.Over {
		if 10*c.MS <= 7*limit {
			from = c.MS
		}
	}
	if from == 0 {
		return false
	}
	j.GapFromMS, j.Gap = from, j.Over.at(from)-j.Over.at(nearLimit(limit))
	return k >= 20 && 4*j.Gap < k
}

// tooLong reports whether a clearly shorter limit would do, and proposes it.
func (x *judge) tooLong(j *Judgement, t *tally) bool {
	if t.atLimit > 0 || !x.in.Measured.Days || t.daysCalled() < leastDays {
		return false
	}
	for _, c := range j.Over {
		_, high := bounds(c.Calls, j.Calls)
		if high > x.in.Accept {
			continue
		}
		to, limit := rung(1.3*float64(c.MS), j.CeilingMS), *j.LimitMS
		if 100*to > 67*limit || limit-to < leastLoweringMS {
			return false
		}
		j.ProposedMS, j.ProvenMS, j.ProvenHigh = &to, c.MS, high
		return true
	}
	return false
}

func (t *tally) daysCalled() int {
	n := 0
	for _, d := range t.days {
		if d.calls > 0 {
			n++
		}
	}
	return n
}

// stepsBelow are the distinct step timeouts below the limit, ascending.
func stepsBelow(s Subject) []int64 {
	var out []int64
	for _, c := range s.Callers {
		if c.StepTimeoutMS != nil && *c.StepTimeoutMS > 0 && s.LimitMS != nil && *c.StepTimeoutMS < *s.LimitMS {
			out = append(out, *c.StepTimeoutMS)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Date is a day as findings and sentences name it.
func Date(day time.Time) string { return day.UTC().Format(time.DateOnly) }
