package sandbox

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
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

// writeAggregates is the answer: a row per group, and in it an entry per bucket with a call.
func (s *Server) writeAggregates(q aggregateQuery, buckets []bucket, groups []*group) []byte {
	var b bytes.Buffer
	b.WriteString(`{"results":[`)
	rows := 0
	for _, g := range groups {
		data := s.groupData(q, buckets, g)
		if len(data) == 0 {
			continue
		}
		if rows++; rows > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`{"group":{`)
		b.Write(joinMembers(q.GroupBy, g.values))
		b.WriteString(`},"data":[`)
		b.Write(bytes.Join(data, []byte(",")))
		b.WriteString(`]}`)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// joinMembers are the members of an object of texts. An empty value is left out.
func joinMembers(keys, values []string) []byte {
	var all [][]byte
	for i, key := range keys {
		if values[i] != "" {
			all = append(all, slices.Concat(mustMarshal(key), []byte(":"), mustMarshal(values[i])))
		}
	}
	return bytes.Join(all, []byte(","))
}

func (s *Server) groupData(q aggregateQuery, buckets []bucket, g *group) [][]byte {
	var data [][]byte
	for i := range buckets {
		bk := &buckets[i]
		total, inView := tally(q.Views, bk, g.calls)
		if total.count == 0 {
			continue
		}
		const layout = "2006-01-02T15:04:05.000Z"
		entry := []byte(`{"interval":"` + bk.from.Format(layout) + "/" + bk.to.Format(layout) + `","metrics":[{"metric":"` +
			metric + `","stats":{`)
		entry = append(entry, s.stats(total, total.percentile(bk, g.calls, 95), total.percentile(bk, g.calls, 99))...)
		entry = append(entry, `}}]`...)
		if len(q.Views) > 0 && !s.analytics.NoViews {
			entry = append(entry, `,"views":[`...)
			entry = append(entry, s.viewStats(q.Views, inView)...)
			entry = append(entry, ']')
		}
		data = append(data, append(entry, '}'))
	}
	return data
}

func (s *Server) viewStats(views []view, inView []sums) []byte {
	var all [][]byte
	for i, v := range views {
		if inView[i].count == 0 && s.analytics.NoEmptyViews {
			continue
		}
		all = append(all, slices.Concat(
			[]byte(`{"name":`), mustMarshal(v.Name), []byte(`,"stats":{`), s.stats(inView[i], "", ""), []byte(`}}`)))
	}
	return bytes.Join(all, []byte(","))
}

// stats are the members of a stats object; percentiles are texts, "" where there are none.
func (s *Server) stats(t sums, p95, p99 string) []byte {
	var all [][]byte
	add := func(key, value string) {
		if value != "" && !slices.Contains(s.analytics.OmitStats, key) {
			all = append(all, []byte(`"`+key+`":`+value))
		}
	}
	add("count", strconv.Itoa(t.count))
	if t.count > 0 {
		add("min", strconv.Itoa(int(t.least)))
		add("max", strconv.Itoa(int(t.most)))
		add("sum", strconv.FormatInt(t.sum, 10))
	}
	add("p95", p95)
	add("p99", p99)
	return bytes.Join(all, []byte(","))
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

// tally counts a bucket's calls, and those in each view.
func tally(views []view, b *bucket, calls []call) (total sums, inView []sums) {
	inView = make([]sums, len(views))
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
	return total, inView
}

// percentile is the duration that percent of a bucket's calls do not exceed, with a fraction, as the service's estimates
// have one.
func (t sums) percentile(b *bucket, calls []call, percent int) string {
	rank := cmp.Or((t.count*percent+99)/100, 1)
	for _, c := range calls {
		if rank -= b.hours[c.hour]; rank <= 0 {
			return strconv.FormatFloat(min(float64(c.ms)+0.25, float64(t.most)), 'f', -1, 64)
		}
	}
	return ""
}
