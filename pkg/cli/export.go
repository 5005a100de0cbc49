package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
)

// exportOptions are what export is asked for.
type exportOptions struct {
	api          dataaction.API
	connect      connectFlags
	flows        []string
	allFlows     bool
	category     string
	integration  string
	name         string
	builtIn      bool
	includeUnset bool
	out, merge   string
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write a manifest of what is live",
		Long: "Writes a manifest of the timeouts that are set now, for adopting the tool: a\n" +
			"plan on it shows no change. Actions are given by name where it is unique, and by\n" +
			"id, with the name as a comment, where it is not.",
		Example: "  genesys-timeouts export --out genesys-timeouts.yaml\n" +
			"  genesys-timeouts export --flow \"Inbound Support\" --include-unset\n" +
			"  genesys-timeouts export --merge genesys-timeouts.yaml   # add what is missing",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.export(o) },
	}
	choiceFlag(c, &o.api, "api", "the surface that holds the actions (default: the merged manifest's, or integrations)", dataaction.Integrations, dataaction.Flows)
	o.connect.register(c)
	c.Flags().StringArrayVar(&o.flows, "flow", nil, "only the actions of this `FLOW`, by name or id, listed under it; any number of times")
	c.Flags().BoolVar(&o.allFlows, "all-flows", false, "list the actions under the flows that call them")
	c.Flags().StringVar(&o.category, "category", "", "only actions of this `CATEGORY`")
	c.Flags().StringVar(&o.integration, "integration", "", "only actions of the integration with this `ID`")
	c.Flags().StringVar(&o.name, "name", "", "only actions whose name holds this `TEXT`, in any case")
	c.Flags().BoolVar(&o.builtIn, "built-in", false, "also built-in actions, as comments: they cannot be changed")
	c.Flags().BoolVar(&o.includeUnset, "include-unset", false, "also actions without a timeout, as comments")
	c.Flags().Var((*fileName)(&o.out), "out", "write to `FILE` instead of standard output")
	c.Flags().Var((*fileName)(&o.merge), "merge", "add what is missing to the manifest `FILE`, keeping its comments and order; it is written back, or to --out")
	a.quietFlag(c)
	_ = c.MarkFlagFilename("merge", "yaml", "yml")
	for _, name := range []string{"flow", "category", "integration", "name"} {
		completeFlag(c, name)
	}
	return c
}

func (a *app) export(o exportOptions) error {
	if err := o.connect.check(); err != nil {
		return err
	}
	if len(o.flows) > 0 && o.allFlows {
		return usageError{errors.New("--flow and --all-flows exclude each other"), ""}
	}
	var existing []byte
	var desired dataaction.Desired
	if o.merge != "" {
		var err error
		if existing, desired, err = a.mergeable(o); err != nil {
			return err
		}
	}
	o.api = cmp.Or(o.api, desired.API, dataaction.Integrations)
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	client, err := a.connect(o.connect, desired.Environment, false)
	if err != nil {
		return err
	}
	defer client.Close()
	scope := reconcile.Scope{AllFlows: o.allFlows, Keep: o.keeps}
	for _, f := range o.flows {
		scope.Flows = append(scope.Flows, flowSelector(f))
	}
	live, err := a.reconciler(client, o.api, o.connect, false).Inventory(ctx, scope)
	a.bar.clear()
	if err != nil {
		return err
	}
	if err := foundAll(scope.Flows, live.Flows); err != nil {
		return err
	}
	out := exported(o, live, desired)
	if cmp.Or(o.connect.environment, a.credentials().environment) != "" {
		out.Environment = client.Environment()
	}
	text, err := manifest.Encode(out)
	if o.merge != "" {
		text, err = manifest.Merge(existing, out)
	}
	if err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	if name := cmp.Or(o.out, o.merge, "-"); name != "-" {
		return writeManifest(name, text)
	}
	_, err = a.Stdout.Write(text)
	return err
}

// flowSelector takes a flow by id where the text is one (the vendor's ids are UUIDs), and by name otherwise.
func flowSelector(text string) dataaction.FlowSelector {
	if len(text) == 36 && strings.Trim(strings.ToLower(text), "0123456789abcdef-") == "" && strings.Count(text, "-") == 4 {
		return dataaction.FlowSelector{ID: text}
	}
	return dataaction.FlowSelector{Name: text}
}

func foundAll(selectors []dataaction.FlowSelector, flows []plan.LiveFlow) error {
	for _, s := range selectors {
		if !slices.ContainsFunc(flows, func(f plan.LiveFlow) bool { return s.Matches(f.Flow) }) {
			return usageError{fmt.Errorf("--flow %q: there is no such flow", cmp.Or(s.Name, s.ID)), "names are exact; `genesys-timeouts export --all-flows` shows them all"}
		}
	}
	return nil
}

// keeps are the filters.
func (o exportOptions) keeps(a dataaction.Action) bool {
	return (o.builtIn || !a.BuiltIn()) && !a.CustomAuth() &&
		(o.category == "" || o.category == a.Category) &&
		(o.integration == "" || o.integration == a.IntegrationID) &&
		strings.Contains(strings.ToLower(a.Name), strings.ToLower(o.name))
}

// exported turns what is live into a manifest, in an order that stays: names, then ids, by bytes. What is there already, in
// the manifest merged into, is left out.
func exported(o exportOptions, live plan.Live, there dataaction.Desired) manifest.Output {
	out := manifest.Output{API: o.api, Header: []string{"The timeouts as they are set now; written by `genesys-timeouts export`."}}
	flows := inOrder(live.Flows, func(a, b *plan.LiveFlow) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
	actions := inOrder(live.Actions, func(a, b *dataaction.Live) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	listed, already, head := map[string]bool{}, present(there), flowHeads(flows, o.flows, there.Flows)
	unique := uniqueNames(actions)
	for _, f := range flows {
		inside := actionsOf(o.api, f, actions)
		if o.api == dataaction.Flows {
			unique = uniqueNames(inside)
		}
		group := head(f)
		for _, a := range inside {
			if o.keeps(a.Action) && !already(a) {
				listed[a.ID] = true
				group.Entries = appendEntry(group.Entries, o, a, unique(a))
			}
		}
		if len(group.Entries) > 0 {
			out.Flows = append(out.Flows, group)
		}
	}
	if o.api == dataaction.Flows || len(o.flows) > 0 {
		return out
	}
	for _, a := range actions {
		if !listed[a.ID] && o.keeps(a.Action) && !already(a) {
			out.Actions = appendEntry(out.Actions, o, a, unique(a))
		}
	}
	return out
}

// flowHeads makes the heads of flows' groups: by name, with the type where another flow has the name too; by id, with the name
// as a comment, where that does not tell it from others, or where it was asked for by id, or is in the manifest merged into.
func flowHeads(flows []*plan.LiveFlow, asked []string, there []dataaction.FlowEntry) func(*plan.LiveFlow) manifest.OutputFlow {
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

// actionsOf gives those of the actions that belong under a flow: the ones it owns, or calls.
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

// appendEntry adds an action's entry: a comment where the timeout is unset or could not be written back as it is.
func appendEntry(entries []manifest.OutputEntry, o exportOptions, a *dataaction.Live, unique bool) []manifest.OutputEntry {
	e := manifest.OutputEntry{Selector: dataaction.Selector{Name: a.Name}, Timeout: a.Timeout}
	if !unique || strings.TrimSpace(a.Name) == "" {
		e.Selector, e.Comment = dataaction.Selector{ID: a.ID}, a.Name
	}
	switch problem := writable(o.api, a); {
	case problem != "":
		e.Timeout, e.Why = nil, problem
	case a.Timeout == nil && !o.includeUnset:
		return entries
	}
	return append(entries, e)
}

// writable says why a plan on the action's live timeout would not be without errors, or nothing.
func writable(api dataaction.API, a *dataaction.Live) string {
	switch {
	case a.BuiltIn():
		return "built in: it cannot be changed"
	case a.Unsupported != "":
		return a.Unsupported
	case a.Timeout != nil && a.Limits(api).Check(*a.Timeout) != "":
		return fmt.Sprintf("set to %s, which is outside of %s", dataaction.Text(a.Timeout.Round(time.Millisecond)), a.Limits(api))
	}
	return ""
}

// uniqueNames tells which names only one action has, among all that a manifest's `name:` would be looked up in.
func uniqueNames(actions []*dataaction.Live) func(*dataaction.Live) bool {
	count := map[string]int{}
	for _, a := range actions {
		count[a.Name]++
	}
	return func(a *dataaction.Live) bool { return count[a.Name] == 1 }
}

// inOrder gives pointers to a list's elements, sorted. Elements are large, and slices.SortFunc costs 30 KB of binary for each
// type that it moves; all pointers are one type to it.
func inOrder[T any](list []T, compare func(a, b *T) int) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	slices.SortFunc(out, compare)
	return out
}
