package report

import (
	"math"
	"slices"
	"strconv"

	"genesys-timeouts/pkg/advice"
)

// htmlChart is a histogram as a table of one row: a column a range of durations, a cell with its count and a bar.
type htmlChart struct {
	Bins []htmlBin
	// Keys explain the marks in words.
	Keys []htmlKey
}

type htmlBin struct {
	Range, Count string
	// Height is the bar's, in pixels.
	Height int
	// Tone is "hit" for calls that ran into the limit, "past" for what lies beyond it and cannot be seen.
	Tone  string
	Marks []htmlMark
}

// htmlMark is a vertical line in a cell, at so many per cent of its width.
type htmlMark struct {
	Kind  string // "limit", "step" or "try"
	At    int
	Label string
}

type htmlKey struct{ Kind, Text string }

const (
	chartHeight = 82 // pixels of the highest bar
	chartBins   = 8  // below the limit; more do not fit on a phone
)

// chart shows the calls of an action by duration; nil where they were not counted.
func chart(j advice.Judgement) *htmlChart {
	if len(j.Over) == 0 || j.Code == advice.NoData || j.Calls == 0 {
		return nil
	}
	edges, limited := chartEdges(j), j.AtLimit != nil
	c := &htmlChart{}
	most := int64(1)
	var counts []int64
	for i, from := range edges {
		n := overAt(j, from)
		if i+1 < len(edges) {
			n -= overAt(j, edges[i+1])
		}
		counts = append(counts, n)
		most = max(most, n)
	}
	for i, from := range edges {
		to := int64(0)
		if i+1 < len(edges) {
			to = edges[i+1]
		}
		bin := htmlBin{Range: binRange(from, to), Count: shortNumber(counts[i]), Height: barHeight(counts[i], most)}
		if limited && i+1 == len(edges) {
			bin.Range, bin.Tone = "≥ "+shortDuration(from), "hit"
			to = *j.LimitMS
		}
		bin.Marks = marks(j, from, to, bin.Tone == "hit")
		c.Bins = append(c.Bins, bin)
	}
	if limited {
		past := htmlBin{Range: "past " + shortDuration(*j.LimitMS), Count: "?", Tone: "past"}
		if j.ProposedMS != nil && *j.ProposedMS > *j.LimitMS {
			past.Marks = []htmlMark{{"try", 60, shortDuration(*j.ProposedMS)}}
		}
		c.Bins = append(c.Bins, past)
	}
	c.Keys = chartKeys(j)
	return c
}

// chartEdges are where the bins begin: 0, thresholds, and last 0.95 of the limit. Steps' timeouts stay where there
// are too many thresholds.
func chartEdges(j advice.Judgement) []int64 {
	last, limited := int64(math.MaxInt64), j.AtLimit != nil
	if limited {
		last = (*j.LimitMS*95 + 50) / 100
	}
	edges := []int64{0}
	for _, n := range j.Over {
		near := limited && 10*n.MS > 9*last // its bin would be too narrow to say anything
		if n.MS < last && (!near || slices.Contains(j.Steps, n.MS)) {
			edges = append(edges, n.MS)
		}
	}
	for len(edges) > chartBins {
		i := closest(edges, j.Steps)
		edges = slices.Delete(edges, i, i+1)
	}
	if limited {
		edges = append(edges, last)
	}
	return edges
}

// closest is the edge that says least: the one nearest to the edge before, by ratio.
func closest(edges, keep []int64) int {
	at, least := len(edges)-1, math.MaxFloat64
	for i := 2; i < len(edges); i++ {
		if ratio := float64(edges[i]) / float64(edges[i-1]); ratio < least && !slices.Contains(keep, edges[i]) {
			at, least = i, ratio
		}
	}
	return at
}

func overAt(j advice.Judgement, ms int64) int64 {
	for _, n := range j.Over {
		if n.MS == ms {
			return n.Calls
		}
	}
	return j.Calls // all took 0 ms or longer
}

// barHeight grows with the square root of a count, so that 1 % can be seen beside 99 %. What is not zero is visible.
func barHeight(n, most int64) int {
	if n <= 0 {
		return 0
	}
	return max(2, int(math.Round(chartHeight*math.Sqrt(float64(n)/float64(most)))))
}

// marks are the lines that fall into a bin: its right end is the next one's beginning.
func marks(j advice.Judgement, from, to int64, hit bool) []htmlMark {
	var out []htmlMark
	place := func(kind string, ms int64) {
		if ms >= from && ms < to {
			out = append(out, htmlMark{kind, int(100 * (ms - from) / (to - from)), shortDuration(ms)})
		}
	}
	for _, ms := range j.Steps {
		place("step", ms)
	}
	if j.ProposedMS != nil && *j.ProposedMS < *j.LimitMS {
		place("try", *j.ProposedMS)
	}
	if hit {
		out = append(out, htmlMark{"limit", 100, shortDuration(*j.LimitMS)})
	}
	return out
}

func chartKeys(j advice.Judgement) []htmlKey {
	var keys []htmlKey
	if j.LimitMS != nil {
		keys = append(keys, htmlKey{"limit", "limit " + advice.Duration(*j.LimitMS)})
	}
	for i, ms := range j.Steps {
		if i == 3 {
			keys = append(keys, htmlKey{"step", strconv.Itoa(len(j.Steps)-i) + " more steps"})
			break
		}
		keys = append(keys, htmlKey{"step", "a step waits " + advice.Duration(ms)})
	}
	if j.ProposedMS != nil {
		keys = append(keys, htmlKey{"try", adviceWord(j)})
	}
	return keys
}

func binRange(from, to int64) string {
	switch {
	case to == 0 && from == 0:
		return "any"
	case to == 0:
		return "≥ " + shortDuration(from)
	case from == 0:
		return "< " + shortDuration(to)
	}
	return shortSeconds(from) + "–" + shortDuration(to)
}

// shortDuration has no more digits than a narrow column takes: "2.85s", "14.3s", "250ms".
func shortDuration(ms int64) string {
	if ms < 1000 {
		return advice.Duration(ms)
	}
	return shortSeconds(ms) + "s"
}

func shortSeconds(ms int64) string {
	digits := 2
	if ms >= 10_000 {
		digits = 1
	}
	scale := math.Pow10(digits)
	return strconv.FormatFloat(math.Round(float64(ms)/1000*scale)/scale, 'f', -1, 64)
}

// shortNumber is a count for a narrow column: "9,999", "12.4k", "3.1M".
func shortNumber(n int64) string {
	switch {
	case n < 10_000:
		return advice.Number(n)
	case n < 1_000_000:
		return strconv.FormatFloat(math.Round(float64(n)/100)/10, 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(math.Round(float64(n)/100_000)/10, 'f', -1, 64) + "M"
}
