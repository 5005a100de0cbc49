package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// noisyPlan has one change among 50 unchanged entries whose steps warn, and notes.
func noisyPlan() plan.Document {
	d := samplePlan()
	d.Changes = d.Changes[:1]
	d.Findings = d.Findings[:1]
	for i := range 50 {
		a := dataaction.Action{ID: fmt.Sprint("same-", i), Name: fmt.Sprint("Same ", i)}
		d.Changes = append(d.Changes, plan.Change{Change: plan.None, Action: a, BeforeMS: new(int64(9000)), AfterMS: 9000})
		d.Findings = append(d.Findings,
			plan.Finding{Severity: plan.Warning, Code: plan.StepOverridesTimeout, Action: a, Flow: support,
				Source:  source(100 + i),
				Message: fmt.Sprintf("step \"Look up\" gives up after 5s, before the 9s of data action %q", a.Name)},
			plan.Finding{Severity: plan.Info, Code: plan.ActionUnmanaged,
				Flow:    dataaction.Flow{ID: fmt.Sprint("f", i), Name: fmt.Sprint("Flow ", i)},
				Message: "flow calls data action \"Get weather\", which the manifest does not list"})
	}
	d.Summary = plan.Summary{Update: 1, Unchanged: 50, Warnings: 51}
	return d
}

func TestOneChangeIsNotBuried(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := report.PlanText(&b, noisyPlan(), report.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	const question = 3 // apply's question and the lines around it
	if n := strings.Count(b.String(), "\n"); n > 24-question {
		t.Errorf("%d lines leave no room for the question on a terminal of 24:\n%s", n, b.String())
	}
	for _, want := range []string{"~ Customer lookup", "step \"Look up the caller\"",
		"! warning: 50 more on unchanged entries: --verbose (step-overrides-timeout)",
		"· note: 49 more about what does not change: --verbose (action-unmanaged)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := report.PlanText(&b, noisyPlan(), report.Style{Width: 80, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "! warning:"); n != 51 {
		t.Errorf("verbose: %d warnings, want 51", n)
	}
	md := report.PlanMarkdown(noisyPlan(), report.Heading{})
	if !strings.Contains(md, "<details><summary>50 warnings on entries that do not change</summary>") {
		t.Errorf("warnings on unchanged entries are not folded:\n%.2000s", md)
	}
	if n := strings.Count(md, "Look up the caller"); n != 1 {
		t.Errorf("the step of the change is said %d times", n)
	}
}

// A flow that no entry names was read because the dependency index names it for a change: findings about it are not
// about what stays as it is, unless it calls that.
func TestFindingsAboutFlowsOfTheIndexAreNotFolded(t *testing.T) {
	t.Parallel()
	d := samplePlan()
	d.Changes[3].CallersChecked = plan.CheckedIndex // --callers all
	d.Findings = nil
	for _, code := range []string{plan.FlowUnreadable, plan.FlowNotPublished, plan.FlowInactive} {
		severity := plan.Warning
		if code == plan.FlowInactive {
			severity = plan.Info
		}
		for _, id := range []string{"x", "y"} {
			d.Findings = append(d.Findings, plan.Finding{Severity: severity, Code: code,
				Message: "flow " + id + " is " + code, Flow: dataaction.Flow{ID: id, Name: "Flow " + id}})
		}
	}
	aside := plan.Finding{Severity: plan.Warning, Code: plan.FlowUnreadable, Flow: dataaction.Flow{ID: "s"},
		Message: "aside"}
	d.Changes[7].Callers = []plan.Caller{called(aside.Flow, "Ping", 0, "", 1000)}
	listed := aside
	listed.Flow.ID, listed.Source = "l", source(40)
	d.Findings = append(d.Findings, aside, listed)
	var b bytes.Buffer
	if err := report.PlanText(&b, d, report.Style{Width: 200}); err != nil {
		t.Fatal(err)
	}
	md := report.PlanMarkdown(d, report.Heading{})
	unfolded, _, _ := strings.Cut(md, "<details>")
	for _, f := range d.Findings[:6] {
		if !strings.Contains(b.String(), f.Message) {
			t.Errorf("%q is missing in\n%s", f.Message, b.String())
		}
		if f.Severity == plan.Warning && !strings.Contains(unfolded, f.Message) {
			t.Errorf("%q is folded in\n%s", f.Message, md)
		}
	}
	if !strings.Contains(b.String(), "! warning: 2 more on unchanged entries: --verbose (flow-unreadable)\n") ||
		!strings.Contains(md, "<details><summary>2 warnings on entries that do not change</summary>") {
		t.Errorf("warnings about unchanged entries are not folded:\n%s%s", b.String(), md)
	}
}

func TestRisksComeFirst(t *testing.T) {
	t.Parallel()
	d := manyChanges(451)
	d.Changes[449].BeforeMS, d.Changes[450].BeforeMS = new(int64(2000)), new(int64(20000))
	d.Findings = []plan.Finding{{Severity: plan.Warning, Code: plan.DraftExists, Action: d.Changes[448].Action,
		Message: "a draft exists"}}
	got := report.PlanMarkdown(d, report.Heading{Limit: 20_000})
	checkMarkdown(t, got, 20_000)
	at := -1
	for _, want := range []string{"3 need your eyes ⚠️", "`Action 450 ",
		"lowered: calls that take 12s to 20s work today and will fail",
		"`Action 449 ", "6 times as long", "`Action 448 ", "a draft exists (`draft-exists`)",
		"<details><summary>448 raises without a catch", "`Action 0 ", "shown, the rest is"} {
		i := strings.Index(got, want)
		if i <= at {
			t.Errorf("%q stands at %d, want it after %d", want, i, at)
		}
		at = i
	}
}

func TestTenChangesAreUnfolded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{3: 3, 10: 10, 11: 10, 40: 10} {
		got := report.PlanMarkdown(manyChanges(n), report.Heading{})
		before, _, folded := strings.Cut(got, "<details>")
		if rows := strings.Count(before, "\n| `Action"); rows != want || folded != (n > 10) {
			t.Errorf("of %d changes %d are unfolded, want %d", n, rows, want)
		}
	}
}

func TestErrorsAreSaidOnce(t *testing.T) {
	t.Parallel()
	d := samplePlan() // --deny-lower: the lowered timeout is an error
	d.Findings[3].Severity = plan.Error
	d.Summary.Errors = 1
	got := report.PlanMarkdown(d, report.Heading{})
	if !strings.Contains(got, "❌ `genesys-timeouts.yaml:14:9` the timeout") ||
		strings.Contains(got, "work today and will fail") {
		t.Errorf("said in the list of errors and in the row:\n%s", got)
	}
}

func TestAcceptedFindingsAreShownAsSuch(t *testing.T) {
	t.Parallel()
	d := samplePlan()
	f := &d.Findings[0]
	f.Severity, f.Accepted, f.Reason = plan.Info, true, "The menu must move on after 5 s"
	for verbose, want := range map[bool]bool{false: false, true: true} {
		var b bytes.Buffer
		if err := report.PlanText(&b, d, report.Style{Verbose: verbose, Width: 300}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "· accepted: ") != want ||
			strings.Contains(b.String(), "The menu must move on") != want {
			t.Errorf("verbose %v:\n%s", verbose, b.String())
		}
	}
	if got := report.PlanMarkdown(d, report.Heading{}); !strings.Contains(got,
		"Accepted: The menu must move on after 5 s") {
		t.Errorf("not among the notes:\n%s", got)
	}
}

func TestEvidenceIsAColumn(t *testing.T) {
	t.Parallel()
	d := samplePlan()
	d.Changes[0].Evidence = &plan.Evidence{Interval: "2026-11-16T00:00:00Z/2026-11-23T00:00:00Z", Calls: 18194,
		Text: "1.3–1.6 % of 18,194 calls ran into 3s; with 12s at most as many"}
	md := report.PlanMarkdown(d, report.Heading{})
	if !strings.Contains(md, "| Callers meet | Last 7 days | Why |") ||
		!strings.Contains(md, "| 1.3–1.6 % of 18,194 calls ran into 3s; with 12s at most as many |") {
		t.Errorf("no column in\n%s", md)
	}
	var wide, narrow bytes.Buffer
	for width, b := range map[int]*bytes.Buffer{200: &wide, 80: &narrow} {
		if err := report.PlanText(b, d, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(wide.String(), "Last 7 days\n") {
		t.Errorf("no column in\n%s", wide.String())
	}
	if !strings.Contains(narrow.String(),
		"    last 7 days: 1.3–1.6 % of 18,194 calls ran into 3s; with 12s at most as many\n") {
		t.Errorf("not below the row in\n%s", narrow.String())
	}
}

func TestDriftSaysWhoChangedLast(t *testing.T) {
	t.Parallel()
	d := brokenPlan()
	d.Changes[0].LastChange = &plan.LastChange{At: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC), By: "Kim Larsen",
		BeforeMS: new(int64(12000)), AfterMS: new(int64(3000))}
	d.Selected = &plan.Selected{Actions: []string{"Customer lookup"}, Flows: []string{"Inbound Support"}}
	var b bytes.Buffer
	if err := report.DriftText(&b, d, report.Style{Width: 200}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"    last recorded change by Kim Larsen at 2026-11-20 09:30 UTC (12s → 3s)\n",
		"Drift: 6 drifted, 2 in step, 2 errors",
		"With 2 errors the comparison is incomplete.",
		"Selected entries only: action \"Customer lookup\", flow \"Inbound Support\"\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	md := report.DriftMarkdown(d, report.Heading{})
	for _, want := range []string{": 6 drifted, 2 errors ❌", "**Could not be compared**",
		"| by `Kim Larsen` at 2026-11-20 09:30 UTC (12s → 3s) |", "Last recorded change"} {
		if !strings.Contains(md, want) {
			t.Errorf("%q is missing in\n%s", want, md)
		}
	}
	if strings.Contains(b.String()+md, "is lowered") || strings.Contains(b.String()+md, "↓") ||
		strings.Contains(md, "need your eyes") {
		t.Error("drift speaks of a write")
	}
}

func TestLinksLeadToTheManifestLine(t *testing.T) {
	t.Parallel()
	d := samplePlan()
	h := report.Heading{BlobURL: "https://github.com/o/r/blob/0123abc/"}
	for file, want := range map[string]string{
		"ops/my file.yaml": "[`Customer lookup`](https://github.com/o/r/blob/0123abc/ops/my%20file.yaml#L11)",
		"a(b)|c.yaml":      "[`Customer lookup`](https://github.com/o/r/blob/0123abc/a%28b%29%7Cc.yaml#L11)",
		"../outside.yaml":  "| `Customer lookup` |",
		"/etc/passwd":      "| `Customer lookup` |",
		"-":                "[`Customer lookup`](https://github.com/o/r/blob/0123abc/-#L11)",
	} {
		d.Changes[0].Sources[0].File = file
		if got := report.PlanMarkdown(d, h); !strings.Contains(got, want) {
			t.Errorf("%q: %q is not in\n%s", file, want, got)
		}
	}
	h.BlobURL = "javascript:alert(1)//"
	if got := report.PlanMarkdown(d, h); strings.Contains(got, "](") {
		t.Errorf("a link in\n%s", got)
	}
}

func TestUndoManifestKeepsItsBytes(t *testing.T) {
	t.Parallel()
	undo := "version: 1\nactions:\n  - name: \"a ``` b\"\n    timeout: 3s\n"
	h := report.Heading{Undo: undo, Limit: report.CommentLimit}
	got := report.ReportMarkdown(sampleReport(), h)
	if !strings.Contains(got, "\n````yaml\n"+undo+"````\n\n</details>\n") {
		t.Errorf("not whole, or the fence is too short:\n%s", got)
	}
	h.Undo = strings.Repeat(undo, 2000) // larger than a comment
	if got = report.ReportMarkdown(sampleReport(), h); len(got) > h.Limit || strings.Contains(got, "yaml\nversion") ||
		!strings.Contains(got, "Undo manifest: 0 of 1 shown, the rest is in the job summary.") {
		t.Errorf("%d bytes:\n%.1500s", len(got), got)
	}
	h.Undo = "# <!-- genesys-timeouts v1 -->\n"
	if got = report.ReportMarkdown(sampleReport(), h); strings.Contains(got, "<!--") {
		t.Error("a hidden comment can be planted")
	}
}

func TestStateOfAnApply(t *testing.T) {
	t.Parallel()
	result := func(s plan.Status) plan.Result { return plan.Result{Status: s, AfterMS: 1000} }
	for _, c := range []struct {
		results []plan.Result
		refused string
		want    string
	}{
		{[]plan.Result{result(plan.Applied), result(plan.Applied)}, "", "**Applied** 2 of 2 at 2026-11-23 14:03 UTC"},
		{[]plan.Result{result(plan.Applied), result(plan.Failed)}, "", "**Partly applied**: 1 of 2"},
		{[]plan.Result{result(plan.Failed), result(plan.Skipped)}, "", "**Not applied**: 0 of 2"},
		{[]plan.Result{result(plan.Unchanged)}, "", "**Applied**: nothing to write"},
		{nil, "`live` changed", "**Not applied**: &#96;live&#96; changed<br>Nothing written"},
	} {
		r := plan.NewReport(plan.Document{}, "", time.Time{}, c.results, plan.Stats{})
		r.CreatedAt = time.Date(2026, 11, 23, 14, 3, 0, 0, time.UTC)
		if got := report.ReportMarkdown(r, report.Heading{Refused: c.refused}); !strings.Contains(got, "\n"+c.want) {
			t.Errorf("%q is not in\n%s", c.want, got)
		}
	}
}

func TestErrorsWrapAtWords(t *testing.T) {
	t.Parallel()
	f := report.NewFailure(&report.FailureError{
		Message: "signing in to login.mypurecloud.ie: invalid_client: client not found",
		Hint:    "check GENESYS_CLIENT_ID and whether the client belongs to mypurecloud.ie"}, nil)
	var b bytes.Buffer
	if err := report.FailureText(&b, f, report.Style{Width: 40}); err != nil {
		t.Fatal(err)
	}
	want := "error: signing in to\nlogin.mypurecloud.ie: invalid_client:\nclient not found\n" +
		"hint: check GENESYS_CLIENT_ID and\nwhether the client belongs to\nmypurecloud.ie\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}
