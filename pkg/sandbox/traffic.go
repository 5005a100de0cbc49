package sandbox

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// Traffic describes the calls of one data action in a week. Every week is the same: analytics repeat it for as long as
// an interval asks, so that queries for a week, a day and an hour agree whatever the date.
type Traffic struct {
	// Calls in a week, spread over its hours as a contact centre's day goes: the busiest is Monday, 10 to 11 UTC.
	Calls int
	// Median duration of a call, default 500 ms, and Spread, the standard deviation of its logarithm, default 0.4.
	Median time.Duration
	Spread float64
	// Limit ends longer calls with the errorType "timeout"; 0 means no limit.
	Limit time.Duration
	// EarlierLimit was the limit on EarlierDays.
	EarlierLimit time.Duration
	EarlierDays  []time.Weekday
	// Hang is the share of calls that never get an answer and end at the limit; Outage is that share on single days.
	Hang   float64
	Outage map[time.Weekday]float64
	// Refused is the share of calls that fail within 90 ms, with the errorType RefusedAs, default "rateLimit".
	Refused   float64
	RefusedAs string
	// Failed is the share of calls that fail after their usual time, with the errorType FailedAs, default "serviceError".
	Failed   float64
	FailedAs string
}

// SetTraffic sets the calls of an action, whose id need not exist: analytics keep the calls of deleted actions. Where
// Calls is 0 the action was never called, which is the default for an action that AddAction adds.
func (s *Server) SetTraffic(actionID string, t Traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.set(actionID, t)
}

// Outcomes of a call: the errorType it is counted under.
const (
	callOK = iota
	callTimeout
	callRefused
	callFailed
	outcomes
)

// call is one call: its hour of the week (0 is Sunday, 0 to 1 UTC) and its duration.
type call struct {
	hour uint8
	ms   int32
}

// week is one action's calls by outcome, each sorted by duration.
type week [outcomes][]call

// trafficTable holds the traffic of actions in the order in which it was set, and the weeks made from it.
type trafficTable struct {
	ids   []string
	byID  map[string]Traffic
	weeks map[string]*week
}

func (tt *trafficTable) set(id string, t Traffic) {
	if tt.byID == nil {
		tt.byID, tt.weeks = map[string]Traffic{}, map[string]*week{}
	}
	if _, known := tt.byID[id]; !known {
		tt.ids = append(tt.ids, id)
	}
	tt.byID[id] = t
	delete(tt.weeks, id)
}

// week makes an action's calls when they are first needed. The same id and traffic give the same calls.
func (tt *trafficTable) week(id string) *week {
	w := tt.weeks[id]
	if w == nil {
		w = tt.byID[id].calls(id)
		tt.weeks[id] = w
	}
	return w
}

// errorType is what analytics call an outcome; "" for a call that succeeded.
func (t Traffic) errorType(outcome int) string {
	switch outcome {
	case callTimeout:
		return "timeout"
	case callRefused:
		return cmp.Or(t.RefusedAs, "rateLimit")
	case callFailed:
		return cmp.Or(t.FailedAs, "serviceError")
	}
	return ""
}

func (t Traffic) calls(id string) *week {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	rnd := rand.New(rand.NewPCG(h.Sum64(), 2026))
	var w week
	for range t.Calls {
		outcome, c := t.call(rnd)
		w[outcome] = append(w[outcome], c)
	}
	for _, calls := range w {
		sortCalls(calls)
	}
	return &w
}

func sortCalls(calls []call) {
	slices.SortFunc(calls, func(a, b call) int { return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.hour, b.hour)) })
}

// overrun is how long after its limit a call ends at most, in milliseconds.
const overrun = 80

func (t Traffic) call(rnd *rand.Rand) (int, call) {
	hour := hourOfWeek(rnd.Float64())
	day := time.Weekday(hour / 24)
	luck := rnd.Float64()
	median := float64(cmp.Or(t.Median, 500*time.Millisecond).Milliseconds())
	ms := median * math.Exp(rnd.NormFloat64()*cmp.Or(t.Spread, 0.4))
	limit := float64(t.Limit.Milliseconds())
	if slices.Contains(t.EarlierDays, day) {
		limit = float64(t.EarlierLimit.Milliseconds())
	}
	hang := t.Hang
	if outage, down := t.Outage[day]; down {
		hang = outage
	}
	outcome := callOK
	switch {
	case luck < t.Refused:
		outcome, ms = callRefused, 20+70*rnd.Float64()
	case limit > 0 && (ms >= limit || luck < t.Refused+hang):
		outcome, ms = callTimeout, limit+overrun*rnd.Float64()
	case luck > 1-t.Failed:
		outcome = callFailed
	}
	return outcome, call{hour: uint8(hour), ms: int32(max(1, ms))} //nolint:gosec // hour is below 168
}

// Shares of the days (from Sunday) and of a day's hours (UTC) in a week's calls.
var (
	dayShares  = [7]float64{20, 125, 110, 105, 100, 95, 45}
	hourShares = [24]float64{
		0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 6, 9, 10, 9.5, 8, 8.5, 9, 8.5, 8, 7, 5, 3.5, 2.5, 1.5, 0.8, 0.4,
	}
	hoursUpTo = sumHours()
)

// sumHours adds up the shares of the week's hours, scaled to 1.
func sumHours() [168]float64 {
	var up [168]float64
	total := 0.0
	for h := range up {
		total += dayShares[h/24] * hourShares[h%24]
		up[h] = total
	}
	for h := range up {
		up[h] /= total
	}
	return up
}

// hourOfWeek is the hour that a number from 0 to 1 falls into.
func hourOfWeek(at float64) int { return min(167, sort.SearchFloat64s(hoursUpTo[:], at)) }
