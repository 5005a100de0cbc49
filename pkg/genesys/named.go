package genesys

import (
	"context"
	"net/url"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/parallel"
)

// longestName bounds the names that are asked for in a query, in bytes.
const longestName = 256

// ActionsNamed reads the actions with these names and ids, and others perhaps. whole is true where it listed the whole
// organisation, which it does where that takes no more requests, or where a name has no action: then near names are
// wanted. Budget: the first page, which says how many actions there are, and then a request a name and one for 50 ids
// if that is fewer than the pages that are left; a listing after that, once, where a name was not found.
//
// The vendor's filter by name is "partial or complete": the answer is compared exactly here.
//
// Vendor's call: GET /api/v2/integrations/actions?name=...&includeConfig=true. Errors: as of ListActions.
func (c *Client) ActionsNamed(ctx context.Context, names, ids []string) (
	live []dataaction.Live, whole bool, err error,
) {
	all := c.actions(nil)
	first, err := all.page(ctx, 1)
	if err != nil {
		return nil, false, listingError(err)
	}
	names, ids = firstDistinct(names, first.pages), askable(ids) // more names than pages are not asked for singly
	spare := first.pages - 1 - len(names) - ceil(len(ids), idsAtOnce)
	if spare > 0 && !slices.ContainsFunc(names, func(name string) bool { return len(name) > longestName }) {
		live, found, err := c.named(ctx, names, spare)
		if err != nil {
			return nil, false, listingError(err)
		}
		if found {
			byID, err := c.ActionsByID(ctx, ids)
			return distinctActions(append(live, byID...)), false, err
		}
	}
	live, err = all.all(ctx, &first)
	return live, true, listingError(err)
}

// named asks for each name, and for at most spare further pages where a name is part of many others. found is false
// where that is not enough, or a name has no action.
func (c *Client) named(ctx context.Context, names []string, spare int) (live []dataaction.Live, found bool, err error) {
	lists := make([]listing[dataaction.Live], len(names))
	pages := make([]page[dataaction.Live], len(names))
	group, gctx := parallel.WithContext(ctx)
	for i, name := range names {
		lists[i] = c.actions(url.Values{"name": {name}})
		group.Go(func() (err error) {
			pages[i], err = lists[i].page(gctx, 1)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, false, err
	}
	for _, p := range pages {
		spare -= p.pages - 1
	}
	if spare < 0 {
		return nil, false, nil
	}
	for i, name := range names {
		some, err := lists[i].all(ctx, &pages[i])
		if err != nil {
			return nil, false, err
		}
		if !slices.ContainsFunc(some, func(a dataaction.Live) bool { return a.Name == name }) {
			return nil, false, nil
		}
		live = append(live, some...)
	}
	return live, true, nil
}

// distinctActions keeps the first of each id.
func distinctActions(live []dataaction.Live) []dataaction.Live {
	seen := map[string]bool{}
	return slices.DeleteFunc(live, func(a dataaction.Live) bool {
		again := seen[a.ID]
		seen[a.ID] = true
		return again
	})
}
