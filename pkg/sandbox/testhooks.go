package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Test hooks look at the organisation and change it past the API, as another user would between a client's requests.
// Every change raises the version by one, as a change through the API does.

// Action is a data action's whole document, templates inline; false where the id is unknown.
func (s *Server) Action(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.actionByID[id]; a != nil {
		return slices.Clone(a.doc), true
	}
	return nil, false
}

// Actions lists the ids of all data actions of surface integrations, in the listing's order.
func (s *Server) Actions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, len(s.actions))
	for i, a := range s.actions {
		ids[i] = a.id
	}
	return ids
}

// ActionID is the id of the first data action with this name, and this category unless it is ""; "" where none matches.
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

// changeAction replaces an action's document by change's result, one version up.
func (s *Server) changeAction(id string, change func(a *action) []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actionByID[id]
	if a == nil {
		return fmt.Errorf("changing data action %q: not found", id)
	}
	before := a.seconds()
	a.store(withVersion(change(a), versionOf(a.doc)+1))
	s.recordUser(a, before)
	return nil
}

// SetTimeout sets an action's timeout in seconds; a function data action's is its function's.
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

// Touch raises an action's version and changes nothing else.
func (s *Server) Touch(id string) error {
	return s.changeAction(id, func(a *action) []byte { return a.doc })
}

// Rename renames an action.
func (s *Server) Rename(id, name string) error {
	return s.changeAction(id, func(a *action) []byte { return withValue(a.doc, mustMarshal(name), "name") })
}

// Delete removes an action; those listed after it move up. Its analytics stay.
func (s *Server) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.actionByID[id] == nil {
		return fmt.Errorf("deleting data action %q: not found", id)
	}
	delete(s.actionByID, id)
	s.actions = slices.DeleteFunc(s.actions, func(a *action) bool { return a.id == id })
	return nil
}

// LeaveDraft makes a draft of a function data action, as another user does who is still working on it.
func (s *Server) LeaveDraft(id string) error {
	return s.changeDraft(id, func(a *action) { a.draft = newDraft(a) })
}

// LeaveDraftOf makes a draft whose function has this timeout in seconds, as a killed run of a tool leaves it.
func (s *Server) LeaveDraftOf(id string, seconds int) error {
	return s.changeDraft(id, func(a *action) {
		a.draft = newDraft(a)
		a.draft.put(withValue(a.function, strconv.AppendInt(nil, int64(seconds), 10), "function", "timeoutSeconds"))
	})
}

// TouchDraft changes an action's draft (its function's description), as another user does: its version goes up.
func (s *Server) TouchDraft(id string) error {
	return s.changeDraft(id, func(a *action) {
		if a.draft == nil {
			a.draft = newDraft(a)
		}
		a.draft.put(withValue(a.draft.function, []byte(`"Changed by another user"`), "function", "description"))
	})
}

func (s *Server) changeDraft(id string, change func(a *action)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actionByID[id]
	if a == nil || a.function == nil {
		return fmt.Errorf("changing the draft of %q: not a function data action", id)
	}
	change(a)
	return nil
}

// DraftFunction is the FunctionConfig of an action's draft; false where it has no draft.
func (s *Server) DraftFunction(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.actionByID[id]; a != nil && a.draft != nil {
		return slices.Clone(a.draft.function), true
	}
	return nil, false
}

// SetReadLag changes how long reads lag behind the writes that follow.
func (s *Server) SetReadLag(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = lag
}
