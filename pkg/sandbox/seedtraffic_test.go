package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSeededWeekHasItsCharacters checks what each seeded action is there to show.
func TestSeededWeekHasItsCharacters(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	share := func(name, category string, ms int) float64 {
		calls, views := w.aggregate(weekInterval, byAction(w.ActionID(name, category))+viewsOver(ms)).totals()
		return views[fmt.Sprintf("over%d", ms)] / calls
	}
	within := func(what string, got, least, most float64) {
		t.Helper()
		if got < least || got > most {
			t.Errorf("%s: %.4f, want %.4f to %.4f", what, got, least, most)
		}
	}
	within("too short: Customer lookup at 3 s", share("Customer lookup", "", 2850), 0.013, 0.019)
	within("too short: Get order at 3 s", share("Get order", "", 2850), 0.015, 0.04)
	within("too short: Score call intent at 5 s", share("Score call intent", "", 4750), 0.02, 0.05)
	within("at its maximum: Match duplicates at 15 s", share("Match duplicates", "", 14_250), 0.01, 0.05)
	within("too long: Get customer of Orders takes 2 s", share("Get customer", "Orders", 2000), 0, 0)
	within("too long: Log interaction takes 5 s", share("Log interaction", "", 5000), 0, 0.0005)
	within("fine: Get customer of CRM at 5 s", share("Get customer", "CRM", 4750), 0, 0.0005)
	within("hangs: Check stock at 4 s", share("Check stock", "", 3800), 0.01, 0.02)
	within("hangs: Check stock from 1 s to 4 s", share("Check stock", "", 1000)-share("Check stock", "", 3800), 0, 0.001)
	within("secure step: Take card payment over 2 s", share("Take card payment", "", 2000), 0.25, 0.5)

	for _, d := range w.aggregate(weekInterval, byAction(w.ActionID("Get loyalty status",
		""))+`,"granularity":"P1D"`+viewsOver(2850)).Results[0].Data {
		down := strings.HasPrefix(d.Interval, "2026-11-18") // Wednesday
		if late := d.Views[0].Stats.count; down != (late > 50) || !down && late > 0 {
			t.Errorf("outage day: %s has %g calls at the limit", d.Interval, late)
		}
	}
	for _, d := range w.aggregate(weekInterval, byAction(w.ActionID("Create case",
		""))+`,"granularity":"P1D"`).Results[0].Data {
		thursday := strings.HasPrefix(d.Interval, "2026-11-19")
		if most := d.Metrics[0].Stats.most; thursday != (most > 11_000) {
			t.Errorf("changed limit: %s has a call of %g ms", d.Interval, most)
		}
	}
	refused := w.aggregate(weekInterval, byAction(w.ActionID("Get refund status", ""))+`,"groupBy":["errorType"]`)
	i := slices.IndexFunc(refused.Results, func(r aggregateRow) bool {
		return r.Group["errorType"] == "rateLimit"
	})
	if i < 0 || refused.Results[i].Data[0].Metrics[0].Stats.most >= 250 ||
		refused.Results[i].Data[0].Metrics[0].Stats.count < 50 {
		t.Errorf("failing at once: %+v", refused)
	}
	for name, want := range map[string]float64{"Get invoice": 21, "Get account manager": 12} {
		if got, _ := w.aggregate(weekInterval, byAction(w.ActionID(name, ""))).totals(); got != want {
			t.Errorf("rare: %s has %g calls", name, got)
		}
	}
}
