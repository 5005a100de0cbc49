package manifest

import (
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// missing finds what the files lack, in each organization.
func (m *editable) missing(o Output) addition {
	a := addition{api: o.API, known: map[int][]OutputEntry{}}
	there := m.listed()
	for _, f := range o.Flows {
		at := m.flowAt(f.Selector)
		lacking := m.lacking(there, at, f.Only, f.Entries)
		if at < 0 {
			f.Entries = lacking
			a.flows = append(a.flows, f)
			continue
		}
		// What no flow of the target has a place for is listed under the flow once more, in the same words.
		apart := OutputFlow{Selector: m.flows[at].FlowSelector, Only: f.Only}
		for _, e := range lacking {
			orgs := m.orgsOf(f.Only, e.Only)
			own := slices.IndexFunc(m.inTarget[at], func(i int) bool { return m.covers(i, orgs) })
			if own < 0 {
				apart.Entries = append(apart.Entries, e)
				continue
			}
			i := m.inTarget[at][own]
			if e.Only = orgs; len(orgs) == len(m.orgsOf(m.flows[i].only.names(), nil)) {
				e.Only = nil
			}
			a.known[i] = append(a.known[i], e)
		}
		if len(apart.Entries) > 0 {
			a.flows = append(a.flows, apart)
		}
	}
	a.actions = m.lacking(there, -1, nil, o.Actions)
	return a
}

// orgPlace is an action in an organization.
type orgPlace struct {
	org string
	placed
}

// lacking are the entries of a flow (at; -1: of none) that some of its organizations lack, for those.
func (m *editable) lacking(there map[orgPlace]bool, at int, within []string, entries []OutputEntry) []OutputEntry {
	var out []OutputEntry
	added := map[orgPlace]bool{}
	for _, e := range entries {
		orgs := m.orgsOf(within, e.Only)
		var lack []string
		unset := false
		for _, org := range orgs {
			key := orgPlace{org, m.key(at, e.selects(org))}
			unset = unset || m.unset[key.placed]
			if !there[key] && !added[key] {
				lack = append(lack, org)
			}
			added[key] = true
		}
		switch {
		case len(lack) == 0 || unset && !e.set():
		case len(lack) < len(orgs):
			out = append(out, e.keptTo(lack))
		default:
			out = append(out, e)
		}
	}
	return out
}

// orgsOf are the organizations of an entry with the given `only` lists: its flow's and its own. A manifest without
// organizations has one, without a name.
func (m *editable) orgsOf(within, only []string) (orgs []string) {
	for _, d := range m.manifest.desired {
		if isFor(within, d.Org) && isFor(only, d.Org) {
			orgs = append(orgs, d.Org)
		}
	}
	return orgs
}

// covers reports whether a flow is there in all of these organizations.
func (m *editable) covers(flow int, orgs []string) bool {
	return !slices.ContainsFunc(orgs, func(org string) bool { return !m.flows[flow].only.has(org) })
}

// keptTo is the entry for some of its organizations.
func (e OutputEntry) keptTo(orgs []string) OutputEntry {
	e.Only = orgs
	e.IDs = slices.DeleteFunc(slices.Clone(e.IDs), func(id OrgID) bool { return !slices.Contains(orgs, id.Org) })
	e.Timeouts = slices.DeleteFunc(slices.Clone(e.Timeouts),
		func(t OrgTimeout) bool { return !slices.Contains(orgs, t.Org) })
	return e
}

// listed are the entries of all files in each organization; one with a category or integration is also there by its
// name alone.
func (m *editable) listed() map[orgPlace]bool {
	out := map[orgPlace]bool{}
	for _, d := range m.manifest.desired {
		for _, e := range d.Entries {
			flow := -1
			if e.Flow != nil {
				flow = m.flowAt(*e.Flow)
			}
			out[orgPlace{d.Org, m.key(flow, e.Action)}] = true
			if e.Action.Name != "" {
				out[orgPlace{d.Org, m.key(flow, dataaction.Selector{Name: e.Action.Name})}] = true
			}
		}
	}
	return out
}
