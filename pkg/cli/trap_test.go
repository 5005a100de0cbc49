package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// Each test here is named after a mistake that another tool made, so that it is not made again.

// A dry run wrote because one code path forgot the flag.
// https://github.com/github/safe-settings issues 551 and 734.
func TestTrapDryRunThatWrote(t *testing.T) {
	for _, api := range []string{"integrations", "flows"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			m := r.file("m.yaml", string(sandbox.DemoManifest(api)))
			saved := r.dir + "/plan.json"
			for _, args := range [][]string{
				{"plan", "-f", m}, {"plan", "-f", m, "--out", saved, "--strict"}, {"plan", "-f", m, "--format", "json", "-v"},
				{"drift", "-f", m}, {"drift", "-f", m, "--format", "markdown"}, {"doctor", "-f", m},
				{"doctor", "--api", api, "--format", "json"},
				{"export", "--api", api}, {"export", "--api", api, "--merge", m, "--out", r.dir + "/merged.yaml"},
				{"validate", "-f", m},
				{"apply", "-f", m}, {"apply", "-f", m, "--auto-approve", "--max-changes", "0"}, {"apply", saved, "--deny-lower"},
			} {
				r.run(args...)
			}
			if writes := writesIn(r.server.Requests()); len(writes) > 0 {
				t.Errorf("written: %v", writes)
			}
			if len(r.server.Requests()) == 0 {
				t.Error("nothing was read either: this test sees nothing")
			}
		})
	}
}

// Success was reported where reading had failed, and a 429 was taken for "does not exist".
// https://github.com/StackExchange/dnscontrol issues 2474 and 2995.
func TestTrapFailedReadTakenForAbsence(t *testing.T) {
	for name, fault := range map[string]string{
		"429 on the listing":            "status=429,path=pageNumber,header.Retry-After=3600",
		"429 on one action":             "status=429,path=/actions/custom,header.Retry-After=3600",
		"403 on the second look":        "status=403,path=[?&]name=",
		"a page instead of the listing": "html,path=pageNumber",
		"an empty answer":               "empty,path=pageNumber",
		"half a listing":                "truncate,path=pageNumber",
		"503 on a function":             "status=503,path=/function,header.Retry-After=3600",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			broken := r.fault(fault)
			r.fault("omit-config,path=pageNumber") // so that actions are read singly too
			m := r.manifest("flows:", "  - {name: Card Payment, actions: [{name: Take card payment, timeout: 25s}]}",
				"actions:", "  - {name: Score call intent, timeout: 5s}", "  - {name: Moved away, timeout: 5s}")
			for _, command := range []string{"plan", "drift"} {
				o := r.run(command, "-f", m, "--format", "json").exits(1)
				if command == "drift" && strings.Contains(o.stdout, plan.ActionUnreadable) {
					continue // drift compares the rest: what was moved away is not found
				}
				if strings.Contains(o.stdout, plan.ActionNotFound) || !strings.Contains(o.stdout, `"error"`) {
					t.Errorf("a failure to read became a plan:\n%s", o.stdout)
				}
			}
			o := r.run("apply", "-f", m, "--auto-approve", "--format", "json").exits(1)
			if strings.Contains(o.stdout, `"results"`) {
				t.Errorf("a failure to read became a report:\n%s", o.stdout)
			}
			if r.server.Hits(broken) < 3 {
				t.Error("not every run met the fault: this test sees nothing")
			}
		})
	}
}

// A flow that cannot be read is said to be unreadable, and what its callers meet is unknown; it does not become a flow
// that calls nothing, and the rest of the plan stands.
func TestTrapUnreadableFlowCallsNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.fault("status=503,path=/configuration,header.Retry-After=3600")
	m := r.manifest("flows:", "  - {name: Card Payment, actions: [{name: Take card payment, timeout: 30s}]}")
	d := r.run("plan", "-f", m, "--format", "json").exits(0).plan()
	var codes []string
	for _, f := range d.Findings {
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, plan.FlowUnreadable) || slices.Contains(codes, plan.ActionNotUsedByFlow) {
		t.Errorf("findings %v, want %s and not %s", codes, plan.FlowUnreadable, plan.ActionNotUsedByFlow)
	}
	if len(d.Changes) != 1 || d.Changes[0].CallersMeetMS != nil {
		t.Errorf("%+v, want one change whose callers are unknown", d.Changes)
	}
}

// The JSON result was lost because the process ended before it was written out (decK). Here a slow reader takes a
// result that is larger than any pipe's buffer, and the exit status is that of a failure.
func TestTrapResultLostByExit(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{Empty: true})
	var m strings.Builder
	m.WriteString("actions:\n")
	for i := range 400 {
		r.add(fmt.Sprintf("Action %03d %s", i, strings.Repeat("long ", 100)), 3)
		fmt.Fprintf(&m, "  - {id: %s, timeout: 5s}\n", trapID(i))
	}
	m.WriteString("  - {id: custom_-_gone, timeout: 5s}\n")
	cmd := exec.CommandContext(t.Context(), tool, "plan", "-f", r.manifest(m.String()), "--format", "json")
	cmd.Env = []string{"GORACE=" + endAtOnce}
	for name, value := range r.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := io.CopyBuffer(&got, struct{ io.Reader }{out}, make([]byte, 512)); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	o := outcome{t, cmd.ProcessState.ExitCode(), got.String(), ""}
	if d := o.exits(1).plan(); d.Summary.Update != 400 || d.Summary.Errors != 1 || got.Len() < 128<<10 {
		t.Errorf("summary %+v in %d bytes", d.Summary, got.Len())
	}
}

// add adds a data action with the next id.
func (r *fixture) add(name string, seconds int) string {
	r.t.Helper()
	id := trapID(len(r.server.Actions()))
	doc := fmt.Sprintf(`{"id":%q,"name":%q,"category":"C","integrationId":"i","version":1,`+
		`"config":{"timeoutSeconds":%d,"request":{"requestUrlTemplate":"/"},"response":{}}}`, id, name, seconds)
	if err := r.server.AddAction([]byte(doc)); err != nil {
		r.t.Fatal(err)
	}
	return id
}

func trapID(i int) string { return fmt.Sprintf("custom_-_%08d-0000-4000-8000-000000000000", i) }

// Shared state let one object's value leak into another's difference under concurrency.
// https://github.com/github/safe-settings issue 944.
func TestTrapValuesLeakBetweenActions(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{Empty: true})
	var lines []string
	for i := range 55 {
		r.add(fmt.Sprintf("Action %d", i), i+1)
		lines = append(lines, fmt.Sprintf("  - {name: Action %d, timeout: %ds}", i, 60-i))
	}
	r.server.Fault(sandbox.Fault{Kind: sandbox.FaultTouch, Method: "PATCH", At: 3,
		Times: 5}) // some are read and written twice
	m := r.manifest(append([]string{"actions:"}, lines...)...)
	report := r.run("apply", "-f", m, "--auto-approve", "--format", "json", "--concurrency", "16").exits(0).report()
	if report.Summary.Applied < 50 {
		t.Fatalf("summary %+v", report.Summary)
	}
	for _, x := range report.Results {
		var i int
		if _, err := fmt.Sscanf(x.Action.Name, "Action %d", &i); err != nil {
			t.Fatal(err)
		}
		if *x.BeforeMS != int64(i+1)*1000 || x.AfterMS != int64(60-i)*1000 {
			t.Errorf("%s: %d to %d", x.Action.Name, *x.BeforeMS, x.AfterMS)
		}
		if x.Status != plan.Applied {
			continue
		}
		want := fmt.Sprintf("- timeoutSeconds: %d\n+ timeoutSeconds: %d", i+1, 60-i)
		if got := strings.TrimSpace(x.Diff); got != want {
			t.Errorf("%s: the difference is\n%s\nwant\n%s", x.Action.Name, got, want)
		}
		if got := r.timeout(x.Action.Name); got != fmt.Sprint(60-i) {
			t.Errorf("%s is set to %s, want %d", x.Action.Name, got, 60-i)
		}
	}
}

// A parallelism of 0 hung forever.
// https://github.com/Kong/deck issue 2114.
func TestTrapParallelismOfNoneHangs(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest("actions: [{name: Customer lookup, timeout: 12s}]")
	for _, args := range [][]string{
		{"plan", "-f", m, "--concurrency", "0"}, {"drift", "-f", m, "--concurrency", "-3"},
		{"apply", "-f", m, "--auto-approve", "--concurrency", "0"},
		{"export", "--concurrency", "0"}, {"doctor", "--concurrency", "0"}, {"plan", "-f", m, "--rate-limit", "0"},
		{"export", "--rate-limit", "-1"},
	} {
		r.run(args...).exits(1).says("must be at least 1")
	}
	if n := len(r.server.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// Sign-in was outside of the layer that repeats requests.
// https://github.com/Kong/deck issue 1381.
func TestTrapSignInIsNotRepeated(t *testing.T) {
	for _, fault := range []string{"status=503,path=/oauth/token,times=1", "status=429,path=/oauth/token,times=1",
		"reset,path=/oauth/token,times=1"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			r.fault(fault)
			r.run("plan", "-f", r.manifest("actions: [{name: Customer lookup, timeout: 12s}]")).exits(0)
			if n := r.count("POST", "/oauth/token"); n != 2 {
				t.Errorf("%d sign-ins, want 2", n)
			}
		})
	}
}

// A failed run reported "0 created, 0 updated, 0 deleted".
// https://github.com/Kong/deck issue 2122.
func TestTrapFailedRunReportsNothing(t *testing.T) {
	m := []string{"actions:", "  - {name: Customer lookup, timeout: 12s}", "  - {name: Get order, timeout: 12s}",
		"  - {name: Get invoice, timeout: 10s}"}
	for name, test := range map[string]struct {
		fault string
		extra []string
		want  plan.ReportSummary
	}{
		"a plan with errors": {"", []string{"  - {name: Nobody, timeout: 12s}"}, plan.ReportSummary{Unchanged: 1,
			Failed: 1, Skipped: 2}},
		"writes refused": {"status=403,method=PATCH", nil, plan.ReportSummary{Unchanged: 1, Failed: 1, Skipped: 1}},
		"reads before a write": {"status=500,method=GET,path=/actions/custom,header.Retry-After=3600", nil,
			plan.ReportSummary{Unchanged: 1, Failed: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			if test.fault != "" {
				r.fault(test.fault)
			}
			got := r.run("apply", "-f", r.manifest(append(slices.Clone(m), test.extra...)...), "--auto-approve",
				"--format", "json").exits(1).report()
			if diff := cmp.Diff(test.want, got.Summary); diff != "" {
				t.Error(diff)
			}
			for _, x := range got.Results {
				if x.Status != plan.Unchanged && (x.Code == "" || x.Error == "") {
					t.Errorf("%s %s without a reason: %+v", x.Action.Name, x.Status, x)
				}
			}
		})
	}
}

// A saved plan was applied over another user's later change, and the exit status was 0 (Terraform with the vendor's
// provider).
func TestTrapSavedPlanOverwritesLaterChange(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	saved := r.dir + "/plan.json"
	r.run("plan", "-f", r.manifest("actions: [{name: Customer lookup, timeout: 12s}, {name: Add case comment, "+
		"timeout: 12s}]"), "--out", saved).exits(0)
	for _, name := range []string{"Customer lookup", "Add case comment"} { // the second had none set
		if err := r.server.SetTimeout(r.server.ActionID(name, ""), 7); err != nil {
			t.Fatal(err)
		}
	}
	got := r.run("apply", saved, "--format", "json").exits(1).report()
	for _, x := range got.Results {
		if x.Status != plan.Failed || x.Code != "stale" || r.timeout(x.Action.Name) != "7" {
			t.Errorf("%s: %s %s, now %s", x.Action.Name, x.Status, x.Code, r.timeout(x.Action.Name))
		}
	}
	if writes := writesIn(r.server.Requests()); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}

// A difference never went away: "12 -> unset", at every plan, forever (several Terraform providers).
func TestTrapDifferenceThatNeverGoesAway(t *testing.T) {
	for _, api := range []string{"integrations", "flows"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			m := r.file("m.yaml", string(sandbox.DemoManifest(api)))
			r.run("apply", "-f", m, "--auto-approve").exits(0)
			if d := r.run("plan", "-f", m, "--detailed-exitcode", "--format", "json").exits(0).plan(); d.Summary.Update != 0 {
				t.Errorf("still to update: %+v", d.Summary)
			}
			r.run("drift", "-f", m).exits(0).says("In step.")
			r.server.ForgetRequests()
			r.run("apply", "-f", m, "--auto-approve").exits(0)
			if writes := writesIn(r.server.Requests()); len(writes) > 0 {
				t.Errorf("written again: %v", writes)
			}
		})
	}
}

// The vendor's provider dropped unknown fields of config, request and response, by an update whose plan showed the
// timeout alone. Here the stored documents are compared with their numbers' digits, but for the timeout and the
// version.
func TestTrapUnknownFieldsDropped(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	for _, name := range []string{"Customer lookup", "Set contact preferences", "Take card payment"} {
		id := r.server.ActionID(name, "")
		before, _ := r.server.Action(id)
		r.run("apply", "-f", r.manifest("actions: [{name: "+name+", timeout: 33s}]"), "--auto-approve").exits(0)
		after, _ := r.server.Action(id)
		if diff := cmp.Diff(withoutTimeout(t, before), withoutTimeout(t, after)); diff != "" {
			t.Errorf("%s: more than the timeout changed (-before +after):\n%s", name, diff)
		}
		if got := r.timeout(name); got != "33" {
			t.Errorf("%s is set to %s", name, got)
		}
	}
	doc, _ := r.server.Action(r.server.ActionID("Customer lookup", ""))
	for _, odd := range []string{"9007199254740993", "1.0", "Käthe Øster"} {
		if !bytes.Contains(doc, []byte(odd)) {
			t.Errorf("the sandbox's odd document lost %s: this test sees nothing", odd)
		}
	}
}

// withoutTimeout is a data action's document without what an apply may change; numbers keep their digits.
func withoutTimeout(t *testing.T, raw []byte) any {
	t.Helper()
	doc, err := oneDocument(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	action := doc.(map[string]any)
	delete(action, "version")
	delete(action["config"].(map[string]any), "timeoutSeconds")
	return doc
}

// A write that was answered with 200 and did not stick was reported as applied (the vendor's provider).
