package plan

import (
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// Status is what became of one action.
type Status string

// The statuses. Skipped actions were not touched.
const (
	Applied   Status = "applied"
	Unchanged Status = "unchanged"
	Failed    Status = "failed"
	Skipped   Status = "skipped"
)

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
	// Results stand in the plan's order.
	Results []Result `json:"results"`
	// Findings are those of the plan that was applied, or refused.
	Findings []Finding `json:"findings,omitempty"`
	Stats    Stats     `json:"stats"`
}

// ReportSummary counts results.
type ReportSummary struct {
	Applied   int `json:"applied"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
}

// Result is what became of one action of the plan.
type Result struct {
	Action dataaction.Action `json:"action"`
	Flows  []dataaction.Flow `json:"flows"`
	Status Status            `json:"status"`
	// BeforeMS is the timeout as the plan showed it, AfterMS the wanted one.
	BeforeMS *int64 `json:"before_ms"`
	AfterMS  int64  `json:"after_ms"`
	// Code and Error say why a result failed or was skipped: "stale", "draft-exists", "verify-mismatch", or the vendor's.
	Code  string `json:"code"`
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	// Status and correlation id of the API's answer, where one was the reason.
	HTTPStatus    int    `json:"http_status,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	// Diff is the written document's change, where that is to be shown.
	Diff string `json:"diff,omitempty"`
}

// NewReport counts results.
func NewReport(results []Result, stats Stats) Report {
	if results == nil {
		results = []Result{}
	}
	r := Report{FormatVersion: FormatVersion, Results: results, Stats: stats}
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
