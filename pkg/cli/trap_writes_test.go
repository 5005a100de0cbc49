package cli_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/sandbox"
)

func TestTrapWriteThatDidNotStick(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.fault("forget,method=PATCH,times=1")
	m := r.manifest("actions: [{name: Customer lookup, timeout: 12s}]")
	got := r.run("apply", "-f", m, "--auto-approve", "--format", "json").exits(1).report()
	if got.Summary.Failed != 1 || got.Results[0].Code != "verify-mismatch" {
		t.Errorf("%+v", got)
	}
	r.run("apply", "-f", m, "--auto-approve").exits(0)
}

// One deleted action made a plan of a hundred take five minutes (the vendor's provider).
func TestTrapDeletedActionSlowsThePlan(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{Empty: true})
	lines := []string{"actions:", "  - {id: custom_-_deleted, timeout: 12s}", "  - {name: Deleted too, timeout: 12s}"}
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("  - {id: %s, timeout: 12s}", r.add(fmt.Sprintf("Action %d", i), 3)))
	}
	began := time.Now()
	d := r.run("plan", "-f", r.manifest(lines...), "--format", "json").exits(1).plan()
	if d.Summary.Errors != 2 || d.Summary.Update != 100 {
		t.Errorf("%+v", d.Summary)
	}
	const index = 25 // actions that the dependency index is asked about
	if d.Stats.Requests > 8+index || time.Since(began) > soon {
		t.Errorf("%d requests in %s", d.Stats.Requests, time.Since(began))
	}
}

// A template's 404 was turned into "create it again" (the vendor's provider).
func TestTrapMissingTemplateTakenForMissingAction(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.fault("status=404,path=/templates/")
	got := r.run("apply", "-f", r.manifest("actions: [{name: Set contact preferences, timeout: 12s}]"),
		"--auto-approve", "--format", "json").exits(1).report()
	if got.Results[0].Code != "template-not-found" || got.Results[0].Hint == "" {
		t.Errorf("%+v", got.Results[0])
	}
	if writes := writesIn(r.server.Requests()); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}

// A missing config or requestUrlTemplate crashed the run (the vendor's provider).
func TestTrapMissingConfigCrashes(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	var lines []string
	for i, config := range []string{``, `,"config":null`, `,"config":{}`,
		`,"config":{"request":null,"response":null}`, `,"config":{"request":{},"response":{}}`,
		`,"config":{"timeoutSeconds":null,"request":{"headers":null}}`, `,"config":{"timeoutSeconds":"7"}`,
		`,"config":[]`, `,"config":"{}"`} {
		id := trapID(i)
		if err := r.server.AddAction(fmt.Appendf(nil, `{"id":%q,"name":"Odd %d","version":3%s}`, id, i, config)); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, "  - {id: "+id+", timeout: 12s}")
	}
	m := r.manifest(append([]string{"actions:", "  - {name: Customer lookup, timeout: 12s}"}, lines...)...)
	for _, args := range [][]string{{"plan", "-f", m, "--format", "json"},
		{"apply", "-f", m, "--auto-approve", "--format", "json"}} {
		o := r.run(args...)
		if !strings.Contains(o.stdout, `"summary"`) {
			t.Errorf("%s: no result\n%s%s", args[0], o.stdout, o.stderr)
		}
	}
	r.run("export", "--include-unset", "--built-in").exits(0)
	r.run("doctor").exits(0)
}

// A new connection was made for every request, and eleven sign-ins in a run (the vendor's provider).
func TestTrapConnectionAndSignInPerRequest(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	const concurrency = 4
	r.run("apply", "-f", r.file("m.yaml", string(sandbox.DemoManifest(""))), "--auto-approve", "--concurrency",
		fmt.Sprint(concurrency)).exits(0)
	connections := map[string]bool{}
	for _, x := range r.server.Requests() {
		connections[x.Connection] = true
	}
	if requests := len(r.server.Requests()); requests < 20 || len(connections) > concurrency+1 {
		t.Errorf("%d connections for %d requests", len(connections), requests)
	}
	if n := r.count("POST", "/oauth/token"); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	if peak := r.server.Peak(); peak > concurrency {
		t.Errorf("%d requests at the same time, want %d at most", peak, concurrency)
	}
}

// A file that a run could not finish was left half-written, and taken for a result by the next step.
func TestTrapHalfWrittenFile(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest("actions: [{name: Customer lookup, timeout: 12s}]")
	out := r.file("plan.json", "the old one")
	r.fault("cut,path=pageNumber")
	r.run("plan", "-f", m, "--out", out, "--timeout", "100ms").exits(1)
	if content, err := os.ReadFile(out); err != nil || string(content) != "the old one" {
		t.Errorf("%q, %v", content, err)
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("files left behind: %v", entries)
	}
}
