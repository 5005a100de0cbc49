package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/flowconfig"
	"genesys-timeouts/pkg/rawjson"
)

const flowsPath = "/api/v2/flows"

func flowPath(id string) string { return flowsPath + "/" + url.PathEscape(id) }

// ListFlows lists the organisation's Architect flows.
//
// Vendor's call: GET /api/v2/flows.
func (c *Client) ListFlows(ctx context.Context) ([]dataaction.Flow, error) {
	flows, err := c.flows(nil).all(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("listing flows: %w", err)
	}
	return flows, nil
}

// FlowsByName lists the flows of exactly this name and, where flowType is not empty, of this type in any case.
//
// Vendor's call: GET /api/v2/flows?name=&type=.
func (c *Client) FlowsByName(ctx context.Context, name, flowType string) ([]dataaction.Flow, error) {
	query := url.Values{"name": {name}}
	if flowType != "" {
		query.Set("type", flowType)
	}
	flows, err := c.flows(query).all(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("looking for flow %.200q: %w", name, err)
	}
	wanted := dataaction.FlowSelector{Name: name, Type: flowType}
	var exact []dataaction.Flow
	for _, f := range flows { // the API's name filter may be a partial one
		if wanted.Matches(f) {
			exact = append(exact, f)
		}
	}
	return exact, nil
}

func (c *Client) flows(query url.Values) listing[dataaction.Flow] {
	return listing[dataaction.Flow]{client: c, path: flowsPath, query: query, decode: func(doc rawjson.Value) (string, dataaction.Flow) {
		f := decodeFlow(doc)
		return f.ID, f
	}}
}

// Flow reads one flow.
//
// Vendor's call: GET /api/v2/flows/{flowId}.
func (c *Client) Flow(ctx context.Context, id string) (dataaction.Flow, error) {
	doc, err := c.read(ctx, flowPath(id), nil)
	if err != nil {
		return dataaction.Flow{}, fmt.Errorf("reading flow %.200q: %w", id, err)
	}
	return decodeFlow(doc), nil
}

func decodeFlow(doc rawjson.Value) dataaction.Flow {
	fields := doc.Fields()
	return dataaction.Flow{ID: words(fields["id"]), Name: words(fields["name"]), Type: words(fields["type"])}
}

// FlowCalls reads what a flow's latest configuration says of data actions. It is read as a stream: a configuration may be many
// megabytes. Flow holds the id asked for, and the name and type that the configuration gives.
//
// Vendor's call: GET /api/v2/flows/{flowId}/latestconfiguration. A configuration that is no JSON is a *BodyError.
func (c *Client) FlowCalls(ctx context.Context, id string) (dataaction.Calls, error) {
	var calls dataaction.Calls
	var parsing error
	err := c.stream(ctx, call{method: http.MethodGet, path: flowPath(id) + "/latestconfiguration"}, func(r io.Reader) error {
		calls, parsing = flowconfig.Parse(r)
		var syntax *rawjson.SyntaxError
		switch {
		case errors.Is(parsing, flowconfig.ErrNotObject):
			return &json.UnmarshalTypeError{Value: "value that is no object"}
		case errors.As(parsing, &syntax) && !errors.Is(parsing, io.ErrUnexpectedEOF):
			return &json.SyntaxError{Offset: syntax.Offset} // which stream knows
		}
		return parsing
	})
	var body *BodyError
	if errors.As(err, &body) && parsing != nil {
		err = fmt.Errorf("%w; %s", err, parsing.Error())
	}
	if err != nil {
		return dataaction.Calls{}, fmt.Errorf("reading the configuration of flow %.200q: %w", id, err)
	}
	calls.Flow.ID = id
	return calls, nil
}

// FlowNotFoundError is a 404 because of a flow that does not exist.
type FlowNotFoundError struct {
	Flow dataaction.Flow
	Err  error
}

func (e *FlowNotFoundError) Error() string {
	return fmt.Sprintf("flow %.200q was not found: %v", e.Flow.ID, e.Err)
}

func (e *FlowNotFoundError) Unwrap() error { return e.Err }

// speaksOfFlow reports whether the vendor's words of an error name the flow, or flows at all: "flow not found", as against a
// gateway's "HTTP 404 Not Found".
func speaksOfFlow(err error, id string) bool {
	var api *APIError
	return errors.As(err, &api) && (id != "" && strings.Contains(api.Message, id) || says(api, "flow"))
}

// says reports whether a word is in the vendor's message or code.
func says(e *APIError, word string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(e.Message+" "+strings.ReplaceAll(e.Code, ".", " ")), blank) {
		if strings.Trim(w, `"'.,:;()[]`) == word {
			return true
		}
	}
	return false
}

func blank(r rune) bool { return r == ' ' || r == '_' }
