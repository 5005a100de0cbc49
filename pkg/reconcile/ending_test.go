package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// wantOneFailure fails unless exactly one action failed and the rest was skipped, all with the same code.
func wantOneFailure(t *testing.T, results []plan.Result, code string) {
	t.Helper()
	failed := 0
	for _, r := range results {
		if r.Status == plan.Failed {
			failed++
		} else if r.Status != plan.Skipped || r.HTTPStatus != 0 || r.Hint != "" {
			t.Errorf("%+v, want skipped", r)
		}
		if r.Code != code || r.Error == "" {
			t.Errorf("%s: %q, want %s and the reason", r.Code, r.Error, code)
		}
	}
	if failed != 1 {
		t.Errorf("%d failed, want 1", failed)
	}
}

// The first write that is refused for a missing permission stops the others, and the permission is said once.
func TestMissingPermissionIsSaidOnce(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 8, 40} {
		eachKind(t, 40, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			s.options.Concurrency = concurrency
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: k.write,
				Body: `{"message":"needs some:odd:permission"}`})
			results := s.apply(changes)
			wantOneFailure(t, results, reconcile.CodeMissingPermission)
			if n := strings.Count(fmt.Sprintf("%+v", results), "some:odd:permission"); n != 1 {
				t.Errorf("the permission is said %d times", n)
			}
			if n := s.sent(k.write, ""); n > concurrency {
				t.Errorf("%d writes at concurrency %d", n, concurrency)
			}
			s.wantNoDrafts(t, changes)
		})
	}
}

func TestRetryAfterOfADayStopsTheRun(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []int{1, 8} {
		eachKind(t, 40, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
			s.options.Concurrency = concurrency
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429,
				Header: map[string]string{"Retry-After": "86400"}})
			wantOneFailure(t, s.apply(changes), reconcile.CodeRateLimited)
			if n := s.sent("", ""); n > concurrency {
				t.Errorf("%d requests at concurrency %d", n, concurrency)
			}
		})
	}
}

// A rate window of an hour is spent to its end, and no request of ours is refused.
func TestWindowOfAnHourStopsTheRunWithoutA429(t *testing.T) {
	t.Parallel()
	s := newFixture(t, "integrations", func(o *sandbox.Options) { o.Allowed, o.Window = 30, time.Hour })
	var changes []plan.Change
	for n := range 40 {
		changes = append(changes, s.planned(byID(s.action(n, 3), 12*seconds))[0])
		if n == 3 {
			break
		}
	}
	for n := 4; n < 40; n++ {
		c := changes[0]
		c.Action.ID, c.Action.Name = s.action(n, 3), ""
		changes = append(changes, c)
	}
	results := s.apply(changes)
	count := map[string]int{}
	for _, r := range results {
		count[strings.TrimSpace(string(r.Status)+" "+r.Code)]++
	}
	if count["failed rate-limited"] != 1 ||
		count["skipped rate-limited"]+count["applied verify-failed"]+count["applied"] != 39 ||
		count["skipped rate-limited"] < 20 {
		t.Errorf("%v", count)
	}
	for _, r := range s.server.Requests() {
		if r.Limited || r.Status == 429 {
			t.Errorf("%s %s was refused", r.Method, r.Path)
		}
	}
}

// The API accepts the token for reads and refuses it, and each fresh one, for writes: two sign-ins and a handful of
// writes.
func TestTokenThatMayNotWriteStopsTheRun(t *testing.T) {
	t.Parallel()
	eachKind(t, 60, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401, Method: k.write, Path: "/api/"})
		results := s.apply(changes)
		failed := 0
		for _, r := range results {
			if r.Status == plan.Failed {
				failed++
			} else if r.Status != plan.Skipped || r.Code != reconcile.CodeTokenRefused {
				t.Errorf("%+v, want skipped", r)
			}
		}
		signIns := 0
		for _, r := range s.server.Requests() {
			if r.SignIn() {
				signIns++
			}
		}
		if n := s.sent(k.write, ""); failed != 1 || signIns > 1 || n > 2*s.options.Concurrency {
			t.Errorf("%d failed after %d sign-ins and %d writes", failed, signIns, n)
		}
	})
}

// Refused credentials are said once.
func TestRefusedCredentialsStopTheRun(t *testing.T) {
	t.Parallel()
	eachKind(t, 30, func(t *testing.T, s *fixture, k kind, changes []plan.Change) {
		s.client = s.connect(func(c *genesys.Config) { c.ClientSecret = "another" })
		wantOneFailure(t, s.apply(changes), reconcile.CodeTokenRefused)
	})
}

// A template that never comes complete is not written back.
func TestTemplateThatMayBeIncomplete(t *testing.T) {
	t.Parallel()
	for _, f := range []sandbox.Fault{{Kind: sandbox.FaultEmpty}, {Kind: sandbox.FaultStatus, Status: 206, Body: "half"},
		{Kind: sandbox.FaultStatus, Status: 202}} {
		s := newFixture(t, "integrations")
		changes := s.planned(byID(s.action(1, 3, sandbox.TemplatesByURI()), 12*seconds), byID(s.action(2, 3), 12*seconds))
		before := s.doc(changes[0])
		f.Path = "/templates/"
		s.server.Fault(f)
		s.wantStatuses(s.apply(changes), "failed "+genesys.TemplateIncomplete, "applied")
		only(t, before, s.doc(changes[0]), 0)
	}
}

// A draft that this run could neither publish nor delete is published by the next one, and not taken for another
// user's.
func TestNextRunPublishesOurDraft(t *testing.T) {
	t.Parallel()
	s := newFixture(t, "integrations")
	changes := s.planned(byID(s.function(1, 3), 12*seconds))
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "POST", Path: "/draft/publish"})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: "DELETE"})
	r := s.apply(changes)[0]
	if r.Status != plan.Failed || !strings.Contains(r.Error, "this run made") || !strings.Contains(r.Hint,
		"integrations:action:delete") {
		t.Errorf("%+v, want that the draft is ours and how to remove it", r)
	}
	if !s.server.Draft(changes[0].Action.ID) {
		t.Fatal("there is no draft: this test tests nothing")
	}
	s.server.ClearFaults()
	s.wantStatuses(s.reconciler().Apply(context.Background(), changes), "applied")
	s.wantNoDrafts(t, changes)
}
