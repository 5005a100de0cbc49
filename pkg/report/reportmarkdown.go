package report

import (
	"fmt"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// ReportMarkdown sets what an apply did in Markdown: the counts as its heading, what failed and was skipped with why and what to
// do, what was applied, and folded away the plan's warnings and what had its timeout already. Documents' differences are not
// shown.
func ReportMarkdown(r plan.Report, h Heading) string {
	by := map[plan.Status][]int{}
	for i, x := range r.Results {
		by[x.Status] = append(by[x.Status], i)
	}
	context := resultContexts(r)
	// of makes a section of the results of one status.
	of := func(status plan.Status, what string, set func(x plan.Result, title, flows string) string) section {
		places := by[status]
		return section{what: what, close: "\n", count: len(places), row: func(i int) string {
			x := r.Results[places[i]]
			return set(x, titled(x.Action, contextBesideFlows(context[places[i]], x.Flows)), flowNames(x.Flows, span))
		}}
	}
	failed := of(plan.Failed, "Failed", func(x plan.Result, title, flows string) string { return resultItem(x, title, flows, "❌ ") })
	failed.open = "**Failed**\n\n"
	skipped := of(plan.Skipped, "Skipped", func(x plan.Result, title, flows string) string { return resultItem(x, title, flows, "") })
	skipped.open = "**Skipped: not touched**\n\n"
	applied := of(plan.Applied, "Applied", func(x plan.Result, title, flows string) string {
		return row(title, flows, before(x), "**"+after(x)+"** ✅"+remark(x))
	})
	applied.open = row("Action", "Flow", "Was", "Is") + "|---|---|--:|---|\n"
	warnings := bySeverity(r.Findings)[plan.Warning]
	warned := findingSection(warnings, "Warnings", "⚠️", count(len(warnings), "warning")+" of the plan", true)
	unchanged := of(plan.Unchanged, "Unchanged", func(x plan.Result, title, flows string) string { return row(title, flows, after(x)) })
	unchanged.open, unchanged.close = fold(fmt.Sprintf("%d unchanged", r.Summary.Unchanged))
	unchanged.open += row("Action", "Flow", "Timeout") + "|---|---|--:|\n"
	return h.assemble(h.title(reportCounts(r.Summary)), h.where()+h.notice(), []section{failed, skipped, applied, warned, unchanged}, "")
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

// remark is what is to be said of a result that went well, in a table's cell.
func remark(x plan.Result) string {
	if x.Error == "" {
		return ""
	}
	return " " + prose(x.Error)
}

// resultItem is a result that did not go well as an item of a list, with what to do on a line of its own.
func resultItem(x plan.Result, title, flows, mark string) string {
	s := "- " + mark + title
	if flows != "" {
		s += " in " + flows
	}
	if x.AfterMS > 0 { // an entry that names nothing has no timeouts to show
		s += " (" + before(x) + " → " + after(x) + ")"
	}
	if x.Code != "" {
		s += " " + span(x.Code)
	}
	if x.Error != "" {
		s += ": " + prose(x.Error)
	}
	if answer := answerMarkdown(x.Error, x.HTTPStatus, x.CorrelationID); answer != "" {
		s += " (" + answer + ")"
	}
	if x.Hint != "" {
		s += "<br>**hint:** " + prose(x.Hint)
	}
	return s + "\n"
}

// answerMarkdown is what a vendor's support asks for, unless the message says it already.
func answerMarkdown(message string, status int, correlation string) string {
	var parts []string
	if number := strconv.Itoa(status); status != 0 && !strings.Contains(message, number) {
		parts = append(parts, "HTTP "+number)
	}
	if correlation != "" && !strings.Contains(message, correlation) {
		parts = append(parts, "correlation id "+span(correlation))
	}
	return strings.Join(parts, ", ")
}

// FailureMarkdown sets a run that has neither a plan nor a report: the manifest's mistakes, or else the error with its hint.
func FailureMarkdown(f Failure, h Heading) string {
	counted := "failed ❌"
	switch {
	case len(f.Problems) > 0:
		counted = count(len(f.Problems), "problem") + " in the manifest ❌"
	case f.Error == nil:
		counted = "the manifest is valid ✅"
	}
	head := h.where() + h.notice()
	if e := f.Error; e != nil && len(f.Problems) == 0 {
		head += "**error:** " + prose(e.Message) + "\n"
		if answer := answerMarkdown(e.Message, e.Status, e.CorrelationID); answer != "" {
			head += "<br>" + answer + "\n"
		}
		if e.Hint != "" {
			head += "<br>**hint:** " + prose(e.Hint) + "\n"
		}
		head += "\n"
	}
	s := section{what: "Problems", close: "\n", count: len(f.Problems), row: func(i int) string { return problemItem(f.Problems[i]) }}
	return h.assemble(h.title(counted), head, []section{s}, "")
}

func problemItem(p Problem) string {
	at := position(p.File, p.Line, p.Column)
	if at != "" {
		at = span(at) + " "
	}
	return "- ❌ " + at + prose(p.Message) + "\n"
}
