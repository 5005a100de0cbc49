package reconcile

import (
	"context"
	"time"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// LastChange reads the last recorded change of an action from the audit; nil if it has none. It looks back as far as
// the audit can be asked.
func (r *Reconciler) LastChange(ctx context.Context, actionID string, now time.Time) (*plan.LastChange, error) {
	e, err := r.client.LastChange(ctx, actionID, now.Add(-genesys.AuditReach), now)
	if err != nil || e == nil {
		return nil, err
	}
	last := &plan.LastChange{At: e.At, By: e.By}
	if e.Before != nil {
		last.BeforeMS = new(e.Before.Milliseconds())
	}
	if e.After != nil {
		last.AfterMS = new(e.After.Milliseconds())
	}
	return last, nil
}

// Blame fills in the last recorded change of each update, one request each. It never fails: refused says why the audit
// did not answer for some of them, and is empty if it did.
func (r *Reconciler) Blame(ctx context.Context, changes []plan.Change, now time.Time) (refused string) {
	reasons := make([]string, len(changes))
	group := parallel.New()
	group.SetLimit(maxGoroutines)
	for i := range changes {
		if changes[i].Change != plan.Update {
			continue
		}
		group.Go(func() error {
			last, err := r.LastChange(ctx, changes[i].Action.ID, now)
			if err != nil {
				reasons[i] = genesys.Brief(err)
			}
			changes[i].LastChange = last
			return nil
		})
	}
	_ = group.Wait() // failures are reasons
	for _, reason := range reasons {
		if reason != "" {
			return reason
		}
	}
	return ""
}
