// Package export turns live state into manifests: all that is set now (export), what a manifest lacks (merge into
// files), and the timeouts from before an apply (undo manifests).
//
// It is not a command: it takes a session, returns text, and writes no file but the undo manifest.
package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/session"
)

// Options say what to export.
type Options struct {
	// Flows are names or ids of flows whose actions are listed under them, and nothing else. AllFlows lists the
	// actions of all flows under them, and then the others.
	Flows    []string
	AllFlows bool
	// Category, Integration (an id) and Name (a substring, case-insensitive) filter actions; empty matches all.
	Category, Integration, Name string
	// BuiltIn and IncludeUnset add actions that cannot be changed, or have no timeout, as comments.
	BuiltIn, IncludeUnset bool
}

// Manifest reads what is live and returns it as a manifest. What existing lists already is left out.
func Manifest(
	ctx context.Context, s *session.Session, o Options, existing dataaction.Desired,
) (manifest.Output, error) {
	scope := reconcile.Scope{AllFlows: o.AllFlows, Keep: o.keeps}
	for _, f := range o.Flows {
		scope.Flows = append(scope.Flows, flowSelector(f))
	}
	live, err := s.Inventory(ctx, scope)
	if err == nil {
		err = foundAll(scope.Flows, live.Flows)
	}
	if err != nil {
		return manifest.Output{}, err
	}
	out := exported(o, live, existing)
	if s.Settings.SaidEnvironment() != "" {
		out.Environment = s.Client.Environment()
	}
	return out, nil
}

// flowSelector selects by id if the text is one (the vendor's ids are UUIDs), and by name otherwise.
func flowSelector(text string) dataaction.FlowSelector {
	hex := strings.Trim(strings.ToLower(text), "0123456789abcdef-") == ""
	if hex && len(text) == 36 && strings.Count(text, "-") == 4 {
		return dataaction.FlowSelector{ID: text}
	}
	return dataaction.FlowSelector{Name: text}
}

func foundAll(selectors []dataaction.FlowSelector, flows []plan.LiveFlow) error {
	for _, s := range selectors {
		if !slices.ContainsFunc(flows, func(f plan.LiveFlow) bool { return s.Matches(f.Flow) }) {
			return session.UsageError{
				Err:  fmt.Errorf("--flow %q: no such flow", cmp.Or(s.Name, s.ID)),
				Hint: "names are exact; `genesys-timeouts export --all-flows` shows them all",
			}
		}
	}
	return nil
}

// keeps applies the filters.
func (o Options) keeps(a dataaction.Action) bool {
	return (o.BuiltIn || !a.BuiltIn()) && !a.CustomAuth() &&
		(o.Category == "" || o.Category == a.Category) &&
		(o.Integration == "" || o.Integration == a.IntegrationID) &&
		strings.Contains(strings.ToLower(a.Name), strings.ToLower(o.Name))
}

const exportedHeader = "The timeouts as they are set now; written by `genesys-timeouts export`."

// exported turns what is live into a manifest in a stable order: names, then ids, by bytes. What is there already is
// left out. Its API is the surface.
func exported(o Options, live plan.Live, there dataaction.Desired) manifest.Output {
	out := manifest.Output{API: there.API, Header: []string{exportedHeader}}
	flows := inOrder(live.Flows, func(a, b *plan.LiveFlow) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
	actions := inOrder(live.Actions, func(a, b *dataaction.Live) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	listed, already, head := map[string]bool{}, present(there), flowHeads(flows, o.Flows, there.Flows)
	unique := uniqueNames(actions)
	for _, f := range flows {
		inside := actionsOf(there.API, f, actions)
		if there.API == dataaction.Flows {
			unique = uniqueNames(inside)
		}
		group := head(f)
		for _, a := range inside {
			if o.keeps(a.Action) && !already(a) {
				listed[a.ID] = true
				group.Entries = appendEntry(group.Entries, there.API, o, a, unique(a))
			}
		}
		if len(group.Entries) > 0 {
			out.Flows = append(out.Flows, group)
		}
	}
	if there.API == dataaction.Flows || len(o.Flows) > 0 {
		return out
	}
	for _, a := range actions {
		if !listed[a.ID] && o.keeps(a.Action) && !already(a) {
			out.Actions = appendEntry(out.Actions, there.API, o, a, unique(a))
		}
	}
	return out
}

// flowHeads makes the heads of flows' groups: by name, with the type if another flow shares the name. A flow gets its
// id, with the name as a comment, if name and type are ambiguous, if it was asked for by id, or if the manifest has
// it by id.
func flowHeads(
	flows []*plan.LiveFlow, asked []string, there []dataaction.FlowEntry,
) func(*plan.LiveFlow) manifest.OutputFlow {
	byID, named, alike := map[string]bool{}, map[string]int{}, map[[2]string]int{}
	for _, id := range asked {
		byID[id] = true
	}
	for _, e := range there {
		byID[e.Flow.ID] = true
	}
	for _, f := range flows {
		named[f.Name]++
		alike[[2]string{f.Name, f.Type}]++
	}
	return func(f *plan.LiveFlow) manifest.OutputFlow {
		switch {
		case f.Name == "" || byID[f.ID] || alike[[2]string{f.Name, f.Type}] > 1:
			return manifest.OutputFlow{Selector: dataaction.FlowSelector{ID: f.ID}, Comment: f.Name}
		case named[f.Name] > 1:
			return manifest.OutputFlow{Selector: dataaction.FlowSelector{Name: f.Name, Type: strings.ToLower(f.Type)}}
		}
		return manifest.OutputFlow{Selector: dataaction.FlowSelector{Name: f.Name}}
	}
}

// actionsOf returns the actions that a flow owns or calls.
func actionsOf(api dataaction.API, f *plan.LiveFlow, actions []*dataaction.Live) []*dataaction.Live {
	refers := f.Refers()
	var out []*dataaction.Live
	for _, a := range actions {
		if api == dataaction.Flows && a.Flow != nil && a.Flow.ID == f.ID || api == dataaction.Integrations && refers[a.ID] {
			out = append(out, a)
		}
	}
	return out
}

// appendEntry adds an action's entry, as a comment if the timeout is unset or could not be written back.
func appendEntry(
	entries []manifest.OutputEntry, api dataaction.API, o Options, a *dataaction.Live, unique bool,
) []manifest.OutputEntry {
	e := manifest.OutputEntry{Selector: dataaction.Selector{Name: a.Name}, Timeout: a.Timeout}
	if !unique || strings.TrimSpace(a.Name) == "" {
		e.Selector, e.Comment = dataaction.Selector{ID: a.ID}, a.Name
	}
	switch problem := unwritable(api, a); {
	case problem != "":
		e.Timeout, e.Why = nil, problem
	case a.Timeout == nil && !o.IncludeUnset:
		return entries
	}
	return append(entries, e)
}

// unwritable says why a plan on the action's live timeout would have errors, or nothing.
func unwritable(api dataaction.API, a *dataaction.Live) string {
	switch {
	case a.BuiltIn():
		return "built in: it cannot be changed"
	case a.Unsupported != "":
		return a.Unsupported
	case a.Timeout != nil && a.Limits(api).Check(*a.Timeout) != "":
		timeout := dataaction.Text(a.Timeout.Round(time.Millisecond))
		return fmt.Sprintf("set to %s, which is outside %s", timeout, a.Limits(api))
	}
	return ""
}

// uniqueNames tells which names one action alone has, among all that a manifest's `name:` is looked up in.
func uniqueNames(actions []*dataaction.Live) func(*dataaction.Live) bool {
	count := map[string]int{}
	for _, a := range actions {
		count[a.Name]++
	}
	return func(a *dataaction.Live) bool { return count[a.Name] == 1 }
}

// inOrder returns pointers to a list's elements, sorted.
func inOrder[T any](list []T, compare func(a, b *T) int) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	slices.SortFunc(out, compare)
	return out
}
