package report

import (
	"fmt"
	"io"

	"genesys-timeouts/pkg/plan"
)

// Format is the value of --format.
type Format string

// The formats. CSV is for lists alone.
const (
	FormatText     Format = "text"
	FormatJSON     Format = "json"
	FormatMarkdown Format = "markdown"
	FormatCSV      Format = "csv"
)

// Renderer writes results in one format. Every method writes one whole document and returns the writer's error.
type Renderer interface {
	// Plan writes what apply would change.
	Plan(io.Writer, plan.Document) error
	// Drift writes the same document as the outcome of a drift check. In JSON the two are the same.
	Drift(io.Writer, plan.Document) error
	// Plans and Drifts write the same for several organisations, side by side.
	Plans(io.Writer, Sides) error
	Drifts(io.Writer, Sides) error
	// Report writes what apply did.
	Report(io.Writer, plan.Report) error
	// Show writes actions from all sides.
	Show(io.Writer, Show) error
	// Failure writes a run that has neither a plan nor a report.
	Failure(io.Writer, Failure) error
	// Validation writes what validate found.
	Validation(io.Writer, Validation) error
}

// NewRenderer returns the renderer of a format. Style is used by text, the heading by Markdown.
func NewRenderer(f Format, s Style, h Heading) (Renderer, error) {
	switch f {
	case FormatText, "":
		return textRenderer{s}, nil
	case FormatMarkdown:
		return markdownRenderer{h}, nil
	case FormatJSON:
		return jsonRenderer{}, nil
	}
	return nil, fmt.Errorf("unknown format %q", f)
}

// ListRenderer writes lists, which have a format more than other results: CSV.
type ListRenderer interface {
	// List writes the data actions of one organisation, Lists those of several.
	List(io.Writer, List) error
	Lists(io.Writer, ListSides) error
}

// NewListRenderer returns the renderer of a format for lists.
func NewListRenderer(f Format, s Style, h Heading) (ListRenderer, error) {
	switch f {
	case FormatText, "":
		return textRenderer{s}, nil
	case FormatMarkdown:
		return markdownRenderer{h}, nil
	case FormatJSON:
		return jsonRenderer{}, nil
	case FormatCSV:
		return csvRenderer{}, nil
	}
	return nil, fmt.Errorf("unknown format %q", f)
}

type csvRenderer struct{}

func (csvRenderer) List(w io.Writer, l List) error       { return ListCSV(w, l) }
func (csvRenderer) Lists(w io.Writer, l ListSides) error { return ListsCSV(w, l) }

// Validation is the result of validate. Problems are empty for a valid manifest.
type Validation struct {
	Entries, Files int
	Problems       []Problem
}

type textRenderer struct{ style Style }

func (r textRenderer) Plan(w io.Writer, d plan.Document) error  { return PlanText(w, d, r.style) }
func (r textRenderer) Drift(w io.Writer, d plan.Document) error { return DriftText(w, d, r.style) }
func (r textRenderer) Plans(w io.Writer, s Sides) error         { return SidesText(w, s, r.style) }
func (r textRenderer) Drifts(w io.Writer, s Sides) error        { return SidesDriftText(w, s, r.style) }
func (r textRenderer) Report(w io.Writer, x plan.Report) error  { return ReportText(w, x, r.style) }
func (r textRenderer) Show(w io.Writer, x Show) error           { return ShowText(w, x, r.style) }
func (r textRenderer) List(w io.Writer, l List) error           { return ListText(w, l, r.style) }
func (r textRenderer) Lists(w io.Writer, l ListSides) error     { return ListsText(w, l, r.style) }
func (r textRenderer) Failure(w io.Writer, f Failure) error     { return FailureText(w, f, r.style) }
func (r textRenderer) Validation(w io.Writer, v Validation) error {
	if len(v.Problems) > 0 {
		return FailureText(w, NewFailure(nil, v.Problems), r.style)
	}
	entries := fmt.Sprintf("%d entries", v.Entries)
	if v.Entries == 1 {
		entries = "1 entry"
	}
	p := newPrinter(w, r.style)
	p.line(fmt.Sprintf("Valid: %s in %s.", entries, count(v.Files, "file")))
	return p.done()
}

type markdownRenderer struct{ heading Heading }

func (r markdownRenderer) Plan(w io.Writer, d plan.Document) error {
	return writeText(w, PlanMarkdown(d, r.heading))
}

func (r markdownRenderer) Drift(w io.Writer, d plan.Document) error {
	return writeText(w, DriftMarkdown(d, r.heading))
}

func (r markdownRenderer) Plans(w io.Writer, s Sides) error {
	return writeText(w, SidesMarkdown(s, r.heading))
}

func (r markdownRenderer) Drifts(w io.Writer, s Sides) error {
	return writeText(w, SidesDriftMarkdown(s, r.heading))
}

func (r markdownRenderer) Report(w io.Writer, x plan.Report) error {
	return writeText(w, ReportMarkdown(x, r.heading))
}

func (r markdownRenderer) Show(w io.Writer, x Show) error {
	return writeText(w, ShowMarkdown(x, r.heading))
}

func (r markdownRenderer) List(w io.Writer, l List) error {
	return writeText(w, ListMarkdown(l, r.heading))
}

func (r markdownRenderer) Lists(w io.Writer, l ListSides) error {
	return writeText(w, ListsMarkdown(l, r.heading))
}

func (r markdownRenderer) Failure(w io.Writer, f Failure) error {
	return writeText(w, FailureMarkdown(f, r.heading))
}

func (r markdownRenderer) Validation(w io.Writer, v Validation) error {
	return r.Failure(w, NewFailure(nil, v.Problems))
}

func writeText(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

type jsonRenderer struct{}

func (jsonRenderer) Plan(w io.Writer, d plan.Document) error  { return JSON(w, d) }
func (jsonRenderer) Drift(w io.Writer, d plan.Document) error { return JSON(w, d) }
func (jsonRenderer) Plans(w io.Writer, s Sides) error         { return JSON(w, s) }
func (jsonRenderer) Drifts(w io.Writer, s Sides) error        { return JSON(w, s) }
func (jsonRenderer) Report(w io.Writer, x plan.Report) error  { return JSON(w, x) }
func (jsonRenderer) Show(w io.Writer, x Show) error           { return JSON(w, x) }
func (jsonRenderer) List(w io.Writer, l List) error           { return JSON(w, l) }
func (jsonRenderer) Lists(w io.Writer, l ListSides) error     { return JSON(w, l) }
func (jsonRenderer) Failure(w io.Writer, f Failure) error     { return JSON(w, f) }
func (jsonRenderer) Validation(w io.Writer, v Validation) error {
	return JSON(w, NewFailure(nil, v.Problems))
}
