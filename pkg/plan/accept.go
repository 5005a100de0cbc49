package plan

import (
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// accepts turns a warning that entries of the manifest accept into info, with the first one's reason.
func (b *builder) accepts(f *Finding) bool {
	for _, e := range b.about(*f) {
		for i := range e.Accept {
			a := &e.Accept[i]
			if a.Finding != f.Code || a.Step != "" && (f.Step == nil || f.Step.Name != a.Step) {
				continue
			}
			b.accepted[a] = true
			if !f.Accepted {
				f.Severity, f.Accepted, f.Reason = Info, true, a.Reason
			}
		}
	}
	return f.Accepted
}

// about are the entries that a warning concerns: those that name its action, unless they stand under another flow than
// the warning's, or those under its flow.
func (b *builder) about(f Finding) (entries []*dataaction.Entry) {
	if f.Action.ID == "" {
		if f.Flow.ID == "" {
			return nil
		}
		for _, r := range b.resolved {
			if r.Flow >= 0 && len(r.Entry.Accept) > 0 && b.runs(b.live.Flows[r.Flow].ID, f.Flow.ID) {
				entries = append(entries, r.Entry)
			}
		}
		return entries
	}
	w := b.wantedBy(f.Action.ID, f.Flow.ID)
	if w == nil {
		return nil
	}
	_, under := w.under[f.Flow.ID]
	for _, e := range w.entries {
		if f.Code == TimeoutLowered || f.Code == DraftExists || !under || e.Flow == nil || b.picks(*e.Flow, f.Flow.ID) {
			entries = append(entries, e)
		}
	}
	return entries
}

// runs reports whether a flow runs as part of another, or is it.
func (b *builder) runs(root, id string) bool {
	for _, at := range b.reach.of(root) {
		if b.live.Flows[at.flow].ID == id {
			return true
		}
	}
	return false
}

func (b *builder) picks(s dataaction.FlowSelector, id string) bool {
	i, ok := b.reach.byID[id]
	return ok && s.Matches(b.live.Flows[i].Flow)
}

// acceptUnused finds accepts that matched nothing, where all that they could match was judged.
func (b *builder) acceptUnused() {
	if !slices.ContainsFunc(b.desired.Entries, func(e dataaction.Entry) bool { return len(e.Accept) > 0 }) {
		return
	}
	planned := map[actionKey]bool{}
	for _, c := range b.changed {
		key := actionKey{id: c.Action.ID}
		if b.desired.API == dataaction.Flows {
			key.flow = flowID(c.Flows)
		}
		planned[key] = true
	}
	for _, r := range b.resolved {
		if len(r.Actions) != 1 {
			continue
		}
		live := &b.live.Actions[r.Actions[0]]
		if !planned[keyOf(live)] {
			continue
		}
		for i := range r.Entry.Accept {
			a := &r.Entry.Accept[i]
			if b.accepted[a] || !b.judged(a.Finding, r, live) {
				continue
			}
			f := Finding{Severity: Warning, Code: AcceptUnused, Action: live.Action, Source: sourceOf(*a, r.Entry)}
			if r.Flow >= 0 {
				f.Flow = b.live.Flows[r.Flow].Flow
			}
			what := "there is no warning " + a.Finding
			if a.Step != "" {
				what = fmt.Sprintf("there is no warning %s for step %q", a.Finding, a.Step)
			}
			f.Message = fmt.Sprintf("%s about action %q: remove the `accept`", what, live.Name)
			b.find(f)
		}
	}
}

// judged reports whether the plan knows that a warning does not apply to an entry.
func (b *builder) judged(code string, r Resolution, live *dataaction.Live) bool {
	switch code {
	case StepOverridesTimeout:
		return b.callersKnown[live.ID] || b.desired.API == dataaction.Flows
	case ActionNotUsedByFlow:
		return r.Flow < 0 || b.reach.complete(b.live.Flows[r.Flow].ID)
	case DraftExists:
		return b.live.DraftsRefused == ""
	case TimeoutLowered:
		return !b.options.Drift
	case OverrideExpired:
		return b.options.Today != ""
	}
	return true
}

func sourceOf(a dataaction.Accept, e *dataaction.Entry) *dataaction.Source {
	if a.Source == (dataaction.Source{}) {
		a.Source = e.Source
	}
	return &a.Source
}
