package genesys

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
)

// hiddenNames is how many names are looked for once more: what a plan may ask beyond the listing is two requests.
const hiddenNames = 2

// HiddenActions looks again, custom authentication actions included, for ids and names that the listing lacked. What the API
// shows in this look alone is marked as unsupported; what it shows in the usual one too was made or renamed meanwhile, and is
// given as it is. The look is the whole listing where that takes no more requests; else one for 50 ids, and one for
// each of the first two names. listed is how many actions the listing had, 0 where there was none.
//
// Vendor's call: GET /api/v2/integrations/actions?includeAuthActions=true with ids= or name=, or neither.
func (c *Client) HiddenActions(ctx context.Context, ids, names []string, listed int) ([]dataaction.Live, error) {
	ids, names = askable(ids), distinct(names)
	looks := (len(ids)+idsAtOnce-1)/idsAtOnce + min(len(names), hiddenNames)
	pages := (listed + pageSize - 1) / pageSize
	if looks == 0 {
		return nil, nil
	}
	find := c.hiddenSingly
	if pages > 0 && pages <= looks {
		find = c.hiddenInAll
	}
	found, err := find(ctx, ids, names)
	if err != nil {
		return nil, err
	}
	return c.tellHidden(ctx, found)
}

var hidden = url.Values{"includeAuthActions": {"true"}}

func (c *Client) hiddenInAll(ctx context.Context, ids, names []string) ([]dataaction.Live, error) {
	all, err := c.actions(hidden).all(ctx, nil)
	return slices.DeleteFunc(all, func(l dataaction.Live) bool {
		return !slices.Contains(ids, l.ID) && !slices.Contains(names, l.Name)
	}), listingError(err)
}

func (c *Client) hiddenSingly(ctx context.Context, ids, names []string) ([]dataaction.Live, error) {
	names = names[:min(len(names), hiddenNames)]
	named := make([]page[dataaction.Live], len(names))
	var found map[string]dataaction.Live
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found, err = c.byID(groupCtx, ids, hidden)
		return err
	})
	for i, name := range names {
		group.Go(func() (err error) {
			query := maps.Clone(hidden)
			query.Set("name", name)
			named[i], err = c.actions(query).page(groupCtx, 1)
			return listingError(err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, p := range named {
		for _, e := range p.entities {
			if e.item.Name == names[i] { // the filter is a partial one
				found[e.id] = e.item
				ids = append(ids, e.id)
			}
		}
	}
	return pick(distinct(ids), found), nil
}

// tellHidden marks those that the usual look does not show.
func (c *Client) tellHidden(ctx context.Context, found []dataaction.Live) ([]dataaction.Live, error) {
	var doubtful []string
	for _, l := range found {
		if !l.CustomAuth() {
			doubtful = append(doubtful, l.ID)
		}
	}
	usual, err := c.byID(ctx, askable(doubtful), nil)
	if err != nil {
		return nil, err
	}
	for i, l := range found {
		if shown, ok := usual[l.ID]; ok {
			found[i] = shown
		} else {
			found[i].Unsupported, found[i].Complete = customAuthReason, true
		}
	}
	return found, nil
}
