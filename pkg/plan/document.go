// Package plan compares what the manifests ask for with what is live. It is pure: desired and live state in, sorted
// changes and findings out, with the plan's and the apply report's JSON. It knows nothing of HTTP, files, terminals
// or the clock.
package plan

import (
	"slices"
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
	ActionUnreadable     = "action-unreadable"
	TimeoutLowered       = "timeout-lowered"
	TooManyChanges       = "too-many-changes"

	FlowNotPublished       = "flow-not-published"
	FlowUnpublishedChanges = "flow-unpublished-changes"
	FlowInactive           = "flow-inactive"
	FlowUnreadable         = "flow-unreadable"
	CallersUnknown         = "callers-unknown"
	DraftExists            = "draft-exists"
	EnvironmentOverridden  = "environment-overridden"
	ManifestEmpty          = "manifest-empty"
	OverrideExpired        = "override-expired"
	AcceptUnused           = "accept-unused"
	WrongOrganization      = "wrong-organization"
	OrganizationUnverified = "organization-unverified"
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
	// Org is the organisation's name in the manifest; empty where the manifest declares none.
	Org string `json:"org,omitempty"`
	// Organization is null where the API refuses to say.
	Organization *dataaction.Organization `json:"organization"`
	// Selected is what --action and --flow named; nil for the whole manifest.
	Selected *Selected `json:"selected,omitempty"`
	// Digest is "sha256:..." over the rest of the document except Stats.
	Digest   string    `json:"digest"`
	Manifest Manifest  `json:"manifest"`
	Summary  Summary   `json:"summary"`
	Changes  []Change  `json:"changes"`
	Findings []Finding `json:"findings"`
	Stats    Stats     `json:"stats"`
	// NoEvidence says why evidence that was asked for is missing. It is shown, and is not part of the document.
	NoEvidence string `json:"-"`
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
	// Callers has one entry per step that calls the action; none on surface flows.
	Callers        []Caller `json:"callers"`
	CallersChecked Checked  `json:"callers_checked"`
	// CallersMeetMS is what callers meet at least: null where that is not known.
	CallersMeetMS *int64 `json:"callers_meet_ms"`
	// Reason, Owner and Until are the manifest's, of the first entry that gives them.
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Until  string `json:"until"`
	// LastChange is drift's answer to --blame.
	LastChange *LastChange `json:"last_change,omitempty"`
	// Evidence is what the last days say, where it was asked for.
	Evidence *Evidence `json:"evidence,omitempty"`
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
	// Accepted is true for a warning that the manifest accepts, which is then info; Reason is the manifest's.
	Accepted bool   `json:"accepted,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Selected is what --action and --flow named, as it was given.
type Selected struct {
	Actions []string `json:"actions"`
	Flows   []string `json:"flows"`
}

// Checked says where the callers of a change come from.
type Checked string

const (
	// CheckedListed means the flows that the manifest names.
	CheckedListed Checked = "listed"
	// CheckedIndex means the dependency index as well, also where it answered in part.
	CheckedIndex Checked = "index"
	// CheckedNo means that no listed flow calls the action, and the index was not asked or refused.
	CheckedNo Checked = "no"
)

// Caller is one step that calls a change's action.
type Caller struct {
	Flow dataaction.Flow `json:"flow"`
	// FlowVersion is the published version that was read, of the flow that holds the step.
	FlowVersion string `json:"flow_version"`
	// Via are the common modules and bot flows between flow and step, outermost first.
	Via  []dataaction.Flow `json:"via"`
	Step CallerStep        `json:"step"`
	// StepTimeoutMS is null where the step takes the suggested timeout or an expression.
	StepTimeoutMS *int64 `json:"step_timeout_ms"`
	Expression    string `json:"expression"`
	// MeetsMS is the lesser of the step's timeout and the wanted one; null with an expression.
	MeetsMS *int64 `json:"meets_ms"`
}

// CallerStep names a step of a flow.
type CallerStep struct {
	Name       string `json:"name"`
	TrackingID int64  `json:"tracking_id"`
}

// LastChange is the last change that the audit has on record.
type LastChange struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
	// BeforeMS and AfterMS are null where the audit does not name the timeout.
	BeforeMS *int64 `json:"before_ms"`
	AfterMS  *int64 `json:"after_ms"`
}

// Evidence is what measurements of the last days say about a change. It is outside the digest.
type Evidence struct {
	Interval string `json:"interval"`
	Calls    int64  `json:"calls"`
	// AtLimit is given for a raise: the share of calls that ran into the present limit.
	AtLimit *Share `json:"at_limit,omitempty"`
	// Over is given for a lowering: how many calls took the new limit or longer.
	Over *int64 `json:"over,omitempty"`
	Text string `json:"text"`
}

// Share is a number of calls with the bounds of its share of all of them, from 0 to 1.
type Share struct {
	Calls int64   `json:"calls"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
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

// uncomparable are the errors of entries that could not be compared with what is live. Every other error is a warning
// that --strict or --deny-lower turned into one, or a limit on writes.
var uncomparable = []string{
	ActionNotFound, ActionAmbiguous, ActionReadOnly, FlowNotFound, FlowAmbiguous, TimeoutOutOfRange, TimeoutConflict,
	TimeoutUnsupported, ActionUnreadable, WrongOrganization,
}

// Compared reports whether every entry was compared with what is live.
func (d Document) Compared() bool {
	return !slices.ContainsFunc(d.Findings, func(f Finding) bool {
		return f.Severity == Error && slices.Contains(uncomparable, f.Code)
	})
}
