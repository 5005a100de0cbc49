package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/session"
)

// Mergeable are manifests to merge into.
type Mergeable struct {
	manifest.Manifest
	// Files are all files together; the one at At gets what is missing.
	Files []manifest.File
	At    int
}

// Into is the name of the file that gets what is missing; empty without files.
func (m Mergeable) Into() string {
	if len(m.Files) == 0 {
		return ""
	}
	return m.Files[m.At].Name
}

// ReadMergeable reads the manifests to merge into: files and folders. into names the one that gets what is missing;
// empty means the only one. A file that does not exist yet is made. Manifests with problems are refused before anything
// is fetched.
func ReadMergeable(ctx context.Context, env session.Env, paths []string, into string, api dataaction.API) (
	m Mergeable, err error,
) {
	for _, name := range paths {
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return m, session.FileError{Err: fmt.Errorf("manifest %q does not exist; create one with --out", name)}
		}
	}
	if m.Manifest, err = session.LoadManifest(ctx, env, session.Manifests{Files: paths}); err != nil {
		return m, err
	}
	all := m.Desired("")
	if api != "" && all.API != api {
		return m, session.UsageError{
			Err: fmt.Errorf("manifest %q is for surface %s, but --api is %s", paths[0], all.API, api)}
	}
	if m.Files, err = session.ReadManifests(ctx, all); err != nil {
		return m, err
	}
	return m, m.choose(into)
}

// choose finds the file that gets what is missing.
func (m *Mergeable) choose(into string) error {
	names := make([]string, len(m.Files))
	for i, f := range m.Files {
		names[i] = f.Name
	}
	m.At = slices.IndexFunc(names, func(name string) bool { return name == into || session.SameFile(name, into) })
	switch {
	case into == "" && len(names) == 1:
		m.At = 0
	case into == "":
		return session.UsageError{
			Err:  fmt.Errorf("--merge has %d files: %s", len(names), strings.Join(names, ", ")),
			Hint: "name the one that gets the new entries with --into",
		}
	case m.At < 0:
		if _, err := os.Lstat(into); !errors.Is(err, fs.ErrNotExist) {
			return session.UsageError{Err: fmt.Errorf("--into %q exists and is not one of the files of --merge", into),
				Hint: "name it with --merge as well"}
		}
		m.At = len(m.Files)
		m.Files = append(m.Files, manifest.File{Name: into})
	}
	return nil
}

// Merge adds what the manifests lack of an output. Entries of which nothing is live are in the result's Gone.
func (m Mergeable) Merge(out manifest.Output, read []Inventory) (manifest.Merged, error) {
	live := map[string]func(dataaction.Entry) bool{}
	for _, r := range read {
		live[r.Desired.Org] = r.exists()
	}
	return manifest.MergeFiles(m.Files, m.Into(), out, func(org string, e dataaction.Entry) bool {
		exists := live[org]
		return exists == nil || exists(e)
	})
}

// exists tells whether the action of an entry is live. On surface flows that is unknown for flows that were not read.
func (r Inventory) exists() func(dataaction.Entry) bool {
	byID, byName := map[string][]*dataaction.Live{}, map[string][]*dataaction.Live{}
	for i := range r.Live.Actions {
		a := &r.Live.Actions[i]
		byID[a.ID] = append(byID[a.ID], a)
		byName[a.Name] = append(byName[a.Name], a)
	}
	return func(e dataaction.Entry) bool {
		if r.Desired.API == dataaction.Flows && !r.known(e.Flow) {
			return true
		}
		return slices.ContainsFunc(slices.Concat(byID[e.Action.ID], byName[e.Action.Name]), func(a *dataaction.Live) bool {
			inFlow := r.Desired.API != dataaction.Flows || a.Flow != nil && e.Flow.Matches(*a.Flow)
			return inFlow && e.Action.Matches(a.Action)
		})
	}
}

// known reports whether all actions of the flows that a selector names are known.
func (r Inventory) known(f *dataaction.FlowSelector) bool {
	there := r.whole
	for _, l := range r.Live.Flows {
		if f != nil && f.Matches(l.Flow) {
			if l.Unreadable != "" {
				return false
			}
			there = true
		}
	}
	return there
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
