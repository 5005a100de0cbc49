package session

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
)

// Manifests say which manifests to load.
type Manifests struct {
	// Files are files, folders and "-" for standard input; none means the default manifest.
	Files []string
	// API overrules the manifests' surface; empty means theirs.
	API dataaction.API
}

// UnsetHint is for an empty name: mostly a variable that is not set.
const UnsetHint = "is a variable unset?"

// One returns the only chosen organisation, for commands that serve one.
func One(chosen []dataaction.Desired) (dataaction.Desired, error) {
	if len(chosen) != 1 {
		return dataaction.Desired{}, UsageError{
			fmt.Errorf("%d organizations are chosen, but this serves one", len(chosen)), "choose one with --org NAME",
		}
	}
	return chosen[0], nil
}

// collectAfter is how many entries leave so much garbage behind, the manifest's YAML nodes, that collecting it at once
// keeps the heap from growing to twice their size: 30,000 entries leave 50 MB. It takes some milliseconds.
const collectAfter = 10_000

// LoadManifest reads and checks manifests for all their organisations; all problems are one *ManifestError. It returns
// when ctx ends, also while a file is being opened (a FIFO without a writer).
func LoadManifest(ctx context.Context, env Env, m Manifests) (manifest.Manifest, error) {
	if slices.Contains(m.Files, "") {
		return manifest.Manifest{}, UsageError{errors.New("--file is empty"), UnsetHint}
	}
	defer collectSeldom(loadPercent, loadLimit)()
	var problems []manifest.Problem
	loaded, err := unlessEnded(ctx, "reading manifest", func() (loaded manifest.Manifest, err error) {
		o := manifest.Options{API: m.API, Stdin: env.Stdin, Domain: genesys.ResolveEnvironment}
		loaded, problems, err = manifest.Load(m.Files, o)
		return loaded, err
	})
	if err == nil && len(problems) > 0 {
		err = &ManifestError{problems}
	}
	if loaded.Entries > collectAfter {
		runtime.GC()
	}
	return loaded, err
}

// unlessEnded runs work that a context cannot stop, such as opening a file, and leaves it behind when ctx ends first.
func unlessEnded[T any](ctx context.Context, what string, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var out outcome
		defer func() {
			if defect := recover(); defect != nil {
				out.err = &Defect{defect, debug.Stack()}
			}
			done <- out
		}()
		out.value, out.err = work()
	}()
	select {
	case out := <-done:
		return out.value, out.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("%s: %w", what, ctx.Err())
	}
}
