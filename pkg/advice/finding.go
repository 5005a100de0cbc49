package advice

import (
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// missingColumns notes what could not be measured, and what is not judged for it.
func missingColumns(m dataaction.Measured) []plan.Finding {
	var out []plan.Finding
	note := func(code, message string) {
		out = append(out, plan.Finding{Severity: plan.Info, Code: code, Message: message})
	}
	if !m.Days && len(m.Batches) > 0 {
		note(DaysUnknown, "too much data to count by day: no test for a single bad day, nothing is lowered, no slots, "+
			"and a limit that changed meanwhile goes unnoticed")
	}
	for _, part := range []struct {
		err  error
		what string
	}{
		{m.WholeErr, "no p95, p99 and longest call"}, {m.HoursErr, "no slots"}, {m.SlotsErr, "limit of slots unknown"},
	} {
		if part.err != nil {
			note(ColumnMissing, part.what+": "+part.err.Error())
		}
	}
	return out
}

// findings are what stands beside an action's code.
func (x *judge) findings(s Subject, j *Judgement, t *tally) []plan.Finding {
	var out []plan.Finding
	add := func(severity plan.Severity, code, message string) *plan.Finding {
		f := plan.Finding{Severity: severity, Code: code, Message: message, Action: s.Action}
		if len(s.Sources) > 0 {
			f.Source = &s.Sources[0]
		}
		out = append(out, f)
		return &out[len(out)-1]
	}
	if len(t.left) > 0 {
		add(plan.Info, LimitChanged, limitChanged(s, t))
	}
	if t.noOK && j.Calls >= leastCalls {
		add(plan.Info, NoOKGroup, fmt.Sprintf("data action %q: the answer marks no call as successful, so every call that "+
			"took as long as the limit counts as one that ran into it", name(s.Action)))
	}
	for _, ms := range j.Steps {
		if j.Calls < leastCalls || !x.index.has(ms) || j.Over.at(ms) == 0 {
			continue
		}
		severity := plan.Info
		if low, _ := bounds(j.Over.at(ms), j.Calls); low > x.in.Accept {
			severity = plan.Warning
		}
		caller, more := stepOf(s, ms)
		f := add(severity, StepCutsCalls, stepCuts(s, j, ms, caller, more))
		f.Flow = caller.Flow
		f.Step = &plan.Step{Name: caller.Step.Name, TrackingID: caller.Step.TrackingID, TimeoutMS: caller.StepTimeoutMS,
			CallersMeetMS: caller.MeetsMS}
	}
	if j.FillsSlots {
		add(plan.Warning, HangFillsSlots, x.hangFills(j))
	}
	return out
}

func limitChanged(s Subject, t *tally) string {
	days := make([]string, 0, len(t.left))
	for _, d := range t.left {
		days = append(days, fmt.Sprintf("%s (%s)", Date(d.start), Duration(d.maxMS)))
	}
	return fmt.Sprintf("data action %q: left out %s with calls longer than the limit of %s allows, so it was higher "+
		"then: %s", name(s.Action), plural(int64(len(days)), "day"), Duration(*s.LimitMS), strings.Join(days, ", "))
}

// stepOf is the first step with this timeout, and how many more have it.
func stepOf(s Subject, ms int64) (first plan.Caller, more int) {
	more = -1
	for _, c := range s.Callers {
		if c.StepTimeoutMS == nil || *c.StepTimeoutMS != ms {
			continue
		}
		if more++; more == 0 {
			first = c
		}
	}
	return first, more
}

func stepCuts(s Subject, j *Judgement, ms int64, caller plan.Caller, more int) string {
	others := ""
	if more > 0 {
		others = " and " + plural(int64(more), "more step")
	}
	return fmt.Sprintf("step %q of flow %q%s waits %s for data action %q: %s of %s calls from everywhere took "+
		"that long or longer (%s)", caller.Step.Name, caller.Flow.Name, others, Duration(ms), name(s.Action),
		Number(j.Over.at(ms)),
		Number(j.Calls), Percent(float64(j.Over.at(ms))/float64(j.Calls)))
}

func (x *judge) hangFills(j *Judgement) string {
	most, with := *j.HangSlots.Now, ""
	if j.HangSlots.Proposed != nil && *j.HangSlots.Proposed > most {
		most, with = *j.HangSlots.Proposed, " with "+Duration(*j.ProposedMS)
	}
	limit, kind := x.slots.Limit, "the"
	functions := x.slots.Functions
	if j.Action.Type == dataaction.TypeFunction && functions != nil && (limit == nil || *functions < *limit) {
		limit, kind = functions, "function data actions'"
	}
	return fmt.Sprintf("data action %q takes %s of %s %s slots%s when the service behind it hangs in the busiest "+
		"hour: other data actions then wait or fail", name(j.Action), Decimal(most), kind, Number(*limit), with)
}

func name(a dataaction.Action) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}
