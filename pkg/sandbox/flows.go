package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// flow is an Architect flow: how listings show it, its configuration, and the data actions nested under it on surface
// flows.
type flow struct {
	id         string
	doc        []byte
	name, kind string
	config     []byte // whatever it is, it is served as it is
	actions    []*flowAction
	actionByID map[string]*flowAction
}

// AddFlow adds a flow from its JSON document ("id" required, "name" and "type" for the listing's filters) and its
// configuration, which is served byte for byte and need not be valid; nil is an empty one.
func (s *Server) AddFlow(doc, configuration []byte) error {
	if !isObject(doc) || textAt(doc, "id") == "" {
		return fmt.Errorf("adding flow: the document is no JSON object with an id")
	}
	f := &flow{
		id: textAt(doc, "id"), doc: slices.Clone(doc), name: textAt(doc, "name"), kind: textAt(doc, "type"),
		config: configuration, actionByID: map[string]*flowAction{},
	}
	if configuration == nil {
		f.config = []byte(`{"name":` + string(mustMarshal(f.name)) + `,"manifest":{"dataAction":[]},"flowSequenceItemList":[]}`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flowByID[f.id] != nil {
		return fmt.Errorf("adding flow %q: the id is taken", f.id)
	}
	s.flowByID[f.id] = f
	s.flows = append(s.flows, f)
	return nil
}

// listFlows is GET /api/v2/flows.
func (s *Server) listFlows(x *exchange) ([]byte, error) {
	q := x.query
	ids, types := listParam(q, "id"), listParam(q, "type")
	var found []*flow
	for _, f := range s.flows {
		if (ids == nil || slices.Contains(ids, f.id)) && containsFold(f.name, q.Get("name")) &&
			(types == nil || slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, f.kind) })) {
			found = append(found, f)
		}
	}
	sortItems(q, found, func(f *flow, by string) string { return textAt(f.doc, by) })
	return page(q, "/api/v2/flows", found, func(f *flow) []byte { return f.doc })
}

func (s *Server) flow(id string) (*flow, error) {
	f := s.flowByID[id]
	if f == nil {
		return nil, notFound(fmt.Sprintf("Flow %s was not found", id), id)
	}
	return f, nil
}

// getFlow is GET /api/v2/flows/{id}.
func (s *Server) getFlow(x *exchange) ([]byte, error) {
	f, err := s.flow(x.id)
	if err != nil {
		return nil, err
	}
	return f.doc, nil
}

// getConfiguration is GET /api/v2/flows/{id}/latestconfiguration.
func (s *Server) getConfiguration(x *exchange) ([]byte, error) {
	f, err := s.flow(x.id)
	if err != nil {
		return nil, err
	}
	return f.config, nil
}
