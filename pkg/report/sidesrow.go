package report

import (
	"cmp"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// sideCell is what one organisation has for an action: a change, or an error in words. The zero value is an action
// that the manifest does not list for the organisation.
type sideCell struct {
	change *plan.Change
	meets  *meets // of an update
	err    string
	risk   int
}

// sideRow is one action in all organisations.
type sideRow struct {
	action  dataaction.Action
	flow    string // its owner on surface flows
	context string
	sources []dataaction.Source
	flows   []dataaction.Flow // that list the action, of all organisations
	cells   []sideCell
}

func (r sideRow) failed() bool {
	return slices.ContainsFunc(r.cells, func(c sideCell) bool { return c.err != "" })
}

func (r sideRow) changes() bool {
	return slices.ContainsFunc(r.cells, func(c sideCell) bool { return c.change != nil && c.change.Change == plan.Update })
}

// risk is the greatest of the cells' risks; errors come first.
func (r sideRow) risk() int {
	most := 0
	for _, c := range r.cells {
		most = max(most, c.risk)
		if c.err != "" {
			most = max(most, 5)
		}
	}
	return most
}

// mark is the sign before a row: an error, a change, or nothing.
func (r sideRow) mark() string {
	switch {
	case r.failed():
		return "!"
	case r.changes():
		return "~"
	}
	return " "
}

type sideKey struct{ name, category, flow string }

// joining collects the rows of several organisations.
type joining struct {
	rows    map[sideKey]*sideRow
	entries map[dataaction.Source]*sideRow // by the first place in the manifest
	keys    []sideKey                      // in the order of their first row
	n       int                            // organisations
}

func (x *joining) row(k sideKey, a dataaction.Action) *sideRow {
	r := x.rows[k]
	if r == nil {
		r = &sideRow{action: a, flow: k.flow, cells: make([]sideCell, x.n)}
		x.rows[k], x.keys = r, append(x.keys, k)
	}
	return r
}

// ofEntry is the row that the same entry of the manifest has for another organisation, or nil: its ids, and the
// categories of what it names, may differ.
func (x *joining) ofEntry(i int, c plan.Change) *sideRow {
	if len(c.Sources) == 0 {
		return nil
	}
	if r := x.entries[c.Sources[0]]; r != nil && r.cells[i].change == nil {
		return r
	}
	return nil
}

// changes adds the changes of organisation i.
func (x *joining) changes(i int, d *plan.Document) {
	view, findings := viewCallers(*d), viewFindings(*d, nil)
	for j, c := range d.Changes {
		k := sideKey{actionName(c.Action), c.Action.Category, ""}
		if d.API == dataaction.Flows {
			k.flow = flowNames(c.Flows, asIs)
		}
		r := x.ofEntry(i, c)
		if r == nil {
			r = x.row(k, c.Action)
		}
		for r.cells[i].change != nil { // two actions that only their ids tell apart
			k.category += " " + c.Action.ID
			r = x.row(k, c.Action)
		}
		r.cells[i].change, r.flows = &d.Changes[j], append(r.flows, c.Flows...)
		if len(c.Sources) > 0 {
			x.entries[c.Sources[0]] = r
		}
		if c.Change == plan.Update {
			m := view.of(c)
			r.cells[i].meets, r.cells[i].risk = &m, risk(c, m, findings.changing[j])
		}
		if r.sources == nil {
			r.sources = c.Sources
		}
	}
}

// errors adds the errors of organisation i. They come after all changes: an action that was not found has no category
// to be joined by unless the manifest gives one.
func (x *joining) errors(i int, d *plan.Document, byName map[string][]sideKey) {
	for _, f := range d.Findings {
		if f.Severity != plan.Error || actionKey(f.Action) == "" {
			continue
		}
		r := x.row(errorKey(byName[actionName(f.Action)], f, d.API), f.Action)
		r.cells[i].err, r.flows = cmp.Or(r.cells[i].err, errorWord(f.Code)), append(r.flows, f.Flow)
		if r.sources == nil && f.Source != nil {
			r.sources = []dataaction.Source{*f.Source}
		}
	}
}

// missingFlows says of the actions that organisation i has nothing for that their flow was not found there, or is
// ambiguous. It comes after all changes and errors, which tell the flows of a row.
func (x *joining) missingFlows(i int, d *plan.Document) {
	for _, f := range d.Findings {
		if f.Code != plan.FlowNotFound && f.Code != plan.FlowAmbiguous {
			continue
		}
		s := dataaction.FlowSelector{ID: f.Flow.ID, Name: f.Flow.Name, Type: f.Flow.Type}
		for _, r := range x.rows {
			if c := &r.cells[i]; c.change == nil && c.err == "" && slices.ContainsFunc(r.flows, s.Matches) {
				c.err = "flow " + errorWord(f.Code)
			}
		}
	}
}

// joinSides makes a row of each action, by name and category, in the manifest's order.
func joinSides(sides Sides) []sideRow {
	x := joining{rows: map[sideKey]*sideRow{}, entries: map[dataaction.Source]*sideRow{}, n: len(sides)}
	for i, s := range sides {
		if s.Doc != nil {
			x.changes(i, s.Doc)
		}
	}
	byName := map[string][]sideKey{}
	for _, k := range x.keys {
		byName[k.name] = append(byName[k.name], k)
	}
	for i, s := range sides {
		if s.Doc != nil {
			x.errors(i, s.Doc, byName)
		}
	}
	for i, s := range sides {
		if s.Doc != nil {
			x.missingFlows(i, s.Doc)
		}
	}
	rows, keys := x.rows, x.keys
	files := sideFiles(sides)
	slices.SortFunc(keys, func(a, b sideKey) int {
		return cmp.Or(compareSources(rows[a].sources, rows[b].sources, files),
			cmp.Compare(a.name, b.name), cmp.Compare(a.category, b.category), cmp.Compare(a.flow, b.flow))
	})
	out := make([]sideRow, len(keys))
	named := map[string]int{}
	for _, k := range keys {
		named[k.name]++
	}
	for i, k := range keys {
		out[i] = *rows[k]
		if named[k.name] > 1 {
			out[i].context = cmp.Or(k.category, k.flow)
		}
	}
	return out
}

// compareSources orders by the first place in the manifest; what has none comes last.
func compareSources(a, b []dataaction.Source, files []string) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(min(len(b), 1), min(len(a), 1))
	}
	return cmp.Or(cmp.Compare(slices.Index(files, a[0].File), slices.Index(files, b[0].File)),
		cmp.Compare(a[0].Line, b[0].Line), cmp.Compare(a[0].Column, b[0].Column))
}

// errorKey is the row that an error belongs to, of those of its name: that of its category, or the only one.
func errorKey(named []sideKey, f plan.Finding, api dataaction.API) sideKey {
	k := sideKey{name: actionName(f.Action), category: f.Action.Category}
	if api == dataaction.Flows {
		k.flow = flowName(f.Flow)
	}
	var same []sideKey
	for _, x := range named {
		if (x.flow == k.flow || k.flow == "") && (x.category == k.category || k.category == "") {
			same = append(same, x)
		}
	}
	if len(same) == 1 {
		return same[0]
	}
	return k
}
