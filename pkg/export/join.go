package export

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
)

// join collects the entries of one or several organisations: the same words in a manifest are the same row. Words that
// mean one action in one organisation and two in another are never used, so nothing is paired by guess.
type join struct {
	options Options
	read    []Inventory
	api     dataaction.API
	actions [][]*dataaction.Live // in order, of each organisation
	flows   [][]*plan.LiveFlow
	heads   []func(*plan.LiveFlow) manifest.OutputFlow // of each organisation

	// groups are the flows that have entries; the first is for entries under no flow.
	groups []*group
	left   Left
	// counted are the actions in left: one that several flows call is left out once.
	counted map[*dataaction.Live]bool
}

// group are the entries of one flow.
type group struct {
	head manifest.OutputFlow
	name string // to sort by
	rows []*row
	// named are the rows whose words are not an id.
	named map[dataaction.Selector]*row
}

// row is an action in the organisations that have it.
type row struct {
	selector dataaction.Selector
	comment  string
	name, id string // to sort by
	values   []value
}

// value is what one organisation has for a row.
type value struct {
	there   bool
	id      string // if the organisation selects by id
	timeout *time.Duration
	why     string
}

func newJoin(o Options, read []Inventory) *join {
	j := &join{options: o, read: read, api: dataaction.Integrations, groups: []*group{newGroup(manifest.OutputFlow{}, "")},
		counted: map[*dataaction.Live]bool{}}
	for _, r := range read {
		j.api = cmp.Or(r.Desired.API, j.api)
		j.actions = append(j.actions, actionsInOrder(r.Live.Actions))
		j.flows = append(j.flows, flowsInOrder(r.Live.Flows))
	}
	for i := range read {
		j.heads = append(j.heads, j.headsOf(i))
	}
	return j
}

// several reports whether words must fit more than the organisation that they come from.
func (j *join) several() bool { return len(j.read) > 1 || j.options.Portable }

// add adds the actions of organisation i.
func (j *join) add(i int) {
	listed, already := map[string]bool{}, present(j.read[i].Desired)
	every := j.words(j.actions)
	for _, f := range j.flows[i] {
		h := j.heads[i](f)
		inside, words := actionsOf(j.api, f, j.actions[i]), every
		if j.api == dataaction.Flows { // a name is looked up in its flow
			words = j.words(j.insideOf(h))
		}
		g := j.group(h, f.Name)
		for _, a := range inside {
			listed[a.ID] = true
			j.entry(g, i, a, already, words)
		}
	}
	if j.api == dataaction.Flows || len(j.options.Flows) > 0 {
		return
	}
	for _, a := range j.actions[i] {
		if !listed[a.ID] {
			j.entry(j.groups[0], i, a, already, every)
		}
	}
}

// insideOf are the actions of each organisation's flow with this head.
func (j *join) insideOf(h manifest.OutputFlow) [][]*dataaction.Live {
	out := make([][]*dataaction.Live, len(j.read))
	for i, head := range j.heads {
		for _, f := range j.flows[i] {
			if head(f).Selector == h.Selector {
				out[i] = append(out[i], actionsOf(j.api, f, j.actions[i])...)
			}
		}
	}
	return out
}

// entry adds one action, or counts why it is left out.
func (j *join) entry(g *group, i int, a *dataaction.Live, already func(*dataaction.Live) bool, words wording) {
	why := unwritable(j.api, a)
	switch {
	case !j.options.Matches(a.Action) || already(a):
		return
	case a.CustomAuth():
		j.count(&j.left.CustomAuth, a)
		return
	case a.BuiltIn() && !j.options.BuiltIn:
		j.count(&j.left.BuiltIn, a)
		return
	case a.Unread != "": // named with the reason
		return
	case why == "" && a.Timeout == nil && !j.options.IncludeUnset:
		j.count(&j.left.Unset, a)
		return
	}
	v := value{there: true, timeout: a.Timeout, why: why}
	if why != "" {
		v.timeout = nil
	}
	s := words(i, a)
	if s.ID != "" {
		v.id = s.ID
		s = dataaction.Selector{}
	}
	r := g.row(s, v.id, a, len(j.read))
	r.values[i] = v
}

func (j *join) count(n *int, a *dataaction.Live) {
	if !j.counted[a] {
		j.counted[a] = true
		*n++
	}
}

// row finds the row with these words. An action that only its id tells apart has its own.
func (g *group) row(s dataaction.Selector, id string, a *dataaction.Live, n int) *row {
	if r := g.named[s]; id == "" && r != nil {
		return r
	}
	r := &row{selector: s, name: a.Name, id: a.ID, values: make([]value, n)}
	if id == "" {
		g.named[s] = r
	} else {
		r.comment = a.Name
	}
	g.rows = append(g.rows, r)
	return r
}

func newGroup(head manifest.OutputFlow, name string) *group {
	return &group{head: head, name: name, named: map[dataaction.Selector]*row{}}
}

func (j *join) group(h manifest.OutputFlow, name string) *group {
	for _, g := range j.groups[1:] {
		if g.head.Selector == h.Selector {
			return g
		}
	}
	g := newGroup(h, name)
	j.groups = append(j.groups, g)
	return g
}

// wording selects an action of organisation i: by name, or by what tells it apart.
type wording func(i int, a *dataaction.Live) dataaction.Selector

// words selects among these actions of each organisation.
func (j *join) words(actions [][]*dataaction.Live) wording {
	type key struct{ name, category string }
	named, within := make([]map[string]int, len(actions)), make([]map[key]int, len(actions))
	unique := map[string]bool{}
	for i, list := range actions {
		named[i], within[i] = map[string]int{}, map[key]int{}
		for _, a := range list {
			named[i][a.Name]++
			within[i][key{a.Name, a.Category}]++
			unique[a.Name] = true
		}
	}
	for _, counts := range named {
		for name, n := range counts {
			unique[name] = unique[name] && n == 1
		}
	}
	return func(i int, a *dataaction.Live) dataaction.Selector {
		k := key{a.Name, a.Category}
		switch {
		case strings.TrimSpace(a.Name) == "":
		case unique[a.Name]:
			return dataaction.Selector{Name: a.Name}
		case j.several() && j.api == dataaction.Integrations && a.Category != "" && within[i][k] == 1:
			return dataaction.Selector{Name: a.Name, Category: a.Category}
		}
		return dataaction.Selector{ID: a.ID}
	}
}

// headsOf makes the heads of the groups of organisation i's flows: by name, with the type if another flow shares the
// name. A flow gets its id, with the name as a comment, if name and type are ambiguous, if it was asked for by id, or
// if the manifest has it by id.
func (j *join) headsOf(i int) func(*plan.LiveFlow) manifest.OutputFlow {
	type key struct{ name, kind string }
	byID, ambiguous, alike := map[string]bool{}, map[string]bool{}, map[key]int{}
	if !j.options.Portable {
		for _, id := range j.options.Flows {
			byID[id] = true
		}
	}
	for _, e := range j.read[i].Desired.Flows {
		byID[e.Flow.ID] = true
	}
	for n, flows := range j.flows {
		named := map[string]int{}
		for _, f := range flows {
			if named[f.Name]++; named[f.Name] > 1 {
				ambiguous[f.Name] = true
			}
			if n == i {
				alike[key{f.Name, f.Type}]++
			}
		}
	}
	return func(f *plan.LiveFlow) manifest.OutputFlow {
		switch {
		case f.Name == "" || byID[f.ID] || alike[key{f.Name, f.Type}] > 1:
			return manifest.OutputFlow{Selector: dataaction.FlowSelector{ID: f.ID}, Comment: f.Name}
		case ambiguous[f.Name]:
			return manifest.OutputFlow{Selector: dataaction.FlowSelector{Name: f.Name, Type: strings.ToLower(f.Type)}}
		}
		return manifest.OutputFlow{Selector: dataaction.FlowSelector{Name: f.Name}}
	}
}

// output is what was collected, as a manifest.
func (j *join) output() manifest.Output {
	out := manifest.Output{API: j.api}
	slices.SortStableFunc(j.groups[1:], func(a, b *group) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.head.Selector.Type, b.head.Selector.Type),
			strings.Compare(a.head.Selector.ID, b.head.Selector.ID))
	})
	for n, g := range j.groups {
		slices.SortStableFunc(g.rows, func(a, b *row) int {
			return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.selector.Category, b.selector.Category),
				strings.Compare(a.id, b.id))
		})
		within := j.orgsOf(g)
		for _, r := range g.rows {
			g.head.Entries = append(g.head.Entries, j.outputEntries(r, within)...)
		}
		switch {
		case n == 0:
			out.Actions = g.head.Entries
		case len(g.rows) > 0:
			if len(within) < len(j.read) {
				g.head.Only = within
			}
			out.Flows = append(out.Flows, g.head)
		}
	}
	return out
}

// orgsOf are the organisations that have an entry in a group; under no flow all of them.
func (j *join) orgsOf(g *group) (within []string) {
	for i, r := range j.read {
		if g == j.groups[0] || slices.ContainsFunc(g.rows, func(r *row) bool { return r.values[i].there }) {
			within = append(within, r.Desired.Org)
		}
	}
	return within
}

// outputEntries are a row as entries of a group that these organisations have. Equal timeouts become one, others a map.
// Organisations that have no timeout to write, where others have one, get an entry of their own: a comment.
func (j *join) outputEntries(r *row, within []string) (out []manifest.OutputEntry) {
	set := j.outputEntry(r, within, func(v value) bool { return v.timeout != nil })
	unset := j.outputEntry(r, within, func(v value) bool { return v.timeout == nil })
	for _, e := range []*manifest.OutputEntry{set, unset} {
		if e != nil {
			out = append(out, *e)
		}
	}
	return out
}

// outputEntry is a row as an entry of the organisations whose values are picked; nil if none is.
func (j *join) outputEntry(r *row, within []string, picks func(value) bool) *manifest.OutputEntry {
	e := &manifest.OutputEntry{Selector: r.selector, Comment: r.comment}
	same := true
	for i, v := range r.values {
		if !v.there || !picks(v) {
			continue
		}
		org := j.read[i].Desired.Org
		e.Only = append(e.Only, org)
		e.Why = cmp.Or(e.Why, v.why)
		if v.id != "" {
			e.IDs = append(e.IDs, manifest.OrgID{Org: org, ID: v.id})
		}
		if v.timeout != nil {
			e.Timeouts = append(e.Timeouts, manifest.OrgTimeout{Org: org, Timeout: *v.timeout})
			same = same && e.Timeouts[0].Timeout == *v.timeout
		}
	}
	if len(e.Only) == 0 {
		return nil
	}
	if len(e.Only) == len(within) {
		e.Only = nil
	}
	if len(e.Timeouts) > 0 && same {
		e.Timeout, e.Timeouts = &e.Timeouts[0].Timeout, nil
	}
	if len(j.read) == 1 && len(e.IDs) == 1 && j.read[0].Desired.Org == "" {
		e.Selector, e.IDs = dataaction.Selector{ID: e.IDs[0].ID}, nil
	}
	return e
}
