package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

const second = time.Second

func action(id, name string, timeout time.Duration) dataaction.Live {
	a := dataaction.Live{Action: dataaction.Action{ID: id, Name: name, Category: "CRM", IntegrationID: "i1",
		Type: dataaction.TypeAction}, Version: 4, Complete: true}
	if timeout > 0 {
		a.Timeout = &timeout
	}
	return a
}

func with(a dataaction.Live, change func(*dataaction.Live)) dataaction.Live {
	change(&a)
	return a
}

func byName(name string, timeout time.Duration) dataaction.Entry {
	return dataaction.Entry{Action: dataaction.Selector{Name: name}, Timeout: timeout}
}

func byID(id string, timeout time.Duration) dataaction.Entry {
	return dataaction.Entry{Action: dataaction.Selector{ID: id}, Timeout: timeout}
}

func under(flow dataaction.FlowSelector, e dataaction.Entry) dataaction.Entry {
	e.Flow = &flow
	return e
}

// desired numbers the entries' lines from 10, so that a test can tell them apart.
func desired(api dataaction.API, entries ...dataaction.Entry) dataaction.Desired {
	d := dataaction.Desired{API: api}
	for i, e := range entries {
		e.Source = dataaction.Source{File: "m.yaml", Line: 10 + i, Column: 5}
		if e.Flow != nil {
			d.Flows = append(d.Flows, dataaction.FlowEntry{Flow: *e.Flow, Source: e.Source})
		}
		d.Entries = append(d.Entries, e)
	}
	return d
}

var support = dataaction.FlowSelector{Name: "Support"}

func flow(id, name, kind string, calls dataaction.Calls) plan.LiveFlow {
	return plan.LiveFlow{Flow: dataaction.Flow{ID: id, Name: name, Type: kind}, Calls: &calls}
}

func step(action string, timeout time.Duration, expression string) dataaction.Step {
	s := dataaction.Step{Name: "Look up", TrackingID: 7, ActionID: action, Expression: expression}
	if timeout > 0 {
		s.Timeout = &timeout
	}
	return s
}

// outline is a plan in a few lines: what most tests want to know.
func outline(d plan.Document) []string {
	var out []string
	for _, c := range d.Changes {
		line := fmt.Sprintf("%s %s %s -> %s", c.Change, c.Action.ID, dataaction.TextOrUnset(c.Before()),
			dataaction.Text(c.After()))
		for _, s := range c.Sources {
			line += fmt.Sprintf(" @%d", s.Line)
		}
		out = append(out, line)
	}
	for _, f := range d.Findings {
		line := fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Action.ID)
		if f.Source != nil {
			line += fmt.Sprintf(" @%d", f.Source.Line)
		}
		out = append(out, line)
	}
	return out
}

func TestBuild(t *testing.T) {
	get := func(id, category, integration string) dataaction.Live {
		return with(action(id, "Get User", 3*second), func(a *dataaction.Live) {
			a.Category,
				a.IntegrationID = category, integration
		})
	}
	for _, story := range []struct {
		name    string
		desired dataaction.Desired
		live    plan.Live
		options plan.Options
		want    []string
		says    []string // parts of the first finding's message
	}{
		{
			name:    "a raised timeout is a change, the same one is none, and unset is not zero",
			desired: desired("integrations", byName("B", 12*second), byName("A", 3*second), byID("c", 3*second)),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second), action("b", "B", 3*second),
				action("c", "C", 0)}},
			want: []string{"none a 3s -> 3s @11", "update b 3s -> 12s @10", "update c unset -> 3s @12"},
		},
		{
			name:    "entries that name one action by name and by id are one change",
			desired: desired("integrations", byName("A", 5*second), byID("a", 5*second)),
			live:    plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}},
			want:    []string{"update a 3s -> 5s @10 @11"},
		},
		{
			name:    "one action with two timeouts is a conflict, found where a schema cannot see it",
			desired: desired("integrations", byName("A", 5*second), byID("a", 6*second)),
			live:    plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}},
			want:    []string{"error timeout-conflict a @10"},
			says:    []string{"m.yaml:10:5", "m.yaml:11:5"},
		},
		{
			name:    "a missing name gets near names, and a filter's partial match is not a match",
			desired: desired("integrations", byName("Get Usrs", 5*second)),
			live: plan.Live{Actions: []dataaction.Live{action("a", "Get Users", 3*second), action("b",
				"Something else", 3*second)}},
			want: []string{"error action-not-found  @10"},
			says: []string{`did you mean "Get Users"?`},
		},
		{
			name:    "a shared name is ambiguous, and the candidates are told apart",
			desired: desired("integrations", byName("Get User", 5*second)),
			live:    plan.Live{Actions: []dataaction.Live{get("a", "CRM", "i1"), get("b", "ERP", "i2")}},
			want:    []string{"error action-ambiguous  @10"},
			says:    []string{`a (category "CRM", integration i1)`, `b (category "ERP", integration i2)`},
		},
		{
			name: "a name with another category is not offered once more, but as what there is",
			desired: desired("integrations", dataaction.Entry{Action: dataaction.Selector{Name: "Get User",
				Category: "Billing"}, Timeout: 9 * second}),
			live: plan.Live{Actions: []dataaction.Live{get("a", "CRM", "i1"), get("b", "ERP", "i2")}},
			want: []string{"error action-not-found  @10"},
			says: []string{`named "Get User" with category "Billing"; of that name there is a (category "CRM", ` +
				`integration i1), b (category "ERP", integration i2)`},
		},
		{
			name:    "near names are those of the flow",
			desired: desired("flows", under(support, byName("Close tickets", 9*second))),
			live: plan.Live{
				Flows: []plan.LiveFlow{flow("f", "Support", "workflow", dataaction.Calls{}), flow("g", "Sales", "workflow",
					dataaction.Calls{})},
				Actions: []dataaction.Live{
					with(action("a", "Open tickets", 3*second), func(a *dataaction.Live) {
						a.Flow = &dataaction.Flow{ID: "f",
							Name: "Support"}
					}),
					with(action("b", "Close ticket", 3*second), func(a *dataaction.Live) {
						a.Flow = &dataaction.Flow{ID: "g",
							Name: "Sales"}
					}),
				},
			},
			want: []string{"error action-not-found  @10"},
			says: []string{`in flow "Support" is named "Close tickets"; did you mean "Open tickets"?`},
		},
		{
			name: "what is counted in milliseconds may be, whatever its type; what is in seconds may not",
			desired: desired("flows", under(support, byName("A", 4500*time.Millisecond)), under(support, byName("B",
				4500*time.Millisecond))),
			live: plan.Live{Flows: []plan.LiveFlow{flow("f", "Support", "workflow", dataaction.Calls{})},
				Actions: []dataaction.Live{
					with(action("a", "A", 3*second), func(a *dataaction.Live) {
						a.Type, a.Unit, a.Flow = "python", time.Millisecond, &dataaction.Flow{ID: "f", Name: "Support"}
					}),
					with(action("b", "B", 3*second), func(a *dataaction.Live) {
						a.Type, a.Unit, a.Flow = "python", time.Second, &dataaction.Flow{ID: "f", Name: "Support"}
					}),
				}},
			want: []string{"update a 3s -> 4500ms @10", "error timeout-out-of-range b @11"},
			says: []string{"not in whole seconds"},
		},
		{
			name: "category and integration tell shared names apart",
			desired: desired("integrations", dataaction.Entry{Action: dataaction.Selector{Name: "Get User",
				Category: "ERP"}, Timeout: 5 * second},
				dataaction.Entry{Action: dataaction.Selector{Name: "Get User", IntegrationID: "i1"}, Timeout: 6 * second}),
			live: plan.Live{Actions: []dataaction.Live{get("a", "CRM", "i1"), get("b", "ERP", "i2")}},
			want: []string{"update a 3s -> 6s @11", "update b 3s -> 5s @10"},
		},
		{
			name:    "an action of a flow is looked up among those that the flow refers to first",
			desired: desired("integrations", under(support, byName("Get User", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{get("a", "CRM", "i1"), get("b", "ERP", "i2")},
				Flows: []plan.LiveFlow{flow("f", "Support", "inboundcall",
					dataaction.Calls{Actions: []dataaction.Action{{ID: "b", Name: "Get User"}}})}},
			want: []string{"update b 3s -> 5s @10"},
		},
		{
			name:    "an action that its flow does not call is managed with a warning",
			desired: desired("integrations", under(support, byName("A", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)},
				Flows: []plan.LiveFlow{flow("f", "Support", "inboundcall", dataaction.Calls{})}},
			want: []string{"update a 3s -> 5s @10", "warning action-not-used-by-flow a @10"},
		},
		{
			name:    "a missing flow is one error, and its actions are not guessed at",
			desired: desired("integrations", under(support, byName("A", 5*second)), under(support, byName("B", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)},
				Flows: []plan.LiveFlow{flow("f", "Suport", "inboundcall", dataaction.Calls{})}},
			want: []string{"error flow-not-found  @10"},
			says: []string{`did you mean "Suport"?`},
		},
		{
			name:    "two flows of one name are ambiguous, with their ids and types",
			desired: desired("integrations", under(support, byName("A", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)},
				Flows: []plan.LiveFlow{flow("f2", "Support", "inqueuecall", dataaction.Calls{}), flow("f1", "Support",
					"inboundcall", dataaction.Calls{})}},
			want: []string{"error flow-ambiguous  @10"},
			says: []string{"f1 (type inboundcall), f2 (type inqueuecall)"},
		},
		{
			name: "a type tells two flows of one name apart",
			desired: desired("integrations", under(dataaction.FlowSelector{Name: "Support", Type: "InboundCall"},
				byName("A", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}, Flows: []plan.LiveFlow{
				flow("f1", "Support", "inboundcall", dataaction.Calls{Actions: []dataaction.Action{{ID: "a"}}}), flow("f2",
					"Support", "inqueuecall", dataaction.Calls{})}},
			want: []string{"update a 3s -> 5s @10"},
		},
		{
			name:    "a step that gives up earlier is what callers meet",
			desired: desired("integrations", under(support, byName("A", 30*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}, Flows: []plan.LiveFlow{flow("f",
				"Support", "inboundcall",
				dataaction.Calls{Actions: []dataaction.Action{{ID: "a"}}, Steps: []dataaction.Step{step("a", 5*second, "")}})}},
			want: []string{"update a 3s -> 30s @10", "warning step-overrides-timeout a @10"},
			says: []string{`flow "Support", step "Look up" (tracking id 7)`, "callers meet 5s, not 30s"},
		},
		{
			name:    "a step's expression is said to be one",
			desired: desired("integrations", under(support, byName("A", 30*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}, Flows: []plan.LiveFlow{flow("f",
				"Support", "inboundcall",
				dataaction.Calls{Steps: []dataaction.Step{step("a", 0, "Flow.wait")}})}},
			want: []string{"update a 3s -> 30s @10", "warning step-overrides-timeout a @10"},
			says: []string{"expression", "Flow.wait"},
		},
		{
			name:    "steps with the suggested timeout, a longer one, or none are silent",
			desired: desired("integrations", under(support, byName("A", 30*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}, Flows: []plan.LiveFlow{flow("f",
				"Support", "inboundcall",
				dataaction.Calls{Steps: []dataaction.Step{with2(step("a", 5*second, "")), step("a", 30*second, ""),
					step("a", 60*second, ""), step("a", 0, "")}})}},
			want: []string{"update a 3s -> 30s @10"},
		},
		{
			name:    "a listed flow's other actions are unmanaged, built-in ones excepted",
			desired: desired("integrations", under(support, byName("A", 5*second))),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second), action("b", "New name", 3*second)},
				Flows: []plan.LiveFlow{
					flow("f", "Support", "inboundcall", dataaction.Calls{
						Actions: []dataaction.Action{{ID: "a"}, {ID: "b", Name: "Old name"}, {ID: "static_-_x"}},
						Steps:   []dataaction.Step{{ActionID: "b"}, {ActionID: "c", ActionName: "C"}}}),
					flow("g", "Other", "inboundcall", dataaction.Calls{Actions: []dataaction.Action{{ID: "z"}}})}},
			want: []string{"update a 3s -> 5s @10", "info action-unmanaged c", "info action-unmanaged b"},
		},
		{
			name:    "built-in, authentication and unsupported actions cannot be changed",
			desired: desired("integrations", byName("Static", 5*second), byName("Auth", 5*second), byName("Odd", 5*second)),
			live: plan.Live{Actions: []dataaction.Live{action("static_-_a", "Static", 3*second),
				action("customAuth_-_a", "Auth", 0),
				with(action("a", "Odd", 0), func(a *dataaction.Live) { a.Unsupported = "the API shows no configuration for it" })}},
			want: []string{"error action-read-only static_-_a @10", "error timeout-unsupported customAuth_-_a @11",
				"error timeout-unsupported a @12"},
		},
		{
			name:    "a function's range is known at plan time",
			desired: desired("integrations", byName("F", 16*second)),
			live: plan.Live{Actions: []dataaction.Live{with(action("a", "F", 5*second),
				func(a *dataaction.Live) { a.Type = dataaction.TypeFunction })}},
			want: []string{"error timeout-out-of-range a @10"},
			says: []string{"function", "1s to 15s", "webhook"},
		},
		{
			name:    "a lowered timeout is a warning",
			desired: desired("integrations", byName("A", 2*second)),
			live:    plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}},
			want:    []string{"update a 3s -> 2s @10", "warning timeout-lowered a @10"},
		},
		{
			name:    "with --deny-lower it is an error",
			desired: desired("integrations", byName("A", 2*second)),
			live:    plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}},
			options: plan.Options{DenyLower: true},
			want:    []string{"update a 3s -> 2s @10", "error timeout-lowered a @10"},
		},
		{
			name:    "more changes than allowed, a share rounded down",
			desired: desired("integrations", byName("A", 5*second), byName("B", 5*second), byName("C", 3*second)),
			live: plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second), action("b", "B", 3*second),
				action("c", "C", 3*second)}},
			options: plan.Options{MaxChanges: &plan.ChangeLimit{N: 50, Percent: true}},
			want: []string{"update a 3s -> 5s @10", "update b 3s -> 5s @11", "none c 3s -> 3s @12",
				"error too-many-changes "},
			says: []string{"50%", "1 of 3"},
		},
		{
			name: "surface flows: the same action under two flows is two resources, and names are looked up inside the flow",
			desired: desired("flows", under(support, byName("A", 10*second)), under(dataaction.FlowSelector{ID: "g"},
				byID("a", 11*second)),
				under(dataaction.FlowSelector{ID: "g"}, byName("B", 10*second))),
			live: plan.Live{
				Actions: []dataaction.Live{nested("a", "A", "rest", "f", 3*second), nested("a", "A", "rest", "g",
					3*second), nested("b", "B", "rest", "f", 3*second)},
				Flows: []plan.LiveFlow{{Flow: dataaction.Flow{ID: "f", Name: "Support"}}, {Flow: dataaction.Flow{ID: "g"}}},
			},
			want: []string{"update a 3s -> 10s @10", "update a 3s -> 11s @11", "error action-not-found  @12"},
		},
		{
			name: "surface flows: milliseconds only where the type keeps them, and no more than 30 s",
			desired: desired("flows", under(support, byName("R", 1500*time.Millisecond)), under(support, byName("J",
				1500*time.Millisecond)), under(support, byName("P", 31*second))),
			live: plan.Live{Actions: []dataaction.Live{nested("r", "R", "rest", "f", 0), nested("j", "J", "javascript",
				"f", 0), nested("p", "P", "python", "f", 0)},
				Flows: []plan.LiveFlow{{Flow: dataaction.Flow{ID: "f", Name: "Support"}}}},
			want: []string{"update r unset -> 1500ms @10", "error timeout-out-of-range j @11",
				"error timeout-out-of-range p @12"},
		},
	} {
		t.Run(story.name, func(t *testing.T) {
			d := plan.Build(story.desired, story.live, story.options)
			if diff := cmp.Diff(story.want, outline(d)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			for _, part := range story.says {
				if len(d.Findings) == 0 || !strings.Contains(d.Findings[0].Message, part) {
					t.Errorf("first finding does not say %q: %+v", part, d.Findings)
				}
			}
		})
	}
}

func with2(s dataaction.Step) dataaction.Step { s.Suggested = true; return s }

func nested(id, name, kind, flowID string, timeout time.Duration) dataaction.Live {
	return with(action(id, name, timeout), func(a *dataaction.Live) {
		a.Category, a.IntegrationID, a.Type, a.Flow = "", "", kind, &dataaction.Flow{ID: flowID}
	})
}

func TestStrictMakesWarningsErrors(t *testing.T) {
	d := plan.Build(desired("integrations", byName("A", 2*second)),
		plan.Live{Actions: []dataaction.Live{action("a", "A", 3*second)}}, plan.Options{Strict: true})
	want := plan.Summary{Update: 1, Errors: 1, Lowered: 1}
	if diff := cmp.Diff(want, d.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

// The same state gives the same bytes, in whatever order the API lists it, and plans made side by side share nothing
// (safe-settings #944: one object's value in another's difference).
func TestPlansAreDeterministicAndIndependent(t *testing.T) {
	var entries []dataaction.Entry
	var live plan.Live
	for i := range 200 {
		name := fmt.Sprintf("Action %03d", i%150)
		live.Actions = append(live.Actions, action(fmt.Sprintf("id-%03d", i), name, 3*second))
		entries = append(entries, byID(fmt.Sprintf("id-%03d", i), time.Duration(1+i%60)*second))
	}
	want, err := json.Marshal(plan.Build(desired("integrations", entries...), live, plan.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		shuffled := plan.Live{Actions: append([]dataaction.Live(nil), live.Actions...)}
		rand.Shuffle(len(shuffled.Actions), func(i, j int) {
			shuffled.Actions[i], shuffled.Actions[j] = shuffled.Actions[j], shuffled.Actions[i]
		})
		wg.Go(func() {
			got, err := json.Marshal(plan.Build(desired("integrations", entries...), shuffled, plan.Options{}))
			if err != nil || string(got) != string(want) {
				t.Errorf("another order gave another plan (%v)", err)
			}
		})
	}
	wg.Wait()
}
