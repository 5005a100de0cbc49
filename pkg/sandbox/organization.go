package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// getOrganization is GET /api/v2/organizations/me.
func (s *Server) getOrganization(*exchange) ([]byte, error) {
	domain := strings.ReplaceAll(strings.ToLower(s.opt.OrganizationName), " ", "-")
	return mustMarshal(map[string]any{
		"id": s.opt.OrganizationID, "name": s.opt.OrganizationName, "domain": domain, "thirdPartyOrgName": domain,
		"defaultLanguage": "en-GB", "defaultCountryCode": "IE", "state": "active", "version": 7,
		"selfUri": "/api/v2/organizations/" + s.opt.OrganizationID,
	}), nil
}

// Keys of the limits that concern data actions, by the vendor's help page on limits.
const (
	limitConcurrent         = "actions.concurrent.executions.max"
	limitConcurrentFunction = "actions.function.concurrent.executions.max"
	limitVolume             = "requests.volume.max"
)

func defaultLimits() map[string]int {
	return map[string]int{limitConcurrent: 50, limitConcurrentFunction: 15, limitVolume: 900}
}

// SetLimits replaces the limits of namespace dataactions, by key. A key that is left out is unknown to clients.
func (s *Server) SetLimits(limits map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = maps.Clone(limits)
}

// getLimits is GET /api/v2/organizations/limits/namespaces/{namespace}.
func (s *Server) getLimits(x *exchange) ([]byte, error) {
	if x.id != "dataactions" {
		return nil, &apiError{
			status: http.StatusNotFound, code: "not.found", message: "Limit namespace " + x.id + " was not found",
		}
	}
	var all [][]byte
	for _, key := range slices.Sorted(maps.Keys(s.limits)) {
		all = append(all, mustMarshal(limitBody{Key: key, Namespace: x.id, Value: s.limits[key]}))
	}
	return entities(all, []byte("}")), nil
}
