package reconcile

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
)

// integrationsSurface is the public Platform API, where actions belong to integrations and flows call them.
//
// Budget of fetch, N actions in the organisation: ceil(N/100) listing pages, or ceil(k/50)+1 requests for k ids where that is
// fewer; one configuration per flow and what genesys.FlowsNamed needs for names; one per function and per action that came
// without its configuration. Entries that name nothing cost a second look of at most a few requests.
type integrationsSurface struct {
	client   *genesys.Client
	progress func(phase string, done, total int)
}

func (s integrationsSurface) fetch(ctx context.Context, desired dataaction.Desired) (plan.Live, error) {
	var live plan.Live
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		live.Actions, err = s.actions(gctx, desired.Entries)
		return err
	})
	group.Go(func() error {
		flows, err := namedFlows(gctx, s.client, desired.Flows)
		if err == nil {
			live.Flows, err = s.configurations(gctx, flows, listed(desired.Flows))
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return plan.Live{}, err
	}
	if err := s.secondLook(ctx, desired, &live); err != nil {
		return plan.Live{}, err
	}
	var wanted []int
	for _, r := range plan.Resolve(desired, live) {
		wanted = append(wanted, r.Actions...)
	}
	return live, s.complete(ctx, live.Actions, wanted)
}

// actions lists the organisation, or only the named ids where no entry needs a name looked up.
func (s integrationsSurface) actions(ctx context.Context, entries []dataaction.Entry) ([]dataaction.Live, error) {
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.Action.ID == "" {
			return s.client.ListActions(ctx)
		}
		ids = append(ids, e.Action.ID)
	}
	return s.client.ActionsFor(ctx, ids)
}

// secondLook asks again for what entries name and the listing lacked, so that "not found" is never said of an action which
// was merely moved while the pages were read, and custom authentication actions, which listings hide, are known as such.
func (s integrationsSurface) secondLook(ctx context.Context, desired dataaction.Desired, live *plan.Live) error {
	var ids, names []string
	for _, r := range plan.Resolve(desired, *live) {
		switch {
		case r.FlowUnresolved || len(r.Actions) > 0:
		case r.Entry.Action.ID != "":
			ids = append(ids, r.Entry.Action.ID)
		default:
			names = append(names, r.Entry.Action.Name)
		}
	}
	if len(ids) == 0 && len(names) == 0 {
		return nil
	}
	listed := 0
	if len(names) > 0 { // one name, and everything was listed
		listed = len(live.Actions)
	}
	hidden, err := s.client.HiddenActions(ctx, ids, names, listed)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(live.Actions))
	for _, a := range live.Actions {
		known[a.ID] = true
	}
	for _, a := range hidden {
		if !known[a.ID] {
			known[a.ID] = true
			live.Actions = append(live.Actions, a)
		}
	}
	return nil
}

// complete reads singly what the listing could not tell of the actions at the given positions: functions, and actions that
// came without their configuration.
func (s integrationsSurface) complete(ctx context.Context, actions []dataaction.Live, positions []int) error {
	return completeEach(ctx, actions, positions, s.progress, s.completed)
}

func (s integrationsSurface) completed(ctx context.Context, a dataaction.Live) (dataaction.Live, error) {
	if a.Type != dataaction.TypeFunction {
		read, err := s.client.Action(ctx, a.ID)
		return orDeleted(a, read, err)
	}
	timeout, err := s.client.FunctionTimeout(ctx, a.ID)
	var state *genesys.StateError
	switch {
	case genesys.IsNotFound(err):
		a.Unsupported = "its category marks a function data action, and the API shows no function for it"
		return a, nil
	case errors.As(err, &state):
		a.Unsupported = state.Error()
		return a, nil
	}
	a.Timeout, a.Complete = timeout, true
	return a, err
}

// completeEach puts what read gives in the place of each action, at the given positions, that needs it.
func completeEach(ctx context.Context, actions []dataaction.Live, positions []int, progress func(string, int, int),
	read func(context.Context, dataaction.Live) (dataaction.Live, error)) error {
	todo := map[int]bool{}
	for _, i := range positions {
		if needsReading(actions[i]) {
			todo[i] = true
		}
	}
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i := range todo {
		group.Go(func() error {
			a, err := read(ctx, actions[i])
			if err != nil {
				return err
			}
			actions[i] = a
			progress("reading actions", int(done.Add(1)), len(todo))
			return nil
		})
	}
	return group.Wait()
}

// needsReading reports whether the listing left an action's timeout out, and it is one that can be managed.
func needsReading(a dataaction.Live) bool {
	return !a.Complete && !a.BuiltIn() && !a.CustomAuth() && a.Unsupported == ""
}

// orDeleted is what was read or, where the action went away after it was listed, the action as listed with the reason why
// it cannot be managed.
func orDeleted(listed, read dataaction.Live, err error) (dataaction.Live, error) {
	if genesys.IsNotFound(err) {
		listed.Unsupported = "it was deleted while it was being read"
		return listed, nil
	}
	return read, err
}

// configurations reads the latest configuration of those flows that are wanted. A flow that does not exist is left out.
func (s integrationsSurface) configurations(ctx context.Context, flows []plan.LiveFlow, wanted func(dataaction.Flow) bool) ([]plan.LiveFlow, error) {
	gone := make([]bool, len(flows))
	total := 0
	for _, f := range flows {
		if wanted(f.Flow) {
			total++
		}
	}
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i := range flows {
		if !wanted(flows[i].Flow) {
			continue
		}
		group.Go(func() error {
			calls, err := s.client.FlowCalls(ctx, flows[i].ID)
			if genesys.IsNotFound(err) {
				gone[i] = true
				return nil
			}
			if err != nil {
				return err
			}
			if flows[i].Name == "" {
				flows[i].Name, flows[i].Type = calls.Flow.Name, calls.Flow.Type
			}
			flows[i].Calls = &calls
			s.progress("reading flows", int(done.Add(1)), total)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []plan.LiveFlow
	for i, f := range flows {
		if !gone[i] {
			out = append(out, f)
		}
	}
	return out, nil
}

// listed reports whether one of the manifest's selectors picks the flow.
func listed(entries []dataaction.FlowEntry) func(dataaction.Flow) bool {
	return func(f dataaction.Flow) bool {
		return slices.ContainsFunc(entries, func(e dataaction.FlowEntry) bool { return e.Flow.Matches(f) })
	}
}

// namedFlows gives the flows that selectors name: those named by id as they are, without a request, then those whose names
// had to be looked up. Others that came along stay in, for "did you mean".
func namedFlows(ctx context.Context, client *genesys.Client, entries []dataaction.FlowEntry) ([]plan.LiveFlow, error) {
	var out []plan.LiveFlow
	var names []dataaction.FlowSelector
	have := map[string]int{}
	seen := map[dataaction.FlowSelector]bool{}
	for _, e := range entries {
		if seen[e.Flow] {
			continue
		}
		seen[e.Flow] = true
		if e.Flow.ID == "" {
			names = append(names, e.Flow)
			continue
		}
		have[e.Flow.ID] = len(out)
		out = append(out, plan.LiveFlow{Flow: dataaction.Flow{ID: e.Flow.ID}})
	}
	if len(names) == 0 {
		return out, nil
	}
	found, err := client.FlowsNamed(ctx, names)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if i, ok := have[f.ID]; ok {
			out[i].Flow = f
			continue
		}
		have[f.ID] = len(out)
		out = append(out, plan.LiveFlow{Flow: f})
	}
	return out, nil
}

func (s integrationsSurface) open(ctx context.Context, c plan.Change) (*genesys.Document, error) {
	if c.Action.Type == dataaction.TypeFunction {
		return s.client.OpenFunction(ctx, c.Action.ID)
	}
	return s.client.OpenAction(ctx, c.Action.ID)
}

func (s integrationsSurface) readBack(ctx context.Context, changes []plan.Change) []reading {
	out := make([]reading, len(changes))
	var positions []int
	for i, c := range changes {
		if c.Action.Type == dataaction.TypeFunction {
			out[i] = reading{live: dataaction.Live{Action: c.Action}, found: true} // no listing tells more of it
		} else {
			positions = append(positions, i)
		}
	}
	var group errgroup.Group
	group.SetLimit(maxGoroutines)
	for batch := range slices.Chunk(positions, idsAtOnce) {
		group.Go(func() error {
			ids := make([]string, len(batch))
			for j, i := range batch {
				ids[j] = changes[i].Action.ID
			}
			live, err := s.client.ActionsByID(ctx, ids)
			fill(out, batch, live, err, func(i int) string { return changes[i].Action.ID })
			return nil
		})
	}
	_ = group.Wait() // failures are readings
	completeReadings(ctx, out, s.completed)
	return out
}
