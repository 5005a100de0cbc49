package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
)

// adviceOrder is what a reader has to act on first.
var adviceOrder = []advice.Code{
	advice.TooShort, advice.GapBelowLimit, advice.AtMaximum, advice.OneBadDay, advice.TooLong, advice.FewCalls,
	advice.AtLimitUnmeasured, advice.NotJudged, advice.NoLimitSet, advice.NoData, advice.NotCalled, advice.Keep,
}

// adviceTitles name the codes in headings and counts.
var adviceTitles = map[advice.Code]string{
	advice.TooShort: "too short", advice.GapBelowLimit: "calls hang", advice.AtMaximum: "at the maximum",
	advice.OneBadDay: "one bad day", advice.TooLong: "too long", advice.FewCalls: "few calls",
	advice.AtLimitUnmeasured: "not measured", advice.NotJudged: "not judged", advice.NoLimitSet: "no timeout set",
	advice.NoData: "too few calls to say", advice.NotCalled: "not called", advice.Keep: "keep",
}

// adviceCounts name the codes behind a number, where the title does not.
var adviceCounts = map[advice.Code]string{
	advice.GapBelowLimit: "hanging", advice.OneBadDay: "with one bad day", advice.FewCalls: "with few calls",
	advice.NoLimitSet: "without timeout", advice.NoData: "with under 30 calls", advice.Keep: "to keep",
}

// sortedAdvice are the judgements by what to act on; among equals those with most calls at the limit, then most
// calls.
func sortedAdvice(d advice.Document) []advice.Judgement {
	rank := map[advice.Code]int{}
	for i, code := range adviceOrder {
		rank[code] = i
	}
	out := slices.Clone(d.Actions)
	slices.SortStableFunc(out, func(a, b advice.Judgement) int {
		return cmp.Or(cmp.Compare(rank[a.Code], rank[b.Code]), cmp.Compare(atLimit(b), atLimit(a)),
			cmp.Compare(b.Calls, a.Calls))
	})
	return out
}

func atLimit(j advice.Judgement) int64 {
	if j.AtLimit == nil {
		return 0
	}
	return j.AtLimit.Calls
}

// adviceWord is the judgement in two or three words.
func adviceWord(j advice.Judgement) string {
	switch {
	case j.Code == advice.TooShort && j.FillsSlots:
		return advice.Duration(*j.ProposedMS) + " fills slots"
	case j.Code == advice.TooShort:
		return "try " + advice.Duration(*j.ProposedMS)
	case j.Code == advice.TooLong:
		return "lower to " + advice.Duration(*j.ProposedMS)
	}
	return adviceTitles[j.Code]
}

// adviceSentence says what was measured and what follows from it, and claims nothing beyond.
func adviceSentence(j advice.Judgement, accept float64) string {
	limit := ""
	if j.LimitMS != nil {
		limit = advice.Duration(*j.LimitMS)
	}
	switch j.Code {
	case advice.NotCalled:
		return "Not called in this interval."
	case advice.NoLimitSet:
		return "No timeout is set, so the platform's default applies. Nothing is proposed." + longest(j)
	case advice.NotJudged:
		return "More distinct timeouts are in use than four requests can measure; this one was left out."
	case advice.NoData:
		return fmt.Sprintf("Only %s to judge by: nothing is said from fewer than 30.", calls(j.Calls))
	case advice.AtLimitUnmeasured:
		return "The answer holds no counts by duration, so it is unknown how many calls ran into " + limit + "."
	case advice.Keep:
		return fmt.Sprintf("%s %s. Keep it.", ranInto(j), limit)
	case advice.FewCalls:
		return fmt.Sprintf("%s %s. That proves at most %s; to prove %s it takes %s more.", ranInto(j), limit,
			advice.Percent(j.AtLimit.High), advice.Percent(accept), calls(*j.MissingCalls))
	case advice.TooLong:
		return fmt.Sprintf("No call of %s ran into %s; at most %s took %s or longer. With %s callers wait up to "+
			"%s less when the service hangs.", advice.Number(j.Calls), limit,
			advice.Percent(j.ProvenHigh), advice.Duration(j.ProvenMS),
			advice.Duration(*j.ProposedMS), advice.Duration(*j.LimitMS-*j.ProposedMS))
	case advice.OneBadDay:
		of := "All"
		if j.BadDayCalls < j.AtLimit.Calls {
			of = advice.Number(j.BadDayCalls) + " of"
		}
		return fmt.Sprintf("%s %s that ran into %s fell on %s; the other days do not show more than %s. Look at that day "+
			"before raising.", of, calls(j.AtLimit.Calls), limit, advice.Date(j.BadDay), advice.Percent(accept))
	case advice.GapBelowLimit:
		gap := "none"
		if j.Gap > 0 {
			gap = "only " + advice.Number(j.Gap)
		}
		return fmt.Sprintf("%s %s, yet %s took from %s to just below it. Calls hang, or are slower than can be seen from "+
			"here: look at the service, a longer timeout may only make callers wait.", ranInto(j), limit, gap,
			advice.Duration(j.GapFromMS))
	case advice.AtMaximum:
		return fmt.Sprintf("%s %s, and no longer timeout exists. Start the work, and let the answer come in by webhook.",
			ranInto(j), limit)
	case advice.TooShort:
		return tooShort(j, limit)
	}
	return ""
}

func tooShort(j advice.Judgement, limit string) string {
	s := fmt.Sprintf("%s %s. Try %s and measure again: a step, not an estimate.", ranInto(j), limit,
		advice.Duration(*j.ProposedMS))
	if j.RaiseSlots != nil {
		s += fmt.Sprintf(" It costs at most %s slots more in the busiest hour while the service is as it was.",
			advice.Decimal(math.Ceil(100**j.RaiseSlots)/100))
	}
	if j.FillsSlots {
		s += " When the service hangs it fills the slots, so --write leaves it alone."
	}
	return s
}

// ranInto is "1.3–1.6 % of 18,194 calls ran into"; the limit follows.
func ranInto(j advice.Judgement) string {
	if j.AtLimit.Calls == 0 {
		return "None of " + calls(j.Calls) + " ran into"
	}
	return fmt.Sprintf("%s of %s ran into", advice.Range(*j.AtLimit), calls(j.Calls))
}

func longest(j advice.Judgement) string {
	if j.MaxMS == nil {
		return ""
	}
	return " The longest call took " + seconds(*j.MaxMS) + "."
}

func calls(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return advice.Number(n) + " calls"
}

const noValue = "–"

// adviceNow is the live timeout.
func adviceNow(j advice.Judgement) string {
	if j.LimitMS == nil {
		return "unset"
	}
	return advice.Duration(*j.LimitMS)
}

// seconds is a measured duration to a tenth of a second, rounded down: a lower bound stays one.
func seconds(ms int64) string { return fmt.Sprintf("%.1fs", math.Floor(float64(ms)/100)/10) }

func measured(ms *int64) string {
	if ms == nil {
		return noValue
	}
	return seconds(*ms)
}

// adviceP99 is p99, or a lower bound where calls ended at the limit.
func adviceP99(j advice.Judgement) string {
	if !j.P99Censored {
		return measured(j.P99MS)
	}
	if j.P99MS == nil {
		return "≥" + seconds(*j.LimitMS*95/100)
	}
	return "≥" + seconds(*j.P99MS)
}

// adviceRan is "255, 1.3–1.6 %".
func adviceRan(j advice.Judgement) string {
	switch {
	case j.AtLimit == nil:
		return noValue
	case j.AtLimit.Calls == 0:
		return "0"
	}
	return advice.Number(j.AtLimit.Calls) + ", " + advice.Range(*j.AtLimit)
}

// adviceHang is "0.3 → 0.6": slots taken when the service hangs.
func adviceHang(j advice.Judgement) string {
	if j.HangSlots == nil || j.HangSlots.Now == nil {
		return noValue
	}
	s := advice.Decimal(*j.HangSlots.Now)
	if j.HangSlots.Proposed != nil {
		s += " → " + advice.Decimal(*j.HangSlots.Proposed)
	}
	return s
}

// adviceSlots says what is known of the organisation's slots.
func adviceSlots(s advice.Slots) string {
	limit := "limit unknown"
	if s.Limit != nil {
		limit = "limit " + advice.Number(*s.Limit)
		if s.Source == advice.FromFlag {
			limit += " (--slots)"
		}
	}
	if s.BusiestHour == nil {
		return "Slots in use: not known, " + limit + "."
	}
	inUse := "unknown"
	if s.InUse != nil {
		inUse = advice.Decimal(*s.InUse) + " on average"
	}
	return fmt.Sprintf("Slots in use in the busiest hour (%s): %s, %s.", hourText(*s.BusiestHour), inUse, limit)
}

func hourText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

const errorTypesNamed = 8

// adviceErrorTypes are the values of errorType with their calls, those with most calls first; empty where there are
// none.
func adviceErrorTypes(d advice.Document, set func(string) string) string {
	total := map[string]int64{}
	for _, j := range d.Actions {
		for value, n := range j.ErrorTypes {
			total[value] += n.Calls
		}
	}
	values := make([]string, 0, len(total))
	for value := range total {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	var parts []string
	for i, value := range values {
		if i == errorTypesNamed {
			parts = append(parts, fmt.Sprintf("%d more", len(values)-i))
			break
		}
		parts = append(parts, set(value)+" "+advice.Number(total[value]))
	}
	return strings.Join(parts, ", ")
}

// adviceSummary is "1 too short, 1 too long, 12 keep".
func adviceSummary(d advice.Document) string {
	n := map[advice.Code]int{}
	for _, j := range d.Actions {
		n[j.Code]++
	}
	var parts []string
	for _, code := range adviceOrder {
		if n[code] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[code], cmp.Or(adviceCounts[code], adviceTitles[code])))
		}
	}
	if len(parts) == 0 {
		return "no action to judge"
	}
	return strings.Join(parts, ", ")
}

// adviceWhere is "Acme EMEA, mypurecloud.ie".
func adviceWhere(d advice.Document, set func(string) string) string {
	if d.Organization == nil || d.Organization.Name == "" {
		return set(d.Environment)
	}
	return set(d.Organization.Name) + ", " + set(d.Environment)
}

// adviceInterval is "2026-11-18 to 2026-11-24" for whole days, the last included.
func adviceInterval(interval string) string {
	from, to, _ := strings.Cut(interval, "/")
	a, err1 := time.Parse(time.RFC3339, from)
	b, err2 := time.Parse(time.RFC3339, to)
	if err1 != nil || err2 != nil {
		return interval
	}
	day := func(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }
	if day(a) && day(b) {
		return a.Format(time.DateOnly) + " to " + b.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return hourText(a) + " to " + hourText(b)
}

// adviceContexts tells apart the actions of one name.
func adviceContexts(list []advice.Judgement) map[int]string {
	actions := make([]dataaction.Action, len(list))
	for i, j := range list {
		actions[i] = j.Action
	}
	return contexts(actions, make([][]dataaction.Flow, len(list)))
}
