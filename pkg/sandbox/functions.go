package sandbox

import (
	"fmt"
	"slices"
	"strconv"
)

// A function data action runs the organisation's own code. Its settings are published from a draft (drafts.go).
// Sources: IntegrationsApi of the vendor's SDKs, and package integration_action of its Terraform provider.

// retiredRuntimes are no longer available: a function on one of them accepts no change but another runtime.
var retiredRuntimes = []string{"nodejs12.x", "nodejs14.x", "nodejs16.x"}

// functionAction is the function data action with this id.
func (s *Server) functionAction(id string) (*action, error) {
	a, err := s.action(id)
	if err == nil && a.function == nil {
		return nil, notFound(fmt.Sprintf("Action %s has no function", id), id)
	}
	return a, err
}

// getFunction is GET .../{id}/function: the published FunctionConfig.
func (s *Server) getFunction(x *exchange) ([]byte, error) {
	a, err := s.functionAction(x.id)
	if err != nil {
		return nil, err
	}
	return s.seen(x, a).function, nil
}

// checkFunction refuses a function that cannot be published: a retired runtime, or a timeout that is not 1 to 15 s
// (provider issue 2503).
func checkFunction(function []byte) error {
	if runtime := textAt(function, "runtime"); slices.Contains(retiredRuntimes, runtime) {
		return badRequest("The runtime %s was retired. Update the function to a supported runtime.", runtime)
	}
	if t := valueAt(function, "timeoutSeconds"); t != nil && string(t) != "null" {
		return checkSeconds(t, 15)
	}
	return nil
}

// publishConflict refuses to publish a draft that has changed, in the words of provider issue 1961.
func (s *Server) publishConflict(id, sent string, current int64) *apiError {
	return &apiError{
		status: s.opt.PublishConflictStatus, code: "bad.request", entityID: id,
		message:  fmt.Sprintf("Supplied version %s does not match latest draft version %d", sent, current),
		template: "Supplied version {version} does not match latest draft version {draftVersion}",
		params:   map[string]string{"version": sent, "draftVersion": strconv.FormatInt(current, 10)},
	}
}
