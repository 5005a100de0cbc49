package reconcile

import (
	"context"
	"fmt"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// verifyPause is how long the second read-back waits for a change to reach every part of the platform.
const verifyPause = 500 * time.Millisecond

// verify reads back everything that was written. What does not show the new timeout at a second look either was not
// applied, whatever its write was answered.
func (r *Reconciler) verify(ctx context.Context, changes []plan.Change, results []plan.Result) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	var open []int
	for i := range results {
		if results[i].Status == plan.Applied {
			open = append(open, i)
		}
	}
	for look := 1; len(open) > 0; look++ {
		left, shown, err := r.mismatched(ctx, changes, open)
		if err != nil {
			for _, i := range open {
				r.fail(&results[i], fmt.Errorf("it was written, and reading it back failed: %w", err))
				results[i].Code = CodeUnverified
			}
			return
		}
		open = left
		if look == 1 && len(open) > 0 {
			_ = r.options.Sleep(ctx, verifyPause)
			continue
		}
		for _, i := range open {
			results[i].Status, results[i].Code = plan.Failed, CodeMismatch
			results[i].Error = fmt.Sprintf("the write was answered as done, but reading it back shows %s instead of %s", shown[i], dataaction.Text(changes[i].After()))
			results[i].Hint = "somebody may have changed it at the same moment: plan again; if it happens every time, give the vendor's support the correlation id of the write"
		}
		return
	}
}

// mismatched gives those of the changes at the given positions whose timeout does not read as written, and what it reads as.
func (r *Reconciler) mismatched(ctx context.Context, changes []plan.Change, positions []int) (left []int, shown map[int]string, err error) {
	batch := make([]plan.Change, len(positions))
	for j, i := range positions {
		batch[j] = changes[i]
	}
	live, err := r.surface.readBack(ctx, batch)
	if err != nil {
		return nil, nil, err
	}
	have := make(map[[2]string]dataaction.Live, len(live))
	for _, a := range live {
		have[[2]string{flowOf(a.Flow), a.ID}] = a
	}
	shown = map[int]string{}
	for _, i := range positions {
		key := [2]string{"", changes[i].Action.ID}
		a, ok := have[key]
		if !ok && len(changes[i].Flows) > 0 {
			a, ok = have[[2]string{changes[i].Flows[0].ID, key[1]}]
		}
		switch {
		case !ok:
			left, shown[i] = append(left, i), "no such action"
		case !same(a.Timeout, changes[i].After()):
			left, shown[i] = append(left, i), dataaction.TextOrUnset(a.Timeout)
		}
	}
	return left, shown, nil
}

func flowOf(f *dataaction.Flow) string {
	if f == nil {
		return ""
	}
	return f.ID
}
