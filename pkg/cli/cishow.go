package cli

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// logWidth is the columns that the log is set for; GitHub's page shows about as many.
const logWidth = 120

// show prints a plan to the log and the annotations, and keeps it for later steps.
func (r *ciRun) show(doc plan.Document, text func(io.Writer, plan.Document, report.Style) error) *ciFailure {
	r.print(func(w io.Writer, s report.Style) error { return text(w, doc, s) })
	r.annotate(report.Annotations(doc))
	if err := r.keepPlan(doc); err != nil {
		return &ciFailure{reasonPlanFailed, err}
	}
	return nil
}

// refused shows a failure that came before there was a plan.
func (r *ciRun) refused(reason string, err error) *ciFailure {
	failure := failureOf(err)
	if len(failure.Problems) > 0 { // any other failure is said at the end
		r.print(func(w io.Writer, s report.Style) error { return report.FailureText(w, failure, s) })
	}
	r.annotate(report.ProblemAnnotations(failure.Problems))
	r.page = func(h report.Heading) string { return report.FailureMarkdown(failure, h) }
	return &ciFailure{reason, err}
}

// print shows text from elsewhere in the log, where the runner obeys nothing of it. A log that cannot be written to is not
// worth failing for what it says: whoever reads the outputs has it all.
func (r *ciRun) print(write func(io.Writer, report.Style) error) {
	_ = github.Quiet(r.app.Stdout, rand.Reader, func(w io.Writer) error { return write(w, report.Style{Width: logWidth}) })
}

// annotate prints annotations, with files as GitHub knows them: relative to the repository.
func (r *ciRun) annotate(list []report.Annotation) {
	if !r.in.annotations {
		return
	}
	for _, x := range list {
		fmt.Fprintln(r.app.Stdout, github.Annotation{
			Level: github.Level(x.Level), File: r.inRepository(x.File), Line: x.Line, Column: x.Column, Title: x.Title, Message: x.Message,
		})
	}
}

func (r *ciRun) inRepository(file string) string {
	if file == "" {
		return ""
	}
	if !filepath.IsAbs(file) {
		return path.Join(filepath.ToSlash(r.folder), filepath.ToSlash(file))
	}
	if relative, err := filepath.Rel(r.workspace, file); err == nil && filepath.IsLocal(relative) {
		return filepath.ToSlash(relative)
	}
	return file
}

// maxCommand bounds what is said of the run in one line of the log.
const maxCommand = 4000

// command says something of the run itself. The runner reads commands from stdout.
func (r *ciRun) command(level github.Level, message string) {
	if len(message) > maxCommand {
		message = strings.ToValidUTF8(message[:maxCommand], "") + "…"
	}
	fmt.Fprintln(r.app.Stdout, github.Annotation{Level: level, Title: "genesys-timeouts", Message: message})
}

// explained is an error with its hint, in one line.
func explained(err error) string {
	e := explain(err)
	if hint := cmp.Or(e.Hint, github.Hint(err)); hint != "" {
		return e.Message + " (hint: " + hint + ")"
	}
	return e.Message
}

// summarize appends the page to the job summary.
func (r *ciRun) summarize() {
	if r.page == nil || !r.in.summary || r.event.SummaryFile == "" {
		return
	}
	h := r.heading(report.SummaryLimit)
	h.Rest = inReport
	if err := github.AppendSummary(r.event.SummaryFile, r.page(h)); err != nil {
		r.command(github.LevelWarning, explained(err))
	}
}

// startCILog keeps the runner from obeying what a log line says: it reads stderr as it does stdout. A run that somebody
// repeats with debug logging logs its requests.
func (a *app) startCILog() error {
	a.Stderr = inert{a.Stderr}
	if a.Getenv("RUNNER_DEBUG") == "1" {
		a.logging.level = "debug"
	}
	return a.startLogging()
}

// inert writes text from elsewhere to the log so that it is none of the runner's commands.
type inert struct{ w io.Writer }

func (i inert) Write(p []byte) (int, error) {
	if _, err := io.Copy(i.w, bytes.NewBufferString(github.Neutral(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}
