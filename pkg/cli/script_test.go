package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
)

// tool is the program's name, in transcripts and on the PATH of the tests.
const tool = "genesys-timeouts"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){tool: func() {
		os.Exit(cli.Run(context.Background(), cli.System(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)))
	}})
}

// TestScripts runs the transcripts in testdata/script: the program as its own process, against a sandbox of the
// script's own. Besides testscript's commands they have those of scriptCommands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Cmds:                scriptCommands,
		Setup:               startScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       updating(),
	})
}

// updating reports whether the tests were called with -update, which writes the expected outputs in the scripts anew.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// endAtOnce keeps the race detector from sleeping for a second at the end of every process (variable GORACE).
const endAtOnce = "atexit_sleep_ms=0"

// scriptFixture is what a script runs against.
type scriptFixture struct {
	server  *sandbox.Server
	secrets []string // that no output may hold
}

type scriptKey struct{}

func startScript(env *testscript.Env) error {
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return err
	}
	s := &scriptFixture{server: server}
	env.Values[scriptKey{}] = s
	for name, value := range server.Env() {
		env.Setenv(name, value)
	}
	env.Setenv("GORACE", endAtOnce)
	s.secrets = append(s.secrets, server.Env()["GENESYS_CLIENT_SECRET"])
	work := env.WorkDir
	env.Defer(func() {
		defer server.Close()
		if file := findSecret(work, s.known()); file != "" {
			env.T().Fatal("a secret was written to " + file)
		}
	})
	return nil
}

func fixtureOf(ts *testscript.TestScript) *scriptFixture {
	return ts.Value(scriptKey{}).(*scriptFixture)
}

// known are all the secrets that no output may hold: the client's, those of the environment, and each token that was
// used.
func (s *scriptFixture) known() []string {
	all := slices.Clone(s.secrets)
	for _, r := range s.server.Requests() {
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			all = append(all, token)
		}
	}
	return all
}

// findSecret names a file below dir that holds a secret.
func findSecret(dir string, secrets []string) (found string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if holdsSecret(string(content), secrets) {
			found = path
		}
		return err
	})
	return found
}

func holdsSecret(text string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(s string) bool { return s != "" && strings.Contains(text, s) })
}

// exits runs the program and wants an exit status: "exits 2 drift -f timeouts.yaml". What must hold of every run is
// checked here: no secret in any output, no write by a command other than apply, one JSON document where JSON was
// asked for.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits STATUS [COMMAND...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := fixtureOf(ts)
	for _, name := range []string{"GENESYS_CLIENT_SECRET", "GENESYS_ACCESS_TOKEN",
		"GENESYSCLOUD_OAUTHCLIENT_SECRET", "GENESYSCLOUD_ACCESS_TOKEN"} {
		s.secrets = append(s.secrets, ts.Getenv(name))
	}
	before := len(s.writes())
	err = ts.Exec(tool, args[1:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("running %v: %v", args[1:], err)
	}
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
	if got != 0 && stdout == "" && stderr == "" {
		ts.Fatalf("it failed without a word")
	}
	if holdsSecret(stdout+stderr, s.known()) {
		ts.Fatalf("the output holds a secret")
	}
	if strings.Contains(stderr, "goroutine ") {
		ts.Fatalf("a stack trace")
	}
	if writes := s.writes(); !slices.Contains(args, "apply") && len(writes) > before {
		ts.Fatalf("%v wrote: %v", args[1:], writes[before:])
	}
	if wantsJSON(args) {
		if _, err := oneDocument(stdout); err != nil {
			ts.Fatalf("stdout is not one JSON document: %v", err)
		}
	}
}

func wantsJSON(args []string) bool {
	return slices.Contains(args, "--format=json") || strings.Contains(strings.Join(args, " "), "--format json")
}

// oneDocument decodes a text that is exactly one JSON document.
func oneDocument(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after it")
	}
	return doc, nil
}

// writes are the requests so far that could have changed anything, as "PATCH /path".
func (s *scriptFixture) writes() []string { return writesIn(s.server.Requests()) }

func writesIn(requests []sandbox.Request) []string {
	var out []string
	for _, r := range requests {
		audit := r.Method == "POST" && r.Path == "/api/v2/audits/query/realtime"
		if r.Method != "GET" && !r.SignIn() && !strings.HasSuffix(r.Path, "/query") && !audit {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	return out
}

// scriptCommands are listed by name, so that a script's author finds them.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":            exits,
	"json":             checkJSON,
	"expand":           expandFiles,
	"mode":             checkMode,
	"sandbox-fault":    sandboxFault,
	"sandbox-clear":    sandboxClear,
	"sandbox-id":       sandboxID,
	"sandbox-flow-id":  sandboxFlowID,
	"sandbox-set":      sandboxSet,
	"sandbox-timeout":  sandboxTimeout,
	"sandbox-add":      sandboxAdd,
	"sandbox-deny":     sandboxDeny,
	"sandbox-token":    sandboxToken,
	"sandbox-draft":    sandboxDraft,
	"sandbox-requests": sandboxRequests,
	"sandbox-writes":   sandboxWrites,
	"sandbox-forget":   sandboxForget,
	"serve-tls":        serveTLS,
}

func TestEveryScriptCommandIsUsed(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range scripts {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	for _, name := range slices.Sorted(maps.Keys(scriptCommands)) {
		if !strings.Contains(all.String(), "\n"+name+" ") && !strings.Contains(all.String(), "\n"+name+"\n") {
			t.Errorf("no script uses %s: remove it", name)
		}
	}
}
