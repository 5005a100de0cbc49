package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// Permissions and scopes the service asks for. Sources: the vendor's SDK documentation of each call; flow:flow:read and
// flow:flow:write belong to the surface nested under flows.
const (
	viewAction   = "integrations:action:view"
	editAction   = "integrations:action:edit"
	deleteAction = "integrations:action:delete"
	viewFunction = "integrations:actionFunction:view"
	editFunction = "integrations:actionFunction:edit"
	viewFlow     = "architect:flow:view"
	viewIndex    = "architect:dependencyTracking:view"
	viewAudit    = "audits:audit:view"
	viewBridge   = "bridge:actions:view" // the other permission for analytics; not held unless allowed
	readFlows    = "flow:flow:read"
	writeFlows   = "flow:flow:write"

	viewAnalytics = viewAction + " " + viewBridge // either will do
	noPermission  = ""                            // a token is enough
)

// Permissions lists every permission and scope that Deny can take away, sorted.
func Permissions() []string {
	all := []string{
		viewAction, editAction, deleteAction, viewFunction, editFunction, viewFlow, viewIndex, viewAudit,
		readFlows, writeFlows,
	}
	slices.Sort(all)
	return all
}

// Deny takes permissions (such as "integrations:action:edit") away from every token.
func (s *Server) Deny(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range permissions {
		s.denied[p] = true
	}
}

// Allow restores denied permissions. It also grants "bridge:actions:view", the only one not held from the start.
func (s *Server) Allow(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range permissions {
		delete(s.denied, p)
	}
}

// checkPermission refuses where the token holds none of the permissions, which blanks separate.
func (s *Server) checkPermission(anyOf string) error {
	needed := strings.Fields(anyOf)
	held := func(p string) bool { return !s.denied[p] }
	if len(needed) == 0 || slices.ContainsFunc(needed, held) {
		return nil
	}
	return missingPermission(needed...)
}

func missingPermission(anyOf ...string) *apiError {
	const text = "Unable to perform the requested action. You must have at least one of the following permissions: "
	list := "[" + strings.Join(anyOf, ", ") + "]"
	return &apiError{
		status: http.StatusForbidden, code: "missing.any.permissions", message: text + list,
		template: text + "{permissions}", params: map[string]string{"permissions": list},
	}
}
