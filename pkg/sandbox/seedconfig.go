package sandbox

import (
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

// expression is a setting: its parse tree, its text and its type.
func expression(tree obj, text, kind string, mode int) obj {
	return obj{"config": tree, "text": text, "type": kind, "uiMetaData": obj{"mode": mode}, "metaData": obj{}, "version": 2}
}

func literal(text, kind string) obj {
	return expression(obj{"lit": obj{"pos": 1, "text": text, "type": kind}}, text, kind, 1)
}

func unsetValue(kind string) obj {
	return expression(obj{"emp": obj{"pos": 1, "text": "", "type": kind}}, "", kind, 3)
}

func variable(name, kind string) obj {
	id := seedUUID("variable", name)
	v := expression(obj{"ref": obj{"pos": 1, "text": name, "type": kind, "val": id}}, name, kind, 0)
	v["metaData"] = obj{"references": []obj{{"id": id, "type": kind, "isSysRef": false, "name": name}}}
	return v
}

// computed is a duration that is only known when the flow runs.
func computed(seconds string) obj {
	text := "MakeDuration(0, 0, 0, " + seconds + ")"
	zero := obj{"lit": obj{"pos": 14, "text": "0", "type": "int"}}
	ref := obj{"ref": obj{"pos": 23, "text": seconds, "type": "int", "val": seedUUID("variable", seconds)}}
	return expression(obj{"MakeDuration": obj{"pos": 1, "text": text, "operands": []obj{zero, zero, zero, ref}, "type": "dur"}}, text, "dur", 0)
}

func outcome(label, next string) obj {
	o := obj{"label": label, "outputId": "__" + label + "__", "uiMetaData": obj{"collapsed": false}}
	if next != "" {
		o["nextActionId"] = next
	}
	return o
}

// call is a Call Data Action step that takes the action's own timeout; its timeout member stands there unused, with the
// vendor's one minute.
func (b *configBuilder) call(step, category, action string) obj {
	id := seedActionID(category, action)
	n := b.node("DataAction", step, obj{
		"actionId": id, "actionName": action, "category": obj{"id": category, "name": category},
		"useSuggestedTimeout": true, "timeout": literal("P0D0H1M0S0F", "dur"),
		"inputs": []obj{{"name": "conversationId", "value": variable("Flow.conversationId", "str")}}, "outputs": []obj{},
		"errorBindings": []obj{
			{"name": "errorCode", "value": unsetValue("str")}, {"name": "status", "value": unsetValue("int")},
			{"name": "userMessage", "value": unsetValue("str")},
		},
		"processingPrompt": unsetValue("pmt"),
		"paths":            []obj{outcome("SUCCESS", ""), outcome("FAILURE", ""), outcome("TIMEOUT", "")},
	})
	b.note(id, category, action, n)
	return n
}

// callWithin is a Call Data Action step that has a timeout of its own.
func (b *configBuilder) callWithin(step, category, action string, timeout obj) obj {
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
	return b.node(kind, name, obj{"startAction": actions[0]["id"], "actionList": chain(actions), "variables": []obj{}})
}

func (b *configBuilder) say(text string) obj {
	return b.node("PlayAudioAction", "Play Audio", obj{"prompts": []obj{{"value": literal(text, "aud")}}})
}

func (b *configBuilder) end(kind, name string) obj {
	return b.node(kind, name, obj{"exitReason": unsetValue("str")})
}

// loop has the actions that it repeats inside itself.
func (b *configBuilder) loop(name string, times string, actions ...obj) obj {
	return b.node("LoopAction", name, obj{
		"loopCount": literal(times, "int"), "actionList": chain(actions),
		"paths": []obj{outcome("LOOP", fmt.Sprint(actions[0]["id"]))},
	})
}

// choice has each of its cases' actions inside the case.
func (b *configBuilder) choice(name, on string, cases map[string][]obj) obj {
	var paths []obj
	for _, label := range sortedKeys(cases) {
		p := outcome("CASE", fmt.Sprint(cases[label][0]["id"]))
		p["caseValue"], p["actionList"] = literal(label, "str"), chain(cases[label])
		paths = append(paths, p)
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
	list := func(l []obj) []obj {
		if l == nil {
			return []obj{}
		}
		return l
	}
	return plainJSON(obj{
		"name": name, "type": kind, "nextTrackingNumber": b.tracking + 1, "initialSequence": sequences[0]["id"],
		"defaultLanguage": "en-GB", "supportedLanguages": []string{"en-GB", "da-DK"},
		"supportedLanguageOptions": []obj{{"language": "en-GB"}, {"language": "da-DK"}},
		"uiMetaData":               obj{"bridgeServerActions": []obj{}, "screenPops": []obj{}, "dataTableTables": []obj{}, "actionServiceActions": list(b.services), "state": []obj{}},
		"manifest":                 obj{"dataAction": list(b.calls), "language": []obj{{"id": "en-GB"}, {"id": "da-DK"}}, "userPrompt": []obj{}, "systemPrompt": []obj{}},
		"debugSettings":            obj{}, "defaultSettings": obj{},
		"errorHandling":        obj{"handlingType": "Disconnect", "queue": unsetValue("que")},
		"flowMetaData":         obj{"flowDocumentVersion": "1.0", "minimumServerVersion": "1.0", "ttsDataVersion": "1.0"},
		"flowSequenceItemList": sequences,
		"variables": []obj{{
			"__type": "StringVariable", "id": seedUUID("variable", "Flow.conversationId"), "name": "Flow.conversationId", "version": "1.0",
			"isCollection": false, "isInput": true, "isOutput": false, "isSecure": false, "initialValue": unsetValue("str"),
		}},
	})
}
