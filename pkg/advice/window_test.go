package advice_test

import (
	"testing"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/plan"
)

func TestWindows(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 1, 30, 0, 0, time.FixedZone("CET", 3600*2)) // still the 24th in UTC
	got, err := advice.LastDays(now, 7)
	if err != nil || got.String() != "2026-11-17T00:00:00Z/2026-11-24T00:00:00Z" {
		t.Errorf("the last 7 days: %s, %v", got, err)
	}
	for _, days := range []int{0, -1, 367} {
		if _, err := advice.LastDays(now, days); err == nil {
			t.Errorf("%d days are taken", days)
		}
	}
	for s, want := range map[string]string{
		"2026-11-18/2026-11-25":                    "2026-11-18T00:00:00Z/2026-11-25T00:00:00Z",
		"2026-11-18T09:00:00+01:00/2026-11-18":     "",
		"2026-11-18T09:00:00+01:00/2026-11-18T09Z": "",
		"2026-11-18T09:00:00+01:00/2026-11-19":     "2026-11-18T08:00:00Z/2026-11-19T00:00:00Z",
		"2026-11-18":                               "",
		"2026-11-25/2026-11-18":                    "",
		"2026-11-25/2026-11-25":                    "",
		"last week/2026-11-25":                     "",
		" 2026-11-18 / 2026-11-25T12:00:00.5Z ":    "2026-11-18T00:00:00Z/2026-11-25T12:00:00Z",
		"2026-11-18/2026-11-25/2026-11-26":         "",
		"2026-02-30/2026-11-25":                    "",
	} {
		got, err := advice.ParseInterval(s)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q is %s, %v; want %q", s, got, err, want)
		}
	}
	from, _ := advice.ParseInstant("2026-11-20")
	if got, err := advice.Since(got, from); err != nil || got.String() != "2026-11-20T00:00:00Z/2026-11-24T00:00:00Z" {
		t.Errorf("since Friday: %s, %v", got, err)
	}
	if before, err := advice.Since(got, from.AddDate(-1, 0, 0)); err != nil || before != got {
		t.Errorf("since last year: %s, %v", before, err)
	}
	if _, err := advice.Since(got, got.To); err == nil {
		t.Error("since the interval's end is taken")
	}
}

func TestAcceptAndDays(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{
		"0.1%": 0.001, "5%": 0.05, "0.01 %": 0.0001, "0.009%": 0, "5.1%": 0, "0.1": 0, "": 0, "%": 0, "NaN%": 0, "-1%": 0,
	} {
		if got, err := advice.ParseAccept(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("accept %q is %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]int{"7d": 7, "1d": 1, "0d": 0, "7": 0, "d": 0, "7h": 0, "367d": 0, "": 0} {
		if got, err := advice.ParseDays(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("days %q is %v, %v", s, got, err)
		}
	}
}

func TestWording(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{3000: "3s", 2850: "2.85s", 250: "250ms", 60_000: "60s", 0: "0s"} {
		if got := advice.Duration(ms); got != want {
			t.Errorf("%d is %q, want %q", ms, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 18_194: "18,194", 1_234_567: "1,234,567"} {
		if got := advice.Number(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for share, want := range map[float64]string{
		0: "0 %", 0.01266: "1.3 %", 0.1: "10 %", 0.0999: "10 %", 0.000234: "0.023 %", 1: "100 %", 0.5: "50 %",
	} {
		if got := advice.Percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
	if got := advice.Range(plan.Share{Low: 0.0101, High: 0.0102}); got != "1 %" {
		t.Errorf("a narrow range is %q", got)
	}
	for f, want := range map[float64]string{0: "0", 0.004: "under 0.01", 0.314: "0.31", 4.22: "4.2", 17.4: "17"} {
		if got := advice.Decimal(f); got != want {
			t.Errorf("%v is %q, want %q", f, got, want)
		}
	}
}
