package flowconfig

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"P0D0H1M0S0F":    time.Minute,
		"P1D2H3M4S5F":    26*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Millisecond,
		"P0D0H0M0S0F":    0,
		"P0D0H0M1S500F":  1500 * time.Millisecond,
		"P0D0H0M90S0F":   90 * time.Second,
		"PT5S":           5 * time.Second,
		"PT1H":           time.Hour,
		"P1DT1S":         24*time.Hour + time.Second,
		"PT0.5S":         500 * time.Millisecond,
		"PT1,5M":         90 * time.Second,
		" pt5s ":         5 * time.Second,
		"P5S":            5 * time.Second,
		"P0D0H0M007S0F":  7 * time.Second,
		"P106751D0H0M0S": 106751 * 24 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "5", "5s", "P-5S", "-PT5S", "P1Y", "P1W", "P5S1M", "PT5SS",
		"P1S1S", "P.5S", "P5.S", "P1E3S",
		"P999999999999999999999D", "P" + strings.Repeat("9", 400) + "S", "PT5S x"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%.40q: got %v, want an error", text, got)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"P0D0H1M0S0F", "PT5S", "P1DT0.5S", "P", "P9999999999D"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err == nil && (d < 0 || !strings.ContainsAny(text, "0123456789")) {
			t.Fatalf("%q: got %v", text, d)
		}
	})
}
