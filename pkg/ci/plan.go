package ci

import (
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

// compare plans, and returns the session to apply with; the caller closes it. Only apply's can write.
func (r *run) compare(ctx context.Context, writes bool, judge plan.Options) (*session.Session, plan.Document,
	*failure) {
	desired, err := r.load(ctx)
	r.environment = r.environmentOf(desired, err)
	if err != nil {
		return nil, plan.Document{}, r.refused(reasonInvalidManifest, err)
	}
	s, err := session.Open(r.env, desired, session.Options{AllowWrites: writes, Callers: r.in.callers,
		Allowed: r.in.allowed})
	if err != nil {
		return nil, plan.Document{}, r.refused(reasonOf(err), err)
	}
	doc, err := s.Compare(ctx, desired, judge)
	if err != nil {
		s.Close()
		return nil, plan.Document{}, r.refused(reasonOf(err), err)
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
	s, doc, failed := r.compare(ctx, false, r.judge())
	if failed != nil {
		m := r.marker(github.KindComment, "", github.StateErrors)
		m.Errors = failureDigest(session.FailureOf(failed.err))
		if ctx.Err() == nil { // a cancelled run knows nothing
			_ = r.comment(ctx, m, nil, "", false) // the first failure is the one to report
		}
		return failed
	}
	defer s.Close()
	r.counted(doc)
	r.page = func(h report.Heading) string { return report.PlanMarkdown(doc, h) }
	if failed := r.show(doc, report.PlanText); failed != nil {
		return failed
	}
	approved := r.approved(doc)
	m, lists := r.marker(github.KindComment, approved.Hash(), github.StatePlanned), github.Lists(approved)
	if doc.Summary.Errors > 0 {
		m.State, m.Errors, lists = github.StateErrors, errorsDigest(doc), nil
	}
	empty := doc.Summary.Update == 0 && doc.Summary.Errors == 0
	stable := report.PlanMarkdown(doc, report.Heading{Label: r.in.label})
	failed = r.comment(ctx, m, lists, stable, empty && r.in.comment == "changes")
	switch {
	case doc.Summary.Errors > 0:
		return planErrors(doc)
	case failed != nil:
		return failed
	case r.in.failOnChanges && doc.Summary.Update > 0:
		changes := plan.Count(doc.Summary.Update, "timeout", "timeouts")
		return &failure{reasonChangesFound, fmt.Errorf("%s to change, and fail-on-changes is set", changes)}
	}
	return nil
}

func planErrors(doc plan.Document) *failure {
	return &failure{reasonPlanFailed, fmt.Errorf("the plan has %s", plan.Count(doc.Summary.Errors, "error", "errors"))}
}

// drift keeps one issue about live timeouts that differ from the manifest.
func (r *run) drift(ctx context.Context) *failure {
	s, doc, failed := r.compare(ctx, false, plan.Options{Strict: r.in.strict, Drift: true})
	if failed != nil {
		return failed
	}
	defer s.Close()
	r.counted(doc)
	r.page = func(h report.Heading) string { return report.DriftMarkdown(doc, h) }
	if failed := r.show(doc, report.DriftText); failed != nil {
		return failed
	}
	if len(doc.Changes) > 0 { // else nothing was compared, and the issue stays as it is
		failed = r.issue(ctx, doc)
	}
	switch drifted := doc.Summary.Update; {
	case doc.Summary.Errors > 0:
		return planErrors(doc)
	case failed != nil:
		return failed
	case drifted > 0 && r.in.failOnDrift:
		timeouts := plan.Count(drifted, "timeout is", "timeouts are")
		return &failure{reasonDriftDetected, fmt.Errorf("%s not as the manifest says", timeouts)}
	}
	return nil
}

// approved is the plan as reviewers see it and as a merge approves it.
func (r *run) approved(doc plan.Document) github.Approved {
	out := github.Approved{Label: r.in.label, Environment: doc.Environment, ManifestDigest: doc.Manifest.Digest}
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

// errorsDigest tells the errors of two plans apart.
func errorsDigest(doc plan.Document) string {
	var all []string
	for _, f := range doc.Findings {
		if f.Severity == plan.Error {
			all = append(all, f.Code, f.Message)
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
