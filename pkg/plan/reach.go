package plan

import (
	"cmp"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// reach finds what runs when a flow runs: the flow itself, and the common modules and bot flows that it calls, each
// once, also where they call each other in circles.
type reach struct {
	flows []LiveFlow
	byID  map[string]int
	from  map[string][]reached
}

// reached is a flow that runs as part of another, and the modules and bots in between: outermost first, itself last.
type reached struct {
	flow int
	via  []dataaction.Flow
}

func newReach(live Live, x *index) *reach {
	byID := make(map[string]int, len(live.Flows))
	for id, at := range x.flowsBy {
		for _, i := range at {
			if live.Flows[i].ID == id {
				byID[id] = i
			}
		}
	}
	return &reach{flows: live.Flows, byID: byID, from: map[string][]reached{}}
}

// of is what runs when the flow runs, itself first, then by distance, in the order of the configurations.
func (r *reach) of(id string) []reached {
	if known, ok := r.from[id]; ok {
		return known
	}
	start, ok := r.byID[id]
	if !ok {
		return nil
	}
	seen := map[string]bool{id: true}
	out := []reached{{flow: start}}
	for next := 0; next < len(out); next++ {
		at := out[next]
		calls := r.flows[at.flow].Calls
		if calls == nil {
			continue
		}
		for _, called := range calls.Flows {
			i, known := r.byID[called.ID]
			if seen[called.ID] || !known {
				continue
			}
			seen[called.ID] = true
			out = append(out, reached{i, append(slices.Clone(at.via), r.flows[i].Flow)})
		}
	}
	r.from[id] = out
	return out
}

// unreadable are the flows at or below this one whose configuration could not be read.
func (r *reach) unreadable(id string) (out []reached) {
	for _, at := range r.of(id) {
		if r.flows[at.flow].Unreadable != "" {
			out = append(out, at)
		}
	}
	return out
}

// complete reports whether all that runs when the flow runs was read. A flow that was never published runs nothing.
func (r *reach) complete(id string) bool { return len(r.unreadable(id)) == 0 }

// refers are the ids of the actions that the flow, or what it calls, refers to.
func (r *reach) refers(id string) map[string]bool {
	ids := map[string]bool{}
	for _, at := range r.of(id) {
		for action := range r.flows[at.flow].Refers() {
			ids[action] = true
		}
	}
	return ids
}

// isPart reports whether flows of this type run as part of others.
func isPart(flowType string) bool {
	return flowType == "commonmodule" || flowType == "bot" || flowType == "digitalbot"
}

// WithParts are the flows that pick accepts, each with the calls of the modules and bots that run as part of it. One
// that has an unreadable part is unreadable.
func (l Live) WithParts(pick func(dataaction.Flow) bool) []LiveFlow {
	r := newReach(l, newIndex(l))
	var out []LiveFlow
	for _, f := range l.Flows {
		if !pick(f.Flow) {
			continue
		}
		for _, at := range r.of(f.ID)[1:] {
			part := l.Flows[at.flow]
			if part.Unreadable != "" {
				f.Unreadable = cmp.Or(f.Unreadable, fmt.Sprintf("%s %q: %s", part.Type, part.Name, part.Unreadable))
			}
			if part.Calls == nil {
				continue
			}
			calls := *f.Calls
			calls.Actions = slices.Concat(calls.Actions, part.Calls.Actions)
			calls.Steps = slices.Concat(calls.Steps, part.Calls.Steps)
			f.Calls = &calls
		}
		out = append(out, f)
	}
	return out
}
