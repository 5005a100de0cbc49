package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// TestMain lets the tests run this program as its own process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"genesys-timeouts": main})
}

const manifest = `version: 1
actions:
  - {name: Customer lookup, timeout: 12s}
  - {name: Get order, timeout: 12s}
  - {name: Verify PIN, timeout: 12s}
`

// process is the program against a sandbox, not yet started.
func process(t *testing.T, args ...string) (*exec.Cmd, *sandbox.Server) {
	t.Helper()
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	file := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "genesys-timeouts", append(args, "-f", file)...)
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0"} // by default each process sleeps for a second at its end
	for name, value := range server.Env() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd, server
}

// TestSignalLetsWritesFinish: one SIGINT or SIGTERM ends the run in order: the write under way is finished and read
// back, no other is started, the report is printed, and the exit status is 130.
func TestSignalLetsWritesFinish(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd, server := process(t, "apply", "--auto-approve", "--concurrency", "1", "--format", "json")
			running := make(chan *os.Process, 1)
			server.Fault(sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 300 * time.Millisecond, Method: "PATCH", Times: 1,
				Do: func(*sandbox.Server) { _ = (<-running).Signal(signal) }})
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running <- cmd.Process
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Fatalf("exit status %d, want 130\n%s%s", code, stdout.String(), stderr.String())
			}
			var report plan.Report
			if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
				t.Fatalf("no report: %v\n%s", err, stdout.String())
			}
			if want := (plan.ReportSummary{Applied: 1, Skipped: 2}); report.Summary != want {
				t.Errorf("%+v, want %+v", report.Summary, want)
			}
		})
	}
}

// TestSecondSignalEndsAtOnce: whoever presses Ctrl-C twice means it, also while a write is under way.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	cmd, server := process(t, "apply", "--auto-approve", "--concurrency", "1")
	reached := make(chan struct{})
	server.Fault(sandbox.Fault{Kind: sandbox.FaultHang, Method: "PATCH", Times: 1,
		Do: func(*sandbox.Server) { close(reached) }})
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// Signals of one kind that come together are one: they are sent until the process has seen two.
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-ended:
			tick.Stop()
			if code := cmd.ProcessState.ExitCode(); code != 130 || time.Since(began) > 10*time.Second {
				t.Errorf("exit status %d after %s, want 130 at once", code, time.Since(began))
			}
			return
		case <-tick.C:
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
}

// TestReaderThatWentAway: a closed pipe (`| head`) is neither an error nor death by SIGPIPE: the run ends in its own
// status.
func TestReaderThatWentAway(t *testing.T) {
	cmd, _ := process(t, "plan", "--format", "json")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &stderr
	_ = cmd.Run()
	_ = writer.Close()
	if code := cmd.ProcessState.ExitCode(); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit status %d, want 0\n%s", code, stderr.String())
	}
}
