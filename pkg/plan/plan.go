package plan

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// Options are what a person allows a plan to hold.
type Options struct {
	// Strict makes every warning an error.
	Strict bool
	// DenyLower makes a lowered timeout an error.
	DenyLower bool
	// MaxChanges is nil where any number of changes is allowed.
	MaxChanges *ChangeLimit
}

// Build compares: what each entry names, which timeouts have to change, and what a person should know. The document's
// fields that come from elsewhere (tool, time, environment, stats) are the caller's; Seal closes it.
func Build(desired dataaction.Desired, live Live, o Options) Document {
	b := builder{desired: desired, live: live, options: o, wanted: map[actionKey]*wanted{}}
	b.flows()
	resolved := Resolve(desired, live)
	for _, r := range resolved {
		b.entry(r)
	}
	b.changes()
	b.steps()
	b.unmanaged(resolved)
	b.maxChanges()
	return b.document()
}

// actionKey tells two actions apart: on surface flows the same id under two flows is two resources.
type actionKey struct{ flow, id string }

// wanted is one action with all entries that name it.
type wanted struct {
	live    dataaction.Live
	entries []dataaction.Entry
	flows   []dataaction.Flow
	under   map[string]dataaction.Entry // the first under each flow, by the flow's id
}

type builder struct {
	desired  dataaction.Desired
	live     Live
	options  Options
	wanted   map[actionKey]*wanted
	order    []actionKey
	changed  []Change
	findings []Finding
	named    map[string]bool // flow ids that the manifest lists
	nearLeft int
}

// find records a finding; strict and deny-lower have their say here and nowhere else.
func (b *builder) find(f Finding) {
	if f.Severity == Warning && (b.options.Strict || b.options.DenyLower && f.Code == TimeoutLowered) {
		f.Severity = Error
	}
	b.findings = append(b.findings, f)
}

// flows checks each flow that the manifest names, once a selector.
func (b *builder) flows() {
	b.named = map[string]bool{}
	x := newIndex(b.live)
	seen := map[dataaction.FlowSelector]bool{}
	for _, e := range b.desired.Flows {
		if seen[e.Flow] {
			continue
		}
		seen[e.Flow] = true
		source := e.Source
		asNamed := dataaction.Flow{ID: e.Flow.ID, Name: e.Flow.Name, Type: e.Flow.Type}
		switch found := x.flowsMatching(e.Flow); len(found) {
		case 1:
			b.named[b.live.Flows[found[0]].ID] = true
		case 0:
			b.find(Finding{Severity: Error, Code: FlowNotFound, Flow: asNamed, Source: &source, Message: b.flowNotFound(e.Flow)})
		default:
			var list []string
			for _, i := range found {
				f := b.live.Flows[i]
				list = append(list, fmt.Sprintf("%s (type %s)", f.ID, f.Type))
			}
			slices.Sort(list)
			b.find(Finding{Severity: Error, Code: FlowAmbiguous, Flow: asNamed, Source: &source,
				Message: fmt.Sprintf("%d flows are named %q: %s; add `type:`, or use `id:`", len(found), e.Flow.Name, strings.Join(list, ", "))})
		}
	}
}

func (b *builder) flowNotFound(s dataaction.FlowSelector) string {
	if s.ID != "" {
		return fmt.Sprintf("no flow has the id %q", s.ID)
	}
	message := fmt.Sprintf("no flow is named %q", s.Name)
	if s.Type != "" {
		message += fmt.Sprintf(" with type %q", s.Type)
	}
	if b.nearLeft++; b.nearLeft > nearBudget {
		return message
	}
	var names, types []string
	for _, f := range b.live.Flows {
		if f.Name == s.Name {
			types = append(types, f.Type)
		}
		names = append(names, f.Name)
	}
	if len(types) > 0 {
		return message + "; there are flows of that name with type " + strings.Join(types, ", ")
	}
	return message + didYouMean(near(s.Name, names))
}

// entry takes one resolved entry: it joins the others that name its action, or becomes a finding.
func (b *builder) entry(r Resolution) {
	source := r.Entry.Source
	s := r.Entry.Action
	f := Finding{Severity: Error, Source: &source, Action: dataaction.Action{ID: s.ID, Name: s.Name, Category: s.Category, IntegrationID: s.IntegrationID}}
	if r.Flow >= 0 {
		f.Flow = b.live.Flows[r.Flow].Flow
	}
	switch {
	case r.FlowUnresolved:
		return
	case len(r.Actions) == 0:
		f.Code, f.Message = ActionNotFound, b.actionNotFound(r)
		b.find(f)
		return
	case len(r.Actions) > 1:
		f.Code, f.Message = ActionAmbiguous, b.ambiguous(r)
		b.find(f)
		return
	}
	live := b.live.Actions[r.Actions[0]]
	f.Action = live.Action
	if r.Unused {
		b.find(Finding{Severity: Warning, Code: ActionNotUsedByFlow, Action: live.Action, Flow: f.Flow, Source: &source,
			Message: fmt.Sprintf("flow %q does not call action %q; its timeout is managed all the same", f.Flow.Name, live.Name)})
	}
	key := actionKey{id: live.ID}
	if live.Flow != nil {
		key.flow = live.Flow.ID
	}
	w := b.wanted[key]
	if w == nil {
		w = &wanted{live: live}
		b.wanted[key] = w
		b.order = append(b.order, key)
	}
	w.entries = append(w.entries, r.Entry)
	if r.Flow >= 0 {
		w.flows = append(w.flows, f.Flow)
		if w.under == nil {
			w.under = map[string]dataaction.Entry{}
		}
		if _, ok := w.under[f.Flow.ID]; !ok {
			w.under[f.Flow.ID] = r.Entry
		}
	}
}

// nearBudget bounds the search for near names: past it a manifest of 10,000 wrong names would take minutes.
const nearBudget = 100

func (b *builder) actionNotFound(r Resolution) string {
	s := r.Entry.Action
	where := "in the organisation"
	if b.desired.API == dataaction.Flows {
		where = fmt.Sprintf("in flow %q", b.live.Flows[r.Flow].Name)
	}
	if s.ID != "" {
		return fmt.Sprintf("no data action %s has the id %q; was it deleted, or does it belong to another organisation?", where, s.ID)
	}
	message := fmt.Sprintf("no data action %s is named %q", where, s.Name)
	message += otherwise(s)
	if b.nearLeft++; b.nearLeft > nearBudget {
		return message
	}
	if others := b.namesakes(r); len(others) > 0 {
		return message + "; of that name there is " + strings.Join(others, ", ")
	}
	var names []string
	for _, a := range b.live.Actions {
		if a.Flow == nil || a.Flow.ID == b.live.Flows[r.Flow].ID {
			names = append(names, a.Name)
		}
	}
	return message + didYouMean(near(s.Name, names))
}

// otherwise is what a selector says besides the name.
func otherwise(s dataaction.Selector) (text string) {
	if s.Category != "" {
		text += fmt.Sprintf(" with category %q", s.Category)
	}
	if s.IntegrationID != "" {
		text += fmt.Sprintf(" in integration %q", s.IntegrationID)
	}
	return text
}

// namesakes are up to three actions that have the name looked for, and not what else the entry says.
func (b *builder) namesakes(r Resolution) []string {
	var list []string
	for _, a := range b.live.Actions {
		switch {
		case a.Name != r.Entry.Action.Name:
		case a.Flow != nil:
			list = append(list, fmt.Sprintf("%s in flow %q", a.ID, a.Flow.Name))
		default:
			list = append(list, describe(a.Action))
		}
	}
	slices.Sort(list)
	return list[:min(len(list), 3)]
}

// describe is an action of surface integrations with what tells it from others of its name.
func describe(a dataaction.Action) string {
	return fmt.Sprintf("%s (category %q, integration %s)", a.ID, a.Category, a.IntegrationID)
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	for i, n := range names {
		names[i] = fmt.Sprintf("%q", n)
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// ambiguous lists the candidates with what tells them apart.
func (b *builder) ambiguous(r Resolution) string {
	var list []string
	for _, i := range r.Actions {
		a := b.live.Actions[i]
		if a.Flow != nil {
			list = append(list, fmt.Sprintf("%s (type %s)", a.ID, a.Type))
			continue
		}
		list = append(list, describe(a.Action))
	}
	slices.Sort(list)
	advice := "add `category:` or `integration:`, or use `id:`"
	if b.desired.API == dataaction.Flows {
		advice = "use `id:`"
	}
	return fmt.Sprintf("%d data actions are named %q: %s; %s", len(r.Actions), r.Entry.Action.Name, strings.Join(list, ", "), advice)
}

// changes turns the wanted actions into changes, and those that cannot be changed into findings.
func (b *builder) changes() {
	b.changed = []Change{}
	for _, key := range b.order {
		w := b.wanted[key]
		first := w.entries[0]
		f := Finding{Severity: Error, Action: w.live.Action, Source: &first.Source}
		if len(w.flows) > 0 {
			f.Flow = w.flows[0]
		}
		if f.Code, f.Message = b.refuse(w); f.Code != "" {
			b.find(f)
			continue
		}
		c := Change{Change: None, Action: w.live.Action, Flows: distinctFlows(w.flows), Version: w.live.Version, AfterMS: first.Timeout.Milliseconds()}
		if w.live.Timeout != nil {
			ms := w.live.Timeout.Milliseconds()
			c.BeforeMS = &ms
		}
		if w.live.Timeout == nil || *w.live.Timeout != first.Timeout {
			c.Change = Update
		}
		for _, e := range w.entries {
			c.Sources = append(c.Sources, e.Source)
		}
		b.changed = append(b.changed, c)
		if c.Lowered() {
			f.Severity, f.Code = Warning, TimeoutLowered
			f.Message = fmt.Sprintf("timeout of %q is lowered from %s to %s: calls that take longer will now fail", w.live.Name, dataaction.Text(*c.Before()), dataaction.Text(c.After()))
			b.find(f)
		}
	}
}

// refuse says why an action cannot get the wanted timeout, or nothing.
func (b *builder) refuse(w *wanted) (code, message string) {
	first := w.entries[0]
	for _, e := range w.entries[1:] {
		if e.Timeout != first.Timeout {
			return TimeoutConflict, fmt.Sprintf("action %q (%s) is given two timeouts: %s at %s and %s at %s; keep one", w.live.Name, w.live.ID,
				dataaction.Text(first.Timeout), place(first.Source), dataaction.Text(e.Timeout), place(e.Source))
		}
	}
	switch {
	case w.live.BuiltIn():
		return ActionReadOnly, fmt.Sprintf("action %q is built in: it belongs to Genesys and cannot be changed; make a custom copy of it", w.live.Name)
	case w.live.Unsupported != "":
		return TimeoutUnsupported, fmt.Sprintf("the timeout of action %q cannot be managed: %s", w.live.Name, w.live.Unsupported)
	case w.live.CustomAuth():
		return TimeoutUnsupported, fmt.Sprintf("the timeout of action %q cannot be managed: it is a custom authentication action, for which the platform allows none", w.live.Name)
	}
	if problem := w.live.Limits(b.desired.API).Check(first.Timeout); problem != "" {
		kind := "action"
		if w.live.Type != dataaction.TypeAction {
			kind = w.live.Type + " action"
		}
		return TimeoutOutOfRange, fmt.Sprintf("%s %q: %s", kind, w.live.Name, problem)
	}
	return "", ""
}

func place(s dataaction.Source) string { return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Column) }

func distinctFlows(flows []dataaction.Flow) []dataaction.Flow {
	out := slices.Clone(flows)
	sort.SliceStable(out, func(i, j int) bool {
		return cmp.Or(strings.Compare(out[i].Name, out[j].Name), strings.Compare(out[i].ID, out[j].ID)) < 0
	})
	out = slices.Compact(out)
	if out == nil {
		out = []dataaction.Flow{}
	}
	return out
}

func (b *builder) maxChanges() {
	if b.options.MaxChanges == nil {
		return
	}
	if message := TooMany(*b.options.MaxChanges, b.changed); message != "" {
		b.find(Finding{Severity: Error, Code: TooManyChanges, Message: message})
	}
}

// TooMany says that there are more changes than a limit allows, or nothing.
func TooMany(limit ChangeLimit, changes []Change) string {
	updates := 0
	for _, c := range changes {
		if c.Change == Update {
			updates++
		}
	}
	allowed := limit.Allowed(len(changes))
	if updates <= allowed {
		return ""
	}
	return fmt.Sprintf("%d changes are more than --max-changes %s allows (%d of %d actions): nothing is written", updates, limit, allowed, len(changes))
}

// document sorts and counts. It sorts with sort.SliceStable, like the other packages their structs: slices.SortStableFunc adds
// up to 30 KB to the binary for each type of element.
func (b *builder) document() Document {
	sort.SliceStable(b.changed, func(i, j int) bool {
		x, y := b.changed[i], b.changed[j]
		return cmp.Or(strings.Compare(x.Action.Name, y.Action.Name), strings.Compare(x.Action.ID, y.Action.ID), strings.Compare(flowID(x.Flows), flowID(y.Flows))) < 0
	})
	rank := map[Severity]int{Error: 0, Warning: 1, Info: 2}
	sort.SliceStable(b.findings, func(i, j int) bool {
		x, y := b.findings[i], b.findings[j]
		return cmp.Or(cmp.Compare(rank[x.Severity], rank[y.Severity]), strings.Compare(x.Code, y.Code), strings.Compare(x.Action.Name, y.Action.Name),
			strings.Compare(x.Action.ID, y.Action.ID), strings.Compare(x.Flow.ID, y.Flow.ID), compareSources(x.Source, y.Source), strings.Compare(x.Message, y.Message)) < 0
	})
	if b.findings == nil {
		b.findings = []Finding{}
	}
	d := Document{FormatVersion: FormatVersion, API: b.desired.API, Environment: b.desired.Environment, Changes: b.changed, Findings: b.findings,
		Manifest: Manifest{Files: b.desired.Files, Digest: b.desired.Digest}}
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

// milliseconds is for the JSON's optional fields.
func milliseconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	ms := d.Milliseconds()
	return &ms
}
