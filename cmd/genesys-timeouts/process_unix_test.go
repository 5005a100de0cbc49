//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/sandbox"
)

// fileLimit names the size in bytes beyond which the program under test cannot write files, as if the disk were full.
const fileLimit = "GENESYS_TIMEOUTS_TEST_FILE_LIMIT"

// The program under test is this test binary, run again (see TestMain).
func init() {
	if n, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ) // the write fails, as on a full disk
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
}

// fixture is a sandbox, a folder and an environment to run the program in.
type fixture struct {
	t      *testing.T
	server *sandbox.Server
	dir    string
	env    map[string]string
}

func newFixture(t *testing.T, o sandbox.Options) *fixture {
	t.Helper()
	server, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return &fixture{t: t, server: server, dir: t.TempDir(), env: server.Env()}
}

// many fills an empty sandbox with n data actions and gives a manifest that changes every one. The timeouts were 3 s.
func (s *fixture) many(n int) (ids []string) {
	s.t.Helper()
	var text strings.Builder
	text.WriteString("version: 1\nactions:\n")
	for i := range n {
		id := fmt.Sprintf("custom_-_%08d-0d57-4f0e-8a55-0c6f2b7d9f10", i)
		doc := fmt.Appendf(nil,
			`{"id":%q,"name":"Action %05d","integrationId":"4f1d","category":"CRM","version":4,`+
				`"config":{"request":{"requestTemplate":"${input.rawRequest}","trace":9007199254740993},`+
				`"response":{"successTemplate":"${rawResult}"},"timeoutSeconds":3}}`, id, i)
		if err := s.server.AddAction(doc); err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(&text, "  - {id: %s, timeout: 12s}\n", id)
		ids = append(ids, id)
	}
	s.write("m.yaml", text.String())
	return ids
}

func (s *fixture) path(name string) string { return filepath.Join(s.dir, name) }

func (s *fixture) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// command is the program, not yet started.
func (s *fixture) command(args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.CommandContext(s.t.Context(), "genesys-timeouts", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, stdout, stderr
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd, stdout, stderr
}

// outcome is what a run left.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs the program to its end.
func (s *fixture) run(args ...string) outcome {
	s.t.Helper()
	cmd, stdout, stderr := s.command(args...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return s.end(cmd, stdout, stderr)
}

// end waits for a command, and checks what holds for every run: no stack trace, no race, no secret.
func (s *fixture) end(cmd *exec.Cmd, stdout, stderr *bytes.Buffer) outcome {
	s.t.Helper()
	_ = cmd.Wait() // its status is looked at
	return s.checked(outcome{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()})
}

// checked fails where an output holds what none may.
func (s *fixture) checked(o outcome) outcome {
	s.t.Helper()
	for _, bad := range []string{"goroutine ", "panic:", "DATA RACE", "Unsolicited response",
		s.env["GENESYS_CLIENT_SECRET"], s.env["GENESYS_ACCESS_TOKEN"]} {
		if bad != "" && strings.Contains(o.stdout+o.stderr, bad) {
			s.t.Errorf("%q is shown:\n%s%s", bad, o.stdout, o.stderr)
		}
	}
	for _, r := range s.server.Requests() {
		if _, token, ok := strings.Cut(r.Header.Get("Authorization"), "Bearer "); ok &&
			strings.Contains(o.stdout+o.stderr, token) {
			s.t.Errorf("a token is shown:\n%s%s", o.stdout, o.stderr)
			break
		}
	}
	return o
}

// want fails unless a run ended with this status and its outputs hold these texts.
func (s *fixture) want(o outcome, code int, texts ...string) {
	s.t.Helper()
	if o.code != code {
		s.t.Errorf("exit status %d, want %d\n%s%s", o.code, code, o.stdout, o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			s.t.Errorf("no %q in\n%s%s", text, o.stdout, o.stderr)
		}
	}
}

// report decodes the report of an apply with --format json.
func (s *fixture) report(o outcome) plan.Report {
	s.t.Helper()
	var r plan.Report
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil || r.FormatVersion == "" {
		s.t.Fatalf("no report: %v\n%s%s", err, o.stdout, o.stderr)
	}
	return r
}

// failure decodes the document of a run with --format json that had no plan and no report.
func (s *fixture) failure(o outcome) report.FailureError {
	s.t.Helper()
	var f report.Failure
	if err := json.Unmarshal([]byte(o.stdout), &f); err != nil || f.Error == nil {
		s.t.Fatalf("no failure: %v\n%s%s", err, o.stdout, o.stderr)
	}
	return *f.Error
}

// writes counts the writes that arrived.
func (s *fixture) writes() int {
	n := 0
	for _, r := range s.server.Requests() {
		if r.Method != "GET" && !r.SignIn() {
			n++
		}
	}
	return n
}

// agrees fails unless a report says of each action what the server shows.
func (s *fixture) agrees(r plan.Report) {
	s.t.Helper()
	for _, result := range r.Results {
		doc, _ := s.server.Action(result.Action.ID)
		var live struct {
			Version int64
			Config  struct{ TimeoutSeconds int64 }
		}
		if err := json.Unmarshal(doc, &live); err != nil {
			s.t.Fatal(err)
		}
		written := live.Config.TimeoutSeconds*1000 == result.AfterMS
		if said := result.Status == plan.Applied || result.Status == plan.Unchanged; said != written {
			s.t.Errorf("%s has %d s, and the report says %s %s: %s", result.Action.ID, live.Config.TimeoutSeconds,
				result.Status, result.Code, result.Error)
		}
		if live.Version > 5 || live.Version == 5 != written {
			s.t.Errorf("%s has version %d", result.Action.ID, live.Version)
		}
	}
}

// with is the environment with one variable changed; "" unsets it.
func (s *fixture) with(name, value string) {
	s.env = maps.Clone(s.env)
	if s.env[name] = value; value == "" {
		delete(s.env, name)
	}
}
