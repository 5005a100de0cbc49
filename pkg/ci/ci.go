// Package ci is what the GitHub Action runs: it reads the Action's inputs, does what input command says, and shows
// the result where a workflow's readers look: log, annotations, job summary, outputs, the pull request's comment, the
// drift issue.
//
// It is not a command line: it knows no flags, and ends in success or failure alone. How runs differ is in their
// outputs.
package ci

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// Failure reasons, as in output failure-reason.
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

// Values of output exit-code: what the command of that name would exit with.
const (
	exitOK      = 0
	exitFailure = 1
	exitChanges = 2
)

// ErrFailed is a run that failed and has said so in its log and outputs.
var ErrFailed = errors.New("the action failed")

// Options are what a run is told besides the Action's inputs.
type Options struct {
	// NewLog makes the log of requests and waits; debug is set when a job is re-run with debug logging. Nil discards
	// the log.
	NewLog func(env session.Env, debug bool) *slog.Logger
}

// run is one run of the Action.
type run struct {
	env session.Env
	in  inputs
	// event is what GitHub says about the run.
	event github.Context
	// workspace is the repository's folder; folder is the working directory, relative to it.
	workspace, folder string
	// about is what the run is about, once known: a domain, or organisations of the manifest. It is part of the key.
	about string
	out   outputs
	// page is what the job summary and the report show; nil for nothing.
	page   func(report.Heading) string
	client *github.Client // made when first needed
	// noticed is what was noted last, so that several organisations note it once.
	noticed string
}

// failure is why a job fails.
type failure struct {
	reason string
	err    error
}

// Run runs one step of the Action. It returns once the outputs are written, because later steps read them after a
// failure too. Its error is nil or ErrFailed, also after an interrupt: a runner knows no third result.
func Run(ctx context.Context, env session.Env, o Options) error {
	env.Stderr = inert{env.Stderr}
	env.Log = slog.New(slog.DiscardHandler)
	if o.NewLog != nil {
		env.Log = o.NewLog(env, env.Getenv("RUNNER_DEBUG") == "1")
	}
	env.Progress = session.NewProgress(nil, 0, env.Now, env.Log)
	r := &run{env: env, out: outputs{exitCode: exitOK, version: env.Version}}
	failed := r.finish(r.do(ctx))
	if r.event.OutputFile != "" {
		if err := github.WriteOutputs(r.event.OutputFile, rand.Reader, r.out.list()); err != nil {
			r.command(github.LevelError, explained(err))
			return ErrFailed
		}
	}
	if failed != nil {
		return ErrFailed
	}
	return nil
}

// finish shows how the run ended and takes it into the outputs. Changes and drift that fail a job are not errors.
func (r *run) finish(failed *failure) *failure {
	if r.client != nil {
		r.client.Close()
	}
	if err := r.keepReport(); err != nil && failed == nil {
		failed = &failure{reasonPlanFailed, err}
	}
	r.summarize()
	if failed == nil {
		return nil
	}
	r.out.failureReason = failed.reason
	if failed.reason != reasonChangesFound && failed.reason != reasonDriftDetected {
		r.out.exitCode = exitFailure
	}
	r.command(github.LevelError, explained(failed.err))
	return failed
}

func (r *run) do(ctx context.Context) *failure {
	var eventErr, inputErr error
	r.event, eventErr = github.FromEnv(r.env.Getenv, os.ReadFile)
	r.in, inputErr = readInputs(r.env.Getenv)
	if err := cmp.Or(eventErr, inputErr); err != nil {
		return r.refused(reasonPlanFailed, err)
	}
	if r.in.command == "install" {
		return r.install()
	}
	if err := r.enter(); errors.Is(err, errLeadsOut) {
		return r.refused(reasonInvalidManifest, err)
	} else if err != nil {
		return r.refused(reasonPlanFailed, err)
	}
	switch r.in.command {
	case "validate":
		return r.validate(ctx)
	case "apply":
		return r.apply(ctx)
	case "drift":
		return r.drift(ctx)
	case "comment":
		return r.commentPlans(ctx)
	default:
		return r.plan(ctx)
	}
}

// enter changes to the working directory.
func (r *run) enter() (err error) {
	r.workspace, r.folder, err = insideWorkspace(cmp.Or(r.event.Workspace, "."), r.in.workingDirectory)
	if err != nil {
		return err
	}
	if err := os.Chdir(filepath.Join(r.workspace, r.folder)); err != nil {
		return session.UsageError{Err: fmt.Errorf("input working-directory: %w", err)}
	}
	return nil
}

// install puts this binary's folder on the PATH of later steps.
func (r *run) install() *failure {
	binary, err := os.Executable()
	if err == nil {
		err = github.AddPath(r.event.PathFile, filepath.Dir(binary))
	}
	if err != nil {
		return &failure{reasonPlanFailed, err}
	}
	return nil
}

// validate checks the manifests offline: it sends no request to Genesys Cloud or GitHub.
func (r *run) validate(ctx context.Context) *failure {
	loaded, err := r.load(ctx)
	if err != nil {
		return r.refused(reasonInvalidManifest, err)
	}
	fmt.Fprintf(r.env.Stdout, "Valid: %s in %s.\n",
		plan.Count(loaded.Entries, "entry", "entries"), plan.Count(len(loaded.Desired("").Files), "file", "files"))
	r.page = func(h report.Heading) string { return report.FailureMarkdown(report.Failure{}, h) }
	return nil
}

// load reads the manifests, once all of them are inside the workspace.
func (r *run) load(ctx context.Context) (manifest.Manifest, error) {
	if problems := r.outside(); len(problems) > 0 {
		return manifest.Manifest{}, &session.ManifestError{Problems: problems}
	}
	loaded, err := session.LoadManifest(ctx, r.env, session.Manifests{Files: r.in.manifests})
	if wrong, ok := errors.AsType[*session.ManifestError](err); ok {
		for i, p := range wrong.Problems {
			wrong.Problems[i].Message = briefly(p.Message)
		}
	}
	return loaded, err
}
