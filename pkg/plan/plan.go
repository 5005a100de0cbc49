package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// Build compares desired with live state: what each entry names, which timeouts change, what callers meet, and what a
// person should know. The caller fills in the fields that come from elsewhere (tool, time, environment, stats); Seal
// closes the document.
func Build(desired dataaction.Desired, live Live, o Options) Document {
	b := newBuilder(desired, live, o)
	b.general()
	b.flows()
	b.changes()
	b.callers()
	b.flowStates()
	b.unmanaged()
	b.indexState()
	b.maxChanges()
	b.acceptUnused()
	b.sortFindings()
	return b.document()
}

// actionKey identifies an action: on surface flows the same id under two flows is two resources.
type actionKey struct{ flow, id string }

// wanted is one action with all entries that name it.
type wanted struct {
	live    *dataaction.Live // in Live.Actions
	entries []*dataaction.Entry
	flows   []dataaction.Flow
	under   map[string]*dataaction.Entry // the first entry under each flow, by the flow's id
}

type builder struct {
	desired  dataaction.Desired
	live     Live
	options  Options
	index    *index
	reach    *reach
	resolved []Resolution
	wanted   []*wanted // by the position in Live.Actions; nil for what no entry names
	changed  []Change  // in the plan's order
	findings []Finding
	listed   map[string]dataaction.Source // the manifest's flows by id, with their first selector
	unread   bool                         // a listed flow was not read in full
	accepted map[*dataaction.Accept]bool  // accepts that matched a finding
	nearLeft int

	// callersKnown are the ids of the changes of which all callers are known, on surface integrations.
	callersKnown map[string]bool
}

// newBuilder resolves the manifest's flows and entries; nothing is judged yet.
func newBuilder(desired dataaction.Desired, live Live, o Options) *builder {
	b := &builder{
		desired: desired, live: live, options: o, index: newIndex(live),
		wanted: make([]*wanted, len(live.Actions)), changed: []Change{}, findings: []Finding{},
		listed: map[string]dataaction.Source{}, accepted: map[*dataaction.Accept]bool{}, callersKnown: map[string]bool{},
	}
	b.reach = newReach(live, b.index)
	b.resolved = resolve(desired, live, b.index, b.reach)
	for _, e := range desired.Flows {
		found := b.index.flowsMatching(e.Flow)
		b.unread = b.unread || len(found) > 1
		if len(found) != 1 {
			continue
		}
		id := live.Flows[found[0]].ID
		if _, ok := b.listed[id]; !ok {
			b.listed[id] = e.Source
		}
		b.unread = b.unread || !b.reach.complete(id)
	}
	return b
}

// find records a finding. Accepting, Strict and DenyLower are decided here and nowhere else.
func (b *builder) find(f Finding) {
	switch {
	case f.Severity != Warning:
	case b.accepts(&f):
	case b.options.Strict, b.options.DenyLower && f.Code == TimeoutLowered:
		f.Severity = Error
	}
	b.findings = append(b.findings, f)
}

// general finds what concerns the manifest as a whole.
func (b *builder) general() {
	if b.options.EnvironmentOverridden != "" {
		b.find(Finding{Severity: Warning, Code: EnvironmentOverridden, Message: b.options.EnvironmentOverridden})
	}
	if len(b.desired.Entries) == 0 && b.options.Selected == nil {
		where := ""
		if b.desired.Org != "" { // others may have entries
			where = " for this organisation"
		}
		b.find(Finding{Severity: Warning, Code: ManifestEmpty,
			Message: "the manifest names no action" + where + ": nothing is compared"})
	}
	if b.desired.OrgID != "" && b.live.Organization == nil {
		b.find(Finding{Severity: Warning, Code: OrganizationUnverified, Message: fmt.Sprintf(
			"the organisation could not be read (%s), so it is not certain that it is %s, as the manifest says",
			b.live.OrganizationRefused, b.desired.OrgID)})
	}
	if b.live.DraftsRefused != "" {
		b.find(Finding{Severity: Info, Code: DraftExists, Message: "drafts could not be listed (" + b.live.DraftsRefused +
			"): apply leaves a function data action that has a draft alone"})
	}
}

func (b *builder) maxChanges() {
	if b.options.MaxChanges == nil || b.options.Drift {
		return
	}
	if message := TooMany(*b.options.MaxChanges, b.changed); message != "" {
		b.find(Finding{Severity: Error, Code: TooManyChanges, Message: message})
	}
}

// sortFindings sets errors before warnings before information, and warnings about changes before others.
func (b *builder) sortFindings() {
	if len(b.findings) == 0 {
		return
	}
	rank := map[Severity]int{Error: 0, Warning: 1, Info: 2}
	updated, calling := b.updated()
	later := func(f Finding) int {
		if f.Severity != Warning || updated[f.Action.ID] || f.Action.ID == "" && (f.Flow.ID == "" || calling[f.Flow.ID]) {
			return 0
		}
		return 1 // about an entry that does not change
	}
	slices.SortStableFunc(b.findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(rank[x.Severity], rank[y.Severity]), cmp.Compare(later(x), later(y)),
			strings.Compare(x.Code, y.Code), strings.Compare(x.Action.Name, y.Action.Name),
			strings.Compare(x.Action.ID, y.Action.ID), strings.Compare(x.Flow.ID, y.Flow.ID),
			compareSources(x.Source, y.Source), strings.Compare(x.Message, y.Message))
	})
}

// updated are the ids of the actions that change, and of the flows that list, call or may call them.
func (b *builder) updated() (actions, flows map[string]bool) {
	actions, flows = make(map[string]bool, len(b.changed)), map[string]bool{}
	for _, c := range b.changed {
		if c.Change != Update {
			continue
		}
		actions[c.Action.ID] = true
		for _, f := range c.Flows {
			flows[f.ID] = true
		}
		for _, x := range c.Callers {
			flows[x.Flow.ID] = true
			for _, f := range x.Via {
				flows[f.ID] = true
			}
		}
		named, _ := b.live.consumersOf(c.Action.ID)
		for _, f := range named {
			for _, at := range b.reach.of(f.ID) {
				flows[b.live.Flows[at.flow].ID] = true
			}
		}
	}
	return actions, flows
}

func (b *builder) document() Document {
	d := Document{
		FormatVersion: FormatVersion, API: b.desired.API, Environment: b.desired.Environment, Org: b.desired.Org,
		Organization: b.live.Organization, Selected: b.options.Selected, Changes: b.changed, Findings: b.findings,
		Manifest: Manifest{Files: b.desired.Files, Digest: b.desired.Digest},
	}
	d.Summary = summarize(d)
	return d
}

func summarize(d Document) Summary {
	var s Summary
	for _, c := range d.Changes {
		if c.Change == Update {
			s.Update++
		} else {
			s.Unchanged++
		}
		if c.Lowered() {
			s.Lowered++
		}
	}
	for _, f := range d.Findings {
		switch f.Severity {
		case Error:
			s.Errors++
		case Warning:
			s.Warnings++
		case Info:
		}
	}
	return s
}

func flowID(flows []dataaction.Flow) string {
	if len(flows) == 0 {
		return ""
	}
	return flows[0].ID
}

func compareSources(x, y *dataaction.Source) int {
	if x == nil || y == nil {
		return 0
	}
	return cmp.Or(strings.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
}
