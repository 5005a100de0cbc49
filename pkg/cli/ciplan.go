package cli

import (
	"fmt"
	"strconv"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
)

// ciPlan is a plan, and what it was made with.
type ciPlan struct {
	plan.Document
	client     *genesys.Client
	reconciler *reconcile.Reconciler
}

// compare makes the plan. Only apply's client can write; it is to be closed.
func (r *ciRun) compare(writes bool) (*ciPlan, *ciFailure) {
	desired, err := r.app.load(manifestFlags{files: r.in.manifests})
	r.environment = r.environmentOf(desired, err)
	if err != nil {
		return nil, r.refused(reasonInvalidManifest, err)
	}
	flags := connectFlags{concurrency: defaultConcurrency}
	client, err := r.app.connect(flags, desired.Environment, writes)
	if err != nil {
		return nil, r.refused(reasonOf(err), err)
	}
	reconciler := r.app.reconciler(client, desired.API, flags, false)
	doc, err := r.app.compare(r.ctx, client, reconciler, desired, plan.Options{})
	if err != nil {
		client.Close()
		return nil, r.refused(reasonOf(err), err)
	}
	return &ciPlan{doc, client, reconciler}, nil
}

func reasonOf(err error) string {
	switch explain(err).Code {
	case codeAuth, codeNoCredentials:
		return reasonAuthFailed
	}
	return reasonPlanFailed
}

// plan shows on the pull request what apply would change.
func (r *ciRun) plan() *ciFailure {
	p, failure := r.compare(false)
	if failure != nil {
		m := r.marker(github.KindComment, "", github.StateErrors)
		m.Errors = failureDigest(failureOf(failure.err))
		if r.ctx.Err() == nil { // a run that was cancelled has found out nothing
			_ = r.comment(r.pull(), m, nil, r.page, false) // the failure before it is the one to tell
		}
		return failure
	}
	defer p.client.Close()
	doc := p.Document
	r.counted(doc)
	r.page = func(h report.Heading) string { return report.PlanMarkdown(doc, h) }
	if failure := r.show(doc, report.PlanText); failure != nil {
		return failure
	}
	approved := r.approved(doc)
	m, shown := r.marker(github.KindComment, approved.Hash(), github.StatePlanned), &approved
	if doc.Summary.Errors > 0 {
		m.State, m.Errors, shown = github.StateErrors, errorsDigest(doc), nil
	}
	empty := doc.Summary.Update == 0 && doc.Summary.Errors == 0
	failure = r.comment(r.pull(), m, shown, r.page, empty && r.in.comment == "changes")
	switch {
	case doc.Summary.Errors > 0:
		return planErrors(doc)
	case failure != nil:
		return failure
	case r.in.failOnChanges && doc.Summary.Update > 0:
		return &ciFailure{reasonChangesFound, fmt.Errorf("%s to change, and fail-on-changes is set", count(doc.Summary.Update, "timeout", "timeouts"))}
	}
	return nil
}

func planErrors(doc plan.Document) *ciFailure {
	return &ciFailure{reasonPlanFailed, fmt.Errorf("the plan holds %s", count(doc.Summary.Errors, "error", "errors"))}
}

// drift keeps one issue about what is not as the manifest says.
func (r *ciRun) drift() *ciFailure {
	p, failure := r.compare(false)
	if failure != nil {
		return failure
	}
	defer p.client.Close()
	doc := p.Document
	r.counted(doc)
	r.page = func(h report.Heading) string { return report.DriftMarkdown(doc, h) }
	if failure := r.show(doc, report.DriftText); failure != nil {
		return failure
	}
	if doc.Summary.Errors > 0 { // what has errors says neither that there is drift nor that there is none
		return planErrors(doc)
	}
	failure = r.issue(doc)
	switch drifted := doc.Summary.Update; {
	case failure != nil:
		return failure
	case drifted > 0 && r.in.failOnDrift:
		return &ciFailure{reasonDriftDetected, fmt.Errorf("%s not as the manifest says", count(drifted, "timeout is", "timeouts are"))}
	}
	return nil
}

// approved is the plan as its readers see it and a merge approves it.
func (r *ciRun) approved(doc plan.Document) github.Approved {
	out := github.Approved{Label: r.in.label, Environment: doc.Environment, ManifestDigest: doc.Manifest.Digest}
	for _, c := range doc.Changes {
		if c.Change != plan.Update {
			continue
		}
		out.Rows = append(out.Rows, github.Row{ID: rowID(doc.API, c.Action, c.Flows), From: c.BeforeMS, To: c.AfterMS})
	}
	return out
}

// rowID names an action among all of an organisation. On surface flows an id is unique in its flow alone.
func rowID(api dataaction.API, a dataaction.Action, flows []dataaction.Flow) string {
	if api == dataaction.Flows && len(flows) == 1 {
		return flows[0].ID + "/" + a.ID
	}
	return a.ID
}

// errorsDigest tells a plan's errors from those of another.
func errorsDigest(doc plan.Document) string {
	var all []string
	for _, f := range doc.Findings {
		if f.Severity == plan.Error {
			all = append(all, f.Code, f.Message)
		}
	}
	return github.Digest(all...)
}

// failureDigest tells a failure from another. Where the platform is the reason, its message does not count: it holds an id that
// each answer has of its own, and names whichever of the requests at work failed first.
func failureDigest(f report.Failure) string {
	var all []string
	if e := f.Error; e != nil {
		all = append(all, e.Code, e.Hint, strconv.Itoa(e.Status))
		if e.Status == 0 && e.Code != codeConnection {
			all = append(all, e.Message)
		}
	}
	for _, p := range f.Problems {
		all = append(all, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column), p.Message)
	}
	return github.Digest(all...)
}
