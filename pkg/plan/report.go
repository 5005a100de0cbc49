package plan

import (
	"slices"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// Status is the outcome for one action.
type Status string

// The statuses. Unchanged had the wanted timeout already; skipped was not tried.
const (
	Applied   Status = "applied"
	Unchanged Status = "unchanged"
	Failed    Status = "failed"
	Skipped   Status = "skipped"
)

// NotReadBack is the code of a result that was written, and could not be read back.
const NotReadBack = "verify-failed"

// Report is what an apply did, as JSON.
type Report struct {
	FormatVersion string                   `json:"format_version"`
	ToolVersion   string                   `json:"tool_version"`
	CreatedAt     time.Time                `json:"created_at"`
	API           dataaction.API           `json:"api"`
	Environment   string                   `json:"environment"`
	APIURL        string                   `json:"api_url"`
	Org           string                   `json:"org,omitempty"`
	Organization  *dataaction.Organization `json:"organization"`
	PlanDigest    string                   `json:"plan_digest"`
	Summary       ReportSummary            `json:"summary"`
	// Results are in the plan's order.
	Results []Result `json:"results"`
	// Findings are the plan's.
	Findings []Finding `json:"findings,omitempty"`
	Stats    Stats     `json:"stats"`
}

// ReportSummary counts results by status; the four add up to the number of results.
type ReportSummary struct {
	Applied   int `json:"applied"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
}

// Result is the outcome for one action of the plan.
type Result struct {
	Action dataaction.Action `json:"action"`
	Flows  []dataaction.Flow `json:"flows"`
	Status Status            `json:"status"`
	// BeforeMS is the timeout as the plan showed it, AfterMS the wanted one.
	BeforeMS *int64 `json:"before_ms"`
	AfterMS  int64  `json:"after_ms"`
	// Code says why a result failed or was skipped; empty where it did neither. Those of apply are "stale",
	// "draft-exists", "template-incomplete", "verify-mismatch", "verify-failed" (written, not read back),
	// "missing-permission", "rate-limited", "fail-fast", "interrupted" and "timed-out"; a refused plan has the code of the
	// finding or of the refusal.
	Code string `json:"code"`
	// Error says it in words, and Hint what to do.
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	// HTTPStatus and CorrelationID are those of the API's answer, where one was the reason.
	HTTPStatus    int    `json:"http_status,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	// Diff shows what the write changed in the document, where asked for.
	Diff string `json:"diff,omitempty"`
}

// Written reports whether the API confirmed the write, read back or not.
func (r Result) Written() bool { return r.Status == Applied || r.Code == NotReadBack }

// Complete reports whether every change is as the plan wants it, and was seen to be.
func (r Report) Complete() bool {
	return r.Summary.Failed+r.Summary.Skipped == 0 &&
		!slices.ContainsFunc(r.Results, func(x Result) bool { return x.Code == NotReadBack })
}

// NewReport reports what became of a plan's changes: by which version of the tool, when, and at what cost. The digest
// is the plan's, so a plan that is to be named in JSON is sealed first.
func NewReport(d Document, tool string, at time.Time, results []Result, stats Stats) Report {
	r := Report{
		FormatVersion: FormatVersion, ToolVersion: tool, CreatedAt: at,
		API: d.API, Environment: d.Environment, APIURL: d.APIURL, Org: d.Org, Organization: d.Organization,
		PlanDigest: d.Digest, Findings: d.Findings, Stats: stats,
	}
	return r.WithResults(results)
}

// WithResults is the report with these results, counted.
func (r Report) WithResults(results []Result) Report {
	r.Results, r.Summary = list(results), ReportSummary{}
	for _, x := range results {
		switch x.Status {
		case Applied:
			r.Summary.Applied++
		case Unchanged:
			r.Summary.Unchanged++
		case Failed:
			r.Summary.Failed++
		case Skipped:
			r.Summary.Skipped++
		}
	}
	return r
}
