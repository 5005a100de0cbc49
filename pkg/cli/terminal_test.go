package cli_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// atTerminal has a person sit at the program, who types an answer.
func (r *fixture) atTerminal(answer string) *fixture {
	r.env.InTerminal, r.env.OutTerminal, r.env.ErrTerminal, r.env.Width = true, true, true, 100
	r.env.Stdin = strings.NewReader(answer)
	return r
}

const one = "actions: [{name: Customer lookup, timeout: 12s}]"

func TestApplyAsksAtATerminal(t *testing.T) {
	for answer, yes := range map[string]bool{
		"yes\n": true, "YES \n": true, "y\n": true, "yes": true,
		"no\n": false, "\n": false, "": false, "yes please\n": false, "ye\nyes\n": false,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{}).atTerminal(answer)
			o := r.run("apply", "-f", r.manifest(one))
			o.says("Customer lookup", "Write 1 timeout to mypurecloud.com ("+r.server.URL()+")? [yes/no]")
			writes, want, now := len(writesIn(r.server.Requests())), 0, "3"
			if yes {
				want, now = 1, "12"
				o.exits(0)
			} else {
				o.exits(1).says("not confirmed: nothing was written")
			}
			if ended := strings.HasSuffix(answer, "\n"); strings.Contains(o.stderr, "[yes/no] \n") == ended {
				// a newline that was typed is on the screen already
				t.Errorf("the line of the question: %q", o.stderr)
			}
			if writes != want || r.timeout("Customer lookup") != now {
				t.Errorf("%d writes, the timeout is %s", writes, r.timeout("Customer lookup"))
			}
		})
	}
}

func TestApplyAsksNothingWhereThereIsNothingToAsk(t *testing.T) {
	unread := iotest{errors.New("the answer was read")}
	for name, args := range map[string][]string{
		"no change":   {"apply", "-f", "same"},
		"approved":    {"apply", "-f", "m", "--auto-approve"},
		"a plan":      {"apply", "plan"},
		"with errors": {"apply", "-f", "wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{}).atTerminal("")
			r.env.Stdin = unread
			files := map[string]string{
				"same": r.file("same.yaml", "version: 1\nactions: [{name: Customer lookup, timeout: 3s}]\n"), "m": r.manifest(one),
				"wrong": r.file("wrong.yaml", "version: 1\nactions: [{name: Nobody, timeout: 3s}]\n"), "plan": r.dir + "/plan.json",
			}
			r.run("plan", "-f", files["m"], "--out", files["plan"]).exits(0)
			for i, arg := range args {
				if file, ok := files[arg]; ok && i > 0 {
					args[i] = file
				}
			}
			o := r.run(args...)
			if strings.Contains(o.stdout+o.stderr, "[yes/no]") || strings.Contains(o.stderr, "was read") {
				t.Errorf("it asked:\n%s%s", o.stdout, o.stderr)
			}
		})
	}
}

// iotest is a reader that must not be read.
type iotest struct{ err error }

func (r iotest) Read([]byte) (int, error) { return 0, r.err }

// TestApplyAsksBesidesJSON: stdout is the report alone; plan and question go to the person, on stderr.
func TestApplyAsksBesidesJSON(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{}).atTerminal("yes\n")
	r.env.OutTerminal = false // the report is redirected to a file
	o := r.run("apply", "-f", r.manifest(one), "--format", "json").exits(0)
	if o.report().Summary.Applied != 1 || !strings.Contains(o.stderr, "Customer lookup") ||
		!strings.Contains(o.stderr, "[yes/no]") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", o.stdout, o.stderr)
	}
}

// TestApplyAsksAboutWhatItShows: who is asked sees the plan first, also where stderr goes elsewhere.
func TestApplyAsksAboutWhatItShows(t *testing.T) {
	for _, format := range []string{"json", "markdown"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{}).atTerminal("yes\n")
			r.env.OutTerminal, r.env.ErrTerminal = false, false
			o := r.run("apply", "-f", r.manifest(one), "--format", format).exits(0)
			plan, _, asked := strings.Cut(o.stderr, "[yes/no]")
			if !asked || !strings.Contains(plan, "Customer lookup") || !strings.Contains(plan, "12s") {
				t.Errorf("stderr:\n%s", o.stderr)
			}
		})
	}
}

// TestRefusedPlanIsNotShownToNobody: where nothing will be asked and no person sits, the report on stdout is all
// there is.
func TestRefusedPlanIsNotShownToNobody(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	saved := r.dir + "/plan.json"
	r.run("plan", "-f", r.manifest(one), "--out", saved).exits(0)
	if o := r.run("apply", saved, "--max-changes", "0", "--format", "json").exits(1); o.stderr != "" {
		t.Errorf("stderr:\n%s", o.stderr)
	}
}

// TestTimeWithoutReadBack: what was written and could not be read back when the time had run out is not a success.
func TestTimeWithoutReadBack(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.env.Now, r.env.Sleep = time.Now, nil // real time runs out
	r.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Do: func(s *sandbox.Server) {
		s.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Method: "GET"})
	}})
	r.server.Fault(sandbox.Fault{Kind: sandbox.FaultDelay, Delay: time.Second, Method: "PATCH"})
	o := r.run("apply", "-f", r.manifest(one), "--auto-approve", "--timeout", "500ms", "--format", "json").exits(1)
	if got := o.report(); got.Summary != (plan.ReportSummary{Applied: 1}) || got.Results[0].Code != "verify-failed" {
		t.Errorf("%+v", got)
	}
}

// TestQuestionEndsWithTheRun: Ctrl-C and --timeout end a run that waits for an answer which never comes.
func TestQuestionEndsWithTheRun(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
	}{"interrupt": {nil, 130}, "timeout": {[]string{"--timeout", "2s"}, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{}).atTerminal("")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r.ctx = ctx
			in, typing := io.Pipe()
			defer typing.Close()
			r.env.Stdin = in
			m := r.manifest(one)
			if test.args == nil {
				r.env.Stdin = readerFunc(func([]byte) (int, error) { cancel(); return in.Read(nil) })
			}
			r.run(append([]string{"apply", "-f", m}, test.args...)...).exits(test.code).says("nothing was written")
			if writes := writesIn(r.server.Requests()); len(writes) > 0 {
				t.Errorf("written: %v", writes)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// TestInterruptLetsWritesFinish: what is under way is finished and read back, nothing else is started, and there is a
// report.
func TestInterruptLetsWritesFinish(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.ctx = ctx
	r.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Do: func(*sandbox.Server) { cancel() }})
	m := r.manifest("actions:", "  - {name: Customer lookup, timeout: 12s}",
		"  - {name: Get order, timeout: 12s}", "  - {name: Verify PIN, timeout: 12s}")
	o := r.run("apply", "-f", m, "--auto-approve", "--concurrency", "1", "--format", "json").exits(130)
	want := plan.ReportSummary{Applied: 1, Skipped: 2}
	if got := o.report(); got.Summary != want {
		t.Errorf("%+v, want %+v", got.Summary, want)
	}
	if n := len(writesIn(r.server.Requests())); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// TestInterruptedRead: there is no plan, and it says so.
func TestInterruptedRead(t *testing.T) {
	for _, args := range [][]string{{"plan", "--format", "json"}, {"drift", "--format", "json"}, {"export"},
		{"doctor", "--format", "json"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, sandbox.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r.ctx = ctx
			r.server.Fault(sandbox.Fault{Kind: sandbox.FaultHang, Path: "/api/", Do: func(*sandbox.Server) { cancel() }})
			if args[0] == "plan" || args[0] == "drift" {
				args = append(args, "-f", r.manifest(one))
			}
			r.run(args...).exits(130).says("interrupted")
		})
	}
}

// TestColourAndProgress: colours and the progress line are for terminals alone, and can be switched off.
func TestColourAndProgress(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{}).atTerminal("")
	m := r.manifest("flows: [{name: Card Payment, actions: [{name: Take card payment, timeout: 30s}]}]")
	const escape = "\x1b["
	if o := r.run("plan", "-f", m).exits(0); !strings.Contains(o.stdout, escape) || !strings.Contains(o.stderr, "\r") {
		t.Errorf("neither colour nor progress at a terminal: %q %q", o.stdout, o.stderr)
	}
	if o := r.run("plan", "-f", m, "--no-color", "--quiet").exits(0); strings.Contains(o.stdout+o.stderr, escape) {
		t.Errorf("--no-color and --quiet: %q %q", o.stdout, o.stderr)
	}
	for _, args := range [][]string{{"plan", "-f", m, "--format", "json"}, {"plan", "-f", m, "--format", "markdown"}} {
		if o := r.run(args...).exits(0); strings.Contains(o.stdout, escape) {
			t.Errorf("%v: colour", args)
		}
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		r.vars[name] = value
		if o := r.run("plan", "-f", m, "-q").exits(0); strings.Contains(o.stdout, escape) {
			t.Errorf("%s=%s: colour", name, value)
		}
		delete(r.vars, name)
	}
	r.vars["TERM"] = "dumb"
	if o := r.run("plan", "-f", m).exits(0); o.stderr != "" {
		t.Errorf("progress on a terminal that cannot erase a line: %q", o.stderr)
	}
	delete(r.vars, "TERM")
	r.vars["CI"] = "true"
	if o := r.run("plan", "-f", m).exits(0); o.stderr != "" {
		t.Errorf("progress in CI: %q", o.stderr)
	}
}

// TestClosedOutput: a reader that goes away (`| head`) changes neither the exit status nor what is written, and is no
// error.
func TestClosedOutput(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest(one)
	wrong := r.file("wrong.yaml", "version: 1\nactions: [{name: Nobody, timeout: 3s}]\n")
	for _, test := range []struct {
		status int
		args   []string
	}{
		{0, []string{"plan", "-f", m}}, {0, []string{"plan", "-f", m, "--format", "json"}},
		{0, []string{"plan", "-f", m, "--format", "markdown"}},
		{2, []string{"plan", "-f", m, "--detailed-exitcode"}}, {1, []string{"plan", "-f", wrong}},
		{2, []string{"drift", "-f", m}},
		{0, []string{"export", "--include-unset", "--built-in"}},
		{0, []string{"doctor"}}, {0, []string{"validate", "-f", m}}, {0, []string{"schema"}},
		{0, []string{"version"}}, {0, []string{"version", "--format", "json"}}, {0, []string{"completion", "bash"}},
		{0, []string{"completion", "zsh"}}, {0, []string{"completion", "fish"}}, {0, []string{"--help"}},
		{0, []string{"help", "plan"}},
		{0, []string{"demo"}},
	} {
		var stderr strings.Builder
		env := r.env
		env.Args, env.Stdout, env.Stderr = test.args, closedPipe(t), &stderr
		if code := cli.Run(t.Context(), env); code != test.status || stderr.String() != "" {
			t.Errorf("%v: exit status %d, want %d; stderr %q", test.args, code, test.status, stderr.String())
		}
	}
	var stderr strings.Builder // only apply's report must not go unsaid
	env := r.env
	env.Args, env.Stdout, env.Stderr = []string{"apply", "-f", m, "--auto-approve"}, closedPipe(t), &stderr
	if code := cli.Run(t.Context(), env); code != 1 || !strings.Contains(stderr.String(),
		"error: printing report (1 applied") {
		t.Errorf("apply: exit status %d, stderr %q", code, stderr.String())
	}
	if got := r.timeout("Customer lookup"); got != "12" {
		t.Errorf("apply: the timeout is %s, want 12", got)
	}
}

// TestFullOutput: any other failure to print stays a failure.
func TestFullOutput(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest(one)
	for _, args := range [][]string{{"plan", "-f", m}, {"plan", "-f", m, "--format", "json"}, {"drift", "-f", m},
		{"export"},
		{"doctor"}, {"validate", "-f", m}, {"version"}, {"--help"}, {"completion", "bash"},
		{"apply", "-f", m, "--auto-approve"}} {
		var stderr strings.Builder
		env := r.env
		env.Args, env.Stdout, env.Stderr = args, fullDisk{}, &stderr
		if code := cli.Run(t.Context(), env); code != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: exit status %d, stderr %q", args, code, stderr.String())
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func closedPipe(t *testing.T) io.Writer {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

// TestRequestsNeverExceedConcurrency also on surface flows and in an export, where requests come from several places.
func TestRequestsNeverExceedConcurrency(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	most := 0
	for _, args := range [][]string{{"export", "--all-flows"}, {"export", "--api", "flows"},
		{"plan", "-f", r.file("m.yaml", string(sandbox.DemoManifest("flows")))}} {
		r.server.ForgetRequests()
		r.run(append(args, "--concurrency", "2")...).exits(0)
		most = max(most, r.server.Peak())
	}
	if most > 2 {
		t.Errorf("%d requests at the same time", most)
	}
}
