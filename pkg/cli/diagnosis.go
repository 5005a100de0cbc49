package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// diagnosis is doctor's JSON document.
type diagnosis struct {
	FormatVersion string         `json:"format_version"`
	Summary       map[string]int `json:"summary"`
	Checks        []check        `json:"checks"`
}

func (a *app) showDiagnosis(checks []check) error {
	doc := diagnosis{
		FormatVersion: plan.FormatVersion, Summary: map[string]int{checkOK: 0, checkWarn: 0, checkFail: 0}, Checks: checks,
	}
	for _, c := range checks {
		doc.Summary[c.Status]++
	}
	var err error
	if a.format == formatJSON {
		err = report.JSON(a.env.Stdout, doc)
	} else {
		_, err = io.WriteString(a.env.Stdout, diagnosisText(checks, cmp.Or(a.env.Width, helpWidth)))
	}
	if err != nil {
		return fmt.Errorf("printing checks: %w", err)
	}
	if doc.Summary[checkFail] > 0 {
		return status(ExitFailure)
	}
	return nil
}

// minMessage is the narrowest column, in characters, in which a message stays readable.
const minMessage = 30

// diagnosisText is a row for each check, wrapped, and below it what to do, if anything. Messages line up in a column; on a
// narrow terminal they begin below the check's name.
func diagnosisText(checks []check, columns int) string {
	const indent = 6 // columns of the status
	names := 0
	for _, c := range checks {
		names = max(names, len(c.Name))
	}
	at := indent + names + 2
	if columns-at < minMessage {
		at = indent
	}
	var b strings.Builder
	for _, c := range checks {
		row := fmt.Sprintf("%-*s%-*s  ", indent, c.Status, names, c.Name)
		if at == indent {
			row = strings.TrimRight(row, " ") + "\n" + strings.Repeat(" ", at)
		}
		b.WriteString(row + strings.Join(folded(c.Message, columns-at), "\n"+strings.Repeat(" ", at)) + "\n")
		if c.Hint == "" {
			continue
		}
		for _, line := range folded("hint: "+c.Hint, columns-indent) {
			fmt.Fprintf(&b, "%*s%s\n", indent, "", line)
		}
	}
	return b.String()
}

// folded breaks text at blanks into lines of so many characters; a longer word stays whole.
func folded(text string, room int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= room:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
