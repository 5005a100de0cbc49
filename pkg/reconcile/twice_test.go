package reconcile_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// both runs two applies at once, each with its own client.
func (s *fixture) both(a, b []plan.Change) (ra, rb []plan.Result) {
	var done sync.WaitGroup
	one, two := reconcile.New(s.connect(), s.api, s.options), reconcile.New(s.connect(), s.api, s.options)
	done.Go(func() { ra = one.Apply(context.Background(), a) })
	done.Go(func() { rb = two.Apply(context.Background(), b) })
	done.Wait()
	return ra, rb
}

// meet makes the first two writes of each action wait for each other, so that two applies do collide.
func (s *fixture) meet(k kind, changes []plan.Change) {
	for _, c := range changes {
		var two sync.WaitGroup
		two.Add(2)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: k.write, Path: c.Action.ID + pathEnd(k), Times: 2,
			Do: func(*sandbox.Server) {
				two.Done()
				two.Wait()
			}})
	}
}

// Two runs of the same plan at once: both end, each action is written once, by one of the two.
func TestTwoAppliesOfTheSamePlan(t *testing.T) {
	t.Parallel()
	eachKind(t, 8, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		before := s.docs(changes)
		if k.name != "function" { // whose drafts are not made twice
			s.meet(k, changes)
		}
		ra, rb := s.both(changes, changes)
		for i, c := range changes {
			a, b := ra[i].Status, rb[i].Status
			switch {
			case k.name == "function":
				wantOneOrNone(t, s, c, before[i], ra[i], rb[i])
			case a == plan.Applied && b == plan.Unchanged, a == plan.Unchanged && b == plan.Applied:
				s.wantOneWrite(t, c, before[i])
			default:
				t.Errorf("%s: %+v and %+v, want one applied and the other unchanged", c.Action.ID, ra[i], rb[i])
			}
		}
		s.wantNoDrafts(t, changes)
	})
}

// Two runs of different plans at once: for each action one of the two wins, and the other says that it is stale.
func TestTwoAppliesOfDifferentPlans(t *testing.T) {
	t.Parallel()
	eachKind(t, 8, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		if k.name == "function" {
			t.Skip("two writers of one draft: see TestTwoAppliesOfFunctions")
		}
		before := s.docs(changes)
		s.meet(k, changes)
		others := make([]plan.Change, len(changes))
		for i, c := range changes {
			c.AfterMS = 9000
			others[i] = c
		}
		ra, rb := s.both(changes, others)
		for i, c := range changes {
			switch {
			case ra[i].Status == plan.Applied && rb[i].Code == reconcile.CodeStale:
				only(t, before[i], s.doc(c), 12)
			case rb[i].Status == plan.Applied && ra[i].Code == reconcile.CodeStale:
				only(t, before[i], s.doc(c), 9)
			default:
				t.Errorf("%s: %+v and %+v, want one applied and the other stale", c.Action.ID, ra[i], rb[i])
			}
		}
	})
}

// Two runs make drafts of the same functions at once. There is one draft for both, so that they may stand in each
// other's way; but both end, nothing is published that neither wanted, nothing but the timeout changes, no draft is
// left, and nobody says "applied" of what does not show.
func TestTwoAppliesOfFunctions(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"GET /draft$", "POST /draft$", "PUT /draft/function$", "POST /draft/publish$"} {
		t.Run(step, func(t *testing.T) {
			s := newFixture(t, dataaction.Integrations)
			var entries []dataaction.Entry
			for i := range 10 {
				entries = append(entries, byID(s.function(i, 3), 12*seconds))
			}
			changes := s.planned(entries...)
			before := s.docs(changes)
			others := make([]plan.Change, len(changes))
			for i, c := range changes {
				c.AfterMS = 9000
				others[i] = c
				var method, path string
				if _, err := fmt.Sscan(step, &method, &path); err != nil {
					t.Fatal(err)
				}
				var two sync.WaitGroup
				two.Add(2)
				s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: method, Path: c.Action.ID + path, Times: 2,
					Do: func(server *sandbox.Server) {
						two.Done()
						if method == "GET" || path == "/draft$" { // both do get there; later steps one of them may never reach
							two.Wait()
						}
					}})
			}
			ra, rb := s.both(changes, others)
			for i, c := range changes {
				wantOneOrNone(t, s, c, before[i], ra[i], rb[i])
			}
			s.wantNoDrafts(t, changes)
		})
	}
}

// wantOneOrNone fails unless a function is as it was or as one of two results wanted it, and no result claims what
// never showed. Both may have been applied, one after the other: the API has no lock over a function's whole way to
// publication.
func wantOneOrNone(t *testing.T, s *fixture, c plan.Change, before []byte, a, b plan.Result) {
	t.Helper()
	after := s.doc(c)
	live := split(t, after).timeout.Milliseconds()
	done := func(r plan.Result) bool { return r.Status == plan.Applied || r.Status == plan.Unchanged }
	switch {
	case live != *c.BeforeMS && live != a.AfterMS && live != b.AfterMS:
		t.Errorf("%s has %d ms, which nobody wanted", c.Action.ID, live)
	case live == *c.BeforeMS && (done(a) || done(b)),
		done(a) && !done(b) && live != a.AfterMS, done(b) && !done(a) && live != b.AfterMS:
		t.Errorf("%s has %d ms, and the reports say %+v and %+v", c.Action.ID, live, a, b)
	}
	only(t, before, after, int(live/1000))
}
