package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

func TestDuplicatesOfOursAreRemovedAndTheOldestWins(t *testing.T) {
	s, _, c := setup(t)
	for _, text := range []string{"a", "b", "c"} {
		s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), text))
	}
	s.AddComment(pr, "mallory", compose(t, marker(1), "planted"))
	m := marker(2)
	m.Head = "new"
	wantStatus(t, upsert(t, c, request(t, m, "new")), github.Updated)
	wantBodies(t, s, "github-actions[bot]: new", "mallory: planted")
}

func TestDuplicatesGoAlsoWhereTheOldestShowsThePlanAlready(t *testing.T) {
	s, _, c := setup(t)
	s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "a"))
	s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "b"))
	s.Answer("DELETE", repo+"/issues/comments/", githubtest.Answer{Status: 404, Body: `{"message":"Not Found"}`})
	wantStatus(t, upsert(t, c, request(t, marker(2), "new")), github.Unchanged)
	wantStatus(t, upsert(t, c, request(t, marker(3), "new")), github.Unchanged)
	wantBodies(t, s, "github-actions[bot]: a")
}

func TestTwoRunsThatCreateAtOnceConverge(t *testing.T) {
	t.Run("the other was first and is older", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", repo+"/issues/7/comments", githubtest.Answer{Through: true, Before: func() {
			s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "theirs"))
		}})
		m := marker(2)
		m.Head = "new"
		wantStatus(t, upsert(t, c, request(t, m, "ours")), github.Updated)
		wantBodies(t, s, "github-actions[bot]: ours")
	})
	t.Run("the other was first and is newer", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", repo+"/issues/7/comments", githubtest.Answer{Through: true, Before: func() {
			m := marker(3)
			m.Head = "newer"
			s.AddComment(pr, githubtest.JobLogin, compose(t, m, "theirs"))
		}})
		wantStatus(t, upsert(t, c, request(t, marker(2), "ours")), github.Skipped)
		wantBodies(t, s, "github-actions[bot]: theirs")
	})
	t.Run("the other came second", func(t *testing.T) {
		s, _, c := setup(t)
		list := repo + "/issues/7/comments"
		s.Answer("GET", list, githubtest.Answer{Through: true}, githubtest.Answer{Through: true, Before: func() {
			s.AddComment(pr, githubtest.JobLogin, compose(t, marker(3), "theirs"))
		}})
		wantStatus(t, upsert(t, c, request(t, marker(2), "ours")), github.Created)
		wantBodies(t, s, "github-actions[bot]: ours")
	})
}

func TestACommentDeletedMeanwhileIsMadeAnew(t *testing.T) {
	s, _, c := setup(t)
	id := s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "old"))
	s.Answer(
		"PATCH",
		repo+"/issues/comments/",
		githubtest.Answer{Through: true, Before: func() { s.RemoveComment(id) }},
	)
	m := marker(2)
	m.Head = "new"
	wantStatus(t, upsert(t, c, request(t, m, "new")), github.Created)
	wantBodies(t, s, "github-actions[bot]: new")
}

func TestAListThatLagsStillHasADeletedComment(t *testing.T) {
	s, _, c := setup(t)
	s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "deleted, but listed"))
	s.Answer("PATCH", repo+"/issues/comments/", githubtest.Answer{Status: 404, Body: `{"message":"Not Found"}`})
	m := marker(2)
	m.Head = "new"
	wantStatus(t, upsert(t, c, request(t, m, "new")), github.Created)
	wantBodies(t, s, "github-actions[bot]: deleted, but listed", "github-actions[bot]: new")
}

// A run that does not know its environment goes on with the comment there is, unless there are several environments'
// comments: then it has its own. A run that does know goes on with that.
func TestTextsWhoseEnvironmentIsNotKnown(t *testing.T) {
	of := func(environment string, run int64) github.Marker {
		m := marker(run)
		m.Key, m.Head = github.Key("prod", []string{"timeouts.yaml"}, environment), environment
		return m
	}
	for name, c := range map[string]struct {
		there []github.Marker
		now   github.Marker
		want  []string
	}{
		"nothing is there": {nil, of("", 9), []string{"new"}},
		"another label": {
			[]github.Marker{{Kind: github.KindComment, Key: github.Key("test", []string{"timeouts.yaml"}, "")}},
			of("", 9), []string{"0", "new"},
		},
		"one of some environment": {[]github.Marker{of("de", 1)}, of("", 9), []string{"new"}},
		"two of it":               {[]github.Marker{of("de", 1), of("de", 2)}, of("", 9), []string{"new"}},
		"of some environment, and of none": {
			[]github.Marker{of("de", 1), of("", 2)}, of("", 9), []string{"0", "new"},
		},
		"of none, and of some environment": {
			[]github.Marker{of("", 1), of("de", 2)}, of("", 9), []string{"0", "new"},
		},
		"a newer one": {[]github.Marker{of("de", 10)}, of("", 9), []string{"0"}},
		"several": {
			[]github.Marker{of("de", 1), of("ie", 3), of("uk", 2)}, of("", 9), []string{"0", "1", "2", "new"},
		},
		"several, one of them newer": {
			[]github.Marker{of("de", 1), of("ie", 10)}, of("", 9), []string{"0", "1", "new"},
		},
		"several, and the last one of none": {
			[]github.Marker{of("de", 1), of("", 3), of("uk", 2)}, of("", 9), []string{"0", "new", "2"},
		},
		"several, and the first one of none": {
			[]github.Marker{of("", 1), of("de", 2), of("uk", 3)}, of("", 9), []string{"new", "1", "2"},
		},
		"known, and what is there is not": {[]github.Marker{of("", 1)}, of("ie", 9), []string{"new"}},
		"known, and one is there of it, too": {
			[]github.Marker{of("", 1), of("ie", 2), of("de", 3)}, of("ie", 9), []string{"new", "2"},
		},
		"known, and of another": {[]github.Marker{of("de", 1)}, of("ie", 9), []string{"0", "new"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, client := setup(t)
			for i, m := range c.there {
				s.AddComment(pr, githubtest.JobLogin, compose(t, m, fmt.Sprint(i)))
			}
			c.now.Head = "new"
			upsert(t, client, request(t, c.now, "new"))
			for i := range c.want {
				c.want[i] = "github-actions[bot]: " + c.want[i]
			}
			wantBodies(t, s, c.want...)
		})
	}
}

func TestADuplicateThatMayNotBeRemovedIsTold(t *testing.T) {
	m := marker(2)
	m.Head = "new"
	refused := githubtest.Answer{Status: 403, Body: `{"message":"Resource not accessible by integration"}`}
	told := func(t *testing.T, res github.CommentResult, want github.Status) {
		t.Helper()
		wantStatus(t, res, want)
		if !strings.Contains(res.Left, "removing the duplicate comment") ||
			!strings.Contains(res.Left, "not accessible") ||
			res.Why != "" {
			t.Errorf("result %+v", res)
		}
	}
	t.Run("beside one that is updated", func(t *testing.T) {
		s, _, c := setup(t)
		s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "a"))
		s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "b"))
		s.Answer("DELETE", repo+"/issues/comments/", refused)
		told(t, upsert(t, c, request(t, m, "new")), github.Updated)
		wantBodies(t, s, "github-actions[bot]: new", "github-actions[bot]: b")
		s.Answer("DELETE", repo+"/issues/comments/", refused)
		told(t, upsert(t, c, request(t, m, "new")), github.Unchanged)
	})
	t.Run("beside one that is created", func(t *testing.T) {
		s, _, c := setup(t)
		list := repo + "/issues/7/comments"
		s.Answer("GET", list, githubtest.Answer{Through: true}, githubtest.Answer{Through: true, Before: func() {
			s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "theirs"))
		}})
		s.Answer("DELETE", repo+"/issues/comments/", refused)
		told(t, upsert(t, c, request(t, m, "ours")), github.Created)
	})
	t.Run("and is our own", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", repo+"/issues/7/comments", githubtest.Answer{Through: true, Before: func() {
			s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "theirs"))
		}})
		s.Answer("DELETE", repo+"/issues/comments/", refused)
		told(t, upsert(t, c, request(t, m, "ours")), github.Updated)
		wantBodies(t, s, "github-actions[bot]: ours", "github-actions[bot]: ours")
	})
	t.Run("and nobody can look for it", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("GET", repo+"/issues/7/comments", githubtest.Answer{Through: true}, refused)
		res := upsert(t, c, request(t, m, "ours"))
		wantStatus(t, res, github.Created)
		if !strings.Contains(res.Left, "listing the comments") || res.URL == "" {
			t.Errorf("result %+v", res)
		}
	})
}

func TestADuplicateIssueThatMayNotBeClosedIsTold(t *testing.T) {
	refused := githubtest.Answer{Status: 403, Body: `{"message":"Resource not accessible by integration"}`}
	ours := func(s *githubtest.Server, text string) {
		s.AddIssue(
			githubtest.Issue{
				Author: githubtest.JobLogin,
				Body:   drift(t, 1, "sha256:a", text).Body,
				Labels: []string{label},
			},
		)
	}
	told := func(t *testing.T, s *githubtest.Server, res github.IssueResult, want ...string) {
		t.Helper()
		if res.Status != github.Updated || res.Number != 1 || res.Why != "" ||
			!strings.Contains(res.Left, "closing the duplicate issue #2") {
			t.Errorf("result %+v", res)
		}
		if d := cmp.Diff(want, issues(s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	t.Run("beside one that is updated", func(t *testing.T) {
		s, _, c := setup(t)
		ours(s, "1")
		ours(s, "2")
		s.Answer("PATCH", repo+"/issues/2", refused)
		told(t, s, syncIssue(t, c, drift(t, 2, "sha256:a", "new")), "#1 open new", "#2 open 2")
	})
	t.Run("and is our own", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", repo+"/issues", githubtest.Answer{Through: true, Before: func() { ours(s, "theirs") }})
		s.Answer("PATCH", repo+"/issues/2", refused)
		told(t, s, syncIssue(t, c, drift(t, 2, "sha256:a", "ours")), "#1 open ours", "#2 open ours")
	})
}

func TestDriftIsReportedThoughAnIssueMayNotBeWritten(t *testing.T) {
	s, _, c := setup(t)
	for _, text := range []string{"1", "2"} {
		s.AddIssue(
			githubtest.Issue{
				Author: githubtest.JobLogin,
				Body:   drift(t, 1, "sha256:a", text).Body,
				Labels: []string{label},
			},
		)
	}
	s.Answer("PATCH", repo+"/issues/1", githubtest.Answer{Status: 403, Body: "{}"})
	res := syncIssue(t, c, drift(t, 2, "sha256:a", "new"))
	if res.Status != github.Degraded || res.Number != 1 || !strings.Contains(res.Why, "#1") {
		t.Errorf("result %+v", res)
	}
	if d := cmp.Diff([]string{"#1 open 1", "#2 open 2"}, issues(s)); d != "" {
		t.Errorf("the duplicate of what was not written is not to be closed (-want +got):\n%s", d)
	}
}
