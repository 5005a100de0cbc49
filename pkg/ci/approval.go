package ci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// approval is what merged pull requests approve of a plan, and whose comments record what becomes of it.
type approval struct {
	wanted   github.Approved
	sources  []github.Source
	decision github.Decision
	// needed is true if nothing may be written without it.
	needed bool
	// unread is why GitHub does not let us look, where no approval is needed.
	unread error
}

// approval looks up what merged pull requests approve, and refuses a plan that they do not. A plan without changes
// needs no approval, but uses up those that it finds in step.
func (r *run) approval(ctx context.Context, doc plan.Document) (approval, *failure) {
	a := approval{wanted: r.approved(doc)}
	a.needed = r.in.requireApproved && len(a.wanted.Rows) > 0
	if r.in.comment == "never" {
		if a.needed {
			return a, notFound(errors.New("comment: never leaves no place to record that an approval was used"))
		}
		return a, nil
	}
	sources, err := r.sources(ctx, a.wanted)
	switch {
	case err != nil && a.needed:
		return a, notFound(err)
	case err != nil:
		a.unread = err
		return a, nil
	}
	a.sources, a.decision = sources, github.Decide(a.wanted, sources)
	switch {
	case !a.needed || a.decision.OK():
		return a, nil
	case a.decision.NoPlan:
		why := cmp.Or(strings.Join(a.decision.NoPlanWhy, "; "), "no merged pull request carries a plan of ours")
		return a, notFound(errors.New(why))
	}
	const hint = "nothing was written; open a pull request that changes the manifest, so that its comment shows what " +
		"would be written now"
	return a, &failure{reasonPlanChanged, session.UsageError{Err: errors.New(refusals(doc, a.decision)), Hint: hint}}
}

func (r *run) sources(ctx context.Context, wanted github.Approved) ([]github.Source, error) {
	target, err := r.event.Target(r.in.pull)
	if err != nil {
		return nil, err
	}
	client, err := r.hub()
	if err != nil {
		return nil, err
	}
	return client.Sources(ctx, github.Lookup{
		Target: target, Key: r.key(), Version: r.env.Version, Wanted: wanted, Patient: len(wanted.Rows) > 0,
	})
}

// refusals says which changes are not approved and why, the first three.
func refusals(doc plan.Document, d github.Decision) string {
	names := map[string]string{}
	for _, c := range doc.Changes {
		names[rowID(doc.API, c.Action, c.Flows)] = c.Action.Name
	}
	var out []string
	for _, refused := range d.Refused[:min(len(d.Refused), 3)] {
		out = append(out, fmt.Sprintf("%q (%s to %s): %s", names[refused.Row.ID], timeoutText(refused.Row.From),
			timeoutText(&refused.Row.To), refused.Why(timeoutText)))
	}
	total := len(d.Refused) + len(d.Allowed)
	text := fmt.Sprintf("%d of %s not approved: %s", len(d.Refused), plan.Count(total, "change is", "changes are"),
		strings.Join(out, "; "))
	if more := len(d.Refused) - len(out); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func timeoutText(ms *int64) string {
	if ms == nil {
		return dataaction.TextOrUnset(nil)
	}
	return dataaction.Text(time.Duration(*ms) * time.Millisecond)
}

func notFound(err error) *failure {
	hint := github.Hint(err)
	if target, ok := errors.AsType[*github.TargetError](err); ok {
		hint = target.Next
	}
	hint = cmp.Or(hint, "run apply on the push of a merge, with the label, manifest and environment of the plan's "+
		"step; to apply what no pull request showed, set require-approved-plan: false")
	return &failure{reasonPlanNotFound, session.UsageError{
		Err: fmt.Errorf("the approved plan was not found: %w", err), Hint: "nothing was written; " + hint,
	}}
}

// main is the pull request whose comment gets the whole report: the last one of the push that has one.
func (a approval) main() *github.Source {
	for i, s := range slices.Backward(a.sources) {
		if s.InPush && s.Comment.ID != 0 {
			return &a.sources[i]
		}
	}
	return nil
}

// concerned are the pull requests whose plans a run carries out.
func (a approval) concerned(written []github.Row) []github.Source {
	all := github.Concerned(a.sources, a.wanted, a.decision, written)
	return slices.DeleteFunc(all, func(s github.Source) bool { return s.List == nil })
}

// refuse says on each pull request concerned that nothing was written, and why. That it cannot say so is a notice: the
// job fails anyway.
func (r *run) refuse(ctx context.Context, a approval, failed *failure) {
	if r.in.comment == "never" {
		return
	}
	ctx, cancel := lastWord(ctx)
	defer cancel()
	for _, s := range github.Concerned(a.sources, a.wanted, a.decision, nil) {
		res, err := r.client.Record(ctx, github.Record{
			Source: s, Wanted: a.wanted, Run: r.event.Run, State: github.StateRefused,
			Line: r.stateLine(s, "**Not applied**: "+report.Prose(explained(failed.err))),
		})
		r.noted(a, s, res, err)
	}
}

// refuseUnplanned says on each pull request of the push that there was not even a plan, and why. It uses no approval
// up. Where a manifest with problems leaves open which of several comments is meant, it says nothing.
func (r *run) refuseUnplanned(ctx context.Context, desired dataaction.Desired, failed *failure) {
	if r.in.comment == "never" {
		return
	}
	domain, err := genesys.ResolveEnvironment(desired.Environment)
	if err != nil {
		domain = desired.Environment
	}
	a := approval{wanted: github.Approved{Label: r.in.label, Organization: desired.Org, Environment: domain}}
	sources, err := r.sources(ctx, a.wanted)
	if err != nil {
		return // the job fails anyway, and its log says why
	}
	comments := map[int]int{} // by pull request
	for _, s := range sources {
		comments[s.Pull.Number]++
	}
	for _, s := range sources {
		if s.InPush && s.Comment.ID != 0 && (r.about != "" || comments[s.Pull.Number] == 1) {
			s.Invalid = cmp.Or(s.Invalid, "nothing was planned")
			a.sources = append(a.sources, s)
		}
	}
	r.refuse(ctx, a, failed)
}

// claim records on each pull request concerned that its approvals are being used, before the first write. An approval
// whose use cannot be recorded could count twice, so then nothing is written.
func (r *run) claim(ctx context.Context, a approval) *failure {
	if !a.needed {
		return nil
	}
	for _, s := range a.concerned(nil) {
		_, err := r.client.Record(ctx, github.Record{
			Source: s, Wanted: a.wanted, Run: r.event.Run, State: github.StateApplying,
			Line: r.stateLine(s, "**Applying**"),
		})
		if errors.Is(err, github.ErrTaken) {
			return &failure{reasonPlanChanged, session.UsageError{Err: err, Hint: "nothing was written; see what the other " +
				"run wrote, and run this job again if something is left"}}
		}
		if err != nil {
			return notFound(fmt.Errorf("recording the use of the approval on pull request #%d: %w", s.Pull.Number, err))
		}
	}
	return nil
}

// record says on each pull request concerned what was written, and uses its approvals up.
func (r *run) record(ctx context.Context, a approval, done plan.Report, undo string) *failure {
	written := writtenRows(done)
	state := github.StateApplied
	if !done.Complete() {
		state = github.StateFailed
	}
	concerned := a.concerned(written)
	if len(written) == 0 && state == github.StateApplied { // say nothing new where nothing new is used up
		concerned = slices.DeleteFunc(concerned, func(s github.Source) bool {
			_, used := s.Mark(a.wanted, nil)
			return !used && s.Comment.Marker.State != github.StateFailed
		})
		if at := a.main(); at != nil {
			r.out.commentStatus, r.out.commentURL = string(github.Unchanged), at.Comment.URL
		}
	}
	ctx, cancel := lastWord(ctx)
	defer cancel()
	var errs []error
	for _, s := range concerned {
		rec := github.Record{Source: s, Wanted: a.wanted, Written: written, Run: r.event.Run, State: state,
			Line: r.stateLine(s, recordLine(done.Summary))}
		at := a.main()
		switch main := at != nil && at.Comment.ID == s.Comment.ID && len(a.wanted.Rows) > 0; {
		case main && r.ofSeveral(s): // the others' plans stay
			rec.Foot, rec.Rest = report.UndoMarkdown(a.wanted.Organization, undo), r.rest()
		case main:
			rec.Line, rec.Kept = "", rec.Line
			rec.Text = func(limit int) string { return r.page(r.heading(limit)) }
		}
		res, err := r.client.Record(ctx, rec)
		r.noted(a, s, res, err)
		if err != nil {
			errs = append(errs, fmt.Errorf("recording on pull request #%d what was applied: %w", s.Pull.Number, err))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	err := errors.Join(errs...)
	if !r.in.requireApproved && github.Degradable(errs[0]) {
		return r.degraded(github.Degraded, explained(err))
	}
	return &failure{reasonApplyFailed, err}
}

// noted sets the outputs that tell about the comment.
func (r *run) noted(a approval, s github.Source, res github.CommentResult, err error) {
	if at := a.main(); at != nil && at.Comment.ID != s.Comment.ID {
		return
	}
	r.out.commentURL = cmp.Or(res.URL, s.Comment.URL)
	r.out.commentStatus = string(github.Degraded)
	if err == nil {
		r.out.commentStatus = string(res.Status)
		r.left(res.Left)
	}
}

func recordLine(s plan.ReportSummary) string {
	switch left := s.Failed + s.Skipped; {
	case s.Applied == 0 && left == 0:
		return "**In step**: live has these timeouts already"
	case left > 0:
		return fmt.Sprintf("**Partly applied**: %d written, %d left", s.Applied, left)
	}
	return "**Applied** by a run that wrote " + plan.Count(s.Applied, "timeout", "timeouts")
}

// ofSeveral reports whether a comment is about several organisations, of which this run serves one.
func (r *run) ofSeveral(s github.Source) bool { return s.Comment.Marker.Key != r.key() }

// stateLine is a state with when and by which run it was reached, and of which organisation where a comment has
// several.
func (r *run) stateLine(s github.Source, text string) string {
	if s.List != nil && s.List.Organization != "" && r.ofSeveral(s) {
		text = "`" + s.List.Organization + "`: " + text
	}
	text += " · " + r.env.Now().UTC().Format("2006-01-02 15:04 UTC")
	if url := r.event.RunURL(); url != "" {
		text += " · [run](" + url + ")"
	}
	return text
}

// writtenRows are the changes that a report says were written.
func writtenRows(done plan.Report) (rows []github.Row) {
	for _, x := range done.Results {
		if x.Written() {
			rows = append(rows, github.Row{ID: rowID(done.API, x.Action, x.Flows), From: x.BeforeMS, To: x.AfterMS})
		}
	}
	return rows
}

// withEarlier adds to a report what an earlier run wrote by the same approval: an apply that failed half-way and runs
// again finds it unchanged, but the pull request should show the whole.
func withEarlier(done plan.Report, at *github.Source) plan.Report {
	if at == nil || at.List == nil {
		return done
	}
	results := slices.Clone(done.Results)
	for i, x := range results {
		for _, row := range at.List.Rows {
			if x.Status == plan.Unchanged && row.Used == github.UsedByWrite && row.To == x.AfterMS &&
				row.ID == rowID(done.API, x.Action, x.Flows) {
				results[i].Status, results[i].BeforeMS, results[i].Error = plan.Applied, row.From, "before this run"
			}
		}
	}
	return done.WithResults(results)
}
