package advice_test

import (
	"slices"
	"testing"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

func TestEvidence(t *testing.T) {
	t.Parallel()
	change := func(before *int64, after int64) plan.Change {
		c := plan.Change{Change: plan.Update, Action: dataaction.Action{ID: "a"}, BeforeMS: before, AfterMS: after}
		if before != nil && *before == after {
			c.Change = plan.None
		}
		return c
	}
	slow := append(daily("", spans{400: 2000, 2500: 40}), daily("x", spans{3000: 30})...)
	for name, c := range map[string]struct {
		change     plan.Change
		records    []record
		thresholds []int64
		text       string
	}{
		"a raise": {change(new(int64(3000)), 6000), slow, []int64{2850},
			"1.3–1.6 % of 14,490 calls ran into 3s; with 6s at most as many"},
		"a raise that nothing asks for": {change(new(int64(3000)), 6000), daily("", spans{400: 100}), []int64{2850},
			"none of 700 calls ran into 3s"},
		"a lowering that cuts nothing": {change(new(int64(10_000)), 3500), slow, []int64{3500},
			"of 14,490 calls none took 3.5s or more"},
		"a lowering that cuts": {change(new(int64(10_000)), 3000), slow, []int64{3000},
			"210 of 14,490 calls took 3s or more"},
		"29 calls": {change(new(int64(3000)), 6000), []record{{"a", "", 0, spans{400: 29}}}, []int64{2850},
			"only 29 calls: too few to say"},
		"never called":     {change(new(int64(3000)), 6000), nil, []int64{2850}, "not called"},
		"from no timeout":  {change(nil, 6000), slow, nil, ""},
		"an unchanged row": {change(new(int64(3000)), 3000), slow, nil, ""},
		"half seconds":     {change(new(int64(3000)), 2500), slow, []int64{2500}, "490 of 14,490 calls took 2.5s or more"},
	} {
		t.Run(name, func(t *testing.T) {
			changes := []plan.Change{c.change}
			asked := advice.EvidenceThresholds(changes)
			if !slices.Equal(slices.Concat(asked...), c.thresholds) {
				t.Fatalf("asks for %v, want %v", asked, c.thresholds)
			}
			got := advice.Evidence(changes, observed(asked, c.records...))[0]
			switch {
			case c.text == "" && got != nil:
				t.Errorf("says %+v", got)
			case c.text != "" && (got == nil || got.Text != c.text || got.Interval != week.String()):
				t.Errorf("says %+v, want %q", got, c.text)
			}
		})
	}
	raise := []plan.Change{change(new(int64(3000)), 6000)}
	e := advice.Evidence(raise, observed(advice.EvidenceThresholds(raise), slow...))[0]
	if e.Calls != 14_490 || e.AtLimit == nil || e.AtLimit.Calls != 210 || e.Over != nil {
		t.Errorf("a raise in numbers: %+v", e)
	}
	lowering := []plan.Change{change(new(int64(10_000)), 3000)}
	e = advice.Evidence(lowering, observed(advice.EvidenceThresholds(lowering), slow...))[0]
	if e.Over == nil || *e.Over != 210 || e.AtLimit != nil {
		t.Errorf("a lowering in numbers: %+v", e)
	}
}

func TestEvidenceWithoutCountsSaysNothing(t *testing.T) {
	t.Parallel()
	raise := plan.Change{Change: plan.Update, Action: dataaction.Action{ID: "a"}, AfterMS: 6000}
	raise.BeforeMS = new(int64(3000))
	changes := []plan.Change{raise}
	m := observed(advice.EvidenceThresholds(changes), daily("", spans{400: 100})...)
	for i := range m.Batches[0].Rows {
		m.Batches[0].Rows[i].Over = nil
	}
	if got := advice.Evidence(changes, m)[0]; got != nil {
		t.Errorf("says %+v", got)
	}
}
