package reconcile_test

import (
	"context"
	"errors"
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

// organisation has n actions; by name they come in the order of their numbers.
func organisation(t *testing.T, n int) *fixture {
	t.Helper()
	s := newFixture(t, dataaction.Integrations)
	for i := range n {
		s.action(i, 3)
	}
	return s
}

// While the pages are read an action is deleted from one that was read already, so that another moves up and out of
// sight: it is found all the same, and so is one that was added or renamed.
func TestOrganisationThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	for name, meddle := range map[string]func(t *testing.T, server *sandbox.Server){
		"deleted": func(t *testing.T, server *sandbox.Server) { must(t, server.Delete(actionID(5))) },
		"added": func(t *testing.T, server *sandbox.Server) {
			must(t, server.AddAction(actionDoc(actionID(9000), "Action 00000 again", "CRM", 3)))
		},
		"renamed": func(t *testing.T, server *sandbox.Server) { must(t, server.Rename(actionID(7), "Zzz")) },
		"renamed to the front": func(t *testing.T, server *sandbox.Server) {
			must(t, server.Rename(actionID(250), "Aaa"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := organisation(t, 300)
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: "pageNumber=2", Times: 1,
				Do: func(server *sandbox.Server) { meddle(t, server) }})
			var entries []dataaction.Entry
			for i := range 300 {
				if i != 5 && i != 7 && i != 250 {
					entries = append(entries, byName(i, 12*seconds))
				}
			}
			doc := s.plan(s.desired(entries...))
			if doc.Summary.Update != len(entries) || doc.Summary.Errors != 0 {
				t.Errorf("%+v, want %d updates and no error: %+v", doc.Summary, len(entries), doc.Findings)
			}
		})
	}
}

// An organisation that never holds still is an error, not a guess.
func TestOrganisationThatNeverHoldsStill(t *testing.T) {
	t.Parallel()
	s := organisation(t, 300)
	next := 0
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: "pageNumber=2", Do: func(server *sandbox.Server) {
		must(t, server.Delete(actionID(next)))
		next++
	}})
	entries := []dataaction.Entry{byName(297, 12*seconds), byName(298, 12*seconds), byName(299, 12*seconds)}
	_, err := s.reconciler().Fetch(context.Background(), s.desired(entries...))
	if _, ok := errors.AsType[*genesys.ListingUnstableError](err); !ok {
		t.Errorf("error %v, want that the listing changed", err)
	}
}

// Between the listing and the look at single actions one is deleted: that is a finding, not a failed plan.
func TestActionDeletedWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := organisation(t, 3)
	id := s.action(7, 3, sandbox.WithoutListedConfig())
	fn := s.function(8, 3)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultDelete, Path: id})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultDelete, Path: fn})
	doc := s.plan(s.desired(byName(1, 12*seconds), byName(7, 12*seconds), byID(fn, 12*seconds)))
	if doc.Summary.Update != 1 || doc.Summary.Errors != 2 {
		t.Errorf("%+v, want one update and two errors: %+v", doc.Summary, doc.Findings)
	}
}

// A flow that is deleted between its listing and the look into it, on both surfaces.
func TestFlowDeletedWhileItIsRead(t *testing.T) {
	t.Parallel()
	for _, api := range []dataaction.API{dataaction.Integrations, dataaction.Flows} {
		s := newFixture(t, api)
		s.flow("flow-1", "Flow 1")
		s.flow("flow-2", "Flow 2", actionID(1))
		entries := []dataaction.Entry{under(dataaction.FlowSelector{Name: "Flow 1"}, byName(1, 12*seconds)),
			under(dataaction.FlowSelector{Name: "Flow 2"}, byName(1, 12*seconds))}
		if api == dataaction.Flows {
			s.flowAction("flow-2", 1, 3)
		} else {
			s.action(1, 3)
		}
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: "flowId=flow-1|flow-1/versions", Times: 1,
			Do: func(server *sandbox.Server) {
				must(t, server.DeleteFlow("flow-1"))
			}})
		doc := s.plan(s.desired(entries...))
		codes := []string{}
		for _, f := range doc.Findings {
			if f.Severity == plan.Error {
				codes = append(codes, f.Code)
			}
		}
		if doc.Summary.Update != 1 || !slices.Contains(codes, plan.FlowNotFound) {
			t.Errorf("%s: %+v, want one update and flow-not-found: %+v", api, doc.Summary, doc.Findings)
		}
	}
}

// What is not there costs few requests to be sure of, also where there is a lot of it.
func TestManyMissingActions(t *testing.T) {
	t.Parallel()
	s := organisation(t, 250)
	entries := []dataaction.Entry{byName(1, 12*seconds)}
	for i := range 200 {
		entries = append(entries, byName(7000+i, 12*seconds), byID(actionID(8000+i), 12*seconds))
	}
	doc := s.plan(s.desired(entries...))
	if doc.Summary.Update != 1 || doc.Summary.Errors != 400 {
		t.Errorf("%+v, want one update and 400 errors", doc.Summary)
	}
	if got := s.sent("", ""); got > 3+4+20+1 {
		t.Errorf("%d requests, want the 3 pages and a few", got)
	}
}

// A client that may not write cannot be talked into it by any plan.
func TestReadOnlyClientWritesNothing(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		s := newFixture(t, k.api)
		s.flow("flow-1", "Flow 1")
		changes := s.planned(k.add(s, 1))
		client := s.connect(func(c *genesys.Config) { c.AllowWrites = false })
		results := reconcile.New(client, k.api, s.options).Apply(context.Background(), changes)
		if results[0].Status != plan.Failed || !strings.Contains(results[0].Error, "not sent") {
			t.Errorf("%s: %+v, want a failure", k.name, results[0])
		}
		for _, r := range s.server.Requests() {
			if isWrite(r.Method) && !r.SignIn() {
				t.Errorf("%s: there was a %s %s", k.name, r.Method, r.Path)
			}
		}
	}
}

// Inventory reads everything, functions included, and leaves out what the scope does not keep.
func TestInventory(t *testing.T) {
	t.Parallel()
	s := organisation(t, 150)
	s.function(200, 9)
	s.function(201, 9)
	s.action(202, 3, sandbox.WithoutListedConfig())
	s.flow("flow-1", "Flow 1", actionID(3))
	live, err := s.reconciler().Inventory(context.Background(), reconcile.Scope{AllFlows: true,
		Keep: func(a dataaction.Action) bool { return a.ID != actionID(201) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(live.Actions) != 153 || len(live.Flows) != 1 || len(live.Flows[0].Calls.Actions) != 1 {
		t.Errorf("%d actions, %d flows, want 153 and one with its action", len(live.Actions), len(live.Flows))
	}
	for _, a := range live.Actions {
		if complete := a.ID != actionID(201); a.Complete != complete {
			t.Errorf("%s is complete: %t, want %t", a.ID, a.Complete, complete)
		}
	}
	if got := s.sent("", ""); got != 2+1+1+2 {
		t.Errorf("%d requests, want 2 pages, the flows and one configuration, a function and an action", got)
	}

	f := newFixture(t, dataaction.Flows)
	for n := range 3 {
		f.flow(fmt.Sprint("flow-", n), fmt.Sprint("Flow ", n))
		f.flowAction(fmt.Sprint("flow-", n), n, 3)
	}
	listed := func(ids ...string) (out []genesys.Flow) {
		for _, id := range ids {
			out = append(out, genesys.Flow{Flow: dataaction.Flow{ID: id}})
		}
		return out
	}
	for want, scope := range map[int]reconcile.Scope{
		3: {}, 1: {Flows: listed("flow-1")}, 2: {Flows: listed("flow-0", "flow-2")},
	} {
		live, err := f.reconciler().Inventory(context.Background(), scope)
		if err != nil || len(live.Actions) != want || len(live.Flows) != want {
			t.Errorf("%+v: %d actions, %d flows, %v, want %d", scope, len(live.Actions), len(live.Flows), err, want)
		}
	}
}

// A flow whose actions cannot be listed is marked, and the others are read; where none can, that is the error.
func TestInventoryOfFlowsGoesOnWithoutThoseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dataaction.Flows)
	for n := range 2 {
		f.flow(fmt.Sprint("flow-", n), fmt.Sprint("Flow ", n))
		f.flowAction(fmt.Sprint("flow-", n), n, 3)
	}
	f.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 409, Path: "flowId=flow-1"})
	live, err := f.reconciler().Inventory(context.Background(), reconcile.Scope{})
	if err != nil || len(live.Actions) != 1 || len(live.Flows) != 2 {
		t.Fatalf("%d actions, %d flows, %v", len(live.Actions), len(live.Flows), err)
	}
	for _, x := range live.Flows {
		if unreadable := x.Unreadable != ""; unreadable != (x.ID == "flow-1") {
			t.Errorf("%s: unreadable %q", x.ID, x.Unreadable)
		}
	}
	f.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 409, Path: "flowId=flow-0"})
	var api *genesys.APIError
	if _, err := f.reconciler().Inventory(context.Background(), reconcile.Scope{}); !errors.As(err, &api) ||
		api.Status != 409 {
		t.Errorf("error %v, want the 409", err)
	}
}
