package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// handler answers one route with the server's lock held: the body of a 200, or an error (an *apiError).
type handler func(x *exchange) ([]byte, error)

// route is one operation of the API; a part of its path in braces matches anything. permission names what the token
// needs, one of several where blanks separate them.
type route struct {
	method     string
	path       string
	permission string
	handle     handler
}

// routes lists everything the simulated service answers, except sign-in. The first match wins.
func (s *Server) routes() []route {
	const (
		actions     = "/api/v2/integrations/actions"
		flows       = "/api/v2/flows"
		flowActions = "/api/v2/flows/dataactions"
		index       = "/api/v2/architect/dependencytracking"
	)
	return []route{
		{"GET", actions, viewAction, s.listActions},
		{"GET", actions + "/drafts", viewAction, s.listDrafts},
		{"GET", actions + "/{id}", viewAction, s.getAction},
		{"PATCH", actions + "/{id}", editAction, s.patchAction},
		{"GET", actions + "/{id}/templates/{file}", viewAction, s.getTemplate},

		{"GET", actions + "/{id}/function", viewFunction, s.getFunction},
		{"GET", actions + "/{id}/draft", viewAction, s.getDraft},
		{"POST", actions + "/{id}/draft", editAction, s.postDraft},
		{"DELETE", actions + "/{id}/draft", deleteAction, s.deleteDraft},
		{"GET", actions + "/{id}/draft/function", viewFunction, s.getDraftFunction},
		{"PUT", actions + "/{id}/draft/function", editFunction, s.putDraftFunction},
		{"GET", actions + "/{id}/draft/validation", editAction, s.validateDraft},
		{"POST", actions + "/{id}/draft/publish", editAction, s.publishDraft},

		{"GET", flowActions, readFlows, s.listFlowActions},
		{"GET", flowActions + "/{id}", readFlows, s.getFlowAction},
		{"PUT", flowActions + "/{id}", writeFlows, s.putFlowAction},

		{"GET", flows, viewFlow, s.listFlows},
		{"GET", flows + "/lookup", viewFlow, s.lookUpFlows},
		{"GET", flows + "/{id}", viewFlow, s.getFlow},
		{"GET", flows + "/{id}/latestconfiguration", viewFlow, s.getLatestConfiguration},
		{"GET", flows + "/{id}/versions/{version}/configuration", viewFlow, s.getVersionConfiguration},

		{"GET", index + "/consumingresources", viewIndex, s.listConsumers},
		{"GET", index + "/build", viewIndex, s.getIndexBuild},

		{"GET", "/api/v2/organizations/me", noPermission, s.getOrganization},
		{"GET", "/api/v2/organizations/limits/namespaces/{id}", noPermission, s.getLimits},
		{"POST", "/api/v2/analytics/actions/aggregates/query", viewAnalytics, s.queryAnalytics},
		{"POST", "/api/v2/audits/query/realtime", viewAudit, s.queryAudit},
	}
}

// matches compares a path's parts with the route's and keeps what stands in braces.
func (rt route) matches(parts []string, x *exchange) bool {
	wanted := strings.Split(rt.path, "/")
	if len(parts) != len(wanted) {
		return false
	}
	var id, part string
	for i, want := range wanted {
		switch {
		case want == parts[i]:
		case want == "{id}":
			id = parts[i]
		case strings.HasPrefix(want, "{"):
			part = parts[i]
		default:
			return false
		}
	}
	x.id, x.part = id, part
	return true
}

// serve lets sign-in or the API fill the exchange.
func (s *Server) serve(x *exchange, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.entry.SignIn() {
		s.signIn(x, r)
		return
	}
	body, err := s.serveAPI(x, r)
	if err != nil {
		x.fail(asAPIError(err))
		return
	}
	if x.status == 0 {
		x.status = http.StatusOK
	}
	x.body = body
}

func (s *Server) serveAPI(x *exchange, r *http.Request) ([]byte, error) {
	if err := s.checkToken(r); err != nil {
		return nil, err
	}
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	known := false
	for _, rt := range s.table {
		if !rt.matches(parts, x) {
			continue
		}
		known = true
		if rt.method != r.Method {
			continue
		}
		if err := s.checkPermission(rt.permission); err != nil {
			return nil, err
		}
		return rt.handle(x)
	}
	if known {
		return nil, &apiError{
			status: http.StatusMethodNotAllowed, code: "method.not.allowed", message: "HTTP 405 Method Not Allowed",
		}
	}
	return nil, notFound("The requested resource was not found.", "")
}
