package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// anySpoiltRead are the ways in which a read fails that may be another one soon.
func anySpoiltRead() []sandbox.Fault {
	faults := []sandbox.Fault{
		{Kind: sandbox.FaultReset}, {Kind: sandbox.FaultResetBody}, {Kind: sandbox.FaultCut},
		{Kind: sandbox.FaultTruncate}, {Kind: sandbox.FaultEmpty},
		{Kind: sandbox.FaultExpire},
	}
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		faults = append(faults, sandbox.Fault{Kind: sandbox.FaultStatus, Status: status})
	}
	return faults
}

// Every kind of read of a plan and an apply (listing, second page, single action, template, function, draft, flow
// listing, configuration, read-back) fails once in every way that may pass: nobody notices.
func TestReadsThatFailOnce(t *testing.T) {
	t.Parallel()
	for _, f := range anySpoiltRead() {
		t.Run(strings.TrimSuffix(fmt.Sprintf("%s-%d", f.Kind, f.Status), "-0"), func(t *testing.T) {
			for _, path := range []string{
				"pageNumber=1", "pageNumber=2", "ids=", "/actions/custom[^/]*$", "/templates/", "/function$", "/draft$",
				`/flows\?`, "/configuration",
			} {
				s := newFixture(t, dataaction.Integrations)
				for i := range 110 {
					s.action(i, 3)
				}
				uri, fn := s.action(200, 3, sandbox.TemplatesByURI()), s.function(201, 3)
				s.flow("flow-1", "Flow 1", uri)
				f.Method, f.Path, f.Times = "GET", path, 1
				armed := s.server.Fault(f)
				doc := s.plan(s.desired(byName(7, 12*seconds), under(dataaction.FlowSelector{Name: "Flow 1"}, byID(uri,
					12*seconds)), byID(fn, 12*seconds)))
				if doc.Summary.Update != 3 || doc.Summary.Errors != 0 {
					t.Errorf("%s: summary %+v, want 3 updates: %+v", path, doc.Summary, doc.Findings)
				}
				before := s.docs(doc.Changes)
				s.wantStatuses(s.apply(doc.Changes), "applied", "applied", "applied")
				for i, c := range doc.Changes {
					if f.Kind != sandbox.FaultTruncate || path != "/templates/" { // half a text is a text: nobody can tell
						only(t, before[i], s.doc(c), 12)
					}
				}
				if s.server.Hits(armed) != 1 {
					t.Errorf("%s: %d requests met the fault, want 1", path, s.server.Hits(armed))
				}
			}
			flows := newFixture(t, dataaction.Flows)
			flows.flow("flow-1", "Flow 1")
			for i := range 110 {
				flows.flowAction("flow-1", i, 3)
			}
			for _, path := range []string{`/flows\?`, "flowId=.*pageNumber=1", "flowId=.*pageNumber=2", "/dataactions/"} {
				f.Method, f.Path, f.Times = "GET", path, 1
				flows.server.Fault(f)
			}
			flows.wantStatuses(flows.apply(flows.planned(under(dataaction.FlowSelector{Name: "Flow 1"}, byName(105,
				12*seconds)))), "applied")
		})
	}
}

// A read that fails forever is an error of the fetch, never an empty organisation or an action that is "not found".
func TestReadsThatFailForEver(t *testing.T) {
	t.Parallel()
	faults := append(anySpoiltRead(),
		sandbox.Fault{Kind: sandbox.FaultHTML}, sandbox.Fault{Kind: sandbox.FaultRedirect, To: "https://elsewhere.example"},
		sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, sandbox.Fault{Kind: sandbox.FaultStatus,
			Status: 403}, sandbox.Fault{Kind: sandbox.FaultHuge, Bytes: 40 << 20})
	for _, f := range faults {
		t.Run(strings.TrimSuffix(fmt.Sprintf("%s-%d", f.Kind, f.Status), "-0"), func(t *testing.T) {
			for _, path := range []string{"pageNumber=1", "pageNumber=2", "/function$", `/flows\?`, "/configuration"} {
				if f.Kind == sandbox.FaultHuge && path != "pageNumber=2" {
					continue // 40 MB each
				}
				s := newFixture(t, dataaction.Integrations)
				for i := range 110 {
					s.action(i, 3)
				}
				s.flow("flow-1", "Flow 1")
				f.Method, f.Path = "GET", path
				s.server.Fault(f)
				live, err := s.reconciler().Fetch(context.Background(), s.desired(byName(7, 12*seconds), byID(s.function(201, 3),
					12*seconds),
					under(dataaction.FlowSelector{Name: "Flow 1"}, byName(8, 12*seconds))))
				switch {
				case err != nil:
				case path == "/configuration": // one flow does not stop the rest, and is not said to be missing
					if len(live.Actions) != 111 || len(live.Flows) != 1 || live.Flows[0].Unreadable == "" {
						t.Errorf("%s: %d actions, flows %+v, want an unreadable flow", path, len(live.Actions), live.Flows)
					}
				case f.Kind == sandbox.FaultHuge: // read in halves
					if len(live.Actions) != 111 {
						t.Errorf("%s: %d actions, want 111", path, len(live.Actions))
					}
				default:
					t.Errorf("%s: no error, and %d actions", path, len(live.Actions))
				}
				if n := s.sent("", ""); n > 20 {
					t.Errorf("%s: %d requests before it was given up", path, n)
				}
			}
		})
	}
}

// One action cannot be read when it is to be written: it fails, the others are written.
func TestActionThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404, 500, 503} {
		eachKind(t, 3, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			path := "/" + changes[1].Action.ID
			if k.name == "function" {
				path += "/function"
			}
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, Method: "GET", Path: path})
			results := s.apply(changes)
			s.wantStatuses(results, "applied", fmt.Sprint("failed http-", status), "applied")
			if results[1].HTTPStatus != status || results[1].CorrelationID == "" {
				t.Errorf("%+v, want the answer's status and correlation id", results[1])
			}
		})
	}
}

// A template that is gone must not be lost from the configuration, which a write replaces whole.
func TestTemplateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3, sandbox.TemplatesByURI()), 12*seconds), byID(s.action(2, 3,
		sandbox.TemplatesByURI()), 12*seconds))
	before := s.docs(changes)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 404, Path: actionID(1) +
		"/templates/requesttemplate.vm"})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultHTML, Path: actionID(2) + "/templates/successtemplate.vm"})
	s.wantStatuses(s.apply(changes), "failed template-not-found", "failed failure")
	only(t, before[0], s.doc(changes[0]), 0)
	only(t, before[1], s.doc(changes[1]), 0)
	if n := s.sent("PATCH", ""); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}

// 429s in the middle of a burst, with and without Retry-After, on reads and writes: waited out, and each write done
// once.
func TestTooManyRequestsInABurst(t *testing.T) {
	t.Parallel()
	for _, header := range []map[string]string{nil, {"Retry-After": "2"}} {
		eachKind(t, 30, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			before := s.docs(changes)
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Header: header, At: 7, Times: 3})
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Header: header, Method: k.write, At: 9,
				Times: 2})
			for i, r := range s.apply(changes) {
				if r.Status != plan.Applied {
					t.Errorf("%+v, want applied", r)
				}
				s.wantOneWrite(t, changes[i], before[i])
			}
		})
	}
}

// 429 forever: patience runs out once, and nothing was written.
func TestTooManyRequestsForEver(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds))
	s.options.Concurrency = 1
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Method: "PATCH",
		Header: map[string]string{"Retry-After": "1"}})
	s.wantStatuses(s.apply(changes), "failed rate-limited", "skipped rate-limited")

	s.server.ClearFaults()
	s.server.ForgetRequests()
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429,
		Header: map[string]string{"Retry-After": "86400"}})
	_, err := s.reconciler().Fetch(context.Background(), s.desired(byName(1, 9*seconds)))
	var api *genesys.APIError
	if !errors.As(err, &api) || api.RetryAfter != 24*time.Hour {
		t.Errorf("error %v, want a 429 that asks for a day", err)
	}
	if n := s.sent("", ""); n != 1 {
		t.Errorf("%d requests, want 1: nobody waits a day", n)
	}
}

// A whole apply through many small rate windows: no request of ours is refused.
func TestApplyThroughManyWindows(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations, func(o *sandbox.Options) { o.Allowed, o.Window = 20, 30*time.Second })
	var entries []dataaction.Entry
	for i := range 50 {
		entries = append(entries, byID(s.action(i, 3), 12*seconds))
	}
	for i, r := range s.apply(s.planned(entries...)) {
		if r.Status != plan.Applied {
			t.Errorf("result %d: %+v, want applied", i, r)
		}
	}
	for _, r := range s.server.Requests() {
		if r.Limited {
			t.Errorf("%s %s was refused by the rate window", r.Method, r.Path)
		}
	}
}

// The token expires in the middle of a burst: a new one is fetched, once. With a given token there is nothing to
// fetch.
func TestTokenEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	eachKind(t, 20, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		before := s.docs(changes)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultExpire, Method: k.write, At: 3, Times: 1})
		for i, r := range s.apply(changes) {
			if r.Status != plan.Applied {
				t.Errorf("%+v, want applied", r)
			}
			s.wantOneWrite(t, changes[i], before[i])
		}
		signIns := 0
		for _, r := range s.server.Requests() {
			if r.SignIn() {
				signIns++
			}
		}
		if signIns != 1 {
			t.Errorf("signed in %d times, want once", signIns)
		}
	})

	s := newFixture(t, dataaction.Integrations)
	token := s.server.GiveToken()
	s.client = s.connect(func(c *genesys.Config) { c.ClientID, c.ClientSecret, c.AccessToken = "", "", token })
	s.options.Concurrency = 1
	changes := s.planned(byID(s.action(1, 3), 12*seconds), byID(s.action(2, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", At: 2,
		Do: func(server *sandbox.Server) { server.RevokeTokens() }})
	results := s.apply(changes)
	s.wantStatuses(results, "failed verify-failed", "failed http-401")
	if !strings.Contains(results[0].Error, "it was written") {
		t.Errorf("the first result says %q, want that it was written", results[0].Error)
	}
}
