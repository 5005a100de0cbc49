package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// flowVersion is one version of a flow. Callers meet the published one; the editor shows the saved one.
type flowVersion struct {
	id         string // such as "3.0"
	published  bool   // callers meet it
	saved      bool   // the latest saved one
	superseded bool   // published once
	config     []byte
	uses       map[string][]string // ids by the manifest's lists; filled by calls
}

// published is the version that callers meet, nil if none.
func (f *flow) published() *flowVersion {
	return f.version(func(v *flowVersion) bool { return v.published })
}

// saved is the latest saved version, nil if none.
func (f *flow) saved() *flowVersion { return f.version(func(v *flowVersion) bool { return v.saved }) }

func (f *flow) version(is func(*flowVersion) bool) *flowVersion {
	for _, v := range f.versions {
		if is(v) {
			return v
		}
	}
	return nil
}

// nameVersions numbers the versions and writes them into the document. A document that names versions itself decides:
// without publishedVersion the flow is never published, and a savedVersion is a version apart.
func (f *flow) nameVersions() {
	for i, v := range f.versions {
		v.id = strconv.Itoa(i+1) + ".0"
	}
	published, saved := textAt(f.doc, "publishedVersion", "id"), textAt(f.doc, "savedVersion", "id")
	if published == "" && saved == "" {
		f.showVersions()
		return
	}
	live := f.published()
	switch {
	case live != nil && published == "":
		live.id, live.published = saved, false
		return
	case live != nil:
		live.id = published
		if live.saved && saved != "" && saved != published {
			live.saved = false
			f.versions = append(f.versions, &flowVersion{saved: true, config: live.config})
		}
	}
	if v := f.saved(); v != nil && saved != "" {
		v.id = saved
	}
}

// showVersions writes publishedVersion and savedVersion into the document.
func (f *flow) showVersions() {
	for _, m := range []struct {
		key, kind string
		version   *flowVersion
	}{{"publishedVersion", "PUBLISH", f.published()}, {"savedVersion", "SAVE", f.saved()}} {
		if m.version == nil {
			f.doc = withoutMember(f.doc, m.key)
			continue
		}
		if m.version.published {
			m.kind = "PUBLISH"
		}
		f.doc = withValue(f.doc, mustMarshal(map[string]string{
			"id": m.version.id, "type": m.kind, "selfUri": "/api/v2/flows/" + f.id + "/versions/" + m.version.id,
		}), m.key)
	}
}

// readable is the flow with this id, unless its configurations cannot be read.
func (s *Server) readable(id string) (*flow, error) {
	f, err := s.flow(id)
	if err != nil {
		return nil, err
	}
	if f.broken != 0 {
		return nil, &apiError{
			status: f.broken, code: "architect.flow.configuration", entityID: id,
			message: fmt.Sprintf("The configuration of flow %s is not available (%s)", id, http.StatusText(f.broken)),
		}
	}
	return f, nil
}

// getVersionConfiguration is GET /api/v2/flows/{id}/versions/{version}/configuration.
func (s *Server) getVersionConfiguration(x *exchange) ([]byte, error) {
	f, err := s.readable(x.id)
	if err != nil {
		return nil, err
	}
	v := f.version(func(v *flowVersion) bool { return v.id == x.part })
	if v == nil {
		return nil, notFound(fmt.Sprintf("Version %s of flow %s was not found", x.part, x.id), x.id)
	}
	return v.config, nil
}

// getLatestConfiguration is GET /api/v2/flows/{id}/latestconfiguration: the latest saved configuration, not the
// published one. The status for a flow without a saved version is not documented; 404 is assumed.
func (s *Server) getLatestConfiguration(x *exchange) ([]byte, error) {
	f, err := s.readable(x.id)
	if err != nil {
		return nil, err
	}
	v := f.saved()
	if v == nil {
		return nil, notFound(fmt.Sprintf("Flow %s has no saved configuration", x.id), x.id)
	}
	return v.config, nil
}

// calls reports whether the version's manifest lists this id, such as a data action's in "dataAction".
func (v *flowVersion) calls(list, id string) bool {
	if v.uses == nil {
		v.uses = manifestIDs(v.config)
	}
	return slices.Contains(v.uses[list], id)
}

// manifestIDs reads the ids in each list of a configuration's manifest. A configuration that is not valid JSON has
// none.
func manifestIDs(config []byte) map[string][]string {
	uses := map[string][]string{}
	if !isObject(config) {
		return uses
	}
	var lists map[string]json.RawMessage
	if json.Unmarshal(valueAt(config, "manifest"), &lists) != nil {
		return uses
	}
	for name, raw := range lists {
		var entries []struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(raw, &entries) != nil {
			continue
		}
		for _, e := range entries {
			uses[name] = append(uses[name], e.ID)
		}
	}
	return uses
}
