package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// diagnosis is doctor's JSON document.
type diagnosis struct {
	FormatVersion string         `json:"format_version"`
	Summary       map[string]int `json:"summary"`
	Checks        []check        `json:"checks"`
}

func newDiagnosis(checks []check) diagnosis {
	doc := diagnosis{
		FormatVersion: plan.FormatVersion, Summary: map[string]int{checkOK: 0, checkWarn: 0, checkFail: 0}, Checks: checks,
	}
	for _, c := range checks {
		doc.Summary[c.Status]++
	}
	return doc
}

// showDiagnoses writes the checks of each organisation; several are blocks with their names.
func (a *app) showDiagnoses(outcomes []session.Outcome[[]check]) error {
	var documents report.Joint
	var text strings.Builder
	failed := false
	for i, x := range outcomes {
		if x.Err != nil {
			return x.Err
		}
		doc := newDiagnosis(x.Value)
		failed = failed || doc.Summary[checkFail] > 0
		documents = append(documents, report.JointDocument{Org: x.Desired.Org, Document: doc})
		if len(outcomes) > 1 {
			text.WriteString(strings.Repeat("\n", min(i, 1)) + x.Desired.Org + "\n")
		}
		text.WriteString(diagnosisText(x.Value, a.env.Width))
	}
	var err error
	switch {
	case a.format != report.FormatJSON:
		_, err = io.WriteString(a.env.Stdout, text.String())
	case len(documents) > 1:
		err = report.JSON(a.env.Stdout, documents)
	default:
		err = report.JSON(a.env.Stdout, documents[0].Document)
	}
	switch {
	case err != nil:
		return fmt.Errorf("printing checks: %w", err)
	case failed:
		return status(ExitFailure)
	}
	return nil
}

// diagnosisText is a row for each check, and below it what to do, if anything. On a terminal of that many columns
// rows are wrapped; without one (0 columns) a check is one line, for grep.
func diagnosisText(checks []check, columns int) string {
	const indent = 6 // columns of the status
	names := 0
	for _, c := range checks {
		names = max(names, len(c.Name))
	}
	var b strings.Builder
	for _, c := range checks {
		name := fmt.Sprintf("%-*s  ", names, c.Name)
		lines := []string{name + c.Message}
		if columns > 0 {
			lines = folded(c.Message, columns-indent, len(name))
			lines[0] = name + lines[0]
		}
		if c.Hint != "" {
			lines = append(lines, folded("hint: "+c.Hint, cmp.Or(columns, helpWidth)-indent, 0)...)
		}
		for i, line := range lines {
			status := ""
			if i == 0 {
				status = c.Status
			}
			b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s%s", indent, status, line), " ") + "\n")
		}
	}
	return b.String()
}

// folded breaks text at blanks into lines of at most room characters, the first shorter by taken. A longer word stays
// whole.
func folded(text string, room, taken int) []string {
	lines := []string{""}
	used := taken
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		last := &lines[len(lines)-1]
		switch {
		case *last == "" && (used+n <= room || used == 0):
			*last, used = word, used+n
		case *last != "" && used+1+n <= room:
			*last, used = *last+" "+word, used+1+n
		default:
			lines, used = append(lines, word), n
		}
	}
	return lines
}
