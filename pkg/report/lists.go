package report

import (
	"cmp"
	"io"
	"strings"
)

// listCell is an organisation's timeout for an action.
func listCell(s ListSide, a *ListedAction) string {
	switch {
	case s.List == nil:
		return "failed"
	case a == nil:
		return "–"
	}
	return a.timeout()
}

// ListsText writes the lists of several organisations: a row for each action, a column for each organisation.
func ListsText(w io.Writer, sides ListSides, s Style) error {
	p := newPrinter(w, s)
	t := table{columns: []column{{title: "Action", least: 14, usual: 34}, {title: "Category", least: 8, usual: 20}}}
	for _, x := range sides {
		t.columns = append(t.columns, column{title: Inline(x.Org), right: true})
	}
	rows := joinLists(sides)
	for _, r := range rows {
		title, category := actionName(r.action), cmp.Or(r.action.Category, r.context)
		if r.context != "" && r.context != category {
			title += " · " + r.context
		}
		cells := []cell{{text: name(title)}, {text: Inline(clip(category))}}
		for i, a := range r.cells {
			c := cell{text: listCell(sides[i], a)}
			if a == nil || a.TimeoutMS == nil {
				c.colour = dim
			}
			cells = append(cells, c)
		}
		t.rows = append(t.rows, cells)
	}
	switch {
	case len(rows) == 0: // no head above nothing
	case t.least() <= p.columns:
		p.table(t, func(int) {})
		p.line("")
	default:
		p.listBlocks(sides, rows, t)
		p.line("")
	}
	for _, x := range sides {
		if x.Failure != nil {
			p.sideFailure(Inline(x.Org), *x.Failure)
			p.line("")
		}
	}
	p.item(item{text: listNames(sides, Inline) + ".", colour: bold}, 0)
	return p.done()
}

// listBlocks sets each action with a line for each organisation, where columns do not fit.
func (p *printer) listBlocks(sides ListSides, rows []listRow, t table) {
	var orgs []string
	for _, x := range sides {
		orgs = append(orgs, x.Org)
	}
	for i, r := range rows {
		title := name(actionName(r.action))
		if r.context != "" {
			title += " · " + name(r.context)
		}
		p.line(shorten(title, p.columns))
		p.orgLines(orgs, t.rows[i][2:])
	}
}

// ListsMarkdown sets the lists of several organisations side by side.
func ListsMarkdown(sides ListSides, h Heading) string {
	rows := joinLists(sides)
	titles := []string{"Action"}
	for _, s := range sides {
		titles = append(titles, span(s.Org))
	}
	s := section{what: "Actions", count: len(rows), open: tableHead(titles...), close: "\n", row: func(i int) string {
		title := span(actionName(rows[i].action))
		if rows[i].context != "" {
			title += " · " + span(rows[i].context)
		}
		cells := []string{title}
		for n, a := range rows[i].cells {
			cells = append(cells, listCell(sides[n], a))
		}
		return row(cells...)
	}}
	if h.Title == "" {
		h.Title = "Data actions"
	}
	var failures []string
	for _, x := range sides {
		if x.Failure != nil {
			failures = append(failures, span(x.Org)+": "+strings.TrimSpace(failureHead(*x.Failure))+"\n\n")
		}
	}
	head := "\n" + listNames(sides, span) + ".\n\n" + strings.Join(failures, "")
	return h.assemble(h.title(count(len(rows), "action")), head, []section{s}, "")
}
