package advice_test

import (
	"fmt"
	"testing"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
)

// BenchmarkJudge judges 10,000 actions with a week of two groups each: 140,000 measurements.
func BenchmarkJudge(b *testing.B) {
	const actions = 10_000
	var subjects []advice.Subject
	var records []record
	for n := range actions {
		id := fmt.Sprintf("custom_-_%05d", n)
		s := subject(1000 * int64(1+n%6))
		s.Action = dataaction.Action{ID: id, Name: id}
		subjects = append(subjects, s)
		for day := range 7 {
			records = append(records, record{id, "", day, spans{400: 2000, 2500: 40}})
			records = append(records, record{id, "timeout", day, spans{3000: 9}})
		}
	}
	m := observed(advice.Thresholds(subjects), records...)
	for b.Loop() {
		d := advice.Judge(advice.Input{Subjects: subjects, Measured: m, Accept: 0.001})
		if len(d.Actions) != actions {
			b.Fatal(len(d.Actions))
		}
	}
}
