package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Executions is how long a data action took lately: what POST /api/v2/analytics/actions/aggregates/query knows of it.
// Durations are in milliseconds.
type Executions struct {
	Count, TimedOut       int64 // TimedOut of them ran into the timeout
	Min, Max, P95, P99    int64
	Mean                  int64
	TimedOutAfter         int64  // how long those that ran into the timeout took
	ErrorType, StatusCode string // of those that timed out; defaults of the sandbox's own making
}

// SetExecutions says how long an action of surface integrations took.
func (s *Server) SetExecutions(actionID string, e Executions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.ErrorType = cmp.Or(e.ErrorType, "TIMEOUT")
	e.StatusCode = cmp.Or(e.StatusCode, "504")
	s.executions[actionID] = e
}

type aggregateQuery struct {
	Interval string          `json:"interval"`
	GroupBy  []string        `json:"groupBy"`
	Metrics  []string        `json:"metrics"`
	Filter   aggregateFilter `json:"filter"`
}

type aggregateFilter struct {
	Type       string `json:"type"`
	Predicates []struct {
		Dimension string `json:"dimension"`
		Operator  string `json:"operator"`
		Value     string `json:"value"`
	} `json:"predicates"`
}

// accepts reports whether the filter lets a row of dimensions through.
func (f aggregateFilter) accepts(row map[string]string) bool {
	hits := 0
	for _, p := range f.Predicates {
		if row[p.Dimension] == p.Value {
			hits++
		}
	}
	if f.Type == "or" {
		return hits > 0 || len(f.Predicates) == 0
	}
	return hits == len(f.Predicates)
}

type aggregateStats struct {
	Count int64 `json:"count"`
	Min   int64 `json:"min"`
	Max   int64 `json:"max"`
	Sum   int64 `json:"sum"`
	P95   int64 `json:"p95"`
	P99   int64 `json:"p99"`
}

// add merges two rows. Percentiles can't be merged: the larger stands for both.
func (a aggregateStats) add(b aggregateStats) aggregateStats {
	if a.Count == 0 {
		return b
	}
	return aggregateStats{
		Count: a.Count + b.Count, Sum: a.Sum + b.Sum,
		Min: min(a.Min, b.Min), Max: max(a.Max, b.Max), P95: max(a.P95, b.P95), P99: max(a.P99, b.P99),
	}
}

type aggregateMetric struct {
	Metric string         `json:"metric"`
	Stats  aggregateStats `json:"stats"`
}

type aggregateData struct {
	Interval string            `json:"interval"`
	Metrics  []aggregateMetric `json:"metrics"`
}

type aggregateResult struct {
	Group map[string]string `json:"group"`
	Data  []aggregateData   `json:"data"`
}

// aggregates is POST /api/v2/analytics/actions/aggregates/query, answered as one interval whatever the granularity.
func (s *Server) aggregates(x *exchange) ([]byte, error) {
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	var q aggregateQuery
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, badRequest("The query could not be read: %v", err)
	}
	if err := checkInterval(q.Interval); err != nil {
		return nil, err
	}
	if len(q.Metrics) == 0 {
		return nil, badRequest("metrics is required")
	}
	groups, sums := map[string]map[string]string{}, map[string]aggregateStats{}
	for _, a := range s.actions {
		for _, row := range s.executionRows(a) {
			if !q.Filter.accepts(row.dimensions) {
				continue
			}
			group := map[string]string{}
			for _, d := range q.GroupBy {
				if v := row.dimensions[d]; v != "" {
					group[d] = v
				}
			}
			key := string(mustMarshal(group)) // map keys are marshalled in order
			groups[key], sums[key] = group, sums[key].add(row.stats)
		}
	}
	results := []aggregateResult{}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		data := aggregateData{Interval: q.Interval}
		for _, m := range q.Metrics {
			data.Metrics = append(data.Metrics, aggregateMetric{m, sums[key]})
		}
		results = append(results, aggregateResult{groups[key], []aggregateData{data}})
	}
	return mustMarshal(map[string]any{"results": results}), nil
}

func checkInterval(interval string) error {
	from, to, _ := strings.Cut(interval, "/")
	a, errA := time.Parse(time.RFC3339, from)
	b, errB := time.Parse(time.RFC3339, to)
	if cmp.Or(errA, errB) != nil || !a.Before(b) {
		return badRequest("interval has to be two ISO-8601 times with a slash between them, the earlier first, and is %s", fmt.Sprintf("%q", interval))
	}
	return nil
}

type executionRow struct {
	dimensions map[string]string
	stats      aggregateStats
}

// executionRows are an action's executions as the query groups them: those that answered and those that timed out.
func (s *Server) executionRows(a *action) []executionRow {
	e, ok := s.executions[a.id]
	if !ok || e.Count == 0 {
		return nil
	}
	dimensions := func(status, errorType string) map[string]string {
		return map[string]string{
			"actionId": a.id, "integrationId": textAt(a.doc, "integrationId"), "responseStatus": status, "errorType": errorType,
		}
	}
	rows := []executionRow{{dimensions("200", ""), aggregateStats{
		Count: e.Count - e.TimedOut, Min: e.Min, Max: e.Max, Sum: (e.Count - e.TimedOut) * e.Mean, P95: e.P95, P99: e.P99,
	}}}
	if e.TimedOut > 0 {
		after := e.TimedOutAfter
		rows = append(rows, executionRow{dimensions(e.StatusCode, e.ErrorType), aggregateStats{
			Count: e.TimedOut, Min: after, Max: after, Sum: e.TimedOut * after, P95: after, P99: after,
		}})
	}
	return rows
}
