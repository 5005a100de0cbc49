package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// planSides plans several organisations at the same time and shows them side by side. One that fails is shown as
// failed, and hides no other.
func (a *app) planSides(ctx context.Context, o planOptions, all []dataaction.Desired) error {
	if o.out != "" {
		return session.UsageError{
			Err:  errors.New("--out saves the plan of one organisation, but several were chosen"),
			Hint: "use --out-dir DIR for one plan per organisation",
		}
	}
	sides := report.Sides(session.Each(all, func(desired dataaction.Desired) report.Side {
		environment, _ := genesys.ResolveEnvironment(desired.Environment)
		side := report.Side{Org: desired.Org, Environment: environment}
		doc, err := a.compare(ctx, o, desired, true)
		if err != nil {
			failure := session.FailureOf(err)
			side.Failure = &failure
			return side
		}
		side.Doc = &doc
		return side
	}))
	unsaved := saveSides(o.outDir, sides)
	show := a.renderer().Plans
	if o.drift {
		show = a.renderer().Drifts
	}
	if err := show(a.env.Stdout, sides); err != nil {
		return errors.Join(fmt.Errorf("printing plans: %w", err), unsaved)
	}
	a.shown = true
	if unsaved != nil {
		return unsaved
	}
	worst := ExitOK
	for _, side := range sides {
		worst = worse(worst, sideStatus(side, o))
	}
	if worst == ExitOK {
		return nil
	}
	return status(worst)
}

func sideStatus(side report.Side, o planOptions) int {
	if side.Doc == nil {
		return ExitFailure
	}
	return planStatus(*side.Doc, o)
}

// worse ranks a failure above changes, and changes above nothing.
func worse(a, b int) int {
	if a == ExitFailure || b == ExitFailure {
		return ExitFailure
	}
	return max(a, b)
}

// planStatus is the exit status of a plan or a drift check.
func planStatus(doc plan.Document, o planOptions) int {
	switch {
	case o.drift && doc.Summary.Update > 0 && doc.Compared():
		return ExitChanges
	case doc.Summary.Errors > 0:
		return ExitFailure
	case o.detailed && doc.Summary.Update > 0:
		return ExitChanges
	}
	return ExitOK
}

// saveSides saves the plan of each organisation in a folder, which is created.
func saveSides(folder string, sides report.Sides) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return session.FileError{Err: fmt.Errorf("creating folder %q: %w", folder, err)}
	}
	var all error
	for _, side := range sides {
		if side.Doc != nil {
			all = errors.Join(all, session.SavePlan(filepath.Join(folder, side.Org+".json"), *side.Doc))
		}
	}
	return all
}
