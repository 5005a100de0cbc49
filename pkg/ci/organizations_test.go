package ci_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// organizations are the sandbox's two, test and production, beside a repository with their manifest.
type organizations struct {
	*fixture
	servers          sandbox.Organizations
	test, production *sandbox.Server
}

func newOrganizations(t *testing.T) organizations {
	t.Helper()
	r := newFixture(t)
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, sandbox.DemoOrganizations()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	r.env = servers.Env()
	for name, value := range r.env {
		if strings.Contains(name, "SECRET") {
			r.secrets = append(r.secrets, value)
		}
	}
	r.write("genesys-timeouts.yaml", string(sandbox.DemoManifestOfOrganizations()))
	return organizations{r, servers, servers[0], servers[1]}
}

// only leaves a job one organisation's variables, without a suffix, as a job of a matrix has them.
func (o organizations) only(s *sandbox.Server) {
	o.env = s.Env()
	delete(o.env, "GENESYS_ENVIRONMENT")
}

func (o organizations) seconds(s *sandbox.Server, name string) string {
	o.t.Helper()
	return (&fixture{t: o.t, genesys: s}).timeout(name, "")
}

func allOrganizations(head string) job { return pullRequest(head).inputs("org", "all") }

func TestOneCommentForSeveralOrganizations(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	res := o.run(allOrganizations("aaa"))
	o.want(res, 0, "comment-status", "created", "exit-code", "2", "failed", "0", "to-change", "5", "unchanged", "6")
	o.holds("the comment", o.theComment(), "### Data action timeouts: 2 organisations, 5 to update",
		"**Planned** for `test` (", " and `production` (", "| `test` | `production` |",
		"<details><summary><code>test</code>: ", "<details><summary><code>production</code>: ")
	var joint struct {
		Organizations map[string]json.RawMessage
	}
	folder := filepath.Dir(res.out["plan-json-path"])
	if err := json.Unmarshal([]byte(readFile(t, res.out["plan-json-path"])), &joint); err != nil ||
		len(joint.Organizations) != 2 {
		t.Errorf("plan-json-path has %d organisations: %v", len(joint.Organizations), err)
	}
	for name := range joint.Organizations {
		if _, err := plan.Parse([]byte(readFile(t, filepath.Join(folder, name+".json")))); err != nil {
			t.Errorf("the plan of %s: %v", name, err)
		}
	}
	o.want(o.run(allOrganizations("aaa")), 0, "comment-status", "unchanged", "plan-hash", res.out["plan-hash"])

	// Each organisation's apply finds its own list, whichever comes first, and says so.
	o.merge(pr, "m1")
	o.only(o.production)
	o.want(o.run(apply("org", "production")), 0, "comment-status", "updated", "to-change", "3")
	o.holds("the comment", o.theComment(), "`production`: **Applied** by a run that wrote 3 timeouts",
		"**Planned** for `test` (", "Undo in <code>production</code>", "Take card payment")
	if got := o.seconds(o.test, "Get order"); got != "8" {
		t.Errorf("test has %ss after production's apply", got)
	}
	o.only(o.test)
	o.want(o.run(apply("org", "test")), 0, "comment-status", "updated", "to-change", "2")
	o.holds("the comment", o.theComment(), "`test`: **Applied** by a run that wrote 2 timeouts",
		"`production`: **Applied** by", "Undo in <code>production</code>", "Undo in <code>test</code>")
	for s, want := range map[*sandbox.Server]string{o.test: "10", o.production: "20"} {
		if got := o.seconds(s, "Get order"); got != want {
			t.Errorf("Get order has %ss in %s, want %ss", got, s.Org(), want)
		}
	}
	// An approval counts once in each organisation.
	if err := o.test.SetTimeout(o.test.ActionID("Get order", ""), 8); err != nil {
		t.Fatal(err)
	}
	res = o.run(apply("org", "test"))
	o.want(res, 1, "failure-reason", "plan-changed")
	o.holds("the comment", o.theComment(), "`test`: **Not applied**: ", "used up", "`production`: **Applied** by")
}

// A change of live in test leaves production's approval alone.
func TestOrganizationsAreApprovedOneByOne(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	o.want(o.run(allOrganizations("aaa")), 0)
	o.merge(pr, "m1")
	if err := o.test.SetTimeout(o.test.ActionID("Get order", ""), 7); err != nil {
		t.Fatal(err)
	}
	o.only(o.test)
	res := o.run(apply("org", "test"))
	o.want(res, 1, "failure-reason", "plan-changed")
	o.holds("the log", res.log, `"Get order" (7s to 10s): pull request #7 showed it from 8s, and live is 7s now`)
	o.only(o.production)
	o.want(o.run(apply("org", "production")), 0)
}

func TestOneOrganizationFails(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	delete(o.env, "GENESYS_CLIENT_SECRET_TEST")
	res := o.run(allOrganizations("aaa"))
	o.want(res, 1, "failure-reason", "auth-failed", "comment-status", "created", "to-change", "3")
	o.holds("the log", res.log, "GENESYS_CLIENT_SECRET_TEST")
	o.holds("the comment", o.theComment(), "state=errors", "3 to update, 1 failed ❌", "| failed |",
		"<details><summary><code>test</code>: failed</summary>", "GENESYS_CLIENT_SECRET_TEST")
	if n := len(o.test.Requests()); n != 0 {
		t.Errorf("%d requests to an organisation without credentials", n)
	}
	o.merge(pr, "m1")
	o.only(o.test)
	res = o.run(apply("org", "test"))
	o.want(res, 1, "failure-reason", "plan-not-found") // nobody saw its plan
	o.only(o.production)
	o.want(o.run(apply("org", "production")), 0) // it was shown whole
}

func TestApplyServesOneOrganization(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	for name, c := range map[string]struct{ org, says string }{
		"all":     {"all", "command apply writes to one organisation, and input org chooses 2"},
		"none":    {"", "the manifest declares several organizations: test, production"},
		"unknown": {"prodction", `did you mean "production"?`},
	} {
		res := o.run(apply("org", c.org))
		if res.status != 1 || !strings.Contains(res.log, c.says) {
			t.Errorf("%s: exit %d:\n%s", name, res.status, res.log)
		}
	}
	if n := len(o.test.Requests()) + len(o.production.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestValidateChecksEveryOrganization(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	o.want(o.run(pullRequest("aaa").inputs("command", "validate")), 0)
	text := string(sandbox.DemoManifestOfOrganizations())
	o.write("genesys-timeouts.yaml", strings.Replace(text, "test: 10s, production: 20s", "test: 10s, production: 99s", 1))
	res := o.run(pullRequest("aaa").inputs("command", "validate"))
	o.want(res, 1, "failure-reason", "invalid-manifest")
	o.holds("the log", res.log, "99s")
}

func TestDriftHasAnIssueForEachOrganization(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	drift := func() job { return schedule().inputs("command", "drift", "org", "all") }
	res := o.run(drift())
	o.want(res, 1, "failure-reason", "drift-detected", "issue-status", "created", "to-change", "5",
		"issue-number", "1", "issue-url", o.hub.URL()+"/acme/voice/issues/1\n"+o.hub.URL()+"/acme/voice/issues/2")
	issues := o.hub.Issues()
	if len(issues) != 2 {
		t.Fatalf("%d issues", len(issues))
	}
	titles := issues[0].Title + "\n" + issues[1].Title
	o.holds("the titles", titles, "drifted: test", "drifted: production")
	// One organisation's own run keeps the same issue.
	o.only(o.test)
	o.want(o.run(schedule().inputs("command", "drift", "org", "test")), 1, "issue-status", "updated")
	if n := len(o.hub.Issues()); n != 2 {
		t.Errorf("%d issues", n)
	}
	// One that may not be written is told, whichever it is.
	o.env = o.servers.Env()
	o.hub.Answer("PATCH", "/repos/acme/voice/issues/2", githubtest.Answer{Status: 403, Body: forbidden})
	o.want(o.run(drift()), 1, "issue-status", "degraded", "issue-number", "1", "issue-url",
		o.hub.URL()+"/acme/voice/issues/1\n"+o.hub.URL()+"/acme/voice/issues/2")
}

// saved plans each organisation in its own job and keeps the plans where the last job finds them.
func (o organizations) saved() {
	o.t.Helper()
	for _, s := range o.servers {
		o.only(s)
		res := o.run(pullRequest("aaa").inputs("org", s.Org(), "comment", "never"))
		o.want(res, 0, "comment-status", "skipped")
		o.write("plans/"+s.Org()+"/plan.json", readFile(o.t, res.out["plan-json-path"]))
	}
	o.env = map[string]string{}
}

func commentPlans(plans string) job {
	return pullRequest("aaa").inputs("command", "comment", "plans", plans)
}

// Where no job may hold the secrets of two organisations, a last job without any writes the one comment.
func TestCommentFromSavedPlans(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	o.withBinary()
	o.saved()
	before := len(o.test.Requests()) + len(o.production.Requests())
	res := o.run(commentPlans("plans/*/plan.json"))
	o.want(res, 0, "comment-status", "created", "to-change", "5", "exit-code", "2")
	if after := len(o.test.Requests()) + len(o.production.Requests()); after != before {
		t.Errorf("%d requests to Genesys Cloud", after-before)
	}
	o.holds("the comment", o.theComment(), "2 organisations, 5 to update", "| `test` | `production` |")
	// The same as in one job, so that nothing is written twice.
	o.env = o.servers.Env()
	o.want(o.run(allOrganizations("aaa")), 0, "comment-status", "unchanged", "plan-hash", res.out["plan-hash"])
	o.merge(pr, "m1")
	o.only(o.production)
	o.want(o.run(apply("org", "production")), 0, "to-change", "3")
}

func TestSavedPlansThatAreNotShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plans  string
		change func(o organizations)
		says   string
	}{
		"no file": {"plans/*/nothing.json", nil, `input plans: "plans/*/nothing.json" matches no file`},
		"edited": {"plans/*/plan.json", func(o organizations) {
			text := readFile(o.t, filepath.Join(o.workspace, "plans/test/plan.json"))
			o.write("plans/test/plan.json", strings.Replace(text, `"after_ms": 10000`, `"after_ms": 55000`, 1))
		}, "plan-refused"},
		"of another manifest": {"plans/*/plan.json", func(o organizations) {
			o.write("genesys-timeouts.yaml", string(sandbox.DemoManifestOfOrganizations())+"# another\n")
		}, "was made from another manifest than the one here"},
		"twice": {"plans/*/plan.json\nagain.json", func(o organizations) {
			o.write("again.json", readFile(o.t, filepath.Join(o.workspace, "plans/test/plan.json")))
		}, `organisation "test" has two plans`},
		"outside": {"plans/test/plan.json\nout.json", func(o organizations) {
			secret := filepath.Join(o.t.TempDir(), "plan.json")
			if err := os.WriteFile(secret, []byte("hunter2"), 0o600); err != nil {
				o.t.Fatal(err)
			}
			if err := os.Symlink(secret, filepath.Join(o.workspace, "out.json")); err != nil {
				o.t.Skip(err)
			}
		}, `"out.json" is outside the workspace: it is not read`},
		"none given": {"", nil, "input plans: command comment needs saved plans"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOrganizations(t)
			o.saved()
			if c.change != nil {
				c.change(o)
			}
			res := o.run(commentPlans(c.plans))
			o.want(res, 1, "failure-reason", "plan-failed")
			says := c.says
			if says == "plan-refused" {
				says = "digest"
			}
			o.holds("the log", res.log, says)
			if strings.Contains(res.log+res.summary, "hunter2") {
				t.Errorf("the log or the summary says what a file outside holds")
			}
			if n := len(o.ours()); n != 0 {
				t.Errorf("%d comments", n)
			}
		})
	}
}

// An organisation whose plan job failed is not left out without a word.
func TestAnOrganizationWithoutASavedPlan(t *testing.T) {
	t.Parallel()
	o := newOrganizations(t)
	o.saved()
	res := o.run(commentPlans("plans/test/plan.json"))
	o.want(res, 1, "failure-reason", "plan-failed", "comment-status", "created", "to-change", "2")
	o.holds("the log", res.log, "organisation production: no plan of it was given")
	o.holds("the comment", o.theComment(), "1 failed ❌", "<code>production</code>: failed", "no plan of it was given")
	// Input org says which plans there should be.
	o.want(o.run(commentPlans("plans/test/plan.json").inputs("org", "test")), 0, "comment-status", "updated")
	// Without a manifest the plans stand for themselves.
	if err := os.Remove(filepath.Join(o.workspace, "genesys-timeouts.yaml")); err != nil {
		t.Fatal(err)
	}
	o.want(o.run(commentPlans("plans/*/plan.json")), 0, "to-change", "5")
}

// Evidence stands beside the changes, and neither the approval nor the comment's digest knows it.
func TestEvidence(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	without := r.run(pullRequest("aaa"))
	r.want(without, 0, "comment-status", "created")
	if strings.Contains(r.theComment(), "Last 7 days") {
		t.Error("evidence that was not asked for")
	}
	res := r.run(pullRequest("aaa").inputs("evidence", "7d"))
	r.want(res, 0, "comment-status", "unchanged", "plan-hash", without.out["plan-hash"])
	r.holds("the plan", readFile(t, res.out["plan-json-path"]), `"evidence": {`)
	r.holds("the summary", res.summary, "Last 7 days")
	r.want(r.run(pullRequest("bbb").inputs("evidence", "7d", "comment", "always", "label", "x")), 0,
		"comment-status", "created")
	r.holds("the comments", strings.Join(r.ours(), ""), "Last 7 days")
	res = r.run(pullRequest("aaa").inputs("evidence", "a week"))
	r.want(res, 1, "failure-reason", "plan-failed")
	r.holds("the log", res.log, "input evidence: ", "1d to 366d")
}

// Evidence that is refused is one note, which neither the approval nor the comment's digest knows.
func TestEvidenceThatIsRefusedIsOneNote(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.genesys.SetAnalytics(sandbox.Analytics{Refused: true})
	res := r.run(pullRequest("aaa").inputs("evidence", "7d"))
	r.want(res, 0, "comment-status", "created", "exit-code", "2")
	for where, text := range map[string]string{
		"the log": res.log, "the summary": res.summary, "the comment": r.theComment(),
		"the report": readFile(t, res.out["report-path"]),
	} {
		if n := strings.Count(strings.ToLower(text), "no evidence: "); n != 1 || !strings.Contains(text, "403 Forbidden") {
			t.Errorf("%s says it %d times:\n%s", where, n, text)
		}
	}
	without := r.run(pullRequest("aaa"))
	r.want(without, 0, "comment-status", "unchanged", "plan-hash", res.out["plan-hash"])
	with, plain := r.savedPlan(res), r.savedPlan(without)
	if with.Digest != plain.Digest || with.NoEvidence != "" {
		t.Errorf("plans %s (%s) and %s", with.Digest, with.NoEvidence, plain.Digest)
	}
	r.want(r.run(pullRequest("aaa").inputs("evidence", "7d")), 0, "comment-status", "unchanged")

	o := newOrganizations(t)
	o.test.SetAnalytics(sandbox.Analytics{Refused: true})
	res = o.run(allOrganizations("aaa").inputs("evidence", "7d"))
	o.want(res, 0, "comment-status", "created")
	o.holds("the log", res.log, "· no evidence: test: POST ", "403 Forbidden")
	o.holds("the comment", o.theComment(), "<code>test</code>", "- No evidence: ", "<code>production</code>",
		"Last 7 days")
	o.want(o.run(allOrganizations("aaa")), 0, "comment-status", "unchanged")
}

func (r *fixture) savedPlan(res result) plan.Document {
	r.t.Helper()
	doc, err := plan.Parse([]byte(readFile(r.t, res.out["plan-json-path"])))
	if err != nil {
		r.t.Fatal(err)
	}
	return doc
}
