//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// A signal in the middle of many concurrent writes: every change is accounted for, and the report says of each what
// is live.
func TestSignalInTheMiddleOfManyWrites(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			s := newFixture(t, sandbox.Options{Empty: true, Latency: time.Millisecond})
			s.many(60)
			cmd, stdout, stderr := s.command("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
			started := make(chan struct{})
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", At: 20, Times: 1, Do: func(*sandbox.Server) {
				<-started
				_ = cmd.Process.Signal(signal)
			}})
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(started)
			o := s.end(cmd, stdout, stderr)
			s.want(o, 130)
			r := s.report(o)
			s.agrees(r)
			if r.Summary.Applied < 12 || r.Summary.Skipped == 0 || r.Summary.Failed != 0 || len(r.Results) != 60 {
				t.Errorf("%+v, want some applied, and the rest skipped", r.Summary)
			}
			for _, result := range r.Results {
				if result.Status == plan.Skipped && (result.Code != "interrupted" || result.Error == "") {
					t.Errorf("%+v, want that it says why", result)
				}
			}
		})
	}
}

// A signal while nothing happens but a wait for the rate window, which has a minute to go: the end comes now.
func TestSignalWhileWaitingForTheWindow(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true, Allowed: 10})
	s.many(1500) // 15 pages
	cmd, stdout, stderr := s.command("plan", "-f", "m.yaml", "--log-level", "info", "--format", "json")
	read, write := io.Pipe()
	cmd.Stderr = write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines sync.WaitGroup
	lines.Go(func() {
		in := bufio.NewScanner(read)
		for in.Scan() {
			stderr.WriteString(in.Text() + "\n")
			if strings.Contains(in.Text(), "waiting") {
				_ = cmd.Process.Signal(os.Interrupt)
			}
		}
	})
	began := time.Now()
	_ = cmd.Wait()
	_ = write.Close()
	lines.Wait()
	o := s.end(cmd, stdout, stderr)
	s.want(o, 130)
	if f := s.failure(o); f.Code != "interrupted" {
		t.Errorf("%+v, want interrupted", f)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s to end", took)
	}
}

// The time given by --timeout runs out while writes are under way: they finish, and the rest is skipped.
func TestTimeoutRunsOutDuringApply(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(20)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 2500 * time.Millisecond, Method: "PATCH", At: 5})
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json", "--concurrency", "2", "--timeout", "2s")
	s.want(o, 1)
	r := s.report(o)
	s.agrees(r)
	if r.Summary.Applied != 6 || r.Summary.Skipped != 14 || r.Results[19].Code != "timed-out" {
		t.Errorf("%+v, last %+v, want 6 applied and 14 skipped as timed-out", r.Summary, r.Results[19])
	}
}

// The time runs out while reading: an error, and nothing was written.
func TestTimeoutRunsOutDuringPlan(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.FaultHang, sandbox.FaultDrip} {
		s := newFixture(t, sandbox.Options{Empty: true})
		s.many(20)
		s.server.Fault(sandbox.Fault{Kind: kind, Method: "GET", Delay: time.Second})
		for _, command := range []string{"plan", "apply"} {
			args := []string{command, "-f", "m.yaml", "--format", "json", "--timeout", "300ms"}
			if command == "apply" {
				args = append(args, "--auto-approve")
			}
			o := s.run(args...)
			s.want(o, 1)
			if f := s.failure(o); f.Code != "timed-out" || !strings.Contains(f.Message, "--timeout") {
				t.Errorf("%s, %s: %+v, want timed-out", kind, command, f)
			}
		}
		if s.writes() != 0 {
			t.Errorf("%d writes", s.writes())
		}
	}
}

// The reader of stdout goes away before the report is printed: what was done is said on stderr, and the status is a
// failure.
func TestReaderThatWentAwayDuringApply(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(3)
	cmd, stdout, stderr := s.command("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Times: 1,
		Do: func(*sandbox.Server) { _ = read.Close() }})
	cmd.Stdout = write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	s.want(s.end(cmd, stdout, stderr), 1, "3 applied", "broken pipe")
	if s.writes() != 3 {
		t.Errorf("%d writes, want 3", s.writes())
	}
}
