package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// call is a step that runs as part of a flow, the root.
type call struct {
	root int
	at   reached
	step dataaction.Step
}

// callers fills in who calls each changed and unchanged action and what those callers meet, and finds the steps whose
// own timeout keeps the wanted one from counting.
func (b *builder) callers() {
	if b.desired.API != dataaction.Integrations {
		return
	}
	roots := b.listedRoots()
	listed := b.callsFrom(roots)
	known := listed
	if len(b.live.Consumers) > 0 {
		known = b.callsFrom(b.allRoots(roots))
	}
	referred := b.referred()
	for i := range b.changed {
		c := &b.changed[i]
		_, asked := b.live.Consumers[c.Action.ID]
		calls, complete := listed[c.Action.ID], !b.unread
		if asked {
			calls, complete = known[c.Action.ID], b.live.answered(c.Action.ID, b.reach)
		}
		c.Callers = b.callersOf(calls, c.AfterMS)
		switch {
		case asked:
			c.CallersChecked = CheckedIndex
		case referred[c.Action.ID]:
			c.CallersChecked = CheckedListed
		default:
			c.CallersChecked, complete = CheckedNo, false
		}
		if complete {
			c.CallersMeetMS = least(c.Callers)
			b.callersKnown[c.Action.ID] = true
		}
		for _, caller := range c.Callers {
			b.step(*c, caller)
		}
	}
}

// listedRoots are the positions of the manifest's flows, in a stable order.
func (b *builder) listedRoots() []int {
	var roots []int
	for _, id := range slices.Sorted(maps.Keys(b.listed)) {
		roots = append(roots, b.reach.byID[id])
	}
	return roots
}

// referred are the ids of the actions that a listed flow refers to or calls, itself or through modules and bots.
func (b *builder) referred() map[string]bool {
	ids := map[string]bool{}
	for id := range b.listed {
		maps.Copy(ids, b.reach.refers(id))
	}
	return ids
}

// allRoots adds to the listed flows all others that were read. A module or bot is a root only if no other flow that
// was read runs it: its steps must not be lost.
func (b *builder) allRoots(roots []int) []int {
	isRoot, runs := map[int]bool{}, map[int]bool{}
	out := slices.Clone(roots)
	add := func(i int) {
		if isRoot[i] {
			return
		}
		isRoot[i] = true
		out = append(out, i)
		for _, at := range b.reach.of(b.live.Flows[i].ID) {
			runs[at.flow] = true
		}
	}
	out = out[:0]
	for _, i := range roots {
		add(i)
	}
	var parts []int
	called := map[string]bool{}
	order := slices.SortedFunc(slices.Values(slices.Collect(maps.Values(b.reach.byID))), func(x, y int) int {
		return compareFlows(b.live.Flows[x].Flow, b.live.Flows[y].Flow)
	})
	for _, i := range order {
		switch f := b.live.Flows[i]; {
		case f.Calls == nil:
		case !isPart(f.Type):
			add(i)
		default:
			parts = append(parts, i)
			for _, c := range f.Calls.Flows {
				called[c.ID] = called[c.ID] || c.ID != f.ID
			}
		}
	}
	for _, inCircle := range []bool{false, true} {
		for _, i := range parts {
			if !runs[i] && called[b.live.Flows[i].ID] == inCircle {
				add(i)
			}
		}
	}
	return out
}

func (b *builder) callsFrom(roots []int) map[string][]call {
	calls := map[string][]call{}
	for _, root := range roots {
		for _, at := range b.reach.of(b.live.Flows[root].ID) {
			if read := b.live.Flows[at.flow].Calls; read != nil {
				for _, s := range read.Steps {
					calls[s.ActionID] = append(calls[s.ActionID], call{root, at, s})
				}
			}
		}
	}
	return calls
}

// callersOf turns calls into the plan's callers, in an order that does not depend on the server's.
func (b *builder) callersOf(calls []call, wantedMS int64) []Caller {
	out := make([]Caller, len(calls))
	for i, c := range calls {
		out[i] = Caller{
			Flow: b.live.Flows[c.root].Flow, FlowVersion: b.live.Flows[c.at.flow].Published,
			Via:  append([]dataaction.Flow{}, c.at.via...),
			Step: CallerStep{c.step.Name, c.step.TrackingID}, MeetsMS: &wantedMS,
		}
		switch {
		case c.step.Suggested:
		case c.step.Expression != "":
			out[i].Expression, out[i].MeetsMS = c.step.Expression, nil
		case c.step.Timeout != nil:
			ms := c.step.Timeout.Milliseconds()
			meets := min(ms, wantedMS)
			out[i].StepTimeoutMS, out[i].MeetsMS = &ms, &meets
		}
	}
	slices.SortStableFunc(out, compareCallers)
	return out
}

func compareCallers(x, y Caller) int {
	return cmp.Or(compareFlows(x.Flow, y.Flow), slices.CompareFunc(x.Via, y.Via, compareFlows),
		cmp.Compare(x.Step.TrackingID, y.Step.TrackingID), strings.Compare(x.Step.Name, y.Step.Name))
}

// least is what callers meet at least; nil if there are none, or one meets an expression.
func least(callers []Caller) *int64 {
	var out *int64
	for _, c := range callers {
		if c.MeetsMS == nil {
			return nil
		}
		if out == nil || *c.MeetsMS < *out {
			out = c.MeetsMS
		}
	}
	return out
}

// consumersOf are the flows that the dependency index names for a resource and for the modules and bots among them;
// whole reports whether it answered all of that in full.
func (l Live) consumersOf(id string) (flows []dataaction.Flow, whole bool) {
	whole = true
	seen := map[string]bool{}
	for ask := []string{id}; len(ask) > 0; ask = ask[1:] {
		c, ok := l.Consumers[ask[0]]
		whole = whole && ok && c.Partial == ""
		for _, f := range c.Flows {
			if seen[f.ID] {
				continue
			}
			seen[f.ID] = true
			flows = append(flows, f)
			if isPart(f.Type) {
				ask = append(ask, f.ID)
			}
		}
	}
	return flows, whole
}

// answered reports whether the dependency index named every flow that uses the resource, and all of them were read.
func (l Live) answered(id string, run *reach) bool {
	flows, whole := l.consumersOf(id)
	return whole && !slices.ContainsFunc(flows, func(f dataaction.Flow) bool { return !run.complete(f.ID) })
}

// step finds a step that gives up before the wanted timeout. One that takes the suggested timeout, or waits at least as
// long as the action may take, is fine.
func (b *builder) step(c Change, by Caller) {
	if by.MeetsMS != nil && *by.MeetsMS >= c.AfterMS {
		return
	}
	var meets string
	if by.MeetsMS == nil {
		meets = fmt.Sprintf("gives up after an expression's value (%s): what callers meet is decided when the flow runs, "+
			"and may be less than %s", by.Expression, dataaction.Text(c.After()))
	} else {
		own := textMS(*by.StepTimeoutMS)
		meets = fmt.Sprintf("gives up after %s: callers meet %s, not %s", own, own, dataaction.Text(c.After()))
	}
	path := []string{b.flowName(by.Flow)}
	for _, f := range by.Via {
		path = append(path, b.flowName(f))
	}
	where := strings.Join(path, ", through ")
	b.find(Finding{
		Severity: Warning, Code: StepOverridesTimeout, Flow: by.Flow, Action: c.Action, Source: b.sourceUnder(by.Flow.ID, c),
		Step: &Step{
			Name: by.Step.Name, TrackingID: by.Step.TrackingID, TimeoutMS: by.StepTimeoutMS, Expression: by.Expression,
			CallersMeetMS: by.MeetsMS,
		},
		Message: fmt.Sprintf("%s, step %s, which calls %q, %s; set the step to the suggested timeout in Architect",
			where, stepName(by.Step), c.Action.Name, meets),
	})
}

// stepName is a step's name, with its number in the flow if it has one.
func stepName(s CallerStep) string {
	if s.TrackingID == 0 {
		return strconv.Quote(s.Name)
	}
	return fmt.Sprintf("%q (tracking id %d)", s.Name, s.TrackingID)
}

// sourceUnder is the entry that names the change's action under that flow, or else its first entry.
func (b *builder) sourceUnder(flow string, c Change) *dataaction.Source {
	if e, ok := b.wantedBy(c.Action.ID, "").under[flow]; ok {
		return &e.Source
	}
	return &c.Sources[0]
}
