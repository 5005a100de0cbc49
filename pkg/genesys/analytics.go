package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"genesys-timeouts/pkg/dataaction"
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
