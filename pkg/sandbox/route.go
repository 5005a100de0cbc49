package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// handler answers one route while the server's lock is held: the body of a 200, or an error (an *apiError).
type handler func(x *exchange) ([]byte, error)

// route is one operation of the API; a part of its path in braces matches anything.
type route struct {
	method     string
	path       []string
	permission string
	handle     handler
}

// routes lists everything the simulated service answers to, sign-in apart. The first that fits is taken.
func (s *Server) routes() []route {
	var all []route
	api := func(method, path, permission string, h handler) {
		all = append(all, route{method, strings.Split(path, "/"), permission, h})
	}
	const (
		actions     = "/api/v2/integrations/actions"
		flows       = "/api/v2/flows"
		flowActions = "/api/v2/flows/dataactions"
	)
	api("GET", actions, viewAction, s.listActions)
	api("GET", actions+"/{id}", viewAction, s.getAction)
	api("PATCH", actions+"/{id}", editAction, s.patchAction)
	api("GET", actions+"/{id}/templates/{file}", viewAction, s.getTemplate)

	api("GET", actions+"/{id}/function", viewFunction, s.getFunction)
	api("GET", actions+"/{id}/draft", viewFunction, s.getDraft)
	api("POST", actions+"/{id}/draft", editFunction, s.postDraft)
	api("DELETE", actions+"/{id}/draft", editFunction, s.deleteDraft)
	api("GET", actions+"/{id}/draft/function", viewFunction, s.getDraftFunction)
	api("PUT", actions+"/{id}/draft/function", editFunction, s.putDraftFunction)
	api("GET", actions+"/{id}/draft/validation", viewFunction, s.validateDraft)
	api("POST", actions+"/{id}/draft/publish", editFunction, s.publishDraft)

	api("GET", flowActions, readFlows, s.listFlowActions)
	api("GET", flowActions+"/{id}", readFlows, s.getFlowAction)
	api("PUT", flowActions+"/{id}", writeFlows, s.putFlowAction)

	api("GET", flows, viewFlow, s.listFlows)
	api("GET", flows+"/{id}", viewFlow, s.getFlow)
	api("GET", flows+"/{id}/latestconfiguration", viewFlow, s.getConfiguration)

	return all
}

// matches compares a path's parts with the route's and takes over what stands in its braces.
func (rt route) matches(parts []string, x *exchange) bool {
	if len(parts) != len(rt.path) {
		return false
	}
	var id, file string
	for i, want := range rt.path {
		switch want {
		case parts[i]:
		case "{id}":
			id = parts[i]
		case "{file}":
			file = parts[i]
		default:
			return false
		}
	}
	x.id, x.file = id, file
	return true
}

// serve asks sign-in or the API and fills the exchange with the answer.
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
		return nil, &apiError{status: http.StatusMethodNotAllowed, code: "method.not.allowed", message: "HTTP 405 Method Not Allowed"}
	}
	return nil, notFound("The requested resource was not found.", "")
}
