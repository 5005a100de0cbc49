package report

import (
	"fmt"
	"io"
	"strings"

	"genesys-timeouts/pkg/plan"
)

// sidesInColumns is how many organisations stand side by side; more are set as blocks.
const sidesInColumns = 3

// SidesText writes the plans of several organisations: a row for each action, a column for each organisation.
func SidesText(w io.Writer, sides Sides, s Style) error { return sidesText(w, sides, s, planWords) }

// SidesDriftText writes the same as the outcome of a drift check.
func SidesDriftText(w io.Writer, sides Sides, s Style) error {
	return sidesText(w, sides, s, driftWords)
}

func sidesText(w io.Writer, sides Sides, s Style, words wording) error {
	if len(sides) == 1 {
		return sides[0].text(w, s, words)
	}
	p := newPrinter(w, s)
	p.item(item{text: words.title + " " + sideNames(sides, Inline) + fromFiles(sideFiles(sides), Inline)}, 0)
	p.line("")
	p.sideRows(sides, joinSides(sides), words)
	for _, x := range sides {
		p.sideFindings(x)
	}
	for _, l := range wrap(sidesSummary(sides, words, Inline), p.columns) {
		p.line(p.in(bold, l))
	}
	return p.done()
}

// text writes the document of a single organisation.
func (s Side) text(w io.Writer, style Style, words wording) error {
	switch {
	case s.Doc == nil:
		return FailureText(w, orEmpty(s.Failure), style)
	case words.drift:
		return DriftText(w, *s.Doc, style)
	}
	return PlanText(w, *s.Doc, style)
}

func (p *printer) sideRows(sides Sides, rows []sideRow, words wording) {
	same := 0
	t := table{columns: []column{{}, {title: "Action", least: 14, usual: 40, joined: true}}}
	for _, s := range sides {
		t.columns = append(t.columns, column{title: Inline(s.Org), least: 12, usual: 40})
	}
	var shown []sideRow
	for _, r := range rows {
		if !r.changes() && !r.failed() && !p.style.Verbose {
			same++
			continue
		}
		cells := make([]cell, 2, 2+len(r.cells))
		cells[0], cells[1] = cell{text: r.mark(), colour: sideColour(r)}, cell{text: sideTitle(r)}
		for i, c := range r.cells {
			cells = append(cells, cell{text: sideText(c, sides[i], words, asIs), colour: cellColour(c)})
		}
		t.rows, shown = append(t.rows, cells), append(shown, r)
	}
	if len(sides) <= sidesInColumns && t.least() <= p.columns {
		if len(shown) > 0 {
			p.table(t, func(i int) { p.sideReason(sides, shown[i]) })
		}
	} else {
		p.sideBlocks(sides, shown, t)
	}
	if same > 0 {
		where := "all"
		if sides.failed() {
			where = "all that were read"
		}
		p.line(p.in(dim, fmt.Sprintf("  %s the same in %s: --verbose", count(same, "action"), where)))
	}
	if len(rows) > 0 {
		p.line("")
	}
}

// sideBlocks sets each action as a block with a line for each organisation.
func (p *printer) sideBlocks(sides Sides, rows []sideRow, t table) {
	orgs := make([]string, len(sides))
	for i, s := range sides {
		orgs[i] = s.Org
	}
	for n, r := range rows {
		mark, title := t.rows[n][0], t.rows[n][1]
		p.line(p.in(mark.colour, mark.text) + " " + shorten(title.text, p.columns-2))
		p.orgLines(orgs, t.rows[n][2:])
		p.sideReason(sides, r)
	}
}

// orgLines sets a line for each organisation, with its cell.
func (p *printer) orgLines(orgs []string, cells []cell) {
	lines := table{columns: []column{{}, {least: 10}, {least: 12}}, rows: make([][]cell, len(orgs))}
	for i, org := range orgs {
		lines.rows[i] = []cell{{text: "   "}, {text: Inline(org), colour: dim}, cells[i]}
	}
	widths := lines.fitted(p.columns)
	for _, l := range lines.rows {
		p.row(lines, widths, l)
	}
}

// sideReason says below a row why, and who to ask, where the manifest does, what the last days say, and who calls.
func (p *printer) sideReason(sides Sides, r sideRow) {
	for _, c := range r.cells {
		if c.change != nil && c.change.Change == plan.Update {
			p.below(*c.change, layout{evidence: true})
			break
		}
	}
	for i, c := range r.cells { // each organisation has its own
		if c.change != nil && c.change.Evidence != nil {
			p.item(item{text: Inline(sides[i].Org) + ", " + evidenceText(*c.change)}, belowIndent)
		}
	}
	for i, c := range r.cells {
		if c.change != nil {
			p.callers(*c.change, sides[i].Org)
		}
	}
}

func sideTitle(r sideRow) string {
	title := name(actionName(r.action))
	if r.context != "" {
		title += " · " + name(r.context)
	}
	return title
}

func sideColour(r sideRow) colour {
	switch r.mark() {
	case "!":
		return red
	case "~":
		return cyan
	}
	return dim
}

func cellColour(c sideCell) colour {
	switch {
	case c.err != "":
		return red
	case c.risk > 0:
		return yellow
	case c.change == nil || c.change.Change == plan.None:
		return dim
	}
	return plainly
}

// sideFindings prints an organisation's failure, errors and warnings, and whose callers are not known, under its name.
func (p *printer) sideFindings(s Side) {
	org := Inline(s.Org)
	said := false
	if s.Doc == nil {
		said = true
		if s.Failure != nil {
			p.sideFailure(org, *s.Failure)
		} else {
			p.sideItem(org, "✗ error", red, item{text: "failed"})
		}
	} else {
		d := *s.Doc
		d.Changes = tellFlowsApart(d.Changes)
		view, shown := viewCallers(d), shownChanges(d, false)
		unchecked := view.unchecked(d, shown)
		v := viewFindings(d, unchecked)
		say := func(list []plan.Finding, mark string, c colour) {
			for _, f := range list {
				said = true
				p.sideItem(org, mark, c, item{place: place(f.Source), text: message(f.Message), code: Inline(f.Code)})
			}
		}
		say(v.errors, "✗ error", red)
		said = p.unchecked(unchecked, view, d, shown, s.Org) || said
		say(append(v.allChanging(shown), v.run...), "! warning", yellow)
		for _, g := range byCode(v.unchanged) {
			said = true
			if len(g.found) == 1 || p.style.Verbose {
				say(g.found, "! warning", yellow)
				continue
			}
			p.sideItem(org, "! warning", yellow, item{code: Inline(g.code),
				text: fmt.Sprintf("%d on unchanged entries: --verbose", len(g.found))})
		}
		if s.Doc.NoEvidence != "" {
			said = true
			p.sideItem(org, "· no evidence", blue, item{text: message(s.Doc.NoEvidence)})
		}
	}
	if said {
		p.line("")
	}
}

// sideItem prints a remark with the organisation's name before it.
func (p *printer) sideItem(org, label string, c colour, it item) {
	it.mark, it.label, _ = strings.Cut(label, " ")
	it.colour = c
	it.text = strings.TrimPrefix(Inline(it.place)+": "+it.text, ": ")
	it.place = org
	p.item(it, 0)
}

func (p *printer) sideFailure(org string, f Failure) {
	for _, x := range f.Problems {
		p.sideItem(org, "✗ error", red, item{place: position(x.File, x.Line, x.Column), text: message(x.Message)})
	}
	if f.Error == nil {
		return
	}
	text := message(f.Error.Message)
	if said := answer(f.Error.Message, f.Error.Status, f.Error.CorrelationID, message); said != "" {
		text = strings.TrimSuffix(text, ".") + ". " + said
	}
	p.sideItem(org, "✗ error", red, item{text: text})
	if f.Error.Hint != "" {
		p.item(item{label: "hint", colour: cyan, text: message(f.Error.Hint)}, 2)
	}
}
