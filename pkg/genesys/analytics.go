package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

const (
	aggregatesPath = "/api/v2/analytics/actions/aggregates/query"
	executionTime  = "tTotalExecution" // the only metric there is
	// viewsAtOnce is the vendor's limit for a query.
	viewsAtOnce = 10
	// maxAggregates and maxMeasurements bound an answer: bytes after decompression, and groups times spans of time.
	// 10,000 actions with two groups each make 140,000 measurements a week.
	maxAggregates   = 256 << 20
	maxMeasurements = 1 << 20
)

// permissionAnalytics is what the query needs, where the answer does not name it.
const permissionAnalytics = "integrations:action:view"

// TooLargeError is a question whose answer is too large for the server (400, 413) or for us. A coarser question may
// do. The server does not tell a question that is too large from other bad requests: asking again shows which it was.
type TooLargeError struct{ Err error }

func (e *TooLargeError) Error() string { return e.Err.Error() }

func (e *TooLargeError) Unwrap() error { return e.Err }

var errTooMany = errors.New("POST " + aggregatesPath + ": the answer holds more than " +
	strconv.Itoa(maxMeasurements) + " measurements")

// ActionAggregates asks how long data actions took. Groups come in the answer's order, those of unknown actions
// included. Errors: *TooLargeError, and those of every read; a 403 names the permission.
//
// Vendor's call: POST /api/v2/analytics/actions/aggregates/query (ActionAggregationQuery).
func (c *Client) ActionAggregates(ctx context.Context, q dataaction.Question) ([]dataaction.Measurement, error) {
	body, err := aggregationQuery(q)
	if err != nil {
		return nil, err
	}
	names := viewNames(q.OverMS)
	var rows []dataaction.Measurement
	large := false
	r := call{method: http.MethodPost, path: aggregatesPath, body: body, maxBody: maxAggregates}
	err = c.stream(ctx, r, func(from io.Reader) error {
		var err error
		rows, err = readAggregates(from, names)
		large = errors.Is(err, errTooLarge) || errors.Is(err, errTooMany)
		return err
	})
	if err == nil {
		return rows, nil
	}
	api, ok := errors.AsType[*APIError](err)
	switch {
	case large, ok && (api.Status == http.StatusBadRequest || api.Status == http.StatusRequestEntityTooLarge):
		return nil, &TooLargeError{Err: err}
	case ok && api.Status == http.StatusForbidden && len(api.Permissions) == 0:
		api.Permissions = []string{permissionAnalytics}
	}
	return nil, err
}

func viewName(ms int64) string { return fmt.Sprintf("over_%d_ms", ms) }

func viewNames(overMS []int64) []string {
	names := make([]string, len(overMS))
	for i, ms := range overMS {
		names[i] = viewName(ms)
	}
	return names
}

// aggregationQuery is the vendor's ActionAggregationQuery.
func aggregationQuery(q dataaction.Question) ([]byte, error) {
	if len(q.OverMS) > viewsAtOnce {
		return nil, fmt.Errorf("POST %s: %d thresholds, at most %d fit", aggregatesPath, len(q.OverMS), viewsAtOnce)
	}
	type bound struct {
		GTE int64 `json:"gte"`
	}
	type view struct {
		Target   string `json:"target"`
		Name     string `json:"name"`
		Function string `json:"function"`
		Range    bound  `json:"range"`
	}
	query := struct {
		Interval    string   `json:"interval"`
		Granularity string   `json:"granularity,omitempty"`
		GroupBy     []string `json:"groupBy"`
		Metrics     []string `json:"metrics"`
		Views       []view   `json:"views,omitempty"`
	}{q.Interval.String(), q.Granularity, []string{"actionId"}, []string{executionTime}, nil}
	if q.ByErrorType {
		query.GroupBy = append(query.GroupBy, "errorType")
	}
	for _, ms := range q.OverMS {
		query.Views = append(query.Views, view{executionTime, viewName(ms), "rangeBound", bound{ms}})
	}
	return json.Marshal(query)
}

// readAggregates reads {results[] {group {}, data[] {interval, metrics[], views[]}}} group by group. An object
// without results is what the API answers where nothing was called.
func readAggregates(from io.Reader, views []string) ([]dataaction.Measurement, error) {
	dec := json.NewDecoder(from)
	if err := delimiter(dec, '{'); err != nil {
		return nil, err
	}
	answer := aggregates{views: views, texts: map[string]string{}, starts: map[string]time.Time{}}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, unended(err)
		}
		if key != "results" {
			var skipped json.RawMessage
			if err := dec.Decode(&skipped); err != nil {
				return nil, unended(err)
			}
			continue
		}
		if err := answer.results(dec); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // the closing brace
	return answer.rows, unended(err)
}

// delimiter takes an opening bracket.
func delimiter(dec *json.Decoder, want json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return unended(err)
	}
	if token != want {
		return &json.UnmarshalTypeError{Value: "value that does not begin with " + want.String(), Field: "results"}
	}
	return nil
}

// unended makes the end of input inside of a document an error that asks for another try.
func unended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// aggregates collects measurements. Each text and each time is kept once.
type aggregates struct {
	views  []string // their names, in the question's order
	rows   []dataaction.Measurement
	counts []int64 // room for the next rows' Over
	texts  map[string]string
	starts map[string]time.Time
}

func (a *aggregates) results(dec *json.Decoder) error {
	if err := delimiter(dec, '['); err != nil {
		return err
	}
	var raw json.RawMessage
	for dec.More() {
		if err := dec.Decode(&raw); err != nil {
			return unended(err)
		}
		group, err := rawjson.Parse(raw)
		if err != nil {
			return err
		}
		a.group(group)
		if len(a.rows) > maxMeasurements {
			return errTooMany
		}
	}
	_, err := dec.Token()
	return unended(err)
}

func (a *aggregates) group(v rawjson.Value) {
	id, _ := v.Get("group", "actionId")
	kind, _ := v.Get("group", "errorType")
	data, _ := v.Get("data")
	action, errorType := a.text(id), a.text(kind)
	for span := range data.Elements() {
		row := dataaction.Measurement{ActionID: action, ErrorType: errorType}
		var interval, metrics, views rawjson.Value
		for name, member := range span.Members() {
			switch name {
			case "interval":
				interval = member
			case "metrics":
				metrics = member
			case "views":
				views = member
			}
		}
		row.Start = a.start(interval)
		statistics(&row, metrics)
		if views.IsArray() && len(a.views) > 0 {
			row.Over = a.over(views)
		}
		a.rows = append(a.rows, row)
	}
}

func (a *aggregates) text(v rawjson.Value) string {
	if known, ok := a.texts[string(v)]; ok {
		return known
	}
	text := words(v)
	a.texts[string(v)] = text
	return text
}

// start is the beginning of "FROM/TO", the zero time where it cannot be read.
func (a *aggregates) start(v rawjson.Value) time.Time {
	if known, ok := a.starts[string(v)]; ok {
		return known
	}
	from, _, _ := strings.Cut(words(v), "/")
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		at = time.Time{}
	}
	at = at.UTC()
	a.starts[string(v)] = at
	return at
}

// statistics fills in what the metric says; each is optional.
func statistics(row *dataaction.Measurement, metrics rawjson.Value) {
	const unknown = dataaction.Unknown
	row.SumMS, row.MaxMS, row.P95MS, row.P99MS = unknown, unknown, unknown, unknown
	for m := range metrics.Elements() {
		if name, _ := m.Get("metric"); words(name) != executionTime {
			continue
		}
		stats, _ := m.Get("stats")
		for name, v := range stats.Members() {
			switch name {
			case "count":
				row.Calls = max(0, amount(v))
			case "sum":
				row.SumMS = amount(v)
			case "max":
				row.MaxMS = amount(v)
			case "p95":
				row.P95MS = amount(v)
			case "p99":
				row.P99MS = amount(v)
			}
		}
	}
}

// over counts by threshold. A view that is missing beside others counted nothing.
func (a *aggregates) over(views rawjson.Value) []int64 {
	n := len(a.views)
	if len(a.counts) < n {
		a.counts = make([]int64, max(n, 4096))
	}
	over := a.counts[:n:n]
	a.counts = a.counts[n:]
	for view := range views.Elements() {
		name, _ := view.Get("name")
		if i := slices.Index(a.views, words(name)); i >= 0 {
			count, _ := view.Get("stats", "count")
			over[i] = max(0, amount(count))
		}
	}
	return over
}

// amount is a count or a number of milliseconds, rounded; dataaction.Unknown for anything else.
func amount(v rawjson.Value) int64 {
	if !v.IsNumber() {
		return dataaction.Unknown
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f < 0 || f > 1<<53 {
		return dataaction.Unknown
	}
	return int64(math.Round(f))
}
