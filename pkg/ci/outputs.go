package ci

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// outputs are the Action's outputs.
type outputs struct {
	exitCode                       int
	changes                        bool
	toChange, unchanged, failed    int
	lowered, warnings              int
	planHash, planPath, reportPath string
	commentStatus, commentURL      string
	issueNumber                    int
	issueURLs                      []string
	issueStatus                    string
	failureReason, version         string
}

// list holds all outputs, always: a workflow may compare one with a word or a number.
func (o outputs) list() []github.Output {
	issue := ""
	if o.issueNumber > 0 {
		issue = strconv.Itoa(o.issueNumber)
	}
	return []github.Output{
		{Name: "exit-code", Value: strconv.Itoa(o.exitCode)},
		{Name: "changes", Value: strconv.FormatBool(o.changes)},
		{Name: "to-change", Value: strconv.Itoa(o.toChange)},
		{Name: "unchanged", Value: strconv.Itoa(o.unchanged)},
		{Name: "lowered", Value: strconv.Itoa(o.lowered)},
		{Name: "warnings", Value: strconv.Itoa(o.warnings)},
		{Name: "failed", Value: strconv.Itoa(o.failed)},
		{Name: "plan-hash", Value: o.planHash},
		{Name: "plan-json-path", Value: o.planPath},
		{Name: "report-path", Value: o.reportPath},
		{Name: "comment-status", Value: orSkipped(o.commentStatus)},
		{Name: "comment-url", Value: o.commentURL},
		{Name: "issue-number", Value: issue},
		{Name: "issue-url", Value: strings.Join(o.issueURLs, "\n")},
		{Name: "issue-status", Value: orSkipped(o.issueStatus)},
		{Name: "failure-reason", Value: o.failureReason},
		{Name: "version", Value: o.version},
	}
}

// issue adds what happened to the issue of one organisation. Number and status are of the first that has an issue, and
// one that was not written is told whichever it is of.
func (o *outputs) issue(res github.IssueResult) {
	if res.Status == github.Degraded || o.issueNumber == 0 && o.issueStatus != string(github.Degraded) {
		o.issueStatus = string(res.Status)
	}
	o.issueNumber = cmp.Or(o.issueNumber, res.Number)
	if res.URL != "" {
		o.issueURLs = append(o.issueURLs, res.URL)
	}
}

func orSkipped(status string) string {
	if status == "" {
		return string(github.Skipped)
	}
	return status
}

// counted sets the outputs that count plans. A run without any counts nothing.
func (r *run) counted(sides report.Sides) {
	plans := r.approvedEach(sides)
	if len(plans) == 0 {
		return
	}
	for _, side := range sides {
		if side.Doc == nil {
			continue
		}
		s := side.Doc.Summary
		r.out.toChange, r.out.unchanged, r.out.failed = r.out.toChange+s.Update, r.out.unchanged+s.Unchanged,
			r.out.failed+s.Errors
		r.out.lowered, r.out.warnings = r.out.lowered+s.Lowered, r.out.warnings+s.Warnings
	}
	r.out.planHash = github.HashAll(plans)
	if r.out.changes = r.out.toChange > 0; r.out.changes {
		r.out.exitCode = exitChanges
	}
}

// keepPlans saves the plans for later steps: of one organisation as plan.json; of several that is the joint document,
// and each organisation's own plan stands beside it as NAME.json.
func (r *run) keepPlans(sides report.Sides) error {
	folder, err := r.keepFolder()
	if err != nil {
		return err
	}
	r.out.planPath = filepath.Join(folder, "plan.json")
	if len(sides) == 1 {
		return session.SavePlan(r.out.planPath, *sides[0].Doc)
	}
	for _, s := range sides {
		if s.Doc == nil {
			continue
		}
		if err := session.SavePlan(filepath.Join(folder, s.Org+".json"), *s.Doc); err != nil {
			return err
		}
	}
	return session.SaveJSON(r.out.planPath, sides)
}

// keepReport saves the whole page for later steps.
func (r *run) keepReport() error {
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
	if err := session.WriteFile(name, []byte(r.page(r.heading(0)))); err != nil {
		return err
	}
	r.out.reportPath = name
	return nil
}

func (r *run) keepFolder() (string, error) {
	folder, err := os.MkdirTemp(r.event.TempDir, "genesys-timeouts-")
	if err != nil {
		return "", session.FileError{Err: fmt.Errorf("creating folder for plan and report: %w", err)}
	}
	return folder, nil
}

// inReport tells where the rest of a shortened summary is.
const inReport = "in the file that output report-path names"

// rest tells where what a text leaves out can be read; empty means in the job summary.
func (r *run) rest() string {
	if r.in.summary {
		return ""
	}
	return inReport
}

// heading is the context that pages show; limit is in bytes, 0 for none.
func (r *run) heading(limit int) report.Heading {
	return report.Heading{
		Label: r.in.label, Commit: r.event.Head, CommitURL: r.event.CommitURL(r.event.Head),
		RunURL: r.event.RunURL(), Limit: limit, BlobURL: r.event.BlobURL(r.event.Head, filepath.ToSlash(r.folder)),
		Rest: r.rest(),
	}
}
