package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// flowActionsPath is the root of surface flows, which is not in the vendor's public reference.
const flowActionsPath = "/api/v2/flows/dataactions"

func flowActionPath(id string) string { return flowActionsPath + "/" + url.PathEscape(id) }

// FlowActions lists the data actions of one flow, 100 a request.
//
// Call: GET /api/v2/flows/dataactions?flowId=&expand=definition. A 404 is a *FlowNotFoundError or a
// *SurfaceMissingError: the answer's words tell them apart or, in one more request, whether the flow exists.
func (c *Client) FlowActions(ctx context.Context, flow dataaction.Flow) ([]dataaction.Live, error) {
	live, err := listing[dataaction.Live]{
		client: c, path: flowActionsPath, query: url.Values{"flowId": {flow.ID}, "expand": {"definition"}},
		decode: func(w *rawjson.Walk) (string, dataaction.Live) {
			l, _ := decodeFlowAction(w.Value(), flow)
			return l.ID, l
		},
	}.all(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("listing the data actions of flow %.200q: %w", flow.ID, c.notListed(ctx, flow, err))
	}
	return live, nil
}

// notListed makes of a 404 what it means.
func (c *Client) notListed(ctx context.Context, flow dataaction.Flow, err error) error {
	if !IsNotFound(err) {
		return err
	}
	if speaksOfFlow(err, flow.ID) {
		return &FlowNotFoundError{flow, err}
	}
	_, probe := c.Flow(ctx, flow.ID)
	_, gone := errors.AsType[*FlowNotFoundError](probe)
	switch {
	case probe == nil:
		return &SurfaceMissingError{API: dataaction.Flows, Err: err}
	case gone:
		return &FlowNotFoundError{flow, err}
	default:
		return fmt.Errorf("either the flow does not exist, or surface %s does not (the other one is %s): %w; "+
			"asking for the flow gave: %s",
			dataaction.Flows, dataaction.Integrations, err, probe.Error())
	}
}

// FlowAction reads one data action of a flow. A 404 because of the flow is a *FlowNotFoundError.
//
// Call: GET /api/v2/flows/dataactions/{id}?flowId=.
func (c *Client) FlowAction(ctx context.Context, flow dataaction.Flow, id string) (dataaction.Live, error) {
	doc, err := c.flowActionDocument(ctx, flow, id)
	if err != nil {
		return dataaction.Live{}, err
	}
	l, _ := decodeFlowAction(doc, flow)
	return singleFlowAction(l), nil
}

func (c *Client) flowActionDocument(ctx context.Context, flow dataaction.Flow, id string) (rawjson.Value, error) {
	doc, err := c.read(ctx, flowActionPath(id), url.Values{"flowId": {flow.ID}})
	if err == nil {
		err = sameID(doc, id)
	}
	if err != nil {
		return nil, flowActionError("reading", flow, id, err)
	}
	return doc, nil
}

func flowActionError(doing string, flow dataaction.Flow, id string, err error) error {
	var api *APIError
	if IsNotFound(err) && errors.As(err, &api) && !says(api, "action") && speaksOfFlow(err, flow.ID) {
		err = &FlowNotFoundError{flow, err}
	}
	return fmt.Errorf("%s data action %.200q of flow %.200q: %w", doing, id, flow.ID, err)
}

// singleFlowAction is an action read by itself: what it does not show then, it does not show at all.
func singleFlowAction(l dataaction.Live) dataaction.Live {
	if !l.Complete && l.Unit == 0 {
		l.Unsupported = noTimeoutReason(l.Type)
	}
	l.Complete = true
	return l
}

func noTimeoutReason(actionType string) string {
	return fmt.Sprintf("a data action of type %.60q shows no timeout", actionType)
}

// timeoutPlace is where a resource of surface flows keeps its timeout.
type timeoutPlace struct {
	inOptions bool // definition.options.timeout, in milliseconds; else executionTimeout, in seconds
	inString  bool // the definition is a string that holds JSON
}

// decodeFlowAction keeps what is needed of a data action of surface flows, and finds its timeout: for type rest in
// the definition's options; for any other type in executionTimeout where the resource has that field, else in the
// options where they have it. A null executionTimeout gives way to a timeout in the options: a server may write null
// for every field that is not in use.
func decodeFlowAction(doc rawjson.Value, flow dataaction.Flow) (dataaction.Live, timeoutPlace) {
	fields := doc.Fields()
	l := dataaction.Live{
		Action: dataaction.Action{ID: words(fields["id"]), Name: words(fields["name"]), Type: words(fields["type"])},
		Flow:   &flow,
	}
	l.Version, _ = whole(fields["version"])
	seconds, hasSeconds := fields["executionTimeout"]
	if l.Type != dataaction.TypeREST && hasSeconds && !seconds.IsNull() {
		return setTimeout(l, doc, "executionTimeout", time.Second), timeoutPlace{}
	}
	definition, place, shown := definitionOf(doc)
	options, _ := definition.Get("options")
	value, hasValue := options.Get("timeout")
	place.inOptions = true
	switch rest := l.Type == dataaction.TypeREST; {
	case !rest && hasValue && !value.IsNull():
		return setTimeout(l, options, "timeout", time.Millisecond), place
	case !shown && !rest && hasSeconds: // unset in seconds, or set in a definition that the listing left out
		l.Unit = time.Second
		return l, timeoutPlace{}
	case !shown: // a listing may leave the definition out
		return l, place
	case !rest && hasSeconds:
		return setTimeout(l, doc, "executionTimeout", time.Second), timeoutPlace{}
	case !rest && !hasValue:
		l.Complete, l.Unsupported = true, noTimeoutReason(l.Type)
	case rest && !definition.IsObject():
		l.Complete, l.Unsupported = true, "its definition is not an object, nor a string with one"
	case len(options) > 0 && !options.IsObject() && !options.IsNull():
		l.Complete, l.Unsupported = true, "its definition's options are not an object"
	default:
		return setTimeout(l, options, "timeout", time.Millisecond), place
	}
	return l, place
}

func setTimeout(l dataaction.Live, in rawjson.Value, name string, unit time.Duration) dataaction.Live {
	l.Complete, l.Unit = true, unit
	l.Timeout, l.Unsupported = timeoutMember(in, name, unit)
	return l
}

// definitionOf is a resource's definition, out of its string where it comes as one, and whether there is any.
func definitionOf(doc rawjson.Value) (definition rawjson.Value, place timeoutPlace, shown bool) {
	definition, shown = doc.Get("definition")
	if !shown || definition.IsNull() {
		return nil, place, false
	}
	if !definition.IsString() {
		return definition, place, true
	}
	place.inString = true
	inner, ok, err := rawjson.GetInString(doc, []string{"definition"})
	if err != nil || !ok {
		return nil, place, true
	}
	return rawjson.Value(inner), place, true
}
