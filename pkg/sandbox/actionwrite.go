package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
)

// patchAction is PATCH /api/v2/integrations/actions/{id} with the vendor's UpdateActionInput. A config that is sent
// replaces the old one whole: an omitted template or header is lost.
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
	s.remember(a)
	old := a.doc
	a.store(withVersion(doc, version+1))
	answer := a.show(true)
	if x.forget {
		a.store(withVersion(old, version+1))
	}
	s.recordWrite(a)
	return answer, nil
}

// checkVersion compares the version that a write sent with the document's.
func (s *Server) checkVersion(id string, body, doc []byte) (int64, error) {
	current := versionOf(doc)
	raw := valueAt(body, "version")
	sent, ok := wholeNumber(raw)
	if !ok {
		return 0, badRequest("version is required and must be a whole number")
	}
	if sent != current {
		return 0, s.conflict(id, string(raw), current)
	}
	return current, nil
}

// withoutLinks drops template links from a written config: they are the service's own, and a template sent as a link
// only is lost.
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
		return badRequest("config must be an object")
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
			message:  fmt.Sprintf("Value [%s] is not valid for timeoutSeconds. It must be from 1 to %d", raw, most),
			template: "Value [{value}] is not valid for timeoutSeconds. It must be from 1 to {max}",
			params:   map[string]string{"value": string(raw), "max": strconv.FormatInt(most, 10)},
		}
	}
	return nil
}
