package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// action is a data action of surface integrations.
type action struct {
	id       string
	doc      []byte // the whole document; templates are inline here however they are shown
	byURI    bool   // templates are shown as links
	noConfig bool   // listings leave its config out, whatever they are asked for
	function []byte // FunctionConfig of a function data action, else nil
	draft    *draft

	name, category string // of doc, for the listing's filters
	secure         bool
	full, bare     []byte // doc as it is shown with and without config, made when first needed
}

// ActionOption says something about an action that is not in its document.
type ActionOption func(*action)

// TemplatesByURI has the action's templates shown as requestTemplateUri and successTemplateUri in place of their text.
func TemplatesByURI() ActionOption { return func(a *action) { a.byURI = true } }

// WithoutListedConfig has listings leave out the action's config even where includeConfig asks for it.
func WithoutListedConfig() ActionOption { return func(a *action) { a.noConfig = true } }

// AsFunction makes it a function data action with this FunctionConfig document (its "function" member holds
// timeoutSeconds).
func AsFunction(functionConfig []byte) ActionOption {
	return func(a *action) { a.function = slices.Clone(functionConfig) }
}

// AddAction adds a data action from its JSON document with templates inline; "id" is required, and a missing "version"
// becomes 1. It fails on what is not an object and on an id that is taken.
func (s *Server) AddAction(doc []byte, opts ...ActionOption) error {
	doc, id, err := newDocument(doc)
	if err != nil {
		return fmt.Errorf("adding data action: %w", err)
	}
	a := &action{id: id}
	for _, set := range opts {
		set(a)
	}
	if a.function != nil && !isObject(a.function) {
		return fmt.Errorf("adding data action %q: its function is no JSON object", id)
	}
	a.store(doc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.actionByID[id] != nil {
		return fmt.Errorf("adding data action %q: the id is taken", id)
	}
	s.actionByID[id] = a
	s.actions = append(s.actions, a)
	return nil
}

// newDocument checks a document that is to be added and gives it a version where it has none.
func newDocument(doc []byte) (_ []byte, id string, _ error) {
	if !isObject(doc) {
		return nil, "", errors.New("the document is no JSON object")
	}
	doc = slices.Clone(doc)
	if id = textAt(doc, "id"); id == "" {
		return nil, "", errors.New("the document has no id")
	}
	if v := valueAt(doc, "version"); v == nil {
		doc = withVersion(doc, 1)
	} else if _, ok := wholeNumber(v); !ok {
		return nil, "", fmt.Errorf("the version of %q is no whole number", id)
	}
	return doc, id, nil
}

// store makes doc the action's document.
func (a *action) store(doc []byte) {
	a.doc = doc
	a.name, a.category = textAt(doc, "name"), textAt(doc, "category")
	a.secure = textAt(doc, "secure") == "true"
	a.full, a.bare = nil, nil
}

// field is one of the document's members, for sorting.
func (a *action) field(name string) string {
	switch name {
	case "name":
		return a.name
	case "category":
		return a.category
	}
	return textAt(a.doc, name)
}

func (a *action) builtIn() bool { return strings.HasPrefix(a.id, "static_-_") }

// customAuth: such actions sign in to the service behind an integration; see the vendor's Terraform provider, package
// integration_custom_auth_action.
func (a *action) customAuth() bool { return strings.HasPrefix(a.id, "customAuth_-_") }

// templates lists where a config keeps its templates: the part, the key, and the file that the link names.
var templates = []struct{ part, key, file string }{
	{"request", "requestTemplate", "requesttemplate.vm"},
	{"response", "successTemplate", "successtemplate.vm"},
}

// show renders the document with or without its config.
func (a *action) show(config bool) []byte {
	if a.full == nil {
		a.full, a.bare = a.linked(a.doc), withoutMember(a.doc, "config")
	}
	if config {
		return a.full
	}
	return a.bare
}

// linked is the document with links in place of the templates, where the action shows them so.
func (a *action) linked(doc []byte) []byte {
	if !a.byURI {
		return doc
	}
	for _, t := range templates {
		part := valueAt(doc, "config", t.part)
		if textAt(part, t.key) == "" {
			continue
		}
		link := mustMarshal("/api/v2/integrations/actions/" + a.id + "/templates/" + t.file)
		doc = withValue(doc, withRenamed(part, t.key, t.key+"Uri", link), "config", t.part)
	}
	return doc
}

// listActions is GET /api/v2/integrations/actions.
func (s *Server) listActions(x *exchange) ([]byte, error) {
	q := x.query
	ids := listParam(q, "ids")
	if len(ids) > 50 {
		return nil, badRequest("The number of ids must not be more than 50")
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	auth := q.Get("includeAuthActions") == "true"
	var found []*action
	for _, a := range s.actions {
		if (ids == nil || wanted[a.id]) && (auth || !a.customAuth()) &&
			containsFold(a.name, q.Get("name")) &&
			(!q.Has("category") || strings.EqualFold(a.category, q.Get("category"))) &&
			(!q.Has("secure") || a.secure == (q.Get("secure") == "true")) {
			found = append(found, a)
		}
	}
	sortItems(q, found, (*action).field)
	config := q.Get("includeConfig") == "true"
	return page(q, "/api/v2/integrations/actions", found, func(a *action) []byte { return a.show(config && !a.noConfig) })
}

func (s *Server) action(id string) (*action, error) {
	a := s.actionByID[id]
	if a == nil {
		return nil, notFound(fmt.Sprintf("Action %s was not found", id), id)
	}
	return a, nil
}

// getAction is GET /api/v2/integrations/actions/{id}.
func (s *Server) getAction(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	return a.show(x.query.Get("includeConfig") == "true"), nil
}

// getTemplate is GET /api/v2/integrations/actions/{id}/templates/{file}, whose answer is the template's plain text.
func (s *Server) getTemplate(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	for _, t := range templates {
		if raw := valueAt(a.doc, "config", t.part, t.key); t.file == x.file && raw != nil {
			x.header.Set("Content-Type", "text/plain; charset=utf-8")
			return []byte(textAt(a.doc, "config", t.part, t.key)), nil
		}
	}
	return nil, notFound(fmt.Sprintf("The template %s was not found", x.file), x.id)
}

// patchAction is PATCH /api/v2/integrations/actions/{id} with the vendor's UpdateActionInput. A config that is sent
// replaces the whole of the old one: a template or a header that was left out is lost.
func (s *Server) patchAction(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	if a.builtIn() {
		return nil, badRequest("Static actions can not be modified")
	}
	version, err := s.checkVersion(a.id, body, a.doc)
	if err != nil {
		return nil, err
	}
	doc := a.doc
	if config := valueAt(body, "config"); config != nil {
		if err := a.checkConfig(config); err != nil {
			return nil, err
		}
		doc = withValue(doc, withoutLinks(config), "config")
	}
	for _, key := range []string{"name", "category"} {
		if v := valueAt(body, key); v != nil && v[0] == '"' {
			doc = withValue(doc, v, key)
		}
	}
	old := a.doc
	a.store(withVersion(doc, version+1))
	answer := a.show(true)
	if x.forget {
		a.store(withVersion(old, version+1))
	}
	return answer, nil
}

// checkVersion compares the version that a write sent with the document's.
func (s *Server) checkVersion(id string, body, doc []byte) (int64, error) {
	current := versionOf(doc)
	raw := valueAt(body, "version")
	sent, ok := wholeNumber(raw)
	if !ok {
		return 0, badRequest("version is required and has to be a whole number")
	}
	if sent != current {
		return 0, s.conflict(id, string(raw), current)
	}
	return current, nil
}

// withoutLinks drops template links from a config that is written: they are the service's own, and no template stands
// behind one that was sent without its text.
func withoutLinks(config []byte) []byte {
	for _, t := range templates {
		if part := valueAt(config, t.part); part != nil && part[0] == '{' && valueAt(part, t.key+"Uri") != nil {
			config = withValue(config, withoutMember(part, t.key+"Uri"), t.part)
		}
	}
	return config
}

func (a *action) checkConfig(config []byte) error {
	if config[0] != '{' {
		return badRequest("config has to be an object")
	}
	if a.function != nil {
		return badRequest("Integration of type 'function-data-actions' does not support updating published actions.")
	}
	timeout := valueAt(config, "timeoutSeconds")
	if timeout == nil || string(timeout) == "null" {
		return nil
	}
	if a.customAuth() {
		return badRequest("timeoutSeconds is invalid for Custom Authentication Actions")
	}
	return checkSeconds(timeout, 60)
}

func checkSeconds(raw []byte, most int64) error {
	n, ok := wholeNumber(raw)
	if !ok || n < 1 || n > most {
		return &apiError{
			status: http.StatusBadRequest, code: "invalid.value",
			message:  fmt.Sprintf("Value [%s] is not valid for timeoutSeconds. It must be a whole number from 1 to %d", raw, most),
			template: "Value [{value}] is not valid for timeoutSeconds. It must be a whole number from 1 to {max}",
			params:   map[string]string{"value": string(raw), "max": strconv.FormatInt(most, 10)},
		}
	}
	return nil
}
