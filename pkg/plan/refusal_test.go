package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

func TestWhatRefusesAPlan(t *testing.T) {
	t.Parallel()
	update := plan.Change{Change: plan.Update, Action: dataaction.Action{ID: "1"}, AfterMS: 5000}
	limit, err := plan.ParseChangeLimit("0")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		summary plan.Summary
		options plan.Options
		code    string
		says    string
	}{
		"nothing": {summary: plan.Summary{Update: 1, Warnings: 1, Lowered: 1}},
		"errors":  {plan.Summary{Errors: 2}, plan.Options{}, plan.PlanErrors, "has 2 errors"},
		"warnings with --strict": {plan.Summary{Warnings: 1}, plan.Options{Strict: true}, plan.PlanErrors,
			"1 warning"},
		"a lowering with --deny-lower": {plan.Summary{Lowered: 1}, plan.Options{DenyLower: true},
			plan.TimeoutLowered, "lowers 1 timeout"},
		"more changes than allowed":     {plan.Summary{Update: 1}, plan.Options{MaxChanges: limit}, plan.TooManyChanges, "1"},
		"too many changes, not errors":  {plan.Summary{Errors: 1}, plan.Options{MaxChanges: limit}, plan.TooManyChanges, "1"},
		"warnings and no strict option": {summary: plan.Summary{Warnings: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := plan.Refuse(plan.Document{Summary: test.summary, Changes: []plan.Change{update}}, test.options)
			switch {
			case test.code == "" && got != nil:
				t.Errorf("refused: %+v", got)
			case test.code != "" && (got == nil || got.Code != test.code || !strings.Contains(got.Message, test.says)):
				t.Errorf("got %+v, want %s with %q", got, test.code, test.says)
			}
		})
	}
}

// A refused plan fails what has an error, skips all other changes, and leaves unchanged what is.
func TestRefusedResultsNameEachOutcome(t *testing.T) {
	t.Parallel()
	a, b, c := dataaction.Action{ID: "a"}, dataaction.Action{ID: "b"}, dataaction.Action{ID: "c"}
	f1, f2 := dataaction.Flow{ID: "f1"}, dataaction.Flow{ID: "f2"}
	fail := func(code string, action dataaction.Action, flow dataaction.Flow) plan.Finding {
		return plan.Finding{Severity: plan.Error, Code: code, Message: code, Action: action, Flow: flow}
	}
	for name, test := range map[string]struct {
		doc  plan.Document
		want []string // id, flow, status, code
	}{
		"one error among changes": {
			plan.Document{
				Changes: []plan.Change{{Change: plan.Update, Action: a}, {Change: plan.None, Action: b},
					{Change: plan.Update, Action: c}},
				Findings: []plan.Finding{fail(plan.TimeoutOutOfRange, a, f1), fail(plan.ActionReadOnly, a, f2),
					fail(plan.TooManyChanges, dataaction.Action{}, dataaction.Flow{})},
			},
			[]string{"a  failed timeout-out-of-range", "b  unchanged ", "c  skipped plan-errors"},
		},
		"an error without a change": {
			plan.Document{
				Changes: []plan.Change{{Change: plan.Update, Action: a}},
				Findings: []plan.Finding{fail(plan.FlowNotFound, dataaction.Action{}, f1), fail(plan.ActionNotFound, b,
					dataaction.Flow{})},
			},
			[]string{"a  skipped plan-errors", " f1 failed flow-not-found", "b  failed action-not-found"},
		},
		"surface flows: the same id in two flows": {
			plan.Document{
				API: dataaction.Flows,
				Changes: []plan.Change{{Change: plan.Update, Action: a, Flows: []dataaction.Flow{f1}},
					{Change: plan.Update, Action: a, Flows: []dataaction.Flow{f2}}},
				Findings: []plan.Finding{fail(plan.TimeoutOutOfRange, a, f2)},
			},
			[]string{"a f1 skipped plan-errors", "a f2 failed timeout-out-of-range"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := plan.RefusedResults(test.doc, plan.Finding{Code: plan.PlanErrors, Message: "no"})
			var got []string
			for _, x := range results {
				flow := ""
				if len(x.Flows) > 0 {
					flow = x.Flows[0].ID
				}
				got = append(got, strings.Join([]string{x.Action.ID, flow, string(x.Status), x.Code}, " "))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
