package genesys

import (
	"context"
	"net/url"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
)

// hiddenNames is how many names are looked for once more.
const hiddenNames = 20

// HiddenActions looks again, custom authentication actions included, for ids and names that the listing lacked. What the API
// shows in this look alone is marked as unsupported; what it shows in the usual one too was made or renamed meanwhile, and is
// given as it is. Of the names the first 20 are looked for, one request each.
//
// Vendor's call: GET /api/v2/integrations/actions?includeAuthActions=true with ids= or name=.
func (c *Client) HiddenActions(ctx context.Context, ids, names []string) ([]dataaction.Live, error) {
	ids = askable(ids)
	names = distinct(names)
	names = names[:min(len(names), hiddenNames)]
	named := make([]page[dataaction.Live], len(names))
	var found map[string]dataaction.Live
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found, err = c.byID(groupCtx, ids, url.Values{"includeAuthActions": {"true"}})
		return err
	})
	for i, name := range names {
		group.Go(func() (err error) {
			query := url.Values{"includeAuthActions": {"true"}, "name": {name}}
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
	return c.tellHidden(ctx, pick(distinct(ids), found))
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
