package genesys

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// readAggregates reads {results[] {group {}, data[] {interval, metrics[], views[]}}} in one pass: an answer on 10,000
// actions has some 100 MB. An object without results is what the API answers where nothing was called.
func readAggregates(from io.Reader, views []string) ([]dataaction.Measurement, error) {
	a := &aggregates{views: views, texts: map[string]string{}, starts: map[string]time.Time{}}
	switch err := rawjson.Scan(from, a); {
	case err != nil:
		return nil, err
	case a.wrong != nil:
		return nil, a.wrong
	case a.tooMany:
		return nil, errTooMany
	}
	return a.rows, nil
}

// place is where in the answer the scanner is.
type place byte

const (
	elsewhere place = iota
	answerPlace
	resultsPlace
	resultPlace
	groupPlace
	dataPlace
	spanPlace
	metricsPlace
	metricPlace
	metricStats
	viewsPlace
	viewPlace
	viewStats
)

// step is a way down: from a place, by a member's name (empty in an array).
type step struct {
	from place
	name string
}

// steps lead to objects and arrays, each with the bracket it has to begin with.
var steps = map[step]struct {
	to      place
	bracket byte
}{
	{answerPlace, "results"}: {resultsPlace, '['},
	{resultsPlace, ""}:       {resultPlace, '{'},
	{resultPlace, "group"}:   {groupPlace, '{'},
	{resultPlace, "data"}:    {dataPlace, '['},
	{dataPlace, ""}:          {spanPlace, '{'},
	{spanPlace, "metrics"}:   {metricsPlace, '['},
	{metricsPlace, ""}:       {metricPlace, '{'},
	{metricPlace, "stats"}:   {metricStats, '{'},
	{spanPlace, "views"}:     {viewsPlace, '['},
	{viewsPlace, ""}:         {viewPlace, '{'},
	{viewPlace, "stats"}:     {viewStats, '{'},
}

// aggregates is a rawjson.Handler that collects measurements. Each text and each time is kept once.
type aggregates struct {
	views   []string // their names, in the question's order
	rows    []dataaction.Measurement
	counts  []int64 // room for the next rows' Over
	texts   map[string]string
	starts  map[string]time.Time
	wrong   error
	tooMany bool

	at                []place
	name              string // of the member whose value comes next
	first             int    // the group's first row
	action, errorType string
	row, stats        dataaction.Measurement
	target            string // the metric's or view's name
	count             int64  // the view's
}

func (a *aggregates) here() place {
	if len(a.at) == 0 {
		return elsewhere
	}
	return a.at[len(a.at)-1]
}

// emptyRow has no statistics.
func emptyRow() dataaction.Measurement {
	const unknown = dataaction.Unknown
	return dataaction.Measurement{SumMS: unknown, MaxMS: unknown, P95MS: unknown, P99MS: unknown}
}

// Begin is rawjson.Handler's.
func (a *aggregates) Begin(bracket byte) {
	to := elsewhere
	switch {
	case len(a.at) == 0 && bracket == '{':
		to = answerPlace
	case len(a.at) == 0:
		a.reject("{", "")
	case a.here() != elsewhere:
		if next, ok := steps[step{a.here(), a.name}]; ok && next.bracket == bracket {
			to = next.to
		}
		if a.isResults() && bracket != '[' {
			a.reject("[", "results")
		}
	}
	a.at = append(a.at, to)
	a.name = ""
	switch to {
	case resultPlace:
		a.first, a.action, a.errorType = len(a.rows), "", ""
	case spanPlace:
		a.row = emptyRow()
	case metricPlace:
		a.stats, a.target = emptyRow(), ""
	case viewPlace:
		a.count, a.target = 0, ""
	case viewsPlace:
		if len(a.views) > 0 {
			a.row.Over = a.room()
		}
	}
}

func (a *aggregates) isResults() bool { return a.here() == answerPlace && a.name == "results" }

// reject notes that a value is of the wrong type.
func (a *aggregates) reject(want, field string) {
	a.wrong = &json.UnmarshalTypeError{Value: "value that does not begin with " + want, Field: field}
}

// End is rawjson.Handler's.
func (a *aggregates) End() {
	switch a.here() {
	case resultPlace:
		for i := range a.rows[a.first:] {
			a.rows[a.first+i].ActionID, a.rows[a.first+i].ErrorType = a.action, a.errorType
		}
	case spanPlace:
		if a.tooMany = a.tooMany || len(a.rows) >= maxMeasurements; !a.tooMany {
			a.rows = append(a.rows, a.row)
		}
	case metricPlace:
		if a.target == executionTime {
			a.stats.Start, a.stats.Over = a.row.Start, a.row.Over
			a.row = a.stats
		}
	case viewPlace:
		for i, name := range a.views {
			if name == a.target && a.row.Over != nil {
				a.row.Over[i] = a.count
			}
		}
	}
	a.at = a.at[:len(a.at)-1]
	a.name = ""
}

// Name is rawjson.Handler's.
func (a *aggregates) Name(raw []byte) {
	a.name = ""
	if a.here() != elsewhere {
		a.name = memberName(raw)
	}
}

// memberName is a name that is looked for, or "?": no string is made of the others.
func memberName(raw []byte) string {
	for _, name := range [...]string{
		"metric", "stats", "count", "name", "sum", "max", "p95", "p99", "interval", "metrics", "views", "data", "group",
		"actionId", "errorType", "results",
	} {
		if string(raw) == name {
			return name
		}
	}
	return "?"
}

// String is rawjson.Handler's.
func (a *aggregates) String(raw []byte) {
	switch a.here() {
	case groupPlace:
		switch a.name {
		case "actionId":
			a.action = a.text(raw)
		case "errorType":
			a.errorType = a.text(raw)
		}
	case spanPlace:
		if a.name == "interval" {
			a.row.Start = a.start(raw)
		}
	case metricPlace:
		if a.name == "metric" {
			a.target = a.text(raw)
		}
	case viewPlace:
		if a.name == "name" {
			a.target = a.viewName(raw)
		}
	default:
		a.scalar()
	}
	a.name = ""
}

// Literal is rawjson.Handler's.
func (a *aggregates) Literal(raw []byte) {
	switch a.here() {
	case metricStats:
		switch a.name {
		case "count":
			a.stats.Calls = max(0, amount(raw))
		case "sum":
			a.stats.SumMS = amount(raw)
		case "max":
			a.stats.MaxMS = amount(raw)
		case "p95":
			a.stats.P95MS = amount(raw)
		case "p99":
			a.stats.P99MS = amount(raw)
		}
	case viewStats:
		if a.name == "count" {
			a.count = max(0, amount(raw))
		}
	default:
		a.scalar()
	}
	a.name = ""
}

// scalar refuses a string or literal where the answer or its results should be.
func (a *aggregates) scalar() {
	switch {
	case len(a.at) == 0:
		a.reject("{", "")
	case a.isResults():
		a.reject("[", "results")
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

// text is a string without its escapes.
func (a *aggregates) text(raw []byte) string {
	if known, ok := a.texts[string(raw)]; ok {
		return known
	}
	quoted, err := rawjson.Parse([]byte(`"` + string(raw) + `"`))
	if err != nil {
		return ""
	}
	text := words(quoted)
	a.texts[string(raw)] = text
	return text
}

// viewName is text for a view's name, mostly one of ours.
func (a *aggregates) viewName(raw []byte) string {
	for _, name := range a.views {
		if string(raw) == name {
			return name
		}
	}
	return a.text(raw)
}

// start is the beginning of "FROM/TO", the zero time where it cannot be read.
func (a *aggregates) start(raw []byte) time.Time {
	if known, ok := a.starts[string(raw)]; ok {
		return known
	}
	from, _, _ := strings.Cut(string(raw), "/")
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		at = time.Time{}
	}
	at = at.UTC()
	a.starts[string(raw)] = at
	return at
}

// amount is a count or a number of milliseconds, rounded; dataaction.Unknown for anything else.
func amount(raw []byte) int64 {
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
