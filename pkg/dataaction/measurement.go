package dataaction

import "time"

// Unknown stands for a statistic that an answer leaves out.
const Unknown = -1

// Interval is a span of time, From included and To excluded.
type Interval struct{ From, To time.Time }

// String is the interval as ISO 8601 in UTC, such as "2026-11-18T00:00:00Z/2026-11-25T00:00:00Z".
func (i Interval) String() string {
	return i.From.UTC().Format(time.RFC3339) + "/" + i.To.UTC().Format(time.RFC3339)
}

// Granularities of a question.
const (
	ByDay  = "P1D"
	ByHour = "PT1H"
)

// Question asks how long data actions took.
type Question struct {
	Interval Interval
	// Granularity is ByDay, ByHour, or empty for the interval as a whole.
	Granularity string
	// ByErrorType groups by the type of error as well as by action.
	ByErrorType bool
	// OverMS are thresholds in milliseconds: the answer counts the calls that took so long or longer. At most 10.
	OverMS []int64
}

// Measurement is one group of an answer in one span of time. Statistics are in milliseconds, or Unknown.
type Measurement struct {
	// ActionID and ErrorType name the group. ErrorType is empty where the answer gives none.
	ActionID, ErrorType string
	Start               time.Time
	Calls               int64
	SumMS, MaxMS        int64
	P95MS, P99MS        int64
	// Over counts calls by the question's thresholds, in their order; nil where the answer holds no counts at all.
	Over []int64
}

// SlotLimits say how many data actions an organisation may run at the same time; nil where that is not known.
type SlotLimits struct {
	// Total is for all data actions, Functions for function data actions alone, which count against both.
	Total, Functions *int64
}

// Batch is one answer to the question for calls by day and type of error.
type Batch struct {
	OverMS []int64
	Rows   []Measurement
}

// Measured is all that one run learns about how long data actions took.
type Measured struct {
	Interval Interval
	// Days is false where the answer by day was too large, so that Batches cover the interval as a whole.
	Days bool
	// Batches differ in their thresholds alone.
	Batches []Batch
	// Whole has percentiles and the longest call of the whole interval; WholeErr says why it is missing.
	Whole    []Measurement
	WholeErr error
	// Hours are the busiest day's; HoursErr says why they are missing. Both are nil where no day is known to ask for.
	Hours    []Measurement
	HoursErr error
	Slots    SlotLimits
	SlotsErr error
}
