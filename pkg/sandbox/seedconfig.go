package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
)

// obj is a JSON object in the making.
type obj = map[string]any

// configBuilder makes a flow's configuration in the shape the API serves: sequences (states, tasks, menus) with lists
// of actions that point at each other, and every setting an expression with its parse tree. It notes what is called,
// for the configuration's manifest.
type configBuilder struct {
	org      seedOrg
	key      string
	tracking int
	manifest map[string][]obj // by list, such as "dataAction"
	services []obj            // uiMetaData.actionServiceActions
}

// node is an object with a type, a name, an id and a tracking number, as every part of a flow has them.
func (b *configBuilder) node(kind, name string, more obj) obj {
	b.tracking++
	n := obj{
		"__type": kind, "name": name, "trackingId": b.tracking,
		"id":         b.org.uuid("flow part", b.key, strconv.Itoa(b.tracking)),
		"uiMetaData": obj{"collapsed": false},
	}
	maps.Copy(n, more)
	return n
}

// expression is a setting: its parse tree, text and type, the editor's mode that shows it, and what it refers to.
func expression(tree json.RawMessage, text, kind string, mode int, references string) json.RawMessage {
	return raw(`{"config": %s, "text": %q, "type": %q, "uiMetaData": {"mode": %d}, "metaData": {%s}, "version": 2}`,
		tree, text, kind, mode, references)
}

func literal(text, kind string) json.RawMessage {
	return expression(raw(`{"lit": {"pos": 1, "text": %q, "type": %q}}`, text, kind), text, kind, 1, "")
}

func unsetValue(kind string) json.RawMessage {
	return expression(raw(`{"emp": {"pos": 1, "text": "", "type": %q}}`, kind), "", kind, 3, "")
}

func variable(name, kind string) json.RawMessage {
	id := seedOrg("").uuid("variable", name)
	return expression(raw(`{"ref": {"pos": 1, "text": %q, "type": %q, "val": %q}}`, name, kind, id), name, kind, 0,
		fmt.Sprintf(`"references": [{"id": %q, "type": %q, "isSysRef": false, "name": %q}]`, id, kind, name))
}

// computed is a duration known only when the flow runs.
func computed(seconds string) json.RawMessage {
	const zero = `{"lit": {"pos": 14, "text": "0", "type": "int"}}`
	text := "MakeDuration(0, 0, 0, " + seconds + ")"
	return expression(raw(`{"MakeDuration": {"pos": 1, "text": %q, "type": "dur", "operands": [
		%s, %s, %s, {"ref": {"pos": 23, "text": %q, "type": "int", "val": %q}}
	]}}`,
		text, zero, zero, zero, seconds, seedOrg("").uuid("variable", seconds)), text, "dur", 0, "")
}

// outcome is a way out of a step, with further members.
func outcome(label, more string) json.RawMessage {
	return raw(`{"label": %q, "outputId": "__%s__", "uiMetaData": {"collapsed": false}%s}`, label, label, more)
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

// leadsTo is the outcome's member that points at the first of some actions.
func leadsTo(actions []obj) string { return fmt.Sprintf(`, "nextActionId": %q`, actions[0]["id"]) }

// loop contains the actions it repeats.
func (b *configBuilder) loop(name string, times string, actions ...obj) obj {
	return b.node("LoopAction", name, obj{
		"loopCount": literal(times, "int"), "actionList": chain(actions),
		"paths": raw(`[%s]`, outcome("LOOP", leadsTo(actions))),
	})
}

// choice contains each case's actions in the case.
func (b *configBuilder) choice(name, on string, cases map[string][]obj) obj {
	var paths []json.RawMessage
	for _, label := range sortedKeys(cases) {
		within := fmt.Sprintf(`, "caseValue": %s, "actionList": %s`, literal(label, "str"), plainJSON(chain(cases[label])))
		paths = append(paths, outcome("CASE", leadsTo(cases[label])+within))
	}
	paths = append(paths, outcome("DEFAULT", ""))
	return b.node("SwitchAction", name, obj{"expression": variable(on, "str"), "paths": paths})
}

// menu has one action per key.
func (b *configBuilder) menu(name string, keys map[string]obj) obj {
	var choices []obj
	for _, digit := range sortedKeys(keys) {
		choices = append(choices, b.node("MenuChoice", "Choice "+digit, obj{"digit": digit, "action": keys[digit]}))
	}
	return b.node("Menu", name, obj{"menuChoiceList": choices, "timeout": literal("P0D0H0M7S0F", "dur")})
}
