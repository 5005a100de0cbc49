package genesys

import (
	"context"
	"fmt"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// FunctionTimeout reads the timeout of a function data action as published; nil where none is set, and the platform's default of
// 15 seconds rules.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}/function. A function that shows no readable timeout is a *StateError.
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

// functionDocument is a FunctionConfig of the vendor's SDKs: a function's settings and what it says of its code.
type functionDocument struct {
	client   *Client
	id       string
	function rawjson.Value
	zip      string
	read     time.Time
	drafted  error // why no draft may be made; nil where there was none right before the reading
}

func (c *Client) functionDocument(ctx context.Context, id string) (*functionDocument, error) {
	return c.functionAt(ctx, id, actionPath(id)+"/function")
}

func (c *Client) functionAt(ctx context.Context, id, path string) (*functionDocument, error) {
	doc, err := c.read(ctx, path, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the function of data action %.200q: %w", id, err)
	}
	d := newFunctionDocument(c, id, doc)
	if !d.function.IsObject() {
		return nil, &StateError{NoConfig, fmt.Errorf("reading the function of data action %.200q: the API shows no function for it", id)}
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

// OpenFunction reads a function data action's settings afresh. Live has its id, type and timeout: the call tells no more.
//
// Whether there is a draft is looked at first, so that as little time as can be lies between the reading and a draft made on top
// of it; what that gives is for the write to say.
//
// Vendor's calls: GET /api/v2/integrations/actions/{id}/draft and /function.
func (c *Client) OpenFunction(ctx context.Context, id string) (*Document, error) {
	drafted := c.noDraft(ctx, id)
	d, err := c.functionDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	d.drafted = drafted
	l := dataaction.Live{Action: dataaction.Action{ID: id, Type: dataaction.TypeFunction}, Complete: true}
	l.Timeout, l.Unsupported = timeoutMember(d.function, "timeoutSeconds", time.Second)
	return &Document{Live: l, writer: d}, nil
}
