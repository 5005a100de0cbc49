package github_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

// bodies are the comments of the pull request, as author and the text after the marker.
func bodies(s *githubtest.Server) []string {
	var out []string
	for _, c := range s.Comments(pr) {
		_, text, _ := strings.Cut(c.Body, "\n\n")
		out = append(out, c.Author+": "+text)
	}
	return out
}

func wantBodies(t *testing.T, s *githubtest.Server, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, bodies(s)); d != "" {
		t.Errorf("comments (-want +got):\n%s", d)
	}
}

func wantStatus(t *testing.T, got github.CommentResult, want github.Status) {
	t.Helper()
	if got.Status != want {
		t.Errorf("status %s (%s), want %s", got.Status, got.Why, want)
	}
}

func TestFirstPlanIsCommentedAndTheNextOneUpdatesIt(t *testing.T) {
	s, _, c := setup(t)
	first := upsert(t, c, request(t, marker(1), "one"))
	wantStatus(t, first, github.Created)
	if want := fmt.Sprintf("%s/%s/pull/7#issuecomment-%d", s.URL(), githubtest.Repository,
		s.Comments(pr)[0].ID); first.URL != want {
		t.Errorf("url %q, want %q", first.URL, want)
	}
	m := marker(2)
	m.Head = "def456"
	second := upsert(t, c, request(t, m, "two"))
	wantStatus(t, second, github.Updated)
	wantBodies(t, s, "github-actions[bot]: two")
	if second.URL != first.URL {
		t.Errorf("the url changed from %q to %q", first.URL, second.URL)
	}
}

func TestNothingIsTouchedWhenPlanAndCommitAreThoseShown(t *testing.T) {
	s, _, c := setup(t)
	upsert(t, c, request(t, marker(1), "one"))
	wantStatus(t, upsert(t, c, request(t, marker(2), "other words")), github.Unchanged)
	wantBodies(t, s, "github-actions[bot]: one")
	if n := s.Count("PATCH", ""); n != 0 {
		t.Errorf("%d updates", n)
	}
}

func TestAnOlderRunWithTheVerySamePlanIsUnchanged(t *testing.T) {
	s, _, c := setup(t)
	upsert(t, c, request(t, marker(2), "newer"))
	wantStatus(t, upsert(t, c, request(t, marker(1), "older")), github.Unchanged)
	wantBodies(t, s, "github-actions[bot]: newer")
}

func TestAPlanWithoutErrorsReplacesOneWithErrorsThoughHashAndCommitAreTheSame(t *testing.T) {
	s, _, c := setup(t)
	m := marker(1)
	m.State = github.StateErrors
	upsert(t, c, request(t, m, "errors"))
	wantStatus(t, upsert(t, c, request(t, marker(2), "fine")), github.Updated)
	wantBodies(t, s, "github-actions[bot]: fine")
}

func TestOtherErrorsAreShownThoughHashAndCommitAreTheSame(t *testing.T) {
	s, _, c := setup(t)
	m := marker(1)
	m.State, m.Errors = github.StateErrors, github.Digest("one")
	upsert(t, c, request(t, m, "one"))
	m.Run.Attempt = 2
	wantStatus(t, upsert(t, c, request(t, m, "one again")), github.Unchanged)
	m.Errors = github.Digest("two")
	wantStatus(t, upsert(t, c, request(t, m, "two")), github.Updated)
	wantBodies(t, s, "github-actions[bot]: two")
}

func TestAnOlderRunDoesNotOverwriteANewerOne(t *testing.T) {
	for name, run := range map[string]github.Run{"an older id": {ID: 9, Number: 9, Attempt: 3},
		"an earlier attempt": {ID: 10, Number: 10, Attempt: 1}} {
		t.Run(name, func(t *testing.T) {
			s, _, c := setup(t)
			newer := marker(10)
			newer.Run.Attempt = 2
			upsert(t, c, request(t, newer, "newer"))
			m := marker(0)
			m.Run, m.Head = run, "older"
			res := upsert(t, c, request(t, m, "older"))
			wantStatus(t, res, github.Skipped)
			if !strings.Contains(res.Why, "number 10, attempt 2") || res.URL == "" {
				t.Errorf("result %+v", res)
			}
			wantBodies(t, s, "github-actions[bot]: newer")
		})
	}
}

func TestOursIsFoundOnTheThirdPageOf250(t *testing.T) {
	s, _, c := setup(t)
	var want []string
	for i := range 249 {
		s.AddComment(pr, "anna", fmt.Sprintf("\n\ntalk %d", i))
		want = append(want, fmt.Sprintf("anna: talk %d", i))
	}
	s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "old"))
	m := marker(2)
	m.Head = "new"
	wantStatus(t, upsert(t, c, request(t, m, "new")), github.Updated)
	wantBodies(t, s, append(want, "github-actions[bot]: new")...)
	if n := s.Count("GET", repo+"/issues/7/comments"); n != 3 {
		t.Errorf("%d pages read, want 3", n)
	}
}

func TestMarkersThatAreNotOurs(t *testing.T) {
	ours := compose(t, marker(1), "planted")
	other := marker(1)
	other.Key = github.Key("test", nil, "")
	for name, c := range map[string]struct{ author, body string }{
		"planted by a person":             {"mallory", ours},
		"planted by a person named as if": {"github-actions", ours},
		"planted through another app":     {"renovate[bot]", ours},
		"quoted by ourselves":             {githubtest.JobLogin, "> " + ours},
		"a blank before it":               {githubtest.JobLogin, " " + ours},
		"a newline before it":             {githubtest.JobLogin, "\n" + ours},
		"a byte order mark before it":     {githubtest.JobLogin, "\ufeff" + ours},
		"of another label":                {githubtest.JobLogin, compose(t, other, "other")},
		"an issue's": {
			githubtest.JobLogin, strings.Replace(ours, ":comment ", ":issue ", 1),
		},
		"another comment of the same account": {githubtest.JobLogin, "deployed\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, client := setup(t)
			s.AddComment(pr, c.author, c.body)
			wantStatus(t, upsert(t, client, request(t, marker(2), "new")), github.Created)
			got := s.Comments(pr)
			if len(got) != 2 || got[0].Body != c.body {
				t.Errorf("comments %v", bodies(s))
			}
			found, err := client.FindComment(t.Context(), pr, key)
			if err != nil || found == nil || found.ID != got[1].ID {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

func TestTheTokensOwnLoginCounts(t *testing.T) {
	t.Run("a person's token", func(t *testing.T) {
		s, _, c := setup(t)
		s.Login = "Deploy-User"
		s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "the job token's"))
		s.AddComment(pr, "deploy-user", compose(t, marker(1), "mine"))
		m := marker(2)
		m.Head = "new"
		wantStatus(t, upsert(t, c, request(t, m, "new")), github.Updated)
		wantBodies(t, s, "github-actions[bot]: the job token's", "deploy-user: new")
	})
	t.Run("an app whose viewer has no suffix", func(t *testing.T) {
		s, _, c := setup(t)
		s.Login, s.ViewerLogin = "planner[bot]", "planner"
		upsert(t, c, request(t, marker(1), "one"))
		m := marker(2)
		m.Head = "new"
		wantStatus(t, upsert(t, c, request(t, m, "two")), github.Updated)
		wantBodies(t, s, "planner[bot]: two")
	})
}

func TestAForbiddenViewerLetsNobodyElsesMarkerWin(t *testing.T) {
	forbidden := githubtest.Answer{Status: 403, Body: `{"message":"Resource not accessible by integration"}`}
	t.Run("the job's token is assumed", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("POST", githubtest.GraphQLPath, forbidden)
		s.AddComment(pr, "mallory", compose(t, marker(1), "planted"))
		s.AddComment(pr, githubtest.JobLogin, compose(t, marker(1), "ours"))
		m := marker(2)
		m.Head = "new"
		wantStatus(t, upsert(t, c, request(t, m, "new")), github.Updated)
		wantBodies(t, s, "mallory: planted", "github-actions[bot]: new")
		if n := s.Count("GET", "/user"); n != 0 {
			t.Error("asked /user, which a job's token may not")
		}
	})
	t.Run("another app finds its own after creating one", func(t *testing.T) {
		s, _, c := setup(t)
		s.Login = "planner[bot]"
		s.Answer("POST", githubtest.GraphQLPath, forbidden)
		s.AddComment(pr, "planner[bot]", compose(t, marker(1), "first"))
		m := marker(2)
		m.Head = "new"
		wantStatus(t, upsert(t, c, request(t, m, "second")), github.Updated)
		wantBodies(t, s, "planner[bot]: second")
	})
	t.Run("GraphQL says errors with status 200", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer(
			"POST",
			githubtest.GraphQLPath,
			githubtest.Answer{Status: 200, Body: `{"data":null,"errors":[{"type":"FORBIDDEN"}]}`},
		)
		s.AddComment(pr, "mallory", compose(t, marker(1), "planted"))
		wantStatus(t, upsert(t, c, request(t, marker(2), "ours")), github.Created)
		wantBodies(t, s, "mallory: planted", "github-actions[bot]: ours")
	})
}

func TestOnlyUpdateOpensNothing(t *testing.T) {
	s, _, c := setup(t)
	req := request(t, marker(1), "empty")
	req.OnlyUpdate = true
	wantStatus(t, upsert(t, c, req), github.Skipped)
	wantBodies(t, s)
	upsert(t, c, request(t, marker(1), "changes"))
	m := marker(2)
	m.Head = "new"
	req = request(t, m, "empty")
	req.OnlyUpdate = true
	wantStatus(t, upsert(t, c, req), github.Updated)
	wantBodies(t, s, "github-actions[bot]: empty")
}

func TestWhatTheTokenMayNotDoDegrades(t *testing.T) {
	const list = repo + "/issues/7/comments"
	for name, c := range map[string]struct {
		method, path string
		answer       githubtest.Answer
		want         string
	}{
		"a fork's token may not create": {
			"POST", list, githubtest.Answer{Status: 403,
				Body: `{"message":"Resource not accessible by integration"}`}, "pull-requests: write",
		},
		"nor read": {
			"GET", list, githubtest.Answer{Status: 403,
				Body: `{"message":"Resource not accessible by integration"}`}, "Resource not accessible",
		},
		"issues are disabled": {
			"POST", list, githubtest.Answer{Status: 410, Body: `{"message":"Issues are disabled for this repo"}`},
			"issues are disabled",
		},
		"the body is refused": {
			"POST", list, githubtest.Answer{Status: 422,
				Body: `{"message":"Validation Failed","errors":[{"message":"body is too long"}]}`}, "body is too long",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock, client := setup(t)
			s.Answer(c.method, c.path, c.answer)
			res := upsert(t, client, request(t, marker(1), "plan"))
			wantStatus(t, res, github.Degraded)
			if !strings.Contains(res.Why, c.want) {
				t.Errorf("why %q lacks %q", res.Why, c.want)
			}
			if len(clock.slept) > 0 {
				t.Errorf("waited %v", clock.slept)
			}
		})
	}
	t.Run("there is no token", func(t *testing.T) {
		s, clock := githubtest.Start(t), newClock()
		cfg := config(s, clock)
		cfg.Token = " \n"
		res := upsert(t, newClient(t, cfg), request(t, marker(1), "plan"))
		wantStatus(t, res, github.Degraded)
		if n := len(s.Requests()); n > 0 {
			t.Errorf("%d requests without a token", n)
		}
	})
	t.Run("the update is refused, and the comment that is there is named", func(t *testing.T) {
		s, _, client := setup(t)
		upsert(t, client, request(t, marker(1), "old"))
		s.Answer("PATCH", repo+"/issues/comments/", githubtest.Answer{Status: 403, Body: "{}"})
		m := marker(2)
		m.Head = "new"
		res := upsert(t, client, request(t, m, "new"))
		wantStatus(t, res, github.Degraded)
		if res.URL == "" {
			t.Error("no url")
		}
	})
}

func TestARefusedBodyIsTriedAgainShort(t *testing.T) {
	s, _, c := setup(t)
	s.Answer(
		"POST",
		repo+"/issues/7/comments",
		githubtest.Answer{Status: 422, Body: `{"message":"body is too long"}`},
	)
	req := request(t, marker(1), "long")
	req.Short = compose(t, marker(1), "short")
	wantStatus(t, upsert(t, c, req), github.Created)
	wantBodies(t, s, "github-actions[bot]: short")
}

func TestOtherRefusalsAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answer githubtest.Answer
		want   string
	}{
		"no such pull request": {
			githubtest.Answer{Status: 404, Body: `{"message":"Not Found"}`},
			"listing the comments of #7: GitHub answers 404 (Not Found)",
		},
		"a bad token": {
			githubtest.Answer{Status: 401, Body: `{"message":"Bad credentials"}`}, "401 (Bad credentials)",
		},
		"an echo": {
			githubtest.Answer{Status: 400, Body: `{"message":"What is Bearer ` + githubtest.Token + `?"}`},
			"400 (What is Bearer ***?)",
		},
		"a page of HTML": {githubtest.Answer{Status: 200, Body: `<html>`}, "listing the comments of #7"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, client := setup(t)
			s.Answer("GET", repo+"/issues/7/comments", c.answer)
			_, err := client.UpsertComment(t.Context(), request(t, marker(1), "plan"))
			if err == nil || !strings.Contains(err.Error(), c.want) || github.Degradable(err) {
				t.Errorf("error %v", err)
			}
			if strings.Contains(fmt.Sprint(err), githubtest.Token) {
				t.Error("the token is in the error")
			}
			var api *github.APIError
			if errors.As(err, &api) && github.Hint(err) == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestABodyThatIsTooLongOrHasNoMarkerIsNeverSent(t *testing.T) {
	s, _, c := setup(t)
	req := request(t, marker(1), "x")
	req.Body += strings.Repeat("x", github.MaxBody)
	if _, err := c.UpsertComment(t.Context(), req); err == nil {
		t.Error("a long body was taken")
	}
	req.Body = "no marker"
	if _, err := c.UpsertComment(t.Context(), req); err == nil {
		t.Error("a body without its marker was taken")
	}
	if n := len(s.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}
