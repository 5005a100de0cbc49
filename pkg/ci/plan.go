package ci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// compare plans for one organisation, and returns the session to apply with; the caller closes it.
func (r *run) compare(ctx context.Context, desired dataaction.Desired, o session.Options, judge plan.Options) (
	*session.Session, plan.Document, error,
) {
	o.Callers, o.Allowed = r.in.callers, r.in.allowed
	s, err := session.Open(r.env, desired, o)
	if err != nil {
		return nil, plan.Document{}, err
	}
	doc, err := s.Compare(ctx, desired, judge)
	if err != nil {
		s.Close()
		return nil, plan.Document{}, err
	}
	return s, doc, nil
}

// judge is how plan and apply judge a plan.
func (r *run) judge() plan.Options {
	return plan.Options{Strict: r.in.strict, DenyLower: r.in.denyLower, MaxChanges: r.in.maxChanges}
}

func reasonOf(err error) string {
	if _, refused := errors.AsType[hostRefused](err); refused {
		return reasonAuthFailed
	}
	switch session.Explain(err).Code {
	case session.CodeAuth, session.CodeNoCredentials:
		return reasonAuthFailed
	}
	return reasonPlanFailed
}

// plan shows on the pull request what apply would change.
func (r *run) plan(ctx context.Context) *failure {
	chosen, failed := r.choose(ctx)
	if failed != nil {
		m := r.marker(github.KindComment, "", github.StateErrors)
		m.Errors = failureDigest(session.FailureOf(failed.err))
		if ctx.Err() == nil { // a cancelled run knows nothing
			_ = r.comment(ctx, m, nil, "", false) // the first failure is the one to report
		}
		return failed
	}
	sides, failed := r.compareEach(ctx, chosen, r.judge())
	return r.planned(ctx, sides, failed)
}

// planned shows the plans of a run; failed is why an organisation has none.
func (r *run) planned(ctx context.Context, sides report.Sides, failed *failure) *failure {
	r.counted(sides)
	r.page = func(h report.Heading) string { return report.SidesMarkdown(sides, h) }
	unsaved := r.show(sides, report.SidesText)
	if ctx.Err() != nil && failed != nil { // a cancelled run knows nothing
		return failed
	}
	plans := r.approvedEach(sides)
	m, lists := r.marker(github.KindComment, github.HashAll(plans), github.StatePlanned), r.lists(sides)
	if len(lists) < len(sides) {
		m.State, m.Errors = github.StateErrors, errorsDigest(sides)
	}
	stable := report.SidesMarkdown(withoutEvidence(sides), report.Heading{Label: r.in.label})
	empty := r.out.toChange == 0 && m.State == github.StatePlanned
	uncommented := r.comment(ctx, m, lists, stable, empty && r.in.comment == "changes")
	switch {
	case failed != nil:
		return failed
	case r.out.failed > 0:
		return planErrors(r.out.failed)
	case unsaved != nil:
		return unsaved
	case uncommented != nil:
		return uncommented
	case r.in.failOnChanges && r.out.toChange > 0:
		changes := plan.Count(r.out.toChange, "timeout", "timeouts")
		return &failure{reasonChangesFound, fmt.Errorf("%s to change, and fail-on-changes is set", changes)}
	}
	return nil
}

func planErrors(n int) *failure {
	return &failure{reasonPlanFailed, fmt.Errorf("the plan has %s", plan.Count(n, "error", "errors"))}
}

// drift keeps one issue for each organisation about live timeouts that differ from the manifest.
func (r *run) drift(ctx context.Context) *failure {
	chosen, failed := r.choose(ctx)
	if failed != nil {
		return failed
	}
	sides, failed := r.compareEach(ctx, chosen, plan.Options{Strict: r.in.strict, Drift: true})
	r.counted(sides)
	r.page = func(h report.Heading) string { return report.SidesDriftMarkdown(sides, h) }
	unsaved := r.show(sides, report.SidesDriftText)
	var unwritten *failure
	for _, s := range sides {
		if s.Doc != nil && len(s.Doc.Changes) > 0 { // else nothing was compared, and the issue stays as it is
			unwritten = cmp.Or(unwritten, r.issue(ctx, *s.Doc))
		}
	}
	switch drifted := r.out.toChange; {
	case failed != nil:
		return failed
	case r.out.failed > 0:
		return planErrors(r.out.failed)
	case unsaved != nil || unwritten != nil:
		return cmp.Or(unsaved, unwritten)
	case drifted > 0 && r.in.failOnDrift:
		timeouts := plan.Count(drifted, "timeout is", "timeouts are")
		return &failure{reasonDriftDetected, fmt.Errorf("%s not as the manifest says", timeouts)}
	}
	return nil
}

// lists are what a merge approves: the plans without errors.
func (r *run) lists(sides report.Sides) []github.List {
	var whole []github.Approved
	for _, s := range sides {
		if s.Doc != nil && s.Doc.Summary.Errors == 0 {
			whole = append(whole, r.approved(*s.Doc))
		}
	}
	return github.Lists(whole...)
}

// approvedEach are all plans of a run.
func (r *run) approvedEach(sides report.Sides) (out []github.Approved) {
	for _, s := range sides {
		if s.Doc != nil {
			out = append(out, r.approved(*s.Doc))
		}
	}
	return out
}

// approved is the plan as reviewers see it and as a merge approves it.
func (r *run) approved(doc plan.Document) github.Approved {
	out := github.Approved{Label: r.in.label, Organization: doc.Org, Environment: doc.Environment,
		ManifestDigest: doc.Manifest.Digest}
	for _, c := range doc.Changes {
		row := github.Row{ID: rowID(doc.API, c.Action, c.Flows), From: c.BeforeMS, To: c.AfterMS}
		if c.Change == plan.Update {
			out.Rows = append(out.Rows, row)
		} else {
			out.Unchanged = append(out.Unchanged, row)
		}
	}
	return out
}

// rowID identifies an action in an organisation. On surface flows an id is unique within its flow only.
func rowID(api dataaction.API, a dataaction.Action, flows []dataaction.Flow) string {
	if api == dataaction.Flows && len(flows) == 1 {
		return flows[0].ID + "/" + a.ID
	}
	return a.ID
}

// errorsDigest tells the errors of two runs apart.
func errorsDigest(sides report.Sides) string {
	var all []string
	for _, s := range sides {
		if s.Doc == nil && s.Failure != nil {
			all = append(all, s.Org, failureDigest(*s.Failure))
		}
		if s.Doc == nil {
			continue
		}
		for _, f := range s.Doc.Findings {
			if f.Severity == plan.Error {
				all = append(all, s.Org, f.Code, f.Message)
			}
		}
	}
	return github.Digest(all...)
}

// failureDigest tells two failures apart. It leaves out the message of a refused request: that holds the answer's
// correlation id, and names whichever concurrent request failed first.
func failureDigest(f report.Failure) string {
	var all []string
	if e := f.Error; e != nil {
		all = append(all, e.Code, e.Hint, strconv.Itoa(e.Status))
		if e.Status == 0 && e.Code != session.CodeConnection {
			all = append(all, e.Message)
		}
	}
	for _, p := range f.Problems {
		all = append(all, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column), p.Message)
	}
	return github.Digest(all...)
}
