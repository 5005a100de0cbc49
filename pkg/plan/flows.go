package plan

import (
	"fmt"
	"strconv"

	"genesys-timeouts/pkg/dataaction"
)

// steps finds the Call Data Action steps of the manifest's flows whose own timeout keeps the wanted one from counting. A
// step that takes the suggested timeout, or waits at least as long as the action may take, is right and silent.
func (b *builder) steps() {
	after := map[string]Change{}
	for _, c := range b.changed {
		after[c.Action.ID] = c
	}
	for _, f := range b.live.Flows {
		if f.Calls == nil || !b.named[f.ID] {
			continue
		}
		for _, s := range f.Calls.Steps {
			c, managed := after[s.ActionID]
			if !managed || s.Suggested || s.Timeout == nil && s.Expression == "" || s.Timeout != nil && *s.Timeout >= c.After() {
				continue
			}
			step := &Step{Name: s.Name, TrackingID: s.TrackingID, TimeoutMS: milliseconds(s.Timeout), Expression: s.Expression, CallersMeetMS: milliseconds(s.Timeout)}
			meets := fmt.Sprintf("gives up after an expression's value (%s): what callers meet is decided when the flow runs, and may be less than %s", s.Expression, dataaction.Text(c.After()))
			if s.Timeout != nil {
				meets = fmt.Sprintf("gives up after %s: callers meet %s, not %s", dataaction.Text(*s.Timeout), dataaction.Text(*s.Timeout), dataaction.Text(c.After()))
			}
			b.find(Finding{Severity: Warning, Code: StepOverridesTimeout, Flow: f.Flow, Action: c.Action, Step: step, Source: b.sourceUnder(f.ID, c),
				Message: fmt.Sprintf("flow %q, step %s, which calls %q, %s; set the step to the suggested timeout in Architect", f.Name, stepName(s), c.Action.Name, meets)})
		}
	}
}

// stepName is a step's name, and its number in the flow where it has one.
func stepName(s dataaction.Step) string {
	if s.TrackingID == 0 {
		return strconv.Quote(s.Name)
	}
	return fmt.Sprintf("%q (tracking id %d)", s.Name, s.TrackingID)
}

// sourceUnder is the entry that names the change's action under that flow, or else its first entry.
func (b *builder) sourceUnder(flow string, c Change) *dataaction.Source {
	w := b.wanted[actionKey{id: c.Action.ID}]
	if e, ok := w.under[flow]; ok {
		return &e.Source
	}
	return &c.Sources[0]
}

// unmanaged finds the actions that the manifest's flows call and no entry lists. Built-in and custom authentication
// actions are left out: no entry could list them.
func (b *builder) unmanaged(resolved []Resolution) {
	listed := map[string]bool{}
	for _, r := range resolved {
		if r.Entry.Action.ID != "" {
			listed[r.Entry.Action.ID] = true
		}
		for _, i := range r.Actions {
			listed[b.live.Actions[i].ID] = true
		}
	}
	known := map[string]dataaction.Action{}
	for _, a := range b.live.Actions {
		known[a.ID] = a.Action
	}
	for _, f := range b.live.Flows {
		if f.Calls == nil || !b.named[f.ID] {
			continue
		}
		said := map[string]bool{}
		say := func(a dataaction.Action) {
			if a.ID == "" || listed[a.ID] || said[a.ID] || a.BuiltIn() || a.CustomAuth() {
				return
			}
			said[a.ID] = true
			if k, ok := known[a.ID]; ok {
				a = k
			}
			b.find(Finding{Severity: Info, Code: ActionUnmanaged, Flow: f.Flow, Action: a,
				Message: fmt.Sprintf("flow %q calls %q (%s), which the manifest does not list", f.Name, a.Name, a.ID)})
		}
		for _, a := range f.Calls.Actions {
			say(a)
		}
		for _, s := range f.Calls.Steps {
			say(dataaction.Action{ID: s.ActionID, Name: s.ActionName})
		}
	}
}
