package plan_test

import (
	"testing"

	"genesys-timeouts/pkg/plan"
)

func TestChangeLimit(t *testing.T) {
	for text, allowed := range map[string]int{"0": 0, "3": 3, "0%": 0, "10%": 1, "99%": 18, "100%": 19} {
		limit, err := plan.ParseChangeLimit(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := limit.Allowed(19); got != allowed {
			t.Errorf("%s of 19 allows %d, want %d", text, got, allowed)
		}
		if limit.String() != text {
			t.Errorf("%s reads back as %s", text, limit)
		}
	}
	for _, text := range []string{"", "%", "-1", "+1", "1.5", "ten", "5 %", "99999999999999999999"} {
		if _, err := plan.ParseChangeLimit(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
