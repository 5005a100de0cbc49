package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// changes groups the resolved entries by action and turns each action into a change, or into the finding that says why
// it cannot be one. The plan's order is by name, id, and on surface flows the flow's id, by bytes.
func (b *builder) changes() {
	for _, r := range b.resolved {
		b.entry(r)
	}
	order := slices.DeleteFunc(slices.Clone(b.wanted), func(w *wanted) bool { return w == nil })
	slices.SortFunc(order, func(x, y *wanted) int {
		return cmp.Or(strings.Compare(x.live.Name, y.live.Name), strings.Compare(x.live.ID, y.live.ID),
			strings.Compare(keyOf(x.live).flow, keyOf(y.live).flow))
	})
	b.changed = make([]Change, 0, len(order))
	for _, w := range order {
		b.change(w)
	}
}

// entry adds one resolved entry to those that name its action, or records why it names none.
func (b *builder) entry(r Resolution) {
	source := &r.Entry.Source
	s := r.Entry.Action
	f := Finding{Severity: Error, Source: source, Action: dataaction.Action{
		ID: s.ID, Name: s.Name, Category: s.Category, IntegrationID: s.IntegrationID,
	}}
	if r.Flow >= 0 {
		f.Flow = b.live.Flows[r.Flow].Flow
	}
	switch {
	case r.FlowUnresolved:
		return
	case len(r.Actions) == 0 && b.desired.API == dataaction.Flows && b.live.Flows[r.Flow].Unreadable != "":
		f.Code = ActionUnreadable
		f.Message = fmt.Sprintf("the data actions of %s could not be read (%s): the entry is not compared",
			b.flowName(f.Flow), b.live.Flows[r.Flow].Unreadable)
		b.find(f)
		return
	case len(r.Actions) == 0:
		f.Code, f.Message = ActionNotFound, b.actionNotFound(r)
		b.find(f)
		return
	case len(r.Actions) > 1:
		f.Code, f.Message = ActionAmbiguous, b.ambiguous(r)
		b.find(f)
		return
	}
	live, w := &b.live.Actions[r.Actions[0]], b.wanted[r.Actions[0]]
	if w == nil {
		w = &wanted{live: live}
		b.wanted[r.Actions[0]] = w
	}
	w.entries = append(w.entries, r.Entry)
	if r.Flow >= 0 {
		w.flows = append(w.flows, f.Flow)
		if w.under == nil {
			w.under = map[string]*dataaction.Entry{}
		}
		if w.under[f.Flow.ID] == nil {
			w.under[f.Flow.ID] = r.Entry
		}
	}
	if r.Unused {
		b.find(Finding{Severity: Warning, Code: ActionNotUsedByFlow, Action: live.Action, Flow: f.Flow, Source: source,
			Message: fmt.Sprintf("%s does not call action %q in its published version; the timeout is managed all the same",
				b.flowName(f.Flow), live.Name)})
	}
}

// wantedBy is the action with an id, on surface flows under a flow, and nil where no entry names it.
func (b *builder) wantedBy(id, flow string) *wanted {
	if b.desired.API != dataaction.Flows {
		flow = ""
	}
	ids := b.index.byID()
	for i := ids.of(id); i >= 0; i = ids.next[i] {
		if keyOf(&b.live.Actions[i]).flow == flow {
			return b.wanted[i]
		}
	}
	return nil
}

func keyOf(a *dataaction.Live) actionKey {
	if a.Flow != nil {
		return actionKey{a.Flow.ID, a.ID}
	}
	return actionKey{id: a.ID}
}

func (b *builder) change(w *wanted) {
	first := w.entries[0]
	f := Finding{Severity: Error, Action: w.live.Action, Source: &first.Source}
	if len(w.flows) > 0 {
		f.Flow = w.flows[0]
	}
	if f.Code, f.Message = b.refuse(w); f.Code != "" {
		b.find(f)
		return
	}
	c := Change{
		Change: None, Action: w.live.Action, Flows: distinctFlows(w.flows), BeforeMS: milliseconds(w.live.Timeout),
		AfterMS: first.Timeout.Milliseconds(), Version: w.live.Version, Callers: []Caller{}, CallersChecked: CheckedNo,
	}
	if w.live.Timeout == nil || *w.live.Timeout != first.Timeout {
		c.Change = Update
	}
	for _, e := range w.entries {
		c.Sources = append(c.Sources, e.Source)
		c.Reason, c.Owner, c.Until = cmp.Or(c.Reason, e.Reason), cmp.Or(c.Owner, e.Owner), cmp.Or(c.Until, e.Until)
	}
	b.changed = append(b.changed, c)
	f.Severity = Warning
	if c.Lowered() && !b.options.Drift {
		f.Code = TimeoutLowered
		f.Message = fmt.Sprintf("timeout of %q is lowered from %s to %s: calls that take longer will now fail",
			w.live.Name, dataaction.Text(*c.Before()), dataaction.Text(c.After()))
		b.find(f)
	}
	if w.live.Draft {
		f.Code = DraftExists
		f.Message = fmt.Sprintf("function data action %q has an unpublished draft: publishing it would release that work, "+
			"so apply leaves the action alone, unless an earlier apply left exactly what it would publish; publish or "+
			"discard the draft first", w.live.Name)
		b.find(f)
	}
	b.expired(w)
}

// expired finds the entries whose `until` is past, once a date.
func (b *builder) expired(w *wanted) {
	said := map[string]bool{}
	for _, e := range w.entries {
		if e.Until == "" || b.options.Today == "" || e.Until >= b.options.Today || said[e.Until] {
			continue
		}
		said[e.Until] = true
		f := Finding{Severity: Warning, Code: OverrideExpired, Action: w.live.Action, Source: &e.Source, Message: fmt.Sprintf(
			"the timeout of %q was meant to end on %s: change or remove the entry, or set a later `until`; nothing is "+
				"reverted by itself", w.live.Name, e.Until)}
		if e.Flow != nil && len(w.flows) > 0 {
			f.Flow = w.flows[0]
		}
		b.find(f)
	}
}

// refuse says why an action cannot get the wanted timeout, or nothing.
func (b *builder) refuse(w *wanted) (code, message string) {
	first := w.entries[0]
	for _, e := range w.entries[1:] {
		if e.Timeout != first.Timeout {
			return TimeoutConflict, fmt.Sprintf("action %q (%s) is given two timeouts: %s at %s and %s at %s; keep one",
				w.live.Name, w.live.ID, dataaction.Text(first.Timeout), place(first.Source), dataaction.Text(e.Timeout),
				place(e.Source))
		}
	}
	switch {
	case w.live.BuiltIn():
		return ActionReadOnly, fmt.Sprintf("action %q is built in: it belongs to Genesys and cannot be changed; "+
			"make a custom copy of it", w.live.Name)
	case w.live.Unsupported != "":
		return TimeoutUnsupported, fmt.Sprintf("the timeout of action %q cannot be managed: %s", w.live.Name,
			w.live.Unsupported)
	case w.live.Unread != "":
		return ActionUnreadable, fmt.Sprintf("the timeout of action %q could not be read (%s): it is not compared",
			w.live.Name, w.live.Unread)
	case w.live.CustomAuth():
		return TimeoutUnsupported, fmt.Sprintf("the timeout of action %q cannot be managed: it is a custom authentication "+
			"action, for which the platform allows none", w.live.Name)
	}
	if problem := w.live.Limits(b.desired.API).Check(first.Timeout); problem != "" {
		kind := "action"
		if w.live.Type != dataaction.TypeAction {
			kind = w.live.Type + " action"
		}
		return TimeoutOutOfRange, fmt.Sprintf("%s %q: %s", kind, w.live.Name, problem)
	}
	return "", ""
}

func place(s dataaction.Source) string { return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Column) }

func distinctFlows(flows []dataaction.Flow) []dataaction.Flow {
	out := append([]dataaction.Flow{}, flows...)
	slices.SortStableFunc(out, compareFlows)
	return slices.Compact(out)
}

func compareFlows(a, b dataaction.Flow) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID), strings.Compare(a.Type, b.Type))
}

// milliseconds is for the JSON's optional fields.
func milliseconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	ms := d.Milliseconds()
	return &ms
}
