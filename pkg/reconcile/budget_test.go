package reconcile_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

const seconds = time.Second

func ceil(n, by int) int { return (n + by - 1) / by }

// organisationRead is the request that says which organisation it is, which every plan sends.
const organisationRead = 1

// The whole organisation is read in ceil(N/100) requests, whatever share of it the manifest names.
func TestPlanReadsAnOrganisationPageByPage(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 100, 101, 1000, 10_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := newFixture(t, dataaction.Integrations)
			var entries []dataaction.Entry
			for i := range n {
				s.action(i, 3)
				if i%7 == 0 {
					entries = append(entries, byName(i, 12*seconds))
				}
			}
			doc := s.plan(s.desired(entries...))
			if doc.Summary.Update != len(entries) || doc.Summary.Errors != 0 {
				t.Errorf("summary %+v, want %d updates and no error", doc.Summary, len(entries))
			}
			if got, want := s.sent("", ""), ceil(n, 100)+organisationRead; got != want {
				t.Errorf("%d requests for %d actions, want %d (promised: at most %d)", got, n, want, want+2)
			}
			if got := s.client.Requests(); got != s.sent("", "") {
				t.Errorf("the client counted %d requests and the server %d", got, s.sent("", ""))
			}
		})
	}
}

// A few ids are asked for in batches of 50, as long as that is fewer requests than the listing takes.
func TestPlanAsksForFewIDsDirectly(t *testing.T) {
	t.Parallel()
	const n = 2000 // 20 pages
	s := newFixture(t, dataaction.Integrations)
	for i := range n {
		s.action(i, 3)
	}
	for _, test := range []struct{ ids, most int }{
		{1, 1}, {50, 1}, {51, 2}, {100, 2}, {101, 4}, {400, 9}, {900, 19}, {1200, 22}, {2000, 22},
	} {
		t.Run(fmt.Sprint(test.ids), func(t *testing.T) {
			s.t = t
			s.server.ForgetRequests()
			var entries []dataaction.Entry
			for i := range test.ids {
				entries = append(entries, byID(actionID(n-1-i), 12*seconds)) // from the last page on
			}
			doc := s.plan(s.desired(entries...))
			if doc.Summary.Update != test.ids || doc.Summary.Errors != 0 {
				t.Errorf("summary %+v, want %d updates and no error", doc.Summary, test.ids)
			}
			promised := min(ceil(test.ids, 50)+1, n/100+2)
			if got := s.sent("", "") - organisationRead; got > test.most || got > promised {
				t.Errorf("%d requests for %d ids, want at most %d (promised: %d)", got, test.ids, test.most, promised)
			}
		})
	}
}

// A few names are asked for one by one, as long as that is fewer requests than the listing takes.
func TestPlanAsksForFewNamesDirectly(t *testing.T) {
	t.Parallel()
	const n = 2000 // 20 pages
	s := newFixture(t, dataaction.Integrations)
	for i := range n {
		s.action(i, 3)
	}
	for _, test := range []struct{ names, ids, most int }{
		{1, 0, 2}, {10, 0, 11}, {18, 0, 19}, {19, 0, 20}, {40, 0, 20}, {5, 60, 8}, {1, 900, 20},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			s.t = t
			s.server.ForgetRequests()
			var entries []dataaction.Entry
			for i := range test.names {
				entries = append(entries, byName(i*7, 12*seconds))
			}
			for i := range test.ids {
				entries = append(entries, byID(actionID(n-1-i), 12*seconds))
			}
			doc := s.plan(s.desired(entries...))
			if doc.Summary.Update != len(entries) || doc.Summary.Errors != 0 {
				t.Errorf("summary %+v, want %d updates and no error", doc.Summary, len(entries))
			}
			promised := min(ceil(n, 100), test.names+ceil(test.ids, 50)) + 3
			if got := s.sent("", ""); got > test.most+organisationRead || got > promised {
				t.Errorf("%d requests, want at most %d (promised: %d)", got, test.most+organisationRead, promised)
			}
		})
	}
}

// Asked for by name or listed: the plan is the same.
func TestNamesAreResolvedAsInAListing(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	for i := range 900 {
		s.action(i, 3)
	}
	another := func(i int, name string) {
		if err := s.server.AddAction(actionDoc(actionID(i), name, "CRM", 3)); err != nil {
			t.Fatal(err)
		}
	}
	another(2000, byName(7, 0).Action.Name)
	for i := 3000; i < 3150; i++ { // a name that is part of many others: two pages
		another(i, fmt.Sprintf("%s %d", byName(8, 0).Action.Name, i))
	}
	near := byName(9, 12*seconds)
	near.Action.Name += "x"
	for name, test := range map[string]struct {
		entry  dataaction.Entry
		errors int
		codes  string
		pages  int // of the listing, beyond the first
	}{
		"one action":             {byName(1, 12*seconds), 0, "", 0},
		"two actions":            {byName(7, 12*seconds), 1, "action-ambiguous", 0},
		"part of many":           {byName(8, 12*seconds), 0, "", 0},
		"none, with a near name": {near, 1, "action-not-found", 10},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.server.ForgetRequests()
			doc := s.plan(s.desired(test.entry))
			if doc.Summary.Errors != test.errors || doc.Summary.Update != 1-test.errors {
				t.Errorf("summary %+v: %+v", doc.Summary, doc.Findings)
			}
			for _, f := range doc.Findings {
				if f.Severity == plan.Error && (f.Code != test.codes ||
					f.Code == "action-not-found" && !strings.Contains(f.Message, byName(9, 0).Action.Name)) {
					t.Errorf("%s: %s", f.Code, f.Message)
				}
			}
			if got, most := s.sent("", ""), 4+test.pages+organisationRead; got > most {
				t.Errorf("%d requests, want at most %d", got, most)
			}
		})
	}
}

// What is not there is looked for once more, in the two requests that a plan has to spare, however many they are.
func TestPlanLooksOnceMoreForWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	for i := range 1050 {
		s.action(i, 3)
	}
	for _, test := range []struct {
		name       string
		entry      func(n int) dataaction.Entry
		there      dataaction.Entry
		gone, most int
	}{
		{"one name", missingName, byName(1, 12*seconds), 1, 2 + 11 + 2}, // both were asked for by name first
		{"names", missingName, byName(1, 12*seconds), 40, 11 + 2},
		{"one id", missingID, byID(actionID(1), 12*seconds), 1, 1 + 1},
		{"ids", missingID, byID(actionID(1), 12*seconds), 49, 1 + 1},
		{"ids beside a name", missingID, byName(1, 12*seconds), 30, 11 + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.t = t
			s.server.ForgetRequests()
			entries := []dataaction.Entry{test.there}
			for i := range test.gone {
				entries = append(entries, test.entry(i))
			}
			if doc := s.plan(s.desired(entries...)); doc.Summary.Update != 1 || doc.Summary.Errors != test.gone {
				t.Errorf("summary %+v, want one update and %d errors", doc.Summary, test.gone)
			}
			if got := s.sent("", "") - organisationRead; got > test.most {
				t.Errorf("%d requests, want at most %d", got, test.most)
			}
		})
	}
}

func missingName(n int) dataaction.Entry { return byName(9000+n, 12*seconds) }

func missingID(n int) dataaction.Entry { return byID(actionID(9000+n), 12*seconds) }

// What a listing cannot tell costs one request each: for the actions that the manifest names, not for the others.
func TestPlanReadsSinglyWhatTheListingLacks(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	for i := range 250 {
		s.action(i, 3)
	}
	var entries []dataaction.Entry
	for i := 300; i < 310; i++ {
		s.action(i, 3, sandbox.WithoutListedConfig())
		s.function(i+100, 5)
		if i < 304 {
			entries = append(entries, byName(i, 12*seconds), byID(actionID(i+100), 12*seconds))
		}
	}
	doc := s.plan(s.desired(entries...))
	if doc.Summary.Update != 8 || doc.Summary.Errors != 0 {
		t.Errorf("summary %+v, want 8 updates and no error", doc.Summary)
	}
	if got, want := s.sent("", ""), ceil(270, 100)+4+4+1+organisationRead; got != want { // 1: all drafts
		t.Errorf("%d requests, want %d", got, want)
	}
	if got := s.sent("GET", "/function"); got != 4 {
		t.Errorf("%d functions were read, want 4", got)
	}
}

// An organisation whose deployment ignores includeConfig is still read right.
func TestPlanWithoutIncludeConfig(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	for i := range 150 {
		s.action(i, 3)
	}
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultOmitConfig, Path: `/actions\?`})
	doc := s.plan(s.desired(byName(3, 12*seconds), byName(149, 3*seconds)))
	if doc.Summary.Update != 1 || doc.Summary.Unchanged != 1 {
		t.Errorf("summary %+v, want one update and one unchanged", doc.Summary)
	}
	if got := s.sent("", ""); got != 2+2+organisationRead {
		t.Errorf("%d requests, want 2 pages, 2 actions and the organisation", got)
	}
}

func TestPlanReadsFlowsOnce(t *testing.T) {
	t.Parallel()
	id := func(n int) dataaction.FlowSelector { return dataaction.FlowSelector{ID: fmt.Sprint("flow-", n)} }
	name := func(n int) dataaction.FlowSelector { return dataaction.FlowSelector{Name: fmt.Sprint("Flow ", n, ".")} }
	for _, test := range []struct {
		name  string
		flows []dataaction.FlowSelector
		most  int // beyond the one page of actions
	}{
		{"three by id", []dataaction.FlowSelector{id(1), id(2), id(3)}, 3 + 1},
		{"one by id, named twice", []dataaction.FlowSelector{id(1), id(1)}, 2},
		{"one by name", []dataaction.FlowSelector{name(7)}, 2},
		{"two by name", []dataaction.FlowSelector{name(7), name(8)}, 4 + 1}, // of the two that a plan has to spare
		{"four by name: the listing is cheaper", []dataaction.FlowSelector{name(1), name(2), name(3), name(4)}, 4 + 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFixture(t, dataaction.Integrations)
			action := s.action(1, 3)
			for i := range 250 { // 3 pages
				s.flow(fmt.Sprint("flow-", i), fmt.Sprint("Flow ", i, "."), action)
			}
			var entries []dataaction.Entry
			for _, f := range test.flows {
				entries = append(entries, under(f, byName(1, 12*seconds)))
			}
			doc := s.plan(s.desired(entries...))
			if doc.Summary.Update != 1 || doc.Summary.Errors+doc.Summary.Warnings != 0 {
				t.Errorf("summary %+v, want one update and nothing else: %+v", doc.Summary, doc.Findings)
			}
			if got := s.sent("", "") - organisationRead; got > 1+test.most {
				t.Errorf("%d requests, want at most %d", got, 1+test.most)
			}
		})
	}
}

func TestPlanOfSurfaceFlowsReadsEachFlowOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Flows)
	var entries []dataaction.Entry
	for f, n := range []int{250, 100, 1} {
		flow := fmt.Sprint("flow-", f)
		s.flow(flow, fmt.Sprint("Flow ", f))
		for i := range n {
			s.flowAction(flow, i, 3)
		}
		entries = append(entries, under(dataaction.FlowSelector{ID: flow}, byName(0, 12*seconds)))
	}
	doc := s.plan(s.desired(entries...))
	if doc.Summary.Update != 3 || doc.Summary.Errors != 0 {
		t.Errorf("summary %+v, want 3 updates", doc.Summary)
	}
	if got := s.sent("", ""); got != 3+1+1+organisationRead {
		t.Errorf("%d requests for flows named by id, want 6", got)
	}

	s.server.ForgetRequests()
	for i := range entries {
		entries[i].Flow = &dataaction.FlowSelector{Name: fmt.Sprint("Flow ", i)}
	}
	if doc := s.plan(s.desired(entries...)); doc.Summary.Update != 3 {
		t.Errorf("summary %+v, want 3 updates", doc.Summary)
	}
	if got := s.sent("", ""); got != 3+1+1+1+organisationRead {
		t.Errorf("%d requests for flows named by name, want 6 and the listing", got)
	}
}

// Pages are asked for at the same time: each of two waits until the other has arrived.
func TestPagesAreReadConcurrently(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	for i := range 300 {
		s.action(i, 3)
	}
	var both sync.WaitGroup
	both.Add(2)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: `pageNumber=[23]\b`, Do: func(*sandbox.Server) {
		both.Done()
		both.Wait() // forever, were the pages read one after the other: the test would run out of time
	}})
	if doc := s.plan(s.desired(byName(299, 12*seconds))); doc.Summary.Update != 1 {
		t.Errorf("summary %+v, want one update", doc.Summary)
	}
}

func TestApplyBudget(t *testing.T) {
	t.Parallel()
	const n = 120
	for _, test := range []struct {
		name     string
		api      dataaction.API
		add      func(s *fixture, n int) dataaction.Entry
		each     int
		readBack int
	}{
		{"templates inline", dataaction.Integrations, func(s *fixture, n int) dataaction.Entry {
			return byID(s.action(n, 3),
				12*seconds)
		}, 2, ceil(n, 50)},
		{"templates by address", dataaction.Integrations, func(s *fixture, n int) dataaction.Entry {
			return byID(s.action(n, 3, sandbox.TemplatesByURI()), 12*seconds)
		}, 4, ceil(n, 50)},
		{"functions", dataaction.Integrations, func(s *fixture, n int) dataaction.Entry {
			return byID(s.function(n, 3),
				12*seconds)
		}, 6, n},
		{"surface flows", dataaction.Flows, func(s *fixture, n int) dataaction.Entry {
			return under(dataaction.FlowSelector{ID: "flow-1"}, byID(s.flowAction("flow-1", n, 3), 12*seconds))
		}, 2, ceil(n, 100)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFixture(t, test.api)
			s.flow("flow-1", "Flow 1")
			var entries []dataaction.Entry
			for i := range n {
				entries = append(entries, test.add(s, i))
			}
			changes := s.planned(entries...)
			before := s.docs(changes)
			for i, r := range s.apply(changes) {
				if r.Status != "applied" || r.Action != changes[i].Action {
					t.Fatalf("result %d is %+v, want %s applied", i, r, changes[i].Action.ID)
				}
				only(t, before[i], s.doc(changes[i]), 12)
			}
			if got, want := s.sent("", ""), n*test.each+test.readBack; got != want {
				t.Errorf("%d requests for %d changes, want %d", got, n, want)
			}

			s.server.ForgetRequests()
			for _, r := range s.apply(changes) { // another user has done it already
				if r.Status != "unchanged" {
					t.Fatalf("the second time it is %+v, want unchanged", r)
				}
			}
			for _, r := range s.server.Requests() {
				if isWrite(r.Method) {
					t.Fatalf("the second time there is a %s %s", r.Method, r.Path)
				}
			}
		})
	}
}

// No more writes are under way than --concurrency says, and no fewer than it allows.
func TestApplyConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	var entries []dataaction.Entry
	for i := range 40 {
		entries = append(entries, byID(s.action(i, 3), 12*seconds))
	}
	changes := s.planned(entries...)
	s.options.Concurrency = 3
	var three sync.WaitGroup
	three.Add(3)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Times: 3, Do: func(*sandbox.Server) {
		three.Done()
		three.Wait()
	}})
	for _, r := range s.apply(changes) {
		if r.Status != "applied" {
			t.Errorf("%+v, want applied", r)
		}
	}
	if got := s.server.Peak(); got != 3 {
		t.Errorf("at most %d requests at once, want 3", got)
	}
}
