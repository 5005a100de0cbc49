package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

func accepting(e dataaction.Entry, accepts ...dataaction.Accept) dataaction.Entry {
	e.Accept = accepts
	return e
}

func TestAccept(t *testing.T) {
	early := plan.Live{
		Actions: []dataaction.Live{action("a", "A", 3*second), action("b", "B", 30*second)},
		Flows: []plan.LiveFlow{
			read("F", "inboundcall", callsOf(steps(step("a", 5*second, ""), dataaction.Step{Name: "Other",
				ActionID: "a", Expression: "x"}))),
			read("G", "workflow", callsOf(steps(step("a", 5*second, "")))),
		},
	}
	unread := early
	unread.Flows = []plan.LiveFlow{withFlow(read("F", "inboundcall", nil), unreadable)}
	overrides := dataaction.Accept{Finding: plan.StepOverridesTimeout, Reason: "the menu moves on"}
	one := overrides
	one.Step = "Look up"
	none := overrides
	none.Step = "No such step"
	for _, story := range []struct {
		name    string
		entries []dataaction.Entry
		live    plan.Live
		options plan.Options
		want    []string
	}{
		{"every step of the entry", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 12*second),
			overrides))}, early, plan.Options{},
			[]string{"info step-overrides-timeout F", "info step-overrides-timeout F"}},
		{"one step alone", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 12*second), one))}, early,
			plan.Options{},
			[]string{"warning step-overrides-timeout F", "info step-overrides-timeout F"}},
		{"strict leaves it alone", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 12*second), one))},
			early, plan.Options{Strict: true},
			[]string{"error step-overrides-timeout F", "info step-overrides-timeout F"}},
		{"not under another flow", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 12*second), one)),
			under(byFlow("G"), byID("a", 12*second))},
			early, plan.Options{}, []string{"warning step-overrides-timeout F", "warning step-overrides-timeout G",
				"info step-overrides-timeout F"}},
		{"what matches nothing is unused", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 5*second),
			none))}, early, plan.Options{},
			[]string{"warning accept-unused F", "warning step-overrides-timeout F"}},
		{"unless it is not known", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 5*second), overrides))},
			unread, plan.Options{},
			[]string{"warning flow-unreadable F"}},
		{"a lowered timeout, in deny-lower too", []dataaction.Entry{accepting(byID("b", 5*second),
			dataaction.Accept{Finding: plan.TimeoutLowered})},
			early, plan.Options{DenyLower: true, Strict: true}, []string{"info timeout-lowered"}},
		{"drift does not judge it, and does not call it unused", []dataaction.Entry{accepting(byID("b", 5*second),
			dataaction.Accept{Finding: plan.TimeoutLowered})},
			early, plan.Options{Drift: true}, []string{}},
		{"a warning about the entry's flow", []dataaction.Entry{under(byFlow("F"), accepting(byID("a", 5*second),
			dataaction.Accept{Finding: plan.FlowUnreadable}))},
			unread, plan.Options{}, []string{"info flow-unreadable F"}},
		{"errors cannot be accepted", []dataaction.Entry{accepting(byID("a", 90*second),
			dataaction.Accept{Finding: plan.TimeoutOutOfRange})},
			early, plan.Options{}, []string{"error timeout-out-of-range"}},
	} {
		t.Run(story.name, func(t *testing.T) {
			d := plan.Build(desired("integrations", story.entries...), story.live, story.options)
			if diff := cmp.Diff(story.want, codes(d)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			warnings := 0
			for _, f := range d.Findings {
				if f.Severity == plan.Warning {
					warnings++
				}
				if f.Accepted && f.Code == plan.StepOverridesTimeout && f.Reason != "the menu moves on" {
					t.Errorf("finding %+v has not the manifest's reason", f)
				}
			}
			if d.Summary.Warnings != warnings {
				t.Errorf("%d warnings are counted, want %d", d.Summary.Warnings, warnings)
			}
		})
	}
}

func TestReasonOwnerAndUntil(t *testing.T) {
	first, second2 := byID("a", 12*second), byID("a", 12*second)
	first.Owner = "orders"
	second2.Reason, second2.Owner, second2.Until = "slow since March", "others", "2026-11-25"
	live := plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}}
	for today, want := range map[string][]string{
		"2026-11-26": {"warning override-expired"}, "2026-11-25": {}, "": {},
	} {
		d := plan.Build(desired("integrations", first, second2), live, plan.Options{Today: today})
		if diff := cmp.Diff(want, codes(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", today, diff)
		}
		if c := d.Changes[0]; c.Reason != "slow since March" || c.Owner != "orders" || c.Until != "2026-11-25" {
			t.Errorf("%+v, want the first that each entry gives", c)
		}
	}
}

func TestDriftJudgesNothingThatOnlyAWriteCouldDo(t *testing.T) {
	live := plan.Live{Actions: []dataaction.Live{action("a", "A", 30*second)}}
	d := plan.Build(desired("integrations", byID("a", 12*second)), live,
		plan.Options{Drift: true, DenyLower: true, MaxChanges: &plan.ChangeLimit{}, Strict: true})
	if len(d.Findings) != 0 || d.Summary.Update != 1 {
		t.Errorf("%+v, want one drifted action and no finding", d)
	}
}

func TestFindingsAboutTheManifest(t *testing.T) {
	empty := desired("integrations")
	empty.OrgID = "wanted"
	d := plan.Build(empty, plan.Live{DraftsRefused: "403 Forbidden", OrganizationRefused: "503 Service Unavailable"},
		plan.Options{EnvironmentOverridden: "GENESYS_ENVIRONMENT says mypurecloud.ie"})
	want := []string{"warning environment-overridden", "warning manifest-empty",
		"warning organization-unverified", "info draft-exists"}
	if diff := cmp.Diff(want, codes(d)); diff != "" || d.Organization != nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := d.Findings[2].Message; !strings.Contains(got, "could not be read (503 Service Unavailable), so") {
		t.Errorf("it says %q, without the answer", got)
	}
	org := &dataaction.Organization{ID: "wanted", Name: "Acme"}
	if d := plan.Build(empty, plan.Live{Organization: org}, plan.Options{}); d.Organization != org ||
		len(d.Findings) != 1 {
		t.Errorf("%+v, want the organisation and manifest-empty alone", d)
	}
	empty.Org = "test" // `only` may leave entries to others
	d = plan.Build(empty, plan.Live{Organization: org}, plan.Options{})
	if got := d.Findings[0].Message; got != "the manifest names no action for this organisation: nothing is compared" {
		t.Errorf("got %q", got)
	}
}

// What changes is reviewed: its warnings come first.
func TestWarningsAboutChangesComeFirst(t *testing.T) {
	live := plan.Live{
		Actions: []dataaction.Live{action("a", "A", 12*second), action("z", "Z", 3*second)},
		Flows:   []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(step("a", 2*second, ""), step("z", 2*second, ""))))},
	}
	d := plan.Build(desired("integrations", under(byFlow("F"), byID("a", 12*second)), under(byFlow("F"), byID("z",
		12*second))), live, plan.Options{})
	if d.Findings[0].Action.ID != "z" || d.Findings[1].Action.ID != "a" {
		t.Errorf("%+v, want the changed action's warning first", d.Findings)
	}
}

// So is a flow that was read only because the dependency index says that it calls what changes.
func TestWarningsAboutFlowsOfTheIndexComeFirst(t *testing.T) {
	flow := func(id, kind string) dataaction.Flow { return dataaction.Flow{ID: id, Type: kind} }
	never := func(f *plan.LiveFlow) { f.Calls, f.Published = nil, "" }
	live := plan.Live{
		Actions: []dataaction.Live{action("a", "A", 12*second), action("z", "Z", 3*second)},
		Flows: []plan.LiveFlow{
			withFlow(read("A1", "inboundcall", nil), unreadable), withFlow(read("A2", "inboundcall", nil), never),
			withFlow(read("Z1", "inboundcall", nil), unreadable), withFlow(read("Z2", "inboundcall", nil), never),
			read("Z3", "commonmodule", callsOf(steps(step("z", 0, "")))),
			withFlow(read("Z4", "inboundcall", nil), unreadable),
		},
		Consumers: map[string]plan.Consumers{
			"a":  {Flows: []dataaction.Flow{flow("A1", "inboundcall"), flow("A2", "inboundcall")}},
			"z":  {Flows: []dataaction.Flow{flow("Z1", ""), flow("Z2", ""), flow("Z3", "commonmodule")}},
			"Z3": {Flows: []dataaction.Flow{flow("Z4", "inboundcall")}},
		},
	}
	d := plan.Build(desired("integrations", byID("a", 12*second), byID("z", 12*second)), live, plan.Options{})
	want := []string{"warning flow-not-published Z2", "warning flow-unreadable Z1", "warning flow-unreadable Z4",
		"warning flow-not-published A2", "warning flow-unreadable A1"}
	if diff := cmp.Diff(want, codes(d)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestSelect(t *testing.T) {
	all := desired("integrations", under(byFlow("F"), byName("A", 2*second)), under(support, byName("B", 2*second)),
		under(support, byID("a", 2*second)), byName("Get order", 2*second))
	for _, story := range []struct {
		actions, flows []string
		entries        []int // their lines
		listed         int
		says           string
	}{
		{nil, nil, []int{10, 11, 12, 13}, 3, ""},
		{[]string{"A"}, nil, []int{10}, 1, ""},
		{[]string{"a", "Get order"}, nil, []int{12, 13}, 2, ""},
		{[]string{"A"}, []string{"Support"}, []int{10, 11, 12}, 3, ""},
		{nil, []string{"F"}, []int{10}, 1, ""},
		{[]string{"Get ordr"}, nil, nil, 0,
			`--action "Get ordr" matches no entry of the manifest; did you mean "Get order"?`},
		{[]string{"Get order "}, nil, nil, 0, `--action "Get order " matches no entry of the manifest; did you mean the ` +
			`one that looks the same and differs only in blanks? Copy its name`},
		{nil, []string{"Suport"}, nil, 0, `--flow "Suport" matches no entry of the manifest; did you mean "Support"?`},
	} {
		got, err := plan.Select(all, story.actions, story.flows)
		if story.says != "" {
			if err == nil || !strings.Contains(err.Error(), story.says) {
				t.Errorf("%v %v: error %v, want %q", story.actions, story.flows, err, story.says)
			}
			continue
		}
		var lines []int
		for _, e := range got.Entries {
			lines = append(lines, e.Source.Line)
		}
		if diff := cmp.Diff(story.entries, lines); err != nil || diff != "" || len(got.Flows) != story.listed {
			t.Errorf("%v %v: %v, %d flows, %s", story.actions, story.flows, err, len(got.Flows), diff)
		}
	}
	live := plan.Live{
		Actions: []dataaction.Live{action("1", "A", 2*second)},
		Flows:   []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(step("1", 0, ""), step("other", 0, ""))))},
	}
	some, _ := plan.Select(all, []string{"A"}, nil)
	chosen := &plan.Selected{Actions: []string{"A"}, Flows: []string{}}
	if d := plan.Build(some, live, plan.Options{Selected: chosen}); d.Selected != chosen || len(d.Findings) != 0 {
		t.Errorf("%+v: the entries that were not selected are not unmanaged", d.Findings)
	}
}

// Names that look the same are not quoted as if a reader could see the difference.
func TestNamesThatLookTheSame(t *testing.T) {
	composed, split := "Caf\u00e9 lookup", "Cafe\u0301 lookup"
	for name, story := range map[string]struct{ wanted, there, says string }{
		"Unicode form":         {composed, split, "differs only in Unicode form"},
		"a no-break space":     {"Get order", "Get\u00a0order", "differs only in blanks"},
		"a zero-width space":   {"Get order", "Get\u200b order", "differs only in invisible characters"},
		"a blank at the end":   {"Get order", "Get order ", "differs only in blanks"},
		"Hangul":               {"\ud55c", "\u1112\u1161\u11ab", "differs only in Unicode form"},
		"a visible difference": {"Get order", "Get orders", `did you mean "Get orders"?`},
	} {
		d := plan.Build(desired("integrations", byName(story.wanted, 5*second)),
			plan.Live{Actions: []dataaction.Live{action("a", story.there, 3*second)}}, plan.Options{})
		message := d.Findings[0].Message
		if !strings.Contains(message, story.says) || strings.Contains(story.says, "differs") &&
			strings.Count(message, `"`) != 2 {
			t.Errorf("%s: %s, want %q and one quoted name", name, message, story.says)
		}
	}
	alike := []dataaction.Live{action("a", "A", 3*second), with(action("b", "A", 3*second),
		func(a *dataaction.Live) { a.Category = "CRM " })}
	d := plan.Build(desired("integrations", byName("A", 5*second)), plan.Live{Actions: alike}, plan.Options{})
	if m := d.Findings[0].Message; !strings.Contains(m, "look the same differ in blanks") {
		t.Errorf("ambiguous: %s, want how the categories differ", m)
	}
}

func TestDraftExistsAtPlanTime(t *testing.T) {
	drafted := with(action("a", "A", 3*second), func(a *dataaction.Live) {
		a.Type,
			a.Draft = dataaction.TypeFunction, true
	})
	d := plan.Build(desired("integrations", byID("a", 12*second)), plan.Live{Actions: []dataaction.Live{drafted}},
		plan.Options{})
	if diff := cmp.Diff([]string{"update a 3s -> 12s @10", "warning draft-exists a @10"}, outline(d)); diff != "" {
		t.Error(diff)
	}
}
