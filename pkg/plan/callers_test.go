package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// callsOf is a configuration whose steps call actions, and which calls other flows.
func callsOf(steps []dataaction.Step, flows ...string) *dataaction.Calls {
	c := &dataaction.Calls{Steps: steps}
	for _, f := range flows {
		c.Flows = append(c.Flows, dataaction.Flow{ID: f})
	}
	return c
}

func steps(list ...dataaction.Step) []dataaction.Step { return list }

// read is a published flow that was read.
func read(id, kind string, calls *dataaction.Calls) plan.LiveFlow {
	return plan.LiveFlow{
		Flow:         dataaction.Flow{ID: id, Name: "Flow " + id, Type: kind},
		FlowVersions: dataaction.FlowVersions{Published: "3.0", Saved: "3.0"}, Calls: calls,
	}
}

func withFlow(f plan.LiveFlow, change func(*plan.LiveFlow)) plan.LiveFlow {
	change(&f)
	return f
}

func unreadable(f *plan.LiveFlow) { f.Calls, f.Unreadable = nil, "409 Conflict: locked" }

func byFlow(id string) dataaction.FlowSelector { return dataaction.FlowSelector{ID: id} }

// meetings is what callers of each change meet, in a line: "a listed 5000: F>M#7 5000, G#7 12000".
func meetings(d plan.Document) []string {
	number := func(ms *int64) string {
		if ms == nil {
			return "null"
		}
		return fmt.Sprint(*ms)
	}
	var out []string
	for _, c := range d.Changes {
		var callers []string
		for _, x := range c.Callers {
			path := x.Flow.ID
			for _, v := range x.Via {
				path += ">" + v.ID
			}
			callers = append(callers, fmt.Sprintf("%s#%d %s", path, x.Step.TrackingID, number(x.MeetsMS)))
		}
		line := fmt.Sprintf("%s %s %s: %s", c.Action.ID, c.CallersChecked, number(c.CallersMeetMS),
			strings.Join(callers, ", "))
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

func codes(d plan.Document) []string {
	out := []string{}
	for _, f := range d.Findings {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Flow.ID)))
	}
	return out
}

func TestCallers(t *testing.T) {
	suggested := with2(step("a", 0, ""))
	a := []dataaction.Live{action("a", "A", 3*second)}
	only := desired("integrations", under(byFlow("F"), byName("A", 12*second)))
	free := desired("integrations", byName("A", 12*second))
	names := func(flows ...dataaction.Flow) plan.Consumers { return plan.Consumers{Flows: flows} }
	for _, story := range []struct {
		name     string
		desired  dataaction.Desired
		live     plan.Live
		meets    []string
		findings []string
	}{
		{
			"the wanted timeout, if no step gives up earlier", only,
			plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(suggested, step("a", 60*second, ""))))}},
			[]string{"a listed 12000: F#7 12000, F#7 12000"}, []string{},
		},
		{
			"the least of the steps, in milliseconds", only,
			plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(suggested, step("a",
				4500*time.Millisecond, ""))))}},
			[]string{"a listed 4500: F#7 12000, F#7 4500"}, []string{"warning step-overrides-timeout F"},
		},
		{
			"null with an expression, whatever the other steps say", only,
			plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(step("a", 0, "Flow.t"), step("a",
				2*second, ""))))}},
			[]string{"a listed null: F#7 null, F#7 2000"}, []string{"warning step-overrides-timeout F",
				"warning step-overrides-timeout F"},
		},
		{
			"a step of a module belongs to the flow that calls it, through others and in circles", only,
			plan.Live{Flows: []plan.LiveFlow{
				read("F", "inboundcall", callsOf(nil, "M", "B")), read("M", "commonmodule", callsOf(nil, "N", "M")),
				read("N", "commonmodule", callsOf(steps(step("a", 5*second, "")), "M", "F")), read("B", "bot",
					callsOf(steps(suggested), "N")),
			}},
			[]string{"a listed 5000: F>B#7 12000, F>M>N#7 5000"}, []string{"warning step-overrides-timeout F"},
		},
		{
			"every listed flow that reaches a step has an entry", desired("integrations",
				under(byFlow("F"), byName("A", 12*second)), under(byFlow("G"), byName("A", 12*second)), under(byFlow("M"),
					byName("A", 12*second))),
			plan.Live{Flows: []plan.LiveFlow{
				read("F", "inboundcall", callsOf(nil, "M")), read("G", "workflow", callsOf(nil, "M")),
				read("M", "commonmodule", callsOf(steps(suggested))),
			}},
			[]string{"a listed 12000: F>M#7 12000, G>M#7 12000, M#7 12000"}, []string{},
		},
		{
			"an unreadable flow is not said to call nothing, and what callers meet is unknown", desired("integrations",
				under(byFlow("F"), byName("A", 12*second)), under(byFlow("G"), byName("A", 12*second))),
			plan.Live{Flows: []plan.LiveFlow{withFlow(read("F", "inboundcall", nil), unreadable), read("G", "workflow",
				callsOf(steps(suggested)))}},
			[]string{"a listed null: G#7 12000"}, []string{"warning flow-unreadable F"},
		},
		{
			"so is one with an unreadable module", only,
			plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall", callsOf(nil, "M")), withFlow(read("M",
				"commonmodule", nil), unreadable)}},
			[]string{"a no null:"}, []string{"warning flow-unreadable F"},
		},
		{
			"a flow that was never published has no callers", only,
			plan.Live{Flows: []plan.LiveFlow{withFlow(read("F", "inboundcall", nil),
				func(f *plan.LiveFlow) { f.Published = "" })}},
			[]string{"a no null:"}, []string{"warning flow-not-published F"},
		},
		{
			"an inactive flow and unpublished changes are notes", only,
			plan.Live{Flows: []plan.LiveFlow{withFlow(read("F", "inboundcall", callsOf(steps(suggested))),
				func(f *plan.LiveFlow) { f.Saved, f.Inactive = "4.0", true })}},
			[]string{"a listed 12000: F#7 12000"}, []string{"info flow-inactive F", "info flow-unpublished-changes F"},
		},
		{
			"a flow that refers to the action and shows no step tells nothing", only,
			plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall",
				&dataaction.Calls{Actions: []dataaction.Action{{ID: "a"}}})}},
			[]string{"a listed null:"}, []string{},
		},
		{
			"nothing was asked", free, plan.Live{}, []string{"a no null:"}, []string{},
		},
		{
			"the index names flows, and modules with the flows that call them", free,
			plan.Live{
				Flows: []plan.LiveFlow{
					read("X", "inboundcall", callsOf(steps(step("a", 2*second, "")))), read("Y", "workflow", callsOf(nil, "M")),
					read("M", "commonmodule", callsOf(steps(suggested))),
				},
				Consumers: map[string]plan.Consumers{
					"a": names(dataaction.Flow{ID: "X", Type: "inboundcall"}, dataaction.Flow{ID: "M", Type: "commonmodule"}),
					"M": names(dataaction.Flow{ID: "Y", Type: "workflow"}),
				},
			},
			[]string{"a index 2000: X#7 2000, Y>M#7 12000"}, []string{"warning step-overrides-timeout X"},
		},
		{
			"a bot that no known flow calls is a caller, also in a circle", free,
			plan.Live{
				Flows: []plan.LiveFlow{read("B", "bot", callsOf(steps(suggested), "C")), read("C", "bot", callsOf(nil, "B"))},
				Consumers: map[string]plan.Consumers{
					"a": names(dataaction.Flow{ID: "B", Type: "bot"}), "B": names(dataaction.Flow{ID: "C", Type: "bot"}),
					"C": names(dataaction.Flow{ID: "B", Type: "bot"}),
				},
			},
			[]string{"a index 12000: B#7 12000"}, []string{},
		},
		{
			"the index knows of none: that is not nobody", free,
			plan.Live{Consumers: map[string]plan.Consumers{"a": {Others: 1}}}, []string{"a index null:"}, []string{},
		},
		{
			"a partial index shows what it has, and what callers meet is unknown", free,
			plan.Live{
				Flows:     []plan.LiveFlow{read("X", "inboundcall", callsOf(steps(suggested)))},
				Consumers: map[string]plan.Consumers{"a": {Flows: []dataaction.Flow{{ID: "X"}}, Partial: "rebuilding"}},
			},
			[]string{"a index null: X#7 12000"}, []string{"info callers-unknown"},
		},
		{
			"so it is if the index is partial for a module", free,
			plan.Live{
				Flows: []plan.LiveFlow{read("M", "commonmodule", callsOf(steps(suggested)))},
				Consumers: map[string]plan.Consumers{
					"a": names(dataaction.Flow{ID: "M", Type: "commonmodule"}), "M": {Partial: "206"},
				},
			},
			[]string{"a index null: M#7 12000"}, []string{"info callers-unknown"},
		},
		{
			"or a flow that it names cannot be read", free,
			plan.Live{
				Flows:     []plan.LiveFlow{withFlow(read("X", "inboundcall", nil), unreadable)},
				Consumers: map[string]plan.Consumers{"a": names(dataaction.Flow{ID: "X"})},
			},
			[]string{"a index null:"}, []string{"warning flow-unreadable X"},
		},
		{
			"a refused index is a note", free, plan.Live{IndexRefused: "403 Forbidden"}, []string{"a no null:"},
			[]string{"info callers-unknown"},
		},
		{
			"which says all there is to say", free, plan.Live{IndexRefused: "403 Forbidden", Unasked: 3},
			[]string{"a no null:"}, []string{"info callers-unknown"},
		},
		{
			"and so are changes past the bound", free, plan.Live{Unasked: 3}, []string{"a no null:"},
			[]string{"info callers-unknown"},
		},
	} {
		t.Run(story.name, func(t *testing.T) {
			story.live.Actions = a
			d := plan.Build(story.desired, story.live, plan.Options{})
			if diff := cmp.Diff(story.meets, meetings(d)); diff != "" {
				t.Errorf("callers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(story.findings, codes(d)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			slices.Reverse(story.live.Flows)
			if diff := cmp.Diff(d, plan.Build(story.desired, story.live, plan.Options{})); diff != "" {
				t.Errorf("another order of flows (-want +got):\n%s", diff)
			}
		})
	}
}

// On surface flows there are no callers, and flows are not judged.
func TestNoCallersOnSurfaceFlows(t *testing.T) {
	d := plan.Build(desired("flows", under(byFlow("F"), byName("A", 12*second))), plan.Live{
		Actions: []dataaction.Live{nested("a", "A", "rest", "F", 3*second)},
		Flows:   []plan.LiveFlow{{Flow: dataaction.Flow{ID: "F"}}},
	}, plan.Options{})
	if diff := cmp.Diff([]string{"a no null:"}, meetings(d)); diff != "" || len(d.Findings) != 0 ||
		d.Changes[0].Callers == nil {
		t.Errorf("%s, findings %+v", diff, d.Findings)
	}
}

func TestMessagesAboutFlows(t *testing.T) {
	d := plan.Build(desired("integrations", under(byFlow("F"), byName("A", 12*second))), plan.Live{
		Actions: []dataaction.Live{action("a", "A", 3*second)},
		Missing: map[string]bool{"gone": true},
		Flows: []plan.LiveFlow{
			read("F", "inboundcall", callsOf(steps(step("gone", 0, ""), step("kept", 0, "")), "M", "N")),
			withFlow(read("F2", "inqueuecall", nil), func(f *plan.LiveFlow) { f.Name = "Flow F" }),
			read("M", "commonmodule", callsOf(steps(step("a", 5*second, "")))), withFlow(read("N", "bot", nil), unreadable),
		},
	}, plan.Options{})
	var messages []string
	for _, f := range d.Findings {
		messages = append(messages, f.Message)
	}
	all := strings.Join(messages, "\n")
	for _, want := range []string{
		`flow "Flow F" (inboundcall), through common module "Flow M", step "Look up" (tracking id 7)`,
		"callers meet 5s, not 12s",
		`runs bot flow "Flow N" (N), whose published configuration could not be read: 409 Conflict: locked`,
		`calls "" (gone), which does not exist any more`, `calls "" (kept), which the manifest does not list`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no finding says %q:\n%s", want, all)
		}
	}
}

func TestWhichActionsTheIndexIsAskedAbout(t *testing.T) {
	live := plan.Live{Flows: []plan.LiveFlow{read("F", "inboundcall", callsOf(steps(step("called", 0, ""))))}}
	var entries []dataaction.Entry
	for i := range 30 {
		id := fmt.Sprintf("a%02d", i)
		live.Actions = append(live.Actions, action(id, fmt.Sprintf("B%02d", 29-i), 3*second))
		entries = append(entries, byID(id, 12*second))
	}
	live.Actions = append(live.Actions, action("called", "A1", 3*second), action("same", "A2", 12*second))
	entries = append(entries, under(byFlow("F"), byID("called", 12*second)), byID("same", 12*second))
	want := desired("integrations", entries...)
	ids := func(ask []dataaction.Live) (out []string) {
		for _, a := range ask {
			out = append(out, a.ID)
		}
		return out
	}
	ask, left := plan.ToAsk(want, live, plan.CallersChanged)
	if got := ids(ask); len(got) != 25 || got[0] != "a29" || got[24] != "a05" || left != 5 {
		t.Errorf("changed: %q and %d left, want the first 25 in the plan's order and 5", got, left)
	}
	if ask, left := plan.ToAsk(want, live, ""); len(ask) != 25 || left != 5 {
		t.Errorf("the default: %d and %d, want that of changed", len(ask), left)
	}
	if ask, left := plan.ToAsk(want, live, plan.CallersAll); len(ask) != 32 || left != 0 {
		t.Errorf("all: %d and %d left, want all 32", len(ask), left)
	}
	if ask, left := plan.ToAsk(want, live, plan.CallersListed); ask != nil || left != 0 {
		t.Errorf("listed: %d and %d left, want none", len(ask), left)
	}
	if _, err := plan.ParseCallers("some"); err == nil {
		t.Error("an unknown value of --callers was taken")
	}
	if c, err := plan.ParseCallers("all"); c != plan.CallersAll || err != nil {
		t.Errorf("all: %q, %v", c, err)
	}
}

func TestCallersOfOneAction(t *testing.T) {
	live := plan.Live{
		Flows: []plan.LiveFlow{read("X", "inboundcall", callsOf(steps(step("a", 2*second, ""), with2(step("a", 0,
			"")))))},
		Consumers: map[string]plan.Consumers{"a": {Flows: []dataaction.Flow{{ID: "X", Type: "inboundcall"}}}},
	}
	wanted := 12 * second
	callers, meets := plan.CallersOf(live, "a", &wanted)
	if len(callers) != 2 || meets == nil || *meets != 2000 {
		t.Errorf("%+v, %v, want two callers that meet 2 s", callers, meets)
	}
	callers, meets = plan.CallersOf(live, "a", nil)
	if len(callers) != 2 || meets != nil || callers[0].MeetsMS == nil || callers[1].MeetsMS != nil {
		t.Errorf("unset: %+v, %v, want one step with its own timeout and nothing for the other", callers, meets)
	}
}
