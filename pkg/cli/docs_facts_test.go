package cli_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/session"
)

var (
	linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksResolve follows the links between files, with the heading that they name.
func TestLinksResolve(t *testing.T) {
	top := root(t)
	for _, p := range pages(t) {
		for _, m := range linkTarget.FindAllStringSubmatch(p.text(), -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			name := path.Join(path.Dir(p.name), target)
			if target == "" {
				name = p.name
			}
			if _, err := os.Stat(filepath.Join(top, filepath.FromSlash(name))); err != nil {
				t.Errorf("%s: %s leads nowhere", p.name, m[1])
			} else if heading != "" && !slices.Contains(slugs(readPage(t, top, name)), heading) {
				t.Errorf("%s: %s has no heading for #%s", p.name, name, heading)
			}
		}
	}
}

// slugs are the names that GitHub gives to a page's headings.
func slugs(p *page) (list []string) {
	for line := range strings.Lines(p.text()) {
		if strings.HasPrefix(line, "#") {
			text := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			list = append(list, strings.ReplaceAll(notInSlug.ReplaceAllString(text, ""), " ", "-"))
		}
	}
	return list
}

// codePlaces are the constants that hold codes of errors, findings and results.
var codePlaces = []struct {
	folder string
	names  *regexp.Regexp
}{
	{"pkg/plan", regexp.MustCompile(`^(CallersUnknown|NotReadBack|` +
		`(Accept|Action|Draft|Environment|Flow|Manifest|Organization|Override|Plan|Step|Timeout|TooMany|Wrong)[A-Z]\w+)$`)},
	{"pkg/reconcile", regexp.MustCompile(`^Code[A-Z]`)},
	{"pkg/genesys", regexp.MustCompile(`^(TemplateNotFound|TemplateIncomplete|DraftExists|TimeoutUnsupported|NoConfig)$`)},
	{"pkg/session", regexp.MustCompile(`^Code[A-Z]`)},
	{"pkg/ci", regexp.MustCompile(`^reason[A-Z]`)},
}

// TestEveryCodeIsExplained compares the headings of the guide to errors with the codes in the code, both ways.
func TestEveryCodeIsExplained(t *testing.T) {
	codes := map[string]string{}
	for _, place := range codePlaces {
		before := len(codes)
		for name, value := range constants(t, place.folder) {
			if place.names.MatchString(name) {
				codes[value] = place.folder + "." + name
			}
		}
		if len(codes) == before {
			t.Errorf("%s has no codes: this test looks for the wrong names", place.folder)
		}
	}
	explained := map[string]bool{}
	for _, line := range readPage(t, root(t), ".github/docs/errors.md").lines {
		if code, ok := strings.CutPrefix(line, "### "); ok {
			explained[strings.Trim(code, "`")] = true
		}
	}
	for code, name := range codes {
		if !explained[code] {
			t.Errorf("errors.md does not explain %s (%s)", code, name)
		}
	}
	for code := range explained {
		if codes[code] == "" {
			t.Errorf("errors.md explains %s, which no code says", code)
		}
	}
}

// constants are the texts of a package's constants, by name.
func constants(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == 1 && len(spec.Values) == 1 {
				if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
					found[spec.Names[0].Name], _ = strconv.Unquote(text.Value)
				}
			}
			return true
		})
	}
	return found
}

var (
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	variable = regexp.MustCompile(`\bGENESYS(?:CLOUD)?_[A-Z_]+[A-Z]\b`)
)

// TestFlagsCommandsAndVariablesExist compares what the pages name with the program's own help and source.
func TestFlagsCommandsAndVariablesExist(t *testing.T) {
	help := ""
	readme := readPage(t, root(t), "README.md").text()
	commands := commandNames(t)
	for _, command := range commands {
		if !strings.Contains(readme, "`"+command+"`") {
			t.Errorf("README.md does not name the command %s", command)
		}
		help += helpOf(t, command, "--help")
	}
	var source strings.Builder
	for _, value := range variablesIn(t) {
		source.WriteString(value + "\n")
		if !strings.Contains(readme, "`"+value+"`") {
			t.Errorf("README.md does not name the variable %s", value)
		}
	}
	for _, p := range pages(t) {
		for _, span := range codeSpan.FindAllString(p.text(), -1) {
			all := strings.Fields(strings.Trim(span, "`"))
			if len(all) == 0 || !strings.HasPrefix(all[0], "--") && all[0] != program && !slices.Contains(commands, all[0]) {
				continue // another program's
			}
			for _, word := range all {
				name, _, _ := strings.Cut(word, "=")
				if strings.HasPrefix(name, "--") && !strings.Contains(help, name+" ") {
					t.Errorf("%s: no command has the flag %s", p.name, name)
				}
			}
		}
		for _, name := range variable.FindAllString(strings.Join(p.lines, "\n"), -1) {
			if !isRead(source.String(), name) && !strings.HasPrefix(name, "GENESYS_TIMEOUTS_") {
				t.Errorf("%s: the program does not read %s", p.name, name)
			}
		}
	}
}

// ofOrganization lists the variables that take an organisation's name as a suffix, as in GENESYS_CLIENT_ID_TEST.
var ofOrganization = []string{"GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_ACCESS_TOKEN", "GENESYS_API_URL",
	"GENESYS_LOGIN_URL"}

func isRead(source, name string) bool {
	return strings.Contains(source, name+"\n") || slices.ContainsFunc(ofOrganization, func(v string) bool {
		return strings.Contains(source, v+"\n") && strings.HasPrefix(name, v+"_")
	})
}

func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	status := cli.Run(context.Background(), cli.Env{Args: args, Env: session.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }, Now: time.Now,
	}})
	if status != 0 {
		t.Fatalf("%v: exit status %d\n%s", args, status, out.String())
	}
	return out.String()
}

// commandNames are the commands that the shell completes.
func commandNames(t *testing.T) (names []string) {
	t.Helper()
	for line := range strings.Lines(helpOf(t, "__complete", "")) {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			names = append(names, name)
		}
	}
	if len(names) < 5 {
		t.Fatalf("the shell completes no commands any more as this test reads them: %q", names)
	}
	return names
}

// variablesIn are the environment variables that the program asks for by name.
func variablesIn(t *testing.T) (names []string) {
	t.Helper()
	for _, file := range []string{"settings.go", "organizations.go"} {
		content, err := os.ReadFile(filepath.Join(root(t), "pkg", "session", file))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, variable.FindAllString(string(content), -1)...)
	}
	return names
}

// TestContinuousIntegrationRunsWhatTheReadmeSays wants the README's go commands in .ci/run, and the scripts that
// pages name to be there.
func TestContinuousIntegrationRunsWhatTheReadmeSays(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(root(t), ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, p := range pages(t) {
		for _, f := range p.parts {
			for _, line := range f.lines {
				w := words(line)
				switch {
				case f.lang != "sh" || len(w) < 2:
				case w[0] == "go" && p.name == "README.md":
					commands++
					if !regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(line) + `$`).Match(script) {
						t.Errorf("README.md says %q, which .ci/run does not run", line)
					}
				case w[0] == "bash":
					if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(w[1]))); err != nil {
						t.Errorf("%s: %s: %v", p.name, line, err)
					}
				}
			}
		}
	}
	if commands != 2 {
		t.Errorf("README.md has %d go commands in its fences, want 2: the demo and the tests", commands)
	}
}

var goTest = regexp.MustCompile(`go test (\./[\w/.]+) -run '?([\w^$]+)'?(?: -bench (\w+))?`)

// TestTestsNamedOnPagesExist wants a test or benchmark behind each "go test PACKAGE -run NAME" that a page names, and
// for each test file in backquotes that it is there.
func TestTestsNamedOnPagesExist(t *testing.T) {
	named := regexp.MustCompile("`((?:pkg|cmd)/[\\w/.-]+\\.(?:go|txtar))`")
	for _, p := range pages(t) {
		text := strings.Join(p.lines, "\n")
		for _, m := range goTest.FindAllStringSubmatch(text, -1) {
			name := m[2]
			if m[3] != "" {
				name = m[3]
			}
			if !testExists(t, m[1], name) {
				t.Errorf("%s: %s has no test or benchmark %q", p.name, m[1], name)
			}
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: there is no %s", p.name, m[1])
			}
		}
	}
}

func testExists(t *testing.T, folder, name string) bool {
	t.Helper()
	pattern := regexp.MustCompile(`(?m)^func (Test|Benchmark|Fuzz)\w*`)
	files, err := filepath.Glob(filepath.Join(root(t), filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range pattern.FindAllString(string(content), -1) {
			if strings.Contains(f, name) {
				return true
			}
		}
	}
	return false
}
