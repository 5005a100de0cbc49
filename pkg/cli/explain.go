package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
)

// The voice of errors: what failed, on what, why; then, on a line of its own, what to do next. No blame, no stack, no secret.

// Codes of failures, in the JSON documents.
const (
	codeInvalidManifest = "invalid-manifest"
	codeUsage           = "usage"
	codeNoCredentials   = "no-credentials"
	codeAuth            = "auth-failed"
	codeForbidden       = "forbidden"
	codeNotFound        = "not-found"
	codeSurfaceMissing  = "surface-missing"
	codeRateLimited     = "rate-limited"
	codeServer          = "server-error"
	codeAPI             = "api-error"
	codeConflict        = "conflict"
	codeOutOfTime       = "timed-out"
	codeInterrupted     = "interrupted"
	codeConnection      = "connection-failed"
	codeBody            = "unexpected-answer"
	codeRedirect        = "redirected"
	codeUnstable        = "listing-unstable"
	codePlanRefused     = "plan-refused"
	codeDeclined        = "not-confirmed"
	codeFile            = "file"
	codeNoManifest      = "no-manifest"
	codeSettings        = "settings"
	codeFailure         = "failure"
)

// explain puts any error into words: the one place that does.
func explain(err error) reconcile.Explanation {
	e := describe(err)
	e.Message = report.Inline(e.Message)
	return e
}

func describe(err error) reconcile.Explanation {
	e := reconcile.Explanation{Code: codeFailure, Message: err.Error()}
	var (
		usage    usageError
		wrong    *manifestError
		settings settingsError
		refused  planRefused
		applied  applyRefused
		file     fileError
	)
	switch {
	case errors.As(err, &wrong):
		e.Code, e.Hint = codeInvalidManifest, "correct what is wrong at these places; nothing was sent"
	case errors.As(err, &usage):
		e.Code, e.Hint = codeUsage, usage.hint
	case errors.Is(err, plan.ErrNoPlan):
		e.Code, e.Hint = codePlanRefused, "apply takes a plan that `plan --out` saved; a manifest is given with -f"
	case errors.As(err, &refused):
		e.Code, e.Hint = codePlanRefused, "nothing was written; make the plan again, have it reviewed, and apply that"
	case errors.As(err, &applied):
		e.Code, e.Hint = codePlanErrors, "correct what the plan shows, then apply again"
	case errors.As(err, &file):
		e.Code = codeFile
	case errors.Is(err, errDeclined):
		e.Code = codeDeclined
	case errors.Is(err, errNoCredentials):
		e.Code, e.Hint = codeNoCredentials, "make an OAuth client (grant: client credentials) in Genesys Cloud's admin pages; to look around without one, run `genesys-timeouts demo`"
	case errors.Is(err, manifest.ErrNoManifest):
		e.Code, e.Hint = codeNoManifest, "name one with -f, or begin with what is live: `genesys-timeouts export --out genesys-timeouts.yaml`"
	case errors.As(err, &settings):
		e.Code, e.Hint = codeSettings, settingsHint(e.Message)
	case describeAPI(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		e.Code, e.Message, e.Hint = codeOutOfTime, "the time given by --timeout ran out: "+withoutCause(e.Message), "give it more time; at 300 requests a minute 10,000 actions take about 20 seconds to read"
	case errors.Is(err, context.Canceled):
		e.Code, e.Message = codeInterrupted, "interrupted: "+withoutCause(e.Message)
	}
	return e
}

// withoutCause leaves out Go's words for a run that ended, which say nothing more.
func withoutCause(message string) string {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		message = strings.TrimSuffix(strings.TrimSuffix(message, ": "+cause.Error()), ": stopped")
	}
	return message
}

// describeAPI words the errors of package genesys; it reports whether err is one.
func describeAPI(err error, e *reconcile.Explanation) bool {
	var (
		missing   *genesys.SurfaceMissingError
		auth      *genesys.AuthError
		api       *genesys.APIError
		body      *genesys.BodyError
		redirect  *genesys.RedirectError
		transport *genesys.TransportError
		readOnly  *genesys.ReadOnlyError
		unstable  *genesys.ListingUnstableError
		state     *genesys.StateError
	)
	if errors.As(err, &api) {
		e.HTTPStatus, e.CorrelationID = api.Status, api.CorrelationID
	}
	switch {
	case errors.As(err, &state):
		e.Code, e.Hint = state.Code, stateHint(state.Code)
	case errors.As(err, &missing):
		e.Code = codeSurfaceMissing
		e.Hint = fmt.Sprintf("this organisation does not serve surface %q; try the other one: `api: %s` in the manifest, or --api %s", missing.API, missing.API.Other(), missing.API.Other())
	case errors.As(err, &auth) && auth.Status < http.StatusMultipleChoices: // an answer, but not of a login host
		e.Code, e.HTTPStatus, e.CorrelationID, e.Hint = codeBody, auth.Status, auth.CorrelationID, bodyHint
	case errors.As(err, &auth):
		e.Code, e.HTTPStatus, e.CorrelationID = codeAuth, auth.Status, auth.CorrelationID
		e.Hint = fmt.Sprintf("check %s: that OAuth client has to be one of %s, the environment of this run (--environment, GENESYS_ENVIRONMENT or the manifest say which)",
			auth.Credentials, auth.Environment)
	case api != nil:
		e.Code, e.Hint = apiHint(api)
	case errors.As(err, &redirect):
		e.HTTPStatus, e.CorrelationID = redirect.Status, redirect.CorrelationID
		e.Code, e.Hint = codeRedirect, "redirects are not followed, so that no token travels; set GENESYS_ENVIRONMENT, or GENESYS_API_URL and GENESYS_LOGIN_URL, to the right host"
	case errors.As(err, &body):
		e.Code, e.HTTPStatus, e.CorrelationID, e.Hint = codeBody, body.Status, body.CorrelationID, bodyHint
	case errors.As(err, &transport) && transport.Kind == genesys.FaultCanceled:
		return false // it is the run that ended, and not the connection
	case errors.As(err, &transport):
		e.Code, e.Hint = codeConnection, transportHint(transport)
	case errors.As(err, &readOnly):
		e.Hint = "this is a mistake in genesys-timeouts, and nothing was sent: please report it"
	case errors.As(err, &unstable):
		e.Code, e.Hint = codeUnstable, "somebody is adding or deleting data actions right now: try again in a minute"
	default:
		return false
	}
	return true
}

const bodyHint = "a proxy or a login page may sit in between: check GENESYS_API_URL, GENESYS_LOGIN_URL and the proxy settings"

// settingsHint says where a setting comes from.
func settingsHint(message string) string {
	switch {
	case strings.Contains(message, " URL "):
		return "GENESYS_API_URL and GENESYS_LOGIN_URL say where requests go; leave them unset for the environment's own hosts"
	case strings.HasPrefix(message, "environment "):
		return "the environment is what --environment says, else GENESYS_ENVIRONMENT or GENESYSCLOUD_REGION, else the manifest"
	}
	return "credentials come from GENESYS_ACCESS_TOKEN, or from GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET"
}

// Permissions by what a path needs. Source: the vendor's SDK reference, "Requires ANY permissions".
func permissionFor(api *genesys.APIError) string {
	read := api.Method == http.MethodGet
	switch {
	case strings.Contains(api.Path, "/flows/dataactions") && read:
		return "scope flow:flow:read"
	case strings.Contains(api.Path, "/flows/dataactions"):
		return "scope flow:flow:write"
	case strings.Contains(api.Path, "/flows"):
		return "permission architect:flow:view"
	case strings.HasSuffix(api.Path, "/function") && read, strings.HasSuffix(api.Path, "/draft") && read:
		return "permission integrations:actionFunction:view"
	case strings.HasSuffix(api.Path, "/function"), strings.Contains(api.Path, "/draft"):
		return "permission integrations:actionFunction:edit"
	case read:
		return "permission integrations:action:view"
	}
	return "permission integrations:action:edit"
}

func apiHint(api *genesys.APIError) (code, hint string) {
	flows := strings.Contains(api.Path, "/flows/dataactions")
	switch s := api.Status; {
	case s == http.StatusUnauthorized:
		return codeAuth, fmt.Sprintf("the access token was refused: is it expired, or of another environment than %s? Check %s, and GENESYS_ENVIRONMENT", api.Account.Environment, api.Account.Credentials)
	case s == http.StatusForbidden:
		return codeForbidden, "the OAuth client lacks the " + permissionFor(api) + ": add it to one of the client's roles, and the role to the client"
	case s == http.StatusNotFound:
		return codeNotFound, "was it deleted, or does it belong to another organisation? Check the id and GENESYS_ENVIRONMENT"
	case s == http.StatusConflict || genesys.IsConflict(api):
		return codeConflict, "somebody else keeps saving it: try again when they are done"
	case s == http.StatusTooManyRequests:
		return codeRateLimited, "other programs may be using the same OAuth client: give this one its own, or run it when they are quiet, or with a lower --rate-limit"
	case s == http.StatusGatewayTimeout && flows:
		return codeServer, "the service behind was slower than the gateway waits; where calls take longer than a timeout allows, send a webhook and let the answer come in through an inbound webhook flow"
	case s >= 500:
		return codeServer, "the platform has trouble: look at its status page, and give the correlation id to the vendor's support if it lasts"
	case s == http.StatusBadRequest && strings.Contains(strings.ToLower(api.Message), "invalid timeout"):
		return codeAPI, "allowed on this surface: " + dataaction.LimitsOf(dataaction.Flows, "").String()
	}
	return codeAPI, "the platform refused it; its message says why, and the correlation id helps the vendor's support"
}

func transportHint(t *genesys.TransportError) string {
	switch t.Kind {
	case "dns":
		return "check the network, and GENESYS_ENVIRONMENT, GENESYS_API_URL and GENESYS_LOGIN_URL for a slip of the pen"
	case "tls":
		return "is there a proxy that re-signs traffic? Add its certificate to those that the system trusts, or name a file with it in SSL_CERT_FILE"
	case "refused":
		return "nothing answers there: check the address, the proxy (HTTPS_PROXY) and the firewall"
	case "timeout":
		return "the host took too long to answer: check the proxy and the network, and try again"
	}
	return "the connection broke: check the proxy and the network, and try again"
}

func stateHint(code string) string {
	switch code {
	case "draft-exists":
		return "somebody has an unfinished draft of this action: publish or delete the draft in Genesys Cloud, then apply again"
	case "no-config":
		return "a write needs what is missing in the platform's answer, so nothing is sent: open and save the action in Genesys Cloud, then apply again"
	case "template-not-found":
		return "a write replaces the whole configuration, so it is not sent without the template: open and save the action in Genesys Cloud, then apply again"
	}
	return ""
}
