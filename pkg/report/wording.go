package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// wording is what differs between plan and drift, which show the same document.
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
func (w wording) summary(d plan.Document) string {
	s := d.Summary
	tail := fmt.Sprintf("%s, %s.", count(s.Errors, "error"), count(s.Warnings, "warning"))
	switch {
	case s.Update == 0 && s.Errors == 0:
		return w.same(d) + and(s.Warnings)
	case w.drift:
		return fmt.Sprintf("Drift: %d drifted, %d in step, %s", s.Update, s.Unchanged, tail)
	}
	lowered := ""
	if s.Lowered > 0 {
		lowered = fmt.Sprintf(" (%d lowered)", s.Lowered)
	}
	return fmt.Sprintf("Plan: %d to update%s, %d unchanged, %s", s.Update, lowered, s.Unchanged, tail)
}

// same says that nothing differs.
func (w wording) same(d plan.Document) string {
	if w.drift {
		return "In step. " + all(d)
	}
	return "No changes. " + all(d)
}

func all(d plan.Document) string {
	switch n := d.Summary.Unchanged; n {
	case 0:
		return none(d)
	case 1:
		return "The one data action has the timeout the manifest gives it."
	case 2:
		return "Both data actions have the timeout the manifest gives them."
	default:
		return fmt.Sprintf("All %d data actions have the timeout the manifest gives them.", n)
	}
}

// none says why a document compares nothing: entries may be left out by --action and --flow, and by `only`.
func none(d plan.Document) string {
	what, where := "The manifest lists no data actions", "."
	if d.Selected != nil {
		what = "The selection has no data actions"
	}
	if d.Org != "" {
		where = " for this organisation."
	}
	return what + where
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
		return "With " + count(n, "error") + " the comparison is incomplete."
	}
	return "With " + count(n, "error") + " in the plan, apply writes nothing."
}

// target names the organisation of a document: "Acme EMEA (mypurecloud.ie, api integrations)", or "production (Acme
// EMEA, mypurecloud.ie, api integrations)" where the manifest names it. set formats each name.
func target(org string, o *dataaction.Organization, environment string, api dataaction.API,
	set func(string) string) string {
	var names []string
	if org != "" {
		names = append(names, set(org))
	}
	if o != nil && o.Name != "" {
		names = append(names, set(o.Name))
	}
	if environment != "" {
		names = append(names, set(environment))
	}
	if api != "" {
		names = append(names, "api "+set(string(api)))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return names[0] + " (" + strings.Join(names[1:], ", ") + ")"
}

// selected says what --action and --flow named; empty for the whole manifest.
func selected(s *plan.Selected, set func(string) string) string {
	if s == nil {
		return ""
	}
	const shown = 5
	var given []string
	for _, a := range s.Actions {
		given = append(given, "action "+set(a))
	}
	for _, f := range s.Flows {
		given = append(given, "flow "+set(f))
	}
	if more := len(given) - shown; more > 0 {
		given = append(given[:shown], fmt.Sprintf("%d more", more))
	}
	return "Selected entries only: " + strings.Join(given, ", ")
}

// lastChange is what the audit says of a drifted action.
func lastChange(l *plan.LastChange, set func(string) string) string {
	if l == nil {
		return ""
	}
	s := "last recorded change"
	if l.By != "" {
		s += " by " + set(l.By)
	}
	if !l.At.IsZero() {
		s += " at " + moment(l.At)
	}
	if l.AfterMS != nil {
		before := dataaction.TextOrUnset(nil)
		if l.BeforeMS != nil {
			before = dataaction.Text(milliseconds(*l.BeforeMS))
		}
		s += " (" + before + " → " + dataaction.Text(milliseconds(*l.AfterMS)) + ")"
	}
	return s
}

// moment formats a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// evidenceTitle is the head of the evidence column: "Last 7 days" where the interval is whole days.
func evidenceTitle(changes []plan.Change) string {
	for _, c := range changes {
		if c.Evidence == nil {
			continue
		}
		from, to, _ := strings.Cut(c.Evidence.Interval, "/")
		a, err := time.Parse(time.RFC3339, from)
		if err != nil {
			return "Evidence"
		}
		b, err := time.Parse(time.RFC3339, to)
		if days := int(b.Sub(a) / (24 * time.Hour)); err == nil && days > 0 {
			return "Last " + count(days, "day")
		}
		return "Evidence"
	}
	return ""
}

// bySeverity splits findings, each part in the document's order.
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

// flowNames are the names of flows: two, and how many more.
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

// tellFlowsApart returns the changes with flows of one name told apart, by type or else by the start of the id.
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

func flowName(f dataaction.Flow) string { return cmp.Or(f.Name, f.ID) }

func actionName(a dataaction.Action) string { return cmp.Or(a.Name, a.ID) }

// contexts tells actions of the same name apart: by category, flow, integration or id. Actions with a unique name have
// none. The key is the place in the list.
func contexts(actions []dataaction.Action, flows [][]dataaction.Flow) map[int]string {
	named := make(map[string]int, len(actions))
	for _, a := range actions {
		named[actionName(a)]++
	}
	same := map[string][]int{}
	for i, a := range actions {
		if name := actionName(a); named[name] > 1 {
			same[name] = append(same[name], i)
		}
	}
	out := map[int]string{}
	for _, members := range same {
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
			tell(func(i int) string { return flowNames(flows[i], asIs) }) ||
			tell(func(i int) string { return actions[i].IntegrationID }) ||
			tell(func(i int) string { return actions[i].ID })
	}
	return out
}
