package dataaction

import (
	"strings"
	"time"
)

// Source is a place in a manifest; lines and columns count from 1.
type Source struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Selector picks one action: by ID, or by Name and, where the name alone is not unique, Category and IntegrationID.
type Selector struct {
	ID, Name, Category, IntegrationID string
}

// Matches reports whether the selector picks the action. Names are exact: the API's own name filter is partial.
func (s Selector) Matches(a Action) bool {
	if s.ID != "" {
		return s.ID == a.ID
	}
	return s.Name == a.Name &&
		(s.Category == "" || s.Category == a.Category) &&
		(s.IntegrationID == "" || s.IntegrationID == a.IntegrationID)
}

// FlowSelector picks one flow: by ID, or by Name and, where two flows share it, Type.
type FlowSelector struct {
	ID, Name, Type string
}

// Matches reports whether the selector picks the flow.
func (s FlowSelector) Matches(f Flow) bool {
	if s.ID != "" {
		return s.ID == f.ID
	}
	return s.Name == f.Name && (s.Type == "" || strings.EqualFold(s.Type, f.Type))
}

// Entry is one line of a manifest: this action should have this timeout.
type Entry struct {
	// Flow is the flow the action is listed under; nil for an entry of `actions`.
	Flow    *FlowSelector
	Action  Selector
	Timeout time.Duration
	Source  Source
	// Reason and Owner are one line of text each: why the timeout is what it is, and who to ask.
	Reason, Owner string
	// Until is the last day on which the timeout is meant to hold, as "2026-12-31"; empty forever.
	Until  string
	Accept []Accept
}

// Accept is a warning about an entry that is known and wanted.
type Accept struct {
	// Finding is the code of the warning.
	Finding string
	// Step narrows it to the step of this name; empty means every step of the entry.
	Step   string
	Reason string
	Source Source
}

// FlowEntry is a flow that a manifest names, also where it lists no action.
type FlowEntry struct {
	Flow   FlowSelector
	Source Source
}

// Desired is what the manifests ask for, in the order they ask for it.
type Desired struct {
	API API
	// Environment is as the manifest writes it, at EnvironmentSource; empty where it sets none.
	Environment       string
	EnvironmentSource Source
	// Org is the organisation's name in the manifest and OrgID its guard; empty where the manifest declares none.
	Org, OrgID string
	Flows      []FlowEntry
	Entries    []Entry
	// Files are the manifests read, as named; Digest is "sha256:..." over their names' order and bytes.
	Files  []string
	Digest string
}
