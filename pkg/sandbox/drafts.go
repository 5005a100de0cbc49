package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// draft is an action's unpublished copy. Its versions count from 1 on their own and go up with every change of the
// draft, so neither the action's version nor that plus one publishes it.
type draft struct {
	doc      []byte
	function []byte
}

func newDraft(a *action) *draft {
	return &draft{doc: withVersion(a.doc, 1), function: slices.Clone(a.function)}
}

// put makes function (a FunctionConfig) the draft's, one version up.
func (d *draft) put(function []byte) {
	d.function = function
	d.doc = withVersion(d.doc, versionOf(d.doc)+1)
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

// drafted is the action with this id, which must have a draft.
func (s *Server) drafted(id string) (*action, error) {
	a, err := s.action(id)
	if err == nil && a.draft == nil {
		return nil, notFound(fmt.Sprintf("A draft of action %s was not found", id), id)
	}
	return a, err
}

// listDrafts is GET /api/v2/integrations/actions/drafts, with the listing's filters.
func (s *Server) listDrafts(x *exchange) ([]byte, error) {
	found := s.filterActions(x.query, func(a *action) bool { return a.draft != nil })
	config := x.query.Get("includeConfig") == "true"
	return page(x.query, "/api/v2/integrations/actions/drafts", found, func(a *action) []byte {
		if config {
			return a.draft.doc
		}
		return withoutMember(a.draft.doc, "config")
	})
}

// postDraft is POST .../{id}/draft. An existing draft is the answer: whether the real service refuses instead is not
// documented, and a client must not take a draft for its own because the call succeeded.
func (s *Server) postDraft(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	if a.builtIn() {
		return nil, badRequest("Static actions can not be modified")
	}
	if a.function == nil {
		return nil, badRequest("Action %s is not a function data action", x.id)
	}
	if a.draft == nil {
		a.draft = newDraft(a)
	}
	return a.draft.doc, nil
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
	if err := checkFunction(body); err != nil {
		return nil, err
	}
	if id := valueAt(a.draft.function, "function", "id"); id != nil && valueAt(body, "id") == nil {
		body = withValue(body, id, "id")
	}
	answer := withValue(a.draft.function, body, "function")
	if x.forget {
		a.draft.put(a.draft.function)
	} else {
		a.draft.put(answer)
	}
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
	raw := valueAt(body, "version")
	sent, ok := wholeNumber(raw)
	if !ok {
		return nil, badRequest("version is required and must be a whole number")
	}
	if current := versionOf(a.draft.doc); sent != current {
		return nil, s.publishConflict(a.id, string(raw), current)
	}
	if missing := a.draft.missing(); len(missing) > 0 {
		return nil, badRequest("The draft is not valid: the function has no %s", strings.Join(missing, ", "))
	}
	if err := checkFunction(valueAt(a.draft.function, "function")); err != nil {
		return nil, err
	}
	s.remember(a)
	version := versionOf(a.doc) + 1
	if !x.forget {
		a.function = a.draft.function
	}
	a.store(withVersion(a.draft.doc, version))
	a.draft = nil
	s.recordWrite(a)
	return a.show(true), nil
}
