package genesys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"

	"genesys-timeouts/pkg/rawjson"
)

// resume publishes a draft that was there before this run, if it holds exactly what this run would put: an earlier run
// made it and could neither publish nor remove it.
func (o *ownDraft) resume(ctx context.Context) (*Written, error) {
	version, err := versionOf(o.draft)
	if err != nil {
		return nil, fmt.Errorf("reading the draft's version: %w", err)
	}
	found, err := o.client.functionAt(ctx, o.id, o.draftPath("/function"))
	switch {
	case IsNotFound(err): // published or deleted since it was seen
		return nil, errRepublished
	case err != nil:
		return nil, fmt.Errorf("comparing the draft: %w", err)
	case found.same(o.functionDocument):
		return nil, foreignDraft("it has a draft already, equal to the published function: another user may be working " +
			"on it, " +
			"or an interrupted run left it; it was left as it is")
	}
	ours := sameJSON(found.function, o.written.After) && found.zip == o.zip
	if ours {
		if ours, err = o.sameRest(ctx, o.draft); err != nil {
			return nil, fmt.Errorf("comparing the draft: %w", err)
		}
	}
	if !ours {
		return nil, foreignDraft("it has a draft already, and publishing that would release another user's unfinished " +
			"work; " +
			"it was left as it is")
	}
	o.holds = found.function
	o.written.Live.Timeout = &o.timeout
	return o.publish(ctx, version)
}

// ours reports whether a draft that this run made, doc, is untouched. Its version tells that without a request where it
// counts no more saves than ours that were answered. A server may count in another way, and a PUT whose answer was lost
// may count or not, so with any other version what the draft holds decides. doc is nil where it could not be read.
func (o *ownDraft) ours(ctx context.Context, doc rawjson.Value) (bool, error) {
	if version, _ := doc.Get("version"); doc != nil && o.made > 0 {
		if now, ok := whole(version); ok && now <= o.made+o.saves {
			return true, nil
		}
	}
	found, err := o.client.functionAt(ctx, o.id, o.draftPath("/function"))
	if err != nil {
		return false, err
	}
	held := sameJSON(found.function, o.holds) || sameJSON(found.function, o.written.After)
	if !held || found.zip != "" && o.zip != "" && found.zip != o.zip {
		return false, nil
	}
	if doc == nil {
		return true, nil
	}
	return o.sameRest(ctx, doc)
}

// draftFields are what a draft holds beside its function, and this tool never changes.
var draftFields = [][]string{
	{"name"}, {"category"}, {"secure"}, {"contract"},
	{"config", "request", "headers"}, {"config", "request", "requestType"}, {"config", "request", "requestTemplate"},
	{"config", "response", "translationMap"}, {"config", "response", "translationMapDefaults"},
	{"config", "response", "successTemplate"},
}

// sameRest reports whether a draft differs from the published action in nothing but its function, as far as both show
// it.
func (o *ownDraft) sameRest(ctx context.Context, draft rawjson.Value) (bool, error) {
	action, err := o.client.readCall(ctx, call{
		method: http.MethodGet, path: actionPath(o.id), query: url.Values{"includeConfig": {"true"}},
		permission: permissionActionView,
	})
	if err != nil {
		return false, err
	}
	for _, path := range draftFields {
		a, shown := action.Get(path...)
		d, drafted := draft.Get(path...)
		if shown && drafted && !sameJSON(a, d) {
			return false, nil
		}
	}
	return true, nil
}

// sameJSON reports whether two documents mean the same; numbers are compared as written.
func sameJSON(a, b rawjson.Value) bool {
	x, okX := decoded(a)
	y, okY := decoded(b)
	return okX && okY && reflect.DeepEqual(x, y)
}

func decoded(v rawjson.Value) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	var x any
	err := dec.Decode(&x)
	return x, err == nil
}

// failed ends a write after the draft was made: unless the error already says whose the draft is, the draft is removed.
func (o *ownDraft) failed(ctx context.Context, err error, maybePublished bool) error {
	var state *StateError
	var left *DraftLeftError
	if errors.As(err, &state) && state.Code == DraftExists || errors.As(err, &left) {
		return err
	}
	return o.tidied(ctx, err, maybePublished)
}

// tidied removes our draft and adds to err what state that leaves.
func (o *ownDraft) tidied(ctx context.Context, err error, maybePublished bool) error {
	state := "the published action is unchanged"
	if maybePublished {
		state = "reading the action again shows whether it was published"
	}
	tidy, cancel := tidying(ctx)
	defer cancel()
	doc, look := o.client.draftOf(tidy, o.id)
	if look == nil && doc == nil {
		return fmt.Errorf("%w; %s, and there is no draft any more", err, state)
	}
	ours, look := o.ours(tidy, doc)
	switch {
	case IsNotFound(look):
		return fmt.Errorf("%w; %s, and there is no draft any more", err, state)
	case look != nil:
		return &DraftLeftError{fmt.Errorf("%w; %s, but its draft could not be compared and has to be discarded by hand: %s",
			err, state, look.Error())}
	case !ours:
		return &StateError{DraftExists, fmt.Errorf("%w; %s; another user changed the draft meanwhile, and it was left as "+
			"it is", err, state)}
	}
	if left := o.remove(tidy); left != nil {
		return &DraftLeftError{fmt.Errorf("%w; %s, but the draft that this run made could not be removed and has to be "+
			"discarded by hand: %s",
			err, state, left.Error())}
	}
	return fmt.Errorf("%w; %s, and its draft was removed", err, state)
}

// remove discards the draft.
func (o *ownDraft) remove(ctx context.Context) (err error) {
	discard := call{method: http.MethodDelete, path: o.draftPath(""), permission: permissionActionDelete}
	for n := range tidyTries {
		if n > 0 && waitFor(ctx, o.client.clock, backoff(n, o.client.jitter), true, nil) != nil {
			break
		}
		var a answer
		a, err = o.client.do(ctx, discard)
		if err == nil && a.status != http.StatusNoContent { // a gateway's page, perhaps: look
			var draft rawjson.Value
			if draft, err = o.client.draftOf(ctx, o.id); draft != nil {
				err = fmt.Errorf("DELETE answered %s, and the draft is still there", statusText(a.status))
				continue
			}
		}
		if err == nil || IsNotFound(err) {
			return nil
		}
		if !IsUncertain(err) {
			break
		}
	}
	return err
}

// tidying is a context that outlives ctx by a bounded time.
func tidying(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
}
