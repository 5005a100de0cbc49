package genesys

import (
	"context"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/parallel"
)

// FlowsNamed finds the flows that selectors name, and returns other flows it came across for "did you mean". A single
// name takes one lookup. Several take the listing's first page, then whichever needs fewer requests: the other pages,
// or one lookup a name.
//
// Vendor's call: GET /api/v2/flows, with name= and type= for a lookup.
func (c *Client) FlowsNamed(ctx context.Context, selectors []dataaction.FlowSelector) ([]Flow, error) {
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
	lists := make([][]Flow, len(selectors))
	group, ctx := parallel.WithContext(ctx)
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
