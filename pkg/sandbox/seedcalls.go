package sandbox

import "encoding/json"

// call is a Call Data Action step with the action's own timeout; its timeout member is there unused, with the vendor's
// one minute.
func (b *configBuilder) call(step, category, action string) obj {
	return b.callAction("DataAction", "dataAction", step, category, action)
}

// callWithin is a Call Data Action step with its own timeout.
func (b *configBuilder) callWithin(step, category, action string, timeout json.RawMessage) obj {
	return ownTimeout(b.call(step, category, action), timeout)
}

// callSecure is a Call Secure Data Action step, as secure call flows have it for secure actions.
func (b *configBuilder) callSecure(step, category, action string) obj {
	return b.callAction("SecureAction", "secureAction", step, category, action)
}

// ownTimeout gives a step its own timeout.
func ownTimeout(step obj, timeout json.RawMessage) obj {
	step["useSuggestedTimeout"], step["timeout"] = false, timeout
	return step
}

func (b *configBuilder) callAction(kind, list, step, category, action string) obj {
	id := b.org.actionID(category, action)
	n := b.node(kind, step, obj{
		"actionId": id, "actionName": action, "category": raw(`{"id": %q, "name": %q}`, category, category),
		"useSuggestedTimeout": true, "timeout": literal("P0D0H1M0S0F", "dur"),
		"inputs":  raw(`[{"name": "conversationId", "value": %s}]`, variable("Flow.conversationId", "str")),
		"outputs": raw(`[]`),
		"errorBindings": raw(
			`[{"name": "errorCode", "value": %s}, {"name": "status", "value": %s}, {"name": "userMessage", "value": %s}]`,
			unsetValue("str"), unsetValue("int"), unsetValue("str")),
		"processingPrompt": unsetValue("pmt"),
		"paths":            raw(`[%s, %s, %s]`, outcome("SUCCESS", ""), outcome("FAILURE", ""), outcome("TIMEOUT", "")),
	})
	if b.note(list, obj{"id": id, "name": action}, n) {
		b.services = append(b.services, obj{"id": id, "name": action, "category": category, "result": "ok"})
	}
	return n
}

// Kinds of steps that call another flow, and the manifest's list that names it.
var flowCalls = map[string]string{
	"CallCommonModuleAction": "commonModuleFlow", "CallBotFlowAction": "botFlow",
	"CallDigitalBotFlowAction": "digitalBotFlow",
}

// callFlow is a step that calls a common module, a bot flow or a digital bot flow.
func (b *configBuilder) callFlow(kind, step, key string) obj {
	f := seededFlow(key)
	id := b.org.flowID(key)
	n := b.node(kind, step, obj{
		"flowId": id, "flowName": f.name, "inputs": raw(`[]`), "outputs": raw(`[]`),
		"paths": raw(`[%s, %s]`, outcome("SUCCESS", ""), outcome("FAILURE", "")),
	})
	b.note(flowCalls[kind], obj{"id": id, "name": f.name, "version": f.published()}, n)
	return n
}

// note adds what a step calls to a list of the manifest, once, and the step to its context; true where it is new.
func (b *configBuilder) note(list string, entry, step obj) bool {
	context := obj{"actionName": step["__type"], "id": step["id"], "name": step["name"]}
	for _, known := range b.manifest[list] {
		if known["id"] == entry["id"] {
			contexts, _ := known["context"].([]obj)
			known["context"] = append(contexts, context)
			return false
		}
	}
	entry["context"] = []obj{context}
	if b.manifest == nil {
		b.manifest = map[string][]obj{}
	}
	b.manifest[list] = append(b.manifest[list], entry)
	return true
}

// finish is the whole configuration.
func (b *configBuilder) finish(name, kind string, sequences []obj) []byte {
	manifest := obj{
		"dataAction": []obj{}, "language": raw(`[{"id": "en-GB"}, {"id": "da-DK"}]`), "userPrompt": []obj{},
		"systemPrompt": []obj{},
	}
	for list, entries := range b.manifest {
		manifest[list] = entries
	}
	services := b.services
	if services == nil {
		services = []obj{}
	}
	return plainJSON(raw(`{
		"name": %q, "type": %q, "nextTrackingNumber": %d, "initialSequence": %q,
		"defaultLanguage": "en-GB", "supportedLanguages": ["en-GB", "da-DK"],
		"supportedLanguageOptions": [{"language": "en-GB"}, {"language": "da-DK"}],
		"uiMetaData": {
			"bridgeServerActions": [], "screenPops": [], "dataTableTables": [], "actionServiceActions": %s, "state": []
		},
		"manifest": %s,
		"debugSettings": {}, "defaultSettings": {},
		"errorHandling": {"handlingType": "Disconnect", "queue": %s},
		"flowMetaData": {"flowDocumentVersion": "1.0", "minimumServerVersion": "1.0", "ttsDataVersion": "1.0"},
		"flowSequenceItemList": %s,
		"variables": [{
			"__type": "StringVariable", "id": %q, "name": "Flow.conversationId", "version": "1.0",
			"isCollection": false, "isInput": true, "isOutput": false, "isSecure": false, "initialValue": %s
		}]
	}`, name, kind, b.tracking+1, sequences[0]["id"], plainJSON(services), plainJSON(manifest), unsetValue("que"),
		plainJSON(sequences), seedOrg("").uuid("variable", "Flow.conversationId"), unsetValue("str")))
}
