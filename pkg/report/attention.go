package report

import (
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// muchLonger is the factor from which a raise needs a reviewer's eyes.
const muchLonger = 5

// findingsView sorts a document's findings by what a reader does about them. Each finding stands in one list.
type findingsView struct {
	errors []plan.Finding
	// isError has the codes of the errors with their action's key.
	isError map[[2]string]bool
	// changing are warnings about an action that changes, by the change's place; run are those about no entry, among them
	// flows that may call what changes.
	changing map[int][]plan.Finding
	run      []plan.Finding
	// unchanged are warnings about entries that do not change.
	unchanged []plan.Finding
	// notes about changes come first, as the plan has them; accepted are the warnings that the manifest accepts.
	notes, otherNotes, accepted []plan.Finding
}

// viewFindings sorts findings. What explains "not checked" is left out: it is said with the callers.
func viewFindings(d plan.Document, said []unchecked) findingsView {
	v := findingsView{changing: map[int][]plan.Finding{}, isError: map[[2]string]bool{}}
	if len(d.Findings) == 0 {
		return v
	}
	places := changePlaces(d)
	explained := map[string]bool{}
	for _, u := range said {
		explained[u.reason] = true
	}
	for _, f := range d.Findings {
		at, changing := places.of(f)
		entry := actionKey(f.Action) != "" || flowKey(f.Flow) != "" && !places.indexed(f)
		switch {
		case f.Accepted:
			v.accepted = append(v.accepted, f)
		case f.Severity == plan.Error:
			v.errors = append(v.errors, f)
			v.isError[[2]string{f.Code, actionKey(f.Action)}] = true
		case f.Code == plan.CallersUnknown && explained[f.Message]:
		case f.Severity == plan.Warning && changing:
			v.changing[at] = append(v.changing[at], f)
		case f.Severity == plan.Warning && !entry:
			v.run = append(v.run, f)
		case f.Severity == plan.Warning:
			v.unchanged = append(v.unchanged, f)
		case changing || !entry:
			v.notes = append(v.notes, f)
		default:
			v.otherNotes = append(v.otherNotes, f)
		}
	}
	return v
}

// allChanging are the warnings about changes, in the order of the changes.
func (v findingsView) allChanging(places []int) []plan.Finding {
	var all []plan.Finding
	for _, i := range places {
		all = append(all, v.changing[i]...)
	}
	return all
}

// placesOf finds the change that a finding is about.
type placesOf struct {
	api    dataaction.API
	action map[string]int // on surface flows with the flow's key before
	flow   map[string]int
	// asked is true where the dependency index was asked about a change; still are the flows that call what stays.
	asked bool
	still map[string]bool
}

func changePlaces(d plan.Document) placesOf {
	p := placesOf{api: d.API, action: map[string]int{}, flow: map[string]int{}, still: map[string]bool{}}
	put := func(m map[string]int, key string, i int) {
		if _, ok := m[key]; !ok && key != "" {
			m[key] = i
		}
	}
	for i, c := range d.Changes {
		if c.Change == plan.None {
			for _, f := range callingFlows(c) {
				p.still[flowKey(f)] = true
			}
			continue
		}
		p.asked = p.asked || c.CallersChecked == plan.CheckedIndex
		owner := ""
		if d.API == dataaction.Flows && len(c.Flows) > 0 {
			owner = flowKey(c.Flows[0])
		}
		put(p.action, owner+actionKey(c.Action), i)
		for _, f := range slices.Concat(c.Flows, callingFlows(c)) {
			put(p.flow, flowKey(f), i)
		}
	}
	return p
}

// callingFlows are the flows of a change's callers, with the modules and bots in between.
func callingFlows(c plan.Change) []dataaction.Flow {
	var flows []dataaction.Flow
	for _, x := range c.Callers {
		flows = append(append(flows, x.Flow), x.Via...)
	}
	return flows
}

// indexed reports whether a finding is about a flow that no entry names: it was read because the dependency index names
// it for a change. Which change is not known; a flow that calls what stays was read for that.
func (p placesOf) indexed(f plan.Finding) bool {
	return p.asked && f.Source == nil && actionKey(f.Action) == "" && !p.still[flowKey(f.Flow)]
}

func (p placesOf) of(f plan.Finding) (int, bool) {
	key := actionKey(f.Action)
	if key == "" {
		at, ok := p.flow[flowKey(f.Flow)]
		return at, ok
	}
	if p.api == dataaction.Flows {
		key = flowKey(f.Flow) + key
	}
	at, ok := p.action[key]
	return at, ok
}

// codes are findings of one code.
type codes struct {
	code  string
	found []plan.Finding
}

// byCode groups findings by code, in the order of each code's first.
func byCode(findings []plan.Finding) []codes {
	var groups []codes
	for _, f := range findings {
		at := slices.IndexFunc(groups, func(g codes) bool { return g.code == f.Code })
		if at < 0 {
			groups = append(groups, codes{code: f.Code})
			at = len(groups) - 1
		}
		groups[at].found = append(groups[at].found, f)
	}
	return groups
}

// factor is how many times as long the timeout becomes, rounded down; 0 where none was set.
func factor(c plan.Change) int64 {
	if c.BeforeMS == nil || *c.BeforeMS <= 0 {
		return 0
	}
	return c.AfterMS / *c.BeforeMS
}

// risk ranks what a reviewer should look at, the greatest first; 0 for a change without a catch.
func risk(c plan.Change, m meets, warnings []plan.Finding) int {
	switch {
	case c.Lowered():
		return 4
	case m.defeated():
		return 3
	case factor(c) >= muchLonger:
		return 2
	case len(warnings) > 0:
		return 1
	}
	return 0
}

// catches says in Markdown what is to be known about a change, each thing once.
func (v findingsView) catches(c plan.Change, m meets, warnings []plan.Finding) []string {
	var said []string
	isError := func(code string) bool { return v.isError[[2]string{code, actionKey(c.Action)}] }
	if c.Lowered() && !isError(plan.TimeoutLowered) {
		said = append(said, fmt.Sprintf("lowered: calls that take %s to %s work today and will fail",
			dataaction.Text(c.After()), dataaction.Text(*c.Before())))
	}
	if m.defeated() && !isError(plan.StepOverridesTimeout) {
		said = append(said, defeat(c, m))
	}
	if n := factor(c); n >= muchLonger {
		s := fmt.Sprintf("%d times as long", n)
		if !m.defeated() && len(m.flows) > 0 {
			s += fmt.Sprintf(": callers in %s may wait up to %s instead of %s", flowNames(m.flows, span),
				dataaction.Text(c.After()), dataaction.Text(*c.Before()))
		}
		said = append(said, s)
	}
	for _, f := range warnings {
		switch f.Code {
		case plan.TimeoutLowered:
		case plan.StepOverridesTimeout:
			if !m.defeated() {
				said = append(said, warningMarkdown(f))
			}
		default:
			said = append(said, warningMarkdown(f))
		}
	}
	return said
}

func warningMarkdown(f plan.Finding) string { return prose(f.Message) + " (" + span(f.Code) + ")" }

// defeat says which step keeps a timeout from counting, and what follows from it.
func defeat(c plan.Change, m meets) string {
	x := m.step
	s := "step " + span(x.Step.Name)
	if n := len(x.Via); n > 0 {
		s += " of " + span(flowName(x.Via[n-1]))
	}
	switch {
	case x.Expression != "":
		s += " in " + span(flowName(x.Flow)) + " has an expression: its value decides when the flow runs"
	case c.BeforeMS != nil && *x.StepTimeoutMS <= *c.BeforeMS:
		s += " gives up after " + dataaction.Text(milliseconds(*x.StepTimeoutMS)) + ": callers gain nothing until it changes"
	default:
		s += fmt.Sprintf(" gives up after %s: callers meet that, not %s",
			dataaction.Text(milliseconds(*x.StepTimeoutMS)), dataaction.Text(c.After()))
	}
	if m.more == 1 {
		s += "; 1 more step has its own timeout"
	} else if m.more > 1 {
		s += fmt.Sprintf("; %d more steps have their own timeouts", m.more)
	}
	return s
}
