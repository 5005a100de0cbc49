package session

import (
	"errors"
	"fmt"

	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
)

// UsageError is a wrong use of the program, with what to do instead.
type UsageError struct {
	Err  error
	Hint string
}

func (e UsageError) Error() string { return e.Err.Error() }
func (e UsageError) Unwrap() error { return e.Err }

// ManifestError holds the problems of manifests: at least one.
type ManifestError struct{ Problems []manifest.Problem }

func (e *ManifestError) Error() string {
	return plan.Count(len(e.Problems), "problem", "problems") + " in the manifest"
}

// Kind of setting, for the hint of a SettingsError.
type Kind int

// The kinds.
const (
	CredentialsSetting Kind = iota
	EnvironmentSetting
	URLSetting
	GatewaySetting
)

// SettingsError is a flag or variable that names no host to connect to, or credentials that cannot be sent.
type SettingsError struct {
	Kind Kind
	Err  error
}

func (e SettingsError) Error() string { return e.Err.Error() }
func (e SettingsError) Unwrap() error { return e.Err }

// FileError is a file that could not be read or written.
type FileError struct{ Err error }

func (e FileError) Error() string { return e.Err.Error() }
func (e FileError) Unwrap() error { return e.Err }

// PlanRefused is a saved plan that must not be applied.
type PlanRefused struct{ Err error }

func (e PlanRefused) Error() string { return e.Err.Error() }
func (e PlanRefused) Unwrap() error { return e.Err }

// NotApplied is a plan that was shown and not applied.
type NotApplied struct{ Err error }

func (e NotApplied) Error() string { return e.Err.Error() }
func (e NotApplied) Unwrap() error { return e.Err }

// ErrDeclined means that the user answered no.
var ErrDeclined = errors.New("not confirmed: nothing was written")

// ErrUnverified means that a command needs to know which organisation it is for, and the API does not say.
var ErrUnverified = errors.New("organization is not verified")

// Defect is a panic that was caught: a mistake in this program.
type Defect struct {
	Value any
	Stack []byte
}

func (e *Defect) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// AdviseUnsupported means that a surface has no measurements.
type AdviseUnsupported struct{}

func (AdviseUnsupported) Error() string {
	return "advise needs surface integrations: surface flows has no measurements"
}
