package plan

import (
	"cmp"
	"sync"

	"genesys-timeouts/pkg/dataaction"
)

// Live is what the API shows of what the manifests name.
type Live struct {
	// Actions may stand in any order; none twice.
	Actions []dataaction.Live
	// Flows are those that a flow selector of the manifests matches, the common modules and bot flows that they call,
	// the flows that the dependency index names, and any others that happen to be known.
	Flows []LiveFlow
	// Organization is nil where the API does not say; OrganizationRefused is why.
	Organization        *dataaction.Organization
	OrganizationRefused string
	// Consumers is what the dependency index says, by the id that was asked about: an action, a common module or a bot.
	Consumers map[string]Consumers
	// IndexRefused says why the dependency index answered nothing at all; empty where it was not asked, or answered.
	IndexRefused string
	// Unasked counts the changed actions past MostAsked, whose callers the dependency index was not asked for.
	Unasked int
	// Missing are the ids of actions that flows refer to and that do not exist any more.
	Missing map[string]bool
	// DraftsRefused says why the organisation's drafts could not be listed; empty where they were not asked for, or known.
	DraftsRefused string
}

// Consumers is what the dependency index says of the published flows that use a resource.
type Consumers struct {
	// Flows are named once each, whatever the number of versions.
	Flows []dataaction.Flow
	// Others counts consumers that are not flows, such as agent scripts.
	Others int
	// Partial says why flows may be missing: index rebuilding, an answer 206, failed objects. Empty where it is complete.
	Partial string
}

// LiveFlow is a flow with what its published configuration says of data actions.
type LiveFlow struct {
	dataaction.Flow
	dataaction.FlowVersions
	// Calls is nil where the configuration was not read: on surface flows, for flows that were never published, and for
	// flows that nobody asked about.
	Calls *dataaction.Calls
	// Unreadable says why the configuration could not be read, with the HTTP status; empty where it could.
	Unreadable string
}

// Refers gives the ids of the actions that the flow's configuration refers to or calls.
func (f LiveFlow) Refers() map[string]bool {
	ids := map[string]bool{}
	if f.Calls == nil {
		return ids
	}
	for _, a := range f.Calls.Actions {
		ids[a.ID] = true
	}
	for _, s := range f.Calls.Steps {
		ids[s.ActionID] = true
	}
	return ids
}

// index finds actions and flows by what selectors give, without walking 10,000 of them for each entry.
type index struct {
	actions      []dataaction.Live
	byID, byName func() positions // made when first asked for: most manifests give only names
	flows        []LiveFlow
	flowsBy      map[string][]int // by id, and by name
}

func newIndex(live Live) *index {
	by := func(key func(*dataaction.Live) string) func() positions {
		return sync.OnceValue(func() positions {
			return newPositions(len(live.Actions), func(i int) string { return key(&live.Actions[i]) })
		})
	}
	x := &index{
		actions: live.Actions, flows: live.Flows,
		byID:   by(func(a *dataaction.Live) string { return a.ID }),
		byName: by(func(a *dataaction.Live) string { return a.Name }),
	}
	x.flowsBy = make(map[string][]int, 2*len(live.Flows))
	for i, f := range live.Flows {
		x.flowsBy[f.ID] = append(x.flowsBy[f.ID], i)
		if f.Name != f.ID {
			x.flowsBy[f.Name] = append(x.flowsBy[f.Name], i)
		}
	}
	return x
}

// positions finds where a key stands in a list: a map of slices would make one for each of 10,000 names.
type positions struct {
	first map[string]int
	next  []int // by position: the next one with the same key, -1 after the last
}

func newPositions(n int, key func(int) string) positions {
	p := positions{first: make(map[string]int, n), next: make([]int, n)}
	for i := n - 1; i >= 0; i-- {
		k := key(i)
		p.next[i] = -1
		if after, ok := p.first[k]; ok {
			p.next[i] = after
		}
		p.first[k] = i
	}
	return p
}

// of is the first position of a key, or -1.
func (p positions) of(key string) int {
	if i, ok := p.first[key]; ok {
		return i
	}
	return -1
}

// matching appends the positions of the actions that a selector picks and keep accepts.
func (x *index) matching(found []int, s dataaction.Selector, keep func(*dataaction.Live) bool) []int {
	by, key := x.byName, s.Name
	if s.ID != "" {
		by, key = x.byID, s.ID
	}
	for i := by().of(key); i >= 0; i = by().next[i] {
		if a := &x.actions[i]; s.Matches(a.Action) && keep(a) {
			found = append(found, i)
		}
	}
	return found
}

func (x *index) flowsMatching(s dataaction.FlowSelector) []int {
	var found []int
	for _, i := range x.flowsBy[cmp.Or(s.ID, s.Name)] {
		if s.Matches(x.flows[i].Flow) {
			found = append(found, i)
		}
	}
	return found
}
