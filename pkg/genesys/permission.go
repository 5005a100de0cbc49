package genesys

import (
	"cmp"
	"strings"
)

// What each call needs, for a 403 that does not name it. Source: the vendor's SDK reference, "Requires ANY
// permissions"; the last two are scopes of surface flows.
const (
	permissionActionView   = "integrations:action:view"
	permissionActionEdit   = "integrations:action:edit"
	permissionActionDelete = "integrations:action:delete"
	permissionFunctionView = "integrations:actionFunction:view"
	permissionFunctionEdit = "integrations:actionFunction:edit"
	permissionFlowView     = "architect:flow:view"
	permissionIndexView    = "architect:dependencyTracking:view"
	scopeFlowRead          = "flow:flow:read"
	scopeFlowWrite         = "flow:flow:write"
)

// readPermissions is what reading below a path needs, the longest path first.
var readPermissions = []struct{ path, permission string }{
	{flowActionsPath, scopeFlowRead},
	{flowsPath, permissionFlowView},
	{dependencyPath, permissionIndexView},
	{actionsPath, permissionActionView},
}

// readCallOf is a call that reads, with the permission that its path needs where it names none itself.
func readCallOf(r call) call {
	for _, p := range readPermissions {
		if strings.HasPrefix(r.path, p.path) {
			r.permission = cmp.Or(r.permission, p.permission)
			break
		}
	}
	return r
}
