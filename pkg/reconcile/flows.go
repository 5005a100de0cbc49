package reconcile

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// flowsSurface is the one where data actions are nested under flows.
//
// Budget of fetch and of readBack: ceil(n/100) listing pages per flow with n data actions, and what genesys.FlowsNamed
// needs if flows are given by name.
type flowsSurface struct {
	client   *genesys.Client
	progress func(phase string, done, total int)
	readOn   bool
}

func (s flowsSurface) fetch(ctx context.Context, desired dataaction.Desired) (plan.Live, error) {
	flows, err := namedFlows(ctx, s.client, desired.Flows)
	if err != nil {
		return plan.Live{}, err
	}
	var wanted []dataaction.Flow
	pick := listed(desired.Flows)
	for _, f := range flows {
		if pick(f.Flow) {
			wanted = append(wanted, f.Flow)
		}
	}
	live, err := s.live(ctx, flows, wanted, s.readOn)
	if err != nil {
		return plan.Live{}, err
	}
	var named []int
	for _, r := range plan.Resolve(desired, live) {
		named = append(named, r.Actions...)
	}
	return live, completeEach(ctx, live.Actions, named, s.progress, s.readOn, s.completed)
}

func (s flowsSurface) completed(ctx context.Context, a dataaction.Live) (dataaction.Live, error) {
	read, err := s.client.FlowAction(ctx, *a.Flow, a.ID)
	return orDeleted(a, read, err)
}

// live lists the data actions of the wanted ones of some flows. A flow that does not exist is left out. One that could
// not be listed is an error; readOn marks it Unreadable, unless every request would meet the error, or no flow could be
// listed.
func (s flowsSurface) live(ctx context.Context, flows []plan.LiveFlow, wanted []dataaction.Flow,
	readOn bool) (plan.Live, error) {
	actions, failures, err := s.actions(ctx, wanted, readOn)
	if err != nil {
		return plan.Live{}, err
	}
	live := plan.Live{Actions: actions}
	var first error
	refused := 0
	for _, f := range flows {
		err := failures[f.ID]
		if _, gone := errors.AsType[*genesys.FlowNotFoundError](err); gone {
			continue
		}
		if err != nil {
			f.Unreadable = unread(err)
			if refused++; refused == 1 {
				first = err
			}
		}
		live.Flows = append(live.Flows, f)
	}
	if refused > 0 && refused == len(live.Flows) {
		return plan.Live{}, first
	}
	return live, nil
}

// actions lists the data actions of each flow once, in the flows' order. failed says by id which flows do not exist, or
// could not be listed.
func (s flowsSurface) actions(ctx context.Context, flows []dataaction.Flow, readOn bool) (
	all []dataaction.Live, failed map[string]error, err error,
) {
	seen := map[string]bool{}
	var distinct []dataaction.Flow
	for _, f := range flows {
		if !seen[f.ID] {
			seen[f.ID] = true
			distinct = append(distinct, f)
		}
	}
	lists, failures := make([][]dataaction.Live, len(distinct)), make([]error, len(distinct))
	var done atomic.Int64
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i, f := range distinct {
		group.Go(func() error {
			lists[i], failures[i] = s.client.FlowActions(ctx, f)
			_, gone := errors.AsType[*genesys.FlowNotFoundError](failures[i])
			_, missing := errors.AsType[*genesys.SurfaceMissingError](failures[i])
			if failures[i] != nil && !gone && (!readOn || missing || stops(failures[i])) {
				return failures[i]
			}
			s.progress("reading flows", int(done.Add(1)), len(distinct))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	failed = map[string]error{}
	for i, f := range distinct {
		if failures[i] != nil {
			failed[f.ID] = failures[i]
		} else {
			all = append(all, lists[i]...)
		}
	}
	return all, failed, nil
}

func (s flowsSurface) open(ctx context.Context, c plan.Change) (*genesys.Document, error) {
	return s.client.OpenFlowAction(ctx, c.Flows[0], c.Action.ID)
}

func (s flowsSurface) readBack(ctx context.Context, changes []plan.Change) []reading {
	out := make([]reading, len(changes))
	positions := map[dataaction.Flow][]int{}
	for i, c := range changes {
		positions[c.Flows[0]] = append(positions[c.Flows[0]], i)
	}
	group := parallel.New()
	group.SetLimit(maxGoroutines)
	for flow, ours := range positions {
		group.Go(func() error {
			live, err := s.client.FlowActions(ctx, flow)
			if _, noFlow := errors.AsType[*genesys.FlowNotFoundError](err); noFlow {
				return nil
			}
			fill(out, ours, live, err, func(i int) string { return changes[i].Action.ID })
			return nil
		})
	}
	_ = group.Wait() // failures are readings
	completeReadings(ctx, out, s.completed)
	return out
}

// listed reports whether one of the manifest's selectors picks the flow.
func listed(entries []dataaction.FlowEntry) func(dataaction.Flow) bool {
	return func(f dataaction.Flow) bool {
		return slices.ContainsFunc(entries, func(e dataaction.FlowEntry) bool { return e.Flow.Matches(f) })
	}
}

// namedFlows are the flows that selectors name: those given by id without a request, then those whose names had to be
// looked up. Others that came along are kept for "did you mean".
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
		known := plan.LiveFlow{Flow: f.Flow, FlowVersions: f.FlowVersions}
		if i, ok := have[f.ID]; ok {
			out[i] = known
			continue
		}
		have[f.ID] = len(out)
		out = append(out, known)
	}
	return out, nil
}
