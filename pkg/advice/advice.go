// Package advice judges timeouts by how long the data actions really took: live limits, callers and measurements in,
// judgements out. It is pure: it neither asks nor writes, and the same input gives the same output.
//
// A call that ends at the limit is censored: nobody knows how long it would have taken. So nothing is extrapolated
// past the present limit, and a longer one is a step to measure again from, never an estimate.
package advice

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// FormatVersion is the version of the JSON document; schema/advice.schema.json describes it.
const FormatVersion = "1"

// Code is what a judgement comes to. Each action has exactly one.
type Code string

// Codes, in order of precedence: the first that holds is the action's.
const (
	NotCalled         Code = "not-called"
	NoLimitSet        Code = "no-limit-set"
	NotJudged         Code = "not-judged"
	NoData            Code = "no-data"
	AtLimitUnmeasured Code = "at-limit-unmeasured"
	GapBelowLimit     Code = "gap-below-limit"
	AtMaximum         Code = "at-maximum"
	TooShort          Code = "too-short"
	OneBadDay         Code = "one-bad-day"
	TooLong           Code = "too-long"
	FewCalls          Code = "few-calls"
	Keep              Code = "keep"
)

// Codes of findings, which stand beside an action's code.
const (
	LimitChanged   = "limit-changed"
	StepCutsCalls  = "step-cuts-calls"
	HangFillsSlots = "hang-fills-slots"
	// NoOKGroup notes that no call of an action is known to have succeeded, so that all count as failed.
	NoOKGroup = "no-ok-group"
	// DaysUnknown notes that the counts by day were too many for one answer.
	DaysUnknown = "days-unknown"
	// ColumnMissing notes a request that failed and costs a column.
	ColumnMissing = "column-missing"
)

// Advises reports whether the code asks for a decision: `advise --detailed-exitcode` then exits with 2.
func (c Code) Advises() bool {
	switch c {
	case TooShort, TooLong, GapBelowLimit, OneBadDay, AtMaximum:
		return true
	}
	return false
}

// Document is the advice for one organisation, as JSON. What is not known is null.
type Document struct {
	FormatVersion string    `json:"format_version"`
	ToolVersion   string    `json:"tool_version"`
	CreatedAt     time.Time `json:"created_at"`
	Environment   string    `json:"environment"`
	// Org is the organisation's name in the manifest; empty where the manifest declares none.
	Org          string                   `json:"org,omitempty"`
	Organization *dataaction.Organization `json:"organization"`
	// Interval is "FROM/TO", ISO 8601 in UTC.
	Interval string `json:"interval"`
	// Accept is the share of calls, from 0 to 1, that may run into the limit.
	Accept float64 `json:"accept"`
	Slots  Slots   `json:"slots"`
	// Actions stand by name, then id.
	Actions  []Judgement    `json:"actions"`
	Findings []plan.Finding `json:"findings"`
	Stats    plan.Stats     `json:"stats"`
}

// Advises reports whether an action asks for a decision.
func (d Document) Advises() bool {
	for _, j := range d.Actions {
		if j.Code.Advises() {
			return true
		}
	}
	return false
}

// Source says where the limit of slots comes from.
type Source string

// Sources of the limit.
const (
	FromOrganization Source = "organisation"
	FromFlag         Source = "flag"
	FromNowhere      Source = "unknown"
)

// Slots are concurrent executions of data actions.
type Slots struct {
	Limit  *int64 `json:"limit"`
	Source Source `json:"source"`
	// BusiestHour is the start of the hour with most calls of all actions.
	BusiestHour *time.Time `json:"busiest_hour"`
	// InUse is how many slots were in use on average in that hour.
	InUse *float64 `json:"in_use"`
	// Functions is the limit for function data actions, which count against Limit too.
	Functions *int64 `json:"-"`
}

// Judgement is what the measurements say of one action.
type Judgement struct {
	Action  dataaction.Action `json:"action"`
	LimitMS *int64            `json:"limit_ms"`
	// Calls are those that count: without FailedAtOnce and without days under another limit.
	Calls int64 `json:"calls"`
	// FailedAtOnce are calls of groups that failed within 250 ms.
	FailedAtOnce int64 `json:"failed_at_once"`
	// P95MS, P99MS and MaxMS are of the whole interval.
	P95MS *int64 `json:"p95_ms"`
	P99MS *int64 `json:"p99_ms"`
	MaxMS *int64 `json:"max_ms"`
	// P99Censored is true where P99MS is a lower bound: calls ended at the limit.
	P99Censored bool `json:"p99_censored"`
	// Over counts calls by threshold; null where the answers hold no counts.
	Over    Counts      `json:"over"`
	AtLimit *plan.Share `json:"at_limit"`
	// MissingCalls is how many calls more it takes to prove the accepted share.
	MissingCalls *int64 `json:"missing_calls"`
	// ErrorTypes are as they came, never interpreted.
	ErrorTypes map[string]ErrorType `json:"error_types"`
	HangSlots  *HangSlots           `json:"hang_slots"`
	Code       Code                 `json:"code"`
	ProposedMS *int64               `json:"proposed_ms"`
	// Sources are the manifest entries that name the action.
	Sources []dataaction.Source `json:"sources"`

	// What follows is for text, Markdown and HTML.

	// CeilingMS is the longest timeout that this kind of action takes.
	CeilingMS int64 `json:"-"`
	// Steps are the distinct step timeouts below the limit, in milliseconds, ascending.
	Steps []int64 `json:"-"`
	// BadDay is the day with most calls at the limit, and how many of AtLimit's calls it had.
	BadDay      time.Time `json:"-"`
	BadDayCalls int64     `json:"-"`
	// Gap is how many calls ended between GapFromMS and the limit; for GapBelowLimit.
	Gap, GapFromMS int64 `json:"-"`
	// ProvenMS is the threshold that hardly any call reaches; for TooLong. ProvenHigh bounds the share of those that
	// do.
	ProvenMS   int64   `json:"-"`
	ProvenHigh float64 `json:"-"`
	// RaiseSlots is what a raise costs at most in the busiest hour while the service is as it was; nil where not
	// known.
	RaiseSlots *float64 `json:"-"`
	// FillsSlots is true where HangFillsSlots was found.
	FillsSlots bool `json:"-"`
}

// Writable reports whether `advise --write` may put the proposal into a manifest.
func (j Judgement) Writable() bool {
	if j.ProposedMS == nil || len(j.Sources) == 0 {
		return false
	}
	return j.Code == TooLong || j.Code == TooShort && !j.FillsSlots
}

// ErrorType counts the calls that failed in one way.
type ErrorType struct {
	Calls int64 `json:"calls"`
}

// HangSlots are the slots that an action takes in its busiest hour when the service behind it hangs.
type HangSlots struct {
	Now      *float64 `json:"now"`
	Proposed *float64 `json:"proposed"`
}

// Count is how many calls took a threshold or longer.
type Count struct {
	MS, Calls int64
}

// Counts are by threshold, ascending. As JSON they are an object: {"1000": 5775, "2850": 299}.
type Counts []Count

// MarshalJSON writes the thresholds in their order.
func (c Counts) MarshalJSON() ([]byte, error) {
	if c == nil {
		return []byte("null"), nil
	}
	b := []byte{'{'}
	for i, n := range c {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, '"'), n.MS, 10), '"', ':')
		b = strconv.AppendInt(b, n.Calls, 10)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Counts) UnmarshalJSON(raw []byte) error {
	*c = nil
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var byMS map[int64]int64
	if err := json.Unmarshal(raw, &byMS); err != nil {
		return err
	}
	*c = sortedCounts(byMS)
	return nil
}
