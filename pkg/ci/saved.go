package ci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// commentPlans writes the one comment from plans that other jobs saved. It sends nothing to Genesys Cloud. Where the
// manifest is there, each plan must be of it, and each of its organisations must have a plan.
func (r *run) commentPlans(ctx context.Context) *failure {
	sides, err := r.savedPlans(ctx)
	if err != nil {
		return r.refused(reasonPlanFailed, err)
	}
	r.about = aboutSeveral
	if len(sides) == 1 && sides[0].Org == "" {
		r.about = sides[0].Environment
	}
	sides, failed := r.declared(ctx, sides)
	if sides == nil {
		return failed
	}
	return r.planned(ctx, sides, failed)
}

// savedPlans reads the plans of input plans, each file once, in the order of their organisations.
func (r *run) savedPlans(ctx context.Context) (sides report.Sides, err error) {
	files, err := r.planFiles()
	if err != nil {
		return nil, err
	}
	from := map[string]string{}
	for _, name := range files {
		doc, err := session.LoadPlan(ctx, r.env, name)
		if err != nil {
			return nil, err
		}
		if first, twice := from[doc.Org]; twice {
			return nil, session.UsageError{Err: fmt.Errorf("input plans: %s has two plans, %q and %q", whose(doc.Org), first,
				name)}
		}
		from[doc.Org] = name
		sides = append(sides, report.Side{Org: doc.Org, Environment: doc.Environment, Doc: &doc})
	}
	if _, unnamed := from[""]; unnamed && len(sides) > 1 {
		return nil, session.UsageError{Err: fmt.Errorf("input plans: plan %q names no organisation, so it cannot be "+
			"shown beside others", from[""])}
	}
	slices.SortStableFunc(sides, func(a, b report.Side) int { return cmp.Compare(a.Org, b.Org) })
	return sides, nil
}

// planFiles are the files of input plans: inside the workspace or the runner's temporary folder, and not by a link that
// leads out.
func (r *run) planFiles() (files []string, err error) {
	for _, pattern := range r.in.plans {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, session.UsageError{Err: fmt.Errorf("input plans: %q: %w", pattern, err)}
		}
		if len(found) == 0 {
			return nil, session.UsageError{Err: fmt.Errorf("input plans: %q matches no file", pattern),
				Hint: "did the plan jobs upload plan-json-path, and did this job download it?"}
		}
		for _, name := range found {
			if !r.inWorkspace(name) && !r.inTemp(name) {
				return nil, session.UsageError{Err: fmt.Errorf("input plans: %q is outside the workspace: it is not read", name)}
			}
			if !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	return files, nil
}

func (r *run) inTemp(name string) bool {
	temp, err := filepath.EvalSymlinks(r.event.TempDir)
	if err != nil || r.event.TempDir == "" {
		return false
	}
	real, err := filepath.EvalSymlinks(name)
	return err == nil && within(temp, real)
}

// declared checks the plans against the manifest, where there is one: plans of another manifest are refused, and an
// organisation without a plan is shown as failed. The sides are then in the manifest's order. No sides mean that the
// run ends with the failure.
func (r *run) declared(ctx context.Context, sides report.Sides) (out report.Sides, failed *failure) {
	chosen, err := r.expected(ctx)
	switch {
	case errors.Is(err, manifest.ErrNoManifest), errors.Is(err, fs.ErrNotExist):
		return sides, nil
	case err != nil:
		return nil, r.refused(reasonInvalidManifest, err)
	}
	for _, d := range chosen {
		at := slices.IndexFunc(sides, func(s report.Side) bool { return s.Org == d.Org })
		if at >= 0 {
			out = append(out, sides[at])
			continue
		}
		err := session.UsageError{Err: errors.New("no plan of it was given"),
			Hint: "look at the job that plans this organisation"}
		why := session.FailureOf(err)
		out = append(out, report.Side{Org: d.Org, Environment: d.Environment, Failure: &why})
		failed = cmp.Or(failed, &failure{reasonPlanFailed, inOrganization(d.Org, err)})
	}
	for _, s := range sides {
		i := slices.IndexFunc(chosen, func(d dataaction.Desired) bool { return d.Org == s.Org })
		if i < 0 {
			err = fmt.Errorf("there is a plan of organisation %q, which the manifest or input org does not name", s.Org)
		} else if s.Doc.Manifest.Digest != chosen[i].Digest {
			err = fmt.Errorf("the plan of %s was made from another manifest than the one here", whose(s.Org))
		}
		if err != nil {
			return nil, r.refused(reasonPlanFailed, session.PlanRefused{Err: err})
		}
	}
	return out, failed
}

// expected are the organisations that should have a plan: those of input org, else all that the manifest declares.
func (r *run) expected(ctx context.Context) ([]dataaction.Desired, error) {
	loaded, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	names := r.in.orgs
	if len(names) == 0 && len(loaded.Organizations) > 0 {
		names = []string{session.AllOrganizations}
	}
	return session.ChooseFrom("input org", loaded, names, r.env.Getenv, "")
}

// whose names the organisation of a plan.
func whose(org string) string {
	if org == "" {
		return "a manifest without organizations"
	}
	return fmt.Sprintf("organisation %q", org)
}
