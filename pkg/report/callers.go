package report

import (
	"cmp"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

const (
	notChecked       = "not checked"
	noCallersOnFlows = "surface flows does not say which steps call an action"
)

// meets is the column "Callers meet" of a change: the plan's callers in words.
type meets struct {
	value string
	// flows are those whose callers meet the value, each once; none where the value is not about flows.
	flows []dataaction.Flow
	// step is the step that keeps the timeout from counting; nil where none does. more counts the others.
	step *plan.Caller
	more int
	// partial is true where other callers are not known, index where the dependency index named them.
	partial, index bool
	// why is the reason for "not checked".
	why string
}

// defeated reports whether a step keeps the timeout from counting.
func (m meets) defeated() bool { return m.step != nil }

// text is the cell, with names set by set: "5s in Inbound Support".
func (m meets) text(set func(string) string) string {
	s := m.value
	switch len(m.flows) {
	case 0:
	case 1:
		s += " in " + set(flowName(m.flows[0]))
	default:
		s += fmt.Sprintf(" in %d flows", len(m.flows))
	}
	if m.partial {
		s += ", others " + notChecked
	}
	return s
}

// callersView reads the callers of a document's changes.
type callersView struct {
	api     dataaction.API
	unknown map[string][]plan.Finding // by action and by flow, "" for those about neither
}

func viewCallers(d plan.Document) callersView {
	v := callersView{d.API, map[string][]plan.Finding{}}
	for _, f := range d.Findings {
		switch {
		case f.Unasked():
			v.unknown[actionKey(f.Action)] = append(v.unknown[actionKey(f.Action)], f)
		case f.Code == plan.FlowNotPublished, f.Code == plan.FlowUnreadable:
			v.unknown[flowKey(f.Flow)] = append(v.unknown[flowKey(f.Flow)], f)
		}
	}
	return v
}

// of is what the callers of a change meet.
func (v callersView) of(c plan.Change) meets {
	if v.api == dataaction.Flows || len(c.Callers) == 0 {
		return meets{value: notChecked, why: v.reason(c)}
	}
	m := meets{index: c.CallersChecked == plan.CheckedIndex}
	var computed, least *plan.Caller
	for i := range c.Callers {
		x := &c.Callers[i]
		switch {
		case x.Expression != "":
			m.more++
			computed = cmp.Or(computed, x)
		case x.StepTimeoutMS != nil && *x.StepTimeoutMS < c.AfterMS:
			m.more++
			if least == nil || *x.StepTimeoutMS < *least.StepTimeoutMS {
				least = x
			}
		}
	}
	m.more = max(0, m.more-1)
	switch {
	case least != nil:
		m.step, m.value = least, dataaction.Text(milliseconds(*least.StepTimeoutMS))
		m.flows = flowsWhere(c.Callers, func(x plan.Caller) bool {
			return x.StepTimeoutMS != nil && *x.StepTimeoutMS == *least.StepTimeoutMS
		})
		if c.CallersMeetMS == nil { // an expression, or callers that could not be read, may be shorter still
			m.value = "at most " + m.value
		}
	case computed != nil:
		m.step, m.value = computed, "decided in the flow"
	default:
		m.value, m.partial = dataaction.Text(c.After()), c.CallersMeetMS == nil
		m.flows = flowsWhere(c.Callers, func(plan.Caller) bool { return true })
	}
	return m
}

func flowsWhere(callers []plan.Caller, keep func(plan.Caller) bool) []dataaction.Flow {
	var flows []dataaction.Flow
	for _, x := range callers {
		same := func(f dataaction.Flow) bool { return flowKey(f) == flowKey(x.Flow) }
		if keep(x) && !slices.ContainsFunc(flows, same) {
			flows = append(flows, x.Flow)
		}
	}
	return flows
}

// reason is why the callers of a change are not known.
func (v callersView) reason(c plan.Change) string {
	if v.api == dataaction.Flows {
		return noCallersOnFlows
	}
	if found := v.unknown[actionKey(c.Action)]; len(found) > 0 {
		return found[0].Message
	}
	for _, f := range c.Flows {
		if found := v.unknown[flowKey(f)]; len(found) > 0 {
			what := "could not be read"
			if found[0].Code == plan.FlowNotPublished {
				what = "is not published"
			}
			return fmt.Sprintf("flow %q %s", flowName(f), what)
		}
	}
	switch c.CallersChecked {
	case plan.CheckedIndex:
		return "the dependency index names no published flow that could be read"
	case plan.CheckedListed:
		return "a listed flow refers to it, and no step that was read calls it"
	case plan.CheckedNo:
	}
	if found := v.unknown[""]; len(found) > 0 {
		return found[0].Message
	}
	return "called by no listed flow, and the dependency index was not asked (--callers all)"
}

// unchecked are the changes that share a reason for "not checked".
type unchecked struct {
	reason string
	// actions are named where the reason is not true of all.
	actions []string
}

// unchecked groups the changes at the given places by their reason, in the order of their first.
func (v callersView) unchecked(d plan.Document, places []int) []unchecked {
	if len(places) == 0 {
		return nil
	}
	var groups []unchecked
	at, context := map[string]int{}, changeContexts(d)
	for _, i := range places {
		m := v.of(d.Changes[i])
		if m.why == "" {
			continue
		}
		n, ok := at[m.why]
		if !ok {
			n = len(groups)
			at[m.why] = n
			groups = append(groups, unchecked{reason: m.why})
		}
		if v.api == dataaction.Flows {
			continue // true of every action
		}
		name := actionName(d.Changes[i].Action)
		if context[i] != "" {
			name += " · " + context[i]
		}
		groups[n].actions = append(groups[n].actions, name)
	}
	return groups
}

// actionKey tells actions apart; empty for none.
func actionKey(a dataaction.Action) string {
	switch {
	case a.ID != "":
		return "action id " + a.ID
	case a.Name != "":
		return "action name " + a.Name
	}
	return ""
}

func flowKey(f dataaction.Flow) string {
	switch {
	case f.ID != "":
		return "flow id " + f.ID
	case f.Name != "":
		return "flow name " + f.Name
	}
	return ""
}
