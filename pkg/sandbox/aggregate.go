package sandbox

import (
	"cmp"
	"slices"
	"strings"
)

// called is one action's calls with one outcome, and what its dimensions say.
type called struct {
	id      string
	doc     []byte // the action's document, nil where it is deleted
	traffic Traffic
	outcome int
}

// dimensions are the values that groupBy and filter can ask for; "" where a call has none.
var dimensions = map[string]func(c called) string{
	"actionId":       func(c called) string { return c.id },
	"actionName":     func(c called) string { return textAt(c.doc, "name") },
	"actionCategory": func(c called) string { return textAt(c.doc, "category") },
	"integrationId":  func(c called) string { return textAt(c.doc, "integrationId") },
	"errorType":      func(c called) string { return c.traffic.errorType(c.outcome) },
	"responseStatus": func(c called) string { return [outcomes]string{"200", "504", "429", "500"}[c.outcome] },
}

// group is one row of the answer before it is cut into buckets.
type group struct {
	values []string // of the query's groupBy, in its order
	calls  []call   // sorted by duration
	mixed  bool     // calls come from several actions or outcomes and need sorting
}

// groupCalls sorts all calls into the query's groups. Actions that were never called have none.
func (s *Server) groupCalls(q aggregateQuery) []*group {
	var all []*group
	byKey := map[string]*group{}
	for _, id := range s.traffic.ids {
		c := called{id: id, traffic: s.traffic.byID[id]}
		if a := s.actionByID[id]; a != nil {
			c.doc = a.doc
		}
		for outcome, calls := range s.traffic.week(id) {
			c.outcome = outcome
			if len(calls) == 0 || !q.wants(c) {
				continue
			}
			values := make([]string, len(q.GroupBy))
			for i, dimension := range q.GroupBy {
				values[i] = dimensions[dimension](c)
			}
			key := strings.Join(values, "\x00")
			g := byKey[key]
			if g == nil {
				g = &group{values: values, calls: calls}
				byKey[key] = g
				all = append(all, g)
				continue
			}
			g.calls, g.mixed = append(slices.Clip(g.calls), calls...), true
		}
	}
	for _, g := range all {
		if g.mixed {
			sortCalls(g.calls)
		}
	}
	return all
}

// wants reports whether the query's filter lets calls pass.
func (q aggregateQuery) wants(c called) bool {
	if q.Filter == nil || len(q.Filter.Predicates) == 0 {
		return true
	}
	matches := func(p predicate) bool { return dimensions[p.Dimension](c) == p.Value }
	if q.Filter.Type == "or" {
		return slices.ContainsFunc(q.Filter.Predicates, matches)
	}
	return !slices.ContainsFunc(q.Filter.Predicates, func(p predicate) bool { return !matches(p) })
}

// sums is what is counted of calls; durations in milliseconds.
type sums struct {
	count       int
	least, most int32
	sum         int64
}

func (t *sums) add(ms int32, times int) {
	if t.count == 0 {
		t.least = ms // calls come sorted
	}
	t.most = ms
	t.count += times
	t.sum += int64(ms) * int64(times)
}

// tally counts a bucket's calls, and in inView those of each view.
func tally(views []view, b *bucket, calls []call, inView []sums) (total sums) {
	clear(inView)
	for _, c := range calls {
		times := b.hours[c.hour]
		if times == 0 {
			continue
		}
		total.add(c.ms, times)
		for i, v := range views {
			if v.holds(c.ms) {
				inView[i].add(c.ms, times)
			}
		}
	}
	return total
}

// percentile is the duration that percent of a bucket's calls do not exceed, with a fraction, as the service's
// estimates have one.
func (t sums) percentile(b *bucket, calls []call, percent int) float64 {
	rank := cmp.Or((t.count*percent+99)/100, 1)
	for _, c := range calls {
		if rank -= b.hours[c.hour]; rank <= 0 {
			return min(float64(c.ms)+0.25, float64(t.most))
		}
	}
	return float64(t.most)
}
