package github_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

// repository is a branch main on which pull requests are planned and merged.
type repository struct {
	*testing.T
	hub    *githubtest.Server
	clock  *clock
	client *github.Client
	runs   int64
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	s, clock, c := setup(t)
	s.AddCommits("", "c0")
	return &repository{T: t, hub: s, clock: clock, client: c}
}

func draft(run int64, plans ...github.Approved) github.Draft {
	m := marker(run)
	if len(plans) == 1 {
		m.Plan = plans[0].Hash()
	}
	return github.Draft{
		Marker: m, Lists: github.Lists(plans...),
		Text:   func(int) string { return "### Timeouts\n\nthe table\n" },
		Stable: "the table",
	}
}

// plan opens a pull request, if it is new, and shows a plan on it.
func (r *repository) plan(number int, plans ...github.Approved) github.CommentResult {
	r.Helper()
	r.runs++
	res, err := r.client.ShowPlan(r.Context(), number, draft(r.runs, plans...), false)
	if err != nil {
		r.Fatal(err)
	}
	return res
}

func (r *repository) open(number int) {
	r.hub.AddPull(githubtest.Pull{Number: number, Head: fmt.Sprintf("h%d", number)})
}

// merge merges a pull request onto a commit of main.
func (r *repository) merge(number int, parent, commit string) {
	r.hub.AddCommits(parent, commit)
	r.hub.Merge(number, commit)
}

func push(before, after string) github.Target {
	return github.Target{Branch: "main", SHA: after, Before: before}
}

func (r *repository) lookup(t github.Target, wanted github.Approved) github.Lookup {
	return github.Lookup{Target: t, Key: key, Version: "1.0.0", Wanted: wanted}
}

func (r *repository) decide(t github.Target, wanted github.Approved) ([]github.Source, github.Decision) {
	r.Helper()
	sources, err := r.client.Sources(r.Context(), r.lookup(t, wanted))
	if err != nil {
		r.Fatal(err)
	}
	return sources, github.Decide(wanted, sources)
}

// apply decides, writes what it may, and records it.
func (r *repository) apply(t github.Target, wanted github.Approved) github.Decision {
	r.Helper()
	r.runs++
	sources, d := r.decide(t, wanted)
	var written []github.Row
	state, line := github.StateApplied, "**Applied** by run "+fmt.Sprint(r.runs)
	if !d.OK() {
		state, line = github.StateRefused, "**Not applied**, run "+fmt.Sprint(r.runs)
	} else {
		written = wanted.Rows
	}
	for _, s := range github.Concerned(sources, wanted, d, written) {
		rec := github.Record{
			Source: s, Wanted: wanted, Written: written, Run: github.Run{ID: r.runs, Number: r.runs, Attempt: 1},
			State: state, Line: line,
		}
		if _, err := r.client.Record(r.Context(), rec); err != nil {
			r.Fatal(err)
		}
	}
	return d
}

func (r *repository) want(d github.Decision, want ...string) {
	r.Helper()
	if diff := cmp.Diff(want, decided(d)); diff != "" {
		r.Errorf("(-want +got):\n%s", diff)
	}
}

func (r *repository) comment(number int) string {
	r.Helper()
	all := r.hub.Comments(number)
	if len(all) != 1 {
		r.Fatalf("%d comments on #%d", len(all), number)
	}
	return all[0].Body
}

var (
	a35 = row("A", 3000, 5000)
	b89 = row("B", 8000, 9000)
)

func TestAnApprovalCountsOnce(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	r.want(r.apply(push("c0", "c1"), prod(a35)), "+A 3s>5s by [1]")
	if body := r.comment(1); !strings.Contains(
		body,
		"### Timeouts\n**Applied** by run 2 <!-- genesys-timeouts:state -->\n\nthe table",
	) {
		t.Errorf("comment:\n%s", body)
	}
	// Another user sets it back, and the job is run again, or the next push comes.
	used := "-A used-up: the approval by pull request #1 is used up: it was applied already"
	r.want(r.apply(push("c0", "c1"), prod(a35)), used)
	if body := r.comment(1); !strings.Contains(body, "**Not applied**, run 3 <!--") {
		t.Errorf("comment:\n%s", body)
	}
	r.hub.AddCommits("c1", "c2")
	r.want(r.apply(push("c1", "c2"), prod(a35)), used)
}

func TestAnApprovalIsUsedUpByBeingFoundInStep(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	inStep := prod()
	inStep.Unchanged = []github.Row{{ID: "A", To: 5000}}
	r.want(r.apply(push("c0", "c1"), inStep))
	r.want(
		r.apply(push("c0", "c1"), prod(a35)),
		"-A used-up: the approval by pull request #1 is used up: a run found it in step",
	)
}

func TestPullRequestsOfOnePush(t *testing.T) {
	r := newRepository(t)
	for n, x := range map[int]github.Row{1: a35, 2: b89} {
		r.open(n)
		r.plan(n, prod(x))
	}
	r.merge(1, "c0", "c1")
	r.merge(2, "c1", "c2")
	r.want(r.apply(push("c0", "c2"), prod(a35, b89)), "+A 3s>5s by [1]", "+B 8s>9s by [2]")
}

func TestAPushOfManyCommits(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	parent := "c1"
	for i := range 250 {
		commit := fmt.Sprintf("m%d", i)
		r.hub.AddCommits(parent, commit)
		parent = commit
	}
	_, d := r.decide(push("c0", parent), prod(a35))
	r.want(d, "+A 3s>5s by [1]")
}

func TestAnEarlierRunThatNeverFinishedIsMadeUpFor(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.open(2)
	r.plan(1, prod(a35))
	r.plan(2, prod(b89))
	r.merge(1, "c0", "c1")
	r.merge(2, "c1", "c2")
	r.want(r.apply(push("c1", "c2"), prod(a35, b89)), "+A 3s>5s by [1]", "+B 8s>9s by [2]")
	for n := 1; n <= 2; n++ {
		if !strings.Contains(r.comment(n), "**Applied**") {
			t.Errorf("#%d:\n%s", n, r.comment(n))
		}
	}
	r.want(
		r.apply(push("c0", "c1"), prod(a35)),
		"-A used-up: the approval by pull request #1 is used up: it was applied already",
	)
}

func TestALaterPushEndsAnApproval(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	r.open(2)
	r.plan(2, prod(row("A", 3000, 7000)))
	r.merge(2, "c1", "c2")
	t.Run("whose run has not run yet", func(t *testing.T) {
		_, d := r.decide(push("c0", "c1"), prod(a35))
		r.want(d, "-A ended: pull request #2, merged later, wants 7s")
	})
	t.Run("whose run has run", func(t *testing.T) {
		r.apply(push("c1", "c2"), prod(row("A", 3000, 7000)))
		_, d := r.decide(push("c0", "c1"), prod(a35))
		r.want(d, "-A ended: the approval by pull request #1 has ended: a later push wanted another value")
	})
}

func TestANewBranchApprovesItsLastCommitAlone(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.open(2)
	r.plan(1, prod(a35))
	r.plan(2, prod(b89))
	r.merge(1, "c0", "c1")
	r.merge(2, "c1", "c2")
	_, d := r.decide(push("", "c2"), prod(a35, b89))
	r.want(d, "+B 8s>9s by [2]", "-A not-shown: no merged pull request showed it")
}

func TestBothIndexesLagAfterASquash(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	r.hub.IndexLag, r.hub.ListLag = 2, 1
	q := r.lookup(push("c0", "c1"), prod(a35))
	q.Patient = true
	sources, err := r.client.Sources(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	r.want(github.Decide(q.Wanted, sources), "+A 3s>5s by [1]")
	if d := cmp.Diff([]time.Duration{time.Second, 2 * time.Second}, r.clock.slept); d != "" {
		t.Errorf("waits (-want +got):\n%s", d)
	}
}

func TestPullRequestsThatApproveNothing(t *testing.T) {
	for name, p := range map[string]githubtest.Pull{
		"merged into another branch":         {Merged: true, MergeCommit: "c1", Base: "release"},
		"merged into another repository":     {Merged: true, MergeCommit: "c1", BaseRepository: "fork/voice"},
		"not merged":                         {MergeCommit: "c1"},
		"closed without being merged":        {Closed: true, MergeCommit: "c1"},
		"merged, and the commit is not part": {Merged: true, MergeCommit: "x1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.hub.AddCommits("c0", "c1")
			r.hub.AddCommits("c0", "x1")
			p.Number = 1
			m := marker(1)
			m.Plan, m.Open = prod(a35).Hash(), true
			body, err := github.ComposeShown(m, new(prod(a35)), func(int) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			r.hub.AddComment(1, githubtest.JobLogin, body)
			r.hub.AddPull(p)
			_, d := r.decide(push("c0", "c1"), prod(a35))
			r.want(d, "-A not-shown: no merged pull request showed it")
			if !d.NoPlan {
				t.Error("a plan was found")
			}
			target := push("c0", "c1")
			target.Pull = 1
			_, err = r.client.Sources(t.Context(), r.lookup(target, prod(a35)))
			var refused *github.TargetError
			if !errors.As(err, &refused) || !strings.Contains(refused.Why, "#1") || refused.Next == "" {
				t.Errorf("with pr-number: %v", err)
			}
		})
	}
}

func TestPRNumberNamesAMergedPullRequest(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	r.hub.AddCommits("c1", "c2")
	_, d := r.decide(github.Target{Branch: "main", SHA: "c2", Pull: 1}, prod(a35))
	r.want(d, "+A 3s>5s by [1]")
}

func TestCommentsThatApproveNothing(t *testing.T) {
	id := func(r *repository) int64 { return r.hub.Comments(1)[0].ID }
	for name, c := range map[string]struct {
		spoil func(r *repository)
		want  string
	}{
		"edited by a colleague": {
			func(r *repository) { r.hub.EditComment(id(r), "anna", r.comment(1)) }, "was edited by another account",
		},
		"edited by a user named like the app": {
			func(r *repository) { r.hub.EditComment(id(r), "github-actions", r.comment(1)) },
			"was edited by another account",
		},
		"edited by an account that is deleted": {
			func(r *repository) { r.hub.EditComment(id(r), "", r.comment(1)) }, "was edited by another account",
		},
		"whose editor cannot be read": {func(r *repository) {
			r.hub.Answer("POST", githubtest.GraphQLPath, githubtest.Answer{Status: 403, Body: "{}"})
		}, "does not say who edited"},
		"whose editor is an error": {func(r *repository) {
			r.hub.Answer("POST", githubtest.GraphQLPath,
				githubtest.Answer{Status: 200, Body: `{"data":{"node":null},"errors":[{}]}`})
		}, "does not say who edited"},
		"of an older version": {func(r *repository) {
			r.hub.EditComment(id(r), githubtest.JobLogin,
				strings.Replace(r.comment(1), "version=1.0.0", "version=0.9.9", 1))
		}, "is of version 0.9.9 of this tool, and this is 1.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.open(1)
			r.plan(1, prod(a35))
			r.merge(1, "c0", "c1")
			c.spoil(r)
			_, d := r.decide(push("c0", "c1"), prod(a35))
			if d.OK() || !d.NoPlan || len(d.NoPlanWhy) != 1 || !strings.Contains(d.NoPlanWhy[0], c.want) ||
				d.Refused[0].Reason != github.Invalid {
				t.Errorf("decision %+v", d)
			}
		})
	}
	t.Run("edited by ourselves", func(t *testing.T) {
		r := newRepository(t)
		r.open(1)
		r.plan(1, prod(a35))
		r.merge(1, "c0", "c1")
		r.hub.EditComment(id(r), githubtest.JobLogin, r.comment(1))
		_, d := r.decide(push("c0", "c1"), prod(a35))
		r.want(d, "+A 3s>5s by [1]")
	})
}

func TestAPlanAfterTheMergeApprovesNothing(t *testing.T) {
	t.Run("is not even written", func(t *testing.T) {
		r := newRepository(t)
		r.open(1)
		r.merge(1, "c0", "c1")
		res := r.plan(1, prod(a35))
		wantStatus(t, res, github.Skipped)
		if len(r.hub.Comments(1)) > 0 {
			t.Errorf("comments %v", r.hub.Comments(1))
		}
	})
	t.Run("leaves what is used up as it is", func(t *testing.T) {
		r := newRepository(t)
		r.open(1)
		r.plan(1, prod(a35))
		r.merge(1, "c0", "c1")
		r.apply(push("c0", "c1"), prod(a35))
		before := r.comment(1)
		wantStatus(t, r.plan(1, prod(a35)), github.Skipped)
		if r.comment(1) != before {
			t.Errorf("comment:\n%s", r.comment(1))
		}
	})
	t.Run("is told by its time where the pull request could not be read", func(t *testing.T) {
		r := newRepository(t)
		r.open(1)
		r.merge(1, "c0", "c1")
		r.hub.Answer("GET", repo+"/pulls/1", githubtest.Answer{Status: 403, Body: "{}"})
		wantStatus(t, r.plan(1, prod(a35)), github.Created)
		_, d := r.decide(push("c0", "c1"), prod(a35))
		if len(d.NoPlanWhy) != 1 || !strings.Contains(d.NoPlanWhy[0], "ran after the merge") {
			t.Errorf("decision %+v", d)
		}
	})
}

func TestOrganisationsOfOneComment(t *testing.T) {
	r := newRepository(t)
	in := func(org, environment string, rows ...github.Row) github.Approved {
		p := prod(rows...)
		p.Organization, p.Environment = org, environment
		return p
	}
	test, production := in("test", "mypurecloud.de", a35), in("production", "mypurecloud.ie", row("A", 3000, 9000))
	r.open(1)
	r.plan(1, test, production)
	r.merge(1, "c0", "c1")
	r.want(r.apply(push("c0", "c1"), test), "+A 3s>5s by [1]")
	r.want(
		r.apply(push("c0", "c1"), test),
		"-A used-up: the approval by pull request #1 is used up: it was applied already",
	)
	r.want(r.apply(push("c0", "c1"), production), "+A 3s>9s by [1]")
	for _, want := range []string{
		"**Not applied**, run 3 <!-- genesys-timeouts:state test -->\n",
		"**Applied** by run 4 <!-- genesys-timeouts:state production -->\n",
	} {
		if !strings.Contains(r.comment(1), want) {
			t.Errorf("lacks %q:\n%s", want, r.comment(1))
		}
	}
	_, d := r.decide(push("c0", "c1"), in("development", "mypurecloud.de", a35))
	if !d.NoPlan {
		t.Errorf("decision %+v", d)
	}
}
