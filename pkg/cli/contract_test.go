package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.uber.org/goleak"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// troubled is a manifest whose plan has findings of nearly every kind.
const troubled = `version: 1
defaults: {timeout: 10s}
flows:
  - name: Inbound Support
    type: inboundcall
    actions:
      - {name: Get order, timeout: 20s}
      - {name: Get invoice}
  - {name: Inbound Support, actions: [{name: Verify PIN}]}
  - {name: Nowhere, actions: [{name: Verify PIN}]}
  - {name: Support In-Queue, actions: [{name: Get estimated wait time, timeout: 4s}]}
actions:
  - {name: Get customer}
  - {name: "Nobody \"quoted\" \u202e"}
  - {name: Get user routing status}
  - {name: CRM sign-in}
  - {name: Score call intent, timeout: 16s}
  - {name: Find orders by phone, timeout: 15s}
`

// TestPlansFitTheirSchema: what is printed and what is saved, with every kind of finding, on both surfaces.
func TestPlansFitTheirSchema(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	schema, err := jsonschema.CompileString("plan.schema.json", r.run("schema", "plan").exits(0).stdout)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"integrations": string(sandbox.DemoManifest("integrations")), "flows": string(sandbox.DemoManifest("flows")),
		"troubled": troubled,
		"empty":    "version: 1\n",
	}
	for name, content := range files {
		m, saved := r.file(name+".yaml", content), r.dir+"/"+name+".json"
		for _, args := range [][]string{{"plan", "--out", saved, "--max-changes", "0"}, {"plan", "--strict"}, {"drift"}} {
			o := r.run(append(args, "-f", m, "--format", "json")...)
			printed, err := oneDocument(o.stdout)
			if err == nil {
				err = schema.Validate(printed)
			}
			if err != nil {
				t.Errorf("%s of %s: %v\n%s", args[0], name, err, o.stdout)
			}
		}
		raw, err := os.ReadFile(saved)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := oneDocument(string(raw))
		if err == nil {
			err = schema.Validate(kept)
		}
		if err != nil {
			t.Errorf("saved plan of %s: %v", name, err)
		}
	}
}

// TestPlansOfOneStateAreTheSame but for the time and what they cost, whatever order answers come in.
func TestPlansOfOneStateAreTheSame(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.file("m.yaml", troubled)
	first := r.run("plan", "-f", m, "--format", "json").exits(1).plan()
	if len(first.Findings) < 8 {
		t.Errorf("only %d findings: this test sees too little", len(first.Findings))
	}
	for _, n := range []string{"1", "3", "32"} {
		again := r.run("plan", "-f", m, "--format", "json", "--concurrency", n).exits(1).plan()
		ignored := cmpopts.IgnoreFields(plan.Document{}, "CreatedAt", "Stats", "Digest") // the digest covers the time
		if diff := cmp.Diff(first, again, ignored); diff != "" {
			t.Errorf("--concurrency %s: %s", n, diff)
		}
	}
}

// TestReportsAgreeWithThemselves: a report's sums are those of its results.
func TestReportsAgreeWithThemselves(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.fault("status=400,method=PATCH,at=2,times=1")
	report := r.run("apply", "-f", r.file("m.yaml", string(sandbox.DemoManifest(""))), "--auto-approve",
		"--format", "json", "--concurrency", "1").exits(1).report()
	counted := report.WithResults(report.Results)
	if diff := cmp.Diff(counted.Summary, report.Summary); diff != "" || report.Summary.Failed != 1 ||
		report.Summary.Applied < 5 {
		t.Errorf("%+v: %s", report.Summary, diff)
	}
	var raw map[string]json.RawMessage
	o := r.run("apply", "-f", r.dir+"/m.yaml", "--auto-approve", "--format", "json").exits(0)
	if err := json.NewDecoder(bytes.NewReader([]byte(o.stdout))).Decode(&raw); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"format_version", "summary", "results", "stats"} {
		if raw[key] == nil {
			t.Errorf("the report has no %q", key)
		}
	}
}

// TestNothingRunsOn: a run that is over has left no goroutine, whatever its end. It is not parallel, since it sees
// everybody's.
func TestNothingRunsOn(t *testing.T) {
	before := goleak.IgnoreCurrent()
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &fixture{t: t, server: server, vars: server.Env(), ctx: t.Context(), dir: t.TempDir()}
	r.env.Stdin, r.env.Now, r.env.Getenv = strings.NewReader(""), fixedClock,
		func(name string) string { return r.vars[name] }
	m := r.file("m.yaml", string(sandbox.DemoManifest("")))
	r.run("plan", "-f", m).exits(0)
	r.run("apply", "-f", m, "--auto-approve").exits(0)
	r.run("export", "--all-flows").exits(0)
	r.run("doctor").exits(0)
	r.run("demo").exits(0)
	r.fault("hang,path=/api/")
	r.run("plan", "-f", m, "--timeout", "100ms").exits(1)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}
