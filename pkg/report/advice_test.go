package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/report"
)

func TestAdviceTextGolden(t *testing.T) {
	t.Parallel()
	docs := map[string]advice.Document{
		"advice": sampleAdvice(), "advice-hostile": hostileAdvice(), "advice-poor": poorAdvice(), "advice-nothing": {},
	}
	styles := map[string]report.Style{
		"pipe": {},
		"40":   {Width: 40}, "80": {Width: 80}, "140": {Width: 140}, "140-color": {Width: 140, Color: true},
		"140-verbose": {Width: 140, Verbose: true},
	}
	for name, d := range docs {
		for style, s := range styles {
			t.Run(name+"-"+style, func(t *testing.T) {
				var b, plain bytes.Buffer
				if err := report.AdviceText(&b, d, s); err != nil {
					t.Fatal(err)
				}
				golden(t, name+"-"+style+".txt", b.String())
				s.Color = false
				if err := report.AdviceText(&plain, d, s); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(plain.String(), uncoloured(b.String())); diff != "" {
					t.Errorf("colour changes the text (-plain +coloured):\n%s", diff)
				}
			})
		}
	}
}

// Whatever the width, no figure is left out.
func TestAdviceTextKeepsItsFigures(t *testing.T) {
	t.Parallel()
	for width := range 141 { // 0 is a pipe
		var b bytes.Buffer
		if err := report.AdviceText(&b, sampleAdvice(), report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		table := strings.Split(b.String(), "\n\n")[1]
		for _, want := range []string{"Verify", "10s", "6,300", "1.9s", "≥10.0s", "130, 1.8–2.4 %", "0.28", "calls hang",
			"28,000", "≥5.0s", "3.3 → 0.33", "too few calls to say"} {
			if !strings.Contains(strings.Join(strings.Fields(table), " "), want) {
				t.Errorf("width %d: %q is missing in\n%s", width, want, table)
			}
		}
		if lines := strings.Count(table, "\n"); (width == 0 || width > 110) && lines != 9 {
			t.Errorf("width %d: %d lines for 9 rows in\n%s", width, lines, table)
		}
	}
}

func TestAdviceMarkdownGolden(t *testing.T) {
	t.Parallel()
	h := report.Heading{RunURL: "https://github.com/octo/timeouts/actions/runs/42", Limit: report.CommentLimit}
	golden(t, "advice.md", report.AdviceMarkdown(sampleAdvice(), h))
	golden(t, "advice-hostile.md", report.AdviceMarkdown(hostileAdvice(), h))
	golden(t, "advice-nothing.md", report.AdviceMarkdown(advice.Document{}, report.Heading{}))
	if size := len(report.AdviceMarkdown(manyActions(2000), h)); size > report.CommentLimit {
		t.Errorf("%d bytes are more than a comment holds", size)
	}
}

func TestAdviceHTMLGolden(t *testing.T) {
	t.Parallel()
	for name, joint := range map[string]report.Joint{
		"advice":         {{Org: "production", Document: sampleAdvice()}},
		"advice-nothing": {{Document: advice.Document{}}},
		"advice-several": {{Org: "test", Document: failedAdvice()}, {Org: "production", Document: sampleAdvice()},
			{Org: "emea-rehearsal-of-the-migration", Document: poorAdvice()}},
		"advice-hostile": {{Org: `<b onclick="window.pwned=1">` + strings.Repeat("W", 300), Document: hostileAdvice()},
			{Org: "</main>", Document: hostileFailure()}, {Org: "production", Document: poorAdvice()}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".html", htmlOf(t, joint))
		})
	}
}

func htmlOf(t *testing.T, joint report.Joint) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.AdviceHTML(&b, joint); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAdviceHTMLStaysSmall(t *testing.T) {
	t.Parallel()
	if size := len(htmlOf(t, report.Joint{{Document: manyActions(400)}})); size > 1_000_000 {
		t.Errorf("400 actions take %d bytes", size)
	} else {
		t.Logf("400 actions take %d bytes", size)
	}
}
