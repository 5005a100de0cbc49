package genesys

import (
	"context"

	"genesys-timeouts/pkg/dataaction"
)

// Keys of the limits' namespace. Source: the vendor's help page on limits.
const (
	limitsPath     = "/api/v2/organizations/limits/namespaces/dataactions"
	limitTotal     = "actions.concurrent.executions.max"
	limitFunctions = "actions.function.concurrent.executions.max"
)

// DataActionLimits reads how many data actions the organisation may run at the same time. What the answer does not
// say stays unknown: the vendor has published several numbers.
//
// Vendor's call: GET /api/v2/organizations/limits/namespaces/dataactions.
func (c *Client) DataActionLimits(ctx context.Context) (dataaction.SlotLimits, error) {
	var limits dataaction.SlotLimits
	doc, err := c.read(ctx, limitsPath, nil)
	if err != nil {
		return limits, err
	}
	entities, _ := doc.Get("entities")
	for e := range entities.Elements() {
		key, _ := e.Get("key")
		value, _ := e.Get("value")
		n, ok := whole(value)
		if !ok || n < 1 {
			continue
		}
		switch words(key) {
		case limitTotal:
			limits.Total = &n
		case limitFunctions:
			limits.Functions = &n
		}
	}
	return limits, nil
}
