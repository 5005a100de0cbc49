package cli

import (
	"fmt"
	"io"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// outputFlags say how the result is shown.
type outputFlags struct {
	format  format
	verbose bool
	quiet   bool
}

// validation is what validate found: how much is valid, or what is wrong.
type validation struct {
	entries, files int
	failure        report.Failure
}

// renderer shows results in one format.
type renderer interface {
	Plan(w io.Writer, doc plan.Document) error
	Drift(w io.Writer, doc plan.Document) error
	Report(w io.Writer, r plan.Report) error
	Failure(w io.Writer, f report.Failure) error
	Validation(w io.Writer, v validation) error
}

// renderer is the one for stdout.
func (a *app) renderer() renderer {
	switch a.format {
	case formatJSON:
		return jsonRenderer{}
	case formatMarkdown:
		return markdownRenderer{}
	}
	return textRenderer{a.style()}
}

// style is stdout's.
func (a *app) style() report.Style {
	return report.Style{Color: a.color(a.env.OutTerminal), Width: a.env.Width, Verbose: a.verbose}
}

func (a *app) color(terminal bool) bool {
	return terminal && !a.noColor && a.env.Getenv("NO_COLOR") == "" && a.env.Getenv("TERM") != "dumb"
}

type textRenderer struct{ style report.Style }

func (t textRenderer) Plan(w io.Writer, doc plan.Document) error {
	return report.PlanText(w, doc, t.style)
}
func (t textRenderer) Drift(w io.Writer, doc plan.Document) error {
	return report.DriftText(w, doc, t.style)
}
func (t textRenderer) Report(w io.Writer, r plan.Report) error {
	return report.ReportText(w, r, t.style)
}
func (t textRenderer) Failure(w io.Writer, f report.Failure) error {
	return report.FailureText(w, f, t.style)
}

func (t textRenderer) Validation(w io.Writer, v validation) error {
	entries, files := plan.Count(v.entries, "entry", "entries"), plan.Count(v.files, "file", "files")
	return print(w, fmt.Sprintf("Valid: %s in %s.\n", entries, files))
}

type markdownRenderer struct{}

func (markdownRenderer) Plan(w io.Writer, doc plan.Document) error {
	return print(w, report.PlanMarkdown(doc, report.Heading{}))
}

func (markdownRenderer) Drift(w io.Writer, doc plan.Document) error {
	return print(w, report.DriftMarkdown(doc, report.Heading{}))
}

func (markdownRenderer) Report(w io.Writer, r plan.Report) error {
	return print(w, report.ReportMarkdown(r, report.Heading{}))
}

func (markdownRenderer) Failure(w io.Writer, f report.Failure) error {
	return print(w, report.FailureMarkdown(f, report.Heading{}))
}

func (m markdownRenderer) Validation(w io.Writer, v validation) error { return m.Failure(w, v.failure) }

func print(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

type jsonRenderer struct{}

func (jsonRenderer) Plan(w io.Writer, doc plan.Document) error   { return report.JSON(w, doc) }
func (jsonRenderer) Drift(w io.Writer, doc plan.Document) error  { return report.JSON(w, doc) }
func (jsonRenderer) Report(w io.Writer, r plan.Report) error     { return report.JSON(w, r) }
func (jsonRenderer) Failure(w io.Writer, f report.Failure) error { return report.JSON(w, f) }
func (jsonRenderer) Validation(w io.Writer, v validation) error  { return report.JSON(w, v.failure) }
