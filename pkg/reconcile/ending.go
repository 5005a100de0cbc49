package reconcile

import (
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
)

// ending is a failure of one action after which no other is tried, with the code and the reason of the skipped ones.
type ending struct{ code, reason string }

func (e *ending) Error() string { return e.reason }

var (
	failFast     = &ending{CodeFailFast, "not tried: an earlier action failed, and --fail-fast is set"}
	noPermission = &ending{CodeMissingPermission, "not tried: a write was refused for a missing permission"}
	rateLimited  = &ending{CodeRateLimited, "not tried: the rate limit was reached"}
	tokenRefused = &ending{CodeTokenRefused, "not tried: the access token was refused"}
)

// lasting is the ending that a failure stands for whatever the options say, or nil: the next write would be refused as
// well.
func lasting(err error) *ending {
	switch {
	case genesys.IsWriteForbidden(err):
		return noPermission
	case genesys.IsRateLimited(err):
		return rateLimited
	case genesys.IsTokenRefused(err):
		return tokenRefused
	}
	return nil
}

// endedBy is why no other write is started after an outcome, or nil.
func (r *Reconciler) endedBy(o outcome) *ending {
	if o.Status != plan.Failed {
		return nil
	}
	if e := lasting(o.err); e != nil {
		return e
	}
	if r.options.FailFast {
		return failFast
	}
	return nil
}

// oneFailure leaves, of the actions that failed for the same lasting reason, the first in the plan's order as Failed.
// The others were under way at the same moment; which of them were depends on the concurrency, and their errors say the
// same.
func oneFailure(outcomes []outcome) {
	said := map[*ending]bool{}
	for i := range outcomes {
		o := &outcomes[i]
		e := lasting(o.err)
		switch {
		case o.Status != plan.Failed || e == nil:
		case !said[e]:
			said[e] = true
			if e != tokenRefused { // Explain knows which credentials it was
				o.Code = e.code
			}
		case o.draftLeft:
			o.Status, o.Code = plan.Skipped, e.code
		default:
			o.skip(e.code, e.reason)
			o.Hint, o.HTTPStatus, o.CorrelationID = "", 0, ""
		}
	}
}
