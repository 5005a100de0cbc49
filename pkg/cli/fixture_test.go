package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// fixture runs the program in this process, against its own sandbox, where a test has to see more than a script
// can.
type fixture struct {
	t      *testing.T
	server *sandbox.Server
	env    cli.Env
	vars   map[string]string
	ctx    context.Context
	dir    string
}

func newFixture(t *testing.T, o sandbox.Options) *fixture {
	t.Helper()
	server, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &fixture{t: t, server: server, vars: maps.Clone(server.Env()), ctx: t.Context(), dir: t.TempDir()}
	var c skippingClock
	r.env = cli.Env{Env: session.Env{Stdin: strings.NewReader(""),
		Getenv: func(name string) string { return r.vars[name] }, Now: c.now, Sleep: c.sleep}}
	return r
}

// outcome is what a run left.
type outcome struct {
	t              *testing.T
	code           int
	stdout, stderr string
}

// run runs the program and checks what holds of every run: no secret, and no write by anything but apply.
func (r *fixture) run(args ...string) outcome {
	r.t.Helper()
	var stdout, stderr bytes.Buffer
	before := len(writesIn(r.server.Requests()))
	env := r.env
	env.Args, env.Stdout, env.Stderr = args, &stdout, &stderr
	code := cli.Run(r.ctx, env)
	o := outcome{r.t, code, stdout.String(), stderr.String()}
	if holdsSecret(o.stdout+o.stderr, (&scriptFixture{r.server, []string{r.vars["GENESYS_CLIENT_SECRET"]}}).known()) {
		r.t.Errorf("%v: the output holds a secret", args)
	}
	if writes := writesIn(r.server.Requests())[before:]; args[0] != "apply" && len(writes) > 0 {
		r.t.Errorf("%v wrote: %v", args, writes)
	}
	return o
}

// manifest writes a manifest and gives its name.
func (r *fixture) manifest(lines ...string) string {
	r.t.Helper()
	return r.file("m.yaml", "version: 1\n"+strings.Join(lines, "\n")+"\n")
}

func (r *fixture) file(name, content string) string {
	r.t.Helper()
	name = filepath.Join(r.dir, name)
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return name
}

// fault switches on what a test describes as ParseFault reads it.
func (r *fixture) fault(text string) *sandbox.Armed {
	r.t.Helper()
	f, err := sandbox.ParseFault(text)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.server.Fault(f)
}

// timeout is the seconds that an action is set to now, by "Name" or "Category/Name".
func (r *fixture) timeout(name string) string {
	r.t.Helper()
	category, bare, ok := strings.Cut(name, "/")
	if !ok {
		category, bare = "", name
	}
	return timeoutIn(r.server, r.server.ActionID(bare, category))
}

// exits wants an exit status.
func (o outcome) exits(code int) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("exit status %d, want %d\nstdout:\n%s\nstderr:\n%s", o.code, code, o.stdout, o.stderr)
	}
	return o
}

// says wants texts somewhere in the output.
func (o outcome) says(texts ...string) outcome {
	o.t.Helper()
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			o.t.Errorf("the output does not say %q\nstdout:\n%s\nstderr:\n%s", text, o.stdout, o.stderr)
		}
	}
	return o
}

// into decodes stdout, which has to be one JSON document.
func into[T any](o outcome) T {
	o.t.Helper()
	var doc T
	dec := json.NewDecoder(strings.NewReader(o.stdout))
	if err := dec.Decode(&doc); err != nil {
		o.t.Fatalf("stdout is not a JSON document: %v\n%s", err, o.stdout)
	}
	if _, err := dec.Token(); err != io.EOF {
		o.t.Fatalf("there is more than one JSON document on stdout:\n%s", o.stdout)
	}
	return doc
}

func (o outcome) plan() plan.Document { o.t.Helper(); return into[plan.Document](o) }

func (o outcome) report() plan.Report { o.t.Helper(); return into[plan.Report](o) }

// count counts the requests of the log that match a method and hold a text in path or query.
func (r *fixture) count(method, text string) int {
	n := 0
	for _, x := range r.server.Requests() {
		if x.Method == method && strings.Contains(x.Path+"?"+x.Query, text) {
			n++
		}
	}
	return n
}

// fixedClock stands still, for runs whose time does not matter.
func fixedClock() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// skippingClock jumps ahead instead of sleeping, so that backoff takes no time.
type skippingClock struct {
	mu    sync.Mutex
	slept time.Duration
}

func (c *skippingClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.slept)
}

func (c *skippingClock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
	return ctx.Err()
}
