package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"genesys-timeouts/pkg/rawjson"
)

const (
	// tidyTime is how long is spent on finding out about a draft of ours, and on removing it, after a failure or an interrupt.
	tidyTime = 30 * time.Second
	// whileAgo is how old a reading may be for a draft made on top of it to be taken for the same.
	whileAgo = 2 * time.Second
	// fillTries is how often a draft of ours is given its function, and tidyTries how often removing it is tried.
	fillTries, tidyTries = 3, 3
)

// DraftLeftError is a write of a function that failed and may have left a draft of this tool's making.
type DraftLeftError struct{ Err error }

func (e *DraftLeftError) Error() string { return e.Err.Error() }

func (e *DraftLeftError) Unwrap() error { return e.Err }

// write changes a published function's timeout: a draft is made from the published action, given the function with the new
// timeout, and published. There must be no draft before (OpenFunction looked), since publishing would release somebody's unfinished work. On a
// failure between the steps the published action is as it was, the draft is removed, and the error says what state was left.
//
// Vendor's calls, below /api/v2/integrations/actions/{id}: GET draft, POST draft, PUT draft/function, GET draft, POST
// draft/publish, DELETE draft.
func (d *functionDocument) write(ctx context.Context, timeout time.Duration) (*Written, error) {
	w, err := d.replace(ctx, timeout)
	if err != nil {
		return nil, fmt.Errorf("writing the function of data action %.200q: %w", d.id, err)
	}
	return w, nil
}

func (d *functionDocument) replace(ctx context.Context, timeout time.Duration) (*Written, error) {
	seconds, err := number(timeout, time.Second)
	if err != nil {
		return nil, err
	}
	after, err := rawjson.Set(d.function, seconds, "timeoutSeconds")
	if err != nil {
		return nil, err
	}
	if d.drafted != nil {
		return nil, d.drafted
	}
	if err := d.makeDraft(ctx); err != nil {
		return nil, err
	}
	w := &Written{Before: d.function, After: after}
	if err = d.stillAsRead(ctx); err == nil {
		err = d.fill(ctx, w)
	}
	asked := err == nil
	if asked {
		err = d.publish(ctx, w, timeout)
	}
	var state *StateError
	var left *DraftLeftError
	switch {
	case err == nil:
		return w, nil
	case errors.As(err, &state) && state.Code == DraftExists, errors.As(err, &left):
		return nil, err // the draft is not ours alone, or may not be
	default:
		return nil, d.tidied(ctx, err, asked && IsUncertain(err))
	}
}

// noDraft is an error where there is a draft, or whether there is one is not known.
func (c *Client) noDraft(ctx context.Context, id string) error {
	switch _, err := c.read(ctx, actionPath(id)+"/draft", nil); {
	case err == nil:
		return foreignDraft("it has a draft already, and publishing that would release somebody's unfinished work")
	case !IsNotFound(err):
		return fmt.Errorf("looking for a draft: %w", err)
	}
	return nil
}

func (d *functionDocument) draft(below string) string { return actionPath(d.id) + "/draft" + below }

func foreignDraft(why string) error { return &StateError{DraftExists, errors.New(why)} }

// makeDraft makes a draft. When it is uncertain whether one was made, a draft that holds what is published is taken for it: it
// holds nothing of anybody's.
func (d *functionDocument) makeDraft(ctx context.Context) error {
	_, err := d.client.do(ctx, call{method: http.MethodPost, path: d.draft("")})
	switch {
	case err == nil:
		return nil
	case IsConflict(err):
		return &StateError{DraftExists, fmt.Errorf("making a draft: %w; the published action is unchanged", err)}
	case !IsUncertain(err):
		return fmt.Errorf("making a draft: %w; the published action is unchanged and no draft was made", err)
	}
	tidy, cancel := tidying(ctx)
	defer cancel()
	found, look := d.client.functionAt(tidy, d.id, d.draft("/function"))
	switch {
	case IsNotFound(look):
		return fmt.Errorf("making a draft: %w; the published action is unchanged and no draft was found", err)
	case look != nil:
		return &DraftLeftError{fmt.Errorf("making a draft: %w; the published action is unchanged, and whether there is a draft now is not known: %s", err, look.Error())}
	case !found.same(d):
		return &StateError{DraftExists, fmt.Errorf("making a draft: %w; a draft with other content was found, and left alone", err)}
	case ctx.Err() != nil:
		return d.tidied(ctx, fmt.Errorf("making a draft: %w", err), false)
	}
	return nil
}

// errRepublished is a function that was published anew by somebody else between our reading it and our draft, which was made
// from the new one: as with a version that has moved on, it has to be read again.
var errRepublished = errors.New("somebody published it anew at the same moment")

// stillAsRead compares the draft with what was read. It asks only where that is a while ago, as when a rate window ended in between:
// right after the reading it would be one request more for every function.
func (d *functionDocument) stillAsRead(ctx context.Context) error {
	if d.client.clock.Now().Sub(d.read) < whileAgo {
		return nil
	}
	made, err := d.client.functionAt(ctx, d.id, d.draft("/function"))
	if err != nil {
		return fmt.Errorf("looking at the draft: %w", err)
	}
	if made.same(d) {
		return nil
	}
	now, err := d.client.functionDocument(ctx, d.id)
	switch {
	case err != nil:
		return &DraftLeftError{fmt.Errorf("looking at what is published: %w; there is a draft that may be somebody's, and it was left as it is", err)}
	case !made.same(now):
		return foreignDraft("somebody made a draft at the same moment, and it was left as it is")
	}
	return errRepublished
}

// same reports whether two readings show the same function and code.
func (d *functionDocument) same(o *functionDocument) bool {
	return string(d.function) == string(o.function) && d.zip == o.zip
}

// fill gives the draft the function with its new timeout. A *StateError is a draft that turned out not to be ours.
func (d *functionDocument) fill(ctx context.Context, w *Written) error {
	var stored *functionDocument
	put := call{method: http.MethodPut, path: d.draft("/function"), body: w.After}
	for n := 1; ; n++ { // again does no harm: the draft is ours, and is replaced whole by the same
		err := d.client.send(ctx, put, func(doc rawjson.Value) { stored = newFunctionDocument(d.client, d.id, doc) })
		if err == nil {
			break
		}
		if !IsUncertain(err) || n == fillTries || waitFor(ctx, d.client.clock, backoff(n, d.client.jitter), true, nil) != nil {
			return fmt.Errorf("giving the draft its function: %w", err)
		}
	}
	if stored.zip != "" && d.zip != "" && stored.zip != d.zip {
		if now, err := d.client.functionDocument(ctx, d.id); err == nil && now.zip == stored.zip {
			return errRepublished
		}
		return foreignDraft("somebody else made a draft at the same moment: it has other code than the published action; it was left, unpublished")
	}
	w.Live.Timeout, _ = timeoutMember(stored.function, "timeoutSeconds", time.Second)
	return nil
}

// publish publishes the draft. A *StateError is a draft that turned out not to be ours alone.
func (d *functionDocument) publish(ctx context.Context, w *Written, timeout time.Duration) error {
	doc, err := d.client.read(ctx, d.draft(""), nil)
	var version rawjson.Value
	if err == nil {
		version, err = versionOf(doc)
	}
	if err != nil {
		return fmt.Errorf("reading the draft's version: %w", err)
	}
	post := call{method: http.MethodPost, path: d.draft("/publish"), body: fmt.Appendf(nil, `{"version":%s}`, version)}
	err = d.client.send(ctx, post, func(doc rawjson.Value) {
		set := w.Live.Timeout
		w.Live = decodeAction(doc)
		w.Live.Timeout, w.Live.Complete = set, true
	})
	switch {
	case err == nil || IsUncertain(err) && d.published(ctx, timeout):
		return nil
	case IsConflict(err):
		return d.refused(ctx, version, err)
	}
	return fmt.Errorf("publishing the draft: %w", err)
}

// published reports whether the draft was published, for when the answer was lost: the published function is the one that was to
// be, and there is no draft any more. The first alone may be somebody else's doing.
func (d *functionDocument) published(ctx context.Context, timeout time.Duration) bool {
	tidy, cancel := tidying(ctx)
	defer cancel()
	now, err := d.client.functionDocument(tidy, d.id)
	if err != nil {
		return false
	}
	live, _ := timeoutMember(now.function, "timeoutSeconds", time.Second)
	if live == nil || *live != timeout || now.zip != d.zip {
		return false
	}
	_, err = d.client.read(tidy, d.draft(""), nil)
	return IsNotFound(err)
}

// refused says why a draft of the version that was read after our own write could not be published: where it has another one now,
// or that cannot be told, there may be somebody's work in it.
func (d *functionDocument) refused(ctx context.Context, version rawjson.Value, err error) error {
	tidy, cancel := tidying(ctx)
	defer cancel()
	doc, look := d.client.read(tidy, d.draft(""), nil)
	if look != nil && !IsNotFound(look) {
		return &DraftLeftError{fmt.Errorf("publishing the draft: %w; whether somebody changed the draft meanwhile could not be read, and it was left as it is: %s", err, look.Error())}
	}
	if now, _ := doc.Get("version"); look == nil && string(now) != string(version) {
		return &StateError{DraftExists, fmt.Errorf("publishing the draft: %w; somebody changed the draft meanwhile, and it was left as it is", err)}
	}
	return fmt.Errorf("publishing the draft: %w", err)
}

// tidied removes our draft and adds to err what state that leaves.
func (d *functionDocument) tidied(ctx context.Context, err error, maybePublished bool) error {
	state := "the published action is unchanged"
	if maybePublished {
		state = "reading the action again shows whether it was published"
	}
	if left := d.removeDraft(ctx); left != nil {
		return &DraftLeftError{fmt.Errorf("%w; %s, but its draft could not be removed and has to be discarded by hand: %s", err, state, left.Error())}
	}
	return fmt.Errorf("%w; %s, and its draft was removed", err, state)
}

// removeDraft discards the draft, also where ctx has ended.
func (d *functionDocument) removeDraft(ctx context.Context) (err error) {
	tidy, cancel := tidying(ctx)
	defer cancel()
	for n := range tidyTries {
		if n > 0 && waitFor(tidy, d.client.clock, backoff(n, d.client.jitter), true, nil) != nil {
			break
		}
		var a answer
		a, err = d.client.do(tidy, call{method: http.MethodDelete, path: d.draft("")})
		if err == nil && a.status != http.StatusNoContent { // a gateway's page, perhaps: look
			if _, err = d.client.read(tidy, d.draft(""), nil); err == nil {
				err = fmt.Errorf("its removal was answered with %s, and it is still there", statusText(a.status))
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
