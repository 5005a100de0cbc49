package github_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

const top = "../.."

// action is what is looked at of action.yml.
type action struct {
	Name, Description string
	Inputs            map[string]struct{ Description, Default string }
	Outputs           map[string]struct{ Description, Value string }
	Runs              struct {
		Using string
		Steps []struct {
			ID, Uses, Shell, Run string
			Env                  map[string]string
		}
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// What users and their workflows rely on; a change here is a change of the action's major version.
var (
	defaults = map[string]string{
		"command": "plan", "manifest": "", "working-directory": ".", "label": "", "comment": "always", "pr-number": "",
		"require-approved-plan": "true", "fail-on-changes": "false", "fail-on-drift": "true", "drift-issue": "true",
		"drift-issue-labels": "genesys-timeouts-drift", "annotations": "true", "summary": "true",
		"strict-comment": "false", "strict": "false", "deny-lower": "false", "max-changes": "", "callers": "changed",
		"allow-hosts": "", "org": "", "plans": "", "evidence": "",
		"github-token": "${{ github.token }}", "install-mode": "auto",
	}
	outputs = []string{
		"changes", "comment-status", "comment-url", "exit-code", "failed", "failure-reason", "issue-number",
		"issue-status", "issue-url", "lowered",
		"plan-hash", "plan-json-path", "report-path", "to-change", "unchanged", "version", "warnings",
	}
)

func TestActionHasTheInputsAndOutputsPromised(t *testing.T) {
	a := readAction(t)
	got := map[string]string{}
	for name, in := range a.Inputs {
		got[name] = in.Default
		if len(in.Description) < 20 {
			t.Errorf("input %s is not described", name)
		}
	}
	if d := cmp.Diff(defaults, got); d != "" {
		t.Errorf("inputs (-want +got):\n%s", d)
	}
	var names []string
	for name, out := range a.Outputs {
		names = append(names, name)
		if want := "${{ steps.run.outputs." + name + " }}"; out.Value != want || out.Description == "" {
			t.Errorf("output %s is %q (%q), want %q", name, out.Value, out.Description, want)
		}
	}
	slices.Sort(names)
	if d := cmp.Diff(outputs, names); d != "" {
		t.Errorf("outputs (-want +got):\n%s", d)
	}
}

// actionlint does not look into a composite action's steps.
func TestActionStepsAreSafe(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) != 2 {
		t.Errorf("%s with %d steps", a.Runs.Using, len(a.Runs.Steps))
	}
	inputs := map[string]bool{}
	expression := regexp.MustCompile(`^\$\{\{ (inputs|github)\.([a-z_-]+) \}\}$`)
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	for _, step := range a.Runs.Steps {
		if step.Uses != "" && !pinned.MatchString(step.Uses) {
			t.Errorf("uses %s is not pinned to a commit", step.Uses)
		}
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression in run is script injection: %q", step.Run)
		}
		if step.Shell != "bash" {
			t.Errorf("step %s has shell %q", step.ID, step.Shell)
		}
		bash(t, "-n", "-c", step.Run)
		for name, value := range step.Env {
			m := expression.FindStringSubmatch(value)
			switch {
			case m == nil:
				t.Errorf("%s is %q, which is more than one value handed on", name, value)
			case m[1] == "inputs":
				inputs[m[2]] = true
				if want := "INPUT_" + strings.ToUpper(strings.ReplaceAll(m[2], "-", "_")); name != want {
					t.Errorf("input %s is handed on as %s, want %s", m[2], name, want)
				}
			case strings.HasPrefix(name, "GITHUB_"):
				t.Errorf("%s hides the runner's own variable", name)
			}
		}
	}
	for name := range a.Inputs {
		if !inputs[name] {
			t.Errorf("input %s reaches no step", name)
		}
	}
}

func TestInstallScriptParses(t *testing.T) {
	bash(t, "-n", filepath.Join(top, ".github", "action", "install.sh"))
}

// bash runs bash and gives what it printed; a failure fails the test.
func bash(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(findBash(t), args...).CombinedOutput(); err != nil {
		t.Errorf("bash %q: %v\n%s", args, err, out)
	}
}

func findBash(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed; every runner of GitHub's has it")
	}
	return path
}

// workflow is what is looked at of a workflow.
type workflow struct {
	On          yaml.Node
	Permissions map[string]string
	Concurrency struct {
		Group  string
		Cancel bool `yaml:"cancel-in-progress"`
	}
	Jobs map[string]struct {
		Permissions map[string]string
		Environment string
		Steps       []struct {
			Uses string
			With map[string]string
			Env  map[string]string
		}
	}
}

func TestExampleWorkflowsAskForNoMoreThanTheyNeed(t *testing.T) {
	type job struct {
		Permissions map[string]string
		Environment string
		With        map[string]string
		Secrets     bool
	}
	code, pulls := map[string]string{
		"contents": "read",
	}, map[string]string{
		"contents":      "read",
		"pull-requests": "write",
	}
	issues := map[string]string{"contents": "read", "issues": "write"}
	validate := job{Permissions: code, With: map[string]string{"command": "validate"}}
	groups := map[string]string{}
	for name, c := range map[string]struct {
		jobs   map[string]job
		cancel bool
	}{
		"pull-request.yml": {
			map[string]job{"plan": {pulls, "", map[string]string{"label": "production"}, true},
				"validate": validate}, true,
		},
		"apply.yml": {
			map[string]job{"apply": {pulls, "production",
				map[string]string{"command": "apply", "label": "production"}, true}}, false,
		},
		"drift.yml": {
			map[string]job{"drift": {issues, "",
				map[string]string{"command": "drift", "label": "production", "fail-on-drift": "false"}, true}}, false,
		},
		"forks.yml": {map[string]job{"validate": validate}, true},
		// Whoever calls these grants what any of their jobs asks for.
		"reusable.yml": {
			map[string]job{"timeouts": {pulls, "",
				map[string]string{"command": "${{ inputs.command }}", "label": "${{ inputs.label }}"}, true}}, false,
		},
		"reusable-drift.yml": {
			map[string]job{"drift": {issues, "", map[string]string{"command": "drift", "label": "${{ inputs.label }}",
				"fail-on-drift": "${{ inputs.fail-on-drift }}"}, true}}, false,
		},
	} {
		b, err := os.ReadFile(filepath.Join(top, "examples", "workflows", name))
		if err != nil {
			t.Fatal(err)
		}
		var w workflow
		if err := yaml.Unmarshal(b, &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w.Permissions == nil || len(w.Permissions) > 0 || w.Concurrency.Cancel != c.cancel ||
			(w.Concurrency.Group == "") != strings.HasPrefix(name, "reusable") { // the caller has the group
			t.Errorf("%s: permissions %v, concurrency %+v", name, w.Permissions, w.Concurrency)
		}
		groups[name] = w.Concurrency.Group
		if strings.Contains(string(b), "pull_request"+"_target") {
			t.Errorf("%s: that event runs with secrets on code from elsewhere", name)
		}
		got := map[string]job{}
		for id, j := range w.Jobs {
			last := j.Steps[len(j.Steps)-1]
			got[id] = job{j.Permissions, j.Environment, last.With, len(last.Env) > 0}
		}
		if d := cmp.Diff(c.jobs, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if groups["apply.yml"] == groups["drift.yml"] {
		t.Errorf("a drift run cancels a waiting apply: %v", groups)
	}
}
