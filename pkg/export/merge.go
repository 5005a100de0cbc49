package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/session"
)

// Mergeable reads the manifest to merge into. One with problems is refused before anything is fetched.
func Mergeable(
	ctx context.Context, env session.Env, name string, api dataaction.API,
) ([]byte, dataaction.Desired, error) {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		err := fmt.Errorf("manifest %q does not exist; create one with --out", name)
		return nil, dataaction.Desired{}, session.FileError{Err: err}
	}
	desired, err := session.Load(ctx, env, session.Manifests{Files: []string{name}})
	if err != nil {
		return nil, desired, err
	}
	if api != "" && desired.API != api {
		err := fmt.Errorf("manifest %q is for surface %s, but --api is %s", name, desired.API, api)
		return nil, desired, session.UsageError{Err: err}
	}
	existing, err := os.ReadFile(name)
	if err != nil {
		return nil, desired, session.FileError{Err: fmt.Errorf("reading manifest: %w", err)}
	}
	return existing, desired, nil
}

// Managing tells which entries of a manifest name a live action, whatever they select it by. On surface integrations
// the flow does not matter. An entry with an ambiguous name stands for all its matches.
func Managing(desired dataaction.Desired) func(*dataaction.Live) []*dataaction.Entry {
	byID, byName := map[string][]*dataaction.Entry{}, map[string][]*dataaction.Entry{}
	for i := range desired.Entries {
		e := &desired.Entries[i]
		if e.Action.ID != "" {
			byID[e.Action.ID] = append(byID[e.Action.ID], e)
		} else {
			byName[e.Action.Name] = append(byName[e.Action.Name], e)
		}
	}
	return func(a *dataaction.Live) (out []*dataaction.Entry) {
		for _, e := range slices.Concat(byID[a.ID], byName[a.Name]) {
			sameFlow := a.Flow != nil && e.Flow != nil && e.Flow.Matches(*a.Flow)
			if e.Action.Matches(a.Action) && (desired.API != dataaction.Flows || sameFlow) {
				out = append(out, e)
			}
		}
		return out
	}
}

// present tells which live actions a manifest lists already: a second entry for the same action would be a conflict.
func present(desired dataaction.Desired) func(*dataaction.Live) bool {
	managing := Managing(desired)
	return func(a *dataaction.Live) bool { return len(managing(a)) > 0 }
}
