package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// ReportText writes what an apply did: which organisation it wrote to and from what plan, a line for each action that
// was written, failed or skipped, why and what to do below it, and the summary as the last line. Where the style is
// verbose, unchanged actions are listed too, each written document's difference is shown, and the audit record.
func ReportText(w io.Writer, r plan.Report, s Style) error {
	p := newPrinter(w, s)
	if to := target(r.Org, r.Organization, r.Environment, r.API, Inline); to != "" {
		p.item(item{text: "Apply to " + to}, 0)
		if record := auditRecord(r); s.Verbose && record != "" {
			p.item(item{text: record, colour: dim}, 0)
		}
		p.line("")
	}
	t, shown := resultsTable(r, s.Verbose)
	widths := t.fitted(p.columns)
	for i, row := range t.rows {
		p.row(t, widths, row)
		p.resultDetail(r.Results[shown[i]])
	}
	if len(t.rows) > 0 {
		p.line("")
	}
	if s.Verbose && r.Stats.Requests > 0 {
		p.line(p.in(dim, fmt.Sprintf("%s to the API in %d ms.", count(r.Stats.Requests, "request"), r.Stats.DurationMS)))
	}
	for _, l := range wrap(reportSummary(r.Summary), p.columns) {
		p.line(p.in(bold, l))
	}
	return p.done()
}

// auditRecord says when, where and from what an apply wrote.
func auditRecord(r plan.Report) string {
	var parts []string
	if !r.CreatedAt.IsZero() {
		parts = append(parts, r.CreatedAt.UTC().Format(time.RFC3339))
	}
	if r.APIURL != "" {
		parts = append(parts, Inline(r.APIURL))
	}
	if r.Organization != nil && r.Organization.ID != "" {
		parts = append(parts, "organisation "+Inline(r.Organization.ID))
	}
	if r.PlanDigest != "" {
		parts = append(parts, "plan "+Inline(r.PlanDigest))
	}
	if r.ToolVersion != "" {
		parts = append(parts, "genesys-timeouts "+Inline(r.ToolVersion))
	}
	return strings.Join(parts, ", ")
}

func reportSummary(s plan.ReportSummary) string {
	return fmt.Sprintf("Applied: %d, unchanged: %d, failed: %d, skipped: %d.", s.Applied, s.Unchanged, s.Failed, s.Skipped)
}

func resultsTable(r plan.Report, verbose bool) (table, []int) {
	t := table{columns: []column{{}, {least: 12, usual: 40, joined: true}, {right: true}, {joined: true},
		{joined: true}, {}}}
	context := resultContexts(r)
	var shown []int
	for i, x := range r.Results {
		if x.Status == plan.Unchanged && !verbose {
			continue
		}
		mark, c := statusMark(x.Status)
		title := name(actionName(x.Action))
		if context[i] != "" {
			title += " · " + name(context[i])
		}
		arrow, is := cell{text: "→", colour: dim}, cell{text: after(x)}
		if x.Status == plan.Unchanged {
			arrow, is = cell{text: " "}, cell{}
		}
		t.rows = append(t.rows, []cell{{text: mark, colour: c}, {text: title}, {text: before(x)}, arrow, is,
			{text: Inline(string(x.Status)), colour: c}})
		shown = append(shown, i)
	}
	return t, shown
}

func statusMark(s plan.Status) (string, colour) {
	switch s {
	case plan.Applied:
		return "✓", green
	case plan.Failed:
		return "✗", red
	case plan.Skipped:
		return "-", yellow
	}
	return " ", dim
}

// resultDetail prints below a result why it failed, what to do, and, with Verbose, what changed in the document.
func (p *printer) resultDetail(x plan.Result) {
	const indent = 4
	if why := reason(x); why != "" {
		_, c := statusMark(x.Status)
		p.item(item{label: why, colour: c, text: message(x.Error)}, indent)
	} else if x.Error != "" {
		p.item(item{text: message(x.Error)}, indent)
	}
	if said := answer(x.Error, x.HTTPStatus, x.CorrelationID, message); said != "" {
		p.item(item{text: said, colour: dim}, indent)
	}
	if x.Hint != "" {
		p.item(item{label: "hint", colour: cyan, text: message(x.Hint)}, indent)
	}
	if p.style.Verbose {
		p.diff(x.Diff, indent)
	}
}

// reason is the word before a result's message: its code, or that it is an error.
func reason(x plan.Result) string {
	switch {
	case x.Code != "":
		return Inline(x.Code)
	case x.Status == plan.Failed:
		return "error"
	}
	return ""
}

// answer is what the vendor's support asks for, unless the message says it already.
func answer(message string, status int, correlation string, set func(string) string) string {
	var parts []string
	if number := strconv.Itoa(status); status != 0 && !strings.Contains(message, number) {
		parts = append(parts, "HTTP "+number)
	}
	if correlation != "" && !strings.Contains(message, correlation) {
		parts = append(parts, "correlation id "+set(correlation))
	}
	return strings.Join(parts, ", ")
}

// diff prints a document's difference, coloured by its signs.
func (p *printer) diff(diff string, indent int) {
	for line := range strings.Lines(diff) {
		line = message(strings.TrimSuffix(line, "\n"))
		c := plainly
		switch {
		case strings.HasPrefix(line, "-"):
			c = red
		case strings.HasPrefix(line, "+"):
			c = green
		}
		p.line(strings.Repeat(" ", indent) + p.in(c, line))
	}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func before(x plan.Result) string {
	if x.BeforeMS == nil {
		return dataaction.TextOrUnset(nil)
	}
	return dataaction.Text(milliseconds(*x.BeforeMS))
}

func resultContexts(r plan.Report) map[int]string {
	actions := make([]dataaction.Action, len(r.Results))
	flows := make([][]dataaction.Flow, len(r.Results))
	for i, x := range r.Results {
		actions[i], flows[i] = x.Action, x.Flows
	}
	return contexts(actions, flows)
}

// FailureText writes a failure: each problem on its own line as file:line:column: message, for editors and
// problem matchers, and then the error with its hint, wrapped where the width is known. A failure without either
// writes nothing.
func FailureText(w io.Writer, f Failure, s Style) error {
	p := newPrinter(w, s)
	for _, x := range f.Problems {
		at := position(x.File, x.Line, x.Column)
		if at != "" {
			at = p.in(bold, Inline(at)+":") + " "
		}
		p.line(at + message(x.Message))
	}
	if s.Width <= 0 {
		p.columns = 2 * maxMessage // a pipe or a log: whole lines can be searched
	}
	if e := f.Error; e != nil {
		p.item(item{label: "error", colour: red, text: message(e.Message)}, 0)
		if said := answer(e.Message, e.Status, e.CorrelationID, message); said != "" {
			p.item(item{text: said, colour: dim}, 0)
		}
		if e.Hint != "" {
			p.item(item{label: "hint", colour: cyan, text: message(e.Hint)}, 0)
		}
	}
	return p.done()
}
