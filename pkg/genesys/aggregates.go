package genesys

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// readAggregates reads {results[] {group {}, data[] {interval, metrics[], views[]}}} in one pass: an answer on 10,000
// actions has some 100 MB. An object without results is what the API answers where nothing was called.
func readAggregates(from io.Reader, views []string) ([]dataaction.Measurement, error) {
	a := &aggregates{walk: rawjson.NewStream(from), views: views,
		texts: map[string]string{}, starts: map[string]time.Time{}}
	a.expect('{', "")
	for name := range a.walk.Members() {
		if name == "results" {
			a.expect('[', name)
			for range a.walk.Elements() {
				a.result()
			}
		}
	}
	switch err := a.walk.End(); {
	case err != nil:
		return nil, err
	case a.wrong != nil:
		return nil, a.wrong
	case a.tooMany:
		return nil, errTooMany
	}
	return a.rows, nil
}

// aggregates collects measurements from an answer. Each text and each time is kept once.
type aggregates struct {
	walk    *rawjson.Walk
	views   []string // their names, in the question's order
	rows    []dataaction.Measurement
	counts  []int64 // room for the next rows' Over
	texts   map[string]string
	starts  map[string]time.Time
	wrong   error
	tooMany bool
}

// expect notes that the next value is of the wrong type.
func (a *aggregates) expect(bracket byte, field string) {
	if c := a.walk.Next(); c != bracket && c != 0 {
		a.wrong = &json.UnmarshalTypeError{Value: "value that does not begin with " + string(bracket), Field: field}
	}
}

// result reads one group's measurements.
func (a *aggregates) result() {
	first := len(a.rows)
	var action, errorType string
	for name := range a.walk.Members() {
		switch name {
		case "group":
			for name := range a.walk.Members() {
				switch name {
				case "actionId":
					action = a.text()
				case "errorType":
					errorType = a.text()
				}
			}
		case "data":
			for range a.walk.Elements() {
				a.span()
			}
		}
	}
	for i := range a.rows[first:] {
		a.rows[first+i].ActionID, a.rows[first+i].ErrorType = action, errorType
	}
}

// span reads the measurement of one span of time.
func (a *aggregates) span() {
	if a.walk.Next() != '{' {
		return
	}
	row := emptyRow()
	for name := range a.walk.Members() {
		switch name {
		case "interval":
			row.Start = a.start()
		case "metrics":
			for range a.walk.Elements() {
				a.metric(&row)
			}
		case "views":
			if len(a.views) > 0 && a.walk.Next() == '[' {
				row.Over = a.room()
			}
			for range a.walk.Elements() {
				a.view(row.Over)
			}
		}
	}
	if a.tooMany = a.tooMany || len(a.rows) >= maxMeasurements; !a.tooMany {
		a.rows = append(a.rows, row)
	}
}

// emptyRow has no statistics.
func emptyRow() dataaction.Measurement {
	const unknown = dataaction.Unknown
	return dataaction.Measurement{SumMS: unknown, MaxMS: unknown, P95MS: unknown, P99MS: unknown}
}

func (a *aggregates) metric(row *dataaction.Measurement) {
	var metric string
	stats := emptyRow()
	for name := range a.walk.Members() {
		switch name {
		case "metric":
			metric = a.text(executionTime)
		case "stats":
			for name := range a.walk.Members() {
				switch name {
				case "count":
					stats.Calls = max(0, a.amount(stats.Calls))
				case "sum":
					stats.SumMS = a.amount(stats.SumMS)
				case "max":
					stats.MaxMS = a.amount(stats.MaxMS)
				case "p95":
					stats.P95MS = a.amount(stats.P95MS)
				case "p99":
					stats.P99MS = a.amount(stats.P99MS)
				}
			}
		}
	}
	if metric == executionTime {
		stats.Start, stats.Over = row.Start, row.Over
		*row = stats
	}
}

func (a *aggregates) view(over []int64) {
	var view string
	var count int64
	for name := range a.walk.Members() {
		switch name {
		case "name":
			view = a.text(a.views...)
		case "stats":
			for name := range a.walk.Members() {
				if name == "count" {
					count = max(0, a.amount(count))
				}
			}
		}
	}
	if i := slices.Index(a.views, view); i >= 0 && over != nil {
		over[i] = count
	}
}

// room is for one row's counts by threshold.
func (a *aggregates) room() []int64 {
	n := len(a.views)
	if len(a.counts) < n {
		a.counts = make([]int64, max(n, 4096))
	}
	over := a.counts[:n:n]
	a.counts = a.counts[n:]
	return over
}

// text takes a string, which probably is one of those; it is empty for any other value.
func (a *aggregates) text(likely ...string) string {
	if a.walk.Next() != '"' {
		return ""
	}
	raw := a.walk.Scalar()
	for _, text := range likely {
		if string(raw) == text {
			return text
		}
	}
	text, known := a.texts[string(raw)]
	if !known {
		text = rawjson.Text(raw)
		a.texts[string(raw)] = text
	}
	return text
}

// start takes "FROM/TO" and is FROM, the zero time where it cannot be read.
func (a *aggregates) start() time.Time {
	raw := a.walk.Scalar()
	at, known := a.starts[string(raw)]
	if !known {
		from, _, _ := strings.Cut(string(raw), "/")
		if t, err := time.Parse(time.RFC3339, from); err == nil {
			at = t.UTC()
		}
		a.starts[string(raw)] = at
	}
	return at
}

// amount takes a count or a number of milliseconds, rounded. It is dataaction.Unknown for what cannot be one, and old
// for a value of another type.
func (a *aggregates) amount(old int64) int64 {
	switch a.walk.Next() {
	case '{', '[', '"':
		return old
	}
	raw := a.walk.Scalar()
	if len(raw) < 16 && len(bytes.Trim(raw, "0123456789")) == 0 {
		n := int64(0)
		for _, c := range raw {
			n = 10*n + int64(c-'0')
		}
		return n
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(f >= 0 && f <= 1<<53) {
		return dataaction.Unknown
	}
	return int64(math.Round(f))
}
