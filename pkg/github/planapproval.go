package github

import "slices"

// Approval says whether a plan is what one comment showed.
type Approval struct {
	OK bool
	// Why says, where not OK, what is in the way; Unapproved are the rows that were not shown, where the shown ones
	// are known.
	Why        string
	Unapproved []Row
}

// Approve compares the plan as it is now with the one that a comment shows. The same hash is approved; so are rows
// that are a subset of the shown ones with the same from and to, as when an apply that failed half-way runs again. It
// knows nothing of approvals that are used up: see Decide.
func Approve(shown Comment, now Approved) Approval {
	switch {
	case shown.Marker.State == StateErrors:
		return Approval{Why: "the plan that the pull request showed had errors"}
	case shown.Marker.Plan == now.Hash():
		return Approval{OK: true}
	case shown.Approved == nil:
		return Approval{Why: "the plan differs from the one the pull request showed " +
			"(the comment does not list its changes, so only the very same plan counts)"}
	case shown.Approved.Hash() != shown.Marker.Plan:
		return Approval{Why: "the comment was edited: its list of approved changes does not belong to its plan"}
	case !shown.Approved.sameTarget(now):
		return Approval{Why: "the plan that the pull request showed was for another label or environment"}
	}
	if missing := shown.Approved.missing(now.Rows); len(missing) > 0 {
		return Approval{Why: "the plan has changes that the pull request did not show", Unapproved: missing}
	}
	return Approval{OK: true}
}

// missing lists the rows that were not approved with just that from and to.
func (a Approved) missing(rows []Row) []Row {
	var out []Row
	for _, r := range rows {
		if !slices.ContainsFunc(a.Rows, r.equal) {
			out = append(out, r)
		}
	}
	return out
}
