// Package plan compares what the manifests ask for with what is live. It is pure: desired and live state in, sorted changes
// and findings out, with the plan's and the apply report's JSON. It knows nothing of HTTP, files, terminals or the clock.
package plan

import (
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// FormatVersion is the version of the JSON documents (plan, apply report, failure).
const FormatVersion = "1"

// Kinds of change.
const (
	Update = "update"
	None   = "none"
)

// Severity of a finding. Errors keep everything from being written; warnings do so with --strict.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Codes of findings.
const (
	ActionNotFound       = "action-not-found"
	ActionAmbiguous      = "action-ambiguous"
	ActionReadOnly       = "action-read-only"
	ActionNotUsedByFlow  = "action-not-used-by-flow"
	ActionUnmanaged      = "action-unmanaged"
	FlowNotFound         = "flow-not-found"
	FlowAmbiguous        = "flow-ambiguous"
	StepOverridesTimeout = "step-overrides-timeout"
	TimeoutOutOfRange    = "timeout-out-of-range"
	TimeoutConflict      = "timeout-conflict"
	TimeoutUnsupported   = "timeout-unsupported"
	TimeoutLowered       = "timeout-lowered"
	TooManyChanges       = "too-many-changes"
)

// Document is a plan as JSON: schema/plan.schema.json describes it.
type Document struct {
	FormatVersion string         `json:"format_version"`
	ToolVersion   string         `json:"tool_version"`
	CreatedAt     time.Time      `json:"created_at"`
	API           dataaction.API `json:"api"`
	// Environment is the domain, such as mypurecloud.ie, also where a region name was given.
	Environment string `json:"environment"`
	APIURL      string `json:"api_url"`
	// Digest is "sha256:..." over the rest of the document except Stats.
	Digest   string    `json:"digest"`
	Manifest Manifest  `json:"manifest"`
	Summary  Summary   `json:"summary"`
	Changes  []Change  `json:"changes"`
	Findings []Finding `json:"findings"`
	Stats    Stats     `json:"stats"`
}

// Manifest names the files that a plan was made from.
type Manifest struct {
	Files  []string `json:"files"`
	Digest string   `json:"digest"`
}

// Summary counts changes and findings.
type Summary struct {
	Update    int `json:"update"`
	Unchanged int `json:"unchanged"`
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Lowered   int `json:"lowered"`
}

// Stats say what a run cost: requests to the API without sign-in, and wall time.
type Stats struct {
	Requests   int   `json:"requests"`
	DurationMS int64 `json:"duration_ms"`
}

// Change is one action, with the timeout it has and the one it should have. Unchanged actions are listed too.
type Change struct {
	Change string            `json:"change"`
	Action dataaction.Action `json:"action"`
	// Flows are the manifest's flows that list the action; exactly one on surface flows, where it owns the action.
	Flows []dataaction.Flow `json:"flows"`
	// BeforeMS is nil where no timeout is set.
	BeforeMS *int64 `json:"before_ms"`
	AfterMS  int64  `json:"after_ms"`
	Version  int64  `json:"version"`
	// Sources are the manifest entries that name the action, in the manifest's order.
	Sources []dataaction.Source `json:"sources"`
}

// Before is the timeout the action has; nil where none is set.
func (c Change) Before() *time.Duration {
	if c.BeforeMS == nil {
		return nil
	}
	d := time.Duration(*c.BeforeMS) * time.Millisecond
	return &d
}

// After is the timeout the action should have.
func (c Change) After() time.Duration { return time.Duration(c.AfterMS) * time.Millisecond }

// Lowered reports whether the change shortens a timeout that is set.
func (c Change) Lowered() bool { return c.BeforeMS != nil && c.AfterMS < *c.BeforeMS }

// Finding is something a person should know before the plan is applied.
type Finding struct {
	Severity Severity          `json:"severity"`
	Code     string            `json:"code"`
	Message  string            `json:"message"`
	Flow     dataaction.Flow   `json:"flow"`
	Action   dataaction.Action `json:"action"`
	// Step is the step that a StepOverridesTimeout speaks of.
	Step   *Step              `json:"step,omitempty"`
	Source *dataaction.Source `json:"source,omitempty"`
}

// Step is a flow's Call Data Action step whose own timeout keeps the action's from counting.
type Step struct {
	Name       string `json:"name"`
	TrackingID int64  `json:"tracking_id,omitempty"`
	// TimeoutMS is nil where the timeout is an Expression.
	TimeoutMS  *int64 `json:"timeout_ms"`
	Expression string `json:"expression,omitempty"`
	// CallersMeetMS is the shorter of the step's timeout and the wanted one; nil where an expression decides.
	CallersMeetMS *int64 `json:"callers_meet_ms"`
}
