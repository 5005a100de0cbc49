package export

import (
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
)

func action(id, name, category string, seconds int) dataaction.Live {
	a := dataaction.Live{Action: dataaction.Action{ID: "custom_-_" + id, Name: name, Category: category}}
	if seconds > 0 {
		timeout := time.Duration(seconds) * time.Second
		a.Timeout = &timeout
	}
	return a
}

func organization(name string, actions ...dataaction.Live) Inventory {
	return Inventory{
		Desired: dataaction.Desired{API: dataaction.Integrations, Org: name, Environment: "mypurecloud.de"},
		Live:    plan.Live{Actions: actions},
	}
}

func TestOrganizationsAreJoinedByWhatTellsActionsApart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options          Options
		test, production []dataaction.Live
		want             string // the entries
		left             string
	}{
		"equal timeouts become one": {
			test: []dataaction.Live{action("a", "Get order", "CRM", 5)}, production: []dataaction.Live{
				action("b", "Get order", "Orders", 5)},
			want: "  - name: Get order\n    timeout: 5s\n",
		},
		"others become a map": {
			test: []dataaction.Live{action("a", "Get order", "", 5)}, production: []dataaction.Live{
				action("b", "Get order", "", 9)},
			want: "  - name: Get order\n    timeout: { test: 5s, production: 9s }\n",
		},
		"what one lacks is the other's only": {
			test: []dataaction.Live{action("a", "Get order", "", 5)}, production: []dataaction.Live{
				action("b", "Cancel order", "", 9)},
			want: "  - name: Cancel order\n    only: [production]\n    timeout: 9s\n" +
				"  - name: Get order\n    only: [test]\n    timeout: 5s\n",
		},
		"what one has no timeout for is the other's only": {
			test: []dataaction.Live{action("a", "Get order", "", 0)}, production: []dataaction.Live{
				action("b", "Get order", "", 9)},
			want: "  - name: Get order\n    only: [production]\n    timeout: 9s\n",
			left: "1 without a timeout (--include-unset)",
		},
		"a name that one has twice needs its category in both": {
			test: []dataaction.Live{action("a", "Get customer", "CRM", 5), action("c", "Get customer", "ERP", 6)},
			production: []dataaction.Live{
				action("b", "Get customer", "CRM", 9)},
			want: "  - name: Get customer\n    category: CRM\n    timeout: { test: 5s, production: 9s }\n" +
				"  - name: Get customer\n    category: ERP\n    only: [test]\n    timeout: 6s\n",
		},
		"what stays ambiguous has its id, and is paired with nothing": {
			test: []dataaction.Live{action("a", "Get customer", "CRM", 5), action("c", "Get customer", "CRM", 6)},
			production: []dataaction.Live{
				action("b", "Get customer", "CRM", 9)},
			want: "  - id: { test: custom_-_a }  # Get customer\n    only: [test]\n    timeout: 5s\n" +
				"  - name: Get customer\n    category: CRM\n    only: [production]\n    timeout: 9s\n",
		},
		"an action without a name has its id": {
			test: []dataaction.Live{action("a", " ", "CRM", 5)}, production: nil,
			want: "  - id: { test: custom_-_a }  #\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := []Inventory{organization("test", test.test...), organization("production", test.production...)}
			out, left := Manifest(test.options, read)
			text, err := manifest.Encode(out)
			if err != nil {
				t.Fatal(err)
			}
			for part := range strings.SplitSeq(strings.TrimPrefix(test.want, "  - "), "\n  - ") {
				if part = strings.TrimSuffix(strings.TrimSuffix(part, "\n"), "  #"); !strings.Contains(string(text), part) {
					t.Errorf("no %q in\n%s", part, text)
				}
			}
			if left.String() != test.left {
				t.Errorf("left out: %q, want %q", left, test.left)
			}
		})
	}
}

func TestPortableManifestSelectsByCategoryBeforeID(t *testing.T) {
	t.Parallel()
	read := []Inventory{{Desired: dataaction.Desired{API: dataaction.Integrations}, Environment: "mypurecloud.ie",
		Live: plan.Live{Actions: []dataaction.Live{action("a", "Get customer", "CRM", 5), action("b", "Get customer",
			"ERP", 6),
			action("c", "Get order", "CRM", 7)}}}}
	for _, test := range []struct {
		portable bool
		has, not string
	}{{false, "id: custom_-_a", "category"}, {true, "category: ERP", "custom_-_"}} {
		out, _ := Manifest(Options{Portable: test.portable}, read)
		text, err := manifest.Encode(out)
		if err != nil || !strings.Contains(string(text), test.has) || strings.Contains(string(text), test.not) ||
			strings.Contains(string(text), "environment: ") == test.portable {
			t.Errorf("portable %v: %v\n%s", test.portable, err, text)
		}
	}
}

// called is an organisation whose flows "One" and "Two" both call its actions.
func called(actions ...dataaction.Live) []Inventory {
	r := Inventory{Desired: dataaction.Desired{API: dataaction.Integrations}, Live: plan.Live{Actions: actions}}
	for _, name := range []string{"One", "Two"} {
		f := plan.LiveFlow{Flow: dataaction.Flow{ID: "id-of-" + name, Name: name}, Calls: &dataaction.Calls{}}
		for _, a := range actions {
			f.Calls.Steps = append(f.Calls.Steps, dataaction.Step{ActionID: a.ID})
		}
		r.Live.Flows = append(r.Live.Flows, f)
	}
	return []Inventory{r}
}

func TestAnActionThatTwoFlowsCallIsLeftOutOnce(t *testing.T) {
	t.Parallel()
	_, left := Manifest(Options{AllFlows: true}, called(action("a", "Set", "", 5), action("b", "Unset", "", 0)))
	if left != (Left{Unset: 1}) {
		t.Errorf("left out: %s", left)
	}
}

func TestPortableManifestNamesAFlowThatWasAskedForByID(t *testing.T) {
	t.Parallel()
	for _, portable := range []bool{false, true} {
		o := Options{Portable: portable, Flows: []string{"id-of-One", "id-of-Two"}}
		out, _ := Manifest(o, called(action("a", "Get order", "", 5)))
		if len(out.Flows) != 2 || (out.Flows[0].Selector.Name == "One") != portable {
			t.Errorf("portable %v: %+v", portable, out.Flows)
		}
	}
}
