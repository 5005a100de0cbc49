package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
)

// obj is a JSON object in the making.
type obj = map[string]any

// configBuilder makes a flow's configuration in the shape that GET /api/v2/flows/{id}/latestconfiguration has: sequences
// (states, tasks, menus) with lists of actions that point at each other, and every setting an expression with its parse
// tree. It notes the data actions that are called, for the configuration's manifest.
type configBuilder struct {
	key      string
	tracking int
	calls    []obj // manifest.dataAction
	services []obj // uiMetaData.actionServiceActions
}

// node is an object with a type, a name, an id and a tracking number, as every part of a flow has them.
func (b *configBuilder) node(kind, name string, more obj) obj {
	b.tracking++
	n := obj{
		"__type": kind, "name": name, "trackingId": b.tracking, "id": seedUUID("flow part", b.key, strconv.Itoa(b.tracking)),
		"uiMetaData": obj{"collapsed": false},
	}
	maps.Copy(n, more)
	return n
}

// expression is a setting: its parse tree, its text and its type, the number of the editor's mode that shows it, and what it refers to.
func expression(tree json.RawMessage, text, kind string, mode int, references string) json.RawMessage {
	return raw(`{"config": %s, "text": %q, "type": %q, "uiMetaData": {"mode": %d}, "metaData": {%s}, "version": 2}`, tree, text, kind, mode, references)
}

func literal(text, kind string) json.RawMessage {
	return expression(raw(`{"lit": {"pos": 1, "text": %q, "type": %q}}`, text, kind), text, kind, 1, "")
}

func unsetValue(kind string) json.RawMessage {
	return expression(raw(`{"emp": {"pos": 1, "text": "", "type": %q}}`, kind), "", kind, 3, "")
}

func variable(name, kind string) json.RawMessage {
	id := seedUUID("variable", name)
	return expression(raw(`{"ref": {"pos": 1, "text": %q, "type": %q, "val": %q}}`, name, kind, id), name, kind, 0,
		fmt.Sprintf(`"references": [{"id": %q, "type": %q, "isSysRef": false, "name": %q}]`, id, kind, name))
}

// computed is a duration that is only known when the flow runs.
func computed(seconds string) json.RawMessage {
	const zero = `{"lit": {"pos": 14, "text": "0", "type": "int"}}`
	text := "MakeDuration(0, 0, 0, " + seconds + ")"
	return expression(raw(`{"MakeDuration": {"pos": 1, "text": %q, "type": "dur", "operands": [%s, %s, %s, {"ref": {"pos": 23, "text": %q, "type": "int", "val": %q}}]}}`,
		text, zero, zero, zero, seconds, seedUUID("variable", seconds)), text, "dur", 0, "")
}

// outcome is a way out of a step, with the members that it has besides.
func outcome(label, more string) json.RawMessage {
	return raw(`{"label": %q, "outputId": "__%s__", "uiMetaData": {"collapsed": false}%s}`, label, label, more)
}

// call is a Call Data Action step that takes the action's own timeout; its timeout member stands there unused, with the
// vendor's one minute.
func (b *configBuilder) call(step, category, action string) obj {
	id := seedActionID(category, action)
	n := b.node("DataAction", step, obj{
		"actionId": id, "actionName": action, "category": raw(`{"id": %q, "name": %q}`, category, category),
		"useSuggestedTimeout": true, "timeout": literal("P0D0H1M0S0F", "dur"),
		"inputs": raw(`[{"name": "conversationId", "value": %s}]`, variable("Flow.conversationId", "str")), "outputs": raw(`[]`),
		"errorBindings": raw(`[{"name": "errorCode", "value": %s}, {"name": "status", "value": %s}, {"name": "userMessage", "value": %s}]`,
			unsetValue("str"), unsetValue("int"), unsetValue("str")),
		"processingPrompt": unsetValue("pmt"),
		"paths":            raw(`[%s, %s, %s]`, outcome("SUCCESS", ""), outcome("FAILURE", ""), outcome("TIMEOUT", "")),
	})
	b.note(id, category, action, n)
	return n
}

// callWithin is a Call Data Action step that has a timeout of its own.
func (b *configBuilder) callWithin(step, category, action string, timeout json.RawMessage) obj {
	n := b.call(step, category, action)
	n["useSuggestedTimeout"], n["timeout"] = false, timeout
	return n
}

func (b *configBuilder) note(id, category, action string, step obj) {
	context := obj{"actionName": "Call Data Action", "id": step["id"], "name": step["name"]}
	for _, known := range b.calls {
		if known["id"] == id {
			contexts, _ := known["context"].([]obj)
			known["context"] = append(contexts, context)
			return
		}
	}
	b.calls = append(b.calls, obj{"id": id, "name": action, "context": []obj{context}})
	b.services = append(b.services, obj{"id": id, "name": action, "category": category, "result": "ok"})
}

// chain lets each action point at the next.
func chain(actions []obj) []obj {
	for i := 1; i < len(actions); i++ {
		actions[i-1]["nextAction"] = actions[i]["id"]
	}
	return actions
}

func (b *configBuilder) sequence(kind, name string, actions ...obj) obj {
	return b.node(kind, name, obj{"startAction": actions[0]["id"], "actionList": chain(actions), "variables": raw(`[]`)})
}

func (b *configBuilder) say(text string) obj {
	return b.node("PlayAudioAction", "Play Audio", obj{"prompts": raw(`[{"value": %s}]`, literal(text, "aud"))})
}

func (b *configBuilder) end(kind, name string) obj {
	return b.node(kind, name, obj{"exitReason": unsetValue("str")})
}

// leadsTo is the member of an outcome that points at the first of some actions.
func leadsTo(actions []obj) string { return fmt.Sprintf(`, "nextActionId": %q`, actions[0]["id"]) }

// loop has the actions that it repeats inside itself.
func (b *configBuilder) loop(name string, times string, actions ...obj) obj {
	return b.node("LoopAction", name, obj{
		"loopCount": literal(times, "int"), "actionList": chain(actions),
		"paths": raw(`[%s]`, outcome("LOOP", leadsTo(actions))),
	})
}

// choice has each of its cases' actions inside the case.
func (b *configBuilder) choice(name, on string, cases map[string][]obj) obj {
	var paths []json.RawMessage
	for _, label := range sortedKeys(cases) {
		within := fmt.Sprintf(`, "caseValue": %s, "actionList": %s`, literal(label, "str"), plainJSON(chain(cases[label])))
		paths = append(paths, outcome("CASE", leadsTo(cases[label])+within))
	}
	return b.node("SwitchAction", name, obj{"expression": variable(on, "str"), "paths": append(paths, outcome("DEFAULT", ""))})
}

// menu has one action a key.
func (b *configBuilder) menu(name string, keys map[string]obj) obj {
	var choices []obj
	for _, digit := range sortedKeys(keys) {
		choices = append(choices, b.node("MenuChoice", "Choice "+digit, obj{"digit": digit, "action": keys[digit]}))
	}
	return b.node("Menu", name, obj{"menuChoiceList": choices, "timeout": literal("P0D0H0M7S0F", "dur")})
}

// finish wraps the sequences up as the whole configuration.
func (b *configBuilder) finish(name, kind string, sequences []obj) []byte {
	list := func(l []obj) []byte {
		if l == nil {
			return []byte(`[]`)
		}
		return plainJSON(l)
	}
	return plainJSON(raw(`{
		"name": %q, "type": %q, "nextTrackingNumber": %d, "initialSequence": %q,
		"defaultLanguage": "en-GB", "supportedLanguages": ["en-GB", "da-DK"],
		"supportedLanguageOptions": [{"language": "en-GB"}, {"language": "da-DK"}],
		"uiMetaData": {"bridgeServerActions": [], "screenPops": [], "dataTableTables": [], "actionServiceActions": %s, "state": []},
		"manifest": {"dataAction": %s, "language": [{"id": "en-GB"}, {"id": "da-DK"}], "userPrompt": [], "systemPrompt": []},
		"debugSettings": {}, "defaultSettings": {},
		"errorHandling": {"handlingType": "Disconnect", "queue": %s},
		"flowMetaData": {"flowDocumentVersion": "1.0", "minimumServerVersion": "1.0", "ttsDataVersion": "1.0"},
		"flowSequenceItemList": %s,
		"variables": [{
			"__type": "StringVariable", "id": %q, "name": "Flow.conversationId", "version": "1.0",
			"isCollection": false, "isInput": true, "isOutput": false, "isSecure": false, "initialValue": %s
		}]
	}`, name, kind, b.tracking+1, sequences[0]["id"], list(b.services), list(b.calls), unsetValue("que"), plainJSON(sequences),
		seedUUID("variable", "Flow.conversationId"), unsetValue("str")))
}
