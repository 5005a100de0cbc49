package reconcile_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// kind is a way to keep a timeout, for tests that hold for all of them: how an action is added, and what its write is.
type kind struct {
	name  string
	api   dataaction.API
	add   func(s *fixture, n int) dataaction.Entry
	write string // the method of the request that carries the timeout into effect
	path  string // its path, as a pattern
	touch func(s *fixture, id string) error
	edit  func(s *fixture, id string, seconds int) error
}

var kinds = []kind{
	{
		name: "action", api: dataaction.Integrations, write: http.MethodPatch, path: "/actions/",
		add:   func(s *fixture, n int) dataaction.Entry { return byID(s.action(n, 3), 12*seconds) },
		touch: func(s *fixture, id string) error { return s.server.Touch(id) },
		edit:  func(s *fixture, id string, n int) error { return s.server.SetTimeout(id, n) },
	},
	{
		name: "templates by address", api: dataaction.Integrations, write: http.MethodPatch, path: "/actions/",
		add: func(s *fixture, n int) dataaction.Entry {
			return byID(s.action(n, 3, sandbox.TemplatesByURI()), 12*seconds)
		},
		touch: func(s *fixture, id string) error { return s.server.Touch(id) },
		edit:  func(s *fixture, id string, n int) error { return s.server.SetTimeout(id, n) },
	},
	{
		name: "function", api: dataaction.Integrations, write: http.MethodPost, path: "/draft/publish",
		add:   func(s *fixture, n int) dataaction.Entry { return byID(s.function(n, 3), 12*seconds) },
		touch: func(s *fixture, id string) error { return s.server.Touch(id) },
		edit:  func(s *fixture, id string, n int) error { return s.server.SetTimeout(id, n) },
	},
	{
		name: "surface flows", api: dataaction.Flows, write: http.MethodPut, path: "/dataactions/",
		add: func(s *fixture, n int) dataaction.Entry {
			return under(dataaction.FlowSelector{ID: "flow-1"}, byID(s.flowAction("flow-1", n, 3), 12*seconds))
		},
		touch: func(s *fixture, id string) error { return s.server.TouchFlowAction("flow-1", id) },
		edit: func(s *fixture, id string, n int) error {
			return s.server.SetFlowTimeout("flow-1", id, time.Duration(n)*seconds)
		},
	},
}

// eachKind runs a test on an organisation with n changes planned, once for each kind.
func eachKind(t *testing.T, n int, test func(*testing.T, *fixture, kind, []plan.Change),
	change ...func(*sandbox.Options)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := newFixture(t, k.api, change...)
			s.flow("flow-1", "Flow 1")
			var entries []dataaction.Entry
			for i := range n {
				entries = append(entries, k.add(s, i))
			}
			test(t, s, k, s.planned(entries...))
		})
	}
}

// Between plan and apply another user sets another timeout: theirs stays, and the others are written.
func TestStaleTimeoutStays(t *testing.T) {
	t.Parallel()
	eachKind(t, 3, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		before := s.docs(changes)
		must(t, k.edit(s, changes[1].Action.ID, 7))
		results := s.apply(changes)
		s.wantStatuses(results, "applied", "failed stale", "applied")
		for i, want := range []int{12, 7, 12} {
			only(t, before[i], s.doc(changes[i]), want)
		}
		if r := results[1]; !strings.Contains(r.Error, "3s") || !strings.Contains(r.Error, "7s") || r.Hint == "" {
			t.Errorf("the result says %q (hint %q), want both timeouts and what to do", r.Error, r.Hint)
		}
	})
}

// Another user sets the wanted timeout meanwhile: nothing is left to do, and nothing is written.
func TestWantedTimeoutSetByAnotherHand(t *testing.T) {
	t.Parallel()
	eachKind(t, 1, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		must(t, k.edit(s, changes[0].Action.ID, 12))
		s.wantStatuses(s.apply(changes), "unchanged")
		if n := s.sent(k.write, ""); n != 0 {
			t.Errorf("%d writes, want none", n)
		}
	})
}

// Another user changes something else of the action, once or a few times, just before each write: it is read again and
// written on the fresh document. Both answers that a conflict is known to have.
func TestConflictIsReadAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusConflict, http.StatusBadRequest} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
				if k.name == "function" {
					t.Skip("a function's draft has its own version, which nobody else's write moves")
				}
				before := s.docs(changes)
				s.server.Fault(sandbox.Fault{Kind: sandbox.FaultTouch, Method: k.write, Path: changes[0].Action.ID, Times: 3})
				s.wantStatuses(s.apply(changes), "applied", "applied")
				for i := range changes {
					only(t, before[i], s.doc(changes[i]), 12)
				}
				if n := s.sent(k.write, changes[0].Action.ID); n != 4 {
					t.Errorf("%d writes of the action that was touched, want 4", n)
				}
			}, func(o *sandbox.Options) { o.ConflictStatus = status })
		})
	}
}

// Another user saves it before every single write: tried for a while, then given up, with the document as they left it.
func TestConflictForEver(t *testing.T) {
	t.Parallel()
	eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		if k.name == "function" {
			t.Skip("a function's draft has its own version, which nobody else's write moves")
		}
		before := s.docs(changes)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultTouch, Method: k.write, Path: changes[0].Action.ID})
		s.wantStatuses(s.apply(changes), "failed conflict", "applied")
		only(t, before[0], s.doc(changes[0]), 0)
		only(t, before[1], s.doc(changes[1]), 12)
		if n := s.sent(k.write, changes[0].Action.ID); n < 2 || n > 10 {
			t.Errorf("%d writes, want a few", n)
		}
	})
}

// The conflict is because of the timeout itself: the first write is refused, the second look shows another timeout.
func TestTimeoutEditedBeforeTheWrite(t *testing.T) {
	t.Parallel()
	eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		if k.name == "function" {
			t.Skip("a function's draft has its own version: see TestFunctionEditedWhileItIsWritten")
		}
		before := s.docs(changes)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultEdit, Seconds: 9, Method: k.write, Path: changes[0].Action.ID,
			Times: 1})
		s.wantStatuses(s.apply(changes), "failed stale", "applied")
		only(t, before[0], s.doc(changes[0]), 9)
	})
}

// A rename between plan and apply does no harm: the id counts, and the new name stays. A deleted action is one
// failure.
func TestActionRenamedOrDeletedAfterThePlan(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds), byID(s.action(3, 3),
		12*seconds))
	must(t, s.server.Rename(changes[0].Action.ID, "Another name"))
	must(t, s.server.Delete(changes[1].Action.ID))
	renamed := s.doc(changes[0])
	s.wantStatuses(s.apply(changes), "applied", "failed http-404", "applied")
	only(t, renamed, s.doc(changes[0]), 12)

	f := newFixture(t, dataaction.Flows)
	f.flow("flow-1", "Flow 1")
	var entries []dataaction.Entry
	for i := range 3 {
		entries = append(entries, under(dataaction.FlowSelector{ID: "flow-1"}, byID(f.flowAction("flow-1", i, 3),
			12*seconds)))
	}
	changes = f.planned(entries...)
	must(t, f.server.RenameFlowAction("flow-1", changes[0].Action.ID, "Another name"))
	must(t, f.server.DeleteFlowAction("flow-1", changes[1].Action.ID))
	renamed = f.doc(changes[0])
	f.wantStatuses(f.apply(changes), "applied", "failed http-404", "applied")
	only(t, renamed, f.doc(changes[0]), 12)
}

// Deleted after its write and before the read-back: it cannot show the new timeout.
func TestActionDeletedBeforeReadBack(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "GET", Path: "ids=", Times: 1,
		Do: func(server *sandbox.Server) {
			must(t, server.Delete(changes[0].Action.ID))
		}})
	s.wantStatuses(s.apply(changes), "failed verify-mismatch", "applied")
}

// A write that is answered as done and does not stick is found by reading back.
func TestWriteThatDoesNotStick(t *testing.T) {
	t.Parallel()
	eachKind(t, 3, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		before := s.docs(changes)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultForget, Method: k.write, Path: changes[1].Action.ID + `.*`})
		results := s.apply(changes)
		s.wantStatuses(results, "applied", "failed verify-mismatch", "applied")
		only(t, before[1], s.doc(changes[1]), 0)
		if r := results[1]; !strings.Contains(r.Error, "3s") || !strings.Contains(r.Error, "12s") {
			t.Errorf("the result says %q, want what it shows and what it should", r.Error)
		}
	})
}

// lagging has reads of the read-back show an action as it was before the write, a number of times.
func (s *fixture) lagging(c plan.Change, times int) {
	before := s.doc(c)
	s.server.Fault(sandbox.Fault{
		Kind: sandbox.FaultStatus, Status: 200, Method: "GET", Path: "ids=", Times: times,
		Body: fmt.Sprintf(`{"entities":[%s],"pageNumber":1,"pageSize":100,"pageCount":1,"total":1}`, before),
	})
}

// A read of an older version than the write's is stale: it is repeated for 10 s, and no mismatch.
func TestStaleReadBackIsRepeated(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]string{1: "applied", 5: "applied", 0: "failed verify-mismatch"} {
		s := newFixture(t, dataaction.Integrations)
		var waited time.Duration
		s.options.Sleep = func(ctx context.Context, d time.Duration) error { waited += d; return ctx.Err() }
		changes := s.planned(byID(s.action(1, 3), 12*seconds))
		s.lagging(changes[0], times)
		results := s.apply(changes)
		s.wantStatuses(results, want)
		if waited > 10*time.Second || times == 0 && waited < 10*time.Second {
			t.Errorf("%d stale reads: waited %s", times, waited)
		}
		if r := results[0]; times == 0 && !strings.Contains(r.Error, "version 5") || times == 0 && !strings.Contains(r.Error,
			"3s (version 4)") {
			t.Errorf("the result says %q, want both versions", r.Error)
		}
	}
}

// A read of the write's own version, or of a later one, that shows another timeout is a mismatch, without a second
// look.
func TestMismatchAtTheWritesVersionIsCertain(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.options.Sleep = func(context.Context, time.Duration) error {
		t.Error("waited for another read")
		return nil
	}
	changes := s.planned(byID(s.action(1, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultForget, Method: "PATCH", Times: 1})
	s.wantStatuses(s.apply(changes), "failed verify-mismatch")
	if n := s.sent("GET", "ids="); n != 1 {
		t.Errorf("%d reads, want 1", n)
	}
}

// One batch of the read-back that fails says nothing of the others.
func TestReadBackFailsForSome(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	var entries []dataaction.Entry
	for i := range 60 {
		entries = append(entries, byID(s.action(i, 3), 12*seconds))
	}
	entries = append(entries, byID(s.function(70, 3), 12*seconds), byID(s.function(71, 3), 12*seconds))
	changes := s.planned(entries...)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Method: "GET", Path: "ids=.*" + actionID(55)})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500, Method: "GET", Path: actionID(71) + "/function",
		At: 2})
	results := s.apply(changes)
	for i, r := range results {
		want := "applied"
		if i >= 50 && i < 60 || i == 61 {
			want = "failed verify-failed"
		}
		if got := strings.TrimSpace(string(r.Status) + " " + r.Code); got != want {
			t.Errorf("%s is %s, want %s: %s", r.Action.ID, got, want, r.Error)
		}
	}
	if r := results[55]; !strings.Contains(r.Error, "it was written") || r.HTTPStatus != 503 || r.CorrelationID == "" {
		t.Errorf("the result says %q (%d, %q), want that it was written, and the answer's status and correlation id",
			r.Error, r.HTTPStatus, r.CorrelationID)
	}
}

func TestFailFastStartsNoOther(t *testing.T) {
	t.Parallel()
	for _, failFast := range []bool{false, true} {
		s := newFixture(t, dataaction.Integrations)
		s.options.Concurrency, s.options.FailFast = 1, failFast
		var entries []dataaction.Entry
		for i := range 5 {
			entries = append(entries, byID(s.action(i, 3), 12*seconds))
		}
		changes := s.planned(entries...)
		must(t, s.server.SetTimeout(changes[1].Action.ID, 7))
		results := s.apply(changes)
		if !failFast {
			s.wantStatuses(results, "applied", "failed stale", "applied", "applied", "applied")
			continue
		}
		s.wantStatuses(results, "applied", "failed stale", "skipped fail-fast", "skipped fail-fast", "skipped fail-fast")
		if n := s.sent("PATCH", ""); n != 1 {
			t.Errorf("%d writes, want 1", n)
		}
	}
}

// What others refuse to have changed is refused by the server as well, should a plan hold it: a failure, and no
// other's.
func TestBuiltInAndCustomAuthActionsAreRefused(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	builtIn, auth := "static_-_5f0e", "customAuth_-_4f1d"
	must(t, s.server.AddAction(actionDoc(builtIn, "Built-in", "Genesys Cloud", 0)))
	must(t, s.server.AddAction(actionDoc(auth, "Sign-in", "CRM", 0)))
	ordinary := s.action(3, 3)

	// The plan holds errors for them, whether named by id or by name.
	for _, e := range []dataaction.Entry{
		byID(builtIn, 12*seconds), byID(auth, 12*seconds),
		{Action: dataaction.Selector{Name: "Built-in"},
			Timeout: 12 * seconds}, {Action: dataaction.Selector{Name: "Sign-in"}, Timeout: 12 * seconds},
	} {
		doc := s.plan(s.desired(e))
		want := plan.ActionReadOnly
		if e.Action.ID == auth || e.Action.Name == "Sign-in" {
			want = plan.TimeoutUnsupported
		}
		if doc.Summary.Errors != 1 || doc.Findings[0].Code != want {
			t.Errorf("%+v: findings %+v, want one error %s", e.Action, doc.Findings, want)
		}
	}

	changes := append(s.planned(byID(ordinary, 12*seconds)), s.planned(byID(ordinary, 12*seconds))...)
	changes = append(changes, changes[0])
	changes[0].Action.ID, changes[0].BeforeMS = builtIn, nil
	changes[1].Action.ID, changes[1].BeforeMS = auth, nil
	results := s.apply(changes)
	s.wantStatuses(results, "failed http-400", "failed timeout-unsupported", "applied")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
