// Package flowconfig reads an Architect flow's configuration for what it says about data actions: the actions it refers
// to, the steps that call them, and the common modules and bot flows it calls. It reads a stream and keeps no document,
// so memory depends on the number of steps, not on the size of the configuration.
//
// The vendor does not document the configuration. The shape comes from public exports and the vendor's Architect
// library: `manifest.dataAction[]` and `manifest.secureAction[]` list the actions, `manifest.commonModuleFlow[]`,
// `manifest.botFlow[]` and `manifest.digitalBotFlow[]` the flows that are called, and any object whose "__type" is
// "DataAction" or "SecureAction", at any depth, is a step. Everything else is skipped, whatever its type.
package flowconfig

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// ErrNotObject reports a configuration that is valid JSON but not an object.
var ErrNotObject = errors.New("not a JSON object")

// Parse reads one version of a flow's configuration. Actions are those of the manifest, then those that only a step
// names, each id once. Errors are wrapped: a *rawjson.SyntaxError for invalid JSON, ErrNotObject, or the reader's own.
func Parse(r io.Reader) (dataaction.Calls, error) {
	c := collector{seen: map[dataaction.Action]bool{}, called: map[string]bool{}}
	if err := rawjson.Scan(r, &c); err != nil {
		return dataaction.Calls{}, fmt.Errorf("reading the flow's configuration: %w", err)
	}
	if !c.object {
		return dataaction.Calls{}, fmt.Errorf("reading the flow's configuration: %w", ErrNotObject)
	}
	for _, s := range c.calls.Steps {
		c.refer(dataaction.Action{ID: s.ActionID, Name: s.ActionName})
	}
	return c.calls, nil
}

// role is what a container means because of where it is.
type role byte

const (
	plain    role = iota
	timeout       // the member "timeout" of some object, which may turn out to be a step
	config        // "config" in it
	literal       // "lit" in that
	computed      // anything else in that: "exp", "ref", ...
	manifest      // "manifest" near the top
	refs          // a list of actions in it
	ref           // an element of that
	flows         // a list of called flows in it
	flow          // an element of that
)

// actionLists and flowLists are the lists of the manifest that matter; flowLists gives the type of the flows in each.
var (
	actionLists = map[string]bool{"dataAction": true, "secureAction": true}
	flowLists   = map[string]string{"commonModuleFlow": "commonmodule", "botFlow": "bot", "digitalBotFlow": "digitalbot"}
)

// frame is a container that is being read.
type frame struct {
	role   role
	object bool
	name   string // of the member being read
	kind   string // of the flows in a list of called flows
	isStep bool   // as "__type" says
	id     string
	step   dataaction.Step
	limit  limit
	// suggested is what useSuggestedTimeout says, and nil where it says nothing.
	suggested *bool
}

// limit is what was read of a step's timeout.
type limit struct {
	text, literal, computed string
	isComputed              bool
}

type collector struct {
	calls  dataaction.Calls
	frames []frame
	object bool
	seen   map[dataaction.Action]bool
	called map[string]bool // ids of the flows in calls
}

// Begin, End, Name, String and Literal make the collector a rawjson.Handler.
func (c *collector) Begin(bracket byte) {
	f := frame{object: bracket == '{'}
	if n := len(c.frames); n == 0 {
		c.object = f.object
	} else {
		parent := &c.frames[n-1]
		f.role = c.child(parent, n, f.object)
		switch f.role {
		case flows:
			f.kind = flowLists[parent.name]
		case flow:
			f.kind = parent.kind
		}
	}
	if f.role == computed {
		c.owner(2).limit.isComputed = true
	}
	c.frames = append(c.frames, f)
}

// child is the role of a container in parent, which is the depth-th from the top.
func (c *collector) child(parent *frame, depth int, object bool) role {
	switch {
	case parent.role == refs && object:
		return ref
	case parent.role == flows && object:
		return flow
	case parent.role == manifest && actionLists[parent.name] && !object:
		return refs
	case parent.role == manifest && flowLists[parent.name] != "" && !object:
		return flows
	case parent.role == config && parent.name != "lit" && parent.name != "emp":
		return computed
	case !object:
		return plain
	case parent.role == config && parent.name == "lit":
		return literal
	case parent.role == timeout && parent.name == "config":
		return config
	case parent.name == "manifest" && depth <= 2:
		return manifest
	case parent.name == "timeout":
		return timeout
	}
	return plain
}

// owner is the frame that many levels above the innermost.
func (c *collector) owner(up int) *frame { return &c.frames[len(c.frames)-1-up] }

// Name: see Begin.
func (c *collector) Name(raw []byte) {
	f := c.owner(0)
	if f.name = known(raw); f.name == "timeout" {
		f.limit = limit{} // the last of two counts
	}
}

// String: see Begin.
func (c *collector) String(raw []byte) { c.scalar(raw, true) }

// Literal takes numbers and words; null says nothing.
func (c *collector) Literal(raw []byte) {
	if raw[0] != 'n' {
		c.scalar(raw, false)
	}
}

func (c *collector) scalar(raw []byte, quoted bool) {
	if len(c.frames) == 0 || c.owner(0).name == "" {
		return // the whole document, or an array's element
	}
	f := c.owner(0)
	switch {
	case f.role == timeout && f.name == "text":
		c.owner(1).limit.text = unquote(raw)
	case f.role == literal && f.name == "text":
		c.owner(3).limit.literal = unquote(raw)
	case f.role == computed && f.name == "text":
		c.owner(3).limit.computed = unquote(raw)
	case f.role == config && f.name == "lit":
		c.owner(2).limit.literal = unquote(raw)
	case f.role == config && f.name == other && quoted:
		c.owner(2).limit.computed, c.owner(2).limit.isComputed = unquote(raw), true
	case len(c.frames) == 1 && f.name == "name":
		c.calls.Flow.Name = unquote(raw)
		f.member(raw)
	case len(c.frames) == 1 && f.name == "type":
		c.calls.Flow.Type = dataaction.FlowType(unquote(raw))
	default:
		f.member(raw)
	}
}

// member takes a scalar member of an object that may be a step, or a reference in the manifest.
func (f *frame) member(raw []byte) {
	switch f.name {
	case "__type":
		kind := unquote(raw)
		f.isStep = kind == "DataAction" || kind == "SecureAction"
	case "id":
		f.id = unquote(raw)
	case "name":
		f.step.Name = unquote(raw)
	case "actionId":
		f.step.ActionID = unquote(raw)
	case "actionName":
		f.step.ActionName = unquote(raw)
	case "trackingId":
		f.step.TrackingID = integer(unquote(raw))
	case "timeout":
		f.limit = limit{text: unquote(raw)}
	case "useSuggestedTimeout":
		f.suggested = nil
		if yes, err := strconv.ParseBool(strings.ToLower(unquote(raw))); err == nil {
			f.suggested = &yes
		}
	}
}

// End: see Begin.
func (c *collector) End() {
	f := c.owner(0)
	if f.isStep {
		c.calls.Steps = append(c.calls.Steps, f.whole())
	}
	switch {
	case f.role == ref:
		c.refer(dataaction.Action{ID: f.id, Name: f.step.Name})
	case f.role == flow && f.id != "" && !c.called[f.id]:
		c.called[f.id] = true
		c.calls.Flows = append(c.calls.Flows, dataaction.Flow{ID: f.id, Name: f.step.Name, Type: f.kind})
	}
	c.frames = c.frames[:len(c.frames)-1]
}

// refer adds an action that the flow refers to, once.
func (c *collector) refer(a dataaction.Action) {
	key := a
	if a.ID != "" {
		key.Name = ""
	}
	if key != (dataaction.Action{}) && !c.seen[key] {
		c.seen[key] = true
		c.calls.Actions = append(c.calls.Actions, a)
	}
}

// whole is the step, its timeout made out: a literal that can be read is one; anything else that is there is an
// expression.
func (f *frame) whole() dataaction.Step {
	s, l := f.step, f.limit
	switch text := cmp.Or(l.literal, l.text); {
	case l.isComputed && l.literal == "":
		s.Expression = cmp.Or(l.text, l.computed, "expression")
	case text != "":
		if d, err := ParseDuration(text); err == nil {
			s.Timeout = &d
		} else {
			s.Expression = text
		}
	}
	s.Suggested = s.Timeout == nil && s.Expression == ""
	if f.suggested != nil {
		s.Suggested = *f.suggested
	}
	return s
}

// names are the members that this package asks for; other stands for the rest.
var names = map[string]string{
	"__type": "__type", "id": "id", "name": "name", "type": "type", "actionId": "actionId", "actionName": "actionName",
	"trackingId": "trackingId", "useSuggestedTimeout": "useSuggestedTimeout", "timeout": "timeout", "config": "config",
	"lit": "lit", "emp": "emp", "text": "text", "manifest": "manifest", "dataAction": "dataAction",
	"secureAction": "secureAction", "commonModuleFlow": "commonModuleFlow", "botFlow": "botFlow",
	"digitalBotFlow": "digitalBotFlow",
}

const other = "other"

func known(raw []byte) string {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = []byte(unquote(raw))
	}
	if n, ok := names[string(raw)]; ok {
		return n
	}
	return other
}

func unquote(raw []byte) string {
	var text string
	if bytes.IndexByte(raw, '\\') >= 0 && json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &text) == nil {
		return text
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}

// integer is 0 where the text is not a whole number.
func integer(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}
