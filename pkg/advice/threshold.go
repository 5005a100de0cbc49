package advice

import (
	"cmp"
	"slices"
)

const (
	thresholdsAtOnce = 10 // the vendor's limit for a request
	batchesMost      = 4
	limitsFirst      = 6 // of the first request, so that steps and common thresholds fit
)

// common are thresholds that show a distribution, in milliseconds.
var common = []int64{1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 30_000}

// Thresholds chooses which thresholds to ask for, in milliseconds: at most four batches of at most ten. The first has
// the limits in use most, then steps' timeouts, then common thresholds that nothing chosen is near. Further batches
// have the remaining limits. What does not fit is left out, and its actions are NotJudged.
func Thresholds(subjects []Subject) [][]int64 {
	limits := map[int64]int{}
	steps := map[int64]int{}
	for _, s := range subjects {
		if s.LimitMS != nil {
			limits[nearLimit(*s.LimitMS)]++
		}
		for _, c := range s.Callers {
			if c.StepTimeoutMS != nil && *c.StepTimeoutMS > 0 {
				steps[*c.StepTimeoutMS]++
			}
		}
	}
	wanted := mostUsed(limits)
	n := min(len(wanted), limitsFirst)
	first, rest := slices.Clone(wanted[:n]), wanted[n:]
	for _, ms := range mostUsed(steps) {
		if len(first) < thresholdsAtOnce && limits[ms] == 0 {
			first = append(first, ms)
		}
	}
	for _, ms := range common {
		near := func(chosen int64) bool { return 10*max(chosen-ms, ms-chosen) <= ms }
		if len(first) < thresholdsAtOnce && !slices.ContainsFunc(first, near) {
			first = append(first, ms)
		}
	}
	return batches(first, rest)
}

// batches are the first batch as it is, and the rest by ten.
func batches(first, rest []int64) [][]int64 {
	out := [][]int64{first}
	for len(rest) > 0 && len(out) < batchesMost {
		n := min(len(rest), thresholdsAtOnce)
		out, rest = append(out, rest[:n]), rest[n:]
	}
	return out
}

// mostUsed are the keys by count, the smaller first among equals.
func mostUsed(uses map[int64]int) []int64 {
	out := make([]int64, 0, len(uses))
	for ms := range uses {
		out = append(out, ms)
	}
	slices.SortFunc(out, func(a, b int64) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a, b))
	})
	return out
}
