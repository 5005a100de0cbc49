package genesys

// What each call needs, for a 403 that does not name it. Source: the vendor's SDK reference, "Requires ANY
// permissions"; the last two are scopes of surface flows.
const (
	permissionActionView   = "integrations:action:view"
	permissionActionEdit   = "integrations:action:edit"
	permissionActionDelete = "integrations:action:delete"
	permissionFunctionView = "integrations:actionFunction:view"
	permissionFunctionEdit = "integrations:actionFunction:edit"
	scopeFlowRead          = "flow:flow:read"
	scopeFlowWrite         = "flow:flow:write"
)
