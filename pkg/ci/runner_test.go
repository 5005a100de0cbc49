// These tests run the steps of action.yml as GitHub's runner does: GITHUB_* variables and files, and a log that is
// read for workflow commands. Genesys Cloud is the sandbox, GitHub is githubtest. Most runs are in this process; a
// fixture with real set uses bash and the real binary, as all do where GENESYS_TIMEOUTS_REAL is set.
package ci_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"genesys-timeouts/pkg/github/githubtest"
	"genesys-timeouts/pkg/sandbox"
)

const (
	tool = "genesys-timeouts"
	pr   = 7
)

// top is the repository. It is absolute, because runs change the working directory.
var top = func() string {
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		panic(err)
	}
	return top
}()

func TestMain(m *testing.M) {
	status := m.Run()
	if buildFolder != "" {
		_ = os.RemoveAll(buildFolder)
	}
	os.Exit(status)
}

var buildFolder string

// binary is the folder of the real binary, which the action's own script builds once.
var binary = sync.OnceValues(func() (string, error) {
	temp, err := os.MkdirTemp("", "ci-test-")
	if err != nil {
		return "", err
	}
	buildFolder = temp
	build := exec.Command("bash", filepath.Join(top, ".github", "action", "install.sh"))
	build.Dir = top
	build.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+top, "RUNNER_TEMP="+temp, "INPUT_INSTALL_MODE=build")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New("building the binary: " + err.Error() + "\n" + string(out))
	}
	return filepath.Join(temp, tool), nil
})

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

// fixture is a repository with a workflow that uses the action, on a separate runner.
type fixture struct {
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
	// idle allows answers that were never asked for.
	idle bool
	// real runs the steps with bash and the real binary instead of in this process.
	real bool
	bin  string // the real binary's folder
}

// withBinary has the fixture run the real thing.
func (r *fixture) withBinary() *fixture {
	r.t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		r.t.Skip("the action's steps need bash, which every runner of GitHub's has; on Windows they need a runner")
	}
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	r.real, r.bin = true, bin
	return r
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &fixture{t: t, action: readAction(t), genesys: server, hub: githubtest.Start(t), workspace: t.TempDir(),
		env: server.Env()}
	r.secrets = []string{githubtest.Token, r.env["GENESYS_CLIENT_SECRET"]}
	r.write("genesys-timeouts.yaml", manifest)
	r.hub.AddCommits("", "m0")
	r.hub.AddPull(githubtest.Pull{Number: pr, Head: "aaa"})
	if os.Getenv("GENESYS_TIMEOUTS_REAL") != "" {
		r.withBinary()
	}
	t.Cleanup(func() {
		if u := r.hub.Unused(); len(u) > 0 && !r.idle {
			t.Errorf("answers nobody asked for: %s", strings.Join(u, "; "))
		}
	})
	return r
}

// manifest differs from the sandbox in three timeouts of four: two raised, one of them behind a step that gives up
// earlier, one lowered.
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

// another wants one timeout other than manifest does.
var another = strings.Replace(manifest, "timeout: 12s", "timeout: 13s", 1)

// merge merges a pull request, which makes the commit on main.
func (r *fixture) merge(number int, commit string) {
	r.hub.AddCommits("m0", commit)
	r.hub.Merge(number, commit)
}

func (r *fixture) write(name, text string) {
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
	// ref is refs/heads/main if empty.
	ref string
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
		"number": pr, "merged": false, "head": map[string]any{"sha": head,
			"repo": map[string]any{"full_name": githubtest.Repository}},
	}}}
}

// push is a run on main for a commit.
func push(sha string) job {
	return job{event: "push", sha: sha, payload: map[string]any{"before": "m0", "after": sha}}
}

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
func (r *fixture) run(j job) result {
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
func (r *fixture) jobEnv(j job, temp string) map[string]string {
	r.t.Helper()
	payload, err := json.Marshal(j.payload)
	if err != nil {
		r.t.Fatal(err)
	}
	files := map[string]string{"GITHUB_EVENT_PATH": string(payload), "GITHUB_OUTPUT": "",
		"GITHUB_STEP_SUMMARY": "", "GITHUB_PATH": "", "GITHUB_ENV": "", "GITHUB_STATE": ""}
	env := map[string]string{
		"PATH": r.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": temp, "CI": "true",
		"GITHUB_ACTIONS":     "true",
		"GITHUB_ACTION_PATH": top, "GITHUB_ACTION_REPOSITORY": "", "GITHUB_REPOSITORY": githubtest.Repository,
		"GITHUB_EVENT_NAME": j.event,
		"GITHUB_SHA":        j.sha, "GITHUB_REF": cmp.Or(j.ref, "refs/heads/main"), "GITHUB_WORKSPACE": r.workspace,
		"RUNNER_TEMP": temp,
		"RUNNER_OS":   "Linux", "RUNNER_ARCH": "X64",
		"GITHUB_RUN_ID": strconv.Itoa(j.id), "GITHUB_RUN_NUMBER": strconv.Itoa(j.id),
		"GITHUB_RUN_ATTEMPT": strconv.Itoa(max(1, j.attempt)),
		"GITHUB_SERVER_URL":  r.hub.URL(), "GITHUB_API_URL": r.hub.APIURL(), "GITHUB_GRAPHQL_URL": r.hub.GraphQLURL(),
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
func (r *fixture) steps(j job, env map[string]string, temp string) result {
	r.t.Helper()
	with := map[string]string{}
	for name, in := range r.action.Inputs {
		with[name] = strings.ReplaceAll(in.Default, "${{ github.token }}", githubtest.Token)
	}
	with["install-mode"] = "path"
	maps.Copy(with, j.with)
	var log bytes.Buffer
	var res result
	outputs := map[string]map[string]string{}
	for _, step := range r.action.Runs.Steps {
		if res.status != 0 {
			break
		}
		if !r.real && step.ID != "run" {
			continue
		}
		vars := maps.Clone(env)
		for name, value := range step.Env {
			vars[name] = evaluate(r.t, value, with)
		}
		if r.real {
			cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", scriptFile(r.t, temp, step.ID,
				step.Run))
			cmd.Dir, cmd.Stdout, cmd.Stderr = r.workspace, &log, &log
			for name, value := range vars {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			res.status = execute(r.t, cmd, j, step.ID == "run")
		} else {
			res.status = inProcess(r.t, r.workspace, vars, &log)
		}
		text := readFile(r.t, env["GITHUB_OUTPUT"])
		out, err := githubtest.ReadOutputs(text)
		if err != nil {
			r.t.Errorf("the runner cannot read the outputs of step %s: %v\n%s", step.ID, err, text)
		}
		outputs[step.ID] = out
		if err := os.WriteFile(env["GITHUB_OUTPUT"], nil, 0o600); err != nil && !j.loose { // each step has its own file
			r.t.Error(err)
		}
	}
	res.log, res.summary, res.pathEntries = log.String(), readFile(r.t, env["GITHUB_STEP_SUMMARY"]), readFile(r.t,
		env["GITHUB_PATH"])
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
