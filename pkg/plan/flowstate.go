package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// flows finds the manifest's flow selectors that do not pick exactly one flow, each once.
func (b *builder) flows() {
	seen := map[dataaction.FlowSelector]bool{}
	for _, e := range b.desired.Flows {
		if seen[e.Flow] {
			continue
		}
		seen[e.Flow] = true
		source := e.Source
		f := Finding{Severity: Error, Source: &source, Flow: dataaction.Flow{
			ID: e.Flow.ID, Name: e.Flow.Name, Type: strings.ToLower(e.Flow.Type),
		}}
		switch found := b.index.flowsMatching(e.Flow); len(found) {
		case 1:
		case 0:
			f.Code, f.Message = FlowNotFound, b.flowNotFound(e.Flow)
			b.find(f)
		default:
			var list []string
			for _, i := range found {
				list = append(list, fmt.Sprintf("%s (type %s)", b.live.Flows[i].ID, b.live.Flows[i].Type))
			}
			slices.Sort(list)
			f.Code = FlowAmbiguous
			f.Message = fmt.Sprintf("%d flows are named %q: %s; add `type:`, or use `id:`",
				len(found), e.Flow.Name, strings.Join(list, ", "))
			b.find(f)
		}
	}
}

// flowStates finds the flows that are not as callers meet them, or could not be read: those of the manifest, those
// that the dependency index named, and the modules and bots that they call.
func (b *builder) flowStates() {
	if b.desired.API != dataaction.Integrations {
		return
	}
	said := map[string]bool{}
	for _, id := range b.looked() {
		var source *dataaction.Source
		if s, ok := b.listed[id]; ok {
			source = &s
		}
		for _, at := range b.reach.of(id) {
			f := b.live.Flows[at.flow]
			if f.Unreadable != "" {
				b.unreadable(id, at, source)
			} else if !said[f.ID] {
				said[f.ID] = true
				b.flowState(f, source)
			}
		}
	}
}

// looked are the ids of the flows whose callers or steps matter: the manifest's first, then the index's.
func (b *builder) looked() []string {
	ids := slices.Sorted(maps.Keys(b.listed))
	named := map[string]bool{}
	for _, c := range b.live.Consumers {
		for _, f := range c.Flows {
			if _, listed := b.listed[f.ID]; !listed {
				named[f.ID] = true
			}
		}
	}
	return append(ids, slices.Sorted(maps.Keys(named))...)
}

func (b *builder) unreadable(id string, at reached, source *dataaction.Source) {
	root, f := b.live.Flows[b.reach.byID[id]].Flow, b.live.Flows[at.flow]
	what := fmt.Sprintf("%s (%s) exists, but its published configuration could not be read", b.flowName(root), root.ID)
	if len(at.via) > 0 {
		what = fmt.Sprintf("%s runs %s (%s), whose published configuration could not be read", b.flowName(root),
			b.flowName(f.Flow), f.ID)
	}
	b.find(Finding{Severity: Warning, Code: FlowUnreadable, Flow: root, Source: source,
		Message: what + ": " + f.Unreadable + "; what its callers meet is unknown"})
}

func (b *builder) flowState(f LiveFlow, source *dataaction.Source) {
	say := func(severity Severity, code, message string) {
		b.find(Finding{Severity: severity, Code: code, Flow: f.Flow, Source: source,
			Message: b.flowName(f.Flow) + " " + message})
	}
	if f.Inactive {
		say(Info, FlowInactive, "is inactive; its published version is read all the same")
	}
	switch {
	case f.Published == "" && f.Calls == nil:
		say(Warning, FlowNotPublished, "was never published: no caller meets it, and its steps are not judged")
	case f.Saved != "" && f.Published != "" && f.Saved != f.Published:
		say(Info, FlowUnpublishedChanges,
			fmt.Sprintf("has changes that are not live: version %s is saved, callers meet version %s",
				f.Saved, f.Published))
	}
}

// unmanaged finds the actions that the manifest's flows call and no entry lists. Built-in and custom authentication
// actions are left out, since no entry could list them. A plan for selected entries does not know the others.
func (b *builder) unmanaged() {
	if b.options.Selected != nil || len(b.listed) == 0 {
		return
	}
	managed := map[string]bool{}
	for _, r := range b.resolved {
		managed[r.Entry.Action.ID] = true
		for _, i := range r.Actions {
			managed[b.live.Actions[i].ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.listed)) {
		said := map[string]bool{}
		for _, at := range b.reach.of(id) {
			for _, a := range b.live.Flows[at.flow].actions() {
				if a.ID == "" || managed[a.ID] || said[a.ID] || a.BuiltIn() || a.CustomAuth() {
					continue
				}
				said[a.ID] = true
				b.findUnmanaged(id, at, a)
			}
		}
	}
}

func (b *builder) findUnmanaged(id string, at reached, a dataaction.Action) {
	root := b.live.Flows[b.reach.byID[id]].Flow
	if i := b.index.byID().of(a.ID); i >= 0 {
		a = b.live.Actions[i].Action
	}
	message := fmt.Sprintf("%s calls %q (%s)", b.flowName(root), a.Name, a.ID)
	if n := len(at.via); n > 0 {
		message += " through " + b.flowName(at.via[n-1])
	}
	message += ", which the manifest does not list"
	if b.live.Missing[a.ID] {
		message = strings.TrimSuffix(message, "the manifest does not list") +
			"does not exist any more: the step fails when it runs"
	}
	b.find(Finding{Severity: Info, Code: ActionUnmanaged, Flow: root, Action: a, Message: message})
}

// actions are those that the flow's configuration refers to, then those that only a step names.
func (f LiveFlow) actions() []dataaction.Action {
	if f.Calls == nil {
		return nil
	}
	out := slices.Clone(f.Calls.Actions)
	for _, s := range f.Calls.Steps {
		out = append(out, dataaction.Action{ID: s.ActionID, Name: s.ActionName})
	}
	return out
}

// flowName names a flow by what it is, with its type if another flow that is known has the same name.
func (b *builder) flowName(f dataaction.Flow) string {
	noun := map[string]string{"commonmodule": "common module", "bot": "bot flow", "digitalbot": "digital bot flow"}[f.Type]
	text := fmt.Sprintf("%s %q", cmp.Or(noun, "flow"), cmp.Or(f.Name, f.ID))
	if same := b.index.flowsBy[f.Name]; noun == "" && f.Type != "" && len(same) > 1 {
		text += " (" + f.Type + ")"
	}
	return text
}
