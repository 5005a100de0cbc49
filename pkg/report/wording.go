package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// wording is what differs between a plan and a drift check, which are one document: a plan is about to change what is live, a
// drift check finds that somebody did.
type wording struct {
	drift       bool
	title       string
	now, wanted string
	between     string // the sign between the two
}

var (
	planWords  = wording{title: "Plan for", now: "Now", wanted: "Wanted", between: "→"}
	driftWords = wording{drift: true, title: "Drift on", now: "Live", wanted: "Manifest", between: "≠"}
)

// summary is the last line: "Plan: 5 to update (1 lowered), 1 unchanged, 0 errors, 2 warnings."
func (w wording) summary(s plan.Summary) string {
	tail := fmt.Sprintf("%s, %s.", count(s.Errors, "error"), count(s.Warnings, "warning"))
	switch {
	case w.drift && s.Update == 0 && s.Errors == 0:
		return "In step. " + all(s.Unchanged) + and(s.Warnings)
	case w.drift:
		return fmt.Sprintf("Drift: %s from the manifest, %d in step, %s", differ(s.Update), s.Unchanged, tail)
	case s.Update == 0 && s.Errors == 0:
		return "No changes. " + all(s.Unchanged) + and(s.Warnings)
	}
	lowered := ""
	if s.Lowered > 0 {
		lowered = fmt.Sprintf(" (%d lowered)", s.Lowered)
	}
	return fmt.Sprintf("Plan: %d to update%s, %d unchanged, %s", s.Update, lowered, s.Unchanged, tail)
}

func differ(n int) string {
	if n == 1 {
		return "1 differs"
	}
	return fmt.Sprintf("%d differ", n)
}

func all(n int) string {
	switch n {
	case 0:
		return "The manifest names no data action."
	case 1:
		return "The one data action has the timeout the manifest gives it."
	case 2:
		return "Both data actions have the timeout the manifest gives them."
	}
	return fmt.Sprintf("All %d data actions have the timeout the manifest gives them.", n)
}

func and(warnings int) string {
	if warnings == 0 {
		return ""
	}
	return " " + count(warnings, "warning") + "."
}

// withErrors says what the errors of a document mean.
func (w wording) withErrors(n int) string {
	if w.drift {
		return "With " + count(n, "error") + " the comparison is not complete."
	}
	return "With " + count(n, "error") + " in the plan, apply will write nothing."
}

// bySeverity parts findings, each part in the document's order.
func bySeverity(findings []plan.Finding) map[plan.Severity][]plan.Finding {
	parts := map[plan.Severity][]plan.Finding{}
	for _, f := range findings {
		parts[f.Severity] = append(parts[f.Severity], f)
	}
	return parts
}

// place is file:line:column as far as it is known; empty where a finding has no place in a manifest.
func place(s *dataaction.Source) string {
	if s == nil {
		return ""
	}
	return position(s.File, s.Line, s.Column)
}

func position(file string, line, column int) string {
	switch {
	case file == "":
		return ""
	case line <= 0:
		return file
	case column <= 0:
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// flowNames are the names of an action's flows: two, and how many more.
func flowNames(flows []dataaction.Flow, set func(string) string) string {
	const shown = 2
	var names []string
	for i, f := range flows {
		if i == shown {
			names = append(names, fmt.Sprintf("%d more", len(flows)-shown))
			break
		}
		names = append(names, set(flowName(f)))
	}
	return strings.Join(names, ", ")
}

// tellFlowsApart gives the changes with flows of one name told apart, by type or else by the beginning of the id.
func tellFlowsApart(changes []plan.Change) []plan.Change {
	first := map[string]string{} // a name's first id
	shared := map[string]bool{}
	for _, c := range changes {
		for _, f := range c.Flows {
			if id, ok := first[f.Name]; !ok {
				first[f.Name] = f.ID
			} else if id != f.ID {
				shared[f.Name] = true
			}
		}
	}
	if len(shared) == 0 {
		return changes
	}
	out := slices.Clone(changes)
	for i, c := range out {
		out[i].Flows = slices.Clone(c.Flows)
		for j, f := range c.Flows {
			if shared[f.Name] && f.Name != "" {
				out[i].Flows[j].Name = fmt.Sprintf("%s (%s)", f.Name, cmp.Or(strings.ToLower(f.Type), f.ID[:min(8, len(f.ID))]))
			}
		}
	}
	return out
}

func flowName(f dataaction.Flow) string {
	if f.Name != "" {
		return f.Name
	}
	return f.ID
}

func actionName(a dataaction.Action) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// contexts tells apart the actions of one name: by category, integration, flow or, in the end, id. Actions whose name is the
// only one of its kind have none. The key is the place in the list.
func contexts(actions []dataaction.Action, flows [][]dataaction.Flow) map[int]string {
	same := map[string][]int{}
	for i, a := range actions {
		same[actionName(a)] = append(same[actionName(a)], i)
	}
	out := map[int]string{}
	for _, members := range same {
		if len(members) < 2 {
			continue
		}
		tell := func(of func(int) string) bool {
			seen := map[string]bool{}
			for _, i := range members {
				s := of(i)
				if s == "" || seen[s] {
					return false
				}
				seen[s] = true
			}
			for _, i := range members {
				out[i] = of(i)
			}
			return true
		}
		_ = tell(func(i int) string { return actions[i].Category }) ||
			tell(func(i int) string { return flowNames(flows[i], func(s string) string { return s }) }) ||
			tell(func(i int) string { return actions[i].IntegrationID }) ||
			tell(func(i int) string { return actions[i].ID })
	}
	return out
}
