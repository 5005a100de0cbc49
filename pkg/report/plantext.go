package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

const (
	// notesShown is how many notes (findings of severity info) are listed unless the style is verbose.
	notesShown = 10
	// actionsNamed is how many actions a line names before it counts the rest.
	actionsNamed = 5
	// belowIndent is the indent of what is said below a row.
	belowIndent = 4
)

// PlanText writes a plan for people: errors first, then what changes and what callers meet, findings about changes,
// what is to be known of the rest, and the summary as the last line. Unchanged actions and findings about them are
// counted, and listed where the style is verbose.
func PlanText(w io.Writer, d plan.Document, s Style) error { return documentText(w, d, s, planWords) }

// DriftText writes the same document as the outcome of a drift check: what is live against what the manifest says.
func DriftText(w io.Writer, d plan.Document, s Style) error {
	return documentText(w, d, s, driftWords)
}

func documentText(w io.Writer, d plan.Document, s Style, words wording) error {
	p := newPrinter(w, s)
	d.Changes = tellFlowsApart(d.Changes)
	view, shown := viewCallers(d), shownChanges(d, s.Verbose)
	unchecked := view.unchecked(d, shownChanges(d, false))
	findings := viewFindings(d, unchecked)

	p.item(item{text: words.title + " " + target(d.Org, d.Organization, d.Environment, d.API, Inline) +
		fromFiles(d.Manifest.Files, Inline)}, 0)
	if line := selected(d.Selected, quoteName); line != "" {
		p.item(item{text: line}, 0)
	}
	p.line("")
	if p.findings(findings.errors, "✗ error", red) {
		p.item(item{text: words.withErrors(d.Summary.Errors), colour: red}, 0)
		p.line("")
	}
	if len(shown) > 0 {
		p.changes(d, shown, words, view)
		p.line("")
	}
	said := p.unchecked(unchecked, view, d, shown, "")
	if d.NoEvidence != "" {
		p.item(item{mark: "·", label: "no evidence", colour: blue, text: message(d.NoEvidence)}, 0)
		said = true
	}
	if said {
		p.line("")
	}
	p.warnings(findings, shown)
	p.notes(findings, d.Summary.Update > 0)
	if s.Verbose && d.Stats.Requests > 0 {
		p.line(p.in(dim, fmt.Sprintf("%s to the API in %d ms.", count(d.Stats.Requests, "request"), d.Stats.DurationMS)))
	}
	for _, l := range wrap(words.summary(d), p.columns) {
		p.line(p.in(bold, l))
	}
	return p.done()
}

func quoteName(s string) string { return `"` + cut(name(s), 60) + `"` }

// fromFiles names the manifests, or counts them where they are many.
func fromFiles(files []string, set func(string) string) string {
	switch {
	case len(files) == 0:
		return ""
	case len(files) > manifestsNamed:
		return fmt.Sprintf(", from %d files", len(files))
	}
	named := make([]string, len(files))
	for i, f := range files {
		named[i] = set(f)
	}
	return ", from " + strings.Join(named, ", ")
}

// changes prints the table of changes, with what belongs to each below its row.
func (p *printer) changes(d plan.Document, shown []int, words wording, view callersView) {
	t, l := changesTable(d, shown, words, view, p.columns)
	p.table(t, func(i int) {
		c := d.Changes[shown[i]]
		if l.callersBelow {
			text := "callers not checked"
			if m := view.of(c); m.why == "" {
				text = "callers meet " + callersCell(m)
			}
			p.item(item{text: text}, belowIndent)
		}
		if c.Change == plan.Update {
			p.below(c, l)
		}
		p.callers(c, "")
	})
}

// callers lists who calls an action, where the style is verbose. The organisation has a name beside others.
func (p *printer) callers(c plan.Change, org string) {
	if !p.style.Verbose {
		return
	}
	for _, x := range c.Callers {
		p.item(item{mark: "·", place: org, text: callerLine(x, quoteName, message)}, belowIndent)
	}
}

// below prints what the manifest, the audit and measurements say of a change.
func (p *printer) below(c plan.Change, l layout) {
	var parts []string
	if c.Reason != "" {
		parts = append(parts, "reason: "+message(c.Reason))
	}
	if c.Owner != "" {
		parts = append(parts, "owner: "+message(c.Owner))
	}
	if c.Until != "" {
		parts = append(parts, "until: "+message(c.Until))
	}
	if len(parts) > 0 {
		p.item(item{text: strings.Join(parts, " · ")}, belowIndent)
	}
	if s := lastChange(c.LastChange, name); s != "" {
		p.item(item{text: s}, belowIndent)
	}
	if c.Evidence != nil && !l.evidence {
		p.item(item{text: evidenceText(c)}, belowIndent)
	}
}

func evidenceText(c plan.Change) string {
	return strings.ToLower(evidenceTitle([]plan.Change{c})) + ": " + message(c.Evidence.Text)
}

// unchecked says why callers are not known, and which callers are the dependency index's word, and reports whether
// there was anything to say.
func (p *printer) unchecked(groups []unchecked, view callersView, d plan.Document, shown []int, org string) bool {
	const most = 3
	for i, g := range groups {
		if i == most && !p.style.Verbose {
			p.line(p.in(dim, fmt.Sprintf("  and %s for callers not checked (--verbose lists them)",
				count(len(groups)-most, "more reason"))))
			break
		}
		p.item(item{mark: "·", label: "callers not checked", colour: blue, place: org, text: g.text()}, 0)
	}
	var indexed []string
	for _, i := range shown {
		if c := d.Changes[i]; c.Change == plan.Update && view.of(c).index {
			indexed = append(indexed, actionName(c.Action))
		}
	}
	if len(indexed) > 0 {
		p.item(item{mark: "·", place: org, text: "callers of " + namedFew(indexed) + ": as the dependency index says"}, 0)
	}
	return len(groups)+len(indexed) > 0
}

func (g unchecked) text() string {
	if len(g.actions) == 0 {
		return message(g.reason)
	}
	return namedFew(g.actions) + ": " + message(g.reason)
}

func namedFew(actions []string) string {
	var named []string
	for i, a := range actions {
		if i == actionsNamed {
			named = append(named, fmt.Sprintf("%d more", len(actions)-i))
			break
		}
		named = append(named, `"`+cut(name(a), 40)+`"`)
	}
	return strings.Join(named, ", ")
}

// warnings lists those about changes and the run, and folds the others to a line a code.
func (p *printer) warnings(v findingsView, shown []int) {
	about := append(v.allChanging(shown), v.run...)
	for _, f := range about {
		p.finding(f, "! warning", yellow)
	}
	for _, g := range byCode(v.unchanged) {
		if p.style.Verbose || len(g.found) == 1 {
			for _, f := range g.found {
				p.finding(f, "! warning", yellow)
			}
			continue
		}
		p.item(item{mark: "!", label: "warning", colour: yellow, code: Inline(g.code),
			text: fmt.Sprintf("%d %son unchanged entries: --verbose", len(g.found), moreOf(g.code, about))}, 0)
	}
	if len(about)+len(v.unchanged) > 0 {
		p.line("")
	}
}

// moreOf is "more " where findings of the code are listed already.
func moreOf(code string, listed []plan.Finding) string {
	if slices.ContainsFunc(listed, func(f plan.Finding) bool { return f.Code == code }) {
		return "more "
	}
	return ""
}

// notes lists notes. Beside changes, notes about something else are folded to a line a code.
func (p *printer) notes(v findingsView, changing bool) {
	list := slices.Concat(v.notes, v.otherNotes)
	var folded []codes
	if !p.style.Verbose {
		if changing {
			list = v.notes
			for _, g := range byCode(unmanagedByFlow(v.otherNotes)) {
				if len(g.found) == 1 {
					list = append(slices.Clip(list), g.found...)
				} else {
					folded = append(folded, g)
				}
			}
		}
		list = unmanagedByFlow(list)
	}
	for i, f := range list {
		if i == notesShown && !p.style.Verbose {
			p.line(p.in(dim, fmt.Sprintf("  and %s (--verbose lists them)", count(len(list)-i, "more note"))))
			break
		}
		p.finding(f, "· note", blue)
	}
	for _, g := range folded {
		p.item(item{mark: "·", label: "note", colour: blue, code: Inline(g.code),
			text: fmt.Sprintf("%d %sabout what does not change: --verbose", len(g.found), moreOf(g.code, list))}, 0)
	}
	accepted := v.accepted
	if !p.style.Verbose {
		accepted = nil
	}
	for _, f := range accepted {
		if f.Reason != "" {
			f.Message += ": " + f.Reason
		}
		p.finding(f, "· accepted", blue)
	}
	if len(list)+len(folded)+len(accepted) > 0 {
		p.line("")
	}
}

// unmanagedByFlow joins the notes on actions that the manifest does not list into one a flow, in the place of its
// first.
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
		names[f.Flow] = append(names[f.Flow], actionName(f.Action))
	}
	for flow, list := range names {
		if len(list) > 1 {
			out[at[flow]].Message = fmt.Sprintf("flow %q calls %d actions that the manifest does not list: %s",
				flowName(flow), len(list), namedFew(list))
		}
	}
	return out
}

// findings lists findings under their word, and reports whether there were any.
func (p *printer) findings(list []plan.Finding, label string, c colour) bool {
	for _, f := range list {
		p.finding(f, label, c)
	}
	if len(list) > 0 {
		p.line("")
	}
	return len(list) > 0
}

func (p *printer) finding(f plan.Finding, label string, c colour) {
	mark, word, _ := strings.Cut(label, " ")
	p.item(item{mark: mark, label: word, colour: c, place: place(f.Source), text: message(f.Message),
		code: Inline(f.Code)}, 0)
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
