package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/spelling"
)

// AllOrganizations is the name that stands for every organisation of a manifest.
const AllOrganizations = "all"

// choose says which of a manifest's organisations a run is for, in the declared order: those that --org or GENESYS_ORG
// names, or the only one. A manifest without organisations is for one without a name.
func choose(m manifest.Manifest, named []string, getenv func(string) string) ([]string, error) {
	from := "--org"
	if len(named) == 0 {
		if list := getenv("GENESYS_ORG"); list != "" {
			from, named = "GENESYS_ORG", strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	var declared []string
	for _, o := range m.Organizations {
		declared = append(declared, o.Name)
	}
	switch {
	case len(declared) == 0 && len(named) > 0:
		return nil, UsageError{fmt.Errorf("%s %q: the manifest declares no organisations", from, named[0]),
			"declare them under `organizations:`, or leave " + from + " out"}
	case len(declared) == 0:
		return []string{""}, nil
	case slices.Contains(named, AllOrganizations), len(named) == 0 && len(declared) == 1:
		return declared, nil
	case len(named) == 0:
		return nil, UsageError{fmt.Errorf("the manifest declares %d organisations: %s", len(declared),
			strings.Join(declared, ", ")), "choose with --org NAME (repeatable), or --org all"}
	}
	for _, name := range named {
		if !slices.Contains(declared, name) {
			return nil, UsageError{fmt.Errorf("%s %q: the manifest declares no such organisation", from, name),
				nearest(name, declared)}
		}
	}
	return slices.DeleteFunc(declared, func(name string) bool { return !slices.Contains(named, name) }), nil
}

func nearest(name string, declared []string) string {
	best := slices.MinFunc(declared, func(a, b string) int { return spelling.Distance(name, a) - spelling.Distance(name, b) })
	if spelling.Distance(name, best) <= max(2, len(name)/3) {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "declared: " + strings.Join(declared, ", ")
}

// sameEnvironment refuses a flag or a variable that names another environment than a declared organisation has: it
// cannot be meant for all of them.
func sameEnvironment(getenv func(string) string, flag string, o manifest.Organization) error {
	said := ReadSettings(getenv, flag, "").Environment
	if said.Source != FromFlag && said.Source != FromVariable {
		return nil
	}
	here, err := genesys.ResolveEnvironment(said.Value)
	if err != nil {
		return SettingsError{EnvironmentSetting, err}
	}
	if declared, err := genesys.ResolveEnvironment(o.Environment); err != nil || declared != here {
		return UsageError{fmt.Errorf("%s is %s, but organisation %q is in %s", said.Name, here, o.Name, o.Environment),
			"unset it; the manifest says where each organisation is"}
	}
	return nil
}

// LoadAll reads manifests, and returns what each chosen organisation should have, in the declared order.
func LoadAll(ctx context.Context, env Env, m Manifests) ([]dataaction.Desired, error) {
	loaded, err := LoadManifest(ctx, env, m)
	if err != nil {
		return nil, err
	}
	names, err := choose(loaded, m.Orgs, env.Getenv)
	if err != nil {
		return nil, err
	}
	for _, o := range loaded.Organizations {
		if !slices.Contains(names, o.Name) {
			continue
		}
		if err := sameEnvironment(env.Getenv, m.Environment, o); err != nil {
			return nil, err
		}
	}
	all := make([]dataaction.Desired, len(names))
	for i, name := range names {
		all[i] = loaded.Desired(name)
	}
	return all, nil
}

// Load reads manifests for a run on one organisation.
func Load(ctx context.Context, env Env, m Manifests) (dataaction.Desired, error) {
	all, err := LoadAll(ctx, env, m)
	if err != nil {
		return dataaction.Desired{}, err
	}
	if len(all) > 1 {
		return dataaction.Desired{}, UsageError{errors.New("this command works on one organisation at a time"),
			"choose one with --org NAME"}
	}
	return all[0], nil
}

// Each runs work for every organisation at the same time and returns the results in order. One that fails or hangs does
// not stop the others.
func Each[T any](all []dataaction.Desired, work func(dataaction.Desired) T) []T {
	results := make([]T, len(all))
	var group sync.WaitGroup
	for i, desired := range all {
		group.Go(func() { results[i] = work(desired) })
	}
	group.Wait()
	return results
}
