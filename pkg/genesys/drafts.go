package genesys

import (
	"context"
	"fmt"

	"genesys-timeouts/pkg/rawjson"
)

// DraftIDs lists the ids of the data actions that have an unpublished draft, 100 a request.
//
// Vendor's call: GET /api/v2/integrations/actions/drafts.
func (c *Client) DraftIDs(ctx context.Context) ([]string, error) {
	ids, err := listing[string]{client: c, path: actionsPath + "/drafts",
		decode: func(w *rawjson.Walk) (key, id string) {
			value, _ := w.Value().Get("id")
			return words(value), words(value)
		}}.all(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("listing drafts of data actions: %w", err)
	}
	return ids, nil
}
