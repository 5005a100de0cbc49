package ci

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
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// logWidth is the log's width in columns; GitHub's page shows about as many.
const logWidth = 120

// show prints plans to the log and the annotations, and keeps them for later steps.
func (r *run) show(sides report.Sides, text func(io.Writer, report.Sides, report.Style) error) *failure {
	if len(sides) == 1 && sides[0].Doc == nil {
		return nil // finish reports it
	}
	r.print(func(w io.Writer, s report.Style) error { return text(w, sides, s) })
	r.annotate(report.SidesAnnotations(sides, r.rest()))
	if err := r.keepPlans(sides); err != nil {
		return &failure{reasonPlanFailed, err}
	}
	return nil
}

// refused shows a failure from before there was a plan.
func (r *run) refused(reason string, err error) *failure {
	why := session.FailureOf(err)
	if len(why.Problems) > 0 { // finish reports any other failure
		r.print(func(w io.Writer, s report.Style) error { return report.FailureText(w, why, s) })
	}
	r.annotate(report.ProblemAnnotations(why.Problems, r.rest()))
	r.page = func(h report.Heading) string { return report.FailureMarkdown(why, h) }
	return &failure{reason, err}
}

// print writes text to the log so that the runner takes none of it for a command. A log that cannot be written fails
// nothing: the outputs have it all.
func (r *run) print(write func(io.Writer, report.Style) error) {
	_ = github.Quiet(r.env.Stdout, rand.Reader, func(w io.Writer) error {
		return write(w, report.Style{Width: logWidth})
	})
}

// annotate prints annotations with files relative to the repository, as GitHub expects them.
func (r *run) annotate(list []report.Annotation) {
	if !r.in.annotations {
		return
	}
	for _, x := range list {
		fmt.Fprintln(r.env.Stdout, github.Annotation{
			Level: github.Level(x.Level), File: r.inRepository(x.File), Line: x.Line, Column: x.Column,
			Title: x.Title, Message: x.Message,
		})
	}
}

func (r *run) inRepository(file string) string {
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

// maxCommand bounds one workflow command, in bytes.
const maxCommand = 4000

// command reports on the run itself. The runner reads commands from stdout.
func (r *run) command(level github.Level, message string) {
	if len(message) > maxCommand {
		message = strings.ToValidUTF8(message[:maxCommand], "") + "…"
	}
	fmt.Fprintln(r.env.Stdout, github.Annotation{Level: level, Title: "genesys-timeouts", Message: message})
}

// explained is an error with its hint, in one line.
func explained(err error) string {
	e := session.Explain(err)
	if hint := cmp.Or(e.Hint, github.Hint(err)); hint != "" {
		return e.Message + " (hint: " + hint + ")"
	}
	return e.Message
}

// summarize appends the page to the job summary.
func (r *run) summarize() {
	if r.page == nil || !r.in.summary || r.event.SummaryFile == "" {
		return
	}
	h := r.heading(report.SummaryLimit)
	h.Rest = inReport
	if err := github.AppendSummary(r.event.SummaryFile, r.page(h)); err != nil {
		r.command(github.LevelWarning, explained(err))
	}
}

// inert writes text to the log so that the runner takes none of it for a command: it reads stderr as it does stdout.
type inert struct{ w io.Writer }

func (i inert) Write(p []byte) (int, error) {
	if _, err := io.Copy(i.w, bytes.NewBufferString(github.Neutral(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}
