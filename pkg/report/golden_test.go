package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/NAME. Escape characters stand there as they are: `cat` shows the colours.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestTextGolden(t *testing.T) {
	planned := func(d plan.Document) func(io.Writer, report.Style) error {
		return func(w io.Writer, s report.Style) error { return report.PlanText(w, d, s) }
	}
	texts := map[string]func(io.Writer, report.Style) error{
		"plan":         planned(samplePlan()),
		"plan-errors":  planned(brokenPlan()),
		"plan-still":   planned(stillPlan()),
		"plan-flows":   planned(nestedPlan()),
		"plan-hostile": planned(hostilePlan()),
		"drift":        func(w io.Writer, s report.Style) error { return report.DriftText(w, samplePlan(), s) },
		"report":       func(w io.Writer, s report.Style) error { return report.ReportText(w, sampleReport(), s) },
	}
	styles := map[string]report.Style{
		"40": {Width: 40}, "80": {Width: 80}, "80-color": {Width: 80,
			Color: true}, "200": {Width: 200}, "200-color": {Width: 200, Color: true},
		"80-verbose": {Width: 80, Verbose: true},
	}
	for name, set := range texts {
		for style, s := range styles {
			t.Run(name+"-"+style, func(t *testing.T) {
				var b bytes.Buffer
				if err := set(&b, s); err != nil {
					t.Fatal(err)
				}
				golden(t, name+"-"+style+".txt", b.String())
				if s.Color {
					var plain bytes.Buffer
					if err := set(&plain, report.Style{Width: s.Width}); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(plain.String(), uncoloured(b.String())); diff != "" {
						t.Errorf("colour changes the text (-plain +coloured):\n%s", diff)
					}
				}
			})
		}
	}
}

// uncoloured takes the colours out of text.
func uncoloured(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}

func TestMarkdownGolden(t *testing.T) {
	h := report.Heading{
		Label: "production", Commit: "0123456789abcdef0123456789abcdef01234567",
		CommitURL: "https://github.com/octo/timeouts/commit/0123456789abcdef0123456789abcdef01234567",
		RunURL:    "https://github.com/octo/timeouts/actions/runs/42", Limit: report.CommentLimit,
		BlobURL: "https://github.com/octo/timeouts/blob/0123456789abcdef0123456789abcdef01234567/ops",
	}
	failure := report.NewFailure(&report.FailureError{Code: "invalid-client",
		Message: `signing in at "login.mypurecloud.ie": invalid_client`,
		Hint:    "check GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET, and whether the client belongs to mypurecloud.ie",
		Status:  400, CorrelationID: "7b1c-42"}, nil)
	problems := report.NewFailure(nil, []report.Problem{
		{File: "genesys-timeouts.yaml", Line: 3, Column: 5, Message: `unknown key "tiemout", did you mean "timeout"?`},
		{Message: "- no manifest: neither <genesys-timeouts.yaml> nor genesys-timeouts/ is there"},
	})
	applied, noticed := sampleReport(), h
	applied.Findings = samplePlan().Findings
	applied.Results, applied.Summary = applied.Results[:1], plan.ReportSummary{Applied: 1}
	undone := noticed
	undone.Undo = "version: 1\nactions:\n  - id: custom_-_1 # `Customer lookup`\n    timeout: 3s\n"
	refused := h
	refused.Refused = `"Customer lookup" was changed to 9s after this plan was made. Nothing was written. ` +
		"Open a pull request that plans again."
	noticed.Environment = "mypurecloud.ie"
	noticed.Notice = `Nothing was written: pull request #7 did not show "Get order".`
	for name, got := range map[string]string{
		"plan-noticed": report.PlanMarkdown(stillPlan(), noticed),
		"report-whole": report.ReportMarkdown(applied, undone),
		"plan-refused": report.PlanMarkdown(samplePlan(), refused),
		"plan":         report.PlanMarkdown(samplePlan(), h),
		"plan-errors":  report.PlanMarkdown(brokenPlan(), h),
		"plan-still":   report.PlanMarkdown(stillPlan(), report.Heading{}),
		"plan-flows":   report.PlanMarkdown(nestedPlan(), h),
		"plan-hostile": report.PlanMarkdown(hostilePlan(), h),
		"drift":        report.DriftMarkdown(samplePlan(), h),
		"report":       report.ReportMarkdown(sampleReport(), h),
		"failure":      report.FailureMarkdown(failure, h),
		"problems":     report.FailureMarkdown(problems, report.Heading{}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name+".md", got) })
	}
}
