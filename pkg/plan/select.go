package plan

import (
	"errors"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/spelling"
)

// Select keeps the entries that the selectors of --action and --flow name, by name or id as the manifest writes them;
// several are a union. Without selectors everything is kept. The error names each selector that matches no entry, with
// near names.
func Select(desired dataaction.Desired, actions, flows []string) (dataaction.Desired, error) {
	if len(actions) == 0 && len(flows) == 0 {
		return desired, nil
	}
	out := desired
	out.Entries, out.Flows = nil, nil
	used := map[string]bool{}
	kept := map[dataaction.FlowSelector]bool{}
	var actionNames, flowNames []string
	for _, e := range desired.Entries {
		keep := named(actions, e.Action.ID, e.Action.Name, "action", used)
		if e.Flow != nil {
			keep = named(flows, e.Flow.ID, e.Flow.Name, "flow", used) || keep
		}
		actionNames = append(actionNames, e.Action.Name)
		if !keep {
			continue
		}
		out.Entries = append(out.Entries, e)
		if e.Flow != nil {
			kept[*e.Flow] = true
		}
	}
	for _, f := range desired.Flows {
		flowNames = append(flowNames, f.Flow.Name)
		if named(flows, f.Flow.ID, f.Flow.Name, "flow", used) || kept[f.Flow] {
			out.Flows = append(out.Flows, f)
		}
	}
	var problems []error
	for _, s := range actions {
		if !used["action "+s] {
			problems = append(problems, unmatched("action", s, actionNames))
		}
	}
	for _, s := range flows {
		if !used["flow "+s] {
			problems = append(problems, unmatched("flow", s, flowNames))
		}
	}
	return out, errors.Join(problems...)
}

// named reports whether one of the selectors is the id or the name, and notes all of them that are.
func named(selectors []string, id, name, kind string, used map[string]bool) (found bool) {
	for _, s := range selectors {
		if s != "" && (s == id || s == name) {
			used[kind+" "+s] = true
			found = true
		}
	}
	return found
}

func unmatched(kind, selector string, names []string) error {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	return fmt.Errorf("--%s %q matches no entry of the manifest%s", kind, selector,
		spelling.Suggest(selector, names, "Copy its name"))
}
