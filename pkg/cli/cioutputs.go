package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// ciOutputs are the Action's outputs.
type ciOutputs struct {
	exitCode                       int
	changes                        bool
	toChange, unchanged, failed    int
	planHash, planPath, reportPath string
	commentStatus, commentURL      string
	issueNumber                    int
	issueURL, issueStatus          string
	failureReason, version         string
}

// list is all of them, always: a workflow that compares one with a word or a number must not meet an empty text.
func (o ciOutputs) list() []github.Output {
	issue := ""
	if o.issueNumber > 0 {
		issue = strconv.Itoa(o.issueNumber)
	}
	return []github.Output{
		{Name: "exit-code", Value: strconv.Itoa(o.exitCode)},
		{Name: "changes", Value: strconv.FormatBool(o.changes)},
		{Name: "to-change", Value: strconv.Itoa(o.toChange)},
		{Name: "unchanged", Value: strconv.Itoa(o.unchanged)},
		{Name: "failed", Value: strconv.Itoa(o.failed)},
		{Name: "plan-hash", Value: o.planHash},
		{Name: "plan-json-path", Value: o.planPath},
		{Name: "report-path", Value: o.reportPath},
		{Name: "comment-status", Value: orSkipped(o.commentStatus)},
		{Name: "comment-url", Value: o.commentURL},
		{Name: "issue-number", Value: issue},
		{Name: "issue-url", Value: o.issueURL},
		{Name: "issue-status", Value: orSkipped(o.issueStatus)},
		{Name: "failure-reason", Value: o.failureReason},
		{Name: "version", Value: o.version},
	}
}

func orSkipped(status string) string {
	if status == "" {
		return string(github.Skipped)
	}
	return status
}

// counted takes a plan into the outputs.
func (r *ciRun) counted(doc plan.Document) {
	s := doc.Summary
	r.out.changes, r.out.toChange, r.out.unchanged, r.out.failed = s.Update > 0, s.Update, s.Unchanged, s.Errors
	r.out.planHash = r.approved(doc).Hash()
	if s.Update > 0 {
		r.out.exitCode = ExitChanges
	}
}

// keepPlan saves the plan for later steps.
func (r *ciRun) keepPlan(doc plan.Document) error {
	folder, err := r.keepFolder()
	if err != nil {
		return err
	}
	name := filepath.Join(folder, "plan.json")
	if err := savePlan(name, doc); err != nil {
		return err
	}
	r.out.planPath = name
	return nil
}

// keepReport saves the page for later steps, whole.
func (r *ciRun) keepReport() error {
	if r.page == nil {
		return nil
	}
	folder := filepath.Dir(r.out.planPath)
	if r.out.planPath == "" {
		var err error
		if folder, err = r.keepFolder(); err != nil {
			return err
		}
	}
	name := filepath.Join(folder, "report.md")
	if err := writeFile(name, []byte(r.page(r.heading(0)))); err != nil {
		return err
	}
	r.out.reportPath = name
	return nil
}

func (r *ciRun) keepFolder() (string, error) {
	folder, err := os.MkdirTemp(r.event.TempDir, "genesys-timeouts-")
	if err != nil {
		return "", fileError{fmt.Errorf("making a folder for plan and report: %w", err)}
	}
	return folder, nil
}

// inReport is where a summary's rest is.
const inReport = "in the file that output report-path names"

// heading is what the run's documents say besides their matter. A limit of 0 is none.
func (r *ciRun) heading(limit int) report.Heading {
	h := report.Heading{Label: r.in.label, Commit: r.event.Head, CommitURL: r.event.CommitURL(r.event.Head), RunURL: r.event.RunURL(), Limit: limit}
	if !r.in.summary {
		h.Rest = inReport
	}
	return h
}
