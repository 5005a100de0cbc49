package report

import (
	"fmt"
	"io"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// fact is a line of `show`: what is known, under its label. The label of a further line of the same kind is empty.
type fact struct{ label, text string }

// facts are what is known of an action: names alone are set by plain, names in sentences by set.
func (a ShownAction) facts(plain, set, text func(string) string) []fact {
	out := []fact{{"timeout", a.timeout()}, {"kind", text(kind(a.Action))}, {"version", fmt.Sprint(a.Version)},
		{"id", plain(a.Action.ID)}}
	if a.Action.Category != "" {
		out = append(out, fact{"category", plain(a.Action.Category)})
	}
	if a.Flow != nil {
		out = append(out, fact{"flow", plain(flowName(*a.Flow))})
	}
	out = append(out, labelled("manifest", a.entries(plain, text), "no entry")...)
	out = append(out, labelled("called by", a.callers(set, text), "")...)
	change := strings.TrimPrefix(lastChange(a.LastChange, set), "last recorded change ")
	switch {
	case a.LastChangeNote != "" && change != "":
		change += " (" + text(a.LastChangeNote) + ")"
	case change == "" && a.LastChangeNote != "":
		change = text(a.LastChangeNote)
	case change == "":
		change = "none on record"
	}
	return append(out, fact{"last change", change})
}

func labelled(label string, lines []string, none string) []fact {
	if len(lines) == 0 {
		lines = []string{none}
	}
	out := make([]fact, len(lines))
	for i, l := range lines {
		out[i] = fact{text: l}
	}
	out[0].label = label
	return out
}

// entries are what the manifest says and where. Where the caller gave no entries, the places alone are known.
func (a ShownAction) entries(plain, text func(string) string) []string {
	var out []string
	for _, e := range a.Entries {
		at := position(e.Source.File, e.Source.Line, e.Source.Column)
		parts := []string{dataaction.Text(e.Timeout) + " at " + plain(at)}
		for _, more := range []fact{{"", e.Reason}, {"owner: ", e.Owner}, {"until: ", e.Until}} {
			if more.text != "" {
				parts = append(parts, more.label+text(more.text))
			}
		}
		out = append(out, strings.Join(parts, " · "))
	}
	if len(out) == 0 {
		for _, s := range a.Sources {
			out = append(out, plain(position(s.File, s.Line, s.Column)))
		}
	}
	return out
}

// callers are the steps that call the action, and what is to be known about the answer.
func (a ShownAction) callers(set, text func(string) string) []string {
	var out []string
	for _, x := range a.Callers {
		out = append(out, callerLine(x, set, text))
	}
	note := text(a.CallersNote)
	switch {
	case note != "":
	case a.Callers == nil:
		note = notChecked
	case len(a.Callers) == 0:
		note = "no published flow that was read"
	}
	if note != "" {
		out = append(out, note)
	}
	return out
}

// callerLine is a step that calls an action.
func callerLine(x plan.Caller, set, text func(string) string) string {
	s := set(flowName(x.Flow))
	if x.Flow.Type != "" {
		s += " (" + text(x.Flow.Type) + ")"
	}
	var via []string
	for _, f := range x.Via {
		via = append(via, set(flowName(f)))
	}
	if len(via) > 0 {
		s += " via " + strings.Join(via, ", ")
	}
	if x.FlowVersion != "" {
		s += " version " + text(x.FlowVersion)
	}
	s += ", step " + set(x.Step.Name)
	switch {
	case x.Expression != "":
		s += ": decided by the expression " + set(cut(x.Expression, nameColumns))
	case x.MeetsMS != nil:
		s += ": meets " + dataaction.Text(milliseconds(*x.MeetsMS))
	}
	return s
}

// ShowText writes actions from all sides.
func ShowText(w io.Writer, x Show, s Style) error {
	p := newPrinter(w, s)
	if to := target("", x.Organization, x.Environment, "", Inline); to != "" {
		p.item(item{text: to}, 0)
		p.line("")
	}
	for i, a := range x.Actions {
		if i > 0 {
			p.line("")
		}
		p.item(item{text: name(actionName(a.Action)), colour: bold}, 0)
		for _, f := range a.facts(name, quoteName, message) {
			p.fact(f)
		}
	}
	return p.done()
}

// fact prints a label and its text, wrapped beside the label.
func (p *printer) fact(f fact) {
	const labels = 15
	label := "  " + f.label + strings.Repeat(" ", labels-2-width(f.label))
	for i, l := range wrap(f.text, p.columns-labels) {
		if i > 0 {
			label = strings.Repeat(" ", labels)
		}
		p.line(p.in(dim, label) + l)
	}
}

// ShowMarkdown sets actions from all sides in Markdown.
func ShowMarkdown(x Show, h Heading) string {
	if h.Title == "" {
		h.Title = "Data action"
	}
	s := section{what: "Actions", count: len(x.Actions), row: func(i int) string {
		var b strings.Builder
		b.WriteString("**" + span(actionName(x.Actions[i].Action)) + "**\n\n" + row("", "") + "|---|---|\n")
		for _, f := range x.Actions[i].facts(span, span, prose) {
			b.WriteString(row(f.label, f.text))
		}
		return b.String() + "\n"
	}}
	title := count(len(x.Actions), "action")
	if len(x.Actions) == 1 {
		title = span(actionName(x.Actions[0].Action))
	}
	return h.assemble(h.title(title), "\n"+target("", x.Organization, x.Environment, "", span)+"\n\n", []section{s}, "")
}
