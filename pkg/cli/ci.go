package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// Failure reasons, as the Action's output failure-reason gives them.
const (
	reasonInvalidManifest = "invalid-manifest"
	reasonAuthFailed      = "auth-failed"
	reasonPlanFailed      = "plan-failed"
	reasonChangesFound    = "changes-found"
	reasonPlanNotFound    = "plan-not-found"
	reasonPlanChanged     = "plan-changed"
	reasonApplyFailed     = "apply-failed"
	reasonDriftDetected   = "drift-detected"
)

func (a *app) ciCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ci",
		Short: "Run a step of the GitHub Action",
		Long: "What the GitHub Action runs: it reads the Action's inputs from INPUT_* variables, does what input command says, and writes\n" +
			"outputs, job summary, annotations, comment and issue. In a shell, use the other commands.",
		Example: "  INPUT_COMMAND=validate genesys-timeouts ci",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.ci() },
	}
}

// ciRun is one run of the Action.
type ciRun struct {
	app   *app
	in    ciInputs
	event github.Context
	// folder is where the manifests are looked for, relative to the workspace.
	folder string
	out    ciOutputs
	client *github.Client // made when first needed
}

// ciFailure is a failure with its reason; err may be nil where it has been shown already.
type ciFailure struct {
	reason string
	err    error
}

func (f *ciFailure) Error() string { return f.reason }

// ci returns only once the outputs are written: later steps read them also after a failure.
func (a *app) ci() error {
	r := &ciRun{app: a, out: ciOutputs{exitCode: ExitOK, version: buildVersion()}}
	failure := r.run()
	if failure != nil {
		r.out.exitCode, r.out.failureReason = ExitFailure, failure.reason
		if failure.err != nil {
			r.command(github.Annotation{Level: github.LevelError, Message: explained(failure.err)})
		}
	}
	if r.event.OutputFile != "" {
		if err := github.WriteOutputs(r.event.OutputFile, rand.Reader, r.out.list()); err != nil {
			return fmt.Errorf("writing outputs: %w", err)
		}
	}
	if failure != nil {
		return status(ExitFailure)
	}
	return nil
}

func (r *ciRun) run() *ciFailure {
	var err error
	if r.event, err = github.FromEnv(r.app.Getenv, os.ReadFile); err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	if r.in, err = readCIInputs(r.app.Getenv); err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	if r.in.command == "install" {
		return r.install()
	}
	if r.event.Workspace != "" {
		folder, relative, err := insideWorkspace(r.event.Workspace, r.in.workingDirectory)
		if err == nil {
			r.folder, err = relative, os.Chdir(folder)
		}
		if err != nil {
			return &ciFailure{reasonPlanFailed, err}
		}
	}
	switch r.in.command {
	case "validate":
		return r.validate()
	case "apply":
		return r.apply()
	case "drift":
		return r.drift()
	default:
		return r.plan()
	}
}

// install puts this binary's folder on the PATH of later steps.
func (r *ciRun) install() *ciFailure {
	binary, err := os.Executable()
	if err == nil && r.event.PathFile != "" {
		err = github.AddPath(r.event.PathFile, filepath.Dir(binary))
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	return nil
}

func (r *ciRun) validate() *ciFailure {
	if _, err := r.app.load(manifestFlags{files: r.in.manifests}); err != nil {
		return r.refused(err)
	}
	r.summarize(func(int) string { return "### Data action timeouts: the manifest is valid\n" })
	return nil
}

// refused shows a failure that came before there was a plan.
func (r *ciRun) refused(err error) *ciFailure {
	failure := failureOf(err)
	r.annotate(report.ProblemAnnotations(failure.Problems))
	r.summarize(func(limit int) string { return report.FailureMarkdown(failure, r.heading(limit)) })
	return &ciFailure{reasonOf(err), err}
}

func reasonOf(err error) string {
	var m *manifestError
	if errors.As(err, &m) {
		return reasonInvalidManifest
	}
	switch explain(err).Code {
	case codeAuth, codeNoCredentials:
		return reasonAuthFailed
	}
	return reasonPlanFailed
}

// planOptions are those of the plan command, from the inputs.
func (r *ciRun) planOptions() planOptions {
	return planOptions{files: manifestFlags{files: r.in.manifests}, connect: connectFlags{concurrency: defaultConcurrency}}
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

// approved is the plan as its readers see it and a merge approves it.
func (r *ciRun) approved(doc plan.Document) github.Approved {
	out := github.Approved{Label: r.in.label, Environment: doc.Environment, ManifestDigest: doc.Manifest.Digest}
	for _, c := range doc.Changes {
		if c.Change != plan.Update {
			continue
		}
		row := github.Row{ID: c.Action.ID, From: c.BeforeMS, To: c.AfterMS}
		if len(c.Flows) == 1 && c.Action.IntegrationID == "" {
			row.ID = c.Flows[0].ID + "/" + c.Action.ID // on surface flows an id is unique in its flow alone
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// keep saves plan and report for later steps.
func (r *ciRun) keep(doc plan.Document, markdown string) error {
	folder, err := os.MkdirTemp(r.event.TempDir, "genesys-timeouts-")
	if err != nil {
		return fileError{fmt.Errorf("making a folder for the plan: %w", err)}
	}
	r.out.planPath, r.out.reportPath = filepath.Join(folder, "plan.json"), filepath.Join(folder, "report.md")
	return errors.Join(savePlan(r.out.planPath, doc), writeFile(r.out.reportPath, []byte(markdown)))
}

// heading is what the run's documents say besides the plan.
func (r *ciRun) heading(limit int) report.Heading {
	h := report.Heading{Label: r.in.label, Commit: r.event.Head, CommitURL: r.event.CommitURL(r.event.Head), RunURL: r.event.RunURL(), Limit: limit}
	if !r.in.summary {
		h.Rest = "in the file that output plan-json-path names"
	}
	return h
}

// key tells this plan's comment and issue from others: by label, manifest and environment. The environment is the variable's
// alone, so that a manifest that cannot be read keeps its comment; the manifest's own goes with its path.
func (r *ciRun) key() string {
	manifests := []string{path.Join(filepath.ToSlash(r.folder), "(default)")}
	if len(r.in.manifests) > 0 {
		manifests = nil
		for _, m := range r.in.manifests {
			manifests = append(manifests, path.Join(filepath.ToSlash(r.folder), filepath.ToSlash(m)))
		}
	}
	environment := r.app.credentials().environment
	if domain, err := genesys.ResolveEnvironment(environment); err == nil && environment != "" {
		environment = domain
	}
	return github.Key(r.in.label, manifests, environment)
}

func (r *ciRun) marker(kind github.Kind, planHash string, state github.State) github.Marker {
	return github.Marker{Kind: kind, Version: buildVersion(), Key: r.key(), Head: r.event.Head, Run: r.event.Run, Plan: planHash, State: state}
}

// hub is the client of GitHub's API.
func (r *ciRun) hub() (*github.Client, error) {
	if r.client != nil {
		return r.client, nil
	}
	client, err := github.New(github.Config{
		APIURL: r.event.APIURL, GraphQLURL: r.event.GraphQLURL, Repository: r.event.Repository, Token: r.in.token,
		UserAgent: "genesys-timeouts/" + buildVersion(),
		Transport: &http.Transport{Proxy: r.app.Proxy, IdleConnTimeout: time.Minute},
		Clock:     github.Clock{Now: r.app.Now, Sleep: sleep},
	})
	r.client = client
	return client, err
}

// summarize appends to the job summary; render is told how many bytes there are.
func (r *ciRun) summarize(render func(limit int) string) {
	if !r.in.summary || r.event.SummaryFile == "" {
		return
	}
	if err := github.AppendSummary(r.event.SummaryFile, render(report.SummaryLimit)+"\n"); err != nil {
		r.command(github.Annotation{Level: github.LevelWarning, Message: "the job summary could not be written: " + explained(err)})
	}
}

// annotate prints annotations, with files as GitHub knows them: relative to the repository.
func (r *ciRun) annotate(list []report.Annotation) {
	if !r.in.annotations {
		return
	}
	for _, x := range list {
		file := x.File
		if file != "" && !filepath.IsAbs(file) {
			file = path.Join(filepath.ToSlash(r.folder), filepath.ToSlash(file))
		}
		r.command(github.Annotation{Level: github.Level(x.Level), File: file, Line: x.Line, Column: x.Column, Title: x.Title, Message: x.Message})
	}
}

// command prints a workflow command; the runner reads them from stdout.
func (r *ciRun) command(a github.Annotation) { fmt.Fprintln(r.app.Stdout, a) }

// print shows text from elsewhere in the log, where the runner obeys nothing of it.
func (r *ciRun) print(write func(io.Writer) error) error {
	return github.Quiet(r.app.Stdout, rand.Reader, write)
}

// explained is an error with its hint, in one line.
func explained(err error) string {
	e := explain(err)
	if hint := github.Hint(err); hint != "" {
		e.Hint = hint
	}
	if e.Hint != "" {
		return e.Message + " (hint: " + e.Hint + ")"
	}
	return e.Message
}

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
