package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"genesys-timeouts/pkg/sandbox"
)

// TestActionTableIsThatOfActionYML compares the README's table of inputs and outputs with action.yml; -update writes
// it.
func TestActionTableIsThatOfActionYML(t *testing.T) {
	p := readPage(t, root(t), "README.md")
	from, to := slices.Index(p.lines, "<!-- action.yml -->"), slices.Index(p.lines, "<!-- end -->")
	if from < 0 || to < from {
		t.Fatal("README.md has no <!-- action.yml --> and <!-- end -->")
	}
	table := actionTable(t)
	if *updateDocs {
		p.lines = slices.Replace(p.lines, from+1, to, table...)
		p.save(t)
		return
	}
	if diff := cmp.Diff(table, p.lines[from+1:to]); diff != "" {
		t.Errorf("the table is another (-action.yml +README.md); go test ./pkg/cli -run ActionTable -update "+
			"writes it\n%s", diff)
	}
}

// actionFile is what of action.yml its users see; the order is the file's.
type actionFile struct{ Inputs, Outputs yaml.Node }

func readActionFile(t *testing.T) (a actionFile) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func actionTable(t *testing.T) []string {
	t.Helper()
	a := readActionFile(t)
	lines := []string{"| | name | default | meaning |", "|---|---|---|---|"}
	for _, group := range []struct {
		word string
		node yaml.Node
	}{{"input", a.Inputs}, {"output", a.Outputs}} {
		for i := 0; i+1 < len(group.node.Content); i += 2 {
			var about struct{ Description, Default string }
			if err := group.node.Content[i+1].Decode(&about); err != nil {
				t.Fatal(err)
			}
			standard := ""
			if about.Default != "" {
				standard = "`" + about.Default + "`"
			}
			lines = append(lines, fmt.Sprintf("| %s | `%s` | %s | %s |", group.word, group.node.Content[i].Value,
				standard, about.Description))
		}
	}
	return lines
}

// TestWorkflowsOnPagesUseInputsThatExist reads the YAML of every page, and of the examples, for what it gives the
// action.
func TestWorkflowsOnPagesUseInputsThatExist(t *testing.T) {
	inputs := map[string]bool{}
	a := readActionFile(t)
	for i := 0; i < len(a.Inputs.Content); i += 2 {
		inputs[a.Inputs.Content[i].Value] = true
	}
	steps := 0
	for _, p := range pages(t) {
		for _, f := range p.parts {
			if f.lang != "yaml" {
				continue
			}
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(strings.Join(f.lines, "\n")), &doc); err != nil {
				t.Errorf("%s:%d: %v", p.name, f.from, err)
			}
			steps += checkSteps(t, p.name, f.from, &doc, inputs)
		}
	}
	if steps == 0 {
		t.Error("no page uses the action: this test looks at the wrong places")
	}
}

// checkSteps counts the steps below a node that use the action, and wants their inputs to exist.
func checkSteps(t *testing.T, name string, line int, n *yaml.Node, inputs map[string]bool) (steps int) {
	t.Helper()
	var step struct {
		Uses string
		With map[string]yaml.Node
	}
	if n.Kind == yaml.MappingNode && n.Decode(&step) == nil && strings.Contains(step.Uses, "/genesys-timeouts@") {
		steps++
		for input := range step.With {
			if !inputs[input] {
				t.Errorf("%s:%d: the action has no input %q", name, line+n.Line, input)
			}
		}
	}
	for _, below := range n.Content {
		steps += checkSteps(t, name, line, below, inputs)
	}
	return steps
}

// TestExampleForTheSandboxIsTheDemos keeps the manifest that the project's own CI gives to the action, on a sandbox.
func TestExampleForTheSandboxIsTheDemos(t *testing.T) {
	file := filepath.Join(root(t), "examples", "genesys-timeouts.yaml")
	const modeline = "# yaml-language-server: $schema=../schema/manifest.schema.json\n#\n"
	want := append([]byte(modeline), sandbox.DemoManifest("integrations")...)
	if *updateDocs {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
		t.Errorf("%s is not the demo's manifest (%v): go test ./pkg/cli -run ExampleForTheSandbox -update writes it",
			file, err)
	}
}

// TestCaskInstallsEveryManualPage compares the cask's manual pages with those that the program writes.
func TestCaskInstallsEveryManualPage(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root(t), ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Casks []struct{ Manpages []string } `yaml:"homebrew_casks"`
	}
	if err := yaml.Unmarshal(content, &release); err != nil || len(release.Casks) != 1 {
		t.Fatalf("%d casks, want 1 (%v)", len(release.Casks), err)
	}
	dir := t.TempDir()
	helpOf(t, "man", dir)
	written, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(written) == 0 {
		t.Fatalf("no manual pages (%v)", err)
	}
	for i, name := range written {
		written[i] = "man/man1/" + filepath.Base(name)
	}
	slices.Sort(written)
	listed := slices.Sorted(slices.Values(release.Casks[0].Manpages))
	if diff := cmp.Diff(written, listed); diff != "" {
		t.Errorf("-written by man +in .goreleaser.yaml\n%s", diff)
	}
}
