package session

import (
	"context"
	"fmt"
	"slices"
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
	if desired.API == dataaction.Flows {
		return advice.Document{}, AdviseUnsupported{}
	}
	subjects, compared, err := s.subjects(ctx, desired, o.All)
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
	doc.Environment, doc.Org, doc.Organization = s.Client.Environment(), desired.Org, compared.Organization
	doc.Findings = slices.Insert(doc.Findings, 0, unresolved(compared)...)
	doc.Stats = s.stats()
	return doc, nil
}

// subjects are the manifest's actions with their callers and, with all, the organisation's others. Entries that name
// no single action are findings.
func (s *Session) subjects(ctx context.Context, desired dataaction.Desired, all bool) (
	subjects []advice.Subject, doc plan.Document, err error,
) {
	var live plan.Live
	if all {
		live, err = s.everything(ctx, desired)
	} else {
		live, err = s.reconciler.Fetch(ctx, desired)
	}
	s.env.Progress.Clear()
	if err != nil {
		return nil, doc, err
	}
	doc = plan.Build(desired, live, plan.Options{})
	managed := map[string]bool{}
	for _, c := range doc.Changes {
		managed[c.Action.ID] = true
		action := dataaction.Live{Action: c.Action, Timeout: c.Before(), Version: c.Version, Complete: true}
		subjects = append(subjects, advice.NewSubject(action, c.Callers, c.Sources))
	}
	callersOf := plan.CallersIn(live)
	for _, a := range live.Actions {
		if !all || managed[a.ID] || a.BuiltIn() || a.CustomAuth() {
			continue
		}
		if a.Unread != "" {
			message := fmt.Sprintf("data action %q: timeout cannot be read: %s", a.Name, a.Unread)
			doc.Findings = append(doc.Findings,
				plan.Finding{Severity: plan.Info, Code: advice.ColumnMissing, Message: message, Action: a.Action})
			continue
		}
		callers, _ := callersOf(a.ID, a.Timeout)
		subjects = append(subjects, advice.NewSubject(a, callers, nil))
	}
	return subjects, doc, nil
}

// everything is the whole organisation with the manifest's flows, listed once.
func (s *Session) everything(ctx context.Context, desired dataaction.Desired) (plan.Live, error) {
	if _, err := s.reconciler.Guard(ctx, desired.OrgID); err != nil {
		return plan.Live{}, err
	}
	live, err := s.reconciler.Inventory(ctx, reconcile.Scope{Named: desired.Flows})
	if err == nil {
		err = s.reconciler.Identify(ctx, &live)
	}
	return live, err
}

// unresolved are the manifest's entries that name no single action, as warnings, actions whose timeout is unread, and
// an organisation that may be another one: advice on the rest stands.
func unresolved(doc plan.Document) (out []plan.Finding) {
	for _, f := range doc.Findings {
		switch f.Code {
		case plan.ActionNotFound, plan.ActionAmbiguous, plan.FlowNotFound, plan.FlowAmbiguous:
			f.Severity = plan.Warning
			out = append(out, f)
		case advice.ColumnMissing, plan.OrganizationUnverified:
			out = append(out, f)
		}
	}
	return out
}

// Evidence adds to each change what the measurements of an interval say about it, or notes in the document why there
// are none: it never fails a run. Evidence is outside the plan's digest.
func (s *Session) Evidence(ctx context.Context, doc *plan.Document, over dataaction.Interval) {
	if doc.API == dataaction.Flows {
		doc.NoEvidence = AdviseUnsupported{}.Error()
		return
	}
	thresholds := advice.EvidenceThresholds(doc.Changes)
	if thresholds == nil {
		return
	}
	measured, err := reconcile.Count(ctx, s.Client, over, thresholds)
	s.env.Progress.Clear()
	if err != nil {
		doc.NoEvidence = Explain(err).Message
		return
	}
	for i, evidence := range advice.Evidence(doc.Changes, measured) {
		doc.Changes[i].Evidence = evidence
	}
	doc.Stats = s.stats()
}
