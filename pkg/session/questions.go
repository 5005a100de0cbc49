package session

import (
	"cmp"
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
)

// ChooseOptional loads manifests and chooses among their organisations, for commands that work without a manifest:
// none given and no default means an empty one, unless organisations are named, which only a manifest can declare.
// The API of what is returned is the surface.
//
// Errors: those of LoadManifest and Choose.
func ChooseOptional(ctx context.Context, env Env, m Manifests, orgs []string, flagEnvironment string) (
	[]dataaction.Desired, error,
) {
	loaded, err := LoadManifest(ctx, env, m)
	if errors.Is(err, manifest.ErrNoManifest) && len(m.Files) == 0 {
		loaded, err = manifest.Manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	chosen, err := Choose(loaded, orgs, env.Getenv, flagEnvironment)
	for i := range chosen {
		chosen[i].API = cmp.Or(m.API, chosen[i].API, dataaction.Integrations)
	}
	return chosen, err
}

// Organization reads which organisation the token belongs to; nil means the API refused to say.
func (s *Session) Organization(ctx context.Context) (*dataaction.Organization, error) {
	return s.reconciler.Organization(ctx)
}

// Known is what a session finds out about one action beside its timeout.
type Known struct {
	// Live holds the flows that call the action, for plan.CallersOf. CallersErr says why they are not known.
	Live       plan.Live
	CallersErr string
	// LastChange is nil where the audit has none; LastChangeErr says why it did not answer.
	LastChange    *plan.LastChange
	LastChangeErr string
}

// Ask finds out who calls each action and who changed it last, in the order given. What the API refuses is part of the
// answer; the error is ctx's.
func (s *Session) Ask(ctx context.Context, actions []dataaction.Live) ([]Known, error) {
	known := make([]Known, len(actions))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(DefaultConcurrency)
	for i, a := range actions {
		k := &known[i]
		group.Go(func() error {
			var err error
			if k.Live, err = s.reconciler.Callers(gctx, a); err != nil {
				k.CallersErr = genesys.Brief(err)
			}
			return nil
		})
		group.Go(func() error {
			var err error
			if k.LastChange, err = s.reconciler.LastChange(gctx, a.ID, s.env.Now()); err != nil {
				k.LastChangeErr = genesys.Brief(err)
			}
			return nil
		})
	}
	err := group.Wait()
	s.env.Progress.Clear()
	if err == nil {
		err = ctx.Err()
	}
	return known, err
}
