package reconcile

import (
	"context"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// Scope says what of an organisation an inventory takes in.
type Scope struct {
	// Flows are the flows to read, as a listing gave them; AllFlows reads every one that there is. On surface flows no
	// flow named means all.
	Flows    []genesys.Flow
	AllFlows bool
	// Named are more flows to read, which have to be looked up; on surface integrations only.
	Named []dataaction.FlowEntry
	// Keep says which actions are wanted, nil: all; what is not kept may come back without its timeout.
	Keep func(dataaction.Action) bool
}

// Inventory reads what is live, for list and export: every action of the organisation or of the scope's flows. A flow
// that cannot be read is marked Unreadable, an action Unread, and does not stop the others.
//
// Budget on surface integrations: ceil(N/100) listing pages, one request for each kept function and each kept action
// that came without its configuration, and flowReader's for the scope's flows. On surface flows: the flow listing
// unless flows are given, and ceil(n/100) pages for a flow's n actions.
func (r *Reconciler) Inventory(ctx context.Context, scope Scope) (plan.Live, error) {
	return r.surface.inventory(ctx, scope)
}

func (s integrationsSurface) inventory(ctx context.Context, scope Scope) (plan.Live, error) {
	var live plan.Live
	flows := newFlowReader(s.client, s.progress)
	group, gctx := parallel.WithContext(ctx)
	group.Go(func() (err error) {
		live.Actions, err = s.client.ListActions(gctx)
		return err
	})
	group.Go(func() error { return scope.read(gctx, s, flows) })
	if err := group.Wait(); err != nil {
		return plan.Live{}, err
	}
	live.Flows = flows.live()
	if !scope.AllFlows { // the modules and bots that a flow calls count as part of it
		live.Flows = live.WithParts(scope.picks)
	}
	return live, completeEach(ctx, live.Actions, scope.kept(live.Actions), s.progress, true, s.completed)
}

// read reads the scope's flows.
func (s Scope) read(ctx context.Context, surface integrationsSurface, flows *flowReader) error {
	list, err := s.flows(ctx, surface.client)
	if err != nil {
		return err
	}
	flows.know(list)
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	if err := flows.read(ctx, ids, map[string]dataaction.Flow{}); err != nil || len(s.Named) == 0 {
		return err
	}
	return surface.listedFlows(ctx, s.Named, flows)
}

// flows are the scope's flows.
func (s Scope) flows(ctx context.Context, client *genesys.Client) ([]genesys.Flow, error) {
	if s.AllFlows {
		return client.ListFlows(ctx)
	}
	return s.Flows, nil
}

func (s Scope) picks(f dataaction.Flow) bool {
	return listed(s.Named)(f) || slices.ContainsFunc(s.Flows, func(one genesys.Flow) bool { return one.ID == f.ID })
}

func (s flowsSurface) inventory(ctx context.Context, scope Scope) (plan.Live, error) {
	scope.AllFlows = scope.AllFlows || len(scope.Flows) == 0
	list, err := scope.flows(ctx, s.client)
	if err != nil {
		return plan.Live{}, err
	}
	flows, all := make([]plan.LiveFlow, len(list)), make([]dataaction.Flow, len(list))
	for i, f := range list {
		flows[i] = plan.LiveFlow{Flow: f.Flow, FlowVersions: f.FlowVersions}
		all[i] = f.Flow
	}
	live, err := s.live(ctx, flows, all, true)
	if err != nil {
		return plan.Live{}, err
	}
	return live, completeEach(ctx, live.Actions, scope.kept(live.Actions), s.progress, true, s.completed)
}

// kept are the positions of the actions that are wanted.
func (s Scope) kept(actions []dataaction.Live) []int {
	var out []int
	for i, a := range actions {
		if s.Keep == nil || s.Keep(a.Action) {
			out = append(out, i)
		}
	}
	return out
}
