package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/spelling"
)

// AllOrganizations selects every declared organisation.
const AllOrganizations = "all"

// Choose returns what the chosen organisations should have, in the order that the manifest declares them. Names come
// from --org, else from GENESYS_ORG (comma separated). A manifest without organisations has one, without a name; if
// one is declared, that one is the default. flagEnvironment, and the environment variables, must agree with the
// environment of each chosen organisation.
//
// Errors: UsageError, SettingsError.
func Choose(m manifest.Manifest, names []string, getenv func(string) string, flagEnvironment string) (
	[]dataaction.Desired, error,
) {
	return ChooseFrom("--org", m, names, getenv, flagEnvironment)
}

// ChooseFrom is Choose for names that come from elsewhere; errors call it from.
func ChooseFrom(from string, m manifest.Manifest, names []string, getenv func(string) string, flagEnvironment string) (
	[]dataaction.Desired, error,
) {
	if len(names) == 0 && getenv("GENESYS_ORG") != "" {
		from, names = "GENESYS_ORG", strings.Split(getenv("GENESYS_ORG"), ",")
	}
	declared := make([]string, len(m.Organizations))
	for i, o := range m.Organizations {
		declared[i] = o.Name
	}
	chosen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, UsageError{errors.New(from + " has an empty name"), UnsetHint}
		case len(declared) == 0:
			return nil, UsageError{fmt.Errorf("%s names %q, but the manifest declares no organizations", from, name),
				"leave " + from + " out, or declare `organizations:` in the manifest"}
		case name != AllOrganizations && !slices.Contains(declared, name):
			return nil, unknownOrganization(from, name, declared)
		}
		chosen[name] = true
	}
	switch {
	case len(declared) == 0:
		return []dataaction.Desired{m.Desired("")}, nil
	case len(names) == 0 && len(declared) > 1:
		return nil, UsageError{fmt.Errorf("the manifest declares several organizations: %s", strings.Join(declared, ", ")),
			"choose with --org NAME (repeatable) or --org all, or set GENESYS_ORG"}
	}
	var desired []dataaction.Desired
	for _, name := range declared {
		if len(names) > 0 && !chosen[AllOrganizations] && !chosen[name] {
			continue
		}
		d := m.Desired(name)
		if err := sameEnvironment(d, ReadSettings(getenv, flagEnvironment, "")); err != nil {
			return nil, err
		}
		desired = append(desired, d)
	}
	return desired, nil
}

func unknownOrganization(from, name string, declared []string) error {
	hint := "declared: " + strings.Join(declared, ", ")
	near := spelling.Near(name, declared)
	switch {
	case spelling.Twin(name, near) != "":
		hint = spelling.DidYouMean(name, near...)
	case len(near) > 0:
		hint = spelling.DidYouMean(name, near...) + " (" + hint + ")"
	}
	return UsageError{fmt.Errorf("%s: the manifest declares no organization %q", from, name), hint}
}

// sameEnvironment refuses a flag or variable that contradicts an organisation's environment.
func sameEnvironment(d dataaction.Desired, s Settings) error {
	said := s.SaidEnvironment()
	if said == "" {
		return nil
	}
	got, err := genesys.ResolveEnvironment(said)
	if err != nil {
		return SettingsError{EnvironmentSetting, err}
	}
	want, err := genesys.ResolveEnvironment(d.Environment)
	if err != nil {
		return SettingsError{EnvironmentSetting, err}
	}
	if got != want {
		return UsageError{
			fmt.Errorf("%s is %q, but organization %q is on %s", s.Environment.Name, said, d.Org, want),
			"unset " + s.Environment.Name + ": the manifest says where its organizations are",
		}
	}
	return nil
}

// SidesOf sets plans of several organisations side by side, each with its domain or why it failed.
func SidesOf(outcomes []Outcome[plan.Document]) (sides report.Sides) {
	for _, out := range outcomes {
		side := report.Side{Org: out.Desired.Org, Environment: out.Desired.Environment}
		if domain, err := genesys.ResolveEnvironment(side.Environment); err == nil {
			side.Environment = domain
		}
		if out.Err != nil {
			f := FailureOf(out.Err)
			side.Failure = &f
		} else {
			side.Doc = &out.Value
		}
		sides = append(sides, side)
	}
	return sides
}

// Outcome is what a run came to for one organisation.
type Outcome[T any] struct {
	Desired dataaction.Desired
	Value   T
	Err     error
}

// EachOrganization runs do for all organisations at once and returns the outcomes in their order. An error of one does
// not stop the others; a panic is a *Defect.
//
// Budget: organisations share nothing, so each costs the requests that it would cost alone, in its own rate window.
func EachOrganization[T any](ctx context.Context, orgs []dataaction.Desired,
	do func(context.Context, dataaction.Desired) (T, error),
) []Outcome[T] {
	outcomes := make([]Outcome[T], len(orgs))
	var group sync.WaitGroup
	for i, d := range orgs {
		group.Go(func() {
			out := &outcomes[i]
			out.Desired = d
			defer func() {
				if defect := recover(); defect != nil {
					out.Err = &Defect{defect, debug.Stack()}
				}
			}()
			out.Value, out.Err = do(ctx, d)
		})
	}
	group.Wait()
	return outcomes
}
