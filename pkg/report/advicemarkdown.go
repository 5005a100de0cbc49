package report

import (
	"fmt"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/plan"
)

// AdviceMarkdown sets advice in Markdown: the counts as its heading, a table of what to act on with a sentence on
// each, warnings, and folded away notes and the other actions.
func AdviceMarkdown(d advice.Document, h Heading) string {
	all := sortedAdvice(d)
	context := adviceContexts(all)
	var act, rest []int
	for i, j := range all {
		if j.Code.Advises() {
			act = append(act, i)
		} else {
			rest = append(rest, i)
		}
	}
	head := "\n" + adviceWhere(d, span) + " · " + adviceInterval(d.Interval) +
		" · accepting " + advice.Percent(d.Accept) + h.origin(nil) + "\n\n" + h.notice()
	findings := bySeverity(d.Findings)
	notes, warnings := findings[plan.Info], findings[plan.Warning]
	sections := []section{
		h.adviceSection(all, act, context, "Advice", "", "\n"),
		h.sentences(all, act, context, d.Accept),
		h.findingSection(warnings, "Warnings", "⚠️", "**"+count(len(warnings), "warning")+"**\n\n", false),
		h.findingSection(notes, "Notes", "ℹ️", count(len(notes), "note"), true),
	}
	open, end := fold(fmt.Sprintf("%d without advice", len(rest)))
	sections = append(sections, h.adviceSection(all, rest, context, "Without advice", open, end))
	foot := escapeMarkdown(adviceSlots(d.Slots)) + "\n"
	if types := adviceErrorTypes(d, span); types != "" {
		foot += "Values of `errorType`, as they came: " + types + ".\n"
	}
	return h.assemble(h.title(adviceSummary(d)), head, sections, foot+"\n"+footer(d.ToolVersion))
}

func (h Heading) adviceSection(all []advice.Judgement, rows []int, context map[int]string, what, open, end string,
) section {
	s := section{what: what, close: end, count: len(rows)}
	s.open = open + row("Action", "Now", "Calls", "p95", "p99", "Ran into limit", "If it hangs, slots", "Advice") +
		"|---|--:|--:|--:|--:|--:|--:|---|\n"
	s.row = func(i int) string {
		j := all[rows[i]]
		word := adviceWord(j)
		if j.Code.Advises() {
			word = "**" + word + "**"
		}
		return row(h.titled(j.Action, context[rows[i]], j.Sources), adviceNow(j), advice.Number(j.Calls),
			measured(j.P95MS), adviceP99(j),
			adviceRan(j), adviceHang(j), word)
	}
	return s
}

// sentences say why, an item an action.
func (h Heading) sentences(all []advice.Judgement, rows []int, context map[int]string, accept float64) section {
	s := section{what: "Reasons", close: "\n", count: len(rows)}
	s.row = func(i int) string {
		j := all[rows[i]]
		return "- " + h.titled(j.Action, context[rows[i]], j.Sources) + ": " + escapeMarkdown(adviceSentence(j, accept)) +
			" (" + span(string(j.Code)) + ")\n"
	}
	return s
}
