package github_test

import (
	"fmt"
	"strings"
	"testing"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

func (r *repository) show(run int64, change func(d *github.Draft)) github.CommentResult {
	r.Helper()
	d := draft(run, prod(a35))
	change(&d)
	res, err := r.client.ShowPlan(r.Context(), 1, d, false)
	if err != nil {
		r.Fatal(err)
	}
	return res
}

func TestACommentThatSaysTheSameIsLeftAlone(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	wantStatus(t, r.show(1, func(*github.Draft) {}), github.Created)
	before := r.comment(1)
	wantStatus(t, r.show(2, func(d *github.Draft) {
		d.Marker.Head = "def456"
		d.Text = func(int) string { return "### Timeouts\n\nthe table, with other links\n" }
	}), github.Unchanged)
	if r.comment(1) != before {
		t.Errorf("comment:\n%s", r.comment(1))
	}
}

func TestACommentIsRewrittenWhere(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *github.Draft)
		edit   func(r *repository, id int64)
	}{
		"a finding changed":    {change: func(d *github.Draft) { d.Stable = "the table: callers meet 2s" }},
		"the manifest changed": {change: func(d *github.Draft) { d.Lists[0].Plan = "sha256:bb" }},
		"its state changed":    {change: func(d *github.Draft) { d.Marker.State = github.StateErrors }},
		"its text was edited": {
			edit: func(r *repository, id int64) { r.hub.EditComment(id, "anna", r.comment(1)+"x") },
		},
		"its block was edited": {edit: func(r *repository, id int64) {
			r.hub.EditComment(id, "anna", strings.Replace(r.comment(1), "v2 H", "v2 h", 1))
		}},
		"its marker was edited": {edit: func(r *repository, id int64) {
			r.hub.EditComment(id, "anna", strings.Replace(r.comment(1), "run=1", "run=0", 1))
		}},
		"it was edited and back": {
			edit: func(r *repository, id int64) { r.hub.EditComment(id, "anna", r.comment(1)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.open(1)
			r.show(1, func(*github.Draft) {})
			if c.edit != nil {
				c.edit(r, r.hub.Comments(1)[0].ID)
			}
			if c.change == nil {
				c.change = func(*github.Draft) {}
			}
			wantStatus(t, r.show(2, c.change), github.Updated)
			wantStatus(t, r.show(3, c.change), github.Unchanged)
		})
	}
}

func TestLineEndsAndBlanksAtTheEndAreNotAnEdit(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.show(1, func(*github.Draft) {})
	c := r.hub.Comments(1)[0]
	r.hub.EditComment(c.ID, githubtest.JobLogin, strings.TrimSpace(strings.ReplaceAll(c.Body, "\n", "\r\n")))
	wantStatus(t, r.show(2, func(*github.Draft) {}), github.Unchanged)
}

func TestALongListIsFolded(t *testing.T) {
	big := prod()
	for i := range 5000 {
		big.Rows = append(
			big.Rows,
			github.Row{ID: fmt.Sprintf("custom_-_%016x", uint64(i)*0x9e3779b97f4a7c15), To: int64(i)},
		)
	}
	small := prod(a35)
	small.Environment = "mypurecloud.de"
	small.Unchanged = []github.Row{{ID: "B", To: 1}}
	r := newRepository(t)
	r.open(1)
	r.plan(1, small, big)
	r.merge(1, "c0", "c1")
	if n := len(r.comment(1)); n > github.MaxBody {
		t.Errorf("%d bytes", n)
	}
	if _, d := r.decide(push("c0", "c1"), big); !d.OK() || len(d.Allowed) != 5000 {
		t.Errorf("the very same plan: %d allowed, %d refused", len(d.Allowed), len(d.Refused))
	}
	_, d := r.decide(push("c0", "c1"), small)
	r.want(d, "+A 3s>5s by [1]")
	r.apply(push("c0", "c1"), big)
	if _, d := r.decide(push("c0", "c1"), big); len(d.Refused) != 5000 || d.Refused[0].Reason != github.UsedUp {
		t.Errorf("%d refused", len(d.Refused))
	}
}

func TestABodyThatGitHubRefusesIsWrittenShort(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.hub.Answer(
		"POST",
		repo+"/issues/1/comments",
		githubtest.Answer{Status: 422, Body: `{"message":"body is too long"}`},
	)
	res := r.show(1, func(d *github.Draft) {
		d.Text = func(limit int) string { return "### Timeouts\n" + strings.Repeat("x", limit-13) }
	})
	wantStatus(t, res, github.Created)
	if n := len(r.comment(1)); n > 10_000 {
		t.Errorf("%d bytes", n)
	}
	r.merge(1, "c0", "c1")
	_, d := r.decide(push("c0", "c1"), prod(a35))
	r.want(d, "+A 3s>5s by [1]")
}

func TestAStateLineStaysOneLine(t *testing.T) {
	r, s := merged(t)
	r.record(recordOf(s, 2, "**Planned**\n<!-- genesys-timeouts:state -->\nx"))
	if !strings.Contains(
		r.comment(1),
		"### Timeouts\n**Planned** genesys-timeouts:state --> x <!-- genesys-timeouts:state -->\n",
	) {
		t.Errorf("comment:\n%s", r.comment(1))
	}
}
