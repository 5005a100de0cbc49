package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// reader follows a page: in a folder, with a terminal, an organisation (a sandbox) and its variables,
// saying yes to every question.
type reader struct {
	t      *testing.T
	server *sandbox.Server
	env    map[string]string
	denied []string // permissions
}

const (
	program           = "genesys-timeouts"
	readerEnvironment = "mypurecloud.ie" // the region that the pages speak of
)

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{t: t}
	r.anew()
	return r
}

// anew starts over: an empty folder and an organisation that nobody has touched.
func (r *reader) anew() {
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = server.Close() })
	r.server, r.env = server, server.Env()
	r.env["GENESYS_ENVIRONMENT"] = readerEnvironment
	r.t.Chdir(r.t.TempDir())
}

// sandbox does what a comment says: new, set NAME SECONDS, deny PERMISSION, fault FAULT, clear, draft NAME.
func (r *reader) sandbox(directive string) error {
	w := words(directive)
	switch {
	case w[0] == "new" && len(w) == 1:
		r.anew()
	case w[0] == "organizations" && len(w) == 1:
		return r.severalOrganizations()
	case w[0] == "set" && len(w) == 3:
		seconds, err := strconv.Atoi(w[2])
		if err != nil {
			return err
		}
		return r.server.SetTimeout(r.server.ActionID(w[1], ""), seconds)
	case w[0] == "deny" && len(w) == 2:
		r.server.Deny(w[1])
		r.denied = append(r.denied, w[1])
	case w[0] == "fault" && len(w) == 2:
		fault, err := sandbox.ParseFault(w[1])
		if err != nil {
			return err
		}
		r.server.Fault(fault)
	case w[0] == "clear" && len(w) == 1:
		r.server.ClearFaults()
		r.server.Allow(r.denied...)
	case w[0] == "draft" && len(w) == 2:
		return r.server.LeaveDraft(r.server.ActionID(w[1], ""))
	default:
		return fmt.Errorf("no such directive: %q", directive)
	}
	return nil
}

// severalOrganizations starts over with the demo's organisations and their manifest.
func (r *reader) severalOrganizations() error {
	r.anew()
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, sandbox.DemoOrganizations()...)
	if err != nil {
		return err
	}
	r.t.Cleanup(func() { _ = servers.Close() })
	r.server, r.env = servers[0], servers.Env()
	return os.WriteFile("genesys-timeouts.yaml", sandbox.DemoManifestOfOrganizations(), 0o600)
}

// elsewhere lists the programs that pages name and this test does not start.
var elsewhere = []string{"go", "git", "bash", "brew", "yaml-language-server"}

// started lists the programs that this test starts where they are installed. .ci/run installs them.
var started = []string{"jq", "conftest"}

// enter runs one command line and gives what it shows, and its exit status.
func (r *reader) enter(line string) (shown string, status int, err error) {
	w := words(line)
	env := maps.Clone(r.env)
	for len(w) > 0 && isAssignment(w[0]) {
		set(env, w[0])
		w = w[1:]
	}
	if len(w) > 3 && slices.Equal(w[:3], []string{"go", "run", "./cmd/genesys-timeouts"}) {
		w = append([]string{program}, w[3:]...)
	}
	switch {
	case len(w) == 0:
		return "", 0, nil
	case w[0] == "export" && len(w) == 2 && isAssignment(w[1]):
		set(r.env, w[1])
		return "", 0, nil
	case w[0] == "cat" && len(w) == 2:
		content, err := os.ReadFile(w[1])
		return string(content), 0, err
	case w[0] == program:
		return r.program(w[1:], env)
	case w[0] == "curl":
		return r.curl(w)
	case slices.Contains(started, w[0]):
		return r.start(w)
	case slices.Contains(elsewhere, w[0]):
		return "", 0, nil
	}
	return "", 0, fmt.Errorf("%q is not a command that this test knows", w[0])
}

func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && strings.HasPrefix(name, "GENESYS")
}

// set takes a variable, unless it is a credential or an address: those of the sandbox stay.
func set(env map[string]string, assignment string) {
	name, value, _ := strings.Cut(assignment, "=")
	if name == "GENESYS_ENVIRONMENT" {
		env[name] = value
	}
}

func (r *reader) program(args []string, env map[string]string) (shown string, status int, err error) {
	var screen, file bytes.Buffer
	stdout := io.Writer(&screen)
	if n := len(args); n > 2 && args[n-2] == ">" {
		name := args[n-1]
		defer func() { err = os.WriteFile(name, file.Bytes(), 0o600) }()
		stdout, args = &file, args[:n-2]
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	if len(args) > 0 && args[0] == "sandbox" {
		cancel() // it would serve until it is interrupted
	}
	status = cli.Run(ctx, cli.Env{Args: args, Env: session.Env{
		Stdin: io.TeeReader(strings.NewReader("yes\n"), &screen), Stdout: stdout, Stderr: &screen,
		Getenv: func(name string) string { return env[name] }, Now: time.Now, InTerminal: true,
	}})
	return r.asShown(screen.String()), status, nil
}

// start runs another program, and skips the page where it is not installed. A "> FILE" takes its standard output.
func (r *reader) start(w []string) (shown string, status int, err error) {
	if _, err := exec.LookPath(w[0]); err != nil {
		r.t.Skipf("%s is not installed", w[0])
	}
	var screen, file bytes.Buffer
	stdout, into := &screen, ""
	if n := len(w); n > 2 && w[n-2] == ">" {
		stdout, into, w = &file, w[n-1], w[:n-2]
	}
	cmd := exec.CommandContext(r.t.Context(), w[0], w[1:]...)
	cmd.Stdout, cmd.Stderr = stdout, &screen
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		return "", 0, err
	}
	if into != "" {
		err = os.WriteFile(into, file.Bytes(), 0o600)
	}
	return screen.String(), status, err
}

var (
	correlation = regexp.MustCompile(`correlation id [0-9a-f-]{36}`)
	instant     = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	digest      = regexp.MustCompile(`sha256:[0-9a-f]{12}…`)
)

// asShown replaces what differs from run to run: the sandbox's address, correlation ids, times and digests.
func (r *reader) asShown(text string) string {
	text = strings.ReplaceAll(text, r.server.URL(), "https://api."+readerEnvironment)
	text = instant.ReplaceAllString(text, "2026-11-26T12:00:00Z")
	text = digest.ReplaceAllString(text, "sha256:5d8c1f04b6aa…")
	return correlation.ReplaceAllString(text, "correlation id 3f8e0c52-6f0e-4d57-9a2b-7d1c5b9e4a60")
}

// words splits a command line as a shell does: at blanks, with quotes, up to a comment.
func words(line string) []string {
	var list []string
	var word strings.Builder
	var quote rune
	started := false
	end := func() {
		if started {
			list = append(list, word.String())
		}
		word.Reset()
		started = false
	}
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, started = c, true
		case quote == 0 && c == ' ':
			end()
		case quote == 0 && c == '#' && !started:
			return list
		default:
			word.WriteRune(c)
			started = true
		}
	}
	end()
	return list
}

// write puts a file of the page into the reader's folder.
func (r *reader) write(name string, lines []string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}
