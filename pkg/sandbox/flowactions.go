package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// flowAction is a data action nested under a flow.
type flowAction struct {
	id   string
	doc  []byte
	bare []byte // doc without its definition, as listings show it without expand

	before     *flowAction // as it was before the last write through the API
	staleUntil time.Time   // reads show before until then
}

// seenNested is the data action as reads show it: while they lag, as it was before the last write.
func (s *Server) seenNested(x *exchange, a *flowAction) *flowAction {
	if a.before != nil && (x.stale || s.opt.Now().Before(a.staleUntil)) {
		return a.before
	}
	return a
}

func (a *flowAction) store(doc []byte) { a.doc, a.bare = doc, withoutMember(doc, "definition") }

// AddFlowAction adds a data action under a flow of surface flows; "id" is required, and a missing "version" becomes 1.
// The same id under another flow is another resource.
func (s *Server) AddFlowAction(flowID string, doc []byte) error {
	doc, id, err := newDocument(doc)
	if err != nil {
		return fmt.Errorf("adding a data action under flow %q: %w", flowID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.flow(flowID)
	if err != nil {
		return fmt.Errorf("adding data action %q: %w", id, err)
	}
	if f.actionByID[id] != nil {
		return fmt.Errorf("adding data action %q under flow %q: the id is taken", id, flowID)
	}
	a := &flowAction{id: id}
	a.store(doc)
	f.actionByID[id] = a
	f.actions = append(f.actions, a)
	return nil
}

// listFlowActions is GET /api/v2/flows/dataactions?flowId=F.
func (s *Server) listFlowActions(x *exchange) ([]byte, error) {
	f, err := s.owner(x)
	if err != nil {
		return nil, err
	}
	full := slices.Contains(listParam(x.query, "expand"), "definition")
	return page(x.query, "/api/v2/flows/dataactions", f.actions, func(a *flowAction) []byte {
		if a = s.seenNested(x, a); full {
			return a.doc
		}
		return a.bare
	})
}

// owner is the flow named by flowId.
func (s *Server) owner(x *exchange) (*flow, error) {
	id := x.query.Get("flowId")
	if id == "" {
		return nil, badRequest("flowId is required")
	}
	return s.flow(id)
}

func (s *Server) flowAction(x *exchange) (*flowAction, error) {
	f, err := s.owner(x)
	if err != nil {
		return nil, err
	}
	a := f.actionByID[x.id]
	if a == nil {
		return nil, notFound(fmt.Sprintf("Data action %s was not found in flow %s", x.id, f.id), x.id)
	}
	return a, nil
}

// getFlowAction is GET /api/v2/flows/dataactions/{id}?flowId=F.
func (s *Server) getFlowAction(x *exchange) ([]byte, error) {
	a, err := s.flowAction(x)
	if err != nil {
		return nil, err
	}
	return s.seenNested(x, a).doc, nil
}

// putFlowAction is PUT /api/v2/flows/dataactions/{id}?flowId=F with the whole data action, which replaces the old one.
func (s *Server) putFlowAction(x *exchange) ([]byte, error) {
	a, err := s.flowAction(x)
	if err != nil {
		return nil, err
	}
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	if textAt(body, "id") != a.id {
		return nil, badRequest("The id in the body does not match %s", a.id)
	}
	version, err := s.checkVersion(a.id, body, a.doc)
	if err != nil {
		return nil, err
	}
	if err := checkFlowTimeouts(body); err != nil {
		return nil, err
	}
	old := a.doc
	a.before, a.staleUntil = &flowAction{id: a.id, doc: a.doc, bare: a.bare}, s.opt.Now().Add(s.lag)
	answer := withVersion(body, version+1)
	a.store(answer)
	if x.forget {
		a.store(withVersion(old, version+1))
	}
	return answer, nil
}

// checkFlowTimeouts checks both places of a timeout: definition.options.timeout in milliseconds, and, for types other
// than rest, executionTimeout in seconds.
func checkFlowTimeouts(doc []byte) error {
	if !within(valueAt(definitionOf(doc), "options", "timeout"), 1000, 30000) {
		return badRequest("Invalid timeout value")
	}
	if textAt(doc, "type") != "rest" && !within(valueAt(doc, "executionTimeout"), 1, 30) {
		return badRequest("Invalid timeout value")
	}
	return nil
}

// definitionOf is the definition as an object, even where it is a string that holds one.
func definitionOf(doc []byte) []byte {
	raw := valueAt(doc, "definition")
	var inner string
	if json.Unmarshal(raw, &inner) == nil && isObject([]byte(inner)) {
		return []byte(inner)
	}
	return raw
}

// within is true of an unset value too.
func within(raw []byte, least, most int64) bool {
	if raw == nil || string(raw) == "null" {
		return true
	}
	n, ok := wholeNumber(raw)
	return ok && n >= least && n <= most
}
