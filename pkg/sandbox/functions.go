package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A function data action runs the organisation's own code. Its settings are published from a draft: make a draft from
// the action, put the function there, read the draft's version, publish it. Sources: IntegrationsApi of the vendor's
// SDKs, and package integration_action of its Terraform provider.

// draft is an action's unpublished copy. Its version is its own: it goes up with every change of the draft, so that
// neither the action's version nor that plus one publishes it.
type draft struct {
	doc      []byte
	function []byte
}

// functionAction is the action with this id, which has to be a function data action.
func (s *Server) functionAction(id string) (*action, error) {
	a, err := s.action(id)
	if err == nil && a.function == nil {
		return nil, notFound(fmt.Sprintf("Action %s has no function", id), id)
	}
	return a, err
}

// drafted is the action with this id, which has to have a draft.
func (s *Server) drafted(id string) (*action, error) {
	a, err := s.action(id)
	if err == nil && a.draft == nil {
		return nil, notFound(fmt.Sprintf("A draft of action %s was not found", id), id)
	}
	return a, err
}

// getFunction is GET .../{id}/function: the published FunctionConfig.
func (s *Server) getFunction(x *exchange) ([]byte, error) {
	a, err := s.functionAction(x.id)
	if err != nil {
		return nil, err
	}
	return a.function, nil
}

// postDraft is POST .../{id}/draft. Where there is a draft already, that one is the answer: whether the real service
// refuses instead is not documented, and a client that takes a draft for its own because it got one is wrong either way.
func (s *Server) postDraft(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	if a.builtIn() {
		return nil, badRequest("Static actions can not be modified")
	}
	if a.function == nil {
		return nil, badRequest("Action %s is no function data action", x.id)
	}
	if a.draft == nil {
		a.draft = newDraft(a)
	}
	return a.draft.doc, nil
}

func newDraft(a *action) *draft {
	return &draft{doc: withVersion(a.doc, versionOf(a.doc)+1), function: slices.Clone(a.function)}
}

// getDraft is GET .../{id}/draft.
func (s *Server) getDraft(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	return a.draft.doc, nil
}

// deleteDraft is DELETE .../{id}/draft.
func (s *Server) deleteDraft(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	if !x.forget {
		a.draft = nil
	}
	x.status = http.StatusNoContent
	return nil, nil
}

// getDraftFunction is GET .../{id}/draft/function.
func (s *Server) getDraftFunction(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	return a.draft.function, nil
}

// putDraftFunction is PUT .../{id}/draft/function with the vendor's Function, which replaces the draft's whole.
func (s *Server) putDraftFunction(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	if t := valueAt(body, "timeoutSeconds"); t != nil && string(t) != "null" {
		if err := checkSeconds(t, 15); err != nil {
			return nil, err
		}
	}
	if id := valueAt(a.draft.function, "function", "id"); id != nil && valueAt(body, "id") == nil {
		body = withValue(body, id, "id")
	}
	answer := withValue(a.draft.function, body, "function")
	if !x.forget {
		a.draft.function = answer
	}
	a.draft.doc = withVersion(a.draft.doc, versionOf(a.draft.doc)+1)
	return answer, nil
}

// validateDraft is GET .../{id}/draft/validation: {valid, errors[]}.
func (s *Server) validateDraft(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	problems := []errorBody{}
	for _, key := range a.draft.missing() {
		problems = append(problems, errorBody{
			Message: "The function has no " + key, Code: "missing.value", Status: http.StatusBadRequest,
			MessageParams: map[string]string{}, ContextID: x.entry.CorrelationID, Details: []struct{}{}, Errors: []struct{}{},
		})
	}
	return mustMarshal(struct {
		Valid  bool        `json:"valid"`
		Errors []errorBody `json:"errors"`
	}{len(problems) == 0, problems}), nil
}

// missing lists the required members that the draft's function lacks.
func (d *draft) missing() []string {
	var keys []string
	for _, key := range []string{"description", "handler", "runtime"} {
		if textAt(d.function, "function", key) == "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// publishDraft is POST .../{id}/draft/publish with {version}, the draft's.
func (s *Server) publishDraft(x *exchange) ([]byte, error) {
	a, err := s.drafted(x.id)
	if err != nil {
		return nil, err
	}
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	if _, err := s.checkVersion(a.id, body, a.draft.doc); err != nil {
		return nil, err
	}
	if missing := a.draft.missing(); len(missing) > 0 {
		return nil, badRequest("The draft is not valid: the function has no %s", strings.Join(missing, ", "))
	}
	version := versionOf(a.doc) + 1
	if !x.forget {
		a.function = a.draft.function
	}
	a.store(withVersion(a.draft.doc, version))
	a.draft = nil
	return a.show(true), nil
}
