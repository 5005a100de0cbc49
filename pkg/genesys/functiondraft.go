package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"genesys-timeouts/pkg/rawjson"
)

const (
	// tidyTime bounds how long a failed or interrupted write looks after its draft.
	tidyTime = 30 * time.Second
	// whileAgo is the age of a reading from which a draft made on top of it is compared with it.
	whileAgo = 2 * time.Second
	// fillTries is how often a draft of ours is given its function, and tidyTries how often removing it is tried.
	fillTries, tidyTries = 3, 3
)

// DraftLeftError is a write of a function that failed and may have left a draft that this tool made.
type DraftLeftError struct{ Err error }

func (e *DraftLeftError) Error() string { return e.Err.Error() }

func (e *DraftLeftError) Unwrap() error { return e.Err }

// write changes a published function's timeout: it makes a draft from the published action, gives it the function with
// the new timeout and publishes it. A draft that exists already is published only if it holds exactly that, left by an
// earlier run: publishing any other would release another user's unfinished work. On a failure between the steps the
// published action is unchanged, the draft is removed unless another user has touched it, and the error says what is
// left. Where ctx ends once the draft is made, the rest has writeGrace: removing a draft needs a permission that
// publishing it does not.
//
// Vendor's calls, below /api/v2/integrations/actions/{id}: GET draft, POST draft, PUT draft/function, GET draft, POST
// draft/publish, DELETE draft.
func (d *functionDocument) write(ctx context.Context, timeout time.Duration) (*Written, error) {
	w, err := d.replace(ctx, timeout)
	if err != nil {
		return nil, fmt.Errorf("writing the function of data action %.200q: %w", d.id, runtimeGone(err))
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
	o := &ownDraft{functionDocument: d, written: &Written{Before: d.function, After: after}, timeout: timeout,
		holds: d.function}
	switch {
	case d.draftErr != nil:
		return nil, d.draftErr
	case d.draft != nil:
		return o.resume(ctx)
	}
	if err := o.make(ctx); err != nil {
		return nil, err
	}
	ctx, release := d.client.finishing(ctx) // the write is under way
	defer release()
	if err = d.stillAsRead(ctx); err == nil {
		err = o.fill(ctx)
	}
	if err != nil {
		return nil, o.failed(ctx, err, false)
	}
	version, err := o.version(ctx)
	if err != nil {
		return nil, o.failed(ctx, err, false)
	}
	return o.publish(ctx, version)
}

// ownDraft is a draft of this tool's making, on its way to publication.
type ownDraft struct {
	*functionDocument
	written *Written
	timeout time.Duration
	holds   rawjson.Value // the function that the draft should hold now
	made    int64         // the version that the draft was made with; 0 where unknown
	saves   int64         // 1 once a PUT of its function was answered
}

func (d *functionDocument) draftPath(below string) string { return actionPath(d.id) + "/draft" + below }

func foreignDraft(why string) error { return &StateError{DraftExists, errors.New(why)} }

// make makes the draft. When the answer is lost, a draft that holds what is published is taken for it: it holds no
// one's work.
func (o *ownDraft) make(ctx context.Context) error {
	post := call{method: http.MethodPost, path: o.draftPath(""), permission: permissionActionEdit}
	a, err := o.client.do(ctx, post)
	switch {
	case err == nil:
		if doc, err := rawjson.Parse(a.body); err == nil {
			version, _ := doc.Get("version")
			o.made, _ = whole(version)
		}
		return nil
	case IsConflict(err):
		return &StateError{DraftExists, fmt.Errorf("making a draft: %w; the published action is unchanged", err)}
	case !IsUncertain(err):
		return fmt.Errorf("making a draft: %w; the published action is unchanged and no draft was made", err)
	}
	tidy, cancel := tidying(ctx)
	defer cancel()
	found, look := o.client.functionAt(tidy, o.id, o.draftPath("/function"))
	switch {
	case IsNotFound(look):
		return fmt.Errorf("making a draft: %w; the published action is unchanged and no draft was found", err)
	case look != nil:
		return &DraftLeftError{fmt.Errorf("making a draft: %w; the published action is unchanged, but there may be a "+
			"draft: %s", err, look.Error())}
	case !found.same(o.functionDocument):
		return &StateError{DraftExists, fmt.Errorf("making a draft: %w; a draft with other content was found and left alone",
			err)}
	case ctx.Err() != nil:
		return o.tidied(ctx, fmt.Errorf("making a draft: %w", err), false)
	}
	return nil
}

// errRepublished is a function that another user published between our reading and our draft, which was made from the
// new one: as with a version that moved on, it has to be read again.
var errRepublished = errors.New("another user published it at the same moment")

// stillAsRead compares the draft with what was read, if that is a while ago, for example before a rate window ended.
// Right after the reading it would be one more request for every function.
func (d *functionDocument) stillAsRead(ctx context.Context) error {
	if d.client.clock.Now().Sub(d.read) < whileAgo {
		return nil
	}
	made, err := d.client.functionAt(ctx, d.id, d.draftPath("/function"))
	if err != nil {
		return fmt.Errorf("looking at the draft: %w", err)
	}
	if made.same(d) {
		return nil
	}
	now, err := d.client.functionDocument(ctx, d.id)
	switch {
	case err != nil:
		return &DraftLeftError{fmt.Errorf("looking at what is published: %w; the draft may be another user's and was "+
			"left as it is", err)}
	case !made.same(now):
		return foreignDraft("another user made a draft at the same moment; it was left as it is")
	}
	return errRepublished
}

// same reports whether two readings show the same function and code.
func (d *functionDocument) same(o *functionDocument) bool {
	return string(d.function) == string(o.function) && d.zip == o.zip
}

// fill gives the draft the function with its new timeout. A *StateError is a draft that turned out not to be ours.
func (o *ownDraft) fill(ctx context.Context) error {
	var stored *functionDocument
	put := call{method: http.MethodPut, path: o.draftPath("/function"), body: o.written.After,
		permission: permissionFunctionEdit}
	for n := 1; ; n++ { // repeating is harmless: the draft is ours, and its function is replaced whole by the same
		err := o.client.send(ctx, put, func(doc rawjson.Value) { stored = newFunctionDocument(o.client, o.id, doc) })
		if err == nil {
			break
		}
		if !IsUncertain(err) || n == fillTries || waitFor(ctx, o.client.clock, backoff(n, o.client.jitter), true,
			nil) != nil {
			return fmt.Errorf("giving the draft its function: %w", err)
		}
	}
	o.holds, o.saves = stored.function, 1
	if stored.zip != "" && o.zip != "" && stored.zip != o.zip {
		if now, err := o.client.functionDocument(ctx, o.id); err == nil && now.zip == stored.zip {
			return errRepublished
		}
		return foreignDraft("another user made a draft at the same moment, with other code than the published action; it " +
			"was left, unpublished")
	}
	o.written.Live.Timeout, _ = timeoutMember(stored.function, "timeoutSeconds", time.Second)
	return nil
}

// version reads the version to publish. Where the draft has seen more saves than ours it compares what the draft holds:
// a *StateError is a draft that another user has touched.
func (o *ownDraft) version(ctx context.Context) (rawjson.Value, error) {
	doc, err := o.client.draftOf(ctx, o.id)
	if err == nil && doc == nil {
		err = errors.New("it is gone")
	}
	var version rawjson.Value
	if err == nil {
		version, err = versionOf(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the draft's version: %w", err)
	}
	ours, err := o.ours(ctx, doc)
	if err != nil {
		return nil, fmt.Errorf("comparing the draft: %w", err)
	}
	if !ours {
		return nil, foreignDraft("another user changed the draft meanwhile; it was left as it is, unpublished")
	}
	return version, nil
}

// publish publishes the draft.
func (o *ownDraft) publish(ctx context.Context, version rawjson.Value) (*Written, error) {
	w := o.written
	post := call{
		method: http.MethodPost, path: o.draftPath("/publish"), body: fmt.Appendf(nil, `{"version":%s}`, version),
		permission: permissionActionEdit,
	}
	err := o.client.send(ctx, post, func(doc rawjson.Value) {
		set := w.Live.Timeout
		w.Live = decodeAction(doc)
		w.Live.Timeout, w.Live.Complete = set, true
	})
	switch {
	case err == nil || IsUncertain(err) && o.published(ctx):
		return w, nil
	case IsConflict(err) || isTimeout(err):
		return nil, o.failed(ctx, o.refused(ctx, version, err), isTimeout(err))
	}
	return nil, o.failed(ctx, fmt.Errorf("publishing the draft: %w", err), IsUncertain(err))
}

// isTimeout reports whether the API answered 408, which the vendor's provider takes for a version mismatch.
func isTimeout(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusRequestTimeout
}

// published reports whether the draft was published although its answer was lost: the published function is the one
// that was to be, and the draft is gone. The first alone may be another user's doing.
func (o *ownDraft) published(ctx context.Context) bool {
	tidy, cancel := tidying(ctx)
	defer cancel()
	now, err := o.client.functionDocument(tidy, o.id)
	if err != nil {
		return false
	}
	live, _ := timeoutMember(now.function, "timeoutSeconds", time.Second)
	if live == nil || *live != o.timeout || now.zip != o.zip {
		return false
	}
	draft, err := o.client.draftOf(tidy, o.id)
	return err == nil && draft == nil
}

// refused says why a draft could not be published with the version that was read after our own write: with another
// version now, or an unreadable one, it may hold another user's work.
func (o *ownDraft) refused(ctx context.Context, version rawjson.Value, err error) error {
	tidy, cancel := tidying(ctx)
	defer cancel()
	doc, look := o.client.draftOf(tidy, o.id)
	if look != nil {
		return &DraftLeftError{fmt.Errorf("publishing the draft: %w; whether another user changed it could not be read, "+
			"and it was left as it is: %s", err, look.Error())}
	}
	if now, _ := doc.Get("version"); doc != nil && string(now) != string(version) {
		return &StateError{DraftExists, fmt.Errorf("publishing the draft: %w; another user changed the draft meanwhile, "+
			"and it was left as it is", err)}
	}
	return fmt.Errorf("publishing the draft: %w", err)
}

// runtimeGone explains a refusal because of the function's runtime. The vendor's wording is not documented, so the word
// decides.
func runtimeGone(err error) error {
	var e *APIError
	if errors.As(err, &e) && e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "runtime") {
		return &StateError{RuntimeGone, fmt.Errorf("%w; its runtime was retired: publish the function with a "+
			"current "+
			"runtime in Genesys Cloud, then apply again", err)}
	}
	return err
}
