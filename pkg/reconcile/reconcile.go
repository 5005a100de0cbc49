// Package reconcile fetches live state concurrently and applies a plan. It knows which requests a run needs and in
// which order; what a request looks like is package genesys' matter, and what differs is package plan's.
//
// It names package genesys' client instead of hiding it behind an interface: there is one client, its
// errors decide what may be written again, and the tests run it against real HTTP. What differs between the two API
// surfaces is the small interface surface, below.
package reconcile

import (
	"context"
	"errors"
	"sync"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// Reconciler runs fetches and applies against one surface of one organisation.
type Reconciler struct {
	client  *genesys.Client
	surface surface
	options Options

	me           sync.Mutex // guards the two below
	organization *dataaction.Organization
	unread       error
}

// Options say how a run goes.
type Options struct {
	// Concurrency is how many actions are written at once; at least 1.
	Concurrency int
	// FailFast starts no further write after the first failure.
	FailFast bool
	// ReadOn marks an action that Fetch cannot read Unread, and a flow Unreadable, and goes on with the others. Without
	// it that is Fetch's error.
	ReadOn bool
	// Callers says for which entries Fetch asks the dependency index who calls them.
	Callers plan.Callers
	// Explain puts an error into words for the report.
	Explain func(error) Explanation
	// Diff shows how a document that was written differs from the one that was read; nil where nobody looks. It is
	// called from several goroutines, and so that no document is kept.
	Diff func(before, after []byte) string
	// Progress is told how far a phase is: done of total. It may be nil, and is called from several goroutines.
	Progress func(phase string, done, total int)
	// Sleep waits, or gives ctx's error; nil is real time. Backoff jitter comes on top of what it is asked for.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Explanation is an error in words: what a Result carries of it.
type Explanation struct {
	Code, Message, Hint string
	HTTPStatus          int
	CorrelationID       string
}

// maxGoroutines bounds what waits for the client, which itself bounds the requests in flight.
const maxGoroutines = 64

// surface is what fetching and applying need of an API surface.
type surface interface {
	// fetch reads what the manifests name.
	fetch(ctx context.Context, desired dataaction.Desired) (plan.Live, error)
	// inventory reads all that a scope takes in.
	inventory(ctx context.Context, scope Scope) (plan.Live, error)
	// open reads one action afresh, for writing.
	open(ctx context.Context, c plan.Change) (*genesys.Document, error)
	// readBack reads actions again after writing, each into its own slot. What a request that fails was for is marked
	// so, and nothing else.
	readBack(ctx context.Context, changes []plan.Change) []reading
}

// New makes a reconciler for a surface.
func New(client *genesys.Client, api dataaction.API, o Options) *Reconciler {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if api == dataaction.Flows {
		return &Reconciler{client: client, surface: flowsSurface{client, o.Progress, o.ReadOn}, options: o}
	}
	return &Reconciler{client: client, surface: integrationsSurface{client, o.Progress, o.ReadOn, o.Callers}, options: o}
}

// Fetch reads what the manifests name, concurrently and under the API's rate limit, and which organisation it is. What
// does not exist is left out: the plan says so. What is known to exist and could not be read is marked. Any other
// failure to read is an error, never an absence.
//
// If the manifest says which organisation it is for, that is compared first: another one is a *WrongOrganization, and
// nothing else is read.
func (r *Reconciler) Fetch(ctx context.Context, desired dataaction.Desired) (plan.Live, error) {
	if _, err := r.Guard(ctx, desired.OrgID); err != nil {
		return plan.Live{}, err
	}
	var live plan.Live
	var unread, unasked error
	group, gctx := parallel.WithContext(ctx)
	fetched := make(chan struct{})
	group.Go(func() error {
		defer close(fetched)
		live, unread = r.surface.fetch(gctx, desired)
		return unread
	})
	group.Go(func() error {
		// The first request of a rate window goes alone, and all others wait for it: let it be one that leads on.
		select {
		case <-r.client.Answered():
		case <-fetched:
		}
		_, unasked = r.Organization(gctx)
		return unasked
	})
	if err := group.Wait(); err != nil {
		return plan.Live{}, cause(err, unread, unasked)
	}
	err := r.Identify(ctx, &live)
	return live, err
}

// cause is the error that tells most of those that came together: one of an answer rather than one of a request that
// was not sent because of it. first is returned where none does.
func cause(first error, all ...error) error {
	for _, err := range all {
		if err != nil && !errors.As(err, new(*genesys.RateLimitError)) && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return first
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
