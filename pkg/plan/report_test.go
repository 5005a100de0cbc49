package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

func TestReportSaysWhichPlanItIsAbout(t *testing.T) {
	t.Parallel()
	d, err := plan.Parse(fullPlan(t, dataaction.Integrations))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	results := []plan.Result{{Status: plan.Applied}, {Status: plan.Applied}, {Status: plan.Failed},
		{Status: plan.Skipped}, {Status: plan.Unchanged}}
	got := plan.NewReport(d, "2.0.0", at, results, plan.Stats{Requests: 9})
	want := plan.Report{
		FormatVersion: "1", ToolVersion: "2.0.0", CreatedAt: at, API: "integrations", Environment: "mypurecloud.ie",
		APIURL: "https://api.mypurecloud.ie", Org: "emea", Organization: &dataaction.Organization{ID: "o1", Name: "Acme"},
		PlanDigest: d.Digest, Results: results, Findings: d.Findings, Stats: plan.Stats{Requests: 9},
		Summary: plan.ReportSummary{Applied: 2, Unchanged: 1, Failed: 1, Skipped: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestReportOfNothingHasAnEmptyList(t *testing.T) {
	t.Parallel()
	if r := plan.NewReport(plan.Document{}, "", time.Time{}, nil, plan.Stats{}); r.Results == nil {
		t.Error("results are null in JSON")
	}
}
