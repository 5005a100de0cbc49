package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// actionID is the id of a seeded action.
func (o seedOrg) actionID(category, name string) string {
	for _, row := range seedActions {
		if row.category == category && row.name == name {
			return row.id(o)
		}
	}
	panic("sandbox: no seeded action " + category + " / " + name)
}

func (row seedAction) integrationID(o seedOrg) string { return o.uuid("integration", row.integration) }

func (row seedAction) id(o seedOrg) string {
	switch row.kind {
	case seedBuiltIn:
		return "static_-_" + o.uuid(row.integration, row.name)
	case seedAuth:
		return "customAuth_-_" + row.integrationID(o)
	}
	return "custom_-_" + o.uuid(row.integration, row.name)
}

func (row seedAction) isFunction() bool { return row.kind == seedFunction || row.kind == seedRetired }

type seedActionDoc struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	IntegrationID string          `json:"integrationId"`
	Category      string          `json:"category"`
	Contract      json.RawMessage `json:"contract"`
	Version       int             `json:"version"`
	Secure        bool            `json:"secure"`
	Config        *seedConfig     `json:"config,omitempty"`
	SelfURI       string          `json:"selfUri"`
}

type seedConfig struct {
	Request        *seedRequest  `json:"request,omitempty"`
	Response       *seedResponse `json:"response,omitempty"`
	TimeoutSeconds int           `json:"timeoutSeconds,omitempty"`
}

type seedRequest struct {
	RequestURLTemplate string            `json:"requestUrlTemplate"`
	RequestTemplate    string            `json:"requestTemplate"`
	RequestType        string            `json:"requestType"`
	Headers            map[string]string `json:"headers"`
}

type seedResponse struct {
	TranslationMap         map[string]string `json:"translationMap"`
	TranslationMapDefaults map[string]string `json:"translationMapDefaults"`
	SuccessTemplate        string            `json:"successTemplate"`
}

// document is the action as AddAction takes it.
func (row seedAction) document(o seedOrg) ([]byte, []ActionOption) {
	id := row.id(o)
	row.timeout = o.timeout(row)
	doc := plainJSON(seedActionDoc{
		ID: id, Name: row.name, IntegrationID: row.integrationID(o), Category: row.category,
		Contract: seedContract(row.name, row.inputs, row.outputs), Version: seedNumber(12, "version", id),
		Secure: row.kind == seedSecure, Config: row.config(o), SelfURI: "/api/v2/integrations/actions/" + id,
	})
	switch row.kind {
	case seedByURI:
		return doc, []ActionOption{TemplatesByURI()}
	case seedFunction, seedRetired:
		return doc, []ActionOption{AsFunction(row.function(o))}
	case seedOdd:
		doc = withValue(doc, []byte(`9007199254740993`), "config", "request", "traceReference")
		doc = withValue(doc, []byte(`1.0`), "config", "request", "retryBudget")
		notes := []byte(`{"owner":"Käthe Øster","reviewed":"2026-03-02","notes":null}`)
		doc = withValue(doc, notes, "config", "annotations")
	}
	return doc, nil
}

func (row seedAction) config(o seedOrg) *seedConfig {
	if row.isFunction() { // the template is read-only, and only names the function
		return &seedConfig{Request: &seedRequest{
			RequestURLTemplate: row.functionID(o), RequestTemplate: "${input.rawRequest}", RequestType: "POST",
			Headers: map[string]string{},
		}}
	}
	request := &seedRequest{
		RequestURLTemplate: seedIntegrations[row.integration] + row.url, RequestTemplate: "${input.rawRequest}",
		RequestType: row.method, Headers: map[string]string{"Accept": "application/json"},
	}
	if row.method != "GET" {
		request.Headers["Content-Type"] = "application/json"
		request.RequestTemplate = seedTemplate(row.inputs, func(f string) string {
			return `"$esc.jsonEncode($!{input.` + f + `})"`
		})
	}
	response := &seedResponse{
		TranslationMap: map[string]string{}, TranslationMapDefaults: map[string]string{},
		SuccessTemplate: seedTemplate(row.outputs, func(f string) string { return "${" + f + "}" }),
	}
	for f := range strings.FieldsSeq(row.outputs) {
		response.TranslationMap[f] = "$." + f
		response.TranslationMapDefaults[f] = `""`
	}
	return &seedConfig{Request: request, Response: response, TimeoutSeconds: row.timeout}
}

func (row seedAction) functionID(o seedOrg) string { return o.uuid("function", row.name) }

// function is the FunctionConfig of a function data action.
func (row seedAction) function(o seedOrg) []byte {
	runtime := "nodejs22.x"
	if row.kind == seedRetired {
		runtime = "nodejs16.x"
	}
	name := strings.ReplaceAll(strings.ToLower(row.name), " ", "-")
	doc := plainJSON(raw(`{
		"id": %q,
		"function": {
			"id": %q, "name": "harbourpine-%s", "description": %q, "dateCreated": "2026-02-11T09:30:00.000Z",
			"zipId": %q, "handler": "src/index.handler", "runtime": %[6]q
		},
		"zip": {"id": %[5]q, "name": "%[3]s.zip", "status": "Available", "dateCreated": "2026-02-11T09:31:12.000Z"},
		"selfUri": "/api/v2/integrations/actions/%[1]s/function"
	}`, row.id(o), row.functionID(o), name, row.name+" for calls and messages", o.uuid("zip", row.name), runtime))
	if row.timeout > 0 {
		doc = withValue(doc, fmt.Append(nil, row.timeout), "function", "timeoutSeconds")
	}
	return doc
}
