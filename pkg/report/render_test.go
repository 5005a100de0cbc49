package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"genesys-timeouts/pkg/report"
)

func TestRenderersWriteEveryDocument(t *testing.T) {
	t.Parallel()
	failure := report.NewFailure(&report.FailureError{Code: "c", Message: "signing in"}, nil)
	for format, want := range map[report.Format][5]string{
		report.FormatText: {"Plan: 6 to update", "Drift: ", "Applied: 2", "error: signing in",
			"Valid: 3 entries in 1 file."},
		report.FormatMarkdown: {"### Data action", "### Data action", "### Data action", "**error:** signing in", "valid"},
		report.FormatJSON:     {`"changes"`, `"changes"`, `"results"`, `"message": "signing in"`, `"problems": []`},
	} {
		r, err := report.NewRenderer(format, report.Style{}, report.Heading{})
		if err != nil {
			t.Fatal(err)
		}
		var b [5]bytes.Buffer
		err = errors.Join(r.Plan(&b[0], samplePlan()), r.Drift(&b[1], samplePlan()), r.Report(&b[2], sampleReport()),
			r.Failure(&b[3], failure), r.Validation(&b[4], report.Validation{Entries: 3, Files: 1}))
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			if !strings.Contains(b[i].String(), want[i]) {
				t.Errorf("%s %d: %q is missing in\n%s", format, i, want[i], b[i].String())
			}
		}
		for _, err := range []error{r.Plan(brokenPipe{}, samplePlan()), r.Validation(brokenPipe{}, report.Validation{})} {
			if !errors.Is(err, errPipe) {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
	if _, err := report.NewRenderer("yaml", report.Style{}, report.Heading{}); err == nil {
		t.Error("unknown format accepted")
	}
}

func TestValidationShowsProblems(t *testing.T) {
	t.Parallel()
	v := report.Validation{Problems: []report.Problem{{File: "a.yaml", Line: 3, Column: 1, Message: "unknown key"}}}
	for _, format := range []report.Format{report.FormatText, report.FormatMarkdown, report.FormatJSON} {
		r, _ := report.NewRenderer(format, report.Style{}, report.Heading{})
		var b bytes.Buffer
		if err := r.Validation(&b, v); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "unknown key") {
			t.Errorf("%s: %s", format, b.String())
		}
	}
}
