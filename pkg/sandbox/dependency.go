package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// Index is the state of the dependency index. The zero value is a healthy index.
type Index struct {
	// Status of the build, default "OPERATIONAL". Others: OPERATIONALNEEDSREBUILD, BUILDINITIALIZING, BUILDINPROGRESS,
	// NOTBUILT.
	Status string
	// Partial answers requests for consumers with 206.
	Partial bool
	// FailedObjects are the ids of flows that the build could not index; consumers leave them out.
	FailedObjects []string
}

// SetIndex sets the state of the dependency index. Deny("architect:dependencyTracking:view") refuses it.
func (s *Server) SetIndex(state Index) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index = state
}

// script is an agent script that calls data actions (type COMPOSERSCRIPT in the index).
type script struct {
	id, name string
	actions  []string
}

// AddScript adds an agent script that calls data actions: a consumer that is not a flow.
func (s *Server) AddScript(id, name string, actionIDs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = append(s.scripts, script{id, name, actionIDs})
}

// manifestList names the manifest's list that holds consumed objects of a type.
var manifestList = map[string]string{
	"DATAACTION": "dataAction", "SECUREACTION": "secureAction", "COMMONMODULEFLOW": "commonModuleFlow",
	"BOTFLOW": "botFlow", "DIGITALBOTFLOW": "digitalBotFlow",
}

type consumer struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Version      string `json:"version"`
	Type         string `json:"type"`
	Deleted      bool   `json:"deleted"`
	Updated      bool   `json:"updated"`
	StateUnknown bool   `json:"stateUnknown"`
}

// listConsumers is GET /api/v2/architect/dependencytracking/consumingresources: what calls an object directly, one
// entry per version of a flow. flowFilter=published leaves saved versions out; earlier published ones stay.
func (s *Server) listConsumers(x *exchange) ([]byte, error) {
	q := x.query
	id, kind := q.Get("id"), q.Get("objectType")
	list, known := manifestList[kind]
	if id == "" || !known {
		return nil, badRequest("id and objectType are required; objectType %q is not supported", kind)
	}
	var found []consumer
	for _, f := range s.flows {
		if slices.Contains(s.index.FailedObjects, f.id) {
			continue
		}
		for _, v := range f.versions {
			if v.calls(list, id) && (v.published || v.superseded || q.Get("flowFilter") != "published") {
				found = append(found, consumer{ID: f.id, Name: f.name, Version: v.id, Type: indexType(f.kind)})
			}
		}
	}
	for _, sc := range s.scripts {
		if kind == "DATAACTION" && slices.Contains(sc.actions, id) {
			found = append(found, consumer{ID: sc.id, Name: sc.name, Version: "1", Type: "COMPOSERSCRIPT"})
		}
	}
	if s.index.Partial {
		x.status = http.StatusPartialContent
	}
	return page(q, "/api/v2/architect/dependencytracking/consumingresources", found, func(c consumer) []byte {
		return mustMarshal(c)
	})
}

// indexType is a flow's type as the index spells it: INBOUNDCALLFLOW, but WORKFLOW.
func indexType(kind string) string {
	if strings.HasSuffix(kind, "FLOW") {
		return kind
	}
	return kind + "FLOW"
}

// getIndexBuild is GET /api/v2/architect/dependencytracking/build.
func (s *Server) getIndexBuild(*exchange) ([]byte, error) {
	failed := []map[string]string{}
	for _, id := range s.index.FailedObjects {
		object := map[string]string{"id": id, "type": "", "name": ""}
		if f := s.flowByID[id]; f != nil {
			object["name"], object["type"] = f.name, indexType(f.kind)
		}
		failed = append(failed, object)
	}
	return mustMarshal(struct {
		Status        string              `json:"status"`
		FailedObjects []map[string]string `json:"failedObjects"`
	}{cmp.Or(s.index.Status, "OPERATIONAL"), failed}), nil
}
