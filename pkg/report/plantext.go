package report

import (
	"fmt"
	"io"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// notesShown is how many notes (findings of severity info) are listed unless the style is verbose.
const notesShown = 10

// actionsNamed is how many of a flow's unmanaged actions are named.
const actionsNamed = 5

// PlanText writes a plan for people: errors first, then what changes and what callers meet, warnings, notes, and the summary
// as the last line. Unchanged actions are counted, and listed where the style is verbose.
func PlanText(w io.Writer, d plan.Document, s Style) error { return documentText(w, d, s, planWords) }

// DriftText writes the same document as the outcome of a drift check: what is live against what the manifest says.
func DriftText(w io.Writer, d plan.Document, s Style) error {
	return documentText(w, d, s, driftWords)
}

func documentText(w io.Writer, d plan.Document, s Style, words wording) error {
	p, findings := newPrinter(w, s), bySeverity(d.Findings)
	d.Changes = tellFlowsApart(d.Changes)
	p.item(item{text: fmt.Sprintf("%s %s (api %s)%s", words.title, Inline(d.Environment), Inline(string(d.API)), fromFiles(d.Manifest.Files, Inline))}, 0)
	p.line("")
	if p.findings(findings[plan.Error], "✗ error", red, -1) {
		p.line(p.in(red, words.withErrors(d.Summary.Errors)))
		p.line("")
	}
	if rows := shownChanges(d, s.Verbose); len(rows) > 0 {
		p.table(changesTable(d, rows, words, p.columns))
		p.line("")
	}
	p.findings(findings[plan.Warning], "! warning", yellow, -1)
	notes, limit := findings[plan.Info], -1
	if !s.Verbose {
		notes, limit = unmanagedByFlow(notes), notesShown
	}
	p.findings(notes, "· note", blue, limit)
	if s.Verbose && d.Stats.Requests > 0 {
		p.line(p.in(dim, fmt.Sprintf("%s to the API in %d ms.", count(d.Stats.Requests, "request"), d.Stats.DurationMS)))
	}
	for _, l := range wrap(words.summary(d.Summary), p.columns) {
		p.line(p.in(bold, l))
	}
	return p.done()
}

// fromFiles names the manifests, or counts them where they are many.
func fromFiles(files []string, set func(string) string) string {
	switch {
	case len(files) == 0:
		return ""
	case len(files) > 3:
		return fmt.Sprintf(", from %d files", len(files))
	}
	named := make([]string, len(files))
	for i, f := range files {
		named[i] = set(f)
	}
	return ", from " + strings.Join(named, ", ")
}

// unmanagedByFlow joins the notes on actions that the manifest does not list into one a flow, in the place of its first.
func unmanagedByFlow(notes []plan.Finding) []plan.Finding {
	var out []plan.Finding
	at := map[dataaction.Flow]int{}
	names := map[dataaction.Flow][]string{}
	for _, f := range notes {
		if f.Code != plan.ActionUnmanaged {
			out = append(out, f)
			continue
		}
		if _, ok := at[f.Flow]; !ok {
			at[f.Flow] = len(out)
			out = append(out, f)
		}
		names[f.Flow] = append(names[f.Flow], fmt.Sprintf("%q", cut(name(actionName(f.Action)), 40)))
	}
	for flow, list := range names {
		if len(list) < 2 {
			continue
		}
		calls := fmt.Sprintf("flow %q calls %d actions that the manifest does not list: ", flowName(flow), len(list))
		if more := len(list) - actionsNamed; more > 0 {
			list = append(list[:actionsNamed], fmt.Sprintf("%d more", more))
		}
		out[at[flow]].Message = calls + strings.Join(list, ", ")
	}
	return out
}

// findings lists findings under their word, at most limit of them (-1: all), and reports whether there were any.
func (p *printer) findings(list []plan.Finding, label string, c colour, limit int) bool {
	mark, word, _ := strings.Cut(label, " ")
	for i, f := range list {
		if i == limit {
			p.line(p.in(dim, fmt.Sprintf("  and %s (--verbose lists them)", count(len(list)-limit, "more note"))))
			break
		}
		p.item(item{mark: mark, label: word, colour: c, place: place(f.Source), text: message(f.Message), code: Inline(f.Code)}, 0)
	}
	if len(list) > 0 {
		p.line("")
	}
	return len(list) > 0
}

// shownChanges are the places of the changes that are listed.
func shownChanges(d plan.Document, unchanged bool) []int {
	var out []int
	for i, c := range d.Changes {
		if unchanged || c.Change != plan.None {
			out = append(out, i)
		}
	}
	return out
}

// changesTable sets the changes in the fullest layout that the width has room for: with a column for flows, without it, and
// last with the deciding step's name alone.
func changesTable(d plan.Document, shown []int, words wording, columns int) table {
	var t table
	for _, l := range []layout{{flows: true}, {}, {short: true}} {
		t = l.table(d, shown, words)
		if t.fits(columns) {
			break
		}
	}
	return t
}

// layout is how much a table of changes tells.
type layout struct{ flows, short bool }

func (l layout) table(d plan.Document, shown []int, words wording) table {
	index, context := indexCallers(d), changeContexts(d)
	met, flows := false, false
	for _, i := range shown {
		met = met || index.of(d.Changes[i]).known
		flows = flows || len(d.Changes[i].Flows) > 0
	}
	t := table{columns: []column{{}, {title: "Action", least: 16, usual: 40, joined: true}}}
	if l.flows && flows {
		t.columns = append(t.columns, column{title: "Flow", least: 12, usual: 30})
	}
	t.columns = append(t.columns, column{title: words.now, right: true}, column{joined: true}, column{title: words.wanted, joined: true})
	if met {
		t.columns = append(t.columns, column{title: "Callers meet", least: 14, usual: 60})
	}
	for _, i := range shown {
		c := d.Changes[i]
		row := l.row(c, words)
		title := cell{text: name(actionName(c.Action)), colour: row.colour}
		if more := context[i]; more != "" && !(l.flows && flows && more == flowNames(c.Flows, asIs)) {
			title.text += " · " + name(more)
		}
		cells := []cell{row.mark, title}
		if l.flows && flows {
			cells = append(cells, cell{text: flowNames(c.Flows, name), colour: row.colour})
		}
		cells = append(cells, row.now, row.arrow, row.wanted)
		if met {
			cells = append(cells, l.callers(index.of(c), len(c.Flows), row.colour))
		}
		t.rows = append(t.rows, cells)
	}
	return t
}

// changeCells are the parts of a row that tell of the change itself.
type changeCells struct {
	mark, now, arrow, wanted cell
	colour                   colour
}

func (l layout) row(c plan.Change, words wording) changeCells {
	now := dataaction.TextOrUnset(c.Before())
	if c.Change == plan.None {
		state := "unchanged"
		if words.drift {
			state = "in step"
		}
		blank := cell{text: " "}
		return changeCells{mark: blank, now: cell{text: now, colour: dim}, arrow: blank, wanted: cell{text: state, colour: dim}, colour: dim}
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

func (l layout) callers(c callers, flows int, normal colour) cell {
	if c.early() {
		why, tail := c.why(l.short || l.flows && flows == 1)
		return cell{text: c.value() + " (" + why, colour: yellow, tail: tail + ")"}
	}
	if !c.known || c.unused {
		normal = dim
	}
	return cell{text: c.value(), colour: normal}
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
