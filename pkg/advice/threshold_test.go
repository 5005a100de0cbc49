package advice_test

import (
	"slices"
	"testing"

	"genesys-timeouts/pkg/advice"
)

func TestThresholds(t *testing.T) {
	t.Parallel()
	many := func(limits ...int64) []advice.Subject {
		var out []advice.Subject
		for _, ms := range limits {
			out = append(out, subject(ms))
		}
		return out
	}
	var all []int64
	for s := range int64(60) {
		all = append(all, 1000*(s+1))
	}
	for name, c := range map[string]struct {
		subjects []advice.Subject
		want     [][]int64
	}{
		"nothing with a limit": {many(0), [][]int64{{1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 30_000}}},
		// 2850 stands in for 3000, 9500 for nothing: 8000 and 12,000 are further than 10 % away.
		"most used first, then common ones": {many(10_000, 3000, 3000), [][]int64{
			{2850, 9500, 1000, 2000, 5000, 8000, 12_000, 20_000, 30_000}}},
		"of equals the smaller first": {many(10_000, 4000), [][]int64{
			{3800, 9500, 1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 30_000}}},
		"a step as it is": {[]advice.Subject{subject(10_000, 4000, 2850)}, [][]int64{
			{9500, 2850, 4000, 1000, 2000, 5000, 8000, 12_000, 20_000, 30_000}}},
		"a step that is a threshold already": {[]advice.Subject{subject(3000, 2850)}, [][]int64{
			{2850, 1000, 2000, 5000, 8000, 12_000, 20_000, 30_000}}},
		"six in the first request, the rest in the next": {many(all[:8]...), [][]int64{
			{950, 1900, 2850, 3800, 4750, 5700, 8000, 12_000, 20_000, 30_000}, {6650, 7600}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := advice.Thresholds(c.subjects); !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
	got := advice.Thresholds(many(all...))
	if len(got) != 4 || len(got[0]) != 10 || len(got[3]) != 10 {
		t.Fatalf("%d batches: %v", len(got), got)
	}
	d := advice.Judge(advice.Input{Subjects: many(36_000, 37_000), Accept: 0.001,
		Measured: observed(got, daily("", spans{400: 3000})...)})
	if a, b := d.Actions[0].Code, d.Actions[1].Code; a == advice.NotJudged || b != advice.NotJudged {
		t.Errorf("the 36th limit is %s, the 37th %s", a, b)
	}
}

func TestThresholdsNeverExceedWhatARequestTakes(t *testing.T) {
	t.Parallel()
	var subjects []advice.Subject
	for n := range int64(60) {
		subjects = append(subjects, subject(1000*(n+1), 100*n+1, 100*n+2))
	}
	seen := map[int64]bool{}
	for _, batch := range advice.Thresholds(subjects) {
		if len(batch) > 10 {
			t.Errorf("%d thresholds in a request", len(batch))
		}
		for _, ms := range batch {
			if seen[ms] {
				t.Errorf("%d ms is asked for twice", ms)
			}
			seen[ms] = true
		}
	}
}
