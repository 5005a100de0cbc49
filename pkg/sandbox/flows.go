package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// flow is an Architect flow: its document as listings show it, its versions, and the data actions nested under it on
// surface flows.
type flow struct {
	id         string
	doc        []byte
	name, kind string // kind is upper case, as in answers
	versions   []*flowVersion
	broken     int // the status that answers any request for a configuration, 0 where they can be read
	actions    []*flowAction
	actionByID map[string]*flowAction
}

// FlowOption sets what a flow's document cannot hold. current is the version with the configuration given to AddFlow.
type FlowOption func(f *flow, current *flowVersion)

// NeverPublished adds a flow that is only saved: no caller meets it.
func NeverPublished() FlowOption {
	return func(_ *flow, current *flowVersion) { current.published = false }
}

// NeverSaved adds a published flow without a saved version: latestconfiguration answers 404.
func NeverSaved() FlowOption {
	return func(_ *flow, current *flowVersion) { current.saved = false }
}

// SavedAs adds a later saved version with this configuration: changes that are not live.
func SavedAs(configuration []byte) FlowOption {
	return func(f *flow, current *flowVersion) {
		current.saved = false
		f.versions = append(f.versions, &flowVersion{saved: true, config: configuration})
	}
}

// PublishedBefore adds an earlier published version with this configuration. The dependency index still lists it.
func PublishedBefore(configuration []byte) FlowOption {
	return func(f *flow, _ *flowVersion) {
		f.versions = slices.Insert(f.versions, 0, &flowVersion{superseded: true, config: configuration})
	}
}

// AddFlow adds a flow from its JSON document ("id" required, "name" and "type" for the listing's filters) and its
// configuration, which is served byte for byte and need not be valid; nil is an empty one. The flow is published and
// saved in one version unless an option says otherwise: publishedVersion and savedVersion are filled in where the
// document has neither, and a document that has them names the versions. Answers show the type in upper case.
func (s *Server) AddFlow(doc, configuration []byte, opts ...FlowOption) error {
	if !isObject(doc) || textAt(doc, "id") == "" {
		return errors.New("adding flow: the document is not a JSON object with an id")
	}
	f := &flow{
		id: textAt(doc, "id"), doc: slices.Clone(doc), name: textAt(doc, "name"),
		kind: strings.ToUpper(textAt(doc, "type")), actionByID: map[string]*flowAction{},
	}
	if f.kind != textAt(doc, "type") {
		f.doc = withValue(f.doc, mustMarshal(f.kind), "type")
	}
	if configuration == nil {
		configuration = emptyConfiguration(f.name)
	}
	current := &flowVersion{published: true, saved: true, config: configuration}
	f.versions = []*flowVersion{current}
	for _, set := range opts {
		set(f, current)
	}
	f.nameVersions()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flowByID[f.id] != nil {
		return fmt.Errorf("adding flow %q: the id is taken", f.id)
	}
	s.flowByID[f.id] = f
	s.flows = append(s.flows, f)
	return nil
}

func emptyConfiguration(name string) []byte {
	return []byte(`{"name":` + string(mustMarshal(name)) + `,"manifest":{"dataAction":[]},"flowSequenceItemList":[]}`)
}

// listFlows is GET /api/v2/flows. The type filter takes types as the vendor spells them in queries, in lower case.
func (s *Server) listFlows(x *exchange) ([]byte, error) {
	q := x.query
	ids, types := listParam(q, "id"), listParam(q, "type")
	var found []*flow
	for _, f := range s.flows {
		if (ids == nil || slices.Contains(ids, f.id)) && containsFold(f.name, q.Get("name")) &&
			(types == nil || slices.Contains(types, strings.ToLower(f.kind))) {
			found = append(found, f)
		}
	}
	sortItems(q, found, func(f *flow, by string) string { return textAt(f.doc, by) })
	return page(q, "/api/v2/flows", found, func(f *flow) []byte { return f.doc })
}

// lookUpFlows is GET /api/v2/flows/lookup?id=..&id=..: the flows with these ids, in the order asked for. Unknown ids
// are left out.
func (s *Server) lookUpFlows(x *exchange) ([]byte, error) {
	ids := listParam(x.query, "id")
	if len(ids) == 0 {
		return nil, badRequest("id is required")
	}
	var docs [][]byte
	for _, id := range ids {
		if f := s.flowByID[id]; f != nil {
			docs = append(docs, f.doc)
		}
	}
	return entities(docs, []byte("}")), nil
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
