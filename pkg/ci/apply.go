package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// apply writes to one organisation what merged pull requests approved, once, and nothing else.
func (r *run) apply(ctx context.Context) *failure {
	chosen, failed := r.choose(ctx)
	if failed != nil {
		r.refuseUnplanned(ctx, dataaction.Desired{Environment: r.about}, failed)
		return failed
	}
	if len(chosen) > 1 {
		return r.refused(reasonPlanFailed, session.UsageError{
			Err:  fmt.Errorf("command apply writes to one organisation, and input org chooses %d", len(chosen)),
			Hint: "run a job for each organisation, with a matrix and max-parallel: 1",
		})
	}
	s, doc, err := r.compare(ctx, chosen[0], session.Options{AllowWrites: true}, r.judge())
	if err != nil {
		failed := r.refused(reasonOf(err), err)
		r.refuseUnplanned(ctx, chosen[0], failed)
		return failed
	}
	defer s.Close()
	sides := report.Sides{{Org: doc.Org, Environment: doc.Environment, Doc: &doc}}
	r.counted(sides)
	r.out.exitCode = exitOK
	r.page = func(h report.Heading) string { return report.PlanMarkdown(doc, h) }
	if failed := r.show(sides, report.SidesText); failed != nil {
		return failed
	}
	a, failed := r.approval(ctx, doc)
	if doc.Summary.Errors > 0 {
		failed = refusedErrors(doc)
	}
	if failed == nil {
		failed = r.claim(ctx, a)
	}
	if failed != nil {
		r.page = func(h report.Heading) string {
			h.Refused = explained(failed.err)
			return report.PlanMarkdown(doc, h)
		}
		r.refuse(ctx, a, failed)
		return failed
	}
	return r.applied(ctx, doc, s.Apply(ctx, doc), a)
}

// refusedErrors is a plan with errors, in the words of the first.
func refusedErrors(doc plan.Document) *failure {
	first := doc.Findings[slices.IndexFunc(doc.Findings, func(f plan.Finding) bool { return f.Severity == plan.Error })]
	return &failure{reasonPlanFailed, session.UsageError{
		Err: fmt.Errorf("the plan has %s: %s (%s)", plan.Count(doc.Summary.Errors, "error", "errors"), first.Message,
			first.Code),
		Hint: "nothing was written; correct this in a pull request that changes the manifest, or in Genesys Cloud, and " +
			"run the job again",
	}}
}

// applied reports an apply: log, summary, outputs, and the comments' state.
func (r *run) applied(ctx context.Context, doc plan.Document, done plan.Report, a approval) *failure {
	r.print(func(w io.Writer, s report.Style) error { return report.ReportText(w, done, s) })
	s := done.Summary
	r.out.unchanged, r.out.failed = s.Unchanged, s.Failed
	whole := withEarlier(done, a.main())
	undo, err := undoOf(doc, whole)
	r.page = func(h report.Heading) string {
		h.Environment, h.Undo = doc.Environment, undo
		if !done.Complete() {
			h.Notice = "Run the job again to apply what is left, where live is still as the plan showed."
		}
		return report.ReportMarkdown(whole, h)
	}
	recorded := r.record(ctx, a, done, undo)
	if a.unread != nil {
		recorded = r.uncommented(a.unread)
	}
	switch {
	case !done.Complete():
		return &failure{reasonApplyFailed, leftError(done)}
	case recorded != nil:
		return &failure{reasonApplyFailed, recorded.err}
	case err != nil:
		return &failure{reasonApplyFailed, fmt.Errorf("making the manifest that undoes the apply: %w", err)}
	}
	return nil
}

// undoOf is the manifest that puts back what was written, or "" where nothing was.
func undoOf(doc plan.Document, done plan.Report) (string, error) {
	before := map[string]*int64{}
	for _, x := range done.Results {
		if x.Written() {
			before[rowID(done.API, x.Action, x.Flows)] = x.BeforeMS
		}
	}
	if len(before) == 0 {
		return "", nil
	}
	written := doc
	written.Changes = nil
	for _, c := range doc.Changes {
		if ms, ok := before[rowID(doc.API, c.Action, c.Flows)]; ok {
			c.Change, c.BeforeMS = plan.Update, ms
			written.Changes = append(written.Changes, c)
		}
	}
	text, err := export.Previous(written)
	return string(text), err
}

func leftError(done plan.Report) error {
	var parts []string
	s := done.Summary
	if s.Failed > 0 {
		parts = append(parts, plan.Count(s.Failed, "write failed", "writes failed"))
	}
	if s.Skipped > 0 {
		parts = append(parts, plan.Count(s.Skipped, "change was not started", "changes were not started"))
	}
	if parts == nil {
		parts = []string{"not every write could be read back"}
	}
	return errors.New(strings.Join(parts, ", "))
}
