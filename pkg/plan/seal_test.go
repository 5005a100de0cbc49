package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

func sealed(t *testing.T) (plan.Document, []byte) {
	t.Helper()
	d := plan.Build(desired("integrations", byName("A", 12*second)), plan.Live{Actions: []dataaction.Live{action("a", "A",
		3*second)}}, plan.Options{})
	d.CreatedAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	d.Environment, d.APIURL = "mypurecloud.ie", "https://api.mypurecloud.ie"
	d.Manifest = plan.Manifest{Files: []string{"m.yaml"}, Digest: "sha256:" + strings.Repeat("0", 64)}
	d, err := plan.Seal(d)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return d, raw
}

func TestSavedPlanReadsBack(t *testing.T) {
	want, raw := sealed(t)
	got, err := plan.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan (-saved +read):\n%s", diff)
	}
}

func TestStatsAreNotSealed(t *testing.T) {
	_, raw := sealed(t)
	raw = bytes.Replace(raw, []byte(`"requests": 0`), []byte(`"requests": 99`), 1)
	if _, err := plan.Parse(raw); err != nil {
		t.Errorf("other stats: %v", err)
	}
}

// Two plans of the same state, made at two times, are known to be the same by their digest.
func TestWhenAPlanWasMadeIsNotSealed(t *testing.T) {
	first, _ := sealed(t)
	later := first
	later.CreatedAt = first.CreatedAt.Add(time.Hour)
	second, err := plan.Seal(later)
	if err != nil || second.Digest != first.Digest {
		t.Errorf("digests %s and %s (%v)", first.Digest, second.Digest, err)
	}
}

func TestEditedPlanIsRefused(t *testing.T) {
	_, raw := sealed(t)
	for name, c := range map[string]struct {
		old, edited string
		want        error
	}{
		"another timeout":     {`"after_ms": 12000`, `"after_ms": 13000`, plan.ErrEdited},
		"another number form": {`"after_ms": 12000`, `"after_ms": 12000.0`, plan.ErrInvalid},
		"an unknown key":      {`"api":`, `"extra": 1, "api":`, plan.ErrInvalid},
		"a key in other case": {`"manifest":`, `"API": "flows", "manifest":`, plan.ErrInvalid},
		"a digest":            {`"digest": "sha256:`, `"digest": "sha256:0`, plan.ErrEdited},
	} {
		t.Run(name, func(t *testing.T) {
			edited := strings.Replace(string(raw), c.old, c.edited, 1)
			if edited == string(raw) {
				t.Fatal("the edit changed nothing")
			}
			if _, err := plan.Parse([]byte(edited)); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		``: plan.ErrNoPlan, `[]`: plan.ErrNoPlan, `{}`: plan.ErrNoPlan, `version: 1`: plan.ErrNoPlan,
		`{"format_version":1}`:   plan.ErrNoPlan,
		`{"format_version":"2"}`: plan.ErrVersion, `{"format_version":"1"} {}`: plan.ErrNoPlan,
	} {
		if _, err := plan.Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", text, err, want)
		}
	}
}
