package cli

import (
	"errors"
	"fmt"
	"io"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// apply writes what the merged pull request showed, and nothing else.
func (r *ciRun) apply() *ciFailure {
	o := r.planOptions()
	desired, err := r.app.load(o.files)
	if err != nil {
		return r.refused(err)
	}
	client, err := r.app.connect(o.connect, desired.Environment, true)
	if err != nil {
		return r.refused(err)
	}
	defer client.Close()
	reconciler := r.app.reconciler(client, desired.API, o.connect, false)
	doc, err := r.app.compare(r.app.ctx, client, reconciler, desired, plan.Options{})
	if err != nil {
		return r.refused(err)
	}
	r.counted(doc)
	r.out.exitCode = ExitOK
	if failure := r.show(doc, report.PlanText, report.PlanMarkdown); failure != nil {
		return failure
	}
	if doc.Summary.Errors > 0 {
		return planErrors(doc)
	}
	now := r.approved(doc)
	pull, shown, failure := r.approval(now)
	if failure != nil {
		return failure
	}
	results := reconciler.Apply(r.app.ctx, doc.Changes)
	done := plan.NewReport(results, plan.Stats{Requests: client.Requests()})
	return r.applied(done, pull, shown, now)
}

// approval finds the plan that the merged pull request showed, and refuses what it did not. Where there is nothing to write
// there is nothing to approve, and nobody is asked.
func (r *ciRun) approval(now github.Approved) (pull int, shown *github.Comment, failure *ciFailure) {
	if len(now.Rows) == 0 || !r.in.requireApproved && r.in.comment == "never" {
		return 0, nil, nil
	}
	pull, shown, err := r.shownPlan()
	switch {
	case !r.in.requireApproved && err != nil:
		return pull, nil, nil
	case !r.in.requireApproved:
		return pull, shown, nil
	case err != nil:
		return 0, nil, &ciFailure{reasonPlanNotFound, fmt.Errorf("finding the approved plan: %w; nothing was written", err)}
	case shown == nil:
		return 0, nil, &ciFailure{reasonPlanNotFound, fmt.Errorf("pull request #%d carries no plan of ours for this manifest and label: nothing was written", pull)}
	}
	verdict := github.Approve(*shown, now)
	if verdict.OK {
		return pull, shown, nil
	}
	why := verdict.Why
	if n := len(verdict.Unapproved); n > 0 {
		why += fmt.Sprintf(" (%s not among those shown)", count(n, "change was", "changes were"))
	}
	return 0, nil, &ciFailure{reasonPlanChanged, fmt.Errorf("the plan is not the one that pull request #%d showed: %s; nothing was written", pull, why)}
}

// shownPlan gives the pull request whose merge this run is about, and our comment on it. The event's own pull request counts
// only once it is merged; pr-number is the workflow author's word.
func (r *ciRun) shownPlan() (pull int, shown *github.Comment, err error) {
	client, err := r.hub()
	if err != nil {
		return 0, nil, err
	}
	switch {
	case r.in.pull > 0:
		pull = r.in.pull
	case r.event.PullMerged:
		pull = r.event.PullNumber
	case r.event.PullNumber > 0:
		return 0, nil, fmt.Errorf("pull request #%d is not merged", r.event.PullNumber)
	default:
		merged, err := client.MergedPull(r.app.ctx, r.event.SHA)
		if err != nil {
			return 0, nil, err
		}
		pull = merged.Number
	}
	shown, err = client.FindComment(r.app.ctx, pull, r.key())
	return pull, shown, err
}

// applied reports what an apply did: log, summary, outputs, and the comment's final state.
func (r *ciRun) applied(done plan.Report, pull int, shown *github.Comment, now github.Approved) *ciFailure {
	err := r.print(func(w io.Writer) error { return report.ReportText(w, done, report.Style{Width: 120}) })
	r.out.unchanged, r.out.failed = done.Summary.Unchanged, done.Summary.Failed
	markdown := func(limit int) string { return report.ReportMarkdown(done, r.heading(limit)) }
	r.summarize(markdown)
	if r.out.reportPath != "" {
		err = errors.Join(err, writeFile(r.out.reportPath, []byte(markdown(0))))
	}
	state := github.StateApplied
	if done.Summary.Failed+done.Summary.Skipped > 0 {
		state = github.StateFailed
	}
	m, approved := r.marker(github.KindComment, now.Hash(), state), &now
	if shown != nil { // what was approved stays so: a half-failed apply may be run again
		m.Plan, approved = shown.Marker.Plan, shown.Approved
	}
	commented := r.comment(pull, m, approved, markdown, false)
	switch {
	case state == github.StateFailed:
		return &ciFailure{reasonApplyFailed, fmt.Errorf("%s, %s", count(done.Summary.Failed, "write failed", "writes failed"), count(done.Summary.Skipped, "was skipped", "were skipped"))}
	case err != nil:
		return &ciFailure{reasonApplyFailed, err}
	case commented != nil:
		return &ciFailure{reasonApplyFailed, commented.err}
	}
	return nil
}
