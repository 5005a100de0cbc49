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
	"cmp"
	"errors"
	"fmt"
	"io"
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
	c := collector{walk: rawjson.NewStream(r), seen: map[dataaction.Action]bool{}, called: map[string]bool{}}
	isObject := c.walk.Next() == '{'
	c.read(part{})
	err := c.walk.End()
	if err == nil && !isObject {
		err = ErrNotObject
	}
	if err != nil {
		return dataaction.Calls{}, fmt.Errorf("reading the flow's configuration: %w", err)
	}
	for _, s := range c.calls.Steps {
		c.refer(dataaction.Action{ID: s.ActionID, Name: s.ActionName})
	}
	return c.calls, nil
}

// part is what a value means because of where it is.
type part struct {
	role  role
	depth int
	kind  string // of the flows in a list of called flows
	limit *limit // of the object whose timeout it belongs to
}

type role byte

const (
	plain    role = iota
	timeout       // the member "timeout" of some object, which may turn out to be a step
	config        // "config" in it
	literal       // "lit" in that
	computed      // anything else in that: "exp", "ref", ...
	manifest      // "manifest" near the top
	refs          // a list of actions in it
	flows         // a list of called flows in it
)

// actionLists and flowLists are the lists of the manifest that matter; flowLists gives the type of the flows in each.
var (
	actionLists = map[string]bool{"dataAction": true, "secureAction": true}
	flowLists   = map[string]string{"commonModuleFlow": "commonmodule", "botFlow": "bot", "digitalBotFlow": "digitalbot"}
)

// object is what was read of an object that may be a step, or a reference in the manifest.
type object struct {
	isStep bool // as "__type" says
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
	walk   *rawjson.Walk
	calls  dataaction.Calls
	seen   map[dataaction.Action]bool
	called map[string]bool // ids of the flows in calls
}

// read takes the next value.
func (c *collector) read(p part) {
	switch c.walk.Next() {
	case '{':
		c.object(p)
	case '[':
		for range c.walk.Elements() {
			element := part{depth: p.depth + 1}
			if c.walk.Next() == '{' && (p.role == refs || p.role == flows) {
				element.role, element.kind = p.role, p.kind
			}
			c.read(element)
		}
	default:
		c.walk.Skip()
	}
}

func (c *collector) object(p part) {
	var o object
	for name := range c.walk.Members() {
		if name == "timeout" {
			o.limit = limit{} // the last of two counts
		}
		switch next := c.walk.Next(); next {
		case '{', '[':
			c.read(o.child(p, name, next == '{'))
		case 'n': // null says nothing
		default:
			c.scalar(p, &o, name, next == '"')
		}
	}
	if o.isStep {
		c.calls.Steps = append(c.calls.Steps, o.whole())
	}
	switch {
	case p.role == refs:
		c.refer(dataaction.Action{ID: o.id, Name: o.step.Name})
	case p.role == flows && o.id != "" && !c.called[o.id]:
		c.called[o.id] = true
		c.calls.Flows = append(c.calls.Flows, dataaction.Flow{ID: o.id, Name: o.step.Name, Type: p.kind})
	}
}

// child is the part that a member of an object is whose value is an object or array.
func (o *object) child(p part, name string, isObject bool) part {
	c := part{depth: p.depth + 1, limit: p.limit}
	switch {
	case p.role == manifest && actionLists[name] && !isObject:
		c.role = refs
	case p.role == manifest && flowLists[name] != "" && !isObject:
		c.role, c.kind = flows, flowLists[name]
	case p.role == config && name != "lit" && name != "emp":
		c.role, c.limit.isComputed = computed, true
	case !isObject:
	case p.role == config && name == "lit":
		c.role = literal
	case p.role == timeout && name == "config":
		c.role = config
	case name == "manifest" && p.depth < 2:
		c.role = manifest
	case name == "timeout":
		c.role, c.limit = timeout, &o.limit
	}
	return c
}

// scalar takes a member that is a string, a number or a boolean.
func (c *collector) scalar(p part, o *object, name string, quoted bool) {
	text := rawjson.Text(c.walk.Scalar())
	switch {
	case p.role == timeout && name == "text":
		p.limit.text = text
	case p.role == literal && name == "text", p.role == config && name == "lit":
		p.limit.literal = text
	case p.role == computed && name == "text":
		p.limit.computed = text
	case p.depth == 0 && name == "type":
		c.calls.Flow.Type = dataaction.FlowType(text)
	case !o.member(name, text) && p.role == config && name != "emp" && quoted:
		p.limit.computed, p.limit.isComputed = text, true
	case p.depth == 0 && name == "name":
		c.calls.Flow.Name = text
	}
}

// member takes a member of an object that may be a step, or a reference in the manifest; false for any other.
func (o *object) member(name, text string) (known bool) {
	switch name {
	case "__type":
		o.isStep = text == "DataAction" || text == "SecureAction"
	case "id":
		o.id = text
	case "name":
		o.step.Name = text
	case "actionId":
		o.step.ActionID = text
	case "actionName":
		o.step.ActionName = text
	case "trackingId":
		o.step.TrackingID, _ = rawjson.Whole(text)
	case "timeout":
		o.limit = limit{text: text}
	case "useSuggestedTimeout":
		o.suggested = nil
		if yes, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			o.suggested = &yes
		}
	default:
		return false
	}
	return true
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
func (o *object) whole() dataaction.Step {
	s, l := o.step, o.limit
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
	if o.suggested != nil {
		s.Suggested = *o.suggested
	}
	return s
}
