package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// ToAsk decides which actions to ask the dependency index about, in the plan's order, and how many more would have
// needed it. CallersChanged means the first MostAsked changed actions that no listed flow calls.
func ToAsk(desired dataaction.Desired, live Live, callers Callers) (ask []dataaction.Live, left int) {
	if desired.API != dataaction.Integrations || callers == CallersListed {
		return nil, 0
	}
	b := newBuilder(desired, live, Options{})
	b.changes()
	referred := b.referred()
	for _, c := range b.changed {
		if callers == CallersAll || c.Change == Update && !referred[c.Action.ID] {
			ask = append(ask, *b.wantedBy(c.Action.ID, "").live)
		}
	}
	if callers != CallersAll && len(ask) > MostAsked {
		ask, left = ask[:MostAsked], len(ask)-MostAsked
	}
	return ask, left
}

// indexState says why the dependency index does not tell all callers.
func (b *builder) indexState() {
	say := func(message string) {
		b.find(Finding{Severity: Info, Code: CallersUnknown, Message: message})
	}
	const instead = "list the flows that call them under `flows:` in the manifest"
	switch {
	case b.live.IndexRefused != "":
		say("the dependency index could not be asked which flows call the actions (" + b.live.IndexRefused +
			"): grant the OAuth client architect:dependencyTracking:view, or " + instead)
	case b.live.Unasked > 0:
		say(fmt.Sprintf("the dependency index was asked about the first %d changed actions only: the callers of "+
			"%d more are unknown; "+
			"use --callers all, or %s", MostAsked, b.live.Unasked, instead))
	}
	partial := map[string]int{}
	for _, c := range b.live.Consumers {
		if c.Partial != "" {
			partial[c.Partial]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(partial)) {
		say(fmt.Sprintf("%s (%s), so flows may be missing among the callers; plan again later, or %s", incomplete, reason,
			instead))
	}
}

// incomplete begins the findings about answers of the dependency index. The others are about what it was not asked.
const incomplete = "the dependency index is not complete"

// Unasked reports whether a finding says why the dependency index was not asked who calls an action.
func (f Finding) Unasked() bool {
	return f.Code == CallersUnknown && !strings.HasPrefix(f.Message, incomplete)
}

// CallersOf is what is known of one action's callers and of what they meet, outside a plan: the steps of all flows in
// live, which must hold what the dependency index said of the action in Consumers. wanted is nil if no timeout is set.
func CallersOf(live Live, id string, wanted *time.Duration) (callers []Caller, meets *int64) {
	return CallersIn(live)(id, wanted)
}

// CallersIn is CallersOf for many actions: what is live is looked through once.
func CallersIn(live Live) func(id string, wanted *time.Duration) (callers []Caller, meets *int64) {
	b := newBuilder(dataaction.Desired{API: dataaction.Integrations}, live, Options{})
	calls := b.callsFrom(b.allRoots(nil))
	return func(id string, wanted *time.Duration) ([]Caller, *int64) { return b.known(id, calls[id], wanted) }
}

// known are the callers of an action, given its calls, and what they meet.
func (b *builder) known(id string, calls []call, wanted *time.Duration) (callers []Caller, meets *int64) {
	limit := int64(1<<63 - 1)
	if wanted != nil {
		limit = wanted.Milliseconds()
	}
	callers = b.callersOf(calls, limit)
	if b.live.answered(id, b.reach) {
		meets = least(callers)
	}
	if wanted != nil {
		return callers, meets
	}
	for i := range callers {
		if callers[i].StepTimeoutMS == nil {
			callers[i].MeetsMS, meets = nil, nil
		}
	}
	return callers, meets
}
