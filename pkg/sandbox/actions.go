package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// action is a data action of surface integrations.
type action struct {
	id       string
	doc      []byte // the whole document; templates are inline here however they are shown
	byURI    bool   // templates are shown as links
	noConfig bool   // listings leave its config out even with includeConfig
	function []byte // FunctionConfig of a function data action, else nil
	draft    *draft

	name, category string // of doc, for the listing's filters
	secure         bool
	full, bare     []byte // doc as shown with and without config, made when first needed

	before     *action   // as it was before the last write through the API
	staleUntil time.Time // reads show before until then
}

// seen is the action as reads show it: while they lag, as it was before the last write.
func (s *Server) seen(x *exchange, a *action) *action {
	if a.before != nil && (x.stale || s.opt.Now().Before(a.staleUntil)) {
		return a.before
	}
	return a
}

// remember keeps the action as it is now, for reads that lag behind the write that follows.
func (s *Server) remember(a *action) {
	before := *a
	before.before = nil
	a.before, a.staleUntil = &before, s.opt.Now().Add(s.lag)
}

// ActionOption sets what an action's document cannot hold.
type ActionOption func(*action)

// TemplatesByURI shows the action's templates as requestTemplateUri and successTemplateUri instead of their text.
func TemplatesByURI() ActionOption { return func(a *action) { a.byURI = true } }

// WithoutListedConfig has listings leave out the action's config even with includeConfig.
func WithoutListedConfig() ActionOption { return func(a *action) { a.noConfig = true } }

// AsFunction makes it a function data action with this FunctionConfig document (its "function" member holds
// timeoutSeconds).
func AsFunction(functionConfig []byte) ActionOption {
	return func(a *action) { a.function = slices.Clone(functionConfig) }
}

// AddAction adds a data action from its JSON document with templates inline; "id" is required, and a missing "version"
// becomes 1. It fails on anything but an object and on a taken id.
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
		return fmt.Errorf("adding data action %q: the function is not a JSON object", id)
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

// newDocument checks a document to be added and defaults its version to 1.
func newDocument(doc []byte) (_ []byte, id string, _ error) {
	if !isObject(doc) {
		return nil, "", errors.New("the document is not a JSON object")
	}
	doc = slices.Clone(doc)
	if id = textAt(doc, "id"); id == "" {
		return nil, "", errors.New("the document has no id")
	}
	if v := valueAt(doc, "version"); v == nil {
		doc = withVersion(doc, 1)
	} else if _, ok := wholeNumber(v); !ok {
		return nil, "", fmt.Errorf("the version of %q is not a whole number", id)
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

// show is the document with or without its config.
func (a *action) show(config bool) []byte {
	if a.full == nil {
		a.full, a.bare = a.linked(a.doc), withoutMember(a.doc, "config")
	}
	if config {
		return a.full
	}
	return a.bare
}

// linked is the document with links instead of the templates, where the action shows them so.
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
	found := s.filterActions(q, func(a *action) bool { return ids == nil || wanted[a.id] })
	config := q.Get("includeConfig") == "true"
	return page(q, "/api/v2/integrations/actions", found, func(a *action) []byte {
		return s.seen(x, a).show(config && !a.noConfig)
	})
}

// filterActions are the actions that a listing's filters and another condition leave, in the listing's order.
func (s *Server) filterActions(q url.Values, also func(*action) bool) []*action {
	auth, name := q.Get("includeAuthActions") == "true", q.Get("name")
	byCategory, category := q.Has("category"), q.Get("category")
	bySecure, secure := q.Has("secure"), q.Get("secure") == "true"
	found := make([]*action, 0, len(s.actions))
	for _, a := range s.actions {
		if also(a) && (auth || !a.customAuth()) &&
			containsFold(a.name, name) &&
			(!byCategory || strings.EqualFold(a.category, category)) &&
			(!bySecure || a.secure == secure) {
			found = append(found, a)
		}
	}
	sortItems(q, found, (*action).field)
	return found
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
	return s.seen(x, a).show(x.query.Get("includeConfig") == "true"), nil
}

// getTemplate is GET /api/v2/integrations/actions/{id}/templates/{file}, whose answer is the template's plain text.
func (s *Server) getTemplate(x *exchange) ([]byte, error) {
	a, err := s.action(x.id)
	if err != nil {
		return nil, err
	}
	doc := s.seen(x, a).doc
	for _, t := range templates {
		if raw := valueAt(doc, "config", t.part, t.key); t.file == x.part && raw != nil {
			x.header.Set("Content-Type", "text/plain; charset=utf-8")
			return []byte(textAt(doc, "config", t.part, t.key)), nil
		}
	}
	return nil, notFound(fmt.Sprintf("The template %s was not found", x.part), x.id)
}
