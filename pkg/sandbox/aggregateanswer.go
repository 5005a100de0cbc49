package sandbox

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
)

// aggregateWriter appends an answer to a buffer: for an organisation with 10,000 actions it has tens of MiB.
type aggregateWriter struct {
	query   aggregateQuery
	buckets []bucket
	options Analytics
	dates   []string // by bucket
	names   [][]byte // of the views, as JSON
	inView  []sums   // of one bucket, used again for each
	out     []byte
}

// writeAggregates is the answer: a row per group, and in it an entry per bucket with a call.
func (s *Server) writeAggregates(q aggregateQuery, buckets []bucket, groups []*group) []byte {
	w := aggregateWriter{query: q, buckets: buckets, options: s.analytics}
	const layout = "2006-01-02T15:04:05.000Z"
	for _, b := range buckets {
		w.dates = append(w.dates, b.from.Format(layout)+"/"+b.to.Format(layout))
	}
	for _, v := range q.Views {
		w.names = append(w.names, mustMarshal(v.Name))
	}
	w.add(`{"results":[`)
	for _, rows := range w.rows(groups) {
		w.out = append(w.out, rows...)
	}
	w.end(`]}`)
	return w.out
}

// rows writes the groups on all cores, a part of them on each.
func (w aggregateWriter) rows(groups []*group) [][]byte {
	size := len(groups)/runtime.GOMAXPROCS(0) + 1
	parts := slices.Collect(slices.Chunk(groups, size))
	out := make([][]byte, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() {
			w := w
			w.inView, w.out = make([]sums, len(w.query.Views)), nil
			for n, g := range part {
				w.row(g)
				if n == 0 { // the others are about as long
					w.out = slices.Grow(w.out, len(w.out)*len(part))
				}
			}
			out[i] = w.out
		})
	}
	wg.Wait()
	return out
}

func (w *aggregateWriter) add(texts ...string) {
	for _, text := range texts {
		w.out = append(w.out, text...)
	}
}

// end closes a list or an object: it drops the comma after its last element.
func (w *aggregateWriter) end(text string) {
	if w.out[len(w.out)-1] == ',' {
		w.out = w.out[:len(w.out)-1]
	}
	w.add(text)
}

// row writes a group, unless no call of it is in the interval.
func (w *aggregateWriter) row(g *group) {
	start := len(w.out)
	w.add(`{"group":{`)
	for i, key := range w.query.GroupBy {
		if g.values[i] == "" {
			continue
		}
		w.out = append(append(w.out, mustMarshal(key)...), ':')
		w.out = append(append(w.out, mustMarshal(g.values[i])...), ',')
	}
	w.end(`},"data":[`)
	empty := len(w.out)
	for i := range w.buckets {
		w.entry(i, g.calls)
	}
	if len(w.out) == empty {
		w.out = w.out[:start]
		return
	}
	w.end(`]},`)
}

// entry writes one bucket of a group, unless it has no call.
func (w *aggregateWriter) entry(i int, calls []call) {
	b := &w.buckets[i]
	total := tally(w.query.Views, b, calls, w.inView)
	if total.count == 0 {
		return
	}
	w.add(`{"interval":"`, w.dates[i], `","metrics":[{"metric":"`, metric, `","stats":{`)
	w.stats(total)
	w.stat("p95", total.percentile(b, calls, 95))
	w.stat("p99", total.percentile(b, calls, 99))
	w.end(`}}]`)
	if len(w.query.Views) > 0 && !w.options.NoViews {
		w.add(`,"views":[`)
		for i, in := range w.inView {
			if in.count > 0 || !w.options.NoEmptyViews {
				w.add(`{"name":`)
				w.out = append(w.out, w.names[i]...)
				w.add(`,"stats":{`)
				w.stats(in)
				w.end(`}},`)
			}
		}
		w.end(`]`)
	}
	w.add(`},`)
}

func (w *aggregateWriter) stats(t sums) {
	w.stat("count", float64(t.count))
	if t.count > 0 {
		w.stat("min", float64(t.least))
		w.stat("max", float64(t.most))
		w.stat("sum", float64(t.sum))
	}
}

// stat writes one statistic, unless it is to be left out.
func (w *aggregateWriter) stat(key string, value float64) {
	if slices.Contains(w.options.OmitStats, key) {
		return
	}
	w.add(`"`, key, `":`)
	if n := int64(value); float64(n) == value {
		w.out = append(strconv.AppendInt(w.out, n, 10), ',')
		return
	}
	w.out = append(strconv.AppendFloat(w.out, value, 'f', -1, 64), ',')
}
