package ci

import (
	"context"
	"errors"
	"io"
	"strings"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// apply writes what merged pull requests approved, once, and nothing else.
func (r *run) apply(ctx context.Context) *failure {
	s, doc, failed := r.compare(ctx, true, r.judge())
	if failed != nil {
		return failed
	}
	defer s.Close()
	r.counted(doc)
	r.out.exitCode = exitOK
	r.page = func(h report.Heading) string { return report.PlanMarkdown(doc, h) }
	if failed := r.show(doc, report.PlanText); failed != nil {
		return failed
	}
	a, failed := r.approval(ctx, doc)
	if doc.Summary.Errors > 0 {
		failed = planErrors(doc)
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

// applied reports an apply: log, summary, outputs, and the comments' state.
func (r *run) applied(ctx context.Context, doc plan.Document, done plan.Report, a approval) *failure {
	r.print(func(w io.Writer, s report.Style) error { return report.ReportText(w, done, s) })
	s := done.Summary
	r.out.unchanged, r.out.failed = s.Unchanged, s.Failed
	left := s.Failed + s.Skipped
	whole := withEarlier(done, a.main())
	r.page = func(h report.Heading) string {
		h.Environment = doc.Environment
		if left > 0 {
			h.Notice = "Run the job again to apply what is left, where live is still as the plan showed."
		}
		return report.ReportMarkdown(whole, h)
	}
	recorded := r.record(ctx, a, done)
	if a.unread != nil {
		recorded = r.uncommented(a.unread)
	}
	switch {
	case left > 0:
		return &failure{reasonApplyFailed, leftError(s)}
	case recorded != nil:
		return &failure{reasonApplyFailed, recorded.err}
	}
	return nil
}

func leftError(s plan.ReportSummary) error {
	var parts []string
	if s.Failed > 0 {
		parts = append(parts, plan.Count(s.Failed, "write failed", "writes failed"))
	}
	if s.Skipped > 0 {
		parts = append(parts, plan.Count(s.Skipped, "change was not started", "changes were not started"))
	}
	return errors.New(strings.Join(parts, ", "))
}
