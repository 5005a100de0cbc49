package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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

var acme = &dataaction.Organization{ID: "9c41f0aa", Name: "Acme EMEA"}

func sampleList() report.List {
	listed := func(id, name, category, kind string, ms *int64, sources ...dataaction.Source) report.ListedAction {
		return report.ListedAction{Action: dataaction.Action{ID: id, Name: name, Category: category, Type: kind},
			TimeoutMS: ms,
			Version:   3, Sources: sources}
	}
	return report.NewList("mypurecloud.ie", acme, []report.ListedAction{
		listed("custom_-_1", "Customer lookup", "CRM", "action", new(int64(3000)), *source(11), *source(40)),
		listed("custom_-_5", "Verify card 💳 and reserve the amount at the acquirer", "Payments and refunds of all kinds",
			"action", nil),
		listed("custom_-_6", "Work out the fee", "CRM Functions", "function", new(int64(15000)), *source(20)),
		listed("custom_-_7", "お客様の検索", "CRM", "action", new(int64(1500))),
		listed("static_-_1", "Get User", "Genesys Cloud", "action", nil),
	})
}

func sampleShow() report.Show {
	l := sampleList()
	return report.NewShow(l.Environment, l.Organization, []report.ShownAction{
		{
			ListedAction: l.Actions[0],
			Callers: []plan.Caller{called(support, "Look up the caller", 2000, "", 3000),
				called(billing, "Who", 0, "Flow.wait", 3000, dataaction.Flow{ID: "m", Name: "Common lookup",
					Type: "commonmodule"})},
			CallersNote: "as the dependency index says",
			LastChange: &plan.LastChange{At: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC), By: "Kim Larsen",
				BeforeMS: new(int64(2000)), AfterMS: new(int64(3000))},
			Entries: []report.ShownEntry{{Source: *source(11), Timeout: 12 * time.Second, Owner: "order-team",
				Until:  "2026-12-31",
				Reason: "The order service answers in 14 s at p99 since the migration"}},
		},
		{ListedAction: l.Actions[3], Callers: []plan.Caller{}, CallersNote: "the dependency index names no published flow"},
		{ListedAction: l.Actions[4], LastChangeNote: "audit refused (HTTP 403): grant audits:audit:view"},
	})
}

func TestListAndShowGolden(t *testing.T) {
	t.Parallel()
	onFlows := report.NewList("mypurecloud.ie", nil, []report.ListedAction{
		{Action: dataaction.Action{ID: "a", Name: "Get order", Type: "rest"}, Flow: &support, TimeoutMS: new(int64(1500))}})
	other := sampleList()
	other.Actions, other.Environment = other.Actions[:3], "mypurecloud.de"
	other.Actions[0].TimeoutMS = new(int64(6000))
	failed := report.NewFailure(&report.FailureError{Message: "signing in: invalid_client",
		Hint: "check GENESYS_CLIENT_ID_DEV"}, nil)
	several := report.ListSides{{Org: "test", List: &other}, {Org: "production", List: new(sampleList())},
		{Org: "dev", Environment: "usw2.pure.cloud", Failure: &failed}}
	namesakes := report.NewList("mypurecloud.ie", nil, []report.ListedAction{
		{Action: dataaction.Action{ID: "a", Name: "Get customer", Category: "CRM"}, TimeoutMS: new(int64(8000))},
		{Action: dataaction.Action{ID: "b", Name: "Get customer", Category: "Orders"}}})
	var many report.ListSides // too many for columns
	for i := range 10 {
		many = append(many, report.ListSide{Org: fmt.Sprintf("region-%d", i), List: &namesakes})
	}
	for _, width := range []int{40, 80, 200} {
		s := report.Style{Width: width}
		for name, set := range map[string]func(*bytes.Buffer) error{
			"list":       func(b *bytes.Buffer) error { return report.ListText(b, sampleList(), s) },
			"list-flows": func(b *bytes.Buffer) error { return report.ListText(b, onFlows, s) },
			"lists":      func(b *bytes.Buffer) error { return report.ListsText(b, several, s) },
			"lists-many": func(b *bytes.Buffer) error { return report.ListsText(b, many, s) },
			"show":       func(b *bytes.Buffer) error { return report.ShowText(b, sampleShow(), s) },
		} {
			var b bytes.Buffer
			if err := set(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%s-%d.txt", name, width), b.String())
			for line := range strings.Lines(b.String()) {
				if w := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); w > width &&
					strings.Contains(strings.TrimSpace(line), " ") { // a place in a file stays whole
					t.Errorf("%s: %d columns of %d: %s", name, w, width, line)
				}
			}
		}
	}
	h := report.Heading{BlobURL: "https://github.com/octo/timeouts/blob/0123abc"}
	golden(t, "list.md", report.ListMarkdown(sampleList(), h))
	golden(t, "lists.md", report.ListsMarkdown(several, h))
	golden(t, "show.md", report.ShowMarkdown(sampleShow(), h))
	var b, c bytes.Buffer
	if err := report.ListCSV(&b, sampleList()); err != nil {
		t.Fatal(err)
	}
	golden(t, "list.csv", b.String())
	if err := report.ListsCSV(&c, several); err != nil {
		t.Fatal(err)
	}
	golden(t, "lists.csv", c.String())
}

// Where every organisation failed there is no table, and no head of one.
func TestListWithoutAnActionHasNoHead(t *testing.T) {
	t.Parallel()
	failed := report.NewFailure(&report.FailureError{Message: "signing in: invalid_client"}, nil)
	var b bytes.Buffer
	sides := report.ListSides{{Org: "test", Environment: "mypurecloud.de", Failure: &failed}}
	if err := report.ListsText(&b, sides, report.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "✗ error: test: signing in: invalid_client\n") {
		t.Errorf("%s", got)
	}
}

// An action that a filter leaves out in one organisation exists there all the same.
func TestListsShowWhatAFilterLeavesOutBesideWhatItDoesNot(t *testing.T) {
	t.Parallel()
	action := func(name string, ms *int64) report.ListedAction {
		return report.ListedAction{Action: dataaction.Action{ID: "custom_-_" + name, Name: name}, TimeoutMS: ms}
	}
	test := report.NewList("mypurecloud.de", nil, []report.ListedAction{action("Get order", nil)})
	production := report.NewList("mypurecloud.ie", nil, nil)
	production.Others = []report.ListedAction{action("Get order", new(int64(12_000))), action("Hidden", new(int64(1000)))}
	var b bytes.Buffer
	sides := report.ListSides{{Org: "test", List: &test}, {Org: "production", List: &production}}
	if err := report.ListsText(&b, sides, report.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "unset         12s") || strings.Contains(got, "Hidden") {
		t.Errorf("%s", got)
	}
}

func TestListJSONHasTheContractsShape(t *testing.T) {
	t.Parallel()
	var b, compact bytes.Buffer
	l := report.NewList("mypurecloud.ie", acme, []report.ListedAction{{Action: dataaction.Action{ID: "a", Name: "A"},
		Version: 4}})
	if err := report.JSON(&b, l); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&compact, b.Bytes()); err != nil {
		t.Fatal(err)
	}
	want := `{"format_version":"1","environment":"mypurecloud.ie","organization":{"id":"9c41f0aa","name":"Acme EMEA"},` +
		`"actions":[{"action":{"id":"a","name":"A"},"timeout_ms":null,"version":4,"sources":[]}]}`
	if diff := cmp.Diff(want, compact.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNamesInCSVAreData(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`=HYPERLINK("https://evil.example")`, "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx",
		"＝1", "＠SUM(A1)"} {
		var b bytes.Buffer
		l := report.NewList("", nil, []report.ListedAction{{Action: dataaction.Action{ID: "custom_-_1", Name: name,
			Category: name}}})
		if err := report.ListCSV(&b, l); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"custom_-_1", "'" + name, "'" + name, "", "", "", "", "0", ""}
		if diff := cmp.Diff(want, rows[1]); diff != "" && !strings.HasPrefix(name, "\r") {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
		if len(rows) != 2 || !strings.HasPrefix(rows[1][1], "'") || rows[0][0] != "id" {
			t.Errorf("%q: %q", name, rows)
		}
	}
}

func TestListAndShowOfHostileNames(t *testing.T) {
	t.Parallel()
	for _, s := range hostile {
		a := report.ListedAction{Action: dataaction.Action{ID: s, Name: s, Category: s, Type: s},
			Sources: []dataaction.Source{{File: s, Line: 1}}}
		l := report.NewList(s, &dataaction.Organization{Name: s}, []report.ListedAction{a, {Flow: &dataaction.Flow{Name: s}}})
		x := report.NewShow(s, l.Organization, []report.ShownAction{{ListedAction: a,
			Callers:    []plan.Caller{called(dataaction.Flow{Name: s, Type: s}, s, 0, s, 1, dataaction.Flow{Name: s})},
			LastChange: &plan.LastChange{By: s}, CallersNote: s, LastChangeNote: s,
			Entries: []report.ShownEntry{{Source: a.Sources[0], Reason: s, Owner: s, Until: s}}}})
		failed := report.NewFailure(&report.FailureError{Message: s, Hint: s, CorrelationID: s}, nil)
		several := report.ListSides{{Org: s, List: &l}, {Org: s, Environment: s, Failure: &failed}}
		h := report.Heading{BlobURL: "https://github.com/o/r/blob/1", Limit: report.CommentLimit}
		for _, got := range []string{report.ListMarkdown(l, h), report.ListsMarkdown(several, h), report.ShowMarkdown(x, h)} {
			checkMarkdown(t, got, h.Limit)
		}
		var b bytes.Buffer
		for _, err := range []error{report.ListText(&b, l, report.Style{}), report.ListsText(&b, several, report.Style{}),
			report.ShowText(&b, x, report.Style{})} {
			if err != nil {
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
}

func TestATimeoutThatWasNotReadIsNotUnset(t *testing.T) {
	t.Parallel()
	l := report.NewList("mypurecloud.ie", nil, []report.ListedAction{
		{Action: dataaction.Action{ID: "a", Name: "A"}, Unread: true}, {Action: dataaction.Action{ID: "b", Name: "B"}}})
	var b bytes.Buffer
	if err := report.ListText(&b, l, report.Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "not read") || !strings.Contains(got, "1 without a timeout") {
		t.Errorf("%s", got)
	}
}

// An action is another organisation's only where nothing else could be meant.
func TestListsJoinNothingByGuess(t *testing.T) {
	t.Parallel()
	entry := dataaction.Source{File: "m.yaml", Line: 3, Column: 5}
	action := func(id, name string, seconds int64, sources ...dataaction.Source) report.ListedAction {
		return report.ListedAction{Action: dataaction.Action{ID: id, Name: name, Category: "CRM"},
			TimeoutMS: new(1000 * seconds), Sources: sources}
	}
	type actions = []report.ListedAction
	for name, c := range map[string]struct {
		test, production, hidden actions
		rows                     []string
	}{
		"unique names": {actions{action("a", "A", 1), action("b", "B", 2)}, actions{action("c", "A", 3)}, nil,
			[]string{"A 1s 3s", "B 2s –"}},
		"namesakes in one": {actions{action("a", "A", 1)}, actions{action("c", "A", 3), action("d", "A", 4)}, nil,
			[]string{"A · a 1s –", "A · c – 3s", "A · d – 4s"}},
		"namesakes in both": {actions{action("a", "A", 1), action("b", "A", 2)},
			actions{action("c", "A", 3), action("d", "A", 4)}, nil,
			[]string{"A · a 1s –", "A · b 2s –", "A · c – 3s", "A · d – 4s"}},
		"a namesake that is not listed": {actions{action("a", "A", 1)}, actions{action("c", "A", 3)},
			actions{action("d", "A", 4)}, []string{"A · a 1s –", "A · c – 3s"}},
		"one entry": {actions{action("a", "A", 1, entry), action("b", "A", 2)},
			actions{action("c", "A", 3), action("d", "A", 4, entry)}, nil,
			[]string{"A · a 1s 4s", "A · b 2s –", "A · c – 3s"}},
		"one entry for both": {actions{action("a", "A", 1, entry), action("b", "A", 2, entry)},
			actions{action("c", "A", 3, entry)}, nil, []string{"A · a 1s –", "A · b 2s –", "A · c – 3s"}},
		"an entry before a name": {actions{action("a", "A", 1, entry)},
			actions{action("c", "A", 3), action("d", "Z", 4, entry)}, nil, []string{"A · a 1s 4s", "A · c – 3s"}},
		"equal ids": {actions{action("a", "A", 1), action("b", "A", 2)}, actions{action("a", "A", 3), action("b", "A", 4)},
			nil, []string{"A · a 1s 3s", "A · b 2s 4s"}},
		"no names": {actions{action("a", "", 1)}, actions{action("c", "", 3)}, nil, []string{"a 1s –", "c – 3s"}},
	} {
		test, production := report.NewList("", nil, c.test), report.NewList("", nil, c.production)
		production.Hidden = c.hidden
		var b bytes.Buffer
		sides := report.ListSides{{Org: "test", List: &test}, {Org: "production", List: &production}}
		if err := report.ListsText(&b, sides, report.Style{Width: 80}); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for line := range strings.Lines(b.String()) {
			if before, after, ok := strings.Cut(line, " CRM "); ok {
				rows = append(rows, strings.Join(strings.Fields(before+after), " "))
			}
		}
		if diff := cmp.Diff(c.rows, rows); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
