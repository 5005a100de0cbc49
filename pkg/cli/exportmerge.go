package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// mergeable reads the manifest that is merged into; one with mistakes is refused before anything is fetched.
func (a *app) mergeable(o exportOptions) ([]byte, dataaction.Desired, error) {
	existing, err := os.ReadFile(o.merge)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, dataaction.Desired{}, fileError{fmt.Errorf("there is no manifest %q to merge into; make one with --out", o.merge)}
	}
	if err != nil {
		return nil, dataaction.Desired{}, fileError{fmt.Errorf("reading manifest: %w", err)}
	}
	desired, err := a.load(manifestFlags{files: []string{o.merge}})
	if err == nil && o.api != "" && desired.API != o.api {
		err = usageError{fmt.Errorf("manifest %q is for surface %s, and --api says %s", o.merge, desired.API, o.api), ""}
	}
	return existing, desired, err
}

// present tells which live actions a manifest lists already, by whatever it calls them: a second entry by another name for the
// same action would be a conflict. On surface integrations it does not matter under which flow. An entry that means one of
// several actions of a name holds all of them off, unless it says which.
func present(desired dataaction.Desired) func(*dataaction.Live) bool {
	byID, byName := map[string][]*dataaction.Entry{}, map[string][]*dataaction.Entry{}
	for i := range desired.Entries {
		e := &desired.Entries[i]
		if e.Action.ID != "" {
			byID[e.Action.ID] = append(byID[e.Action.ID], e)
		} else {
			byName[e.Action.Name] = append(byName[e.Action.Name], e)
		}
	}
	return func(a *dataaction.Live) bool {
		for _, e := range slices.Concat(byID[a.ID], byName[a.Name]) {
			if e.Action.Matches(a.Action) && (desired.API != dataaction.Flows || a.Flow != nil && e.Flow != nil && e.Flow.Matches(*a.Flow)) {
				return true
			}
		}
		return false
	}
}
