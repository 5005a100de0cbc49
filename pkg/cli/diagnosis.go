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
	if a.format == report.FormatJSON {
		err = report.JSON(a.env.Stdout, doc)
	} else {
		_, err = io.WriteString(a.env.Stdout, diagnosisText(checks, a.env.Width))
	}
	if err != nil {
		return fmt.Errorf("printing checks: %w", err)
	}
	if doc.Summary[checkFail] > 0 {
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
