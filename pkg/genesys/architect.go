package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/flowconfig"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/rawjson"
)

const flowsPath = "/api/v2/flows"

// flowsAtOnce is how many ids one lookup asks for: with UUIDs, a URL of about 4 KB.
const flowsAtOnce = 100

func flowPath(id string) string { return flowsPath + "/" + url.PathEscape(id) }

// Flow is an Architect flow and the versions that the API reports for it.
type Flow struct {
	dataaction.Flow
	dataaction.FlowVersions
}

// ListFlows lists the organisation's Architect flows.
//
// Vendor's call: GET /api/v2/flows.
func (c *Client) ListFlows(ctx context.Context) ([]Flow, error) {
	flows, err := c.flows(nil).all(ctx, nil)
	return flows, flowListingError(err)
}

// FlowsByName lists the flows with exactly this name and, unless flowType is empty, this type (case-insensitive).
//
// Vendor's call: GET /api/v2/flows?name=&type=.
func (c *Client) FlowsByName(ctx context.Context, name, flowType string) ([]Flow, error) {
	query := url.Values{"name": {name}}
	if flowType != "" {
		query.Set("type", strings.ToLower(flowType))
	}
	flows, err := c.flows(query).all(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("looking for flow %.200q: %w", name, err)
	}
	wanted := dataaction.FlowSelector{Name: name, Type: flowType}
	var exact []Flow
	for _, f := range flows { // the API matches parts of names
		if wanted.Matches(f.Flow) {
			exact = append(exact, f)
		}
	}
	return exact, nil
}

func (c *Client) flows(query url.Values) listing[Flow] {
	return listing[Flow]{client: c, path: flowsPath, query: query, decode: func(w *rawjson.Walk) (string, Flow) {
		f, _ := decodeFlow(w.Value())
		return f.ID, f
	}}
}

// FlowsByID looks flows up by id, 100 a request, concurrently. A flow that the answer lacks is left out: only Flow
// tells whether it exists.
//
// Vendor's call: GET /api/v2/flows/lookup?id=&id=.
func (c *Client) FlowsByID(ctx context.Context, ids []string) ([]Flow, error) {
	batches := slices.Collect(slices.Chunk(distinct(ids), flowsAtOnce))
	found := make([][]Flow, len(batches))
	group, ctx := parallel.WithContext(ctx)
	for i, batch := range batches {
		group.Go(func() error {
			return c.getRaw(ctx, flowsPath+"/lookup", url.Values{"id": batch}, func(doc rawjson.Value) error {
				list, _ := doc.Get("entities")
				if !list.IsArray() {
					return wrongShape(list, "entities")
				}
				found[i] = nil
				for e := range list.Elements() {
					if f, deleted := decodeFlow(e); f.ID != "" && !deleted {
						found[i] = append(found[i], f)
					}
				}
				return nil
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("looking up flows: %w", err)
	}
	return slices.Concat(found...), nil
}

// Flow reads one flow. A flow that does not exist, or is deleted, is a *FlowNotFoundError.
//
// Vendor's call: GET /api/v2/flows/{flowId}.
func (c *Client) Flow(ctx context.Context, id string) (Flow, error) {
	doc, err := c.read(ctx, flowPath(id), nil)
	if err == nil {
		err = sameID(doc, id)
	}
	var f Flow
	if err == nil {
		var deleted bool
		if f, deleted = decodeFlow(doc); deleted {
			err = &FlowNotFoundError{f.Flow, errors.New("it is deleted")}
		}
	} else if IsNotFound(err) {
		err = &FlowNotFoundError{dataaction.Flow{ID: id}, err}
	}
	if err != nil {
		return Flow{}, fmt.Errorf("reading flow %.200q: %w", id, err)
	}
	return f, nil
}

func decodeFlow(doc rawjson.Value) (f Flow, deleted bool) {
	fields := doc.Fields()
	f.ID, f.Name = words(fields["id"]), words(fields["name"])
	f.Type = dataaction.FlowType(words(fields["type"]))
	f.Published, f.Saved = versionID(fields["publishedVersion"]), versionID(fields["savedVersion"])
	f.Inactive = string(fields["active"]) == "false"
	return f, string(fields["deleted"]) == "true"
}

// versionID is the id of a flow's version: text such as "3.0".
func versionID(version rawjson.Value) string {
	id, _ := version.Get("id")
	if id.IsNumber() {
		return string(id)
	}
	return words(id)
}

// FlowCalls reads what one version of a flow's configuration says about data actions. It reads a stream: a
// configuration can be many megabytes. Calls.Flow has the id asked for and the name and type in the configuration.
//
// Vendor's call: GET /api/v2/flows/{flowId}/versions/{versionId}/configuration. A configuration that is not a JSON
// object is a *BodyError.
func (c *Client) FlowCalls(ctx context.Context, id, version string) (dataaction.Calls, error) {
	var calls dataaction.Calls
	var parsing error
	path := flowPath(id) + "/versions/" + url.PathEscape(version) + "/configuration"
	err := c.stream(ctx, readCallOf(call{method: http.MethodGet, path: path}), func(r io.Reader) error {
		calls, parsing = flowconfig.Parse(r)
		var syntax *rawjson.SyntaxError
		switch {
		case errors.Is(parsing, flowconfig.ErrNotObject):
			return &json.UnmarshalTypeError{Value: "value that is not an object"}
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
		return dataaction.Calls{}, fmt.Errorf("reading version %.20q of flow %.200q: %w", version, id, err)
	}
	calls.Flow.ID = id
	return calls, nil
}

// FlowNotFoundError reports that a flow does not exist.
type FlowNotFoundError struct {
	Flow dataaction.Flow
	Err  error
}

func (e *FlowNotFoundError) Error() string {
	return fmt.Sprintf("flow %.200q was not found: %v", e.Flow.ID, e.Err)
}

func (e *FlowNotFoundError) Unwrap() error { return e.Err }

// speaksOfFlow reports whether the vendor's error names this flow, or flows at all ("flow not found"), unlike a
// gateway's "HTTP 404 Not Found".
func speaksOfFlow(err error, id string) bool {
	var api *APIError
	return errors.As(err, &api) && (id != "" && strings.Contains(api.Message, id) || says(api, "flow"))
}

// says reports whether the vendor's message or code contains a word.
func says(e *APIError, word string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(e.Message+" "+strings.ReplaceAll(e.Code, ".", " ")), blank) {
		if strings.Trim(w, `"'.,:;()[]`) == word {
			return true
		}
	}
	return false
}

func blank(r rune) bool { return r == ' ' || r == '_' }
