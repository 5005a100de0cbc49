// These tests run the steps of action.yml as GitHub's runner does: GITHUB_* variables and files, and a log that is
// read for workflow commands. Genesys Cloud is the sandbox, GitHub is githubtest. Most runs are in this process; a
// fixture with real set uses bash and the real binary.
package ci_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/ci"
	"genesys-timeouts/pkg/session"
)

// turn keeps runs in this process apart: each works in its own directory, and a process has only one.
var turn sync.Mutex

// inProcess is the step `run` without bash and binary. Nothing waits: time jumps ahead instead.
func inProcess(t *testing.T, dir string, vars map[string]string, log *bytes.Buffer) int {
	t.Helper()
	turn.Lock()
	defer turn.Unlock()
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil { //nolint:usetesting // t.Chdir is not for parallel tests; runs take turns
		t.Fatal(err)
	}
	defer func() {
		if err := os.Chdir(back); err != nil { //nolint:usetesting // see above
			t.Error(err)
		}
	}()
	var c clock
	env := session.Env{
		Stdin: strings.NewReader(""), Stdout: log, Stderr: &lines{log: log},
		Getenv: func(name string) string { return vars[name] },
		Now:    c.now, Sleep: c.sleep, Version: "dev",
	}
	newLog := func(env session.Env, debug bool) *slog.Logger {
		level := slog.LevelWarn
		if debug {
			level = slog.LevelDebug
		}
		return slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: level}))
	}
	if ci.Run(t.Context(), env, ci.Options{NewLog: newLog}) != nil {
		return 1
	}
	return 0
}

// lines serializes what goroutines log; nothing else writes to the log meanwhile.
type lines struct {
	mu  sync.Mutex
	log *bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

// clock is the machine's, plus all that was slept.
type clock struct {
	mu    sync.Mutex
	slept time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.slept)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
	return ctx.Err()
}
