package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// lostAnswers are the ways in which the answer to a write gets lost.
func lostAnswers() []sandbox.Fault {
	faults := []sandbox.Fault{
		{Kind: sandbox.FaultReset}, {Kind: sandbox.FaultResetBody}, {Kind: sandbox.FaultCut}, {Kind: sandbox.FaultTruncate},
		{Kind: sandbox.FaultHTML}, {Kind: sandbox.FaultEmpty}, {Kind: sandbox.FaultRedirect, To: "https://elsewhere.example"},
	}
	for _, status := range []int{408, 500, 502, 503, 504} {
		faults = append(faults, sandbox.Fault{Kind: sandbox.FaultStatus, Status: status})
	}
	return faults
}

// eachLoss runs a test for every kind of action and every kind of loss, with three changes planned; the fault is on the
// second's writes.
func eachLoss(t *testing.T, test func(t *testing.T, s *fixture, k kind, changes []plan.Change, f sandbox.Fault)) {
	t.Helper()
	for _, f := range lostAnswers() {
		t.Run(strings.TrimSuffix(fmt.Sprintf("%s-%d", f.Kind, f.Status), "-0"), func(t *testing.T) {
			eachKind(t, 3, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
				f.Method, f.Path = k.write, changes[1].Action.ID+".*"
				if k.name == "function" {
					f.Path = changes[1].Action.ID + "/draft/publish"
				}
				test(t, s, k, changes, f)
			})
		})
	}
}

// wantOneWrite fails unless the second action was brought to its timeout by exactly one effective write.
func (s *fixture) wantOneWrite(t *testing.T, c plan.Change, before []byte) {
	t.Helper()
	after := s.doc(c)
	only(t, before, after, 12)
	if c.Action.Type == dataaction.TypeFunction {
		before, _ = fmt.Appendf(nil, `{"version":7}`), true // the published action's, see fixture.function
		after, _ = s.server.Action(c.Action.ID)
	}
	if was, is := split(t, before).version, split(t, after).version; is != was+1 {
		t.Errorf("version %d became %d, want exactly one effective write", was, is)
	}
}

// The write was carried out and its answer lost: it is read back, not repeated, and counts as applied.
func TestLostAnswerOfAWriteThatWasDone(t *testing.T) {
	t.Parallel()
	eachLoss(t, func(t *testing.T, s *fixture, k kind, changes []plan.Change, f sandbox.Fault) {
		before := s.docs(changes)
		f.Effect, f.Times = true, 1
		s.server.Fault(f)
		s.wantStatuses(s.apply(changes), "applied", "applied", "applied")
		s.wantOneWrite(t, changes[1], before[1])
		if n := s.sent(k.write, changes[1].Action.ID+pathEnd(k)); n != 1 {
			t.Errorf("%d writes, want 1", n)
		}
	})
}

// The write was not carried out: reading shows it, and it is written once more.
func TestLostAnswerOfAWriteThatWasNotDone(t *testing.T) {
	t.Parallel()
	eachLoss(t, func(t *testing.T, s *fixture, k kind, changes []plan.Change, f sandbox.Fault) {
		before := s.docs(changes)
		f.Times = 1
		s.server.Fault(f)
		s.wantStatuses(s.apply(changes), "applied", "applied", "applied")
		s.wantOneWrite(t, changes[1], before[1])
		if n := s.sent(k.write, changes[1].Action.ID+pathEnd(k)); n != 2 {
			t.Errorf("%d writes, want 2", n)
		}
	})
}

// Every write of one action fails: it is given up after a few, stays as it was, and the others are written.
func TestWritesLostForEver(t *testing.T) {
	t.Parallel()
	eachLoss(t, func(t *testing.T, s *fixture, k kind, changes []plan.Change, f sandbox.Fault) {
		before := s.docs(changes)
		s.server.Fault(f)
		results := s.apply(changes)
		if results[0].Status != plan.Applied || results[1].Status != plan.Failed || results[2].Status != plan.Applied {
			t.Errorf("%+v, want applied, failed, applied", results)
		}
		if results[1].Error == "" || f.Status != 0 && results[1].HTTPStatus != f.Status {
			t.Errorf("the result says %q with status %d, want the answer's", results[1].Error, results[1].HTTPStatus)
		}
		only(t, before[1], s.doc(changes[1]), 0)
		if n := s.sent(k.write, changes[1].Action.ID+pathEnd(k)); n < 2 || n > 5 {
			t.Errorf("%d writes, want a few", n)
		}
		s.wantNoDrafts(t, changes)
	})
}

// Every answer is lost and every write carried out: the first one is found to have been.
func TestAnswersLostForEver(t *testing.T) {
	t.Parallel()
	eachLoss(t, func(t *testing.T, s *fixture, _ kind, changes []plan.Change, f sandbox.Fault) {
		before := s.docs(changes)
		f.Effect = true
		s.server.Fault(f)
		s.wantStatuses(s.apply(changes), "applied", "applied", "applied")
		s.wantOneWrite(t, changes[1], before[1])
	})
}

func pathEnd(k kind) string {
	if k.name == "function" {
		return "/draft/publish"
	}
	return ""
}

func (s *fixture) wantNoDrafts(t *testing.T, changes []plan.Change) {
	t.Helper()
	for _, c := range changes {
		if s.server.Draft(c.Action.ID) {
			t.Errorf("%s was left with a draft", c.Action.ID)
		}
	}
}

// The answer is lost, and another user saves something else on top before it is read: the timeout is still of our
// making.
func TestLostAnswerAndAnotherUserOnTop(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: "PATCH", Effect: true})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultTouch, Method: "GET", Path: actionID(1), At: 2, Times: 1})
	s.wantStatuses(s.apply(changes), "applied")
	if n := s.sent("PATCH", ""); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
}

// The answer is lost, and another user sets another timeout before it is read: theirs stays.
func TestLostAnswerAndAnotherTimeoutOnTop(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds))
	before := s.docs(changes)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: "PATCH", Effect: true})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultEdit, Seconds: 9, Method: "GET", Path: actionID(1), At: 2, Times: 1})
	s.wantStatuses(s.apply(changes), "failed stale")
	only(t, before[0], s.doc(changes[0]), 9)
}

// A write that read as not carried out arrives after all, just before the second: that one meets a conflict, and the
// timeout is of our making all the same.
func TestLostWriteThatArrivesLate(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: "PATCH", Times: 1})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultEdit, Seconds: 12, Method: "PATCH", At: 2, Times: 1})
	s.wantStatuses(s.apply(changes), "applied")
}

// The answer is lost and nothing can be read either: it failed, and the report says what is not known.
func TestLostAnswerThatCannotBeReadBack(t *testing.T) {
	t.Parallel()
	eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		id := changes[1].Action.ID
		path, read := id, id
		if k.name == "function" {
			path, read = id+"/draft/publish", id+"/function"
		}
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: k.write, Path: path, Effect: true,
			Do: func(server *sandbox.Server) {
				server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Method: "GET", Path: read})
			}})
		results := s.apply(changes)
		s.wantStatuses(results, "applied", "failed http-503")
		if r := results[1]; !strings.Contains(r.Error, "could not be read") {
			t.Errorf("the result says %q, want that it is not known whether the write was carried out", r.Error)
		}
	})
}

// A right answer that claims to be plain text is a right answer.
func TestWrongContentType(t *testing.T) {
	t.Parallel()
	eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		before := s.docs(changes)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultType})
		s.wantStatuses(s.apply(changes), "applied", "applied")
		for i, c := range changes {
			s.wantOneWrite(t, c, before[i])
		}
	})
}

// What the server refuses for good is sent once.
func TestRefusedWritesAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 413, 422} {
		eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			before := s.docs(changes)
			path := changes[0].Action.ID + pathEnd(k)
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, Method: k.write, Path: path})
			results := s.apply(changes)
			if status == 403 { // the other may have been on its way
				if r := results[0]; r.Status != plan.Failed || r.Code != reconcile.CodeMissingPermission || r.HTTPStatus != 403 {
					t.Errorf("%+v, want failed missing-permission", r)
				}
			} else {
				s.wantStatuses(results, fmt.Sprint("failed http-", status), "applied")
			}
			only(t, before[0], s.doc(changes[0]), 0)
			if n := s.sent(k.write, path); n != 1 {
				t.Errorf("%d writes after %d, want 1", n, status)
			}
			s.wantNoDrafts(t, changes)
		})
	}
}
