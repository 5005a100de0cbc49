package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// sampleSides are the organisations of the contract's picture.
func sampleSides() report.Sides {
	main := dataaction.Flow{ID: "f", Name: "Main", Type: "inboundcall"}
	lines := map[string]int{"Customer lookup": 7, "Get order": 8, "Take card payment": 10, "Get customer": 11}
	change := func(name string, before, after int64, callers ...plan.Caller) plan.Change {
		c := plan.Change{Change: plan.Update, Action: dataaction.Action{ID: "custom_-_" + name, Name: name, Category: "CRM"},
			BeforeMS: &before, AfterMS: after, Callers: callers, CallersChecked: plan.CheckedNo,
			Sources: []dataaction.Source{{File: "timeouts.yaml", Line: lines[name], Column: 5}}}
		if before == after {
			c.Change = plan.None
		}
		if len(callers) > 0 {
			c.CallersChecked, c.CallersMeetMS = plan.CheckedListed, callers[0].MeetsMS
		}
		return c
	}
	document := func(org, name, domain string, changes []plan.Change, findings ...plan.Finding) *plan.Document {
		d := &plan.Document{FormatVersion: "1", ToolVersion: "1.0.0", API: dataaction.Integrations, Environment: domain,
			Org:          org,
			Organization: &dataaction.Organization{ID: "id-" + org, Name: name},
			Manifest:     plan.Manifest{Files: []string{"timeouts.yaml"}}, Changes: changes, Findings: findings}
		for _, c := range changes {
			if c.Change == plan.None {
				d.Summary.Unchanged++
			} else {
				d.Summary.Update++
			}
		}
		for _, f := range findings {
			if f.Severity == plan.Error {
				d.Summary.Errors++
			}
		}
		return d
	}
	missing := plan.Finding{Severity: plan.Error, Code: plan.ActionNotFound,
		Action: dataaction.Action{Name: "Get customer"},
		Source: &dataaction.Source{File: "timeouts.yaml", Line: 11,
			Column: 5}, Message: `no data action is named "Get customer"`}
	return report.Sides{
		{Org: "test", Doc: document("test", "Acme Test", "mypurecloud.de", []plan.Change{
			change("Customer lookup", 6000, 6000), change("Get order", 8000, 10000)}, missing)},
		{Org: "production", Doc: document("production", "Acme EMEA", "mypurecloud.ie", []plan.Change{
			change("Customer lookup", 3000, 6000), change("Get customer", 8000, 8000),
			change("Get order", 12000, 20000, called(main, "Look up the order", 5000, "", 20000)),
			change("Take card payment", 20000, 30000)})},
	}
}

// threeSides adds an organisation that failed.
func threeSides() report.Sides {
	failed := report.NewFailure(&report.FailureError{Code: "auth-failed",
		Message: "signing in to login.usw2.pure.cloud: invalid_client",
		Hint:    "check GENESYS_CLIENT_ID_DEV", Status: 400}, nil)
	return append(sampleSides(), report.Side{Org: "dev", Environment: "usw2.pure.cloud", Failure: &failed})
}

// manySides are five organisations.
func manySides() report.Sides {
	sides := sampleSides()
	for i := range 3 {
		d := *sides[1].Doc
		d.Org = fmt.Sprintf("region-%d", i)
		sides = append(sides, report.Side{Org: d.Org, Doc: &d})
	}
	return sides
}

func TestSidesAreTheContractsPicture(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := report.SidesText(&b, sampleSides(), report.Style{Width: 120}); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(b.String(), "\n\n")
	rows, _, _ := strings.Cut(rest, "\n\n")
	want := `Plan for test (Acme Test, mypurecloud.de) and production (Acme EMEA, mypurecloud.ie), from timeouts.yaml
  Action             test       production
~ Customer lookup    6s         3s → 6s
~ Get order          8s → 10s   12s → 20s (callers meet 5s)
~ Take card payment  –          20s → 30s
! Get customer       not found  8s`
	if diff := cmp.Diff(want, head+"\n"+rows); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	last := "Plan: test 1 to update, 1 error; production 3 to update.\n"
	if !strings.HasSuffix(b.String(), last) {
		t.Errorf("last line is not %q in\n%s", last, b.String())
	}
}

func TestSidesGolden(t *testing.T) {
	t.Parallel()
	for name, sides := range map[string]report.Sides{"two": sampleSides(), "three": threeSides(), "five": manySides()} {
		for _, width := range []int{40, 80, 200} {
			var b bytes.Buffer
			if err := report.SidesText(&b, sides, report.Style{Width: width}); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("sides-%s-%d.txt", name, width), b.String())
			for line := range strings.Lines(b.String()) {
				if w := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
					t.Errorf("%s: %d columns of %d: %s", name, w, width, line)
				}
			}
		}
		got := report.SidesMarkdown(sides, report.Heading{Limit: report.CommentLimit,
			BlobURL: "https://github.com/octo/timeouts/blob/0123abc"})
		checkMarkdown(t, got, report.CommentLimit)
		golden(t, "sides-"+name+".md", got)
	}
	var b bytes.Buffer
	if err := report.SidesDriftText(&b, sampleSides(), report.Style{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "sides-drift-80.txt", b.String())
	golden(t, "sides-drift.md", report.SidesDriftMarkdown(sampleSides(), report.Heading{}))
}

func TestSidesJSONKeepsTheDeclaredOrder(t *testing.T) {
	t.Parallel()
	sides := threeSides() // test, production, dev: not the order of the alphabet
	var b bytes.Buffer
	if err := report.JSON(&b, sides); err != nil {
		t.Fatal(err)
	}
	var got struct {
		FormatVersion string                     `json:"format_version"`
		Organizations map[string]json.RawMessage `json:"organizations"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.FormatVersion != "1" || len(got.Organizations) != 3 {
		t.Errorf("got %+v", got)
	}
	at := 0
	for _, org := range []string{"test", "production", "dev"} {
		i := strings.Index(b.String(), "\n    \""+org+"\": {")
		if i < at {
			t.Errorf("%q stands at %d, after %d", org, i, at)
		}
		at = i
	}
	var d plan.Document
	if err := json.Unmarshal(got.Organizations["production"], &d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*sides[1].Doc, d); diff != "" {
		t.Errorf("production's plan (-want +got):\n%s", diff)
	}
	var f report.Failure
	if err := json.Unmarshal(got.Organizations["dev"], &f); err != nil || f.Error == nil || f.Error.Code != "auth-failed" {
		t.Errorf("dev's failure is %s", got.Organizations["dev"])
	}
}

func TestSidesOfHostileNames(t *testing.T) {
	t.Parallel()
	d, e := hostilePlan(), hostilePlan()
	d.Org, e.Org = hostile[0], hostile[6]
	failed := report.NewFailure(&report.FailureError{Message: hostile[3], Hint: hostile[6]},
		[]report.Problem{{File: hostile[1], Line: 1, Message: hostile[0]}})
	sides := report.Sides{{Org: d.Org, Doc: &d}, {Org: e.Org, Doc: &e},
		{Org: hostile[4], Environment: hostile[5], Failure: &failed}, {Org: "x"}}
	for _, limit := range []int{0, report.CommentLimit, 4000, 500, 10} {
		h := report.Heading{Limit: limit, Refused: hostile[3], BlobURL: "https://github.com/o/r/blob/a`|b"}
		checkMarkdown(t, report.SidesMarkdown(sides, h), limit)
		checkMarkdown(t, report.SidesDriftMarkdown(sides, h), limit)
	}
	var b bytes.Buffer
	if err := report.SidesText(&b, sides, report.Style{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") ||
			strings.ContainsAny(line, "\x1b\r\x00\x07\u202e\u200b") {
			t.Errorf("%q", line)
		}
	}
}

func TestSidesStayUnderTheirLimit(t *testing.T) {
	t.Parallel()
	d, e := manyChanges(451), manyChanges(451)
	lower := int64(30000)
	e.Changes[450].BeforeMS, e.Summary.Lowered = &lower, 1
	sides := report.Sides{{Org: "test", Doc: &d}, {Org: "production", Doc: &e}}
	got := report.SidesMarkdown(sides, report.Heading{Limit: report.CommentLimit})
	checkMarkdown(t, got, report.CommentLimit)
	if first := strings.Index(got, "`Action 450 "); first < 0 || first > strings.Index(got, "`Action 1 ") {
		t.Error("the one lowered timeout is not the first row")
	}
	if !strings.Contains(got, "shown, the rest is in the job summary") {
		t.Error("nothing says that rows are missing")
	}
	if n := strings.Count(got, "<details><summary><code>"); n != 2 {
		t.Errorf("%d organisations have details, want 2", n)
	}
}

// An entry is one row, whatever its ids and the categories of what it names.
func TestAnEntryIsOneRow(t *testing.T) {
	t.Parallel()
	document := func(org string, changes ...plan.Change) report.Side {
		return report.Side{Org: org, Environment: "mypurecloud.ie", Doc: &plan.Document{FormatVersion: "1",
			API: dataaction.Integrations, Org: org, Environment: "mypurecloud.ie", Changes: changes,
			Organization: &dataaction.Organization{ID: org, Name: org},
			Manifest:     plan.Manifest{Files: []string{"m.yaml"}}}}
	}
	change := func(line int, id, name, category string, before, after int64) plan.Change {
		return plan.Change{Change: plan.Update, BeforeMS: &before, AfterMS: after, CallersChecked: plan.CheckedNo,
			Action:  dataaction.Action{ID: id, Name: name, Category: category},
			Sources: []dataaction.Source{{File: "m.yaml", Line: line, Column: 5}}}
	}
	sides := report.Sides{
		document("test", change(9, "c", "Cat", "A", 3000, 7000), change(5, "1", "Twin", "CRM", 3000, 5000),
			change(6, "2", "Twin", "CRM", 20000, 50000)),
		document("production", change(9, "d", "Cat", "B", 4000, 7000), change(6, "7", "Twin", "CRM", 30000, 60000),
			change(5, "8", "Twin", "CRM", 4000, 6000)),
	}
	var b bytes.Buffer
	if err := report.SidesText(&b, sides, report.Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	rows := [][2]string{{"3s → 5s", "4s → 6s"}, {"20s → 50s", "30s → 60s"}, {"3s → 7s", "4s → 7s"}}
	for _, row := range rows {
		if !strings.Contains(b.String(), row[0]) || strings.Count(b.String(), "–") > 0 {
			t.Fatalf("no row with %v in\n%s", row, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, row[0]) && !strings.Contains(line, row[1]) {
				t.Errorf("%q is not beside %q in\n%s", row[1], row[0], b.String())
			}
		}
	}
}

func TestEvidenceOfSeveralOrganizationsIsBelowTheRow(t *testing.T) {
	t.Parallel()
	sides := sampleSides()
	sides[1].Doc.Changes[2].Evidence = &plan.Evidence{Text: "12 of 900 calls ran into 12s"}
	var b bytes.Buffer
	if err := report.SidesText(&b, sides, report.Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "production, ") || !strings.Contains(b.String(), "12 of 900 calls ran into 12s") {
		t.Errorf("no evidence in\n%s", b.String())
	}
}

// As for one organisation: callers with --verbose, and always why they are not known or who says so.
func TestCallersOfSeveralOrganizations(t *testing.T) {
	t.Parallel()
	main := dataaction.Flow{ID: "f", Name: "Main", Type: "inboundcall"}
	for width, sides := range map[int]report.Sides{200: sampleSides(), 199: manySides()} { // columns, blocks
		sides[0].Doc.Changes[0].Callers = []plan.Caller{called(main, "Who calls", 0, "", 6000)} // unchanged
		sides[1].Doc.Changes[2].CallersChecked = plan.CheckedIndex
		for verbose, n := range map[bool]int{false: 0, true: 1} {
			var b bytes.Buffer
			if err := report.SidesText(&b, sides, report.Style{Width: width, Verbose: verbose}); err != nil {
				t.Fatal(err)
			}
			for want, n := range map[string]int{
				"\n    · test: \"Main\" (inboundcall) version 3.0, step \"Who calls\": meets 6s\n":               n,
				"\n    · production: \"Main\" (inboundcall) version 3.0, step \"Look up the order\": meets 5s\n": n,
				"\n· callers not checked: test: \"Get order\": called by no listed flow":                         1,
				"\n· production: callers of \"Get order\": as the dependency index says\n":                       1,
			} {
				if got := strings.Count(b.String(), want); got != n {
					t.Errorf("verbose %v: %q is said %d times, want %d, in\n%s", verbose, want, got, n, b.String())
				}
			}
		}
	}
}

// Entries under a flow that an organisation lacks are not compared there. "–" would say that they are left out.
func TestEntriesOfAMissingFlowAreNotLeftOut(t *testing.T) {
	t.Parallel()
	flow := dataaction.Flow{ID: "f", Name: "Main", Type: "inboundcall"}
	for _, c := range []struct {
		selector   dataaction.Flow
		code, want string
	}{
		{dataaction.Flow{Name: "Main"}, plan.FlowNotFound, "flow not found"},
		{dataaction.Flow{Name: "Main", Type: "inboundcall"}, plan.FlowAmbiguous, "flow ambiguous"},
		{dataaction.Flow{ID: "f"}, plan.FlowNotFound, "flow not found"},
		{dataaction.Flow{Name: "Main", Type: "bot"}, plan.FlowNotFound, "–"},
	} {
		sides := sampleSides()
		sides[1].Doc.Changes[2].Flows = []dataaction.Flow{flow} // Get order
		sides[0].Doc.Changes = sides[0].Doc.Changes[:1]
		sides[0].Doc.Findings[0].Flow = flow // Get customer, not found in a flow that is there
		sides[0].Doc.Findings = append(sides[0].Doc.Findings, plan.Finding{Severity: plan.Error, Code: c.code,
			Flow: c.selector, Message: "the flow"})
		var b bytes.Buffer
		if err := report.SidesText(&b, sides, report.Style{Width: 120}); err != nil {
			t.Fatal(err)
		}
		md := report.SidesMarkdown(sides, report.Heading{})
		mark, cross := "! ", "❌ "
		if c.want == "–" {
			mark, cross = "~ ", ""
		}
		for _, row := range []string{mark + "Get order          " + c.want + " ", "~ Take card payment  – ",
			"! Get customer       not found "} {
			if !strings.Contains(b.String(), "\n"+row) {
				t.Errorf("%+v: no row %q in\n%s", c, row, b.String())
			}
		}
		if want := "| `Get order` | " + cross + c.want + " | "; !strings.Contains(md, want) {
			t.Errorf("%+v: no %q in\n%s", c, want, md)
		}
	}
}
