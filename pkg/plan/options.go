package plan

import "fmt"

// Options say how a plan is judged.
type Options struct {
	// Strict turns warnings into errors, except those that the manifest accepts.
	Strict bool
	// DenyLower makes a lowered timeout an error.
	DenyLower bool
	// MaxChanges limits the number of changes; nil means no limit.
	MaxChanges *ChangeLimit
	// Drift leaves out what only a write can do: timeout-lowered, DenyLower and MaxChanges.
	Drift bool
	// Today is the date that `until` is compared with, such as "2026-11-26". Empty means `until` is not judged.
	Today string
	// EnvironmentOverridden is the message of that warning; empty if the manifest's environment counts.
	EnvironmentOverridden string
	// Selected is what Select was given; nil for the whole manifest.
	Selected *Selected
}

// Callers says for which entries the dependency index is asked who calls them. The zero value is CallersChanged.
type Callers string

// The values of --callers.
const (
	// CallersListed asks for none: only the flows in the manifest are read.
	CallersListed Callers = "listed"
	// CallersChanged asks for the first MostAsked changed actions that no listed flow calls.
	CallersChanged Callers = "changed"
	// CallersAll asks for every entry.
	CallersAll Callers = "all"
)

// MostAsked is the number of actions that CallersChanged asks the dependency index about.
const MostAsked = 25

// ParseCallers reads the value of --callers; empty is the default.
func ParseCallers(s string) (Callers, error) {
	switch c := Callers(s); c {
	case "":
		return CallersChanged, nil
	case CallersListed, CallersChanged, CallersAll:
		return c, nil
	}
	return "", fmt.Errorf("%q is not one of listed, changed and all", s)
}
