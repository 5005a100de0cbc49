package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// manyChanges is a plan of n changes with names of some length.
func manyChanges(n int) plan.Document {
	d := samplePlan()
	d.Changes, d.Findings = nil, nil
	d.Summary = plan.Summary{Update: n}
	for i := range n {
		d.Changes = append(d.Changes, plan.Change{
			Change: plan.Update, BeforeMS: new(int64(3000)), AfterMS: 12000, Flows: []dataaction.Flow{support},
			Action: dataaction.Action{ID: fmt.Sprint(i), Name: fmt.Sprintf("Action %d 東京 | of many", i)},
		})
	}
	return d
}

// manyFindings is a plan of n errors, warnings and notes each, with long messages.
func manyFindings(n int) plan.Document {
	d := manyChanges(3)
	d.Summary.Errors, d.Summary.Warnings = n, n
	for _, s := range []plan.Severity{plan.Error, plan.Warning, plan.Info} {
		for i := range n {
			d.Findings = append(d.Findings, plan.Finding{Severity: s, Code: plan.ActionAmbiguous, Source: source(i + 1),
				Message: fmt.Sprintf("%d: %q is the name of several: %s", i, "Get `order`",
					strings.Repeat("candidate 東京, ", 200))})
		}
	}
	return d
}

func TestMarkdownStaysUnderItsLimit(t *testing.T) {
	documents := map[string]string{}
	for _, limit := range []int{report.CommentLimit, report.SummaryLimit, 5000} {
		h := report.Heading{Label: "production", Limit: limit, Commit: "0123456789abcdef"}
		documents[fmt.Sprint("changes ", limit)] = report.PlanMarkdown(manyChanges(5000), h)
		documents[fmt.Sprint("findings ", limit)] = report.PlanMarkdown(manyFindings(5000), h)
		documents[fmt.Sprint("drift ", limit)] = report.DriftMarkdown(manyChanges(5000), h)
		documents[fmt.Sprint("report ", limit)] = report.ReportMarkdown(manyResults(5000), h)
		documents[fmt.Sprint("problems ", limit)] = report.FailureMarkdown(manyProblems(5000), h)
	}
	for name, got := range documents {
		t.Run(name, func(t *testing.T) {
			var limit int
			_, _ = fmt.Sscan(name[strings.LastIndex(name, " "):], &limit)
			checkMarkdown(t, got, limit)
			if len(got) < limit*9/10 && strings.Contains(got, " shown, the rest") {
				t.Errorf("%d of %d bytes used, though not all is shown", len(got), limit)
			}
			if !strings.Contains(got, " shown, the rest is in the job summary.") && limit < report.SummaryLimit {
				t.Error("nothing says that rows are missing")
			}
		})
	}
}

func TestMarkdownCountsWhatIsLeftOut(t *testing.T) {
	got := report.PlanMarkdown(manyChanges(5000), report.Heading{Limit: report.CommentLimit, Rest: "in the artifact"})
	var shown, all int
	note := regexp.MustCompile(`Changes: (\d+) of (\d+) shown, the rest is in the artifact\.`).FindStringSubmatch(got)
	if note == nil {
		t.Fatalf("no note in %s", got[len(got)-300:])
	}
	_, _ = fmt.Sscan(note[1], &shown)
	_, _ = fmt.Sscan(note[2], &all)
	if rows := strings.Count(got, "\n| `Action"); rows != shown || all != 5000 {
		t.Errorf("%d rows, the note says %d of %d", rows, shown, all)
	}
}

func TestErrorsComeFirstAndAreKeptLongest(t *testing.T) {
	d := manyChanges(5000)
	d.Findings = brokenPlan().Findings
	d.Summary.Errors = 2
	got := report.PlanMarkdown(d, report.Heading{Limit: 6000})
	for _, want := range []string{"Get ordr", "--max-changes allows", "apply writes nothing", "Warnings: 0 of 4 shown"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Index(got, "Get ordr") > strings.Index(got, "| Action |") {
		t.Error("errors come after the table")
	}
}

func TestMegabyteName(t *testing.T) {
	d := manyChanges(2)
	d.Changes[0].Action.Name = strings.Repeat("a`|@x", 200_000)
	d.Changes[1].Flows[0].Name = strings.Repeat("\u0301", 1<<20)
	got := report.PlanMarkdown(d, report.Heading{Limit: report.CommentLimit})
	checkMarkdown(t, got, report.CommentLimit)
	if strings.Count(got, "\n| ") != 3 {
		t.Errorf("not every row is there:\n%.2000s", got)
	}
	if len(got) > 12_000 {
		t.Errorf("%d bytes", len(got))
	}
}

func manyResults(n int) plan.Report {
	var results []plan.Result
	for i, s := range []plan.Status{plan.Failed, plan.Skipped, plan.Applied, plan.Unchanged} {
		for j := range n / 4 {
			results = append(results, plan.Result{Status: s, AfterMS: 12000, Code: "stale", HTTPStatus: 409, Hint: "plan again",
				Action: dataaction.Action{ID: fmt.Sprint(i, j),
					Name: fmt.Sprintf("Action %d|%d", i, j)}, Error: strings.Repeat("why not? | ", 10)})
		}
	}
	return plan.Report{}.WithResults(results)
}

func manyProblems(n int) report.Failure {
	problems := make([]report.Problem, n)
	for i := range problems {
		problems[i] = report.Problem{File: "a|b.yaml", Line: i + 1, Column: 1, Message: strings.Repeat("not good ", 20)}
	}
	return report.NewFailure(nil, problems)
}

// checkMarkdown asserts what must be true of every document: its size, its structure, and that nobody is mentioned.
func checkMarkdown(t *testing.T, got string, limit int) {
	t.Helper()
	if limit > 0 && len(got) > limit {
		t.Errorf("%d bytes, the limit is %d", len(got), limit)
	}
	if !utf8.ValidString(got) {
		t.Error("not UTF-8")
	}
	if got != "" && !strings.HasSuffix(got, "\n") {
		t.Error("the last line does not end")
	}
	if open, closed := strings.Count(bare(got), "<details>"), strings.Count(bare(got), "</details>"); open != closed {
		t.Errorf("%d <details> are opened and %d closed", open, closed)
	}
	bars := 0
	for i, line := range strings.Split(got, "\n") {
		at := fmt.Sprintf("line %d: %.300q", i+1, line)
		switch n := unescapedBars(line); {
		case !strings.HasPrefix(line, "|"):
			bars = 0
		case bars == 0:
			bars = n
		case n != bars:
			t.Errorf("%d cells' bars where the table has %d: %s", n, bars, at)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "<!--") || strings.Contains(line, "<!--") {
			t.Errorf("an HTML comment: %s", at)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("a runner's command: %s", at)
		}
		for _, r := range line {
			if r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%U in %s", r, at)
			}
		}
		text := bare(line)
		if m := mention.FindString(text); m != "" {
			t.Errorf("mentions %q: %s", m, at)
		}
		if m := html.FindString(ours.ReplaceAllString(text, "")); m != "" {
			t.Errorf("HTML %q: %s", m, at)
		}
	}
}

var (
	mention = regexp.MustCompile(`@[0-9A-Za-z]`)
	html    = regexp.MustCompile(`<[!/?A-Za-z]`)
	ours    = regexp.MustCompile(`</?details>|</?summary>|</?sub>|</?code>|<br>`)
)

// unescapedBars counts the bars that end cells.
func unescapedBars(line string) int {
	n, escaped := 0, false
	for i := range len(line) {
		if line[i] == '|' && !escaped {
			n++
		}
		escaped = line[i] == '\\' && !escaped
	}
	return n
}

// bare is a line without its code spans, read as CommonMark does: a run of backticks opens one where a run of the same
// length follows; escaped ones do not open.
func bare(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '\\' && i+1 < len(s) {
			b.WriteString(s[i : i+2])
			i += 2
			continue
		}
		if s[i] != '`' {
			b.WriteByte(s[i])
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		end := closing(s[i+run:], run)
		if end < 0 {
			b.WriteString(s[i : i+run])
			i += run
			continue
		}
		i += run + end + run
	}
	return b.String()
}

func closing(s string, run int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if n == run {
			return i
		}
		i += n
	}
	return -1
}

func TestHostileMarkdown(t *testing.T) {
	h := report.Heading{Title: "@everyone <b>", Label: hostile[0], Commit: "`|@x", CommitURL: "javascript:alert(1)",
		RunURL: "https://x.example/)|<img>", Limit: report.CommentLimit,
		Environment: hostile[1], Notice: strings.Join(hostile, " ")}
	checkMarkdown(t, report.PlanMarkdown(hostilePlan(), h), h.Limit)
	checkMarkdown(t, report.DriftMarkdown(hostilePlan(), h), h.Limit)
	for _, s := range hostile {
		r := sampleReport()
		for i := range r.Results {
			r.Results[i].Action.Name, r.Results[i].Error, r.Results[i].Hint = s, s, s
			r.Results[i].Code, r.Results[i].CorrelationID = s, s
			r.Results[i].Flows = []dataaction.Flow{{Name: s}}
		}
		checkMarkdown(t, report.ReportMarkdown(r, h), h.Limit)
		f := report.NewFailure(&report.FailureError{Message: s, Hint: s, CorrelationID: s},
			[]report.Problem{{File: s, Line: 1, Message: s}, {Message: s}})
		checkMarkdown(t, report.FailureMarkdown(f, h), h.Limit)
	}
}

func FuzzMarkdown(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, hostile[(i+3)%len(hostile)], uint16(1000*i))
	}
	f.Add("\\", "|", uint16(0))
	f.Add("`\"", "\"``\\|", uint16(700))
	f.Add("?\x88 \xff", "https://x.example/?a b\xff", uint16(0))
	f.Fuzz(func(t *testing.T, name, text string, limit uint16) {
		d := samplePlan()
		for i := range d.Changes {
			if i%2 == 0 {
				d.Changes[i].Action.Name, d.Changes[i].Action.Category = name, text
			}
			d.Changes[i].Flows = []dataaction.Flow{{ID: "f", Name: text}, {ID: "g", Name: name}}
			d.Changes[i].Reason, d.Changes[i].Owner, d.Changes[i].Until = text, name, text
			for j := range d.Changes[i].Callers {
				d.Changes[i].Callers[j].Flow.Name, d.Changes[i].Callers[j].Step.Name = name, text
			}
		}
		for i := range d.Findings {
			d.Findings[i].Message = text + fmt.Sprintf(" %q ", name) + name
			d.Findings[i].Severity = []plan.Severity{plan.Error, plan.Warning, plan.Info}[i%3]
			d.Findings[i].Source.File = name
			d.Findings[i].Flow.ID = "f"
			if d.Findings[i].Step != nil {
				d.Findings[i].Step.Name = text
			}
		}
		h := report.Heading{Title: name, Label: text, Commit: name, CommitURL: text, RunURL: name, Limit: int(limit),
			Environment: text, Notice: name + text}
		h.BlobURL, h.Refused = "https://github.com/o/r/blob/"+name, name+text
		checkMarkdown(t, report.PlanMarkdown(d, h), h.Limit)
		sides := report.Sides{{Org: name, Doc: &d}, {Org: text, Environment: name}}
		checkMarkdown(t, report.SidesMarkdown(sides, h), h.Limit)
		r := sampleReport()
		r.Results[0].Action.Name, r.Results[0].Error, r.Results[1].Error, r.Results[1].Hint = name, text, text, name
		checkMarkdown(t, report.ReportMarkdown(r, h), h.Limit)
	})
}
