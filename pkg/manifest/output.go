package manifest

import (
	"slices"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// Output is a manifest to write.
type Output struct {
	// API is the surface; empty: integrations.
	API dataaction.API
	// Environment is a domain or a region; may be empty.
	Environment string
	// Organizations are those that the manifest is for, instead of one environment; may be empty.
	Organizations []Organization
	// Header is comment text for the top.
	Header []string
	Flows  []OutputFlow
	// Actions are the entries that stand under no flow; none on surface flows.
	Actions []OutputEntry
}

// SchemaURL is where editors find the schema: the first line of every new manifest names it.
const SchemaURL = "https://raw.githubusercontent.com/OWNER/genesys-timeouts/main/schema/manifest.schema.json"

// OutputFlow is a flow and the entries below it.
type OutputFlow struct {
	Selector dataaction.FlowSelector
	// Comment follows the flow's id or name; may be empty.
	Comment string
	// Only are the organizations that have the flow; empty: all.
	Only    []string
	Entries []OutputEntry
}

// OutputEntry is an action with its timeout.
type OutputEntry struct {
	Selector dataaction.Selector
	// IDs are the action's ids by organization, beside or instead of a name.
	IDs []OrgID
	// Timeout is nil where none is set, or none that a manifest can say: the entry is then a comment.
	Timeout *time.Duration
	// Timeouts replace Timeout where it differs by organization.
	Timeouts []OrgTimeout
	// Only are the organizations that have the entry; empty: all.
	Only []string
	// Why says why there is no timeout; empty: none is set.
	Why string
	// Comment follows the action's id or name; may be empty.
	Comment string
}

// OrgTimeout is a timeout in one organization.
type OrgTimeout struct {
	Org     string
	Timeout time.Duration
}

// OrgID is an id in one organization.
type OrgID struct{ Org, ID string }

// set reports whether the entry has a timeout.
func (e OutputEntry) set() bool { return e.Timeout != nil || len(e.Timeouts) > 0 }

// isFor reports whether an `only` list, where empty means all, has an organization.
func isFor(only []string, org string) bool { return len(only) == 0 || slices.Contains(only, org) }

// selects are the words that select the entry's action in an organization.
func (e OutputEntry) selects(org string) dataaction.Selector {
	for _, id := range e.IDs {
		if id.Org == org {
			return dataaction.Selector{ID: id.ID}
		}
	}
	return normal(e.Selector)
}

// in is what the entry says of one organization.
func (e OutputEntry) in(org string) (dataaction.Entry, bool) {
	out := dataaction.Entry{Action: e.selects(org)}
	ok := e.Timeout != nil
	if ok {
		out.Timeout = *e.Timeout
	}
	for _, t := range e.Timeouts {
		if t.Org == org {
			out.Timeout, ok = t.Timeout, true
		}
	}
	return out, ok && isFor(e.Only, org)
}
