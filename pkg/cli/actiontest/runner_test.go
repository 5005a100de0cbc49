// Package actiontest runs the steps of action.yml as GitHub's runner does: with bash, GITHUB_* variables and files, and a log
// that is read for workflow commands. Genesys Cloud is the sandbox, GitHub is githubtest, the program is the real binary.
package actiontest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"genesys-timeouts/pkg/github/githubtest"
	"genesys-timeouts/pkg/sandbox"
)

const (
	top  = "../../.."
	tool = "genesys-timeouts"
	pr   = 7
)

// bin is the folder with the binary, which the action's own script builds once.
var bin string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		return m.Run() // each test says why it is skipped
	}
	temp, err := os.MkdirTemp("", "actiontest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(temp)
	action, err := filepath.Abs(top)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	build := exec.Command("bash", filepath.Join(action, ".github", "action", "install.sh"))
	build.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+action, "RUNNER_TEMP="+temp, "INPUT_INSTALL_MODE=build")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	bin = filepath.Join(temp, tool)
	return m.Run()
}

// action is what is looked at of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			ID, Run string
			Env     map[string]string
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

// rig is a repository with a workflow that uses the action, on a runner of its own.
type rig struct {
	t         *testing.T
	action    action
	genesys   *sandbox.Server
	hub       *githubtest.Server
	workspace string
	// env is what the workflow gives the step besides its inputs; an empty value takes a variable away.
	env map[string]string
	// runs counts the runs of workflows; each gets the next id.
	runs    int
	secrets []string
	// idle is set where answers may be left that nobody asked for.
	idle bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	if bin == "" {
		t.Skip("the action's steps need bash, which every runner of GitHub's has; on Windows they need a runner")
	}
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, action: readAction(t), genesys: server, hub: githubtest.Start(t), workspace: t.TempDir(), env: server.Env()}
	r.secrets = []string{githubtest.Token, r.env["GENESYS_CLIENT_SECRET"]}
	r.write("genesys-timeouts.yaml", manifest)
	t.Cleanup(func() {
		if u := r.hub.Unused(); len(u) > 0 && !r.idle {
			t.Errorf("answers nobody asked for: %s", strings.Join(u, "; "))
		}
	})
	return r
}

// manifest differs from the sandbox in three timeouts of four: two raised, one of them behind a step that gives up earlier,
// one lowered.
const manifest = `version: 1
flows:
  - name: Inbound Support
    type: inboundcall
    actions:
      - name: Customer lookup
        timeout: 12s
      - name: Get order
        timeout: 20s
actions:
  - name: Cancel order
    timeout: 15s
  - name: Create case
    timeout: 10s
`

func (r *rig) write(name, text string) {
	r.t.Helper()
	file := filepath.Join(r.workspace, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// job is one run of the workflow's job.
type job struct {
	event   string
	payload any
	sha     string
	// id and attempt are of the run; 0 is the next id, and the first attempt.
	id, attempt int
	with        map[string]string
	// during is called while the step runs, with its process.
	during func(*os.Process)
	// loose leaves out what holds of every run that was started as a runner starts one.
	loose bool
}

// pullRequest is a run for a commit of pull request 7.
func pullRequest(head string) job {
	return job{event: "pull_request", sha: "merge-of-" + head, payload: map[string]any{"pull_request": map[string]any{
		"number": pr, "merged": false, "head": map[string]any{"sha": head, "repo": map[string]any{"full_name": githubtest.Repository}},
	}}}
}

// push is a run on main for a commit.
func push(sha string) job { return job{event: "push", sha: sha, payload: map[string]any{"after": sha}} }

// schedule is a run by the clock.
func schedule() job { return job{event: "schedule", sha: "main", payload: map[string]any{}} }

// inputs sets the action's inputs: "command", "apply", "label", "prod".
func (j job) inputs(pairs ...string) job {
	j.with = maps.Clone(j.with)
	if j.with == nil {
		j.with = map[string]string{}
	}
	for i := 0; i < len(pairs); i += 2 {
		j.with[pairs[i]] = pairs[i+1]
	}
	return j
}

// result is what a runner has of a step that used the action.
type result struct {
	status                    int
	log, summary, pathEntries string
	out                       map[string]string
	names                     []string // of the outputs that the step wrote
	commands                  []githubtest.Command
}

// run runs the action's steps and checks what must hold of every run.
func (r *rig) run(j job) result {
	r.t.Helper()
	if j.id == 0 {
		r.runs++
		j.id = 1000 + r.runs
	}
	temp := r.t.TempDir()
	env := r.jobEnv(j, temp)
	before := len(r.genesys.Requests())
	hubBefore := len(r.hub.Requests())
	res := r.steps(j, env, temp)
	if !j.loose {
		r.check(j, res, before, hubBefore)
	}
	return res
}

// jobEnv is the environment that the runner gives each step.
func (r *rig) jobEnv(j job, temp string) map[string]string {
	r.t.Helper()
	payload, err := json.Marshal(j.payload)
	if err != nil {
		r.t.Fatal(err)
	}
	files := map[string]string{"GITHUB_EVENT_PATH": string(payload), "GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_PATH": "", "GITHUB_ENV": "", "GITHUB_STATE": ""}
	env := map[string]string{
		"PATH": bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": temp, "CI": "true", "GITHUB_ACTIONS": "true",
		"GITHUB_ACTION_PATH": top, "GITHUB_ACTION_REPOSITORY": "", "GITHUB_REPOSITORY": githubtest.Repository, "GITHUB_EVENT_NAME": j.event,
		"GITHUB_SHA": j.sha, "GITHUB_REF": "refs/heads/main", "GITHUB_WORKSPACE": r.workspace, "RUNNER_TEMP": temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
		"GITHUB_RUN_ID": strconv.Itoa(j.id), "GITHUB_RUN_NUMBER": strconv.Itoa(j.id), "GITHUB_RUN_ATTEMPT": strconv.Itoa(max(1, j.attempt)),
		"GITHUB_SERVER_URL": r.hub.URL(), "GITHUB_API_URL": r.hub.APIURL(), "GITHUB_GRAPHQL_URL": r.hub.GraphQLURL(),
	}
	if path, err := filepath.Abs(top); err == nil {
		env["GITHUB_ACTION_PATH"] = path
	}
	for name, text := range files {
		env[name] = filepath.Join(temp, strings.ToLower(name))
		if err := os.WriteFile(env[name], []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	for name, value := range r.env {
		if env[name] = value; value == "" {
			delete(env, name)
		}
	}
	return env
}

// steps runs the steps until one fails.
func (r *rig) steps(j job, env map[string]string, temp string) result {
	r.t.Helper()
	with := map[string]string{}
	for name, in := range r.action.Inputs {
		with[name] = strings.ReplaceAll(in.Default, "${{ github.token }}", githubtest.Token)
	}
	with["install-mode"] = "path"
	maps.Copy(with, j.with)
	var log strings.Builder
	var res result
	outputs := map[string]map[string]string{}
	for _, step := range r.action.Runs.Steps {
		if res.status != 0 {
			break
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", scriptFile(r.t, temp, step.ID, step.Run))
		cmd.Dir, cmd.Stdout, cmd.Stderr = r.workspace, &log, &log
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+evaluate(r.t, value, with))
		}
		res.status = execute(r.t, cmd, j, step.ID == "run")
		text := readFile(r.t, env["GITHUB_OUTPUT"])
		out, err := githubtest.ReadOutputs(text)
		if err != nil {
			r.t.Errorf("the runner cannot read the outputs of step %s: %v\n%s", step.ID, err, text)
		}
		outputs[step.ID] = out
		if err := os.WriteFile(env["GITHUB_OUTPUT"], nil, 0o600); err != nil && !j.loose { // each step has a file of its own
			r.t.Error(err)
		}
	}
	res.log, res.summary, res.pathEntries = log.String(), readFile(r.t, env["GITHUB_STEP_SUMMARY"]), readFile(r.t, env["GITHUB_PATH"])
	res.commands = githubtest.Commands(res.log)
	res.out, res.names = map[string]string{}, slices.Sorted(maps.Keys(outputs["run"]))
	for name, o := range r.action.Outputs {
		id, output, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(o.Value, "${{ steps."), " }}"), ".outputs.")
		res.out[name] = outputs[id][output]
	}
	return res
}

// evaluate gives an expression of action.yml its value.
func evaluate(t *testing.T, value string, with map[string]string) string {
	t.Helper()
	if value == "${{ github.action_repository }}" {
		return ""
	}
	name, ok := strings.CutPrefix(value, "${{ inputs.")
	if in, known := with[strings.TrimSuffix(name, " }}")]; ok && known {
		return in
	}
	t.Fatalf("no runner knows the value of %q", value)
	return ""
}

// scriptFile is what the runner makes of a step's run.
func scriptFile(t *testing.T, temp, id, run string) string {
	t.Helper()
	name := filepath.Join(temp, id+".sh")
	if err := os.WriteFile(name, []byte(run), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func execute(t *testing.T, cmd *exec.Cmd, j job, main bool) int {
	t.Helper()
	err := cmd.Start()
	if err == nil {
		if main && j.during != nil {
			j.during(cmd.Process)
		}
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}
