package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Analytics limits what the analytics query answers. The zero value answers everything.
type Analytics struct {
	// Refused answers 403, naming integrations:action:view, though the token can read actions.
	Refused bool
	// TooLarge answers a query with a granularity with this status, such as 413 or 400; 0 answers it.
	TooLarge int
	// NoViews leaves views out of the answer.
	NoViews bool
	// NoEmptyViews leaves out views without a call, instead of a count of 0.
	NoEmptyViews bool
	// OmitStats leaves statistics out of metrics and views: count, min, max, sum, p95, p99.
	OmitStats []string
}

// SetAnalytics changes what the analytics query answers.
func (s *Server) SetAnalytics(a Analytics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.analytics = a
}

const (
	metric     = "tTotalExecution" // milliseconds
	maxViews   = 10
	maxBuckets = 1000
)

// aggregateQuery is the vendor's ActionAggregationQuery.
type aggregateQuery struct {
	Interval    string   `json:"interval"`
	Granularity string   `json:"granularity"`
	TimeZone    string   `json:"timeZone"`
	GroupBy     []string `json:"groupBy"`
	Metrics     []string `json:"metrics"`
	Filter      *struct {
		Type       string      `json:"type"`
		Predicates []predicate `json:"predicates"`
		Clauses    []any       `json:"clauses"`
	} `json:"filter"`
	Views []view `json:"views"`
}

type predicate struct {
	Dimension string `json:"dimension"`
	Operator  string `json:"operator"`
	Value     string `json:"value"`
}

type view struct {
	Target   string `json:"target"`
	Name     string `json:"name"`
	Function string `json:"function"`
	Range    struct {
		GTE *float64 `json:"gte"`
		LT  *float64 `json:"lt"`
	} `json:"range"`
}

// holds reports whether a duration in milliseconds is within the view's bounds.
func (v view) holds(ms int32) bool {
	return (v.Range.GTE == nil || float64(ms) >= *v.Range.GTE) && (v.Range.LT == nil || float64(ms) < *v.Range.LT)
}

// queryAnalytics is POST /api/v2/analytics/actions/aggregates/query.
func (s *Server) queryAnalytics(x *exchange) ([]byte, error) {
	if s.analytics.Refused {
		return nil, missingPermission(viewAction, viewBridge)
	}
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	var q aggregateQuery
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, badRequest("The query is not valid: %v", err)
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	from, to, err := parseInterval(q.Interval)
	if err != nil {
		return nil, err
	}
	if s.analytics.TooLarge != 0 && q.Granularity != "" {
		return nil, tooLarge(s.analytics.TooLarge)
	}
	buckets := makeBuckets(from, to, q.step())
	if len(buckets) > maxBuckets {
		return nil, tooLarge(http.StatusRequestEntityTooLarge)
	}
	return s.writeAggregates(q, buckets, s.groupCalls(q)), nil
}

func tooLarge(status int) *apiError {
	return &apiError{status: status, code: "query.result.too.large", message: "Query result would be too large"}
}

// check refuses what the vendor's reference rules out, and what is not simulated.
func (q aggregateQuery) check() error {
	switch {
	case len(q.Metrics) == 0:
		return badRequest("metrics is required")
	case !slices.Equal(q.Metrics, []string{metric}):
		return badRequest("metrics: only %s is supported", metric)
	case q.Granularity != "" && q.step() == 0:
		return badRequest("granularity %q is not supported", q.Granularity)
	case q.TimeZone != "" && q.TimeZone != "UTC" && q.TimeZone != "Etc/UTC":
		return badRequest("timeZone %q is not supported", q.TimeZone)
	case len(q.Views) > maxViews:
		return badRequest("views: at most %d are allowed", maxViews)
	}
	for _, dimension := range q.GroupBy {
		if dimensions[dimension] == nil {
			return badRequest("groupBy: dimension %q is not supported", dimension)
		}
	}
	if err := q.checkFilter(); err != nil {
		return err
	}
	return q.checkViews()
}

func (q aggregateQuery) checkFilter() error {
	if q.Filter == nil {
		return nil
	}
	if t := q.Filter.Type; t != "and" && t != "or" || len(q.Filter.Clauses) > 0 {
		return badRequest("filter: type must be and or or; clauses are not supported")
	}
	for _, p := range q.Filter.Predicates {
		if dimensions[p.Dimension] == nil || p.Operator != "" && p.Operator != "matches" {
			return badRequest("filter: %s %s is not supported", p.Dimension, p.Operator)
		}
	}
	return nil
}

func (q aggregateQuery) checkViews() error {
	seen := map[string]bool{metric: true}
	for _, v := range q.Views {
		switch {
		case v.Name == "" || seen[v.Name]:
			return badRequest("views: name %q is empty, used twice or a metric's", v.Name)
		case v.Target != metric || v.Function != "rangeBound":
			return badRequest("views: %q needs target %s and function rangeBound", v.Name, metric)
		case v.Range.GTE == nil && v.Range.LT == nil:
			return badRequest("views: %q needs gte or lt", v.Name)
		}
		seen[v.Name] = true
	}
	return nil
}

// step is the length of a bucket, 0 for the whole interval.
func (q aggregateQuery) step() time.Duration {
	return map[string]time.Duration{"PT1H": time.Hour, "P1D": 24 * time.Hour}[q.Granularity]
}

// bucket is a part of the interval: how many times it contains each hour of the week.
type bucket struct {
	from, to time.Time
	hours    [168]int
}

// makeBuckets cuts the interval into steps from its start. An hour counts where it begins.
func makeBuckets(from, to time.Time, step time.Duration) []bucket {
	from, to = from.UTC(), to.UTC()
	if step == 0 {
		step = to.Sub(from)
	}
	var all []bucket
	for at := from; at.Before(to) && len(all) <= maxBuckets; at = at.Add(step) {
		b := bucket{from: at, to: at.Add(step)}
		if b.to.After(to) {
			b.to = to
		}
		hour := b.from.Truncate(time.Hour)
		if hour.Before(b.from) {
			hour = hour.Add(time.Hour)
		}
		for ; hour.Before(b.to); hour = hour.Add(time.Hour) {
			b.hours[int(hour.Weekday())*24+hour.Hour()]++
		}
		all = append(all, b)
	}
	return all
}
