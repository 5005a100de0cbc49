package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/github"
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
		Long: "What the GitHub Action runs: it reads the Action's inputs from INPUT_* variables,\n" +
			"does what input command says, and writes outputs, job summary, annotations,\n" +
			"comment and issue. In a shell, use the other commands.",
		Example: "  INPUT_COMMAND=validate genesys-timeouts ci",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.ci() },
	}
}

// ciRun is one run of the Action.
type ciRun struct {
	app *app
	// ctx ends with an interrupt.
	ctx   context.Context
	in    ciInputs
	event github.Context
	// workspace is the repository's folder, and folder the one in it that the run works in, relative to it.
	workspace, folder string
	// environment is the one that the run is about, as far as it is known; see compare.
	environment string
	out         ciOutputs
	// page is what the run has to show, in the job summary and the report; nil for nothing.
	page   func(report.Heading) string
	client *github.Client // made when first needed
}

// ciFailure is why a job fails.
type ciFailure struct {
	reason string
	err    error
}

// ci returns only once the outputs are written: later steps read them also after a failure. Its exit status is 0 or 1 and
// no other, also after an interrupt: a runner knows no third, and how runs differ stands in their outputs.
func (a *app) ci() error {
	r := &ciRun{app: a, ctx: a.ctx, out: ciOutputs{exitCode: ExitOK, version: buildVersion()}}
	a.ctx = context.WithoutCancel(a.ctx)
	if err := a.startCILog(); err != nil {
		return err
	}
	failure := r.finish(r.run())
	if r.event.OutputFile != "" {
		if err := github.WriteOutputs(r.event.OutputFile, rand.Reader, r.out.list()); err != nil {
			r.command(github.LevelError, explained(err))
			return status(ExitFailure)
		}
	}
	if failure != nil {
		return status(ExitFailure)
	}
	return nil
}

// finish shows how the run ended and takes it into the outputs. Changes and drift that fail a job are changes, no errors.
func (r *ciRun) finish(failure *ciFailure) *ciFailure {
	if r.client != nil {
		r.client.Close()
	}
	if err := r.keepReport(); err != nil && failure == nil {
		failure = &ciFailure{reasonPlanFailed, err}
	}
	r.summarize()
	if failure == nil {
		return nil
	}
	r.out.failureReason = failure.reason
	if failure.reason != reasonChangesFound && failure.reason != reasonDriftDetected {
		r.out.exitCode = ExitFailure
	}
	r.command(github.LevelError, explained(failure.err))
	return failure
}

func (r *ciRun) run() *ciFailure {
	var eventErr, inputErr error
	r.event, eventErr = github.FromEnv(r.app.Getenv, os.ReadFile)
	r.in, inputErr = readCIInputs(r.app.Getenv)
	if err := cmp.Or(eventErr, inputErr); err != nil {
		return r.refused(reasonPlanFailed, err)
	}
	if r.in.command == "install" {
		return r.install()
	}
	if err := r.enter(); err != nil {
		return r.refused(reasonPlanFailed, err)
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

// enter goes to the folder that the run works in.
func (r *ciRun) enter() (err error) {
	r.workspace, r.folder, err = insideWorkspace(cmp.Or(r.event.Workspace, "."), r.in.workingDirectory)
	if err != nil {
		return err
	}
	if err := os.Chdir(filepath.Join(r.workspace, r.folder)); err != nil {
		return usageError{fmt.Errorf("input working-directory: %w", err), ""}
	}
	return nil
}

// install puts this binary's folder on the PATH of later steps.
func (r *ciRun) install() *ciFailure {
	binary, err := os.Executable()
	if err == nil {
		err = github.AddPath(r.event.PathFile, filepath.Dir(binary))
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	return nil
}

// validate checks the manifests offline: neither Genesys Cloud nor GitHub is asked for anything.
func (r *ciRun) validate() *ciFailure {
	desired, err := r.app.load(manifestFlags{files: r.in.manifests})
	if err != nil {
		return r.refused(reasonInvalidManifest, err)
	}
	fmt.Fprintf(r.app.Stdout, "Valid: %s in %s.\n", count(len(desired.Entries), "entry", "entries"), count(len(desired.Files), "file", "files"))
	r.page = func(h report.Heading) string { return report.FailureMarkdown(report.Failure{}, h) }
	return nil
}
