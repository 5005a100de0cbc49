package report

import (
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// ReportMarkdown sets what an apply did in Markdown: the counts as its heading, the state, what failed and was skipped
// with why and what to do, what was applied, and folded away the manifest that undoes it, the plan's warnings and what
// had its timeout already. Documents' differences are not shown.
func ReportMarkdown(r plan.Report, h Heading) string {
	by := map[plan.Status][]int{}
	for i, x := range r.Results {
		by[x.Status] = append(by[x.Status], i)
	}
	context := resultContexts(r)
	// of makes a section of the results of one status.
	of := func(status plan.Status, what string, set func(x plan.Result, title string) string) section {
		places := by[status]
		return section{what: what, close: "\n", count: len(places), row: func(i int) string {
			x := r.Results[places[i]]
			title := h.titled(x.Action, contextBesideFlows(context[places[i]], x.Flows), nil)
			if len(x.Flows) > 0 {
				title += " in " + flowNames(x.Flows, span)
			}
			return set(x, title)
		}}
	}
	failed := of(plan.Failed, "Failed", func(x plan.Result, title string) string { return resultItem(x, title, "❌ ") })
	failed.open = "**Failed**\n\n"
	skipped := of(plan.Skipped, "Skipped", func(x plan.Result, title string) string { return resultItem(x, title, "") })
	skipped.open = "**Skipped: not written**\n\n"
	applied := of(plan.Applied, "Applied", func(x plan.Result, title string) string {
		return row(title, before(x)+" → **"+after(x)+"** ✅"+remark(x))
	})
	applied.open = tableHead("Action", "Was → Is")
	if len(by[plan.Applied]) > rowsUnfolded {
		open, end := fold(fmt.Sprintf("%d applied", len(by[plan.Applied])))
		applied.open, applied.close = open+applied.open, end
	}
	warnings := bySeverity(r.Findings)[plan.Warning]
	warned := h.findingSection(warnings, "Warnings", "⚠️", count(len(warnings), "warning")+" of the plan", true)
	unchanged := of(plan.Unchanged, "Unchanged", func(x plan.Result, title string) string { return row(title, after(x)) })
	unchanged.open, unchanged.close = fold(fmt.Sprintf("%d unchanged", r.Summary.Unchanged))
	unchanged.open += tableHead("Action", "Timeout")
	sections := []section{failed, skipped, applied, undoSection(h.Undo), warned, unchanged}
	return h.assemble(h.title(reportCounts(r.Summary)), reportState(r, h)+h.notice(), sections, reportFooter(r))
}

// reportState is the line of state: what became of the plan, where, when and in which run.
func reportState(r plan.Report, h Heading) string {
	s := r.Summary
	wanted := s.Applied + s.Failed + s.Skipped
	var state string
	switch {
	case h.Refused != "":
		state = "**Not applied**: " + prose(h.Refused) + "<br>Nothing written"
	case wanted == 0:
		state = "**Applied**: nothing to write"
	case s.Applied == wanted:
		state = fmt.Sprintf("**Applied** %d of %d", s.Applied, wanted)
	case s.Applied > 0:
		state = fmt.Sprintf("**Partly applied**: %d of %d", s.Applied, wanted)
	default:
		state = fmt.Sprintf("**Not applied**: 0 of %d", wanted)
	}
	environment := r.Environment
	if environment == "" {
		environment = h.Environment
	}
	if to := target(r.Org, r.Organization, environment, otherAPI(r.API), span); to != "" {
		state += " to " + to
	}
	if !r.CreatedAt.IsZero() {
		state += " at " + moment(r.CreatedAt)
	}
	if c := h.commit(); c != "" {
		state += " · commit " + c
	}
	return state + h.run() + "\n\n"
}

// reportFooter says from which plan and by which version.
func reportFooter(r plan.Report) string {
	if r.PlanDigest == "" {
		return footer(r.ToolVersion)
	}
	s := "<sub>plan " + span(r.PlanDigest)
	if r.ToolVersion != "" {
		s += " · genesys-timeouts " + escapeMarkdown(cut(Inline(r.ToolVersion), 40))
	}
	return s + "</sub>\n"
}

// undoSection folds the manifest that undoes an apply. It stays whole or is left out.
func undoSection(manifest string) section {
	if manifest == "" {
		return section{}
	}
	longest, run := 0, 0
	for _, r := range manifest {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(3, longest+1))
	var b strings.Builder
	for line := range strings.Lines(manifest) {
		line = strings.ReplaceAll(line, "<!--", "<!"+zeroWidth+"--")
		b.WriteString(inlineCode(strings.TrimRight(line, "\r\n")) + "\n")
	}
	s := section{what: "Undo manifest", count: 1, row: func(int) string {
		return fence + "yaml\n" + b.String() +
			fence + "\n"
	}}
	s.open, s.close = fold("Undo: a manifest that puts every timeout back (<code>apply -f FILE</code>)")
	return s
}

// UndoMarkdown is the same for the document of several organisations, headed by the organisation's name; "" without
// a manifest.
func UndoMarkdown(org, manifest string) string {
	if manifest == "" {
		return ""
	}
	s := undoSection(manifest)
	open, end := fold("Undo in " + codeHTML(org) + ": a manifest that puts every timeout back")
	return "\n" + open + s.row(0) + end
}

// inlineCode is Inline with the indent kept: a fenced block's lines are code, so the runner's commands are the only
// risk.
func inlineCode(line string) string {
	text := strings.TrimLeft(line, " ")
	return line[:len(line)-len(text)] + Inline(text)
}

func contextBesideFlows(context string, flows []dataaction.Flow) string {
	if context == flowNames(flows, asIs) {
		return ""
	}
	return context
}

func after(x plan.Result) string { return dataaction.Text(milliseconds(x.AfterMS)) }

func reportCounts(s plan.ReportSummary) string {
	parts := []string{fmt.Sprintf("%d applied", s.Applied)}
	if s.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed ❌", s.Failed))
	}
	if s.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", s.Skipped))
	}
	if s.Unchanged > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", s.Unchanged))
	}
	return strings.Join(parts, ", ")
}

// remark is the message of a result that went well, in a table's cell.
func remark(x plan.Result) string {
	if x.Error == "" {
		return ""
	}
	return " " + prose(x.Error)
}

// resultItem is a failed or skipped result as a list item, with its hint on a separate line.
func resultItem(x plan.Result, title, mark string) string {
	s := "- " + mark + title
	if x.AfterMS > 0 { // an entry that names nothing has no timeouts to show
		s += " (" + before(x) + " → " + after(x) + ")"
	}
	if x.Code != "" {
		s += " " + span(x.Code)
	}
	if x.Error != "" {
		s += ": " + prose(x.Error)
	}
	if said := answer(x.Error, x.HTTPStatus, x.CorrelationID, span); said != "" {
		s += " (" + said + ")"
	}
	if x.Hint != "" {
		s += "<br>**hint:** " + prose(x.Hint)
	}
	return s + "\n"
}

// FailureMarkdown sets a run that has neither a plan nor a report: the manifest's problems, or else the error with its
// hint.
func FailureMarkdown(f Failure, h Heading) string {
	counted := "failed ❌"
	switch {
	case len(f.Problems) > 0:
		counted = count(len(f.Problems), "problem") + " in the manifest ❌"
	case f.Error == nil:
		counted = "the manifest is valid ✅"
	}
	head := h.where() + h.notice()
	if len(f.Problems) == 0 {
		head += failureHead(f)
	}
	s := section{what: "Problems", close: "\n", count: len(f.Problems),
		row: func(i int) string { return problemItem(f.Problems[i]) }}
	return h.assemble(h.title(counted), head, []section{s}, "")
}

// failureHead is the error with its hint.
func failureHead(f Failure) string {
	e := f.Error
	if e == nil {
		return ""
	}
	head := "**error:** " + prose(e.Message) + "\n"
	if said := answer(e.Message, e.Status, e.CorrelationID, span); said != "" {
		head += "<br>" + said + "\n"
	}
	if e.Hint != "" {
		head += "<br>**hint:** " + prose(e.Hint) + "\n"
	}
	return head + "\n"
}

func problemItem(p Problem) string {
	at := position(p.File, p.Line, p.Column)
	if at != "" {
		at = span(at) + " "
	}
	return "- ❌ " + at + prose(p.Message) + "\n"
}
