package report

import (
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// PlanMarkdown sets a plan in Markdown for a pull request's comment, a job summary or a file: the counts as its heading, errors,
// a table of what changes and what callers meet, warnings, and folded away notes and what stays.
func PlanMarkdown(d plan.Document, h Heading) string { return documentMarkdown(d, h, planWords) }

// DriftMarkdown sets the same document as the outcome of a drift check: what is live against what the manifest says.
func DriftMarkdown(d plan.Document, h Heading) string { return documentMarkdown(d, h, driftWords) }

func documentMarkdown(d plan.Document, h Heading, words wording) string {
	d.Changes = tellFlowsApart(d.Changes)
	head := "\n" + span(d.Environment) + " · api " + span(string(d.API)) + filesMarkdown(d.Manifest.Files) + h.links() + "\n\n" + h.notice()
	if d.Summary.Errors > 0 {
		head += "**" + words.withErrors(d.Summary.Errors) + "**\n\n"
	} else if d.Summary.Update == 0 {
		head += words.summary(plan.Summary{Unchanged: d.Summary.Unchanged}) + "\n\n"
	}
	findings := bySeverity(d.Findings)
	warnings, notes := findings[plan.Warning], findings[plan.Info]
	sections := []section{
		findingSection(findings[plan.Error], "Errors", "❌", "", false),
		changesSection(d, words),
		findingSection(warnings, "Warnings", "⚠️", "**"+count(len(warnings), "warning")+"**\n\n", false),
		findingSection(notes, "Notes", "ℹ️", count(len(notes), "note"), true),
		unchangedSection(d, words),
	}
	return h.assemble(h.title(counts(d.Summary, words)), head, sections, footer(d.ToolVersion))
}

// counts are the numbers that the heading says; what is none is left out.
func counts(s plan.Summary, words wording) string {
	var parts []string
	switch {
	case s.Update > 0 && words.drift:
		parts = append(parts, fmt.Sprintf("%d drifted", s.Update))
	case s.Update > 0:
		parts = append(parts, fmt.Sprintf("%d to update", s.Update))
	case s.Errors == 0 && words.drift:
		parts = append(parts, "in step")
	case s.Errors == 0:
		parts = append(parts, "no changes")
	}
	if s.Lowered > 0 && !words.drift {
		parts = append(parts, fmt.Sprintf("%d lowered ⚠️", s.Lowered))
	}
	if s.Errors > 0 {
		parts = append(parts, count(s.Errors, "error")+" ❌")
	}
	if s.Warnings > 0 {
		parts = append(parts, count(s.Warnings, "warning"))
	}
	return strings.Join(parts, ", ")
}

func filesMarkdown(files []string) string {
	switch {
	case len(files) == 0:
		return ""
	case len(files) > manifestsNamed:
		return fmt.Sprintf(" · %d manifest files", len(files))
	}
	named := make([]string, len(files))
	for i, f := range files {
		named[i] = span(f)
	}
	return " · manifest " + strings.Join(named, ", ")
}

func footer(version string) string {
	if version == "" {
		return ""
	}
	return "<sub>genesys-timeouts " + escapeMarkdown(cut(Inline(version), 40)) + "</sub>\n"
}

// changesSection is the table of what changes.
func changesSection(d plan.Document, words wording) section {
	index, context, shown := indexCallers(d), changeContexts(d), shownChanges(d, false)
	met, flows := false, false
	for _, i := range shown {
		met = met || index.of(d.Changes[i]).known
		flows = flows || len(d.Changes[i].Flows) > 0
	}
	titles, rule := []string{"Action"}, []string{"---"}
	if flows {
		titles, rule = append(titles, "Flow"), append(rule, "---")
	}
	titles, rule = append(titles, words.now, words.wanted), append(rule, "--:", "---")
	if met {
		titles, rule = append(titles, "Callers meet"), append(rule, "---")
	}
	s := section{what: "Changes", open: row(titles...) + "|" + strings.Join(rule, "|") + "|\n", close: "\n", count: len(shown)}
	s.row = func(i int) string {
		c := d.Changes[shown[i]]
		cells := []string{titled(c.Action, contextBesideFlows(context[shown[i]], c.Flows))}
		if flows {
			cells = append(cells, flowNames(c.Flows, span))
		}
		cells = append(cells, dataaction.TextOrUnset(c.Before()), wanted(c, words))
		if met {
			cells = append(cells, callersMarkdown(index.of(c), len(c.Flows)))
		}
		return row(cells...)
	}
	return s
}

// contextBesideFlows leaves out what the column of flows says already.
func contextBesideFlows(context string, flows []dataaction.Flow) string {
	if context == flowNames(flows, asIs) {
		return ""
	}
	return context
}

func wanted(c plan.Change, words wording) string {
	s := "**" + dataaction.Text(c.After()) + "**"
	if c.Lowered() && !words.drift {
		s += " ⚠️ lowered"
	}
	return s
}

// callersMarkdown says what callers meet; the flow is named where the row's own column does not say it.
func callersMarkdown(c callers, flows int) string {
	if !c.early() {
		return c.value()
	}
	s := "⚠️ **" + c.value() + "** (step " + span(c.step.Name)
	if flows != 1 {
		s += " in " + span(flowName(c.flow))
	}
	if c.more > 0 {
		s += ", " + count(c.more, "more step")
	}
	return s + ")"
}

// unchangedSection folds away what has its timeout already.
func unchangedSection(d plan.Document, words wording) section {
	title := fmt.Sprintf("%d unchanged", d.Summary.Unchanged)
	if words.drift {
		title = fmt.Sprintf("%d in step", d.Summary.Unchanged)
	}
	context := changeContexts(d)
	var same []int
	for i, c := range d.Changes {
		if c.Change == plan.None {
			same = append(same, i)
		}
	}
	s := section{what: "Unchanged", count: len(same)}
	s.open, s.close = fold(title)
	s.open += row("Action", "Flow", "Timeout") + "|---|---|--:|\n"
	s.row = func(i int) string {
		c := d.Changes[same[i]]
		return row(titled(c.Action, contextBesideFlows(context[same[i]], c.Flows)), flowNames(c.Flows, span), dataaction.Text(c.After()))
	}
	return s
}
