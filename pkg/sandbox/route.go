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
	path       string
	permission string
	handle     handler
}

// routes lists everything the simulated service answers to, sign-in apart. The first that fits is taken.
func (s *Server) routes() []route {
	const (
		actions     = "/api/v2/integrations/actions"
		flows       = "/api/v2/flows"
		flowActions = "/api/v2/flows/dataactions"
	)
	return []route{
		{"GET", actions, viewAction, s.listActions},
		{"GET", actions + "/{id}", viewAction, s.getAction},
		{"PATCH", actions + "/{id}", editAction, s.patchAction},
		{"GET", actions + "/{id}/templates/{file}", viewAction, s.getTemplate},

		{"GET", actions + "/{id}/function", viewFunction, s.getFunction},
		{"GET", actions + "/{id}/draft", viewFunction, s.getDraft},
		{"POST", actions + "/{id}/draft", editFunction, s.postDraft},
		{"DELETE", actions + "/{id}/draft", editFunction, s.deleteDraft},
		{"GET", actions + "/{id}/draft/function", viewFunction, s.getDraftFunction},
		{"PUT", actions + "/{id}/draft/function", editFunction, s.putDraftFunction},
		{"GET", actions + "/{id}/draft/validation", viewFunction, s.validateDraft},
		{"POST", actions + "/{id}/draft/publish", editFunction, s.publishDraft},

		{"GET", flowActions, readFlows, s.listFlowActions},
		{"GET", flowActions + "/{id}", readFlows, s.getFlowAction},
		{"PUT", flowActions + "/{id}", writeFlows, s.putFlowAction},

		{"GET", flows, viewFlow, s.listFlows},
		{"GET", flows + "/{id}", viewFlow, s.getFlow},
		{"GET", flows + "/{id}/latestconfiguration", viewFlow, s.getConfiguration},
	}
}

// matches compares a path's parts with the route's and takes over what stands in its braces.
func (rt route) matches(parts []string, x *exchange) bool {
	wanted := strings.Split(rt.path, "/")
	if len(parts) != len(wanted) {
		return false
	}
	var id, file string
	for i, want := range wanted {
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
