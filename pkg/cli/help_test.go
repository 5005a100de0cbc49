package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// commands are all that there are, hidden ones too.
func commands(t *testing.T, r *fixture) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(r.run("__complete", "").exits(0).stdout) {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			names = append(names, name)
		}
	}
	if len(names) < 12 {
		t.Fatalf("only these commands: %v", names)
	}
	return append(names, "man")
}

var exampleLine = regexp.MustCompile(`^  (?:[A-Z_]+=\S+ |source <\()?genesys-timeouts(?: (.*?))?\)?(?:\s+[|>#].*)?$`)

// TestHelp: each command says what it is for before anything else, in lines that fit a terminal, with examples that
// the program understands.
func TestHelp(t *testing.T) {
	r := newFixture(t, sandbox.Options{})
	for _, name := range commands(t, r) {
		t.Run(name, func(t *testing.T) {
			o := r.run(name, "--help").exits(0)
			if o.stderr != "" {
				t.Errorf("help on stderr: %s", o.stderr)
			}
			about, rest, _ := strings.Cut(o.stdout, "\n\nUsage:\n  genesys-timeouts "+name)
			if rest == "" || !strings.HasSuffix(about, ".") || len(about) < 40 {
				t.Errorf("it does not begin with what the command is for:\n%s", o.stdout)
			}
			for line := range strings.Lines(o.stdout) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 && !strings.HasPrefix(name, "ci") {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			_, examples, ok := strings.Cut(o.stdout, "\nExamples:\n")
			if !ok {
				t.Fatal("it has no example")
			}
			examples, _, _ = strings.Cut(examples, "\n\n")
			for line := range strings.SplitSeq(examples, "\n") {
				checkExample(t, r, name, line)
			}
		})
	}
}

// checkExample runs an example with --help, which has it parsed and then not carried out.
func checkExample(t *testing.T, r *fixture, name, line string) {
	t.Helper()
	m := exampleLine.FindStringSubmatch(line)
	if m == nil {
		t.Errorf("example %q is not a call of the program", line)
		return
	}
	args := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(m[1], `"Inbound Support"`, "Inbound_Support"), `"`, ""))
	if len(args) == 0 || args[0] != name {
		t.Errorf("example %q is not one of %s", line, name)
		return
	}
	if o := r.run(append(args, "--help")...); o.code != 0 {
		t.Errorf("example %q: %s", line, o.stderr)
	}
	if o := r.run(append(args, "--no-such-flag")...); !strings.Contains(o.stdout+o.stderr, "unknown flag --no-such-flag") {
		t.Errorf("example %q has another mistake than the one put in: %s", line, o.stderr)
	}
}

// TestRootHelpListsEveryCommand and what all of them have in common.
func TestRootHelpListsEveryCommand(t *testing.T) {
	r := newFixture(t, sandbox.Options{})
	o := r.run("--help").exits(0)
	for _, name := range commands(t, r) {
		if listed := strings.Contains(o.stdout, "\n  "+name+" "); listed == (name == "man" || name == "help") {
			t.Errorf("command %s is listed: %v", name, listed)
		}
	}
	o.says("GENESYS_CLIENT_ID", "GENESYS_ACCESS_TOKEN", "GENESYSCLOUD_OAUTHCLIENT_ID", "Exit status:", "130")
	for line := range strings.Lines(o.stdout) {
		if utf8.RuneCountInString(line) > 81 {
			t.Errorf("a long line: %s", line)
		}
	}
}

// Directives of cobra's completion scripts: what the shell does besides the words given.
const (
	completesFiles = ":0"
	completesWords = ":4"
	completesByExt = ":8"
)

func TestShellCompletion(t *testing.T) {
	r := newFixture(t, sandbox.Options{})
	for _, test := range []struct {
		args      string // the last one is completed; _ is the empty word
		has       string
		directive string
	}{
		{"pl", "plan", completesWords},
		{"plan --for", "--format", completesWords},
		{"plan --format _", "markdown", completesWords},
		{"plan --format=m", "markdown", completesWords},
		{"validate --format _", "json", completesWords},
		{"plan --api _", "flows", completesWords},
		{"plan --environment _", "eu-west-1", completesWords},
		{"plan --environment mypurecloud.i", "mypurecloud.ie", completesWords},
		{"plan --log-level _", "debug", completesWords},
		{"plan --log-format _", "json", completesWords},
		{"plan --concurrency _", "", completesWords},
		{"plan --max-changes _", "", completesWords},
		{"plan -f _", "yaml", completesByExt},
		{"validate --file _", "yml", completesByExt},
		{"export --merge _", "yaml", completesByExt},
		{"plan --out _", "", completesFiles},
		{"apply --save-previous _", "", completesFiles},
		{"apply _", "json", completesByExt},
		{"schema _", "manifest", completesWords},
		{"completion _", "zsh", completesWords},
		{"help ex", "export", completesWords},
		{"plan _", "", completesWords},
		{"export --flow _", "", completesWords},
		{"sandbox --listen _", "", completesWords},
		{"demo --api _", "integrations", completesWords},
	} {
		args := strings.Fields(test.args)
		if last := len(args) - 1; args[last] == "_" {
			args[last] = ""
		}
		o := r.run(append([]string{"__complete"}, args...)...).exits(0)
		var words []string
		for line := range strings.Lines(o.stdout) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			words = append(words, word)
		}
		if test.has != "" && !slices.Contains(words, test.has) || !slices.Contains(words, test.directive) {
			t.Errorf("%q completes to %v, want %q and %s", test.args, words, test.has, test.directive)
		}
	}
}

// TestManualPages: there is one for each command that help lists, and man can set it.
func TestManualPages(t *testing.T) {
	r := newFixture(t, sandbox.Options{})
	r.run("man", r.dir).exits(0)
	pages, err := filepath.Glob(filepath.Join(r.dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(commands(t, r)); len(pages) != want { // the root's in the place of man's own
		t.Errorf("%d pages, want %d: %v", len(pages), want, pages)
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{".TH GENESYS", ".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n",
			".SH OPTIONS\n", ".SH EXAMPLES\n"} {
			if !strings.Contains(string(content), section) {
				t.Errorf("%s has no %q", page, section)
			}
		}
		if groff, err := exec.LookPath("groff"); err == nil {
			out, err := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8", page).CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("groff on %s: %v\n%s", page, err, out)
			}
		}
	}
	r.run("man").exits(1).says("one directory")
	r.run("man", r.dir+"/no/such/folder").exits(1).says("no such file")
}

// FuzzArguments: whatever is on the command line, there is an exit status that was agreed, and words where it is not
// 0. Nothing is sent: there are no credentials.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{"plan\n-f\nm.yaml", "apply\n--auto-approve\n--format\njson",
		"--format=json\npln", "help\n\n", "export\n--flow\n\x00",
		"validate\n-f\n-", "schema\nplan", "__complete\nplan\n--", "plan\n--max-changes\n9%",
		"version\n--format=json\n--log-level=debug", "-\n--\n-f", "drift\n--timeout\n-1ns"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "/") { // a folder that is not the test's own can be endless
			return
		}
		args := strings.Split(line, "\n")
		for _, word := range []string{"sandbox", "demo", "man", "ci", "--out", "--merge",
			"--save-previous"} { // they serve, or write files
			if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, word) }) {
				return
			}
		}
		var stdout, stderr strings.Builder
		code := cli.Run(t.Context(), cli.Env{Args: args, Env: session.Env{Stdin: strings.NewReader("version: 1\n"),
			Stdout: &stdout, Stderr: &stderr,
			Getenv: func(string) string { return "" }, Now: fixedClock}})
		if code != 0 && code != 1 || code == 1 && stdout.Len()+stderr.Len() == 0 {
			t.Errorf("%q: exit status %d, %q, %q", args, code, stdout.String(), stderr.String())
		}
	})
}
