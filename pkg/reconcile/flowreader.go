package reconcile

import (
	"context"
	"errors"
	"sync/atomic"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// flowReader reads flows in their published versions, each once, with the common modules and bot flows that they call.
//
// Budget per flow: one request for its version, shared by up to 100 flows, unless a listing told it; and one for its
// configuration. A flow that the lookup does not know, or whose configuration is gone, costs one more.
type flowReader struct {
	client   *genesys.Client
	progress func(phase string, done, total int)
	flows    []plan.LiveFlow
	at       map[string]int  // positions in flows by id
	done     map[string]bool // ids that were read, or need not be
	gone     map[string]bool // ids of flows that do not exist
}

func newFlowReader(client *genesys.Client, progress func(string, int, int)) *flowReader {
	return &flowReader{client: client, progress: progress, at: map[string]int{}, done: map[string]bool{},
		gone: map[string]bool{}}
}

// know takes in what a listing or lookup said of flows.
func (r *flowReader) know(flows []genesys.Flow) {
	for _, f := range flows {
		if _, ok := r.at[f.ID]; !ok {
			r.add(plan.LiveFlow{Flow: f.Flow, FlowVersions: f.FlowVersions})
		}
	}
}

func (r *flowReader) add(f plan.LiveFlow) {
	r.at[f.ID] = len(r.flows)
	r.flows = append(r.flows, f)
}

// read reads flows, then what they call, level by level, until nothing new turns up. Flows that cannot be read are
// marked Unreadable; those that do not exist are left out. named holds what else is known of flows, by id. Only an
// error that every request would meet is an error.
func (r *flowReader) read(ctx context.Context, ids []string, named map[string]dataaction.Flow) error {
	for len(ids) > 0 {
		var todo []string
		for _, id := range ids {
			if id != "" && !r.done[id] {
				r.done[id] = true
				todo = append(todo, id)
			}
		}
		if err := r.lookUp(ctx, todo, named); err != nil {
			return err
		}
		if err := r.configurations(ctx, todo); err != nil {
			return err
		}
		ids = nil
		for _, id := range todo {
			i, ok := r.at[id]
			if !ok || r.flows[i].Calls == nil {
				continue
			}
			for _, called := range r.flows[i].Calls.Flows {
				ids = append(ids, called.ID)
				if _, ok := named[called.ID]; !ok && named != nil {
					named[called.ID] = called
				}
			}
		}
	}
	return nil
}

// lookUp finds out the versions of those flows that are not known yet.
func (r *flowReader) lookUp(ctx context.Context, ids []string, named map[string]dataaction.Flow) error {
	unknown := r.unknown(ids)
	if len(unknown) > 1 {
		found, err := r.client.FlowsByID(ctx, unknown)
		if stops(err) {
			return err
		}
		r.know(found) // after any other error, and for what is missing, each flow is asked for by itself
		unknown = r.unknown(unknown)
	}
	flows := make([]plan.LiveFlow, len(unknown))
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i, id := range unknown {
		group.Go(func() error {
			f, err := r.client.Flow(ctx, id)
			flows[i] = plan.LiveFlow{Flow: f.Flow, FlowVersions: f.FlowVersions}
			switch _, gone := errors.AsType[*genesys.FlowNotFoundError](err); {
			case gone:
			case stops(err):
				return err
			case err != nil:
				flows[i] = plan.LiveFlow{Flow: named[id], Unreadable: genesys.Brief(err)}
				flows[i].ID = id
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, id := range unknown {
		if flows[i].ID == "" {
			r.gone[id] = true
			continue
		}
		r.add(flows[i])
	}
	return nil
}

func (r *flowReader) unknown(ids []string) (out []string) {
	for _, id := range ids {
		if _, ok := r.at[id]; !ok {
			out = append(out, id)
		}
	}
	return out
}

// configurations reads the published configurations of the flows that have one.
func (r *flowReader) configurations(ctx context.Context, ids []string) error {
	var done atomic.Int64
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for _, id := range ids {
		i, ok := r.at[id]
		if !ok || r.flows[i].Published == "" || r.flows[i].Unreadable != "" {
			continue
		}
		group.Go(func() error {
			err := r.configuration(ctx, &r.flows[i])
			r.progress("reading flows", int(done.Add(1)), len(ids))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, id := range ids {
		if i, ok := r.at[id]; ok && r.flows[i].ID == "" { // deleted meanwhile
			r.gone[id] = true
			delete(r.at, id)
		}
	}
	return nil
}

// configuration reads one flow's published configuration. One that is not there (404) belongs to a flow that was
// deleted or published anew meanwhile, or cannot be read: the flow itself tells which.
func (r *flowReader) configuration(ctx context.Context, f *plan.LiveFlow) error {
	calls, err := r.client.FlowCalls(ctx, f.ID, f.Published)
	if genesys.IsNotFound(err) {
		now, again := r.client.Flow(ctx, f.ID)
		_, gone := errors.AsType[*genesys.FlowNotFoundError](again)
		switch {
		case gone:
			*f = plan.LiveFlow{}
			return nil
		case again == nil && now.Published == "":
			f.FlowVersions = now.FlowVersions
			return nil
		case again == nil && now.Published != f.Published:
			f.FlowVersions = now.FlowVersions
			calls, err = r.client.FlowCalls(ctx, f.ID, f.Published)
		}
	}
	switch {
	case stops(err):
		return err
	case err != nil:
		f.Unreadable = genesys.Brief(err)
	default:
		f.Calls = &calls
	}
	return nil
}

// live are the flows that exist.
func (r *flowReader) live() []plan.LiveFlow {
	var out []plan.LiveFlow
	for _, f := range r.flows {
		if f.ID != "" {
			out = append(out, f)
		}
	}
	return out
}

// stops reports whether an error says nothing about what was asked for: every other request would meet it too.
func stops(err error) bool {
	if err == nil {
		return false
	}
	if api, ok := errors.AsType[*genesys.APIError](err); ok {
		return api.SignIn || api.Status == 401 || api.Status == 429
	}
	if transport, ok := errors.AsType[*genesys.TransportError](err); ok {
		return transport.SignIn || transport.Kind == genesys.FaultCanceled
	}
	if redirect, ok := errors.AsType[*genesys.RedirectError](err); ok {
		return redirect.SignIn
	}
	_, body := errors.AsType[*genesys.BodyError](err)
	return !body
}
