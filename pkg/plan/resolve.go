package plan

import "genesys-timeouts/pkg/dataaction"

// Resolution is what one manifest entry turned out to name.
type Resolution struct {
	Entry *dataaction.Entry // in Desired.Entries
	// Flow is the position of the entry's flow in Live.Flows; -1 if it has none, or its selector does not pick exactly
	// one.
	Flow int
	// Actions are the positions in Live.Actions that the selector picks: exactly one unless the entry is wrong.
	Actions []int
	// Unused reports that the entry's flow was read and calls the action neither itself nor through modules and bots.
	Unused bool
	// FlowUnresolved reports that the entry's flow is missing or ambiguous, so its action was not looked up.
	FlowUnresolved bool
}

// Resolve finds which live action each entry names, in the order of the entries. On surface integrations an entry
// under a flow is looked up first among the actions that the flow, its modules and its bots refer to, then in the
// organisation; on surface flows among those that the flow owns.
func Resolve(desired dataaction.Desired, live Live) []Resolution {
	x := newIndex(live)
	return resolve(desired, live, x, newReach(live, x))
}

func resolve(desired dataaction.Desired, live Live, x *index, run *reach) []Resolution {
	flowOf := map[dataaction.FlowSelector]int{}
	refers := map[int]map[string]bool{}
	out := make([]Resolution, len(desired.Entries))
	places := make([]int, 0, len(desired.Entries)) // all Actions in one piece
	for i := range desired.Entries {
		e := &desired.Entries[i]
		r := Resolution{Entry: e, Flow: -1}
		if e.Flow != nil {
			f, seen := flowOf[*e.Flow]
			if !seen {
				f = -1
				if found := x.flowsMatching(*e.Flow); len(found) == 1 {
					f = found[0]
				}
				flowOf[*e.Flow] = f
			}
			r.Flow, r.FlowUnresolved = f, f < 0
		}
		from := len(places)
		switch {
		case r.FlowUnresolved:
		case desired.API == dataaction.Flows:
			places = x.matching(places, e.Action, func(a *dataaction.Live) bool {
				return r.Flow >= 0 && a.Flow != nil && a.Flow.ID == live.Flows[r.Flow].ID
			})
		case r.Flow >= 0:
			flow := live.Flows[r.Flow]
			if refers[r.Flow] == nil {
				refers[r.Flow] = run.refers(flow.ID)
			}
			places = x.matching(places, e.Action, func(a *dataaction.Live) bool { return refers[r.Flow][a.ID] })
			if len(places) == from {
				places = x.matching(places, e.Action, all)
				r.Unused = len(places) == from+1 && flow.Calls != nil && run.complete(flow.ID)
			}
		default:
			places = x.matching(places, e.Action, all)
		}
		r.Actions = places[from:len(places):len(places)]
		out[i] = r
	}
	return out
}

func all(*dataaction.Live) bool { return true }
