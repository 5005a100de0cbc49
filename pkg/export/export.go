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
	Filter
	// BuiltIn and IncludeUnset add actions that cannot be changed, or have no timeout, as comments.
	BuiltIn, IncludeUnset bool
	// Portable writes what fits other organisations too: no environment, and a category before an id.
	Portable bool
}

// Inventory is what was read of one organisation.
type Inventory struct {
	// Desired is what a manifest lists already; empty without one. Its API is the surface.
	Desired dataaction.Desired
	Live    plan.Live
	// Environment is the domain, if the run or the manifest names one.
	Environment string
	flows       namedFlows
	// whole means that every flow of surface flows was read.
	whole bool
}

// Read reads what is live. existing is what a manifest lists already. Filters and flows that match nothing here are
// left to Check.
func Read(ctx context.Context, s *session.Session, o Options, existing dataaction.Desired) (Inventory, error) {
	named, err := nameFlows(ctx, s.Client, o.Flows)
	if err != nil {
		return Inventory{}, err
	}
	read := Inventory{Desired: existing, flows: named, whole: len(o.Flows) == 0}
	if s.Settings.SaidEnvironment() != "" || existing.Environment != "" {
		read.Environment = s.Client.Environment()
	}
	if existing.API == dataaction.Flows && len(o.Flows) > 0 && len(named.flows) == 0 {
		return read, nil // to the surface, no flow means all
	}
	read.Live, err = s.Inventory(ctx, reconcile.Scope{Flows: named.flows, AllFlows: o.AllFlows, Keep: o.keeps})
	return read, err
}

// Check refuses filters and flows that match nothing in any of the organisations, with the values there are.
func (o Options) Check(read []Inventory) error {
	var actions []dataaction.Live
	var flows []namedFlows
	for _, r := range read {
		actions = append(actions, r.Live.Actions...)
		flows = append(flows, r.flows)
	}
	if err := checkFlows(o.Flows, flows...); err != nil {
		return err
	}
	return o.Filter.Check(actions)
}

// keeps applies the filters.
func (o Options) keeps(a dataaction.Action) bool {
	return (o.BuiltIn || !a.BuiltIn()) && !a.CustomAuth() && o.Matches(a)
}

// Left counts the actions that an export leaves out although the filters pick them.
type Left struct{ Unset, BuiltIn, CustomAuth int }

// String is "8 without a timeout (--include-unset), 1 built in (--built-in)"; empty if nothing is left out.
func (l Left) String() string {
	var parts []string
	for _, x := range []struct {
		n    int
		what string
	}{
		{l.Unset, "without a timeout (--include-unset)"}, {l.BuiltIn, "built in (--built-in)"},
		{l.CustomAuth, "for custom authentication, which have no timeout"},
	} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	return strings.Join(parts, ", ")
}

const exportedHeader = "The timeouts as they are set now; written by `genesys-timeouts export`."

// Manifest turns what is live into a manifest in a stable order: names, then ids, by bytes. What is listed already is
// left out. Several organisations are joined by the names of their flows and actions. Where no timeout is set at all,
// a new manifest has the entries as comments.
func Manifest(o Options, read []Inventory) (manifest.Output, Left) {
	fresh := !slices.ContainsFunc(read, func(r Inventory) bool { return len(r.Desired.Files) > 0 })
	if fresh && !slices.ContainsFunc(read, o.setsAny) {
		o.IncludeUnset = true
	}
	j := newJoin(o, read)
	for i := range read {
		j.add(i)
	}
	out := j.output()
	out.Header = []string{exportedHeader}
	for _, r := range read {
		d := r.Desired
		switch {
		case d.Org != "":
			out.Organizations = append(out.Organizations,
				manifest.Organization{Name: d.Org, Environment: d.Environment, ID: d.OrgID})
		case !o.Portable:
			out.Environment = r.Environment
		}
	}
	return out, j.left
}

// setsAny reports whether an action that the options keep has a timeout.
func (o Options) setsAny(r Inventory) bool {
	return slices.ContainsFunc(r.Live.Actions, func(a dataaction.Live) bool {
		return a.Timeout != nil && o.keeps(a.Action)
	})
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

// flowsInOrder and actionsInOrder sort by name, then by id, by bytes.
func flowsInOrder(flows []plan.LiveFlow) []*plan.LiveFlow {
	return inOrder(flows, func(a, b *plan.LiveFlow) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
}

func actionsInOrder(actions []dataaction.Live) []*dataaction.Live {
	return inOrder(actions, func(a, b *dataaction.Live) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
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
