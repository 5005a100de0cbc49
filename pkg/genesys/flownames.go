package genesys

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/dataaction"
)

// FlowsNamed finds the flows that selectors name, with whatever else came along (for "did you mean"). One name is looked up
// by itself; several take the listing's first page, and then the fewer of its other pages and one look-up a name.
//
// Vendor's call: GET /api/v2/flows, with name= and type= for a look-up.
func (c *Client) FlowsNamed(ctx context.Context, selectors []dataaction.FlowSelector) ([]dataaction.Flow, error) {
	all := c.flows(nil)
	if len(selectors) == 1 {
		found, err := c.FlowsByName(ctx, selectors[0].Name, selectors[0].Type)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	first, err := all.page(ctx, 1)
	if err != nil {
		return nil, flowListingError(err)
	}
	if first.pages-1 <= len(selectors) || len(selectors) == 1 {
		flows, err := all.all(ctx, &first)
		return flows, flowListingError(err)
	}
	lists := make([][]dataaction.Flow, len(selectors))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range selectors {
		group.Go(func() (err error) {
			lists[i], err = c.FlowsByName(ctx, s.Name, s.Type)
			return err
		})
	}
	err = group.Wait()
	return slices.Concat(lists...), err
}

func flowListingError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("listing flows: %w", err)
}
