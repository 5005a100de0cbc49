package report

import (
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// rowsUnfolded is how many changes a document shows without a click.
const rowsUnfolded = 10

// PlanMarkdown sets a plan in Markdown for a pull request's comment, a job summary or a file: the counts as its
// heading, the state, errors, the changes that need a reviewer's eyes, the others, and folded away what stays as it
// is.
func PlanMarkdown(d plan.Document, h Heading) string { return documentMarkdown(d, h, planWords) }

// DriftMarkdown sets the same document as the outcome of a drift check: what is live against what the manifest says.
func DriftMarkdown(d plan.Document, h Heading) string { return documentMarkdown(d, h, driftWords) }

func documentMarkdown(d plan.Document, h Heading, words wording) string {
	v := newPage(d, h, words)
	return h.assemble(h.title(v.counts()), v.head(), v.sections(), footer(d.ToolVersion))
}

// drifted is the table of a drift check. All of it is unfolded: every row is what the reader came for.
func (v page) drifted() section {
	changed, last := "", ""
	for _, i := range v.others {
		if v.doc.Changes[i].LastChange != nil {
			changed = "Last recorded change"
		}
		if remarks(v.doc.Changes[i]) != "" {
			last = "Reason, owner"
		}
	}
	return section{
		what: "Changes", count: len(v.others), close: "\n", open: tableHead("Action", "Live ≠ Manifest", v.callersTitle(),
			changed, last),
		row: func(n int) string {
			c := v.doc.Changes[v.others[n]]
			cells := []string{v.name(v.others[n]), v.step(c)}
			if v.callersTitle() != "" {
				cells = append(cells, v.callers(c))
			}
			if changed != "" {
				cells = append(cells, strings.TrimPrefix(lastChange(c.LastChange, span), "last recorded change "))
			}
			if last != "" {
				cells = append(cells, remarks(c))
			}
			return row(cells...)
		},
	}
}

// uncheckedSection says why callers were not checked, a line a reason.
func (v page) uncheckedSection() section {
	return section{what: "Callers not checked", count: len(v.unchecked), close: "\n", row: func(i int) string {
		g := v.unchecked[i]
		named := make([]string, 0, actionsNamed+1)
		for n, a := range g.actions {
			if n == actionsNamed {
				named = append(named, fmt.Sprintf("%d more", len(g.actions)-n))
				break
			}
			named = append(named, span(a))
		}
		if len(named) == 0 {
			return "- Callers not checked: " + prose(g.reason) + "\n"
		}
		return "- Callers not checked: " + strings.Join(named, ", ") + ": " + prose(g.reason) + "\n"
	}}
}

// noEvidence says why evidence that was asked for is missing.
func (v page) noEvidence() section {
	s := section{what: "No evidence", close: "\n", row: func(int) string {
		return "- No evidence: " + prose(v.doc.NoEvidence) + "\n"
	}}
	if v.doc.NoEvidence != "" {
		s.count = 1
	}
	return s
}

// unchangedSection folds away what has its timeout already.
func (v page) unchangedSection() section {
	title := fmt.Sprintf("%d unchanged", v.doc.Summary.Unchanged)
	if v.words.drift {
		title = fmt.Sprintf("%d in step", v.doc.Summary.Unchanged)
	}
	var same []int
	for i, c := range v.doc.Changes {
		if c.Change == plan.None {
			same = append(same, i)
		}
	}
	s := section{what: "Unchanged", count: len(same)}
	s.open, s.close = fold(title)
	s.open += tableHead("Action", "Timeout", v.callersTitle())
	s.row = func(i int) string {
		c := v.doc.Changes[same[i]]
		cells := []string{v.name(same[i]), dataaction.Text(c.After())}
		if v.callersTitle() != "" {
			cells = append(cells, v.callers(c))
		}
		return row(cells...)
	}
	return s
}

func footer(version string) string {
	if version == "" {
		return ""
	}
	return "<sub>genesys-timeouts " + escapeMarkdown(cut(Inline(version), 40)) + "</sub>\n"
}
