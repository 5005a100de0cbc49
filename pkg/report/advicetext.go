package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/plan"
)

// adviceNotes is how many notes the text shows without --verbose.
const adviceNotes = 5

// AdviceText writes advice for people: a row an action, what to act on first, then a sentence on each of those,
// findings, slots, the values of errorType, and the summary as the last line. Actions to keep are counted, and listed
// where the style is verbose.
func AdviceText(w io.Writer, d advice.Document, s Style) error {
	p := newPrinter(w, s)
	p.item(item{text: fmt.Sprintf("Advice for %s: %s, accepting %s", adviceWhere(d, Inline), adviceInterval(d.Interval),
		advice.Percent(d.Accept))}, 0)
	p.line("")
	all := sortedAdvice(d)
	context := adviceContexts(all)
	var shown []int
	for i, j := range all {
		if s.Verbose || j.Code != advice.Keep {
			shown = append(shown, i)
		}
	}
	if len(shown) > 0 {
		if s.Width <= 0 { // a pipe or a file, with room for everything
			p.room = math.MaxInt
		}
		t, below := adviceTable(all, shown, context, p.room)
		p.table(t, func(i int) { p.measuredBelow(all[shown[i]], below) })
		p.line("")
	}
	said := false
	for _, i := range shown {
		j := all[i]
		if j.Code.Advises() || s.Verbose {
			text := cut(name(named(j, context[i])), nameColumns) + ": " + adviceSentence(j, d.Accept)
			p.item(item{mark: adviceMark(j).text, colour: adviceMark(j).colour, text: text, code: string(j.Code)}, 0)
			said = true
		}
	}
	if said {
		p.line("")
	}
	findings := bySeverity(d.Findings)
	p.findings(findings[plan.Warning], "! warning", yellow)
	notes, more := findings[plan.Info], 0
	if !s.Verbose && len(notes) > adviceNotes {
		notes, more = notes[:adviceNotes], len(notes)-adviceNotes
	}
	p.findings(notes, "· note", blue)
	if more > 0 {
		p.item(item{text: fmt.Sprintf("%d more notes: --verbose", more)}, 0)
		p.line("")
	}
	p.item(item{text: adviceSlots(d.Slots)}, 0)
	if types := adviceErrorTypes(d, func(s string) string { return fmt.Sprintf("%q", cut(name(s), 40)) }); types != "" {
		p.item(item{text: "Values of errorType, as they came: " + types + "."}, 0)
	}
	if d.Stats.Requests > 0 {
		p.line(p.in(dim, fmt.Sprintf("%s to the API in %d ms.", count(d.Stats.Requests, "request"), d.Stats.DurationMS)))
	}
	for _, l := range wrap("Advice: "+adviceSummary(d)+".", p.columns) {
		p.line(p.in(bold, l))
	}
	return p.done()
}

func named(j advice.Judgement, context string) string {
	if context == "" {
		return actionName(j.Action)
	}
	return actionName(j.Action) + " · " + context
}

func adviceMark(j advice.Judgement) cell {
	switch j.Code {
	case advice.TooShort:
		return cell{text: "↑", colour: yellow}
	case advice.TooLong:
		return cell{text: "↓", colour: cyan}
	case advice.GapBelowLimit, advice.AtMaximum, advice.OneBadDay:
		return cell{text: "!", colour: yellow}
	case advice.Keep:
		return cell{text: "✓", colour: green}
	}
	return cell{text: "·", colour: dim}
}

// adviceColumn is a column that moves below the row on narrow terminals.
type adviceColumn struct {
	column
	below int // the layout from which on it is below the row; 0 never
	text  func(advice.Judgement) string
}

var adviceColumns = []adviceColumn{
	{column{title: "Now", right: true}, 0, adviceNow},
	{column{title: "Calls", right: true}, 3, func(j advice.Judgement) string { return advice.Number(j.Calls) }},
	{column{title: "p95", right: true}, 1, func(j advice.Judgement) string { return measured(j.P95MS) }},
	{column{title: "p99", right: true}, 1, adviceP99},
	{column{title: "Ran into limit", right: true}, lastLayout, adviceRan},
	{column{title: "If it hangs", right: true}, 2, adviceHang},
	{column{title: "Advice"}, 0, adviceWord},
}

// lastLayout is that of the narrowest terminals.
const lastLayout = 4

// adviceTable sets the rows in the fullest layout that the width has room for, and returns the columns that have to
// stand below their rows. Names are shortened before a figure leaves its column.
func adviceTable(all []advice.Judgement, shown []int, context map[int]string, room int) (t table,
	below []adviceColumn) {
	for layout := range lastLayout + 1 {
		least := 20
		if layout == lastLayout {
			least = 14
		}
		var beside []adviceColumn
		t, below = table{columns: []column{{}, {title: "Action", least: least, joined: true}}}, nil
		for _, c := range adviceColumns {
			if c.below > 0 && layout >= c.below {
				below = append(below, c)
				continue
			}
			beside = append(beside, c)
			t.columns = append(t.columns, c.column)
		}
		for _, i := range shown {
			t.rows = append(t.rows, adviceRow(all[i], context[i], beside))
		}
		if t.least() <= room {
			break
		}
	}
	return t, below
}

func adviceRow(j advice.Judgement, context string, columns []adviceColumn) []cell {
	colour := plainly
	if !j.Code.Advises() {
		colour = dim
	}
	cells := []cell{adviceMark(j), {text: shorten(name(named(j, context)), nameColumns), colour: colour}}
	for _, c := range columns {
		cells = append(cells, cell{text: c.text(j), colour: colour})
	}
	if j.Code.Advises() {
		cells[len(cells)-1].colour = bold
	}
	return cells
}

// measuredBelow prints the figures that a row has no room for.
func (p *printer) measuredBelow(j advice.Judgement, columns []adviceColumn) {
	var parts []string
	for _, c := range columns {
		if text := c.text(j); text != noValue {
			parts = append(parts, strings.ToLower(c.title)+" "+text)
		}
	}
	if len(parts) > 0 {
		p.item(item{text: strings.Join(parts, " · "), colour: dim}, belowIndent)
	}
}
