package session

import (
	"context"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
)

// AdviseOptions say what Advise measures and how it judges.
type AdviseOptions struct {
	Over dataaction.Interval
	// Accept is the share of calls, from 0 to 1, that may run into the limit.
	Accept float64
	// Slots overrules the organisation's limit; nil means what the organisation says.
	Slots *int64
	// All judges every custom action of the organisation, not only those of the manifest.
	All bool
}

// Advise judges live timeouts by how long the actions really took.
func (s *Session) Advise(ctx context.Context, desired dataaction.Desired, o AdviseOptions) (advice.Document, error) {
	subjects, organization, err := s.subjects(ctx, desired, o.All)
	if err != nil {
		return advice.Document{}, err
	}
	measured, err := reconcile.Measure(ctx, s.Client, o.Over, advice.Thresholds(subjects))
	s.env.Progress.Clear()
	if err != nil {
		return advice.Document{}, err
	}
	doc := advice.Judge(advice.Input{Subjects: subjects, Measured: measured, Accept: o.Accept, Slots: o.Slots})
	doc.ToolVersion, doc.CreatedAt = s.env.Version, s.began.UTC().Truncate(time.Second)
	doc.Environment, doc.Org, doc.Organization = s.Client.Environment(), desired.Org, organization
	doc.Stats = s.stats()
	return doc, nil
}

// subjects are the manifest's actions with what calls them and, with all, the organisation's others.
func (s *Session) subjects(ctx context.Context, desired dataaction.Desired, all bool) (
	subjects []advice.Subject, organization *dataaction.Organization, err error,
) {
	known := map[string]bool{}
	if len(desired.Entries) > 0 {
		doc, err := s.Compare(ctx, desired, plan.Options{})
		if err != nil {
			return nil, nil, err
		}
		organization = doc.Organization
		for _, c := range doc.Changes {
			known[c.Action.ID] = true
			live := dataaction.Live{Action: c.Action, Timeout: c.Before(), Version: c.Version, Complete: true}
			subjects = append(subjects, advice.NewSubject(live, c.Callers, c.Sources))
		}
	}
	if !all {
		return subjects, organization, nil
	}
	live, err := s.Inventory(ctx, reconcile.Scope{})
	if err != nil {
		return nil, nil, err
	}
	if organization == nil {
		organization, err = s.reconciler.Organization(ctx)
	}
	for _, a := range live.Actions {
		if !known[a.ID] && !a.BuiltIn() && !a.CustomAuth() {
			subjects = append(subjects, advice.NewSubject(a, nil, nil))
		}
	}
	return subjects, organization, err
}

// Evidence adds to each change what the measurements of an interval say about it. It never fails a run: note is why
// there are none, and may be empty. Evidence is outside the plan's digest.
func (s *Session) Evidence(ctx context.Context, doc *plan.Document, over dataaction.Interval) (note string) {
	thresholds := advice.EvidenceThresholds(doc.Changes)
	if thresholds == nil {
		return ""
	}
	measured, err := reconcile.Count(ctx, s.Client, over, thresholds)
	s.env.Progress.Clear()
	if err != nil {
		return Explain(err).Message
	}
	for i, evidence := range advice.Evidence(doc.Changes, measured) {
		doc.Changes[i].Evidence = evidence
	}
	doc.Stats = s.stats()
	return ""
}
