package ci_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

func TestAForksTokenDegrades(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ method, path string }{
		"that may read": {"POST", list}, "that may not even read": {"GET", list},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.hub.Answer(c.method, c.path, githubtest.Answer{Status: 403, Body: forbidden})
			res := r.run(pullRequest("aaa"))
			r.want(res, 0, "exit-code", "2", "comment-status", "degraded", "comment-url", "", "failure-reason", "")
			if n := res.said("notice"); n != 1 {
				t.Errorf("%d notices, want one:\n%s", n, res.log)
			}
			r.holds("the log", res.log,
				"::notice title=genesys-timeouts::the comment on pull request #7 was not written", "pull-requests: write",
				"the job summary has it")
			r.holds("the summary", res.summary, "3 to update")

			r.hub.Answer(c.method, c.path, githubtest.Answer{Status: 403, Body: forbidden})
			res = r.run(pullRequest("bbb").inputs("strict-comment", "true"))
			r.want(res, 1, "exit-code", "1", "comment-status", "degraded", "failure-reason", "plan-failed")
			r.holds("the log", res.log, "::error title=genesys-timeouts::the comment on pull request #7 was not written")
		})
	}
	t.Run("and the job's result stays the plan's", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t)
		r.write("genesys-timeouts.yaml", manifest+"  - name: None such\n    timeout: 3s\n")
		r.hub.Answer("POST", list, githubtest.Answer{Status: 403, Body: forbidden})
		r.want(r.run(pullRequest("aaa")), 1, "comment-status", "degraded", "failure-reason", "plan-failed", "failed", "1")
		r.write("genesys-timeouts.yaml", manifest)
		r.hub.Answer("POST", list, githubtest.Answer{Status: 403, Body: forbidden})
		r.want(r.run(pullRequest("bbb").inputs("fail-on-changes", "true")), 1, "comment-status", "degraded",
			"failure-reason", "changes-found", "exit-code", "2")
	})
}

func TestATokenThatCanDoNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.idle = true
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		r.hub.Always(method, "", githubtest.Answer{Status: 403, Body: forbidden})
	}
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "degraded", "exit-code", "2")
	r.want(r.run(push("m1").inputs("command", "apply")), 1, "failure-reason", "plan-not-found", "comment-status",
		"skipped")
	res := r.run(schedule().inputs("command", "drift"))
	r.want(res, 1, "failure-reason", "drift-detected", "exit-code", "2", "issue-status", "degraded")
	r.want(r.run(schedule().inputs("command", "drift", "strict-comment", "true", "fail-on-drift", "false")), 1,
		"failure-reason", "plan-failed", "issue-status", "degraded")
	if r.timeout("Customer lookup", "") != "3" {
		t.Error("something was written")
	}
}

func TestNoTokenAtAll(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	res := r.run(pullRequest("aaa").inputs("github-token", " "))
	r.want(res, 0, "comment-status", "degraded")
	r.holds("the log", res.log, "::notice", "github-token is empty")
	if n := len(r.hub.Requests()); n > 0 {
		t.Errorf("%d requests without a token", n)
	}
}

func TestATokenThatIsRefusedFailsTheJob(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.secrets = append(r.secrets, "ghs_expired-token")
	res := r.run(pullRequest("aaa").inputs("github-token", "ghs_expired-token"))
	r.want(res, 1, "failure-reason", "plan-failed", "comment-status", "skipped")
	r.holds("the log", res.log, "401", "check the input github-token")
}

func TestAForbiddenViewerNeitherFailsNorTrustsStrangers(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	viewer := githubtest.Answer{Status: 403, Body: forbidden}
	r.hub.Answer("POST", githubtest.GraphQLPath, viewer, viewer)
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
	planted := r.hub.AddComment(pr, "mallory", r.theComment())
	r.write("genesys-timeouts.yaml", another)
	r.want(r.run(pullRequest("bbb")), 0, "comment-status", "updated")
	for _, c := range r.hub.Comments(pr) {
		if c.ID == planted && !strings.Contains(c.Body, "head=aaa") {
			t.Error("the planted comment was written to")
		}
	}
	if n := r.hub.Count("GET", "/user"); n > 0 {
		t.Error("asked /user, which is forbidden to a job's token")
	}
}

func TestLimitsAreWaitedOut(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.hub.Answer("GET", list, githubtest.Answer{Status: 429, Header: map[string]string{"Retry-After": "1"}})
	r.hub.Answer("POST", list, githubtest.Answer{Status: 403, Header: map[string]string{"Retry-After": "1"},
		Body: `{"message":"You have exceeded a secondary rate limit."}`})
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
}

func TestABodyThatGitHubRefusesIsWrittenShort(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.hub.Answer("POST", list, githubtest.Answer{Status: 422,
		Body: `{"message":"Validation Failed","errors":[{"message":"body is too long"}]}`})
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
	body := r.theComment()
	r.holds("the comment", body, "state=planned", "3 to update", "| [`Cancel order`](")
	r.merge(pr, "m1")
	r.live("Create case", "", 4)
	res := r.run(apply())
	r.want(res, 1, "failure-reason", "plan-changed")
	r.holds("the log", res.log, "was too long to list its changes, and the plan is not the very same one")
}

func TestADuplicateThatMayNotBeRemovedFailsNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(pullRequest("aaa"))
	r.hub.AddComment(pr, githubtest.JobLogin, r.theComment())
	r.hub.Answer("DELETE", one, githubtest.Answer{Status: 403, Body: forbidden})
	r.write("genesys-timeouts.yaml", another)
	res := r.run(pullRequest("bbb").inputs("strict-comment", "true"))
	r.want(res, 0, "comment-status", "updated", "failure-reason", "")
	r.holds("the log", res.log,
		"::notice title=genesys-timeouts::a duplicate may be left: removing the duplicate comment ")
	if n := res.said("notice"); n != 1 {
		t.Errorf("%d notices, want one:\n%s", n, res.log)
	}
}

func TestACommentDeletedMeanwhileIsMadeAnew(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(pullRequest("aaa"))
	id := r.hub.Comments(pr)[0].ID
	r.write("genesys-timeouts.yaml", another)
	r.hub.Answer("PATCH", one, githubtest.Answer{Through: true, Before: func() { r.hub.RemoveComment(id) }})
	r.want(r.run(pullRequest("bbb")), 0, "comment-status", "created")
	r.holds("the comment", r.theComment(), "head=bbb")
}

func TestOursAmong250CommentsAndDuplicates(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.run(pullRequest("aaa"))
	body := r.theComment()
	r.hub.RemoveComment(r.hub.Comments(pr)[0].ID)
	for range 247 {
		r.hub.AddComment(pr, "anna", "talk")
	}
	r.hub.AddComment(pr, githubtest.JobLogin, body)
	r.hub.AddComment(pr, githubtest.JobLogin, body)
	r.hub.AddComment(pr, "mallory", body)
	r.write("genesys-timeouts.yaml", another)
	r.want(r.run(pullRequest("bbb")), 0, "comment-status", "updated")
	r.holds("the comment", r.theComment(), "head=bbb")
	if n := len(r.hub.Comments(pr)); n != 249 {
		t.Errorf("%d comments are left, want 249", n)
	}
}

func TestAnOlderRunLeavesTheNewerOnesComment(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	newer, older := pullRequest("bbb"), pullRequest("aaa")
	newer.id, older.id = 500, 400
	r.want(r.run(newer), 0, "comment-status", "created")
	r.write("genesys-timeouts.yaml", another)
	res := r.run(older)
	r.want(res, 0, "comment-status", "skipped")
	if res.out["comment-url"] == "" {
		t.Error("the comment that is there is not named")
	}
	r.holds("the comment", r.theComment(), "head=bbb")
	older.id, older.attempt = 500, 2
	r.want(r.run(older), 0, "comment-status", "updated")
}

// What differs in label, manifest or environment has its own comment.
func TestCommentsOfSeveralDoNotMix(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.write("other.yaml", manifest)
	plain := r.run(pullRequest("aaa"))
	hashes := map[string]bool{plain.out["plan-hash"]: true}
	for _, inputs := range [][]string{{"label", "prod"}, {"label", "test"}, {"manifest", "other.yaml"}} {
		res := r.run(pullRequest("aaa").inputs(inputs...))
		r.want(res, 0, "comment-status", "created")
		hashes[res.out["plan-hash"]] = true
	}
	r.env["GENESYS_ENVIRONMENT"] = "eu-west-1"
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "comment-status", "created")
	hashes[res.out["plan-hash"]] = true
	r.env["GENESYS_ENVIRONMENT"] = "mypurecloud.ie" // the same, by its other name
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "unchanged")
	r.env["GENESYS_ENVIRONMENT"] = "mypurecloud.com" // the default
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "unchanged", "comment-url", plain.out["comment-url"])
	// The same timeouts from a file of another name are the same plan, in their own comment.
	if n := len(r.ours()); n != 5 || len(hashes) != 4 {
		t.Errorf("%d comments, %d hashes", n, len(hashes))
	}
}

// GitHub Enterprise behind a proxy: the path prefix is githubtest's anyway, the host is one that only the proxy knows.
func TestEnterpriseBehindAProxy(t *testing.T) {
	t.Parallel()
	r := newFixture(t).withBinary()
	var asked atomic.Int32
	ahead := &http.Transport{} // its own: closing any test server closes idle connections of the default one
	t.Cleanup(ahead.CloseIdleConnections)
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: ahead,
		Rewrite: func(q *httputil.ProxyRequest) {
			asked.Add(1)
			if q.In.URL.Host != "ghe.example" {
				t.Errorf("the proxy was asked for %s", q.In.URL)
			}
			q.Out.URL.Host = strings.TrimPrefix(r.hub.URL(), "http://")
		},
	})
	t.Cleanup(proxy.Close)
	r.env["HTTP_PROXY"] = proxy.URL
	r.env["GITHUB_SERVER_URL"], r.env["GITHUB_API_URL"] = "http://ghe.example", "http://ghe.example"+githubtest.Prefix
	r.env["GITHUB_GRAPHQL_URL"] = "http://ghe.example" + githubtest.GraphQLPath
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
	r.holds("the comment", r.theComment(), "(http://ghe.example/acme/voice/commit/aaa)",
		"(http://ghe.example/acme/voice/actions/runs/1001)")
	if asked.Load() == 0 {
		t.Error("nothing went through the proxy")
	}
}
