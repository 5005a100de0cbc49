package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
)

// Each test here is named after a fault this program had.

// A defect ended in status 2, which drift defines as drifted, and a page of stack.
func TestPanicEndsInOneLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"drift"}, {"plan"}, {"plan", "--format", "json"}} {
		r := newFixture(t, sandbox.Options{})
		args = append(args, "-f", r.manifest(one))
		r.env.Now = func() time.Time { panic("index out of range [3] with length 3") }
		o := r.run(args...).exits(1).says("internal error: index out of range", "please report it")
		if strings.Contains(o.stdout+o.stderr, "goroutine") {
			t.Errorf("%v: a stack:\n%s%s", args, o.stdout, o.stderr)
		}
	}
}

// The progress line stayed on screen and ran into doctor's first row.
func TestDoctorClearsTheProgressLine(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{Empty: true}).atTerminal("")
	for i := range 120 { // two pages
		r.add(fmt.Sprintf("Action %d", i), 3)
	}
	o := r.run("doctor", "-f", r.manifest("actions: [{name: Action 1, timeout: 3s}]")).exits(0)
	if !strings.Contains(o.stderr, "reading pages") || !strings.HasSuffix(o.stderr, "\r\x1b[K") {
		t.Errorf("stderr: %q", o.stderr)
	}
}

func TestDoctorWrapsItsRowsOnATerminal(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{}).atTerminal("")
	r.env.Width = 60
	r.vars["GENESYS_CLIENT_SECRET"] = "wrong"
	o := r.run("doctor", "-f", r.manifest(one)).exits(1)
	for line := range strings.Lines(o.stdout) {
		line = strings.TrimRight(line, "\n")
		if len([]rune(line)) > 60 && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
	r.env.Width, r.env.OutTerminal = 0, false
	if o := r.run("doctor", "-f", r.dir+"/m.yaml"); !strings.Contains(o.stdout, "fail  sign-in") ||
		!strings.Contains(o.stdout, "(code invalid_client") {
		t.Errorf("a row is wrapped in a pipe:\n%s", o.stdout)
	}
}

// "reading flows: 2 of 6" stayed on screen: the total counted flows that were not read.
func TestProgressCountsTheFlowsThatAreRead(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{}).atTerminal("")
	r.env.Now = fixedClock // so that only a complete phase is shown
	m := r.manifest("flows:", "  - {name: Card Payment, actions: [{name: Take card payment, timeout: 30s}]}",
		"  - {name: Inbound Support, type: inboundcall, actions: [{name: Customer lookup, timeout: 12s}]}")
	o := r.run("plan", "-f", m).exits(0)
	if !strings.Contains(o.stderr, "reading flows: 2 of 2") || strings.Contains(o.stderr, "of 6") {
		t.Errorf("stderr: %q", o.stderr)
	}
}

func TestCompletionsShowNoBackticks(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	for _, command := range []string{"plan", "export", "sandbox", "apply", "doctor"} {
		o := r.run("__complete", command, "--").exits(0)
		if !strings.Contains(o.stdout, "--environment") && command != "sandbox" || strings.Contains(o.stdout, "`") {
			t.Errorf("%s:\n%s", command, o.stdout)
		}
	}
	r.run("plan", "--help").exits(0).says("--max-changes N")
}

func TestShareOverAHundredPercentIsRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	r.run("plan", "-f", r.manifest(one), "--max-changes", "101%").exits(1).says("--max-changes", "from 0% to 100%")
	if n := len(r.server.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// An undo file inside a folder of manifests would be desired state for the next run.
func TestSavePreviousInsideTheManifestsIsRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	folder := filepath.Join(r.dir, "timeouts")
	if err := os.MkdirAll(filepath.Join(folder, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.file("timeouts/m.yaml", "version: 1\n"+one+"\n")
	for _, name := range []string{"undo.yaml", "sub/undo.yaml", "../timeouts/undo.yml"} {
		undo := filepath.Join(folder, name)
		r.run("apply", "-f", folder, "--auto-approve", "--save-previous", undo).exits(1).
			says("is inside folder", "name a file outside")
		if _, err := os.Stat(undo); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if writes := writesIn(r.server.Requests()); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	r.run("apply", "-f", folder, "--auto-approve", "--save-previous", filepath.Join(r.dir, "undo.yaml")).exits(0)
}

// A folder stands for what is not a regular file; fifo_unix_test.go has FIFOs.
func TestOutputFilesMustBeRegular(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest(one)
	r.run("plan", "-f", m, "--out", r.dir).exits(1).says("not a regular file")
	r.run("apply", r.dir).exits(1).says("not a regular file")
	r.run("apply", "-f", m, "--auto-approve", "--save-previous", r.dir).exits(1).says("exists already")
	if writes := writesIn(r.server.Requests()); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}

// endless is a standard input that nobody ever writes to.
func endless(t *testing.T) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = write.Close(), read.Close() })
	return read
}

// --timeout and Ctrl-C did not end a run that waited for a file.
func TestWaitingForAFileEndsWithTheRun(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"plan", "-f", "-"}, {"apply", "-"}, {"validate", "-f", "-"}, {"doctor", "-f", "-"}} {
		r := newFixture(t, sandbox.Options{})
		r.env.Stdin = endless(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r.ctx = ctx
		r.run(args...).exits(cli.ExitInterrupted)
	}
	r := newFixture(t, sandbox.Options{})
	r.env.Stdin = endless(t)
	r.run("plan", "-f", "-", "--timeout", "10ms").exits(1).says("--timeout ran out")
	if runtime.GOOS == "windows" {
		return
	}
	r.run("apply", "-", "--timeout", "10ms").exits(1).says("--timeout ran out")
}

// A --save-previous file that could not be settled was passed over in silence: the stale timeout's status hid it.
func TestUnsettledPreviousIsSaid(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	undo := filepath.Join(r.dir, "undo.yaml")
	r.server.Fault(sandbox.Fault{Kind: sandbox.FaultEdit, Method: "GET", Path: "/actions/custom", Times: 1,
		Do: func(*sandbox.Server) {
			if err := os.Remove(undo); err == nil {
				_ = os.Mkdir(undo, 0o755)
			}
		}})
	m := r.manifest(one)
	o := r.run("apply", "-f", m, "--auto-approve", "--save-previous", undo).exits(1).
		says("stale", "--save-previous", "still has timeouts that another user changed meanwhile")
	if !strings.Contains(o.stdout, "Applied: 0") {
		t.Errorf("no report:\n%s", o.stdout)
	}
}
