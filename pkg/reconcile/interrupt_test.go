package reconcile_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// inRealTime gives the fixture a client whose waits take their time: what an interrupt allows for is time.
func (s *fixture) inRealTime() {
	s.client = s.connect(func(c *genesys.Config) { c.Clock = nil })
}

// The run is interrupted while two writes are under way: both finish and are read back, and no other is started.
func TestInterruptLetsWritesFinish(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"interrupted", "timed-out"} {
		t.Run(how, func(t *testing.T) {
			eachKind(t, 6, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
				s.inRealTime()
				s.options.Concurrency = 2
				before := s.docs(changes)
				ctx, cancel := context.WithCancel(context.Background())
				if how == "timed-out" {
					// long enough for the writes to be under way
					ctx, cancel = context.WithTimeout(context.Background(), 300*time.Millisecond)
				}
				defer cancel()
				var both sync.WaitGroup
				both.Add(2)
				s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: k.write, Path: k.path, Do: func(*sandbox.Server) {
					both.Done()
					both.Wait()
					if how == "interrupted" {
						cancel()
					}
					<-ctx.Done()
					cancel() // again: it returns when all that hangs on ctx has been told
				}})
				results := s.reconciler().Apply(ctx, changes)
				skipped := "skipped " + how
				s.wantStatuses(results, "applied", "applied", skipped, skipped, skipped, skipped)
				for i, want := range []int{12, 12, 0, 0, 0, 0} {
					only(t, before[i], s.doc(changes[i]), want)
				}
				if n := s.sent(k.write, pathEnd(k)); n != 2 {
					t.Errorf("%d writes, want 2", n)
				}
				if results[2].Error == "" {
					t.Error("a skipped result does not say why")
				}
				s.wantNoDrafts(t, changes)
			})
		})
	}
}

// Interrupted, and the answer to the write under way is lost on top: it is read back before anything is said of it.
func TestInterruptAndLostAnswer(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		eachKind(t, 2, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			s.inRealTime()
			s.options.Concurrency = 1
			before := s.docs(changes)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Effect: effect, Method: k.write, Path: k.path,
				Do: func(*sandbox.Server) { cancel() }})
			results := s.reconciler().Apply(ctx, changes)
			if effect {
				s.wantStatuses(results, "applied", "skipped interrupted")
				only(t, before[0], s.doc(changes[0]), 12)
			} else {
				s.wantStatuses(results, "skipped interrupted", "skipped interrupted")
				if e := results[0].Error; !strings.Contains(e, "the connection broke") || !strings.Contains(e,
					"not tried again") || results[0].Hint == "" {
					t.Errorf("%+v does not say that a write was sent", results[0])
				}
				only(t, before[0], s.doc(changes[0]), 0)
			}
			s.wantNoDrafts(t, changes)
		})
	}
}

// Interrupted, and what was written cannot be read back: it was answered as done, and the report says that this is all
// there is.
func TestInterruptWithoutReadBack(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.inRealTime()
	s.options.Concurrency = 1
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Do: func(*sandbox.Server) { cancel() }})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: "GET", At: 2, Times: 9})
	results := s.reconciler().Apply(ctx, changes)
	s.wantStatuses(results, "applied verify-failed", "skipped interrupted")
	if !strings.Contains(results[0].Error, "before it was read back") || results[0].Hint == "" {
		t.Errorf("%+v does not say that it was not read back", results[0])
	}
}

// Interrupted at any request of a function's write: it is either applied or as it was, the report says which, and no
// draft of ours is left.
func TestInterruptAnywhereInAFunctionsWrite(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ method, path string }{
		{"GET", "/function$"}, {"GET", "/draft$"}, {"POST", "/draft$"}, {"PUT", "/draft/function$"}, {"POST",
			"/draft/publish$"},
	} {
		for _, kind := range []sandbox.FaultKind{sandbox.FaultCall, sandbox.FaultReset} {
			t.Run(string(kind)+at.method+strings.Trim(at.path, "$"), func(t *testing.T) {
				s := newFixture(t, dataaction.Integrations)
				s.inRealTime()
				s.options.Concurrency = 1
				changes := s.planned(byID(s.function(1, 3), 12*seconds), byID(s.function(2, 3), 12*seconds))
				before := s.docs(changes)
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				s.server.Fault(sandbox.Fault{Kind: kind, Effect: true, Method: at.method, Path: at.path, Times: 1,
					Do: func(*sandbox.Server) { cancel() }})
				results := s.reconciler().Apply(ctx, changes)
				want := 0
				switch results[0].Status {
				case plan.Applied:
					want = 12
				case plan.Skipped:
				default:
					t.Errorf("%+v, want applied or skipped", results[0])
				}
				only(t, before[0], s.doc(changes[0]), want)
				only(t, before[1], s.doc(changes[1]), 0)
				s.wantNoDrafts(t, changes)
			})
		}
	}
}

// Interrupted once a function's draft is made: that write is under way and finishes. Taking it back needs a permission
// that this token lacks, and a draft left half-way keeps the next run from writing.
func TestInterruptLetsAFunctionsWriteFinish(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ method, path string }{{"POST", "/draft$"}, {"PUT", "/draft/function$"}} {
		s := newFixture(t, dataaction.Integrations)
		s.inRealTime()
		changes := s.planned(byID(s.function(1, 3), 12*seconds))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: "DELETE"})
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: at.method, Path: at.path,
			Do: func(*sandbox.Server) { cancel() }})
		s.wantStatuses(s.reconciler().Apply(ctx, changes), "applied")
		s.wantNoDrafts(t, changes)
	}
}

// Interrupted before it began, or while it reads: nothing is written, and every change is accounted for.
func TestInterruptBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.inRealTime()
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.wantStatuses(s.reconciler().Apply(ctx, changes), "skipped interrupted", "skipped interrupted")
	if n := s.sent("", ""); n != 0 {
		t.Errorf("%d requests, want none", n)
	}

	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "GET", Do: func(*sandbox.Server) { cancel() }})
	s.wantStatuses(s.reconciler().Apply(ctx, changes), "skipped interrupted", "skipped interrupted")
	if n := s.sent("PATCH", ""); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}

// A fetch that is interrupted is an error that says so.
func TestInterruptedFetch(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.inRealTime()
	ctx, cancel := context.WithCancel(context.Background())
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultHang, Method: "GET", Do: func(*sandbox.Server) { cancel() }})
	_, err := s.reconciler().Fetch(ctx, s.desired(byName(1, 12*seconds)))
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error %v, want one that says it was canceled", err)
	}
}

// With fail-fast, what is under way when another action fails is let finish.
func TestFailFastLetsWritesFinish(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.inRealTime()
	var entries []dataaction.Entry
	for i := range 5 {
		entries = append(entries, byID(s.action(i, 3), 12*seconds))
	}
	changes := s.planned(entries...)
	before := s.docs(changes)
	failed := make(chan struct{})
	s.options.Concurrency, s.options.FailFast = 2, true
	s.options.Progress = func(_ string, done, _ int) {
		if done == 1 {
			close(failed)
		}
	}
	arrived := make(chan struct{})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Path: actionID(0), Do: func(*sandbox.Server) {
		close(arrived)
		<-failed
	}})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "PATCH", Path: actionID(1),
		Do: func(*sandbox.Server) { <-arrived }})
	s.wantStatuses(s.apply(changes), "applied", "failed http-400", "skipped fail-fast", "skipped fail-fast",
		"skipped fail-fast")
	for i, want := range []int{12, 0, 0, 0, 0} {
		only(t, before[i], s.doc(changes[i]), want)
	}
}
