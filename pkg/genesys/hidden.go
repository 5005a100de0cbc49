package genesys

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// hiddenLooks is how many requests may go into looking once more: what a plan may ask beyond the listing.
const hiddenLooks = 2

// HiddenActions looks again, custom authentication actions included, for ids and names that the listing lacked. What
// the API shows in this look alone is marked as unsupported; what it shows in the usual one too was made or renamed
// meanwhile, and is given as it is. It takes two requests at most, of which the last is kept for telling these two
// from each other: where the listing was one page, that page again; else one for the first 50 ids, and one a name.
// What there is no request left to tell of is left out. listed is how many actions the listing had, 0 where there was
// none.
//
// Vendor's call: GET /api/v2/integrations/actions?includeAuthActions=true with ids= or name=, or neither.
func (c *Client) HiddenActions(ctx context.Context, ids, names []string, listed int) ([]dataaction.Live, error) {
	ids, names = askable(ids), distinct(names)
	if len(ids)+len(names) == 0 {
		return nil, nil
	}
	var looks []look
	if 0 < listed && listed <= pageSize {
		looks = []look{{url.Values{}, 1}, {url.Values{}, 2}} // those that were hidden may take the page over its end
	} else {
		if len(ids) > 0 {
			looks = append(looks, look{url.Values{"ids": {strings.Join(ids[:min(len(ids), idsAtOnce)], ",")}}, 1})
		}
		for _, name := range names {
			looks = append(looks, look{url.Values{"name": {name}}, 1})
		}
	}
	var found []dataaction.Live
	for n, l := range looks[:min(len(looks), hiddenLooks)] {
		l.query.Set("includeAuthActions", "true")
		p, err := c.actions(l.query).page(ctx, l.page)
		if err != nil {
			return nil, listingError(err)
		}
		for _, e := range p.entities {
			if slices.Contains(ids, e.id) || slices.Contains(names, e.item.Name) { // the filter by name is a partial one
				found = append(found, e.item)
			}
		}
		switch last := n+1 == hiddenLooks; {
		case last:
			return c.markHidden(slices.DeleteFunc(found, doubtful), nil), nil
		case slices.ContainsFunc(found, doubtful):
			return c.tellHidden(ctx, found)
		case listed > 0 && listed <= pageSize && p.pages < 2:
			return c.markHidden(found, nil), nil
		}
	}
	return c.markHidden(found, nil), nil
}

// look is one request for what the usual listing does not show.
type look struct {
	query url.Values
	page  int
}

// doubtful reports whether an action's id does not tell that it is a custom authentication action.
func doubtful(l dataaction.Live) bool { return !l.CustomAuth() }

// tellHidden marks those that the usual look does not show.
func (c *Client) tellHidden(ctx context.Context, found []dataaction.Live) ([]dataaction.Live, error) {
	var ids []string
	for _, l := range found {
		if doubtful(l) {
			ids = append(ids, l.ID)
		}
	}
	usual, err := c.byID(ctx, askable(ids[:min(len(ids), idsAtOnce)]), nil)
	if err != nil {
		return nil, err
	}
	return c.markHidden(found, usual), nil
}

func (c *Client) markHidden(found []dataaction.Live, usual map[string]dataaction.Live) []dataaction.Live {
	for i, l := range found {
		if shown, ok := usual[l.ID]; ok {
			found[i] = shown
		} else {
			found[i].Unsupported, found[i].Complete = customAuthReason, true
		}
	}
	return found
}
