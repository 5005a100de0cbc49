package ci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// apply writes what the merged pull request showed, and nothing else.
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
	if doc.Summary.Errors > 0 {
		return planErrors(doc)
	}
	now := r.approved(doc)
	to, failed := r.approval(ctx, doc, now)
	if failed != nil {
		r.page = func(h report.Heading) string {
			h.Notice = "Nothing was written: " + failed.err.Error() + "."
			return report.PlanMarkdown(doc, h)
		}
		return failed
	}
	return r.applied(ctx, doc, s.Apply(ctx, doc), to, now)
}

// target is the pull request that an apply reports to, with our comment there. Pull 0 means there is nothing to
// report to; err is why it could not be found where it did not have to be.
type target struct {
	pull  int
	shown *github.Comment
	err   error
}

// approval finds the plan that the merged pull request showed and refuses any other. A plan without changes needs no
// approval.
func (r *run) approval(ctx context.Context, doc plan.Document, now github.Approved) (target, *failure) {
	still := len(now.Rows) == 0
	needed := r.in.requireApproved && !still
	if !needed && r.in.comment == "never" {
		return target{}, nil
	}
	to, err := r.shownPlan(ctx, now, !still)
	switch {
	case still && (err != nil || to.shown == nil), !needed && errors.Is(err, github.ErrNoPull):
		return target{}, nil
	case !needed && err != nil:
		return target{err: err}, nil
	case !needed:
		return to, nil
	case err != nil:
		return to, notFound(err)
	case !to.shown.HasPlan():
		return to, notFound(fmt.Errorf("pull request #%d shows no plan for this label, manifest and environment", to.pull))
	}
	verdict := github.Approve(*to.shown, now)
	if verdict.OK {
		return to, nil
	}
	err = fmt.Errorf("this is not what pull request #%d showed: %s", to.pull, verdict.Why)
	if n := len(verdict.Unapproved); n > 0 {
		err = fmt.Errorf("pull request #%d did not show %d of %s: %s",
			to.pull, n, plan.Count(len(now.Rows), "change", "changes"), named(doc, verdict.Unapproved))
	}
	const hint = "nothing was written; open a pull request, so that its comment shows what would be written now"
	return to, &failure{reasonPlanChanged, session.UsageError{Err: err, Hint: hint}}
}

// named lists the first three changes of some rows in words.
func named(doc plan.Document, rows []github.Row) string {
	var out []string
	for _, c := range doc.Changes {
		if !slices.ContainsFunc(rows, func(row github.Row) bool {
			return c.Change == plan.Update && row.ID == rowID(doc.API, c.Action, c.Flows)
		}) {
			continue
		}
		if len(out) == 3 {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(rows)-len(out))
		}
		before, after := dataaction.TextOrUnset(c.Before()), dataaction.Text(c.After())
		out = append(out, fmt.Sprintf("%q (%s to %s)", c.Action.Name, before, after))
	}
	return strings.Join(out, ", ")
}

func notFound(err error) *failure {
	hint := cmp.Or(github.Hint(err), "run apply on the push of a merge, with the label, manifest and environment "+
		"of the plan's step; to apply what no pull request showed, set require-approved-plan: false")
	return &failure{reasonPlanNotFound, session.UsageError{
		Err: fmt.Errorf("the approved plan was not found: %w", err), Hint: "nothing was written; " + hint,
	}}
}

// shownPlan finds the pull request whose merge started this run, and our comment on it. Of several it takes the one
// that showed this plan, else the first that shows any of ours, else the first.
func (r *run) shownPlan(ctx context.Context, now github.Approved, patient bool) (target, error) {
	client, err := r.hub()
	if err != nil {
		return target{}, err
	}
	pulls, err := r.merged(ctx, client, patient)
	if err != nil {
		return target{}, err
	}
	found := make([]target, len(pulls))
	for i, pull := range pulls {
		shown, err := client.FindComment(ctx, pull, r.key())
		if err != nil {
			return target{}, err
		}
		found[i] = target{pull: pull, shown: shown}
	}
	return slices.MaxFunc(found, func(a, b target) int { return cmp.Compare(a.rank(now), b.rank(now)) }), nil
}

// rank is how well what a pull request shows fits what would be written now.
func (t target) rank(now github.Approved) int {
	switch {
	case t.shown == nil:
		return 0
	case !t.shown.HasPlan():
		return 1
	case !github.Approve(*t.shown, now).OK:
		return 2
	}
	return 3
}

// merged lists the pull requests that this run may be about, at least one. If anything has to be approved, the
// event's own counts only once it is merged; pr-number is the workflow author's word.
func (r *run) merged(ctx context.Context, client *github.Client, patient bool) ([]int, error) {
	switch {
	case r.in.pull > 0, r.event.PullMerged, r.event.PullNumber > 0 && !r.in.requireApproved:
		return []int{r.pull()}, nil
	case r.event.PullNumber > 0:
		return nil, fmt.Errorf("pull request #%d is not merged", r.event.PullNumber)
	}
	pulls, err := client.MergedPulls(ctx, r.event.SHA, patient)
	numbers := make([]int, len(pulls))
	for i, p := range pulls {
		numbers[i] = p.Number
	}
	return numbers, err
}

// applied reports an apply: log, summary, outputs, and the comment's final state.
func (r *run) applied(
	ctx context.Context, doc plan.Document, done plan.Report, to target, now github.Approved,
) *failure {
	r.print(func(w io.Writer, s report.Style) error { return report.ReportText(w, done, s) })
	s := done.Summary
	r.out.unchanged, r.out.failed = s.Unchanged, s.Failed
	left := s.Failed + s.Skipped
	whole := withEarlier(done, doc.API, to.shown)
	r.page = func(h report.Heading) string {
		h.Environment = doc.Environment
		if left > 0 {
			h.Notice = "Run the job again to apply what is left, where live is still as the plan showed."
		}
		return report.ReportMarkdown(whole, h)
	}
	m, approved := r.marker(github.KindComment, now.Hash(), github.StateApplied), &now
	if left > 0 {
		m.State = github.StateFailed
	}
	m.Errors = resultsDigest(whole, doc.API)
	if to.shown.HasPlan() { // stays approved: a half-failed apply may be run again
		m.Plan, approved = to.shown.Marker.Plan, to.shown.Approved
	}
	var commented *failure
	switch {
	case to.err != nil:
		commented = r.uncommented(to.err)
	case s.Applied == 0 && left == 0 && to.shown != nil && to.shown.Marker.State == github.StateApplied:
		// The comment shows what was applied the first time.
		r.out.commentStatus, r.out.commentURL = string(github.Unchanged), to.shown.URL
	default:
		commented = r.comment(ctx, to.pull, m, approved, r.page, false)
	}
	switch {
	case left > 0:
		return &failure{reasonApplyFailed, leftError(s)}
	case commented != nil:
		return &failure{reasonApplyFailed, commented.err}
	}
	return nil
}

// withEarlier adds to a report what the same approval had written before: an apply that failed half-way and is run
// again finds those unchanged, but the pull request should show the whole.
func withEarlier(done plan.Report, api dataaction.API, shown *github.Comment) plan.Report {
	if shown == nil || shown.Approved == nil || shown.Marker.State != github.StateFailed {
		return done
	}
	results := slices.Clone(done.Results)
	for i, x := range results {
		for _, row := range shown.Approved.Rows {
			if x.Status == plan.Unchanged && row.ID == rowID(api, x.Action, x.Flows) && row.To == x.AfterMS {
				results[i].Status, results[i].BeforeMS, results[i].Error = plan.Applied, row.From, "before this run"
			}
		}
	}
	return done.WithResults(results)
}

// resultsDigest tells the outcomes of two applies of a plan apart. It leaves out messages: each holds its answer's
// correlation id.
func resultsDigest(done plan.Report, api dataaction.API) string {
	var all []string
	for _, x := range done.Results {
		before := "unset"
		if x.BeforeMS != nil {
			before = strconv.FormatInt(*x.BeforeMS, 10)
		}
		all = append(all, rowID(api, x.Action, x.Flows), string(x.Status), x.Code, strconv.Itoa(x.HTTPStatus), before,
			strconv.FormatInt(x.AfterMS, 10))
	}
	return github.Digest(all...)
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
