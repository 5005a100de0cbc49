package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// integrationsSurface is the public Platform API, where actions belong to integrations and flows call them.
//
// Budget of fetch, with N actions in the organisation: ceil(N/100) listing pages, or, if that is fewer, ceil(k/50)+1
// requests for k ids, and k+1 for k names (where a name that is not found costs the listing all the same); what
// genesys.FlowsNamed needs for names of flows, and what flowReader needs for flows; one request for each function and
// for each action that came without its configuration, and one for all drafts if there is a function; what
// dependencies needs. Entries that name nothing cost a second look of at most two requests.
type integrationsSurface struct {
	client   *genesys.Client
	progress func(phase string, done, total int)
	readOn   bool
	callers  plan.Callers
}

func (s integrationsSurface) fetch(ctx context.Context, desired dataaction.Desired) (plan.Live, error) {
	var live plan.Live
	whole := false
	flows := newFlowReader(s.client, s.progress)
	group, gctx := parallel.WithContext(ctx)
	group.Go(func() (err error) {
		live.Actions, whole, err = s.actions(gctx, desired.Entries)
		return err
	})
	group.Go(func() error { return s.listedFlows(gctx, desired.Flows, flows) })
	if err := group.Wait(); err != nil {
		return plan.Live{}, err
	}
	live.Flows = flows.live()
	resolved, err := s.secondLook(ctx, desired, whole, &live)
	if err != nil {
		return plan.Live{}, err
	}
	known := len(live.Actions)
	if err := s.missing(ctx, whole, &live); err != nil {
		return plan.Live{}, err
	}
	if len(live.Actions) > known {
		resolved = plan.Resolve(desired, live)
	}
	var wanted []int
	for _, r := range resolved {
		wanted = append(wanted, r.Actions...)
	}
	if err := completeEach(ctx, live.Actions, wanted, s.progress, s.readOn, s.completed); err != nil {
		return plan.Live{}, err
	}
	if err := s.drafts(ctx, wanted, &live); err != nil {
		return plan.Live{}, err
	}
	var ask []dataaction.Live
	ask, live.Unasked = plan.ToAsk(desired, live, s.callers)
	err = s.dependencies(ctx, ask, flows, &live)
	live.Flows = flows.live()
	return live, err
}

// listedFlows reads the flows that the manifest's selectors pick. Others that came along are kept for "did you mean".
func (s integrationsSurface) listedFlows(ctx context.Context, entries []dataaction.FlowEntry, flows *flowReader) error {
	var ids []string
	var names []dataaction.FlowSelector
	seen := map[dataaction.FlowSelector]bool{}
	for _, e := range entries {
		switch {
		case seen[e.Flow]:
		case e.Flow.ID != "":
			ids = append(ids, e.Flow.ID)
		default:
			names = append(names, e.Flow)
		}
		seen[e.Flow] = true
	}
	if len(names) > 0 {
		found, err := s.client.FlowsNamed(ctx, names)
		if err != nil {
			return err
		}
		flows.know(found)
		for _, f := range found {
			if slices.ContainsFunc(names, func(n dataaction.FlowSelector) bool { return n.Matches(f.Flow) }) {
				ids = append(ids, f.ID)
			}
		}
	}
	return flows.read(ctx, ids, map[string]dataaction.Flow{})
}

// missing finds the actions that flows refer to and that do not exist any more. Unless the whole organisation was
// listed, one request asks for up to 50 of them; those that exist are added to live.
func (s integrationsSurface) missing(ctx context.Context, whole bool, live *plan.Live) error {
	live.Missing = map[string]bool{}
	if len(live.Flows) == 0 {
		return nil
	}
	known := map[string]bool{"": true}
	for _, a := range live.Actions {
		known[a.ID] = true
	}
	var ids []string
	for _, f := range live.Flows {
		for id := range f.Refers() {
			if a := (dataaction.Action{ID: id}); !known[id] && !a.BuiltIn() && !a.CustomAuth() {
				known[id] = true
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	if !whole && len(ids) > 0 {
		ids = ids[:min(len(ids), idsAtOnce)]
		found, err := s.client.ActionsByID(ctx, ids)
		if err != nil {
			return err
		}
		live.Actions = append(live.Actions, found...)
		ids = slices.DeleteFunc(ids, func(id string) bool {
			return slices.ContainsFunc(found, func(a dataaction.Live) bool { return a.ID == id })
		})
	}
	for _, id := range ids {
		live.Missing[id] = true
	}
	return nil
}

// drafts marks the actions that have an unpublished draft, if one of those at the given positions is a function.
func (s integrationsSurface) drafts(ctx context.Context, positions []int, live *plan.Live) error {
	if !slices.ContainsFunc(positions, func(i int) bool { return live.Actions[i].Type == dataaction.TypeFunction }) {
		return nil
	}
	ids, err := s.client.DraftIDs(ctx)
	switch {
	case stops(err) && !errors.As(err, new(*genesys.ListingUnstableError)):
		return err
	case err != nil:
		live.DraftsRefused = genesys.Brief(err)
		return nil
	}
	drafted := map[string]bool{}
	for _, id := range ids {
		drafted[id] = true
	}
	for i := range live.Actions {
		live.Actions[i].Draft = drafted[live.Actions[i].ID]
	}
	return nil
}

// actions lists the organisation (whole), or only what the manifest names where that takes fewer requests.
func (s integrationsSurface) actions(ctx context.Context, entries []dataaction.Entry) (list []dataaction.Live,
	whole bool, err error) {
	var ids, names []string
	for _, e := range entries {
		if e.Action.ID == "" {
			names = append(names, e.Action.Name)
		} else {
			ids = append(ids, e.Action.ID)
		}
	}
	if len(names) > 0 {
		return s.client.ActionsNamed(ctx, names, ids)
	}
	list, err = s.client.ActionsFor(ctx, ids)
	return list, false, err
}

// secondLook asks again for what entries name and the listing lacked, so that "not found" is never said of an action
// which was merely moved while the pages were read, and custom authentication actions, which listings hide, are known
// as such. It returns what the entries name in the end.
func (s integrationsSurface) secondLook(ctx context.Context, desired dataaction.Desired, whole bool, live *plan.Live) (
	[]plan.Resolution, error) {
	var ids, names []string
	resolved := plan.Resolve(desired, *live)
	for _, r := range resolved {
		switch {
		case r.FlowUnresolved || len(r.Actions) > 0:
		case r.Entry.Action.ID != "":
			ids = append(ids, r.Entry.Action.ID)
		default:
			names = append(names, r.Entry.Action.Name)
		}
	}
	if len(ids) == 0 && len(names) == 0 {
		return resolved, nil
	}
	listed := 0
	if whole {
		listed = len(live.Actions)
	}
	hidden, err := s.client.HiddenActions(ctx, ids, names, listed)
	if err != nil || len(hidden) == 0 {
		return resolved, err
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
	return plan.Resolve(desired, *live), nil
}

// completed reads an action whose configuration is not known, then its function if evidence says that it may have one.
// A 404 for the function means it is a plain action.
func (s integrationsSurface) completed(ctx context.Context, a dataaction.Live) (dataaction.Live, error) {
	if a.Type != dataaction.TypeFunction {
		read, err := s.client.Action(ctx, a.ID)
		if a, err = orDeleted(a, read, err); err != nil || !needsReading(a) {
			return a, err
		}
	}
	timeout, err := s.client.FunctionTimeout(ctx, a.ID)
	var state *genesys.StateError
	switch {
	case genesys.IsNotFound(err): // no function, or the action was deleted meanwhile
		read, err := s.client.PlainAction(ctx, a.ID)
		return orDeleted(a, read, err)
	case errors.As(err, &state):
		a.Unsupported = state.Error()
		return a, nil
	}
	a.Timeout, a.Complete = timeout, true
	return a, err
}

// completeEach reads singly what the listing could not tell of the actions at the given positions: functions, and
// actions that came without their configuration. readOn marks an action that cannot be read, and goes on.
func completeEach(ctx context.Context, actions []dataaction.Live, positions []int, progress func(string, int, int),
	readOn bool, read func(context.Context, dataaction.Live) (dataaction.Live, error)) error {
	todo := map[int]bool{}
	for _, i := range positions {
		if needsReading(actions[i]) {
			todo[i] = true
		}
	}
	var done atomic.Int64
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i := range todo {
		group.Go(func() error {
			a, err := read(ctx, actions[i])
			switch {
			case err == nil:
				actions[i] = a
			case readOn && !stops(err):
				actions[i].Unread = unread(err)
			default:
				return err
			}
			progress("reading actions", int(done.Add(1)), len(todo))
			return nil
		})
	}
	return group.Wait()
}

// unread says in brief why something could not be read, with the permission that is missing.
func unread(err error) string {
	text := genesys.Brief(err)
	if api, ok := errors.AsType[*genesys.APIError](err); ok && !strings.Contains(text, api.Permission) {
		text += "; it needs " + api.Permission
	}
	return text
}

// needsReading reports whether the listing does not tell an action's timeout, and it is one that can be managed.
func needsReading(a dataaction.Live) bool {
	return !a.Complete && !a.BuiltIn() && !a.CustomAuth() && a.Unsupported == ""
}

// orDeleted is what was read or, if the action went away after it was listed, the action as listed with the reason why
// it cannot be managed.
func orDeleted(listed, read dataaction.Live, err error) (dataaction.Live, error) {
	if genesys.IsNotFound(err) {
		listed.Unsupported = "it was deleted while it was being read"
		return listed, nil
	}
	return read, err
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
	group := parallel.New()
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
