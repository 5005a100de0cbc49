package ci_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github/githubtest"
)

// words are the values that outputs of a fixed vocabulary may have.
var words = map[string][]string{
	"exit-code":      {"0", "1", "2"},
	"changes":        {"true", "false"},
	"comment-status": {"created", "updated", "unchanged", "skipped", "degraded"},
	"issue-status":   {"created", "updated", "reopened", "closed", "unchanged", "skipped", "degraded"},
	"failure-reason": {"", "invalid-manifest", "auth-failed", "plan-failed", "changes-found", "plan-not-found",
		"plan-changed", "apply-failed", "drift-detected"},
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]+$`)
	planHash    = regexp.MustCompile(`^(sha256:[0-9a-f]{64})?$`)
)

// check is what holds of every run: outputs complete and well-formed, a log that runs no foreign command, limits
// kept, no secret anywhere, writes by apply alone.
func (r *fixture) check(j job, res result, genesysBefore, hubBefore int) {
	r.t.Helper()
	r.checkOutputs(res)
	for _, c := range res.commands {
		if !slices.Contains([]string{"error", "warning", "notice"}, c.Name) {
			r.t.Errorf("the runner obeys %+v", c)
		}
	}
	if len(res.summary) > 900<<10 || !utf8.ValidString(res.summary) {
		r.t.Errorf("the summary has %d bytes, or is not UTF-8", len(res.summary))
	}
	for _, body := range r.bodies() {
		if len(body) > 60_000 || !utf8.ValidString(body) {
			r.t.Errorf("a body has %d bytes, or is not UTF-8", len(body))
		}
	}
	for _, q := range r.genesys.Requests()[genesysBefore:] {
		if q.Method != "GET" && !q.SignIn() && !strings.HasSuffix(q.Path, "/query") && j.with["command"] != "apply" {
			r.t.Errorf("%s wrote: %s %s", j.with["command"], q.Method, q.Path)
		}
		if token, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); ok &&
			!slices.Contains(r.secrets, token) {
			r.secrets = append(r.secrets, token)
		}
	}
	for _, q := range r.hub.Requests()[hubBefore:] {
		if q.Authorization != "Bearer "+githubtest.Token && j.with["github-token"] == "" {
			r.t.Errorf("GitHub was asked with %q", q.Authorization)
		}
		if q.Path != githubtest.GraphQLPath && !strings.HasPrefix(q.Path, "/repos/"+githubtest.Repository+"/") {
			r.t.Errorf("GitHub was asked for %s", q.Path)
		}
	}
	r.checkSecrets(res)
}

func (r *fixture) checkOutputs(res result) {
	r.t.Helper()
	out := res.out
	if d := cmp.Diff(slices.Sorted(maps.Keys(out)), res.names); d != "" {
		r.t.Errorf("outputs (-of action.yml +written):\n%s", d)
	}
	for name, allowed := range words {
		if !slices.Contains(allowed, out[name]) {
			r.t.Errorf("output %s is %q", name, out[name])
		}
	}
	for _, name := range []string{"to-change", "unchanged", "failed"} {
		if !wholeNumber.MatchString(out[name]) {
			r.t.Errorf("output %s is %q", name, out[name])
		}
	}
	for _, name := range []string{"plan-json-path", "report-path"} {
		if out[name] == "" {
			continue
		}
		if info, err := os.Stat(out[name]); err != nil || info.Size() == 0 {
			r.t.Errorf("output %s names %q, where there is nothing: %v", name, out[name], err)
		}
	}
	if out["issue-number"] != "" && !wholeNumber.MatchString(out["issue-number"]) ||
		!planHash.MatchString(out["plan-hash"]) || out["version"] == "" {
		r.t.Errorf("outputs %v", out)
	}
	if res.status != 0 && res.status != 1 || (res.status == 0) != (out["failure-reason"] == "") {
		r.t.Errorf("exit status %d with failure-reason %q", res.status, out["failure-reason"])
	}
	if changes := out["to-change"] != "0"; changes != (out["changes"] == "true") {
		r.t.Errorf("changes is %s with %s to change", out["changes"], out["to-change"])
	}
	if res.status == 1 && !slices.ContainsFunc(res.commands,
		func(c githubtest.Command) bool { return c.Name == "error" && c.Message != "" }) {
		r.t.Errorf("it failed without an error in the log:\n%s", res.log)
	}
}

// checkSecrets looks through all that others can read.
func (r *fixture) checkSecrets(res result) {
	r.t.Helper()
	texts := append(r.bodies(), res.log, res.summary)
	for name, value := range res.out {
		texts = append(texts, value)
		if strings.HasSuffix(name, "-path") && value != "" {
			texts = append(texts, readFile(r.t, value))
		}
	}
	for _, text := range texts {
		for _, s := range r.secrets {
			if s != "" && strings.Contains(text, s) {
				r.t.Errorf("a secret stands in %.300q", text)
			}
		}
	}
}

// bodies are all comments and issues.
func (r *fixture) bodies() []string {
	var out []string
	for _, is := range r.hub.Issues() {
		out = append(out, is.Title, is.Body)
		for _, c := range r.hub.Comments(is.Number) {
			out = append(out, c.Body)
		}
	}
	for _, c := range r.hub.Comments(pr) {
		out = append(out, c.Body)
	}
	return out
}

// want compares outputs: "exit-code", "2", "changes", "true".
func (r *fixture) want(res result, status int, pairs ...string) {
	r.t.Helper()
	if res.status != status {
		r.t.Errorf("exit status %d, want %d; the log:\n%s", res.status, status, res.log)
	}
	for i := 0; i < len(pairs); i += 2 {
		if got := res.out[pairs[i]]; got != pairs[i+1] {
			r.t.Errorf("output %s is %q, want %q; the log:\n%s", pairs[i], got, pairs[i+1], res.log)
		}
	}
}

// holds wants texts in a text, in that order.
func (r *fixture) holds(where, text string, wants ...string) {
	r.t.Helper()
	rest := text
	for _, w := range wants {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			r.t.Errorf("%s lacks %q, or has it earlier:\n%.3000s", where, w, text)
			return
		}
		rest = after
	}
}

// ours are the bodies of the comments on the pull request that the job's token wrote.
func (r *fixture) ours() []string {
	var out []string
	for _, c := range r.hub.Comments(pr) {
		if c.Author == githubtest.JobLogin {
			out = append(out, c.Body)
		}
	}
	return out
}

// theComment is the one comment of ours.
func (r *fixture) theComment() string {
	r.t.Helper()
	ours := r.ours()
	if len(ours) != 1 {
		r.t.Fatalf("%d comments of ours, want one", len(ours))
	}
	return ours[0]
}

// said counts the commands of a name.
func (res result) said(name string) (n int) {
	for _, c := range res.commands {
		if c.Name == name {
			n++
		}
	}
	return n
}

// timeouts are the seconds that data actions have in the sandbox.
func (r *fixture) timeout(name, category string) string {
	r.t.Helper()
	doc, ok := r.genesys.Action(r.genesys.ActionID(name, category))
	if !ok {
		r.t.Fatalf("the sandbox has no data action %q", name)
	}
	_, rest, ok := strings.Cut(string(doc), `"timeoutSeconds":`)
	if !ok {
		return "unset"
	}
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return rest[:n]
}

// live sets a timeout as another user would, by hand.
func (r *fixture) live(name, category string, seconds int) {
	r.t.Helper()
	if err := r.genesys.SetTimeout(r.genesys.ActionID(name, category), seconds); err != nil {
		r.t.Fatal(err)
	}
}

// hubWrites counts requests to GitHub that are no reads.
func (r *fixture) hubWrites() (n int) {
	for _, q := range r.hub.Requests() {
		if q.Method != "GET" && q.Path != githubtest.GraphQLPath {
			n++
		}
	}
	return n
}
