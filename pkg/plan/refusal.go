package plan

import (
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// PlanErrors is the code of changes that were skipped because the plan they belong to has errors.
const PlanErrors = "plan-errors"

// Refuse reports why a plan must not be applied, or nil. A saved plan may have been made under other options than the
// run that applies it, so apply judges again.
func Refuse(doc Document, o Options) *Finding {
	if o.MaxChanges != nil {
		if message := TooMany(*o.MaxChanges, doc.Changes); message != "" {
			return &Finding{Code: TooManyChanges, Message: message}
		}
	}
	for _, f := range doc.Findings {
		if f.Code == OrganizationUnverified {
			return &Finding{Code: OrganizationUnverified, Message: f.Message + ": nothing was written"}
		}
	}
	s := doc.Summary
	switch {
	case s.Errors > 0:
		return refusal(PlanErrors, "the plan has %s", Count(s.Errors, "error", "errors"))
	case o.Strict && s.Warnings > 0:
		return refusal(PlanErrors, "the plan has %s, and --strict turns warnings into errors",
			Count(s.Warnings, "warning", "warnings"))
	case o.DenyLower && s.Lowered > 0:
		return refusal(TimeoutLowered, "the plan lowers %s, and --deny-lower is set",
			Count(s.Lowered, "timeout", "timeouts"))
	}
	return nil
}

func refusal(code, format, counted string) *Finding {
	return &Finding{Code: code, Message: fmt.Sprintf(format, counted) + ": nothing was written"}
}

// RefusedResults are the results of a plan that was not applied: actions with an error failed, all other changes were
// skipped.
func RefusedResults(doc Document, refusal Finding) []Result {
	failures := map[subject]Finding{} // the first of each
	for _, f := range slices.Backward(doc.Findings) {
		if isFailure(f) {
			failures[aboutFinding(doc.API, f)] = f
		}
	}
	var results []Result
	for _, c := range doc.Changes {
		r := Result{Action: c.Action, Flows: c.Flows, Status: Unchanged, BeforeMS: c.BeforeMS, AfterMS: c.AfterMS}
		about := aboutChange(doc.API, c)
		if f, ok := failures[about]; ok {
			r.Status, r.Code, r.Error = Failed, f.Code, f.Message
			delete(failures, about)
		} else if c.Change == Update {
			r.Status, r.Code, r.Error = Skipped, refusal.Code, refusal.Message
		}
		results = append(results, r)
	}
	for _, f := range doc.Findings { // in the plan's order
		about := aboutFinding(doc.API, f)
		if _, open := failures[about]; !open || !isFailure(f) {
			continue
		}
		delete(failures, about)
		r := Result{Action: f.Action, Flows: []dataaction.Flow{}, Status: Failed, Code: f.Code, Error: f.Message}
		if f.Flow != (dataaction.Flow{}) {
			r.Flows = append(r.Flows, f.Flow)
		}
		results = append(results, r)
	}
	return results
}

// isFailure reports whether a finding is about one action or flow that cannot be as the manifest says.
func isFailure(f Finding) bool { return f.Severity == Error && f.Code != TooManyChanges }

// subject is what a finding and a change can both be about: an action (on surface flows, of one flow) or a flow.
type subject struct {
	action dataaction.Action
	flow   dataaction.Flow
}

func aboutFinding(api dataaction.API, f Finding) subject {
	if api == dataaction.Flows || f.Action == (dataaction.Action{}) {
		return subject{f.Action, f.Flow}
	}
	return subject{action: f.Action}
}

func aboutChange(api dataaction.API, c Change) subject {
	if api == dataaction.Flows && len(c.Flows) > 0 {
		return subject{c.Action, c.Flows[0]}
	}
	return subject{action: c.Action}
}

// Count is "1 change" or "2 changes".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
