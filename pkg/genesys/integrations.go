package genesys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/rawjson"
)

const actionsPath = "/api/v2/integrations/actions"

const (
	idsAtOnce = 50  // the vendor's most in one ids=
	longestID = 200 // bytes; real ones have 46
	directIDs = 100 // so few ids are asked for without a look at how many actions there are
)

// SurfaceMissingError is a 404 on the root of a surface: this deployment does not have it, or not under this address.
type SurfaceMissingError struct {
	API dataaction.API
	Err error
}

func (e *SurfaceMissingError) Error() string {
	return fmt.Sprintf("surface %s does not seem to exist here; the other one is %s: %v", e.API, e.API.Other(), e.Err)
}

func (e *SurfaceMissingError) Unwrap() error { return e.Err }

func actionPath(id string) string { return actionsPath + "/" + url.PathEscape(id) }

// ListActions lists the organisation's data actions, sorted by name, in ceil(N/100) requests. Custom authentication
// actions are not among them (see HiddenActions), and functions come without their timeout (see FunctionTimeout).
//
// Vendor's call: GET /api/v2/integrations/actions?includeConfig=true. Errors: *SurfaceMissingError on a 404,
// *ListingUnstableError, and those of every read.
func (c *Client) ListActions(ctx context.Context) ([]dataaction.Live, error) {
	live, err := c.actions(nil).all(ctx, nil)
	return live, listingError(err)
}

// actions is the listing of data actions with further filters.
func (c *Client) actions(filters url.Values) listing[dataaction.Live] {
	query := url.Values{"includeConfig": {"true"}, "sortBy": {"name"}}
	maps.Copy(query, filters)
	return listing[dataaction.Live]{client: c, path: actionsPath, query: query,
		decode: func(w *rawjson.Walk) (string, dataaction.Live) {
			l := walkAction(w)
			return l.ID, l
		}}
}

func listingError(err error) error {
	switch {
	case err == nil:
		return nil
	case IsNotFound(err):
		return &SurfaceMissingError{API: dataaction.Integrations, Err: err}
	default:
		return fmt.Errorf("listing data actions: %w", err)
	}
}

// ActionsByID reads the data actions with these ids, 50 a request, concurrently. They come in the order of the ids;
// an id that is not there, is a duplicate, or cannot be an id (empty, with a comma, longer than 200 bytes) adds
// nothing.
//
// Vendor's call: GET /api/v2/integrations/actions?ids=...&includeConfig=true.
func (c *Client) ActionsByID(ctx context.Context, ids []string) ([]dataaction.Live, error) {
	ids = askable(ids)
	found, err := c.byID(ctx, ids, nil)
	if err != nil {
		return nil, err
	}
	return pick(ids, found), nil
}

func (c *Client) byID(ctx context.Context, ids []string, filters url.Values) (map[string]dataaction.Live, error) {
	batches := slices.Collect(slices.Chunk(ids, idsAtOnce))
	lists := make([][]dataaction.Live, len(batches))
	group, ctx := parallel.WithContext(ctx)
	for i, batch := range batches {
		group.Go(func() (err error) {
			query := url.Values{"ids": {strings.Join(batch, ",")}}
			maps.Copy(query, filters)
			lists[i], err = c.actions(query).all(ctx, nil) // one page, unless the server gives fewer at once
			return err
		})
	}
	if err := listingError(group.Wait()); err != nil {
		return nil, err
	}
	found := map[string]dataaction.Live{}
	for _, a := range slices.Concat(lists...) {
		found[a.ID] = a
	}
	return found, nil
}

// ActionsFor is ActionsByID in as few requests as it takes: at most one more than batches of ids need, and no more
// than the whole listing needs and two.
func (c *Client) ActionsFor(ctx context.Context, ids []string) ([]dataaction.Live, error) {
	if ids = askable(ids); len(ids) <= directIDs {
		return c.ActionsByID(ctx, ids)
	}
	all := c.actions(nil)
	first, err := all.page(ctx, 1)
	if err != nil {
		return nil, listingError(err)
	}
	found := map[string]dataaction.Live{}
	for _, e := range first.entities {
		found[e.id] = e.item
	}
	rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := found[id]; return ok })
	switch batches := (len(rest) + idsAtOnce - 1) / idsAtOnce; {
	case batches == 0:
	case first.pages-1 <= batches:
		live, err := all.all(ctx, &first)
		if err != nil {
			return nil, listingError(err)
		}
		for _, l := range live {
			found[l.ID] = l
		}
	default:
		more, err := c.byID(ctx, rest, nil)
		if err != nil {
			return nil, err
		}
		maps.Copy(found, more)
	}
	return pick(ids, found), nil
}

// Action reads one data action. One that comes without configuration has Unsupported say so.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}?includeConfig=true.
func (c *Client) Action(ctx context.Context, id string) (dataaction.Live, error) {
	doc, err := c.actionDocument(ctx, id)
	if err != nil {
		return dataaction.Live{}, err
	}
	return single(decodeAction(doc)), nil
}

// PlainAction reads a data action that is known to have no function, whatever it looks like: its own configuration
// counts.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}?includeConfig=true.
func (c *Client) PlainAction(ctx context.Context, id string) (dataaction.Live, error) {
	doc, err := c.actionDocument(ctx, id)
	if err != nil {
		return dataaction.Live{}, err
	}
	return single(decodePlain(doc)), nil
}

// single is an action read by itself: what it does not show then, it does not show at all.
func single(l dataaction.Live) dataaction.Live {
	if !l.Complete && l.Type != dataaction.TypeFunction {
		l.Complete, l.Unsupported = true, noConfigReason
	}
	return l
}

// sameID says that a document is not the one asked for, wherever a gateway or an odd id led to.
func sameID(doc rawjson.Value, id string) error {
	if v, _ := doc.Get("id"); words(v) != id {
		return errors.New("the answer is another document: its id differs")
	}
	return nil
}

func (c *Client) actionDocument(ctx context.Context, id string) (rawjson.Value, error) {
	doc, err := c.read(ctx, actionPath(id), url.Values{"includeConfig": {"true"}})
	if err == nil {
		err = sameID(doc, id)
	}
	if err != nil {
		return nil, fmt.Errorf("reading data action %.200q: %w", id, err)
	}
	return doc, nil
}

// askable are the ids that can be asked for in one ids=, each once.
func askable(ids []string) []string {
	return slices.DeleteFunc(distinct(ids), func(id string) bool {
		return strings.Contains(id, ",") || len(id) > longestID
	})
}

// distinct are the texts that are not empty, each once.
func distinct(texts []string) []string { return firstDistinct(texts, len(texts)) }

// firstDistinct is distinct, but returns at most so many.
func firstDistinct(texts []string, most int) []string {
	var kept []string
	seen := map[string]bool{"": true}
	for _, t := range texts {
		if len(kept) == most {
			break
		}
		if !seen[t] {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return kept
}

// pick gives those found, in the order of the ids.
func pick(ids []string, found map[string]dataaction.Live) []dataaction.Live {
	var live []dataaction.Live
	for _, id := range ids {
		if l, ok := found[id]; ok {
			live = append(live, l)
		}
	}
	return live
}
