package report

import (
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/plan"
)

// SidesMarkdown sets the plans of several organisations in one document: a row for each action with a column for each
// organisation, those that need a reviewer's eyes first, and folded below it each organisation's own plan.
func SidesMarkdown(sides Sides, h Heading) string { return sidesMarkdown(sides, h, planWords) }

// SidesDriftMarkdown sets the same as the outcome of a drift check.
func SidesDriftMarkdown(sides Sides, h Heading) string { return sidesMarkdown(sides, h, driftWords) }

// markdown is the document of a single organisation.
func (s Side) markdown(h Heading, words wording) string {
	switch {
	case s.Doc == nil:
		return FailureMarkdown(orEmpty(s.Failure), h)
	case words.drift:
		return DriftMarkdown(*s.Doc, h)
	}
	return PlanMarkdown(*s.Doc, h)
}

// tableShare is the part of a limited document that the common table may take while the organisations' own plans want
// room.
const tableShare = 0.6

func sidesMarkdown(sides Sides, h Heading, words wording) string {
	if len(sides) == 1 {
		return sides[0].markdown(h, words)
	}
	foot := ""
	for _, s := range sides {
		if s.Doc != nil {
			foot = footer(s.Doc.ToolVersion)
		}
	}
	all := h
	if h.Limit > 0 {
		all.Limit = max(1, int(float64(h.Limit-len(foot))*tableShare))
	}
	rows := joinSides(sides)
	out := all.assemble(h.title(sidesTitle(sides, rows, words)), sidesHead(sides, h, words),
		sidesSections(sides, rows, h, words), "")
	for i, s := range sides {
		open, end := fold(codeHTML(s.Org) + ": " + sideCounts(s, words))
		inner := h
		inner.Notice, inner.Refused = "", ""
		if h.Limit > 0 {
			inner.Limit = (h.Limit-len(out)-len(foot))/(len(sides)-i) - len(open) - len(end)
			if inner.Limit <= 0 {
				continue
			}
		}
		if detail := sideDetail(s, inner, words); detail != "" {
			out += open + strings.TrimRight(detail, "\n") + "\n" + end
		}
	}
	if h.Limit > 0 && len(out)+len(foot) > h.Limit {
		return out
	}
	return out + foot
}

// sidesTitle is "2 organisations, 4 to update, 1 error ❌, 2 need your eyes ⚠️".
func sidesTitle(sides Sides, rows []sideRow, words wording) string {
	var sum plan.Summary
	failed := 0
	for _, s := range sides {
		if s.Doc == nil {
			failed++
			continue
		}
		sum.Update += s.Doc.Summary.Update
		sum.Errors += s.Doc.Summary.Errors
	}
	parts := []string{count(len(sides), "organisation")}
	switch {
	case sum.Update > 0 && words.drift:
		parts = append(parts, fmt.Sprintf("%d drifted", sum.Update))
	case sum.Update > 0:
		parts = append(parts, fmt.Sprintf("%d to update", sum.Update))
	case sum.Errors+failed == 0 && words.drift:
		parts = append(parts, "in step")
	case sum.Errors+failed == 0:
		parts = append(parts, "no changes")
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed ❌", failed))
	}
	if sum.Errors > 0 {
		parts = append(parts, count(sum.Errors, "error")+" ❌")
	}
	eyes := 0
	for _, r := range rows {
		if r.changes() && !r.failed() && r.risk() > 0 {
			eyes++
		}
	}
	if eyes > 0 && !words.drift {
		parts = append(parts, needEyes(eyes))
	}
	return strings.Join(parts, ", ")
}

func sidesHead(sides Sides, h Heading, words wording) string {
	about := sideNames(sides, span) + h.origin(sideFiles(sides)) + "\n\n"
	state := "**Planned** for "
	switch {
	case h.Refused != "":
		state = "**Not applied**: " + prose(h.Refused) + "<br>Planned for "
	case words.drift:
		state = "**Checked** "
	}
	return state + about + h.notice()
}

func sidesSections(sides Sides, rows []sideRow, h Heading, words wording) []section {
	var eyes, others []sideRow
	same := 0
	for _, r := range rows {
		switch {
		case !r.failed() && !r.changes():
			same++
		case r.risk() > 0 && !words.drift || r.failed():
			eyes = append(eyes, r)
		default:
			others = append(others, r)
		}
	}
	slices.SortStableFunc(eyes, func(a, b sideRow) int { return b.risk() - a.risk() })
	part := func(rows []sideRow, what, title string) section {
		titles := []string{title}
		for _, s := range sides {
			titles = append(titles, span(s.Org))
		}
		return section{what: what, count: len(rows), close: "\n", open: tableHead(titles...), row: func(i int) string {
			r := rows[i]
			cells := []string{h.titled(r.action, r.context, r.sources)}
			for n, c := range r.cells {
				text := sideText(c, sides[n], words, func(s string) string { return "**" + s + "**" })
				switch {
				case c.err != "":
					text = "❌ " + text
				case c.risk > 0 && !words.drift:
					text = "⚠️ " + text
				}
				cells = append(cells, text)
			}
			return row(cells...)
		}}
	}
	sections := []section{part(slices.Concat(eyes, others), "Changes", "Action")}
	if len(eyes)+len(others) > rowsUnfolded && !words.drift {
		unfolded := rowsUnfolded
		if len(eyes) > 0 {
			unfolded = 0
		}
		folded := part(others[unfolded:], "Changes", "Action")
		start, end := fold(count(len(others)-unfolded, "change") + " without a catch")
		folded.open, folded.close = start+folded.open, end
		sections = []section{part(eyes, "Needs your eyes", "⚠️ Needs your eyes"),
			part(others[:unfolded], "Changes", "Action"), folded}
	}
	if same > 0 {
		sections = append(sections, section{what: "Unchanged", count: 1, close: "\n", row: func(int) string {
			if sides.failed() {
				return count(same, "action") + " the same in all organisations that were read.\n"
			}
			return count(same, "action") + " the same in all organisations.\n"
		}})
	}
	return sections
}

// sideDetail is an organisation's own plan, or its failure.
func sideDetail(s Side, h Heading, words wording) string {
	if s.Doc != nil {
		v := newPage(*s.Doc, h, words)
		head := ""
		switch n := s.Doc.Summary; {
		case n.Errors > 0:
			head = "**" + words.withErrors(n.Errors) + "**\n\n"
		case n.Update == 0:
			head = words.same(*s.Doc) + "\n\n"
		}
		return h.assemble("", head, v.sections(), "")
	}
	if s.Failure == nil {
		return "Failed.\n\n"
	}
	problems := section{what: "Problems", close: "\n", count: len(s.Failure.Problems),
		row: func(i int) string { return problemItem(s.Failure.Problems[i]) }}
	return h.assemble("", failureHead(*s.Failure), []section{problems}, "")
}
