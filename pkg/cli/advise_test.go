package cli_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// TestAdviceFitsItsSchema: with and without manifest, with everything that analytics can leave out.
func TestAdviceFitsItsSchema(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	schema, err := jsonschema.CompileString("advice.schema.json", r.run("schema", "advice").exits(0).stdout)
	if err != nil {
		t.Fatal(err)
	}
	m := r.file("demo.yaml", string(sandbox.DemoManifest("integrations")))
	wrong := r.manifest("actions: [{name: Nobody, timeout: 3s}, {name: Get order, timeout: 3s}]")
	for name, state := range map[string]sandbox.Analytics{
		"everything": {}, "no views": {NoViews: true}, "no empty views": {NoEmptyViews: true},
		"too large by day": {TooLarge: http.StatusRequestEntityTooLarge},
		"no statistics":    {OmitStats: []string{"count", "min", "max", "sum", "p95", "p99"}},
	} {
		r.server.SetAnalytics(state)
		for _, args := range [][]string{{"--all"}, {"-f", m}, {"-f", m, "--all", "--slots", "3"}, {"-f", wrong}} {
			o := r.run(append([]string{"advise", "--format", "json"}, args...)...).exits(0)
			doc, err := oneDocument(o.stdout)
			if err == nil {
				err = schema.Validate(doc)
			}
			if err != nil {
				t.Errorf("%s, %v: %#v\n%s", name, args, err, o.stdout)
			}
		}
	}
}

// afterListing are the requests for measurements and limits, as the server saw them.
func afterListing(r *fixture) (measured, others []string) {
	for _, q := range r.server.Requests() {
		switch line := q.Method + " " + q.Path; {
		case q.SignIn():
		case strings.Contains(line, "/analytics/") || strings.Contains(line, "/limits/"):
			measured = append(measured, line)
		default:
			others = append(others, line)
		}
	}
	return measured, others
}

// TestAdviseCostsAListingAndAFewRequests: the organisation is listed once, also where a manifest comes with --all.
func TestAdviseCostsAListingAndAFewRequests(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest("actions: [{name: Get order, timeout: 12s}, {name: Customer lookup, timeout: 3s}]")
	for _, args := range [][]string{{"-f", m}, {"--all"}, {"-f", m, "--all"}} {
		r.server.ForgetRequests()
		doc := into[advice.Document](r.run(append([]string{"advise", "--format", "json"}, args...)...).exits(0))
		measured, others := afterListing(r)
		if len(measured) < 3 || len(measured) > 6 {
			t.Errorf("%v: %d requests after the listing: %v", args, len(measured), measured)
		}
		if doc.Stats.Requests != len(measured)+len(others) {
			t.Errorf("%v: says %d requests, sent %d", args, doc.Stats.Requests, len(measured)+len(others))
		}
		lists := 0
		for _, line := range others {
			if line == "GET /api/v2/integrations/actions" {
				lists++
			}
			if strings.HasPrefix(line, "GET /api/v2/architect/") {
				t.Errorf("%v: the dependency index or a flow is read: %s", args, line)
			}
		}
		if lists != 1 {
			t.Errorf("%v: listed %d times: %v", args, lists, others)
		}
	}
}

// With --all the manifest's actions keep their sources and the steps of its flows.
func TestAdviseOnAllKnowsTheManifest(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest("flows: [{name: Card Payment, actions: [{name: Take card payment, timeout: 25s}]}]")
	own := into[advice.Document](r.run("advise", "--format", "json", "-f", m).exits(0))
	all := into[advice.Document](r.run("advise", "--format", "json", "-f", m, "--all").exits(0))
	if len(own.Actions) != 1 || len(all.Actions) < 30 {
		t.Fatalf("%d and %d actions", len(own.Actions), len(all.Actions))
	}
	at := slices.IndexFunc(all.Actions, func(j advice.Judgement) bool { return j.Action == own.Actions[0].Action })
	if at < 0 || len(all.Actions[at].Sources) != 1 || all.Actions[at].Code != own.Actions[0].Code {
		t.Errorf("alone %+v\namong all, at %d of them", own.Actions[0], at)
	}
	cuts := func(d advice.Document) (steps []string) {
		for _, f := range d.Findings {
			if f.Code == advice.StepCutsCalls && f.Action.Name == "Take card payment" {
				steps = append(steps, f.Step.Name)
			}
		}
		return steps
	}
	if a, b := cuts(own), cuts(all); len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("steps that cut calls: %v alone, %v among all", a, b)
	}
}

// Advice for an organisation that may be another one says so.
func TestAdviseSaysThatTheOrganisationIsUnverified(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.file("one.yaml", "version: 1\norganizations:\n  test: { environment: mypurecloud.ie, "+
		"id: 5b0e4c1e-0d57-4f0e-8a55-0c6f2b7d9f10 }\nactions: [{name: Get order, timeout: 12s}]\n")
	for _, args := range [][]string{{"-f", m}, {"-f", m, "--all"}} {
		r.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Path: "/organizations/me"})
		doc := into[advice.Document](r.run(append([]string{"advise", "--format", "json"}, args...)...).exits(0))
		if len(doc.Findings) == 0 || doc.Findings[0].Code != plan.OrganizationUnverified {
			t.Errorf("%v: findings %+v, want %s first", args, doc.Findings, plan.OrganizationUnverified)
		}
	}
}

// Analytics that refuse or fail never fail a plan: it is the same plan, with a word on standard error.
func TestEvidenceNeverFailsAPlan(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest("actions: [{name: Get order, timeout: 12s}, {name: Verify PIN, timeout: 4s}]")
	plain := into[plan.Document](r.run("plan", "-f", m, "--format", "json").exits(0))
	same := func(doc plan.Document) {
		t.Helper()
		if doc.Digest != plain.Digest {
			t.Errorf("digest %s, without evidence %s", doc.Digest, plain.Digest)
		}
	}
	doc := into[plan.Document](r.run("plan", "-f", m, "--evidence", "7d", "--format", "json").exits(0))
	same(doc)
	for _, c := range doc.Changes {
		if (c.Evidence != nil) != (c.Change == plan.Update) {
			t.Errorf("%s of %q has evidence %v", c.Change, c.Action.Name, c.Evidence)
		}
	}
	saved := r.dir + "/plan.json"
	r.run("plan", "-f", m, "--evidence", "7d", "--out", saved).exits(0)
	r.server.SetAnalytics(sandbox.Analytics{Refused: true})
	o := r.run("plan", "-f", m, "--evidence", "7d", "--format", "json").exits(0)
	o.says("no evidence", "integrations:action:view")
	same(into[plan.Document](o))
	for format, note := range map[string]string{"text": "· no evidence: ", "markdown": "- No evidence: "} {
		o := r.run("plan", "-f", m, "--evidence", "7d", "--format", format).exits(0).says(note, "403 Forbidden")
		if n := strings.Count(strings.ToLower(o.stdout+o.stderr), "no evidence"); n != 1 {
			t.Errorf("%s says it %d times: %s%s", format, n, o.stdout, o.stderr)
		}
	}
	r.server.SetAnalytics(sandbox.Analytics{})
	fault := r.fault("status=500,path=/analytics/actions/aggregates/query,times=99")
	o = r.run("plan", "-f", m, "--evidence", "7d", "--format", "json").exits(0).says("no evidence")
	same(into[plan.Document](o))
	if r.server.Hits(fault) == 0 {
		t.Error("analytics were not asked")
	}
	r.server.ClearFaults()
	r.run("apply", saved, "--auto-approve").exits(0)
	if got := r.timeout("Get order"); got != "12" {
		t.Errorf("a plan saved with evidence is applied to %s", got)
	}
}

// Surface flows has no measurements: a word, not "not called".
func TestNoEvidenceOnSurfaceFlows(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.file("flows.yaml", string(sandbox.DemoManifest("flows")))
	o := r.run("plan", "-f", m, "--evidence", "7d", "--format", "json").exits(0).says("surface flows has no measurements")
	for _, c := range into[plan.Document](o).Changes {
		if c.Evidence != nil {
			t.Errorf("%q has evidence %+v", c.Action.Name, c.Evidence)
		}
	}
	if measured, _ := afterListing(r); len(measured) > 0 {
		t.Errorf("asks %v", measured)
	}
}
