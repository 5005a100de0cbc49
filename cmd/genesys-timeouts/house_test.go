// Rules of this codebase that the compiler does not check: which package may import which, where each dependency
// lives, and who may touch the process, the environment and the clock. tree_test.go has the rules for every file.
package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "genesys-timeouts/"
	top    = "../.."
)

// room lists what a package may import besides the standard library. Tests may import more.
type room struct {
	ours, theirs []string
}

// rooms lists every package. Data flows one way: manifest -> fetch -> plan -> report -> apply -> report. sandbox
// shares no code with genesys, so that a mistake in one shows against the other.
var rooms = map[string]room{
	"cmd/genesys-timeouts": {ours: []string{"pkg/cli"}},
	"pkg/cli": {
		ours: []string{"pkg/ci", "pkg/export", "pkg/session", "pkg/manifest", "pkg/dataaction", "pkg/genesys", "pkg/plan",
			"pkg/reconcile", "pkg/report", "pkg/sandbox", "pkg/advice", "schema"},
		theirs: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
	},
	"pkg/ci": {
		ours: []string{"pkg/session", "pkg/github", "pkg/report", "pkg/export", "pkg/manifest", "pkg/genesys", "pkg/plan",
			"pkg/advice", "pkg/dataaction"},
	},
	"pkg/export": {
		ours: []string{"pkg/session", "pkg/manifest", "pkg/reconcile", "pkg/genesys", "pkg/plan", "pkg/dataaction",
			"pkg/spelling"},
	},
	"pkg/session": {
		ours: []string{"pkg/reconcile", "pkg/report", "pkg/manifest", "pkg/genesys", "pkg/plan", "pkg/dataaction",
			"pkg/rawjson",
			"pkg/spelling", "pkg/advice"},
		theirs: []string{"golang.org/x/sync"},
	},
	"pkg/manifest": {
		ours:   []string{"schema", "pkg/dataaction", "pkg/spelling", "pkg/parallel"},
		theirs: []string{"gopkg.in/yaml.v3", "github.com/santhosh-tekuri/jsonschema/v5"},
	},
	"pkg/dataaction": {},
	"pkg/rawjson":    {},
	"pkg/spelling":   {theirs: []string{"golang.org/x/text"}},
	"pkg/parallel":   {theirs: []string{"golang.org/x/sync"}},
	"pkg/flowconfig": {ours: []string{"pkg/dataaction", "pkg/rawjson"}},
	"pkg/genesys": {
		ours:   []string{"pkg/dataaction", "pkg/rawjson", "pkg/flowconfig", "pkg/spelling", "pkg/parallel"},
		theirs: []string{"golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/time"},
	},
	"pkg/plan":   {ours: []string{"pkg/dataaction", "pkg/spelling"}},
	"pkg/advice": {ours: []string{"pkg/plan", "pkg/dataaction"}},
	"pkg/reconcile": { // why it names genesys: its package comment
		ours: []string{"pkg/plan", "pkg/dataaction", "pkg/genesys", "pkg/parallel"},
	},
	"pkg/report": {
		ours:   []string{"pkg/plan", "pkg/advice", "pkg/dataaction", "pkg/manifest"},
		theirs: []string{"github.com/sergi/go-diff", "github.com/mattn/go-runewidth"},
	},
	"pkg/github":            {theirs: []string{"github.com/google/go-github/v92"}},
	"pkg/github/githubtest": {},
	"pkg/sandbox":           {},
	"schema":                {},
}

// banned lists imports that no package may have. The tool starts no other program, so no name from a manifest or an
// API can reach a shell.
var banned = []string{"os/exec", "unsafe", "plugin", "C"}

// world lists the names of the standard library that reach beyond a function's inputs, and the files that may use
// them. All other code takes streams, variables and a clock as parameters.
var world = []struct {
	names   []string
	allowed []string
}{
	{[]string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}, []string{"cmd/genesys-timeouts/main.go"}},
	{[]string{"os.Stdin", "os.Stdout", "os.Stderr", "os.Args"}, []string{"cmd/genesys-timeouts/main.go"}},
	{[]string{"fmt.Print", "fmt.Printf", "fmt.Println", "log.Print", "log.Printf", "log.Println"}, nil},
	{[]string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv"}, []string{"pkg/cli/cli.go"}},
	// Defaults for callers that pass no clock.
	{
		[]string{"time.Now", "time.Since", "time.Until"},
		[]string{"pkg/cli/cli.go", "pkg/genesys/clock.go", "pkg/sandbox/server.go"},
	},
	{[]string{"time.Sleep", "time.Tick"}, nil},
	// Clients without limit, guard and timeout.
	{[]string{"http.DefaultClient", "http.Get", "http.Head", "http.Post", "http.PostForm"}, nil},
}

// goFile is a Go file outside tests.
type goFile struct {
	name, dir string // with slashes, from the top
	syntax    *ast.File
}

func goFiles(t *testing.T) (*token.FileSet, []goFile) {
	t.Helper()
	fset := token.NewFileSet()
	var files []goFile
	for _, dir := range []string{"cmd", "pkg", "schema"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			syntax, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(top, file)
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			files = append(files, goFile{name: name, dir: path.Dir(name), syntax: syntax})
			return nil
		})
		if err != nil {
			t.Fatalf("reading the Go files of %s: %v", dir, err)
		}
	}
	return fset, files
}

func TestEveryPackageStaysInItsRoom(t *testing.T) {
	fset, files := goFiles(t)
	seen := map[string]bool{}
	for _, file := range files {
		seen[file.dir] = true
		here, ok := rooms[file.dir]
		if !ok {
			t.Errorf("%s: package %s has no room: add it to rooms", file.name, file.dir)
			continue
		}
		for _, spec := range file.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !here.allows(imported) {
				t.Errorf("%s: %s may not import %s", fset.Position(spec.Pos()), file.dir, imported)
			}
		}
	}
	for dir := range rooms {
		if !seen[dir] {
			t.Errorf("room %s has no package: remove it from rooms", dir)
		}
	}
}

func (r room) allows(imported string) bool {
	if slices.Contains(banned, imported) {
		return false
	}
	if ours, ok := strings.CutPrefix(imported, module); ok {
		return slices.Contains(r.ours, ours)
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(r.theirs, func(m string) bool {
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

// TestArrowsNeverTurn states the arrows that matter most once more, so that a change of the table cannot drop them in
// passing.
func TestArrowsNeverTurn(t *testing.T) {
	for dir, room := range rooms {
		if slices.Contains(room.ours, "pkg/cli") && dir != "cmd/genesys-timeouts" {
			t.Errorf("%s may import pkg/cli", dir)
		}
	}
	if slices.Contains(rooms["pkg/genesys"].ours, "pkg/plan") || slices.Contains(rooms["pkg/plan"].ours, "pkg/genesys") {
		t.Error("pkg/genesys and pkg/plan may import each other")
	}
	for _, library := range []string{"pkg/session", "pkg/ci", "pkg/export"} {
		for _, command := range []string{"github.com/spf13/cobra", "github.com/spf13/pflag"} {
			if slices.Contains(rooms[library].theirs, command) {
				t.Errorf("%s may import %s: flags are the command line's", library, command)
			}
		}
		if library != "pkg/ci" && slices.Contains(rooms[library].ours, "pkg/github") {
			t.Errorf("%s may import pkg/github", library)
		}
	}
	if len(rooms["pkg/sandbox"].ours) > 0 {
		t.Error("pkg/sandbox may import packages of ours")
	}
}

func TestLibrariesLeaveTheWorldToTheirCaller(t *testing.T) {
	fset, files := goFiles(t)
	for _, file := range files {
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			used := file.importedAs(pkg.Name) + "." + selector.Sel.Name
			for _, rule := range world {
				if slices.Contains(rule.names, used) && !slices.Contains(rule.allowed, file.name) {
					t.Errorf("%s: %s is for %v only: take it as a parameter", fset.Position(node.Pos()), used, rule.allowed)
				}
			}
			return true
		})
	}
}

// importedAs is the base name of the package that this file calls name; empty if it is not an import.
func (f goFile) importedAs(name string) string {
	for _, spec := range f.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(imported) == name {
			return path.Base(imported)
		}
	}
	return ""
}
