package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// csvHead are the columns of a list as CSV. With several organisations, "org" comes before them.
var csvHead = []string{"id", "name", "category", "integration_id", "kind", "flow", "timeout_ms", "version",
	"managed_by"}

// ListCSV writes a list as CSV (RFC 4180, UTF-8) with a head line. Times are whole milliseconds, empty where no
// timeout is set.
//
// Names are data: a field that a spreadsheet would run as a formula gets an apostrophe in front, which makes it text.
// These are the fields that begin with "=", "+", "-", "@", a tab, a carriage return or a line feed, as OWASP lists them
// (https://owasp.org/www-community/attacks/CSV_Injection), and with the full-width forms of the first four. Programs
// that need names to the letter read the JSON.
func ListCSV(w io.Writer, l List) error {
	return writeCSV(w, append([][]string{csvHead}, csvRows(l)...))
}

// ListsCSV writes the lists of several organisations below each other. Organisations that failed have no rows.
func ListsCSV(w io.Writer, sides ListSides) error {
	rows := [][]string{append([]string{"org"}, csvHead...)}
	for _, s := range sides {
		if s.List == nil {
			continue
		}
		for _, r := range csvRows(*s.List) {
			rows = append(rows, append([]string{csvText(s.Org)}, r...))
		}
	}
	return writeCSV(w, rows)
}

func csvRows(l List) [][]string {
	rows := make([][]string, len(l.Actions))
	for i, a := range l.Actions {
		timeout, flow := "", ""
		if a.TimeoutMS != nil {
			timeout = strconv.FormatInt(*a.TimeoutMS, 10)
		}
		if a.Flow != nil {
			flow = flowName(*a.Flow)
		}
		x := a.Action
		rows[i] = []string{csvText(x.ID), csvText(x.Name), csvText(x.Category), csvText(x.IntegrationID),
			csvText(kind(x)), csvText(flow),
			timeout, strconv.FormatInt(a.Version, 10), csvText(strings.Join(places(a.Sources), "; "))}
	}
	return rows
}

func places(sources []dataaction.Source) []string {
	at := make([]string, len(sources))
	for i, s := range sources {
		at[i] = position(s.File, s.Line, s.Column)
	}
	return at
}

// csvText keeps a spreadsheet from running a field.
func csvText(s string) string {
	for _, start := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, start) {
			return "'" + s
		}
	}
	return s
}

func writeCSV(w io.Writer, rows [][]string) error {
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}
