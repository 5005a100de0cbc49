package report

import (
	"cmp"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// listRow is one action in all organisations; a nil cell is an organisation that does not have it.
type listRow struct {
	action  dataaction.Action
	flow    dataaction.Flow
	context string
	cells   []*ListedAction
}

// identity is what makes actions of several organisations one row: the entry of the manifest that names them, their id,
// or their name with category and flow.
type identity struct {
	entry                dataaction.Source
	id                   string
	name, category, flow string
}

func identities(a ListedAction) []identity {
	var out []identity
	for _, s := range a.Sources {
		out = append(out, identity{entry: s})
	}
	k := identity{id: a.Action.ID}
	if a.Flow != nil {
		k.flow = a.Flow.ID
	}
	out = append(out, k)
	k = identity{name: a.Action.Name, category: a.Action.Category}
	if a.Flow != nil {
		k.flow = flowName(*a.Flow) + " " + a.Flow.Type
	}
	return append(out, k)
}

// listJoin collects the rows of several organisations.
type listJoin struct {
	rows []*listRow
	of   map[identity]*listRow
	n    int // organisations
}

// joinLists makes a row of each action that any organisation lists, sorted by name and category. Nothing is paired by
// guess: what names more than one action of an organisation joins none of them.
func joinLists(sides ListSides) []listRow {
	x := listJoin{of: map[identity]*listRow{}, n: len(sides)}
	known := make([]func(ListedAction) []identity, len(sides))
	for i, s := range sides {
		if s.List != nil {
			known[i] = s.List.distinct()
			x.add(i, s.List.Actions, known[i], true)
		}
	}
	for i, s := range sides {
		if s.List != nil {
			x.add(i, s.List.Others, known[i], false)
		}
	}
	slices.SortStableFunc(x.rows, func(a, b *listRow) int {
		return cmp.Or(cmp.Compare(actionName(a.action), actionName(b.action)),
			cmp.Compare(a.action.Category, b.action.Category), cmp.Compare(flowName(a.flow), flowName(b.flow)),
			cmp.Compare(a.action.ID, b.action.ID))
	})
	actions, flows := make([]dataaction.Action, len(x.rows)), make([][]dataaction.Flow, len(x.rows))
	for i, r := range x.rows {
		actions[i], flows[i] = r.action, []dataaction.Flow{r.flow}
	}
	told := contexts(actions, flows)
	out := make([]listRow, len(x.rows))
	for i, r := range x.rows {
		out[i] = *r
		out[i].context = told[i]
	}
	return out
}

// distinct returns what makes an action one row with those of other organisations, the surest first: what no other
// action of the organisation has, listed or not.
func (l *List) distinct() func(ListedAction) []identity {
	had := map[identity]int{}
	for _, a := range slices.Concat(l.Actions, l.Others, l.Hidden) {
		for _, k := range identities(a) {
			had[k]++
		}
	}
	return func(a ListedAction) []identity {
		return slices.DeleteFunc(identities(a), func(k identity) bool {
			return had[k] > 1 || k.id == "" && k.entry == dataaction.Source{} && k.name == ""
		})
	}
}

// add puts actions of organisation i into the rows that they belong to. The rest get new rows, or none. What
// entries and ids say comes before what names say.
func (x *listJoin) add(i int, actions []ListedAction, known func(ListedAction) []identity, own bool) {
	placed := make([]bool, len(actions))
	place := func(j int, r *listRow) {
		r.cells[i], placed[j] = &actions[j], true
		for _, k := range known(actions[j]) {
			if x.of[k] == nil {
				x.of[k] = r
			}
		}
	}
	for _, byName := range []bool{false, true} {
		for j, a := range actions {
			for _, k := range known(a) {
				r := x.of[k]
				if r != nil && r.cells[i] == nil && !placed[j] && (k.name != "") == byName {
					place(j, r)
				}
			}
		}
	}
	for j, a := range actions {
		if own && !placed[j] {
			r := &listRow{action: a.Action, cells: make([]*ListedAction, x.n)}
			if a.Flow != nil {
				r.flow = *a.Flow
			}
			x.rows = append(x.rows, r)
			place(j, r)
		}
	}
}
