package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

func TestFailureJSONHasTheContractsShape(t *testing.T) {
	for _, c := range []struct {
		name string
		f    report.Failure
		want string
	}{
		{"all is well", report.NewFailure(nil, nil), `{"format_version":"1","problems":[]}`},
		{"the zero value", report.Failure{}, `{"format_version":"1","problems":[]}`},
		{"an error", report.NewFailure(&report.FailureError{}, nil),
			`{"format_version":"1","error":{"code":"","message":"","hint":"","status":0,"correlation_id":""},"problems":[]}`},
		{"a problem", report.NewFailure(&report.FailureError{Code: "c", Message: "m", Hint: "h", Status: 403,
			CorrelationID: "i"},
			[]report.Problem{{File: "a.yaml", Line: 1, Column: 2, Message: "<&>"}}),
			`{"format_version":"1","error":{"code":"c","message":"m","hint":"h","status":403,"correlation_id":"i"},` +
				`"problems":[{"file":"a.yaml","line":1,"column":2,"message":"<&>"}]}`},
	} {
		var b, compact bytes.Buffer
		if err := report.JSON(&b, c.f); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&compact, b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, compact.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestJSONIsHarmlessAndMeansTheSame(t *testing.T) {
	in := map[string]string{"name": strings.Join(hostile, "") + "\u009b31m\u007f\U000e0041 <b>&</b> 東京 👩\u200d🚒"}
	in["name"] = strings.ToValidUTF8(in["name"], "?")
	var b bytes.Buffer
	if err := report.JSON(&b, in); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, bad := range []string{"##[", "\u202e", "\u009b", "\u007f", "\U000e0041", `\u003c`} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is in %s", bad, got)
		}
	}
	for _, good := range []string{"{\n  \"name\": ", "<b>&</b> 東京 👩\u200d🚒", "\n}\n"} {
		if !strings.Contains(got, good) {
			t.Errorf("%q is not in %s", good, got)
		}
	}
	var out map[string]string
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Errorf("-in +out:\n%s", diff)
	}
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestWriteErrorsAreReturned(t *testing.T) {
	for name, err := range map[string]error{
		"plan":   report.PlanText(brokenPipe{}, samplePlan(), report.Style{}),
		"drift":  report.DriftText(brokenPipe{}, samplePlan(), report.Style{}),
		"report": report.ReportText(brokenPipe{}, sampleReport(), report.Style{}),
		"failure": report.FailureText(brokenPipe{}, report.NewFailure(&report.FailureError{Message: "m"}, nil),
			report.Style{}),
		"json": report.JSON(brokenPipe{}, samplePlan()),
	} {
		if !errors.Is(err, errPipe) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextFitsItsWidth(t *testing.T) {
	for _, columns := range []int{0, 40, 60, 80, 100, 120, 200} {
		for name, d := range map[string]plan.Document{"sample": samplePlan(), "errors": brokenPlan(),
			"hostile": hostilePlan(), "still": stillPlan(), "flows": nestedPlan()} {
			if name == "hostile" && columns == 40 {
				continue // its words are longer, and words are not broken
			}
			var b bytes.Buffer
			if err := report.PlanText(&b, d, report.Style{Width: columns, Verbose: true}); err != nil {
				t.Fatal(err)
			}
			limit := columns
			if limit == 0 {
				limit = 80
			}
			for line := range strings.Lines(b.String()) {
				if w := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); w > limit {
					t.Errorf("%s: %d columns of %d: %s", name, w, limit, line)
				}
			}
		}
	}
}

func TestTextRunsNoCommandsAndObeysNoControls(t *testing.T) {
	var b bytes.Buffer
	if err := report.PlanText(&b, hostilePlan(), report.Style{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for _, s := range hostile {
		r := sampleReport()
		for i := range r.Results {
			r.Results[i].Action.Name, r.Results[i].Error, r.Results[i].Hint = s, s, s
			r.Results[i].Code, r.Results[i].CorrelationID, r.Results[i].Diff = s, s, s
		}
		f := report.NewFailure(&report.FailureError{Message: s, Hint: s, CorrelationID: s},
			[]report.Problem{{File: s, Line: 1, Message: s}, {Message: s}})
		if err := errors.Join(report.ReportText(&b, r, report.Style{Verbose: true}),
			report.FailureText(&b, f, report.Style{})); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") ||
			strings.ContainsAny(line, "\x1b\r\x00\x07\u202e\u200b") {
			t.Errorf("%q", line)
		}
	}
}

func TestMegabyteNameInText(t *testing.T) {
	d := samplePlan()
	d.Changes[0].Action.Name = strings.Repeat("東", 1<<19)
	d.Findings[0].Message = strings.Repeat("x ", 1<<19)
	var b bytes.Buffer
	if err := report.PlanText(&b, d, report.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 20_000 {
		t.Errorf("%d bytes", b.Len())
	}
}

func TestCallersMeetTheLeastStep(t *testing.T) {
	t.Parallel()
	const wanted = 12000
	elsewhere := dataaction.Flow{ID: "f9", Name: "Elsewhere"}
	for _, c := range []struct {
		name    string
		callers []plan.Caller
		known   bool
		want    string
	}{
		{"no step gives up earlier", []plan.Caller{called(support, "A", 0, "", wanted)}, true, "12s in `Inbound Support` |"},
		{"a longer step counts for nothing", []plan.Caller{called(support, "A", 60000, "", wanted)}, true,
			"12s in `Inbound Support` |"},
		{"the least literal decides", []plan.Caller{called(support, "Second", 7000, "", wanted), called(elsewhere,
			"First", 5000, "", wanted)},
			true, "**5s** in `Elsewhere` | " +
				"step `First` gives up after 5s: callers meet that, not 12s; 1 more step has its own timeout |"},
		{"two flows meet the least", []plan.Caller{called(support, "A", 5000, "", wanted), called(elsewhere, "B", 5000,
			"", wanted)},
			true, "**5s** in 2 flows |"},
		{"an expression may be shorter still", []plan.Caller{called(support, "Computed", 0, "Flow.t", wanted),
			called(support, "A", 5000, "", wanted)},
			false, "**at most 5s** in `Inbound Support` |"},
		{"an expression alone", []plan.Caller{called(support, "Computed", 0, "Flow.t", wanted)}, false,
			"**decided in the flow** | " +
				"step `Computed` in `Inbound Support` has an expression: its value decides when the flow runs |"},
		{"other callers could not be read", []plan.Caller{called(support, "A", 0, "", wanted)}, false,
			"12s in `Inbound Support`, others not checked |"},
		{"nothing gained", []plan.Caller{called(support, "A", 2000, "", wanted)}, true,
			"gives up after 2s: callers gain nothing until it changes |"},
	} {
		d := samplePlan()
		d.Findings, d.Changes = nil, d.Changes[:1]
		d.Changes[0].Callers, d.Changes[0].CallersMeetMS = c.callers, nil
		for _, x := range c.callers {
			if c.known && (d.Changes[0].CallersMeetMS == nil || *x.MeetsMS < *d.Changes[0].CallersMeetMS) {
				d.Changes[0].CallersMeetMS = x.MeetsMS
			}
		}
		if got := report.PlanMarkdown(d, report.Heading{}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is not in\n%s", c.name, c.want, got)
		}
	}
}

func TestNotCheckedAlwaysHasItsReason(t *testing.T) {
	t.Parallel()
	refused := plan.Finding{Severity: plan.Info, Code: plan.CallersUnknown,
		Message: "dependency index refused (HTTP 403): grant architect:dependencyTracking:view"}
	for _, c := range []struct {
		name     string
		change   func(*plan.Document)
		findings []plan.Finding
		want     string
	}{
		{"no listed flow calls it", func(d *plan.Document) {}, nil,
			"called by no listed flow, and the dependency index was not asked"},
		{"index refused", func(d *plan.Document) {}, []plan.Finding{refused}, "dependency index refused (HTTP 403)"},
		{"a step of a listed flow is not known", func(d *plan.Document) { d.Changes[0].CallersChecked = plan.CheckedListed },
			nil, "a listed flow refers to it, and no step that was read calls it"},
		{"index without an answer", func(d *plan.Document) { d.Changes[0].CallersChecked = plan.CheckedIndex }, nil,
			"the dependency index names no published flow"},
		{"flow unreadable", func(d *plan.Document) { d.Changes[0].Flows = []dataaction.Flow{support} },
			[]plan.Finding{{Severity: plan.Warning, Code: plan.FlowUnreadable, Flow: support,
				Message: "flow cannot be read: HTTP 409"}},
			`flow "Inbound Support" could not be read`},
		{"flow never published", func(d *plan.Document) { d.Changes[0].Flows = []dataaction.Flow{support} },
			[]plan.Finding{{Severity: plan.Warning, Code: plan.FlowNotPublished, Flow: support, Message: "never published"}},
			`flow "Inbound Support" is not published`},
		{"surface flows", func(d *plan.Document) {
			d.API, d.Changes[0].Flows = dataaction.Flows, []dataaction.Flow{support}
		}, nil, "surface flows does not say which steps call an action"},
	} {
		d := samplePlan()
		d.Findings, d.Changes = c.findings, d.Changes[2:3]
		d.Changes[0].CallersChecked = plan.CheckedNo
		c.change(&d)
		var b bytes.Buffer
		if err := report.PlanText(&b, d, report.Style{Width: 300}); err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{b.String(), strings.NewReplacer("`", `"`).Replace(report.PlanMarkdown(d,
			report.Heading{}))} {
			if !strings.Contains(got, c.want) || !strings.Contains(strings.ToLower(got), "callers not checked") {
				t.Errorf("%s: %q is not in\n%s", c.name, c.want, got)
			}
			if n := strings.Count(got, c.want); n != 1 {
				t.Errorf("%s: the reason is said %d times in\n%s", c.name, n, got)
			}
		}
	}
}

// More changes than the index is asked about: each has the reason that is true of it.
func TestEachUncheckedActionHasItsOwnReason(t *testing.T) {
	t.Parallel()
	live := plan.Live{Consumers: map[string]plan.Consumers{"custom_-_00": {Partial: "it is being rebuilt"}}}
	want := dataaction.Desired{API: dataaction.Integrations}
	for i := range plan.MostAsked + 2 {
		a := dataaction.Action{ID: fmt.Sprintf("custom_-_%02d", i), Name: fmt.Sprintf("Action %02d", i), Type: "action"}
		live.Actions = append(live.Actions, dataaction.Live{Action: a, Complete: true})
		want.Entries = append(want.Entries, dataaction.Entry{Action: dataaction.Selector{ID: a.ID}, Timeout: 5 * time.Second})
	}
	ask, left := plan.ToAsk(want, live, plan.CallersChanged)
	for _, a := range ask[1:] {
		live.Consumers[a.ID] = plan.Consumers{}
	}
	live.Unasked = left
	d := plan.Build(want, live, plan.Options{})
	var b bytes.Buffer
	if err := report.PlanText(&b, d, report.Style{Width: 500}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`· callers not checked: "Action 00", "Action 01", "Action 02", "Action 03", "Action 04", 20 more: ` +
			"the dependency index names no published flow that could be read\n",
		`· callers not checked: "Action 25", "Action 26": the dependency index was asked about the first 25 changed ` +
			"actions only: the callers of 2 more are unknown;",
		"· note: the dependency index is not complete (it is being rebuilt)",
	} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("%q is not said once in\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "dependency index"); n != 3 {
		t.Errorf("the index is spoken of %d times in\n%s", n, b.String())
	}
}

func TestNotesAreBoundedUnlessVerbose(t *testing.T) {
	d := stillPlan()
	for i := range 25 {
		d.Findings = append(d.Findings, plan.Finding{Severity: plan.Info, Code: plan.ActionUnmanaged,
			Message: fmt.Sprint("note ", i),
			Flow:    dataaction.Flow{ID: fmt.Sprint("flow ", i)}})
	}
	for verbose, want := range map[bool]int{false: 10, true: 25} {
		var b bytes.Buffer
		if err := report.PlanText(&b, d, report.Style{Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "· note:"); n != want {
			t.Errorf("verbose %v: %d notes, want %d", verbose, n, want)
		}
		if strings.Contains(b.String(), "and 15 more notes") == verbose {
			t.Errorf("verbose %v: the count of the others is wrong:\n%s", verbose, b.String())
		}
	}
}

func TestFlowsOfOneNameAreToldApart(t *testing.T) {
	three, twelve := int64(3000), int64(12000)
	change := func(flow dataaction.Flow) plan.Change {
		return plan.Change{Change: plan.Update, Action: dataaction.Action{ID: "a", Name: "Look up", Type: "rest"},
			Flows: []dataaction.Flow{flow}, BeforeMS: &three, AfterMS: twelve}
	}
	d := plan.Document{API: dataaction.Flows, Changes: []plan.Change{
		change(dataaction.Flow{ID: "11111111-2", Name: "Support",
			Type: "INBOUNDCALL"}),
		change(dataaction.Flow{ID: "22222222-3", Name: "Support"}), change(dataaction.Flow{ID: "3", Name: "Other"})}}
	var b bytes.Buffer
	if err := report.PlanText(&b, d, report.Style{Width: 120}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{b.String(), report.PlanMarkdown(d, report.Heading{})} {
		for _, want := range []string{"Support (inboundcall)", "Support (22222222)"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
	}
	if d.Changes[0].Flows[0].Name != "Support" {
		t.Error("the plan itself was changed")
	}
}

func TestUnmanagedActionsOfAFlowAreOneNote(t *testing.T) {
	d := stillPlan()
	for i := range 7 {
		d.Findings = append(d.Findings, plan.Finding{Severity: plan.Info, Code: plan.ActionUnmanaged,
			Flow:   dataaction.Flow{Name: "Support"},
			Action: dataaction.Action{Name: fmt.Sprint("A", i)}, Message: "one by one"})
	}
	var b bytes.Buffer
	if err := report.PlanText(&b, d, report.Style{Width: 200}); err != nil {
		t.Fatal(err)
	}
	want := `flow "Support" calls 7 actions that the manifest does not list: "A0", "A1", "A2", "A3", "A4", 2 more`
	if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "one by one") {
		t.Errorf("want the one note %s, got\n%s", want, b.String())
	}
}

func TestAnnotations(t *testing.T) {
	d := plan.Document{}
	add := func(n int, s plan.Severity, at *dataaction.Source) {
		for i := range n {
			d.Findings = append(d.Findings, plan.Finding{Severity: s, Code: "code", Source: at,
				Message: fmt.Sprintf("%s %d\n::error::", s, i)})
		}
	}
	add(3, plan.Info, source(1)) // a note is not annotated
	add(8, plan.Warning, source(2))
	add(4, plan.Error, nil) // no place: nothing to annotate
	add(2, plan.Error, source(3))
	got := report.SidesAnnotations(report.Sides{{Doc: &d}}, "")
	if len(got) != 10 {
		t.Fatalf("%d annotations, want 9 and one that counts", len(got))
	}
	want := report.Annotation{Level: "error", File: "genesys-timeouts.yaml", Line: 3, Column: 9, Title: "code",
		Message: `error 0\n::error::`}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	last := report.Annotation{Level: "notice", Title: "Data action timeouts", Message: "1 more in the summary"}
	if diff := cmp.Diff(last, got[9]); diff != "" {
		t.Errorf("last (-want +got):\n%s", diff)
	}
	sample := samplePlan()
	if got := report.SidesAnnotations(report.Sides{{Doc: &sample}}, ""); len(got) != 4 || got[3].Level != "warning" {
		t.Errorf("four warnings and a note gave %v", got)
	}
	problems := report.ProblemAnnotations(manyProblems(20).Problems, "in the log")
	if len(problems) != 10 || problems[9].Message != "11 more in the log" || problems[9].Level != "notice" {
		t.Errorf("20 problems gave %v", problems)
	}
}

func TestFailureText(t *testing.T) {
	f := report.NewFailure(&report.FailureError{Message: "signing in: invalid_client", Hint: "check GENESYS_CLIENT_ID",
		Status: 400, CorrelationID: "7b"},
		[]report.Problem{{File: "a.yaml", Line: 3, Column: 5, Message: strings.Repeat("long ", 30)}, {Message: "no place"}})
	var b bytes.Buffer
	if err := report.FailureText(&b, f, report.Style{Width: 40}); err != nil {
		t.Fatal(err)
	}
	want := "a.yaml:3:5: " + strings.TrimSpace(strings.Repeat("long ", 30)) + "\nno place\n" +
		"error: signing in: invalid_client\nHTTP 400, correlation id 7b\nhint: check GENESYS_CLIENT_ID\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingToCompareSaysWhy(t *testing.T) {
	t.Parallel()
	selected := &plan.Selected{Actions: []string{"Get order"}}
	for _, c := range []struct {
		org      string
		selected *plan.Selected
		want     string
	}{
		{"", nil, "The manifest lists no data actions."},
		{"test", nil, "The manifest lists no data actions for this organisation."},
		{"", selected, "The selection has no data actions."},
		{"test", selected, "The selection has no data actions for this organisation."},
	} {
		d := plan.Document{API: dataaction.Integrations, Org: c.org, Selected: c.selected}
		other := samplePlan()
		sides := report.Sides{{Org: "test", Doc: &d}, {Org: "production", Doc: &other}}
		var text, drift, joint bytes.Buffer
		if err := errors.Join(report.PlanText(&text, d, report.Style{}), report.DriftText(&drift, d, report.Style{}),
			report.SidesText(&joint, sides, report.Style{Width: 200})); err != nil {
			t.Fatal(err)
		}
		for want, got := range map[string]string{
			"\nNo changes. " + c.want + "\n": text.String(), "\nIn step. " + c.want + "\n": drift.String(),
			"\n\nNo changes. " + c.want + "\n":                               report.PlanMarkdown(d, report.Heading{}),
			"</code>: nothing to compare</summary>\n\nNo changes. " + c.want: report.SidesMarkdown(sides, report.Heading{}),
			"\nPlan: test nothing to compare; production 6 to update":        joint.String(),
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
	}
}
