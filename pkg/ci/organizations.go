package ci

import (
	"context"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// aboutSeveral is what a run for several organisations is about: one comment has them all, whichever they are.
const aboutSeveral = "organizations"

// choose loads the manifests and returns what each chosen organisation should have. A manifest without organisations
// has one.
func (r *run) choose(ctx context.Context) ([]dataaction.Desired, *failure) {
	loaded, err := r.load(ctx)
	var chosen []dataaction.Desired
	if err == nil {
		chosen, err = session.ChooseFrom("input org", loaded, r.in.orgs, r.env.Getenv, "")
	}
	r.about = r.aboutOf(loaded, chosen, err)
	if err != nil {
		return nil, r.refused(reasonInvalidManifest, err)
	}
	return chosen, nil
}

// aboutOf is what a run with this manifest is about; "" if unknown. Where input org names organisations, they count
// whatever the manifest declares, so that a manifest with problems keeps its comment.
func (r *run) aboutOf(loaded manifest.Manifest, chosen []dataaction.Desired, wrong error) string {
	switch {
	case len(r.in.orgs) > 1 || slices.Contains(r.in.orgs, session.AllOrganizations) || len(chosen) > 1:
		return aboutSeveral
	case len(r.in.orgs) == 1:
		return aboutOne(r.in.orgs[0])
	case len(chosen) == 1 && chosen[0].Org != "":
		return aboutOne(chosen[0].Org)
	}
	written := ""
	if wrong == nil {
		written = loaded.Desired("").Environment
	}
	name := session.ReadSettings(r.env.Getenv, "", written).Environment.Value
	if name == "" && wrong != nil {
		return ""
	}
	if domain, err := genesys.ResolveEnvironment(name); err == nil {
		return domain
	}
	return name
}

// aboutOne is what a run for one declared organisation is about.
func aboutOne(org string) string { return "organization " + org }

// compareEach plans for all organisations at once. failed is the failure of the first organisation that has one.
func (r *run) compareEach(ctx context.Context, chosen []dataaction.Desired, judge plan.Options) (
	sides report.Sides, failed *failure,
) {
	outcomes := session.EachOrganization(ctx, chosen,
		func(ctx context.Context, desired dataaction.Desired) (plan.Document, error) {
			s, doc, err := r.compare(ctx, desired, session.Options{Several: len(chosen) > 1, ReadOn: judge.Drift}, judge)
			if err != nil {
				return doc, err
			}
			defer s.Close()
			return doc, r.evidence(ctx, s, &doc)
		})
	for _, out := range outcomes {
		if out.Err != nil && failed == nil {
			failed = &failure{reasonOf(out.Err), inOrganization(out.Desired.Org, out.Err)}
		}
	}
	return session.SidesOf(outcomes), failed
}

func inOrganization(org string, err error) error {
	if org == "" {
		return err
	}
	return fmt.Errorf("organisation %s: %w", org, err)
}

// evidence adds what the last days say about each change, as input evidence asks. A run does without where it must.
func (r *run) evidence(ctx context.Context, s *session.Session, doc *plan.Document) error {
	if r.in.evidence == 0 {
		return nil
	}
	over, err := advice.LastDays(r.env.Now(), r.in.evidence)
	if err != nil {
		return err
	}
	s.Evidence(ctx, doc, over)
	return nil
}

// withoutEvidence are plans without what changes from day to day.
func withoutEvidence(sides report.Sides) report.Sides {
	out := slices.Clone(sides)
	for i, s := range out {
		out[i].Failure = nil // its message may hold a correlation id
		if s.Doc == nil {
			continue
		}
		doc := *s.Doc
		doc.NoEvidence = ""
		doc.Changes = slices.Clone(doc.Changes)
		for j := range doc.Changes {
			doc.Changes[j].Evidence = nil
		}
		out[i].Doc = &doc
	}
	return out
}
