package ci_test

import (
	"os"
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// The project's own workflow uses the action on its own tree, against a sandbox: the same steps, with the same inputs.
func TestTheProjectsOwnWorkflow(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(top, ".github", "workflows", "ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				ID, Uses string
				With     map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(b, &workflow); err != nil {
		t.Fatal(err)
	}
	r := newFixture(t)
	if r.workspace, err = filepath.Abs(top); err != nil {
		t.Fatal(err)
	}
	results := map[string]result{}
	for _, step := range workflow.Jobs["action"].Steps {
		if step.Uses != "./" {
			continue
		}
		j := push("aaa")
		for name, value := range step.With {
			if _, known := r.action.Inputs[name]; !known {
				t.Errorf("there is no input %s", name)
			}
			if name != "install-mode" { // it is built already
				j = j.inputs(name, value)
			}
		}
		res := r.run(j)
		r.want(res, 0, "failure-reason", "")
		results[step.With["command"]] = res
	}
	r.want(results["plan"], 0, "exit-code", "2", "changes", "true")
	r.want(results["apply"], 0, "exit-code", "0", "to-change", results["plan"].out["to-change"], "failed", "0")
	r.want(results["drift"], 0, "exit-code", "0", "changes", "false")
	if n := len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests to GitHub, for which the job has no permission", n)
	}
}
