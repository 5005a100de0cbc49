package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// plan shows on the pull request what apply would change.
func (r *ciRun) plan() *ciFailure {
	doc, err := r.app.makePlan(r.app.ctx, r.planOptions())
	if err != nil {
		failure := r.refused(err)
		if r.comment(r.event.PullNumber, r.marker(github.KindComment, "", github.StateErrors), nil, func(limit int) string {
			return report.FailureMarkdown(failureOf(err), r.heading(limit))
		}, false) != nil {
			return &ciFailure{failure.reason, err}
		}
		return failure
	}
	r.counted(doc)
	if failure := r.show(doc, report.PlanText, report.PlanMarkdown); failure != nil {
		return failure
	}
	state, approved := github.StatePlanned, r.approved(doc)
	shown := &approved
	if doc.Summary.Errors > 0 {
		state, shown = github.StateErrors, nil
	}
	empty := doc.Summary.Update == 0 && doc.Summary.Errors == 0
	failure := r.comment(r.event.PullNumber, r.marker(github.KindComment, approved.Hash(), state), shown, func(limit int) string {
		return report.PlanMarkdown(doc, r.heading(limit))
	}, empty && r.in.comment == "changes")
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

// show prints a plan to the log, the job summary, the annotations and the files for later steps.
func (r *ciRun) show(doc plan.Document, text func(io.Writer, plan.Document, report.Style) error, markdown func(plan.Document, report.Heading) string) *ciFailure {
	err := r.print(func(w io.Writer) error { return text(w, doc, report.Style{Width: 120}) })
	if err == nil {
		err = r.keep(doc, markdown(doc, r.heading(0)))
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	r.annotate(report.Annotations(doc))
	r.summarize(func(limit int) string { return markdown(doc, r.heading(limit)) })
	return nil
}

// comment makes the one comment of this plan's say what render gives. Without a pull request there is none.
func (r *ciRun) comment(number int, m github.Marker, approved *github.Approved, render func(limit int) string, onlyUpdate bool) *ciFailure {
	if r.in.pull > 0 {
		number = r.in.pull
	}
	if r.in.comment == "never" || number == 0 {
		return nil
	}
	client, err := r.hub()
	var body string
	if err == nil {
		body, err = github.Compose(m, approved, render)
	}
	var res github.CommentResult
	if err == nil {
		res, err = client.UpsertComment(r.app.ctx, github.CommentRequest{
			Number: number, Marker: m, Body: body, OnlyUpdate: onlyUpdate,
			Short: m.String() + "\nThe result is too long for a comment here: the job summary has it.\n",
		})
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, fmt.Errorf("commenting on pull request #%d: %w", number, err)}
	}
	r.out.commentStatus, r.out.commentURL = string(res.Status), res.URL
	return r.degraded(res.Status, fmt.Sprintf("the comment on pull request #%d was not written: %s", number, res.Why))
}

// degraded says once that something could not be written to GitHub; the job's result stays the plan's, unless strict-comment
// says otherwise.
func (r *ciRun) degraded(s github.Status, why string) *ciFailure {
	if s != github.Degraded {
		return nil
	}
	if r.in.strictComment {
		return &ciFailure{reasonPlanFailed, errors.New(why)}
	}
	r.command(github.Annotation{Level: github.LevelNotice, Message: why + "; the job summary has it"})
	return nil
}

// drift keeps one issue about what is not as the manifest says.
func (r *ciRun) drift() *ciFailure {
	doc, err := r.app.makePlan(r.app.ctx, r.planOptions())
	if err != nil {
		return r.refused(err)
	}
	r.counted(doc)
	if failure := r.show(doc, report.DriftText, report.DriftMarkdown); failure != nil {
		return failure
	}
	if doc.Summary.Errors > 0 {
		return planErrors(doc)
	}
	failure := r.issue(doc)
	if drifted := doc.Summary.Update; drifted > 0 && r.in.failOnDrift {
		return &ciFailure{reasonDriftDetected, fmt.Errorf("%s not as the manifest says", count(drifted, "timeout is", "timeouts are"))}
	}
	return failure
}

func (r *ciRun) issue(doc plan.Document) *ciFailure {
	if !r.in.driftIssue {
		return nil
	}
	state, comment := github.StateDrifted, fmt.Sprintf("What differs has changed: now %s.", count(doc.Summary.Update, "timeout", "timeouts"))
	if doc.Summary.Update == 0 {
		state, comment = github.StateInStep, "Everything is as the manifest says again."
	}
	if run := r.event.RunURL(); run != "" {
		comment += " ([run](" + run + "))"
	}
	title := "Data action timeouts have drifted"
	if r.in.label != "" {
		title += ": " + github.Neutral(r.in.label)
	}
	m := r.marker(github.KindIssue, r.approved(doc).Hash(), state)
	client, err := r.hub()
	var body string
	if err == nil {
		body, err = github.Compose(m, nil, func(limit int) string { return report.DriftMarkdown(doc, r.heading(limit)) })
	}
	var res github.IssueResult
	if err == nil {
		res, err = client.SyncIssue(r.app.ctx, github.IssueRequest{Marker: m, Labels: r.in.driftLabels, Title: title, Body: body, Comment: comment})
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, fmt.Errorf("keeping the drift issue: %w", err)}
	}
	r.out.issueNumber, r.out.issueURL, r.out.issueStatus = res.Number, res.URL, string(res.Status)
	return r.degraded(res.Status, "the drift issue was not written: "+res.Why)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
