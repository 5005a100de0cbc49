package genesys

import (
	"context"
	"fmt"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// Organization reads which organisation the token belongs to. It needs no permission.
//
// Vendor's call: GET /api/v2/organizations/me. An answer without an id is a *BodyError.
func (c *Client) Organization(ctx context.Context) (dataaction.Organization, error) {
	var o dataaction.Organization
	err := c.getRaw(ctx, "/api/v2/organizations/me", nil, func(doc rawjson.Value) error {
		fields := doc.Fields()
		if o.ID = words(fields["id"]); o.ID == "" {
			return wrongShape(fields["id"], "id")
		}
		o.Name = words(fields["name"])
		return nil
	})
	if err != nil {
		return dataaction.Organization{}, fmt.Errorf("reading the organisation: %w", err)
	}
	return o, nil
}
