package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FlowID is the id of the first flow with this name, and this type (case-insensitive) unless it is ""; "" where none
// matches.
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

// FlowActions lists the ids of the data actions nested under a flow, in the listing's order.
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

func (s *Server) changeFlowAction(flowID, id string, change func(doc []byte) []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flowByID[flowID]
	if f == nil || f.actionByID[id] == nil {
		return fmt.Errorf("changing data action %q under flow %q: not found", id, flowID)
	}
	a := f.actionByID[id]
	a.store(withVersion(change(a.doc), versionOf(a.doc)+1))
	return nil
}

// SetFlowTimeout sets the timeout of a data action under a flow, in the place and unit of its type. A definition that
// is a string stays one.
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

// TouchFlowAction raises the version of a data action under a flow and changes nothing else.
func (s *Server) TouchFlowAction(flowID, id string) error {
	return s.changeFlowAction(flowID, id, func(doc []byte) []byte { return doc })
}

// RenameFlowAction renames a data action under a flow.
func (s *Server) RenameFlowAction(flowID, id, name string) error {
	return s.changeFlowAction(flowID, id, func(doc []byte) []byte { return withValue(doc, mustMarshal(name), "name") })
}

// DeleteFlowAction removes a data action from its flow.
func (s *Server) DeleteFlowAction(flowID, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flowByID[flowID]
	if f == nil || f.actionByID[id] == nil {
		return fmt.Errorf("deleting data action %q under flow %q: not found", id, flowID)
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
		return fmt.Errorf("deleting flow %q: not found", id)
	}
	delete(s.flowByID, id)
	s.flows = slices.DeleteFunc(s.flows, func(f *flow) bool { return f.id == id })
	return nil
}

// changeFlow changes a flow, which must exist.
func (s *Server) changeFlow(doing, id string, change func(f *flow) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flowByID[id]
	if f == nil {
		return fmt.Errorf("%s flow %q: not found", doing, id)
	}
	if err := change(f); err != nil {
		return fmt.Errorf("%s flow %q: %w", doing, id, err)
	}
	return nil
}

// BreakFlow answers every request for the flow's configuration with this status; 0 mends it.
func (s *Server) BreakFlow(id string, status int) error {
	return s.changeFlow("breaking", id, func(f *flow) error {
		f.broken = status
		return nil
	})
}

// SetFlowActive sets the flow's "active" member.
func (s *Server) SetFlowActive(id string, active bool) error {
	return s.changeFlow("changing", id, func(f *flow) error {
		f.doc = withValue(f.doc, strconv.AppendBool(nil, active), "active")
		return nil
	})
}

// SaveFlow saves a configuration as a new version without publishing it.
func (s *Server) SaveFlow(id string, configuration []byte) error {
	return s.changeFlow("saving", id, func(f *flow) error {
		if old := f.saved(); old != nil {
			old.saved = false
		}
		number := strconv.Itoa(len(f.versions) + 1)
		f.versions = append(f.versions, &flowVersion{id: number + ".1", saved: true, config: configuration})
		f.showVersions()
		return nil
	})
}

// PublishFlow publishes the saved version; the one published until then stays readable.
func (s *Server) PublishFlow(id string) error {
	return s.changeFlow("publishing", id, func(f *flow) error {
		saved := f.saved()
		if saved == nil {
			return errors.New("nothing is saved")
		}
		if old := f.published(); old != nil && old != saved {
			old.published, old.superseded = false, true
		}
		saved.published = true
		f.showVersions()
		return nil
	})
}

// PublishedConfiguration is the configuration of the flow's published version; false where it has none.
func (s *Server) PublishedConfiguration(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flowByID[id]; f != nil && f.published() != nil {
		return slices.Clone(f.published().config), true
	}
	return nil, false
}
