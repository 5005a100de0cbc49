package advice

import (
	"cmp"
	"math"
	"slices"
)

// z is the normal quantile of one-sided bounds at 95 %.
const z = 1.645

// leastCalls is how many calls anything is said from.
const leastCalls = 30

// bounds are Wilson's for k of n: the share lies above low and below high, each with 95 % confidence. Without
// calls the bounds are 0 and 1.
//
// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
func bounds(k, n int64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	if k < 0 {
		k = 0
	}
	size, p := float64(n), float64(k)/float64(n)
	middle := p + z*z/(2*size)
	spread := z * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	scale := 1 + z*z/size
	return max(0, (middle-spread)/scale), min(1, (middle+spread)/scale)
}

// provingCalls is how many calls without a single one at the limit prove that the share is accepted.
func provingCalls(accept float64) int64 { return int64(math.Ceil(z * z * (1 - accept) / accept)) }

// ladder are the timeouts that are proposed, in milliseconds.
var ladder = []int64{
	1000, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 12_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000,
}

// rung is the smallest timeout of the ladder that is at least so long, the maximum at most.
func rung(least float64, maximum int64) int64 {
	for _, ms := range ladder {
		if float64(ms) >= least {
			return min(ms, maximum)
		}
	}
	return maximum
}

// nearLimit is 0.95 T in whole milliseconds: calls that take so long ended at the limit.
func nearLimit(limitMS int64) int64 { return (limitMS*95 + 50) / 100 }

// round keeps digits that carry meaning, so that the same counts print the same on every machine.
func round(f float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(f*scale) / scale
}

func sortedCounts(byMS map[int64]int64) Counts {
	out := make(Counts, 0, len(byMS))
	for ms, calls := range byMS {
		out = append(out, Count{ms, calls})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Compare(a.MS, b.MS) })
	return out
}
