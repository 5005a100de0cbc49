package github_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

// merged is a repository whose pull request 1 showed A 3s>5s and B 8s>9s and was merged, and its source.
func merged(t *testing.T) (*repository, github.Source) {
	t.Helper()
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35, b89))
	r.merge(1, "c0", "c1")
	return r, r.source(prod(a35, b89))
}

func (r *repository) source(wanted github.Approved) github.Source {
	r.Helper()
	sources, err := r.client.Sources(r.Context(), r.lookup(push("c0", "c1"), wanted))
	if err != nil || len(sources) != 1 {
		r.Fatalf("sources %+v, %v", sources, err)
	}
	return sources[0]
}

func recordOf(s github.Source, run int64, line string, written ...github.Row) github.Record {
	return github.Record{
		Source: s, Wanted: prod(a35, b89), Written: written, Run: github.Run{ID: run, Number: run, Attempt: 1},
		State: github.StateApplied, Line: line,
	}
}

func (r *repository) record(rec github.Record) github.CommentResult {
	r.Helper()
	res, err := r.client.Record(r.Context(), rec)
	if err != nil {
		r.Fatal(err)
	}
	return res
}

func TestAHalfDoneApplyLeavesTheRestApproved(t *testing.T) {
	r, s := merged(t)
	wantStatus(t, r.record(recordOf(s, 2, "**Partly applied**: 1 of 2", a35)), github.Updated)
	_, d := r.decide(push("c0", "c1"), prod(b89))
	r.want(d, "+B 8s>9s by [1]")
	_, d = r.decide(push("c0", "c1"), prod(a35, b89))
	r.want(d, "+B 8s>9s by [1]", "-A used-up: the approval by pull request #1 is used up: it was applied already")
}

func TestARecordRendersTheTextAnewWhereAsked(t *testing.T) {
	r, s := merged(t)
	rec := recordOf(s, 2, "**Applied**\n 2 of 2", a35, b89)
	rec.Text = func(int) string { return "### Timeouts\n\nthe report" }
	r.record(rec)
	if body := r.comment(1); !strings.HasSuffix(
		body,
		"\n\n### Timeouts\n**Applied** 2 of 2 <!-- genesys-timeouts:state -->\n\nthe report",
	) {
		t.Errorf("comment:\n%s", body)
	}
	found, err := r.client.FindComment(t.Context(), 1, key)
	if err != nil || found.Marker.State != github.StateApplied {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestAFootThatDoesNotFitSaysWhereItIs(t *testing.T) {
	for rest, want := range map[string]string{"": "it is in the job summary.", "in a file": "it is in a file."} {
		r, s := merged(t)
		rec := recordOf(s, 2, "**Applied**", a35, b89)
		rec.Foot, rec.Rest = strings.Repeat("x", github.MaxBody), rest
		r.record(rec)
		if body := r.comment(1); !strings.Contains(body, "too long for the comment; "+want) {
			t.Errorf("comment:\n%s", body)
		}
	}
}

func TestARecordThatCannotBeWrittenIsAnError(t *testing.T) {
	for name, a := range map[string]githubtest.Answer{
		"forbidden": {Status: 403, Body: `{"message":"Resource not accessible by integration"}`},
		"broken":    {Status: 422, Body: `{"message":"Validation Failed"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := merged(t)
			r.hub.Answer("PATCH", repo+"/issues/comments/", a)
			_, err := r.client.Record(t.Context(), recordOf(s, 2, "applied", a35))
			if err == nil || !strings.Contains(err.Error(), "recording the apply in the comment on #1") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestACommentDeletedBeforeTheRecordIsMadeAnewAndCountsOnce(t *testing.T) {
	for name, remove := range map[string]func(r *repository, id int64){
		"before it is read": func(r *repository, id int64) { r.hub.RemoveComment(id) },
		"before it is written": func(r *repository, id int64) {
			r.hub.Answer("PATCH", repo+"/issues/comments/",
				githubtest.Answer{Through: true, Before: func() { r.hub.RemoveComment(id) }})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := merged(t)
			remove(r, s.Comment.ID)
			wantStatus(t, r.record(recordOf(s, 2, "applied", a35, b89)), github.Created)
			_, d := r.decide(push("c0", "c1"), prod(a35))
			r.want(d, "-A used-up: the approval by pull request #1 is used up: it was applied already")
		})
	}
}

func TestWhatAnotherRunRecordedMeanwhileIsKept(t *testing.T) {
	r, s := merged(t)
	r.record(recordOf(s, 3, "by run 3", b89))
	wantStatus(t, r.record(recordOf(s, 2, "by run 2", a35)), github.Updated)
	if body := r.comment(1); !strings.Contains(body, "by run 3") || strings.Contains(body, "by run 2") {
		t.Errorf("an older run's line replaced a newer one's:\n%s", body)
	}
	_, d := r.decide(push("c0", "c1"), prod(a35, b89))
	r.want(d, "-A used-up: the approval by pull request #1 is used up: it was applied already",
		"-B used-up: the approval by pull request #1 is used up: it was applied already")
	res := r.record(recordOf(s, 1, "by run 1"))
	wantStatus(t, res, github.Skipped)
	if !strings.Contains(res.Why, "a newer run") {
		t.Errorf("why %q", res.Why)
	}
}

// Our writing into a comment makes us its last editor: what another account wrote into it must not count from then
// on.
func TestARecordDoesNotMakeAnEditedCommentCount(t *testing.T) {
	forged := func(t *testing.T) string {
		t.Helper()
		m := marker(1)
		m.Plan, m.Open = prod(row("A", 3000, 60000)).Hash(), true
		body, err := github.ComposeShown(
			m,
			new(prod(row("A", 3000, 60000))),
			func(int) string { return "### Timeouts\n\nforged" },
		)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	wanted := prod(row("A", 3000, 60000))
	t.Run("edited before the run", func(t *testing.T) {
		r, s := merged(t)
		r.hub.EditComment(s.Comment.ID, "anna", forged(t))
		if d := r.apply(push("c0", "c1"), wanted); d.OK() {
			t.Error("approved")
		}
		if body := r.comment(1); strings.Contains(body, "forged") || !strings.Contains(body, "**Not applied**") {
			t.Errorf("comment:\n%s", body)
		}
		if d := r.apply(push("c0", "c1"), wanted); d.OK() {
			t.Error("approved the second time")
		}
	})
	t.Run("edited between decision and record", func(t *testing.T) {
		r, s := merged(t)
		r.hub.EditComment(s.Comment.ID, "anna", forged(t))
		r.record(recordOf(s, 2, "applied", a35))
		if strings.Contains(r.comment(1), "forged") {
			t.Errorf("comment:\n%s", r.comment(1))
		}
		_, d := r.decide(push("c0", "c1"), prod(row("A", 3000, 60000), b89))
		r.want(d, "+B 8s>9s by [1]", "-A other-value: pull request #1 showed it to 5s, not 60s")
	})
	t.Run("where GitHub does not say who edited it", func(t *testing.T) {
		r, s := merged(t)
		r.hub.EditComment(s.Comment.ID, "anna", forged(t))
		s = func() github.Source {
			r.hub.Answer(
				"POST",
				githubtest.GraphQLPath,
				githubtest.Answer{Status: 502},
				githubtest.Answer{Status: 502},
				githubtest.Answer{Status: 502},
			)
			return r.source(wanted)
		}()
		claim := recordOf(s, 2, "applying")
		claim.State = github.StateApplying
		wantStatus(t, r.record(claim), github.Skipped)
		note := r.record(recordOf(s, 2, "**Not applied**: twice"))
		wantStatus(t, note, github.Created)
		wantStatus(t, r.record(recordOf(s, 2, "**Not applied**: twice")), github.Unchanged)
		wantStatus(t, r.record(recordOf(s, 3, "**Not applied**: again")), github.Updated)
		all := r.hub.Comments(1)
		if len(all) != 2 || all[0].Body != forged(t) || strings.Contains(all[1].Body, "forged") ||
			!strings.Contains(all[1].Body, "**Not applied**: again\n\nThis is not in [the plan's comment]("+
				s.Comment.URL+"): GitHub does not say who edited") {
			t.Errorf("comments:\n%+v", all)
		}
		if _, d := r.decide(push("c0", "c1"), wanted); d.OK() {
			t.Error("the note approves something")
		}
		// Once GitHub says who edited it, the comment has it all.
		s = r.source(wanted)
		wantStatus(t, r.record(recordOf(s, 4, "**Not applied**: edited")), github.Updated)
		if !strings.Contains(r.comment(1), "**Not applied**: edited") {
			t.Errorf("comment:\n%s", r.comment(1))
		}
	})
}

func TestAPullRequestWithoutACommentHasNothingToRecordIn(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.merge(1, "c0", "c1")
	s := r.source(prod(a35))
	if s.Invalid == "" {
		t.Error("it approves something")
	}
	wantStatus(t, r.record(recordOf(s, 2, "not applied")), github.Skipped)
}
