package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// functions plans a change of three functions.
func functions(t *testing.T) (*fixture, []plan.Change, [][]byte) {
	t.Helper()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.function(1, 3), 12*seconds), byID(s.function(2, 3), 12*seconds), byID(s.function(3, 3),
		12*seconds))
	return s, changes, s.docs(changes)
}

// A draft that another user is at work on is left alone: publishing it would release their work.
func TestFunctionWithADraft(t *testing.T) {
	t.Parallel()
	s, changes, before := functions(t)
	must(t, s.server.LeaveDraft(changes[1].Action.ID))
	s.wantStatuses(s.apply(changes), "applied", "failed "+genesys.DraftExists, "applied")
	only(t, before[1], s.doc(changes[1]), 0)
	if !s.server.Draft(changes[1].Action.ID) {
		t.Error("the draft is gone")
	}
	for _, r := range s.server.Requests() {
		if isWrite(r.Method) && strings.Contains(r.Path, changes[1].Action.ID) {
			t.Errorf("there was a %s %s", r.Method, r.Path)
		}
	}
}

// Each step on the way to publication fails for good: the function is as it was, no draft is left, and the others are
// written.
func TestFunctionFailsBetweenTheSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []struct{ method, path string }{
		{"GET", "/draft$"}, {"POST", "/draft$"}, {"PUT", "/draft/function$"}, {"POST", "/draft/publish$"},
	} {
		for _, status := range []int{400, 403, 404, 409, 500} {
			if step.method == "GET" && status == 404 {
				continue // that is how no draft looks
			}
			t.Run(fmt.Sprint(step.method, strings.Trim(step.path, "$"), status), func(t *testing.T) {
				s, changes, before := functions(t)
				s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, Method: step.method,
					Path: changes[1].Action.ID + step.path})
				results := s.apply(changes)
				if results[1].Status != plan.Failed {
					t.Errorf("%+v, want failed", results[1])
				}
				for _, r := range []plan.Result{results[0], results[2]} {
					skipped := status == 403 && step.method != "GET" && r.Status == plan.Skipped &&
						r.Code == reconcile.CodeMissingPermission
					if r.Status != plan.Applied && !skipped {
						t.Errorf("%+v, want applied", r)
					}
				}
				only(t, before[1], s.doc(changes[1]), 0)
				s.wantNoDrafts(t, changes)
			})
		}
	}
}

// The draft's version cannot be read, after the function was put into it.
func TestFunctionWhoseDraftCannotBeReadBack(t *testing.T) {
	t.Parallel()
	s, changes, before := functions(t)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: "GET", Path: changes[1].Action.ID +
		"/draft$", At: 2})
	s.wantStatuses(s.apply(changes), "applied", "failed http-403", "applied")
	only(t, before[1], s.doc(changes[1]), 0)
	s.wantNoDrafts(t, changes)
}

// A draft of ours that can be neither published nor removed: the report says so, and what to do, whatever happened
// after.
func TestFunctionWhoseDraftCannotBeRemoved(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]*sandbox.Fault{
		"nothing later":           nil,
		"another timeout later":   {Kind: sandbox.FaultEdit, Seconds: 9, Method: "GET", Path: "/function$", At: 2},
		"another failure later":   {Kind: sandbox.FaultStatus, Status: 403, Method: "GET", Path: "/draft$", At: 3},
		"cannot be read any more": {Kind: sandbox.FaultStatus, Status: 403, Method: "GET", Path: "/function$", At: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t, dataaction.Integrations)
			changes := s.planned(byID(s.function(1, 3), 12*seconds))
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 502, Method: "POST", Path: "/draft/publish"})
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Method: "DELETE"})
			if later != nil {
				s.server.Fault(*later)
			}
			r := s.apply(changes)[0]
			if r.Status != plan.Failed || !strings.Contains(r.Error, "by hand") && r.Code != genesys.DraftExists ||
				!strings.Contains(r.Hint, "draft") {
				t.Errorf("%+v, want a failure that says what was left", r)
			}
			if !s.server.Draft(changes[0].Action.ID) {
				t.Error("there is no draft: this test tests nothing")
			}
		})
	}
}

// Removing the draft is tried again, and believed only when it shows.
func TestFunctionWhoseDraftIsHardToRemove(t *testing.T) {
	t.Parallel()
	for _, f := range lostAnswers() {
		for _, effect := range []bool{true, false} {
			s, changes, before := functions(t)
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "POST", Path: changes[1].Action.ID +
				"/draft/publish"})
			f.Method, f.Times, f.Effect = "DELETE", 1, effect
			s.server.Fault(f)
			s.wantStatuses(s.apply(changes), "applied", "failed http-400", "applied")
			only(t, before[1], s.doc(changes[1]), 0)
			if t.Failed() {
				t.Fatalf("%s %d, effect %t", f.Kind, f.Status, effect)
			}
			s.wantNoDrafts(t, changes)
		}
	}
}

// The function itself is changed while its draft is made: what another user set meanwhile is published over only where
// it is what the plan showed.
func TestFunctionEditedBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	s, changes, before := functions(t)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: "POST", Path: changes[1].Action.ID + "/draft$",
		Times: 1})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultEdit, Seconds: 9, Method: "GET", Path: changes[1].Action.ID +
		"/function$", At: 2, Times: 1})
	s.wantStatuses(s.apply(changes), "applied", "failed stale", "applied")
	only(t, before[1], s.doc(changes[1]), 9)
	s.wantNoDrafts(t, changes)
}

// A function that shows no readable timeout cannot be managed, and says so; no plan fails for it.
func TestFunctionWithoutAReadableTimeout(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":"x"}`, `{"id":"x","function":{"id":"f","timeoutSeconds":"5"}}`} {
		s := newFixture(t, dataaction.Integrations)
		odd, other := byID(s.function(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200, Body: body, Method: "GET", Path: "/function$"})
		doc := s.plan(s.desired(odd, other))
		if doc.Summary.Update != 1 || doc.Summary.Errors != 1 || doc.Findings[0].Code != plan.TimeoutUnsupported {
			t.Errorf("%s: %+v %+v, want one update and timeout-unsupported", body, doc.Summary, doc.Findings)
		}
	}
}

// An action whose category says function and that has none (404) is a plain action: its own configuration counts.
func TestFunctionThatIsNone(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	must(t, s.server.AddAction(actionDoc(actionID(1), "Odd", "function_data-action", 3)))
	doc := s.plan(s.desired(byID(actionID(1), 12*seconds), byID(s.action(2, 3), 12*seconds)))
	if doc.Summary.Update != 2 || doc.Summary.Errors != 0 || *doc.Changes[1].BeforeMS != 3000 ||
		doc.Changes[1].Action.Type != dataaction.TypeAction {
		t.Errorf("%+v %+v, want two updates of plain actions from 3 s", doc.Summary, doc.Changes)
	}
}

// A function is found by evidence, whatever its category: a bare GUID as its URL. Its own timeout and range count, and
// nothing is ever written to its configuration.
func TestFunctionInAnyCategory(t *testing.T) {
	s := newFixture(t, dataaction.Integrations)
	id := actionID(1)
	doc := fmt.Appendf(nil, `{"id":%q,"name":"Score","integrationId":"f00d","category":"CRM Functions","version":7,`+
		`"config":{"timeoutSeconds":2,"request":{"requestUrlTemplate":"0f8b1c9e-0d57-4f0e-8a55-0c6f2b7d9f10"}}}`, id)
	function := []byte(`{"function":{"id":"fn","name":"score","description":"Score","zipId":"zip",` +
		`"handler":"i.h","runtime":"nodejs22.x","timeoutSeconds":5},"zip":{"id":"zip"}}`)
	must(t, s.server.AddAction(doc, sandbox.AsFunction(function)))
	out := s.plan(s.desired(dataaction.Entry{Action: dataaction.Selector{Name: "Score"}, Timeout: 30 * seconds}))
	if n := len(out.Findings); n != 1 || out.Findings[0].Code != plan.TimeoutOutOfRange ||
		!strings.Contains(out.Findings[0].Message, "1s to 15s") {
		t.Errorf("findings %+v, want the range of a function", out.Findings)
	}
	changes := s.planned(dataaction.Entry{Action: dataaction.Selector{Name: "Score"}, Timeout: 12 * seconds})
	if c := changes[0]; *c.BeforeMS != 5000 || c.Action.Type != dataaction.TypeFunction {
		t.Errorf("change %+v, want a function from 5 s", c)
	}
	s.wantStatuses(s.apply(changes), "applied")
	if got := s.sent("PATCH", ""); got != 0 {
		t.Errorf("%d PATCH requests, want none", got)
	}
}

// Drafts are known at plan time, by one request for all of them, and only if the manifest names a function.
func TestDraftsAtPlanTime(t *testing.T) {
	s := newFixture(t, dataaction.Integrations)
	drafted, free := s.function(1, 3), s.function(2, 3)
	s.function(3, 3)
	s.action(4, 3)
	must(t, s.server.LeaveDraft(drafted))
	doc := s.plan(s.desired(byID(drafted, 12*seconds), byID(free, 12*seconds)))
	var got []string
	for _, f := range doc.Findings {
		got = append(got, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Action.ID))
	}
	if want := []string{"warning draft-exists " + drafted}; !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	if got := s.sent("GET", "/actions/drafts"); got != 1 {
		t.Errorf("%d requests for all drafts, want 1", got)
	}
	if got := s.sent("GET", "/draft?"); got != 0 {
		t.Errorf("%d requests for single drafts, want none", got)
	}
	s.server.ForgetRequests()
	s.plan(s.desired(byName(4, 12*seconds)))
	if got := s.sent("GET", "/drafts"); got != 0 {
		t.Errorf("%d requests for drafts without a function in the manifest, want none", got)
	}
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Path: "/drafts"})
	doc = s.plan(s.desired(byID(drafted, 12*seconds)))
	if n := len(doc.Findings); n != 1 || doc.Findings[0].Severity != plan.Info ||
		!strings.Contains(doc.Findings[0].Message, "403") {
		t.Errorf("findings %+v, want one info about the refused list", doc.Findings)
	}
}
