package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

const label = "timeouts-drift"

// drift is a run of the drift command: plan is the set that drifted, "" when in step.
func drift(t *testing.T, run int64, plan, text string) github.IssueRequest {
	t.Helper()
	m := marker(run)
	m.Kind, m.Plan, m.State = github.KindIssue, plan, github.StateDrifted
	comment := "set is now " + plan
	if plan == "" {
		m.State, comment = github.StateInStep, "in step again"
	}
	return github.IssueRequest{
		Marker:  m,
		Labels:  []string{label},
		Title:   "Timeouts drifted",
		Body:    compose(t, m, text),
		Comment: comment,
	}
}

func syncIssue(t *testing.T, c *github.Client, req github.IssueRequest) github.IssueResult {
	t.Helper()
	res, err := c.SyncIssue(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// issues are all issues, as number, state, text and their comments.
func issues(s *githubtest.Server) []string {
	var out []string
	for _, is := range s.Issues() {
		_, text, _ := strings.Cut(is.Body, "\n\n")
		line := fmt.Sprintf("#%d %s %s", is.Number, is.State, text)
		for _, c := range s.Comments(is.Number) {
			line += " / " + c.Body
		}
		out = append(out, line)
	}
	return out
}

func TestTheLifeOfADriftIssue(t *testing.T) {
	s, _, c := setup(t)
	for i, step := range []struct {
		plan, text string
		want       github.Status
		issue      string
	}{
		{"", "nothing", github.Unchanged, ""},
		{"sha256:a", "day 1", github.Created, "#1 open day 1"},
		{"sha256:a", "day 2", github.Updated, "#1 open day 2"},
		{"sha256:b", "day 3", github.Updated, "#1 open day 3 / set is now sha256:b"},
		{"", "all well", github.Closed, "#1 closed all well / set is now sha256:b / in step again"},
		{"", "all well still", github.Unchanged, "#1 closed all well / set is now sha256:b / in step again"},
		{"sha256:b", "day 6", github.Reopened,
			"#1 open day 6 / set is now sha256:b / in step again / set is now sha256:b"},
	} {
		res := syncIssue(t, c, drift(t, int64(i+1), step.plan, step.text))
		if res.Status != step.want {
			t.Errorf("step %d: status %s, want %s", i, res.Status, step.want)
		}
		var want []string
		if step.issue != "" {
			want = []string{step.issue}
			if res.Number != 1 || res.URL != s.URL()+"/acme/voice/issues/1" {
				t.Errorf("step %d: result %+v", i, res)
			}
		}
		if d := cmp.Diff(want, issues(s)); d != "" {
			t.Errorf("step %d (-want +got):\n%s", i, d)
		}
	}
	if d := cmp.Diff([]string{label}, s.Issues()[0].Labels); d != "" {
		t.Errorf("labels (-want +got):\n%s", d)
	}
}

func TestAnIssueClosedByHandIsReopenedWithoutARepeatedComment(t *testing.T) {
	s, _, c := setup(t)
	req := drift(t, 1, "sha256:a", "day 1")
	s.AddIssue(
		githubtest.Issue{Author: githubtest.JobLogin, Body: req.Body, Labels: []string{label}, State: "closed"},
	)
	if res := syncIssue(t, c, drift(t, 2, "sha256:a", "day 2")); res.Status != github.Reopened {
		t.Errorf("status %s", res.Status)
	}
	if d := cmp.Diff([]string{"#1 open day 2"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestIssuesThatAreNotOurs(t *testing.T) {
	body := drift(t, 1, "sha256:a", "planted").Body
	other := drift(t, 1, "sha256:a", "other")
	other.Marker.Key = github.Key("test", nil, "")
	for name, is := range map[string]githubtest.Issue{
		"planted by a person": {Author: "mallory", Body: body, Labels: []string{label}},
		"a pull request":      {Author: githubtest.JobLogin, Body: body, Labels: []string{label}, Pull: true},
		"of another key": {
			Author: githubtest.JobLogin, Body: compose(t, other.Marker, ""), Labels: []string{label},
		},
		"quoted": {Author: githubtest.JobLogin, Body: "> " + body, Labels: []string{label}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, c := setup(t)
			s.AddIssue(is)
			if res := syncIssue(t, c, drift(t, 2, "sha256:a", "ours")); res.Status != github.Created ||
				res.Number != 2 {
				t.Errorf("result %+v", res)
			}
			if got := s.Issues()[0]; got.Body != is.Body || got.State != "open" {
				t.Errorf("touched: %+v", got)
			}
		})
	}
}

func TestAnIssueIsFoundWhateverItsLabels(t *testing.T) {
	for name, labels := range map[string][]string{"none": nil, "others": {"triage", "voice"}} {
		t.Run(name, func(t *testing.T) {
			s, _, c := setup(t)
			s.AddIssue(
				githubtest.Issue{
					Author: githubtest.JobLogin,
					Body:   drift(t, 1, "sha256:a", "day 1").Body,
					Labels: labels,
				},
			)
			if res := syncIssue(t, c, drift(t, 2, "sha256:a", "day 2")); res.Status != github.Updated ||
				res.Number != 1 {
				t.Errorf("result %+v", res)
			}
			if d := cmp.Diff(labels, s.Issues()[0].Labels); d != "" {
				t.Errorf("labels (-want +got):\n%s", d)
			}
			if res := syncIssue(t, c, drift(t, 3, "", "in step")); res.Status != github.Closed {
				t.Errorf("result %+v", res)
			}
		})
	}
}

func TestAnIssueNeedsNoLabel(t *testing.T) {
	s, _, c := setup(t)
	req := drift(t, 1, "sha256:a", "day 1")
	req.Labels = nil
	if res := syncIssue(t, c, req); res.Status != github.Created || len(s.Issues()[0].Labels) > 0 {
		t.Errorf("result %+v, issues %+v", res, s.Issues())
	}
}

func TestAnIncompleteComparisonNeverClosesTheIssue(t *testing.T) {
	s, _, c := setup(t)
	incomplete := func(run int64, plan, text string) github.IssueResult {
		req := drift(t, run, plan, text)
		req.Incomplete = true
		return syncIssue(t, c, req)
	}
	if res := incomplete(1, "", "an error"); res.Status != github.Unchanged || len(s.Issues()) > 0 {
		t.Errorf("an issue about no drift: %+v", res)
	}
	if res := incomplete(2, "sha256:a", "drift and an error"); res.Status != github.Created {
		t.Errorf("result %+v", res)
	}
	if res := incomplete(3, "", "an error alone"); res.Status != github.Updated {
		t.Errorf("result %+v", res)
	}
	if d := cmp.Diff([]string{"#1 open an error alone"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// What drifted is the same set as before the error: that is not news.
	if res := syncIssue(t, c, drift(t, 4, "sha256:a", "drift")); res.Status != github.Updated {
		t.Errorf("result %+v", res)
	}
	if d := cmp.Diff([]string{"#1 open drift"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if res := syncIssue(t, c, drift(t, 5, "", "in step")); res.Status != github.Closed {
		t.Errorf("result %+v", res)
	}
	if res := incomplete(6, "", "an error"); res.Status != github.Unchanged {
		t.Errorf("result %+v", res)
	}
}

func TestOursIsFoundBehindAFullPageOfIssues(t *testing.T) {
	s, _, c := setup(t)
	s.AddIssue(
		githubtest.Issue{
			Author: githubtest.JobLogin,
			Body:   drift(t, 1, "sha256:a", "old").Body,
			Labels: []string{label},
		},
	)
	for range 150 {
		s.AddIssue(githubtest.Issue{Author: "anna", Body: "talk", Labels: []string{label}})
	}
	if res := syncIssue(t, c, drift(t, 2, "sha256:a", "new")); res.Status != github.Updated || res.Number != 1 {
		t.Errorf("result %+v", res)
	}
}

func TestAnOlderRunLeavesTheIssueAlone(t *testing.T) {
	s, _, c := setup(t)
	syncIssue(t, c, drift(t, 9, "sha256:a", "newer"))
	for _, plan := range []string{"sha256:b", ""} {
		if res := syncIssue(t, c, drift(t, 8, plan, "older")); res.Status != github.Skipped || res.Why == "" {
			t.Errorf("result %+v", res)
		}
	}
	if d := cmp.Diff([]string{"#1 open newer"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestARunRepeatedSaysNothingNew(t *testing.T) {
	s, _, c := setup(t)
	syncIssue(t, c, drift(t, 1, "sha256:a", "same"))
	if res := syncIssue(t, c, drift(t, 1, "sha256:a", "same")); res.Status != github.Unchanged {
		t.Errorf("status %s", res.Status)
	}
	if n := s.Count("PATCH", ""); n != 0 {
		t.Errorf("%d updates", n)
	}
}

func TestDuplicateIssuesAreClosed(t *testing.T) {
	s, _, c := setup(t)
	closed := githubtest.Issue{
		Author: githubtest.JobLogin,
		Body:   drift(t, 1, "sha256:a", "0").Body,
		Labels: []string{label},
		State:  "closed",
	}
	s.AddIssue(closed)
	for _, text := range []string{"1", "2"} {
		s.AddIssue(
			githubtest.Issue{
				Author: githubtest.JobLogin,
				Body:   drift(t, 1, "sha256:a", text).Body,
				Labels: []string{label},
			},
		)
	}
	res := syncIssue(t, c, drift(t, 2, "sha256:a", "new"))
	if res.Status != github.Updated || res.Number != 2 {
		t.Errorf("result %+v", res)
	}
	if d := cmp.Diff([]string{"#1 closed 0", "#2 open new", "#3 closed 2"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTwoRunsThatOpenAtOnceConverge(t *testing.T) {
	s, _, c := setup(t)
	s.Answer("POST", repo+"/issues", githubtest.Answer{Through: true, Before: func() {
		s.AddIssue(
			githubtest.Issue{
				Author: githubtest.JobLogin,
				Body:   drift(t, 1, "sha256:a", "theirs").Body,
				Labels: []string{label},
			},
		)
	}})
	res := syncIssue(t, c, drift(t, 2, "sha256:a", "ours"))
	if res.Status != github.Updated || res.Number != 1 {
		t.Errorf("result %+v", res)
	}
	if d := cmp.Diff([]string{"#1 open ours", "#2 closed ours"}, issues(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestIssuesThatTheTokenMayNotWriteDegrade(t *testing.T) {
	for name, a := range map[string]githubtest.Answer{
		"no permission":  {Status: 403, Body: `{"message":"Resource not accessible by integration"}`},
		"issues are off": {Status: 410, Body: `{"message":"Issues has been disabled in this repository."}`},
		"a label too long": {
			Status: 422, Body: `{"message":"Validation Failed",` +
				`"errors":[{"resource":"Label","field":"name","code":"invalid"}]}`,
		},
		"locked": {Status: 403, Body: `{"message":"Unable to create comment because issue is locked."}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, c := setup(t)
			s.Answer("POST", repo+"/issues", a)
			res := syncIssue(t, c, drift(t, 1, "sha256:a", "x"))
			if res.Status != github.Degraded || res.Why == "" || res.Number != 0 {
				t.Errorf("result %+v", res)
			}
		})
	}
	t.Run("listing", func(t *testing.T) {
		s, _, c := setup(t)
		s.Answer("GET", repo+"/issues", githubtest.Answer{Status: 403, Body: "{}"})
		if res := syncIssue(t, c, drift(t, 1, "", "x")); res.Status != github.Degraded ||
			!strings.Contains(res.Why, "issues: write") {
			t.Errorf("result %+v", res)
		}
	})
	t.Run("a comment on the one that is there", func(t *testing.T) {
		s, _, c := setup(t)
		syncIssue(t, c, drift(t, 1, "sha256:a", "x"))
		s.Answer("POST", repo+"/issues/1/comments", githubtest.Answer{Status: 403, Body: "{}"})
		if res := syncIssue(t, c, drift(t, 2, "sha256:b", "y")); res.Status != github.Degraded || res.Number != 1 {
			t.Errorf("result %+v", res)
		}
	})
}

func TestAnIssueNeedsItsMarker(t *testing.T) {
	s, _, c := setup(t)
	req := drift(t, 1, "sha256:a", "x")
	req.Body = "x"
	if _, err := c.SyncIssue(t.Context(), req); err == nil {
		t.Error("no marker was taken")
	}
	if n := len(s.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestParseLabels(t *testing.T) {
	if d := cmp.Diff([]string{"a", "b c"}, github.ParseLabels(" a,,b c , a")); d != "" {
		t.Error(d)
	}
}
