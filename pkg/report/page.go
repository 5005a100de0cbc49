package report

import (
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// page is a document on its way to Markdown.
type page struct {
	doc       plan.Document
	heading   Heading
	words     wording
	view      callersView
	unchecked []unchecked
	findings  findingsView
	context   map[int]string
	// eyes and others are the places of changes that need a reviewer's eyes, and of those that do not.
	eyes, others []int
}

func newPage(d plan.Document, h Heading, words wording) page {
	d.Changes = tellFlowsApart(d.Changes)
	v := page{doc: d, heading: h, words: words, view: viewCallers(d), context: changeContexts(d)}
	shown := shownChanges(d, false)
	v.unchecked = v.view.unchecked(d, shown)
	v.findings = viewFindings(d, v.unchecked)
	risks := map[int]int{}
	for _, i := range shown {
		risks[i] = risk(d.Changes[i], v.view.of(d.Changes[i]), v.findings.changing[i])
		if words.drift || risks[i] == 0 {
			v.others = append(v.others, i)
		} else {
			v.eyes = append(v.eyes, i)
		}
	}
	slices.SortStableFunc(v.eyes, func(a, b int) int { return risks[b] - risks[a] })
	return v
}

// counts are the numbers of the heading; zeros are left out.
func (v page) counts() string {
	s := v.doc.Summary
	var parts []string
	switch {
	case s.Update > 0 && v.words.drift:
		parts = append(parts, fmt.Sprintf("%d drifted", s.Update))
	case s.Update > 0:
		parts = append(parts, fmt.Sprintf("%d to update", s.Update))
	case s.Errors == 0 && v.words.drift:
		parts = append(parts, "in step")
	case s.Errors == 0:
		parts = append(parts, "no changes")
	}
	if s.Errors > 0 {
		parts = append(parts, count(s.Errors, "error")+" ❌")
	}
	switch n := len(v.eyes); {
	case n > 0:
		parts = append(parts, needEyes(n))
	case s.Warnings > 0:
		parts = append(parts, count(s.Warnings, "warning"))
	}
	return strings.Join(parts, ", ")
}

func needEyes(n int) string {
	if n == 1 {
		return "1 needs your eyes ⚠️"
	}
	return fmt.Sprintf("%d need your eyes ⚠️", n)
}

// head is the state line and what must be known before the tables.
func (v page) head() string {
	d, h := v.doc, v.heading
	state := "**Planned** for "
	if v.words.drift {
		state = "**Checked** "
	}
	about := target(d.Org, d.Organization, d.Environment, otherAPI(d.API), span) + h.origin(d.Manifest.Files)
	head := state + about + "\n"
	if h.Refused != "" {
		head = "**Not applied**: " + prose(h.Refused) + "<br>Planned for " + about + "\n"
	}
	head += "\n"
	if s := selected(d.Selected, span); s != "" {
		head += s + "\n\n"
	}
	head += h.notice()
	switch {
	case d.Summary.Errors > 0:
		head += "**" + v.words.withErrors(d.Summary.Errors) + "**\n\n"
	case d.Summary.Update == 0:
		head += v.words.same(d) + "\n\n"
	}
	return head
}

// otherAPI is a surface that is worth a mention: empty for the usual one.
func otherAPI(api dataaction.API) dataaction.API {
	if api == dataaction.Integrations {
		return ""
	}
	return api
}

func (v page) sections() []section {
	f, h := v.findings, v.heading
	accepted := append(slices.Concat(f.notes, f.otherNotes), f.accepted...)
	open := ""
	if v.words.drift {
		open = "**Could not be compared**\n\n"
	}
	out := []section{h.findingSection(f.errors, "Errors", "❌", open, false)}
	if v.words.drift {
		out = append(out, v.drifted(), h.findingSection(f.allChanging(v.others), "Warnings", "⚠️", "", false))
	} else {
		out = append(append(out, v.eyesSection()), v.othersSections()...)
	}
	return append(out,
		h.findingSection(f.run, "Warnings", "⚠️", "", false),
		v.uncheckedSection(),
		v.noEvidence(),
		h.findingSection(f.unchanged, "Warnings", "⚠️", count(len(f.unchanged),
			"warning")+" on entries that do not change", true),
		h.findingSection(accepted, "Notes", "ℹ️", count(len(accepted), "note"), true),
		v.unchangedSection(),
	)
}

// table is the head and rule of a table whose empty columns are left out.
func tableHead(titles ...string) string {
	titles = slices.DeleteFunc(titles, func(s string) bool { return s == "" })
	return row(titles...) + strings.Repeat("|---", len(titles)) + "|\n"
}

// evidence is the title of the evidence column, empty where no change has any.
func (v page) evidence() string { return evidenceTitle(v.doc.Changes) }

// callersTitle is empty on surface flows, which does not know callers.
func (v page) callersTitle() string {
	if v.doc.API == dataaction.Flows {
		return ""
	}
	return "Callers meet"
}

// row is a change's row; last is its last cell.
func (v page) row(i int, last string) string {
	c := v.doc.Changes[i]
	cells := []string{v.name(i), v.step(c)}
	if v.callersTitle() != "" {
		cells = append(cells, v.callers(c))
	}
	if v.evidence() != "" {
		text := ""
		if c.Evidence != nil {
			text = prose(c.Evidence.Text)
		}
		cells = append(cells, text)
	}
	return row(append(cells, last)...)
}

// name is the action, linked, and on surface flows the flow that owns it.
func (v page) name(i int) string {
	c := v.doc.Changes[i]
	if v.doc.API != dataaction.Flows {
		return v.heading.titled(c.Action, v.context[i], c.Sources)
	}
	context := v.context[i]
	if context == flowNames(c.Flows, asIs) {
		context = ""
	}
	return v.heading.titled(c.Action, context, c.Sources) + " in " + flowNames(c.Flows, span)
}

func (v page) step(c plan.Change) string {
	s := dataaction.TextOrUnset(c.Before()) + " " + v.words.between + " **" + dataaction.Text(c.After()) + "**"
	if c.Lowered() && !v.words.drift {
		s += "\u00a0↓" // the arrow stays beside its timeout
	}
	return s
}

func (v page) callers(c plan.Change) string {
	m := v.view.of(c)
	if m.defeated() {
		m.value = "**" + m.value + "**"
	}
	s := m.text(span)
	if m.index {
		s += ", as the dependency index says"
	}
	return s
}

func (v page) eyesSection() section {
	return section{
		what: "Needs your eyes", count: len(v.eyes), close: "\n",
		open: tableHead("⚠️ Needs your eyes", "Now → Wanted", v.callersTitle(), v.evidence(), "Why"),
		row: func(n int) string {
			i := v.eyes[n]
			c := v.doc.Changes[i]
			said := v.findings.catches(c, v.view.of(c), v.findings.changing[i])
			if r := remarks(c); r != "" {
				if c.Reason != "" {
					r = "Reason: " + r
				}
				said = append(said, r)
			}
			return v.row(i, strings.Join(said, "<br>"))
		},
	}
}

// remarks are what the manifest and the audit say of a change.
func remarks(c plan.Change) string {
	var parts []string
	if c.Reason != "" {
		parts = append(parts, prose(c.Reason))
	}
	if c.Owner != "" {
		parts = append(parts, "owner: "+span(c.Owner))
	}
	if c.Until != "" {
		parts = append(parts, "until: "+prose(c.Until))
	}
	return strings.Join(parts, " · ")
}

// othersSections show the changes without a catch: all of them where they are few, else folded.
func (v page) othersSections() []section {
	last := ""
	for _, i := range v.others {
		if remarks(v.doc.Changes[i]) != "" {
			last = "Reason, owner"
		}
	}
	part := func(places []int) section {
		return section{
			what: "Changes", count: len(places), close: "\n",
			open: tableHead("Action", "Now → Wanted", v.callersTitle(), v.evidence(), last),
			row: func(n int) string {
				if last == "" {
					return v.rowWithoutLast(places[n])
				}
				return v.row(places[n], remarks(v.doc.Changes[places[n]]))
			},
		}
	}
	unfolded := len(v.others)
	switch {
	case len(v.eyes)+len(v.others) <= rowsUnfolded:
	case len(v.eyes) > 0:
		unfolded = 0
	default:
		unfolded = rowsUnfolded
	}
	folded := part(v.others[unfolded:])
	open, end := fold(v.othersTitle(v.others[unfolded:]))
	folded.open, folded.close = open+folded.open, end
	return []section{part(v.others[:unfolded]), folded}
}

func (v page) rowWithoutLast(i int) string {
	s := v.row(i, "")
	return strings.TrimSuffix(s, "|  |\n") + "|\n"
}

// othersTitle counts changes and names the longest: "8 raises without a catch (longest: Take card payment 25s →
// 30s)".
func (v page) othersTitle(places []int) string {
	if len(places) == 0 {
		return ""
	}
	longest, what := places[0], "raise"
	for _, i := range places {
		c := v.doc.Changes[i]
		if c.AfterMS > v.doc.Changes[longest].AfterMS {
			longest = i
		}
		if c.BeforeMS == nil {
			what = "change"
		}
	}
	c := v.doc.Changes[longest]
	return fmt.Sprintf("%s without a catch (longest: %s %s → %s)", count(len(places), what),
		codeHTML(actionName(c.Action)),
		dataaction.TextOrUnset(c.Before()), dataaction.Text(c.After()))
}
