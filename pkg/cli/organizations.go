package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// choose loads the manifests and returns what the chosen organisations should have.
func (a *app) choose(ctx context.Context, o planOptions) ([]dataaction.Desired, error) {
	loaded, err := session.LoadManifest(ctx, a.env, o.files.Manifests)
	if err != nil {
		return nil, err
	}
	return session.Choose(loaded, o.connect.orgs, a.env.Getenv, o.connect.environment)
}

// planEach plans all organisations at once and shows them side by side. One that fails is a column of errors.
func (a *app) planEach(ctx context.Context, o planOptions, chosen []dataaction.Desired) error {
	switch {
	case o.out != "" && o.outDir != "":
		return session.UsageError{Err: errors.New("--out and --out-dir exclude each other"), Hint: "leave one out"}
	case o.out != "":
		return session.UsageError{Err: errors.New("--out saves the plan of one organization"),
			Hint: "save one plan each with --out-dir"}
	case chosen[0].Org == "":
		return session.UsageError{Err: errors.New("--out-dir needs a manifest with organizations"),
			Hint: "save the plan with --out"}
	}
	several := len(chosen) > 1
	o.only.elsewhere = o.only.matchTogether(chosen)
	outcomes := session.EachOrganization(ctx, chosen,
		func(ctx context.Context, desired dataaction.Desired) (plan.Document, error) {
			return a.compare(ctx, o, desired, several)
		})
	if !several && outcomes[0].Err != nil {
		return outcomes[0].Err
	}
	sides := session.SidesOf(outcomes)
	unsaved := savePlans(o.outDir, sides)
	if err := a.showSides(o, sides); err != nil {
		return errors.Join(fmt.Errorf("printing plan: %w", err), unsaved)
	}
	a.shown = true
	switch code := sidesStatus(sides, o); {
	case unsaved != nil:
		return unsaved
	case a.interrupted():
		return status(ExitInterrupted)
	case code != ExitOK:
		return status(code)
	}
	return nil
}

// sidesStatus is the worst of the organisations' exit statuses: a failure, then changes.
func sidesStatus(sides report.Sides, o planOptions) int {
	worst := ExitOK
	for _, side := range sides {
		code := ExitFailure
		if side.Doc != nil {
			code = planStatus(*side.Doc, o)
		}
		if code == ExitFailure {
			return code
		}
		worst = max(worst, code)
	}
	return worst
}

func (a *app) showSides(o planOptions, sides report.Sides) error {
	r := a.renderer()
	one := len(sides) == 1 // whose JSON is the plan itself
	switch {
	case one && o.drift:
		return r.Drift(a.env.Stdout, *sides[0].Doc)
	case one:
		return r.Plan(a.env.Stdout, *sides[0].Doc)
	case o.drift:
		return r.Drifts(a.env.Stdout, sides)
	}
	return r.Plans(a.env.Stdout, sides)
}

// savePlans saves each plan as DIR/NAME.json; an empty dir saves none.
func savePlans(dir string, sides report.Sides) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return session.FileError{Err: fmt.Errorf("creating folder for plans: %w", err)}
	}
	var errs []error
	for _, side := range sides {
		name := filepath.Join(dir, side.Org+".json")
		if side.Doc != nil {
			errs = append(errs, session.SavePlan(name, *side.Doc))
		} else if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) { // a plan of an earlier run
			errs = append(errs, session.FileError{Err: fmt.Errorf("removing outdated plan: %w", err)})
		}
	}
	return errors.Join(errs...)
}
