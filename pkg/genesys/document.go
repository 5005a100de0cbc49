package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// Codes of a StateError.
const (
	// TemplateNotFound: a template that the configuration refers to does not exist. Writing the configuration would lose
	// it.
	TemplateNotFound = "template-not-found"
	// TemplateIncomplete: a template was answered in a way that may have cut it short. Writing it back would lose the
	// rest.
	TemplateIncomplete = "template-incomplete"
	// DraftExists: a function data action has a draft that this tool did not make.
	DraftExists = "draft-exists"
	// TimeoutUnsupported: the resource shows no timeout that could be changed.
	TimeoutUnsupported = "timeout-unsupported"
	// NoConfig: the API shows nothing to change.
	NoConfig = "no-config"
	// RuntimeGone: the function runs on a runtime that is no longer available, and takes no change but another runtime.
	RuntimeGone = "runtime-unavailable"
)

// StateError is a resource whose state does not allow its timeout to be read or changed; Code says which state.
type StateError struct {
	Code string
	Err  error
}

func (e *StateError) Error() string { return e.Err.Error() }

func (e *StateError) Unwrap() error { return e.Err }

// Document is one data action as just read. It is kept raw, so that nothing but the timeout changes when it is written
// back.
type Document struct {
	// Live is the action as the document shows it. Where Unsupported is set, Write refuses with it.
	Live   dataaction.Live
	writer writer
}

// writer writes a document with another timeout.
type writer interface {
	write(ctx context.Context, timeout time.Duration) (*Written, error)
}

// Written is a write that the API confirmed.
type Written struct {
	// Before and After are the JSON in which the timeout changed: an action's config, a function, or a resource of surface
	// flows.
	Before, After []byte
	// Live is what the answer shows; only a read tells whether the write took. Version is the one that the write made.
	Live dataaction.Live
}

// Write writes the document with this timeout and the version it was read with. The error satisfies IsConflict if
// another user wrote in between, and IsUncertain if the write may have been carried out. A timeout that is not a whole
// number of the resource's unit is an error; the caller and the server check its range.
func (d *Document) Write(ctx context.Context, timeout time.Duration) (*Written, error) {
	if d.Live.Unsupported != "" {
		return nil, &StateError{TimeoutUnsupported, fmt.Errorf("writing data action %.200q: %s", d.Live.ID,
			d.Live.Unsupported)}
	}
	return d.writer.write(ctx, timeout)
}

// number formats a timeout in a unit.
func number(timeout, unit time.Duration) ([]byte, error) {
	if timeout <= 0 || timeout%unit != 0 {
		return nil, fmt.Errorf("timeout %s is not a whole number of %s", dataaction.Text(timeout), unit)
	}
	return strconv.AppendInt(nil, int64(timeout/unit), 10), nil
}

// versionOf is a document's version in its own digits.
func versionOf(doc rawjson.Value) (rawjson.Value, error) {
	v, _ := doc.Get("version")
	if _, ok := whole(v); !ok {
		return nil, &StateError{NoConfig, errors.New("the API shows no version, which a write needs")}
	}
	return v, nil
}

// actionDocument is an action of surface integrations.
type actionDocument struct {
	client   *Client
	id       string
	version  rawjson.Value
	config   rawjson.Value
	function bool // there is evidence that it is a function data action
}

// OpenAction reads a data action of surface integrations afresh, in one request. One that comes without configuration
// or version is a *StateError.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}?includeConfig=true.
func (c *Client) OpenAction(ctx context.Context, id string) (*Document, error) {
	doc, err := c.actionDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	d := actionDocument{client: c, id: id, function: functionEvidence(doc)}
	if config, _ := doc.Get("config"); config.IsObject() {
		d.config = config
	} else {
		return nil, &StateError{NoConfig, fmt.Errorf("reading data action %.200q: %s", id, noConfigReason)}
	}
	if d.version, err = versionOf(doc); err != nil {
		return nil, fmt.Errorf("reading data action %.200q: %w", id, err)
	}
	return &Document{Live: decodePlain(doc), writer: d}, nil
}

func (d actionDocument) write(ctx context.Context, timeout time.Duration) (*Written, error) {
	w, err := d.patch(ctx, timeout)
	if err != nil {
		return nil, fmt.Errorf("writing data action %.200q: %w", d.id, err)
	}
	return w, nil
}

// patch sends the whole config, which the server replaces whole: templates that came as an address are read first, and
// where one cannot be read in full, *StateError, nothing is sent. The config of a function is never written: its
// timeout is elsewhere.
//
// Vendor's calls: GET .../{id}/templates/{file}, PATCH /api/v2/integrations/actions/{id} with an UpdateActionInput.
func (d actionDocument) patch(ctx context.Context, timeout time.Duration) (*Written, error) {
	seconds, err := number(timeout, time.Second)
	if err != nil {
		return nil, err
	}
	if d.function {
		if err := d.client.notFunction(ctx, d.id); err != nil {
			return nil, err
		}
	}
	before, err := d.client.inlineTemplates(ctx, d.id, d.config)
	if err != nil {
		return nil, err
	}
	after, err := rawjson.Set(before, seconds, "timeoutSeconds")
	if err != nil {
		return nil, err
	}
	w := &Written{Before: before, After: after}
	patch := call{
		method: http.MethodPatch, path: actionPath(d.id), body: fmt.Appendf(nil, `{"version":%s,"config":%s}`, d.version,
			after),
		permission: permissionActionEdit,
	}
	err = d.client.send(ctx, patch, func(doc rawjson.Value) { w.Live = decodeAction(doc) })
	return w, err
}

// flowActionDocument is a data action of surface flows.
type flowActionDocument struct {
	client *Client
	flow   dataaction.Flow
	id     string
	doc    rawjson.Value
	place  timeoutPlace
}

// OpenFlowAction reads a data action of surface flows afresh.
//
// Call: GET /api/v2/flows/dataactions/{id}?flowId=.
func (c *Client) OpenFlowAction(ctx context.Context, flow dataaction.Flow, id string) (*Document, error) {
	doc, err := c.flowActionDocument(ctx, flow, id)
	if err != nil {
		return nil, err
	}
	if _, err := versionOf(doc); err != nil {
		return nil, flowActionError("reading", flow, id, err)
	}
	live, place := decodeFlowAction(doc, flow)
	return &Document{Live: singleFlowAction(live), writer: flowActionDocument{c, flow, id, doc, place}}, nil
}

// write sends the whole resource. Call: PUT /api/v2/flows/dataactions/{id}?flowId=.
func (d flowActionDocument) write(ctx context.Context, timeout time.Duration) (*Written, error) {
	after, err := d.place.set(d.doc, timeout)
	w := &Written{Before: d.doc, After: after}
	if err == nil {
		put := call{
			method: http.MethodPut, path: flowActionPath(d.id), query: url.Values{"flowId": {d.flow.ID}}, body: after,
			permission: scopeFlowWrite,
		}
		err = d.client.send(ctx, put, func(doc rawjson.Value) { w.Live, _ = decodeFlowAction(doc, d.flow) })
	}
	if err != nil {
		return nil, flowActionError("writing", d.flow, d.id, err)
	}
	return w, nil
}

func (p timeoutPlace) set(doc []byte, timeout time.Duration) ([]byte, error) {
	unit := time.Second
	if p.inOptions {
		unit = time.Millisecond
	}
	value, err := number(timeout, unit)
	switch {
	case err != nil:
		return nil, err
	case !p.inOptions:
		return rawjson.Set(doc, value, "executionTimeout")
	case p.inString:
		return rawjson.SetInString(doc, value, []string{"definition"}, "options", "timeout")
	default:
		return rawjson.Set(doc, value, "definition", "options", "timeout")
	}
}
