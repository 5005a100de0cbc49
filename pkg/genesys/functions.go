package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// FunctionTimeout reads the timeout of a function data action as published; nil where none is set, and the platform's
// default of 15 seconds rules.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}/function. A function that shows no readable timeout is a
// *StateError.
func (c *Client) FunctionTimeout(ctx context.Context, id string) (*time.Duration, error) {
	d, err := c.functionDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	timeout, reason := timeoutMember(d.function, "timeoutSeconds", time.Second)
	if reason != "" {
		return nil, &StateError{TimeoutUnsupported, fmt.Errorf("reading the function of data action %.200q: %s", id, reason)}
	}
	return timeout, nil
}

// functionDocument is a FunctionConfig of the vendor's SDKs: a function's settings and which code it runs.
type functionDocument struct {
	client   *Client
	id       string
	function rawjson.Value
	zip      string
	read     time.Time
	// draft is the draft that existed right before the reading, nil where there was none; draftErr is why that is unknown.
	draft    rawjson.Value
	draftErr error
}

func (c *Client) functionDocument(ctx context.Context, id string) (*functionDocument, error) {
	return c.functionAt(ctx, id, actionPath(id)+"/function")
}

func (c *Client) functionAt(ctx context.Context, id, path string) (*functionDocument, error) {
	doc, err := c.readCall(ctx, call{method: http.MethodGet, path: path, permission: permissionFunctionView})
	if err != nil {
		return nil, fmt.Errorf("reading the function of data action %.200q: %w", id, err)
	}
	d := newFunctionDocument(c, id, doc)
	if !d.function.IsObject() {
		return nil, &StateError{NoConfig, fmt.Errorf("reading the function of data action %.200q: the API shows no "+
			"function for it", id)}
	}
	return d, nil
}

func newFunctionDocument(c *Client, id string, doc rawjson.Value) *functionDocument {
	d := &functionDocument{client: c, id: id, read: c.clock.Now()}
	d.function, _ = doc.Get("function")
	zip, _ := doc.Get("zip", "id")
	if d.zip = words(zip); d.zip == "" {
		zip, _ = d.function.Get("zipId")
		d.zip = words(zip)
	}
	return d
}

// OpenFunction reads a function data action's settings afresh. Live has its id, type and timeout: the call tells no
// more.
//
// It looks for a draft first, which leaves the least time between the reading and a draft made on top of it; Write
// judges it.
//
// Vendor's calls: GET /api/v2/integrations/actions/{id}/draft and /function.
func (c *Client) OpenFunction(ctx context.Context, id string) (*Document, error) {
	draft, draftErr := c.draftOf(ctx, id)
	d, err := c.functionDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	d.draft, d.draftErr = draft, draftErr
	l := dataaction.Live{Action: dataaction.Action{ID: id, Type: dataaction.TypeFunction}, Complete: true}
	l.Timeout, l.Unsupported = timeoutMember(d.function, "timeoutSeconds", time.Second)
	return &Document{Live: l, writer: d}, nil
}

// draftOf reads an action's draft: nil if none.
func (c *Client) draftOf(ctx context.Context, id string) (rawjson.Value, error) {
	doc, err := c.readCall(ctx, call{method: http.MethodGet, path: actionPath(id) + "/draft",
		permission: permissionActionView})
	if IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for a draft: %w", err)
	}
	return doc, nil
}

// functionEvidence reports whether an action may be a function data action: its category says so, or its URL template
// is a bare GUID, which is what the API shows for a function's. Only GET /function tells.
func functionEvidence(doc rawjson.Value) bool {
	category, _ := doc.Get("category")
	template, _ := doc.Get("config", "request", "requestUrlTemplate")
	return dataaction.IsFunctionCategory(words(category)) || IsFunctionURL(template)
}

// notFunction is an error where an action is a function data action.
func (c *Client) notFunction(ctx context.Context, id string) error {
	switch _, err := c.functionDocument(ctx, id); {
	case IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	return &StateError{TimeoutUnsupported, errors.New("it is a function data action, planned as a plain one: plan " +
		"again; nothing was written")}
}
