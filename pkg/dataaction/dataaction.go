// Package dataaction says what a Genesys Cloud data action, a flow and a timeout are: the words that every other
// package shares. It does no I/O and imports nothing of this module.
package dataaction

import (
	"strings"
	"time"
)

// API is the surface that holds the data actions.
type API string

const (
	// Integrations is the vendor's public Platform API, /api/v2/integrations/actions.
	Integrations API = "integrations"
	// Flows is the surface where data actions are nested under flows, /api/v2/flows/dataactions.
	Flows API = "flows"
)

// Valid reports whether the surface is one the tool serves.
func (a API) Valid() bool { return a == Integrations || a == Flows }

// Other is the surface to try when this one turns out to be missing.
func (a API) Other() API {
	if a == Flows {
		return Integrations
	}
	return Flows
}

// The two types of action on surface integrations. On surface flows the type is the resource's own ("rest",
// "javascript").
const (
	TypeAction   = "action"
	TypeFunction = "function"
)

// TypeREST is the one type of surface flows whose timeout is kept in milliseconds.
const TypeREST = "rest"

// Action names one data action. Category and IntegrationID are empty on surface flows.
type Action struct {
	ID            string `json:"id,omitempty"`
	Name          string `json:"name,omitempty"`
	Category      string `json:"category,omitempty"`
	IntegrationID string `json:"integration_id,omitempty"`
	Type          string `json:"type,omitempty"`
}

// Flow names one Architect flow. Type is the vendor's in lower case, such as "inboundcall"; FlowType makes it so.
type Flow struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
}

// FlowType is a flow's type as this tool shows it, lower case, from what the API says: "INBOUNDCALL" in listings,
// "INBOUNDCALLFLOW" in the dependency index.
func FlowType(said string) string {
	t := strings.ToLower(said)
	if t == "workflow" {
		return t
	}
	return strings.TrimSuffix(t, "flow")
}

// Organization is the organisation that a token belongs to.
//
// Source: GET /api/v2/organizations/me.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Prefixes of ids on surface integrations. Source: the vendor's Terraform provider, packages integration_action and
// integration_custom_auth_action.
const (
	staticPrefix     = "static_-_"
	customAuthPrefix = "customAuth"
)

// BuiltIn reports whether the action belongs to Genesys: it can be read and not be changed.
func (a Action) BuiltIn() bool { return strings.HasPrefix(a.ID, staticPrefix) }

// CustomAuth reports whether the id is that of a custom authentication action, for which timeoutSeconds is invalid.
func (a Action) CustomAuth() bool { return strings.HasPrefix(a.ID, customAuthPrefix) }

// IsFunctionCategory reports whether a category marks function data actions: it contains "function data action" in any
// case, with "_" and "-" read as blanks. Source: the vendor's Terraform provider.
func IsFunctionCategory(category string) bool {
	return strings.Contains(blanks.Replace(strings.ToLower(category)), "function data action")
}

var blanks = strings.NewReplacer("_", " ", "-", " ")

// Live is a data action as the API shows it.
type Live struct {
	Action
	// Flow is the flow that owns the action on surface flows, and nil on surface integrations.
	Flow *Flow
	// Version is what a write must repeat (optimistic locking). For a function data action it is the published action's.
	Version int64
	// Timeout is nil where none is set: the platform's default rules, and "unset" is not zero.
	Timeout *time.Duration
	// Unit is what the timeout is counted in; 0 where that is not known.
	Unit time.Duration
	// Complete is false where the listing left the timeout out and the action has to be read singly.
	Complete bool
	// Unsupported says why the action's timeout cannot be managed; empty where it can.
	Unsupported string
	// Unread says why the timeout could not be read, such as a missing permission; empty where it could.
	Unread string
	// Secure is true for an action that only secure flows call: the dependency index knows it as SECUREACTION.
	Secure bool
	// Draft is true where an unpublished draft of the action exists.
	Draft bool
}

// FlowVersions says which version of a flow is live. Version ids are text, such as "3.0".
type FlowVersions struct {
	// Published is empty where the flow was never published: no caller meets it.
	Published string
	// Saved is the latest saved version; other than Published, there are changes that are not live.
	Saved string
	// Inactive is true where the API says "active": false.
	Inactive bool
}

// Step is a step of a flow's configuration that calls a data action: Call Data Action or Call Secure Data Action.
type Step struct {
	Name       string
	TrackingID int64
	ActionID   string
	ActionName string
	// Suggested is true where the step takes the action's own timeout.
	Suggested bool
	// Timeout is the step's own; nil where it has none or it is not a literal.
	Timeout *time.Duration
	// Expression is the text of a step timeout that is computed when the flow runs; empty for a literal.
	Expression string
}

// Calls is what a flow's configuration says of data actions: those it refers to, and the steps that call them, in the
// configuration's order.
type Calls struct {
	// Flow is the flow as its configuration names it: Name and Type, empty where it does not say.
	Flow    Flow
	Actions []Action
	Steps   []Step
	// Flows are the common modules, bot flows and digital bot flows that the flow calls, each once. Types are
	// "commonmodule", "bot" and "digitalbot".
	Flows []Flow
}
