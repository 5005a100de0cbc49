package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sequences makes the content of one version of a flow.
type sequences func(b *configBuilder) []obj

// seedFlow is one of the seeded flows. Listings spell the type as here; configurations have it in lower case.
type seedFlow struct {
	key, name, kind, description string
	live                         sequences // the published version, nil for a flow that was never published
	saved                        sequences // a later saved version, nil where the published one is the latest
	before                       sequences // an earlier published version, nil if none
	inactive                     bool      // "active": false, and no saved version
}

func seedFlows() []seedFlow {
	return []seedFlow{
		{key: "support", name: "Inbound Support", kind: "INBOUNDCALL", live: supportFlow, saved: supportFlowSaved,
			description: "The service number: who calls, and what about"},
		{key: "digital", name: "Inbound Support", kind: "DIGITALBOT", live: digitalFlow,
			description: "Messages on the website and in the app"},
		{key: "queue", name: "Support In-Queue", kind: "INQUEUECALL", live: queueFlow,
			description: "While callers wait"},
		{key: "followup", name: "Order Follow-up", kind: "WORKFLOW", live: followUpFlow, saved: followUpFlowSaved,
			before: followUpFlow, description: "After a delivery went wrong"},
		{key: "identify", name: "Identify Caller", kind: "COMMONMODULE", live: identifyFlow,
			description: "Used by several call flows"},
		{key: "payment", name: "Card Payment", kind: "SECURECALL", live: paymentFlow,
			description: "Takes a card's number without an agent hearing it"},
		{key: "verify", name: "Verify Caller", kind: "COMMONMODULE", live: verifyFlow,
			description: "Asks for a PIN; calls Identify Caller, which calls it"},
		{key: "intent", name: "Ask Intent", kind: "BOT", live: intentFlow,
			description: "Asks callers what it is about"},
		{key: "messages", name: "Web Messages", kind: "INBOUNDSHORTMESSAGE", live: messagesFlow,
			description: "Hands messages to the digital bot"},
		{key: "holidays", name: "Christmas Hours", kind: "INBOUNDCALL", live: holidaysFlow, inactive: true,
			description: "Switched off in January"},
		{key: "reminder", name: "Delivery Reminder", kind: "OUTBOUNDCALL", saved: reminderFlow,
			description: "In the making"},
	}
}

func (o seedOrg) flowID(key string) string { return o.uuid("flow", key) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// seededFlow is the seeded flow with this key.
func seededFlow(key string) seedFlow {
	all := seedFlows()
	i := slices.IndexFunc(all, func(f seedFlow) bool { return f.key == key })
	return all[i]
}

// published is the id of the published version.
func (f seedFlow) published() string {
	return fmt.Sprintf("%d.0", 1+seedNumber(30, "flow version", f.key))
}

// add adds the flow to a server.
func (f seedFlow) add(s *Server, o seedOrg) error {
	var opts []FlowOption
	current := f.live
	if f.live == nil {
		current, opts = f.saved, append(opts, NeverPublished())
	} else if f.saved != nil {
		opts = append(opts, SavedAs(f.configuration(o, f.saved)))
	}
	if f.before != nil {
		opts = append(opts, PublishedBefore(f.configuration(o, f.before)))
	}
	if f.inactive {
		opts = append(opts, NeverSaved())
	}
	return s.AddFlow(f.document(o), f.configuration(o, current), opts...)
}

// document is the flow as listings show it.
func (f seedFlow) document(o seedOrg) []byte {
	id := o.flowID(f.key)
	version := func(number, kind string) []byte {
		return raw(`{
			"id": %q, "commitVersion": "1", "configurationVersion": "1", "type": %q, "secure": %t, "debug": false,
			"datePublished": "2026-05-19T07:41:08.112Z", "selfUri": "/api/v2/flows/%s/versions/%[1]s"
		}`, number, kind, f.kind == "SECURECALL", id)
	}
	doc := plainJSON(raw(`{
		"id": %q, "name": %q, "description": %q, "type": %q,
		"division": {"id": "%[5]s", "name": "Home", "selfUri": "/api/v2/authorization/divisions/%[5]s"},
		"active": %t, "system": false, "deleted": false,
		"supportedLanguages": [{"language": "en-GB", "isDefault": true}, {"language": "da-DK"}],
		"selfUri": "/api/v2/flows/%[1]s"
	}`, id, f.name, f.description, f.kind, o.uuid("division"), !f.inactive))
	live := f.published()
	saved := strings.TrimSuffix(live, "0") + "1"
	if f.live != nil {
		doc = withValue(doc, version(live, "PUBLISH"), "publishedVersion")
	}
	switch {
	case f.saved != nil:
		doc = withValue(doc, version(saved, "SAVE"), "savedVersion")
	case !f.inactive:
		doc = withValue(doc, version(live, "PUBLISH"), "savedVersion")
		doc = withValue(doc, version(live, "PUBLISH"), "checkedInVersion")
	}
	return plainJSON(raw("%s", doc))
}

func (f seedFlow) configuration(o seedOrg, content sequences) []byte {
	b := &configBuilder{org: o, key: f.key}
	return b.finish(f.name, strings.ToLower(f.kind), content(b))
}
