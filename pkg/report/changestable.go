package report

import (
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// layout is how much a table of changes holds.
type layout struct {
	// flows and callers are columns that the document has something to put into; evidence as well, unless it is below.
	flows, callers, evidence bool
	// callersBelow puts what callers meet below the row.
	callersBelow bool
}

// changesTable sets the changes in the fullest layout that fits the width.
func changesTable(d plan.Document, shown []int, words wording, view callersView, columns int) (table, layout) {
	full := layout{flows: d.API == dataaction.Flows, callers: d.API != dataaction.Flows}
	for _, i := range shown {
		full.evidence = full.evidence || d.Changes[i].Evidence != nil
	}
	noEvidence, narrow := full, layout{callersBelow: full.callers}
	noEvidence.evidence = false
	for _, l := range []layout{full, noEvidence} {
		if t := l.table(d, shown, words, view); t.fits(columns) {
			return t, l
		}
	}
	if t := noEvidence.table(d, shown, words, view); t.least() <= columns {
		return t, noEvidence
	}
	return narrow.table(d, shown, words, view), narrow
}

func (l layout) table(d plan.Document, shown []int, words wording, view callersView) table {
	context := changeContexts(d)
	t := table{columns: []column{{}, {title: "Action", least: 14, usual: 40, joined: true}}}
	if l.flows {
		t.columns = append(t.columns, column{title: "Flow", least: 12, usual: 30})
	}
	t.columns = append(t.columns, column{title: words.now, right: true}, column{joined: true},
		column{title: words.wanted, joined: true})
	if l.callers {
		t.columns = append(t.columns, column{title: "Callers meet", least: 14, usual: 40})
	}
	if l.evidence {
		t.columns = append(t.columns, column{title: evidenceTitle(d.Changes), least: 20, usual: 70})
	}
	for _, i := range shown {
		c := d.Changes[i]
		row := changeRow(c, words)
		title := cell{text: name(actionName(c.Action)), colour: row.colour}
		owner := ""
		if d.API == dataaction.Flows {
			owner = flowNames(c.Flows, asIs)
		}
		if more := context[i]; more != "" && more != owner {
			title.text += " · " + name(more)
		}
		if owner != "" && !l.flows {
			title.text += " · " + name(owner)
		}
		cells := []cell{row.mark, title}
		if l.flows {
			cells = append(cells, cell{text: flowNames(c.Flows, name), colour: row.colour})
		}
		cells = append(cells, row.now, row.arrow, row.wanted)
		if l.callers {
			m := view.of(c)
			colour := row.colour
			switch {
			case m.defeated():
				colour = yellow
			case m.value == notChecked:
				colour = dim
			}
			cells = append(cells, cell{text: callersCell(m), colour: colour})
		}
		if l.evidence {
			text := ""
			if c.Evidence != nil {
				text = message(c.Evidence.Text)
			}
			cells = append(cells, cell{text: text})
		}
		t.rows = append(t.rows, cells)
	}
	return t
}

func callersCell(m meets) string { return m.text(name) }

// changeCells are the parts of a row that tell of the change itself.
type changeCells struct {
	mark, now, arrow, wanted cell
	colour                   colour
}

func changeRow(c plan.Change, words wording) changeCells {
	now := dataaction.TextOrUnset(c.Before())
	if c.Change == plan.None {
		state := "unchanged"
		if words.drift {
			state = "in step"
		}
		blank := cell{text: " "}
		return changeCells{mark: blank, now: cell{text: now, colour: dim}, arrow: blank,
			wanted: cell{text: state, colour: dim}, colour: dim}
	}
	out := changeCells{
		mark: cell{text: "~", colour: cyan}, now: cell{text: now}, arrow: cell{text: words.between, colour: dim},
		wanted: cell{text: dataaction.Text(c.After()), colour: bold},
	}
	if c.Lowered() && !words.drift {
		out.wanted.text += " ↓ lowered"
		out.wanted.colour = yellow
	}
	return out
}

func asIs(s string) string { return s }

func changeContexts(d plan.Document) map[int]string {
	actions := make([]dataaction.Action, len(d.Changes))
	flows := make([][]dataaction.Flow, len(d.Changes))
	for i, c := range d.Changes {
		actions[i], flows[i] = c.Action, c.Flows
	}
	return contexts(actions, flows)
}
