package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is here is done by somebody else's hand, past the API: what a test looks at, and what it changes between a
// client's requests. Every change puts the version up by one, as a change made through the API does.

// Action is a data action's whole document, templates inline. It is false where there is none of this id.
func (s *Server) Action(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.actionByID[id]; a != nil {
		return slices.Clone(a.doc), true
	}
	return nil, false
}

// Actions lists the ids of all data actions of surface integrations, in the order in which they are listed.
func (s *Server) Actions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, len(s.actions))
	for i, a := range s.actions {
		ids[i] = a.id
	}
	return ids
}

// ActionID is the id of the first data action of this name, and of this category where one is given; "" if there is none.
func (s *Server) ActionID(name, category string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.actions {
		if a.name == name && (category == "" || a.category == category) {
			return a.id
		}
	}
	return ""
}

// Function is the published FunctionConfig of a function data action.
func (s *Server) Function(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.actionByID[id]; a != nil && a.function != nil {
		return slices.Clone(a.function), true
	}
	return nil, false
}

// Draft reports whether the action has a draft.
func (s *Server) Draft(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actionByID[id]
	return a != nil && a.draft != nil
}

// FlowID is the id of the first flow of this name, and of this type (any case) where one is given; "" if there is none.
func (s *Server) FlowID(name, kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flows {
		if f.name == name && (kind == "" || strings.EqualFold(f.kind, kind)) {
			return f.id
		}
	}
	return ""
}

// FlowAction is the whole document of a data action nested under a flow.
func (s *Server) FlowAction(flowID, id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flowByID[flowID]; f != nil {
		if a := f.actionByID[id]; a != nil {
			return slices.Clone(a.doc), true
		}
	}
	return nil, false
}

// FlowActions lists the ids of the data actions nested under a flow, in the order in which they are listed.
func (s *Server) FlowActions(flowID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	if f := s.flowByID[flowID]; f != nil {
		for _, a := range f.actions {
			ids = append(ids, a.id)
		}
	}
	return ids
}

// changeAction replaces an action's document by what change makes of it, one version up.
func (s *Server) changeAction(id string, change func(a *action) []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actionByID[id]
	if a == nil {
		return fmt.Errorf("changing data action %q: there is none", id)
	}
	a.store(withVersion(change(a), versionOf(a.doc)+1))
	return nil
}

// SetTimeout gives an action another timeout in seconds; that of a function data action is its function's.
func (s *Server) SetTimeout(id string, seconds int) error {
	return s.changeAction(id, func(a *action) []byte {
		value := strconv.AppendInt(nil, int64(seconds), 10)
		if a.function != nil {
			a.function = withValue(a.function, value, "function", "timeoutSeconds")
			return a.doc
		}
		return withValue(a.doc, value, "config", "timeoutSeconds")
	})
}

// Touch changes nothing of an action but its version.
func (s *Server) Touch(id string) error {
	return s.changeAction(id, func(a *action) []byte { return a.doc })
}

// Rename gives an action another name.
func (s *Server) Rename(id, name string) error {
	return s.changeAction(id, func(a *action) []byte { return withValue(a.doc, mustMarshal(name), "name") })
}

// Delete removes an action, so that those listed after it move up.
func (s *Server) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.actionByID[id] == nil {
		return fmt.Errorf("deleting data action %q: there is none", id)
	}
	delete(s.actionByID, id)
	s.actions = slices.DeleteFunc(s.actions, func(a *action) bool { return a.id == id })
	return nil
}

// LeaveDraft makes a draft of a function data action, as somebody does who is still at work on it.
func (s *Server) LeaveDraft(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actionByID[id]
	if a == nil || a.function == nil {
		return fmt.Errorf("leaving a draft of %q: it is no function data action", id)
	}
	a.draft = newDraft(a)
	return nil
}

func (s *Server) changeFlowAction(flowID, id string, change func(doc []byte) []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flowByID[flowID]
	if f == nil || f.actionByID[id] == nil {
		return fmt.Errorf("changing data action %q under flow %q: there is none", id, flowID)
	}
	a := f.actionByID[id]
	a.store(withVersion(change(a.doc), versionOf(a.doc)+1))
	return nil
}

// SetFlowTimeout gives a data action under a flow another timeout, in the place and the unit where its type keeps it. A
// definition that is a string stays one.
func (s *Server) SetFlowTimeout(flowID, id string, timeout time.Duration) error {
	return s.changeFlowAction(flowID, id, func(doc []byte) []byte {
		if textAt(doc, "type") != "rest" && valueAt(doc, "executionTimeout") != nil {
			return withValue(doc, strconv.AppendInt(nil, int64(timeout/time.Second), 10), "executionTimeout")
		}
		ms := strconv.AppendInt(nil, timeout.Milliseconds(), 10)
		if raw := valueAt(doc, "definition"); len(raw) > 0 && raw[0] == '"' {
			return withValue(doc, mustMarshal(string(withValue(definitionOf(doc), ms, "options", "timeout"))), "definition")
		}
		return withValue(doc, ms, "definition", "options", "timeout")
	})
}

// TouchFlowAction changes nothing of a data action under a flow but its version.
func (s *Server) TouchFlowAction(flowID, id string) error {
	return s.changeFlowAction(flowID, id, func(doc []byte) []byte { return doc })
}

// RenameFlowAction gives a data action under a flow another name.
func (s *Server) RenameFlowAction(flowID, id, name string) error {
	return s.changeFlowAction(flowID, id, func(doc []byte) []byte { return withValue(doc, mustMarshal(name), "name") })
}

// DeleteFlowAction removes a data action from its flow.
func (s *Server) DeleteFlowAction(flowID, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flowByID[flowID]
	if f == nil || f.actionByID[id] == nil {
		return fmt.Errorf("deleting data action %q under flow %q: there is none", id, flowID)
	}
	delete(f.actionByID, id)
	f.actions = slices.DeleteFunc(f.actions, func(a *flowAction) bool { return a.id == id })
	return nil
}

// DeleteFlow removes a flow and the data actions nested under it.
func (s *Server) DeleteFlow(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flowByID[id] == nil {
		return fmt.Errorf("deleting flow %q: there is none", id)
	}
	delete(s.flowByID, id)
	s.flows = slices.DeleteFunc(s.flows, func(f *flow) bool { return f.id == id })
	return nil
}
