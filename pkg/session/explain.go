package session

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

// Errors say what failed, on what, why. The hint, on its own line, says what to do. No blame, no stack, no secret.

// Codes of failures in the JSON documents.
const (
	CodeInvalidManifest = "invalid-manifest"
	CodeUsage           = "usage"
	CodeNoCredentials   = "no-credentials"
	CodeAuth            = "auth-failed"
	CodeForbidden       = "forbidden"
	CodeNotFound        = "not-found"
	CodeSurfaceMissing  = "surface-missing"
	CodeRateLimited     = "rate-limited"
	CodeServer          = "server-error"
	CodeAPI             = "api-error"
	CodeConflict        = "conflict"
	CodeOutOfTime       = "timed-out"
	CodeInterrupted     = "interrupted"
	CodeConnection      = "connection-failed"
	CodeBody            = "unexpected-answer"
	CodeRedirect        = "redirected"
	CodeUnstable        = "listing-unstable"
	CodePlanRefused     = "plan-refused"
	CodeDeclined        = "not-confirmed"
	CodeFile            = "file"
	CodeNoManifest      = "no-manifest"
	CodeSettings        = "settings"
	CodeFailure         = "failure"

	CodeAdviseUnsupported = "advise-unsupported"
)

const (
	noManifestHint = "name one with -f, or start from what is live: `genesys-timeouts export --out genesys-timeouts.yaml`"
	noClientHint   = "create an OAuth client (grant: client credentials) in Genesys Cloud Admin; " +
		"to look around without one, run `genesys-timeouts demo`"
	timeoutHint = "raise --timeout; at 300 requests a minute, 10,000 actions take about 20 seconds to read"
	bodyHint    = "a proxy or a login page may sit in between: check GENESYS_API_URL, GENESYS_LOGIN_URL " +
		"and the proxy settings"
	rateHint = "other programs may share the OAuth client: give this tool its own, " +
		"run it at a quieter time, or lower --rate-limit"
	defectHint = "this is a bug in genesys-timeouts; please report it"
)

// Explain turns any error into words. It is the only place that does.
func Explain(err error) reconcile.Explanation {
	e := describe(err)
	e.Message = report.Inline(e.Message)
	return e
}

// FailureOf is the document of a failure.
func FailureOf(err error) report.Failure {
	e := Explain(err)
	var problems []report.Problem
	if m, ok := errors.AsType[*ManifestError](err); ok {
		for _, p := range m.Problems {
			problems = append(problems, report.Problem(p))
		}
	}
	return report.NewFailure(&report.FailureError{
		Code: e.Code, Message: e.Message, Hint: e.Hint, Status: e.HTTPStatus, CorrelationID: e.CorrelationID,
	}, problems)
}

func describe(err error) reconcile.Explanation {
	e := reconcile.Explanation{Code: CodeFailure, Message: err.Error()}
	var (
		defect   *Defect
		wrong    *ManifestError
		usage    UsageError
		settings SettingsError
		refused  PlanRefused
		applied  NotApplied
		file     FileError
		wrongOrg *reconcile.WrongOrganization
	)
	switch {
	case errors.As(err, &defect):
		e.Hint = defectHint
	case errors.As(err, &wrong):
		e.Code, e.Hint = CodeInvalidManifest, "fix the manifest at these places; nothing was sent"
	case errors.As(err, &usage):
		e.Code, e.Hint = CodeUsage, usage.Hint
	case errors.Is(err, plan.ErrNoPlan):
		e.Code, e.Hint = CodePlanRefused, "apply takes a plan saved with `plan --out`; pass a manifest with -f"
	case errors.Is(err, plan.ErrVersion):
		e.Code, e.Hint = CodePlanRefused, "plan again with this version of the tool; nothing was written"
	case errors.Is(err, plan.ErrInvalid), errors.Is(err, plan.ErrEdited):
		e.Code, e.Hint = CodePlanRefused, "a plan is applied as it was made: plan again, and apply that; nothing was written"
	case errors.As(err, &refused):
		e.Code, e.Hint = CodePlanRefused, "nothing was written; plan again, have the plan reviewed, and apply that"
	case errors.As(err, &applied):
		e.Code, e.Hint = plan.PlanErrors, "fix what the plan shows, then apply again"
	case errors.As(err, &file):
		e.Code = CodeFile
	case errors.As(err, &wrongOrg):
		e.Code, e.Hint = plan.WrongOrganization, "check the credentials, and the organisation's id in the manifest or plan"
	case errors.Is(err, ErrUnverified):
		if !describeAPI(err, &e) || e.Code == CodeForbidden {
			e.Hint = "check the OAuth client: it must be able to read its organisation"
		}
		e.Code = plan.OrganizationUnverified
	case errors.As(err, new(AdviseUnsupported)):
		e.Code = CodeAdviseUnsupported
	case errors.Is(err, ErrDeclined):
		e.Code = CodeDeclined
	case errors.Is(err, ErrNoCredentials):
		e.Code, e.Hint = CodeNoCredentials, noClientHint
	case errors.Is(err, manifest.ErrTwoManifests):
		e.Code, e.Hint = CodeNoManifest, "name the one that counts with -f, or delete the other"
	case errors.Is(err, manifest.ErrNoManifest):
		e.Code, e.Hint = CodeNoManifest, noManifestHint
	case errors.As(err, &settings):
		e.Code, e.Hint = CodeSettings, settingsHint(settings.Kind)
	case describeAPI(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		e.Code, e.Hint = CodeOutOfTime, timeoutHint
		e.Message = "the time given by --timeout ran out: " + withoutCause(e.Message)
	case errors.Is(err, context.Canceled):
		e.Code, e.Message = CodeInterrupted, "interrupted: "+withoutCause(e.Message)
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
		limited   *genesys.RateLimitError
	)
	if errors.As(err, &api) {
		e.HTTPStatus, e.CorrelationID = api.Status, api.CorrelationID
	}
	switch {
	case errors.As(err, &limited):
		e.Code, e.Hint = CodeRateLimited, rateHint
	case errors.As(err, &state):
		e.Code, e.Hint = state.Code, stateHint(state.Code)
	case errors.As(err, &missing):
		e.Code = CodeSurfaceMissing
		e.Hint = fmt.Sprintf("this organisation does not serve surface %q; try `api: %[2]s` in the manifest, or --api %[2]s",
			missing.API, missing.API.Other())
	case errors.As(err, &auth) && auth.Status < http.StatusMultipleChoices: // an answer, but not from a login host
		e.Code, e.HTTPStatus, e.CorrelationID, e.Hint = CodeBody, auth.Status, auth.CorrelationID, bodyHint
	case errors.As(err, &auth):
		e.Code, e.HTTPStatus, e.CorrelationID = CodeAuth, auth.Status, auth.CorrelationID
		e.Hint = fmt.Sprintf("check %s: the OAuth client must belong to %s, the environment of this run "+
			"(set by --environment, GENESYS_ENVIRONMENT or the manifest)", auth.Credentials, auth.Environment)
	case api != nil:
		e.Code, e.Hint = apiHint(api)
	case errors.As(err, &redirect):
		e.HTTPStatus, e.CorrelationID = redirect.Status, redirect.CorrelationID
		e.Code = CodeRedirect
		e.Hint = "redirects are not followed, to keep the token from other hosts; " +
			"set GENESYS_ENVIRONMENT, or GENESYS_API_URL and GENESYS_LOGIN_URL, to the right host"
	case errors.As(err, &body):
		e.Code, e.HTTPStatus, e.CorrelationID, e.Hint = CodeBody, body.Status, body.CorrelationID, bodyHint
	case errors.As(err, &transport) && transport.Kind == genesys.FaultCanceled:
		return false // the run ended, not the connection
	case errors.As(err, &transport):
		e.Code, e.Hint = CodeConnection, transportHint(transport)
	case errors.As(err, &readOnly):
		e.Hint = "nothing was sent; " + defectHint
	case errors.As(err, &unstable):
		e.Code, e.Hint = CodeUnstable, "data actions are being added or deleted right now; try again in a minute"
	default:
		return false
	}
	return true
}

// settingsHint says where a setting comes from.
func settingsHint(kind Kind) string {
	switch kind {
	case URLSetting:
		return "GENESYS_API_URL and GENESYS_LOGIN_URL replace the environment's own hosts; unset them to use those"
	case GatewaySetting:
		return "GENESYSCLOUD_GATEWAY_HOST, _PROTOCOL, _PORT, _PATH_NAME and _PATH_VALUE are the Terraform provider's; " +
			"GENESYS_API_URL and GENESYS_LOGIN_URL replace them"
	case EnvironmentSetting:
		return "the environment comes from --environment, GENESYS_ENVIRONMENT, GENESYSCLOUD_REGION or the manifest, " +
			"in this order"
	}
	return "credentials come from GENESYS_ACCESS_TOKEN, or from GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET"
}

// lacking is what a refused request lacks, in the words of the surface. On surface flows permissions are scopes.
func lacking(api *genesys.APIError) string {
	switch {
	case api.Permission == "":
		return "a permission"
	case onFlows(api):
		return "scope " + api.Permission
	}
	return "permission " + api.Permission
}

// onFlows reports whether a request was for surface flows, whose permissions are scopes.
func onFlows(api *genesys.APIError) bool { return strings.Contains(api.Path, "/flows/dataactions") }

func apiHint(api *genesys.APIError) (code, hint string) {
	switch s := api.Status; {
	case s == http.StatusUnauthorized:
		return CodeAuth, fmt.Sprintf("the access token was refused: has it expired, or does it belong to another "+
			"environment than %s? Check %s and GENESYS_ENVIRONMENT", api.Account.Environment, api.Account.Credentials)
	case s == http.StatusForbidden:
		return CodeForbidden, "the OAuth client lacks " + lacking(api) + ": add it to a role of the client"
	case s == http.StatusNotFound:
		return CodeNotFound, "was it deleted, or does it belong to another organisation? " +
			"Check the id and GENESYS_ENVIRONMENT"
	case genesys.IsConflict(api):
		return CodeConflict, "another user keeps saving it; try again when they are done"
	case s == http.StatusTooManyRequests:
		return CodeRateLimited, rateHint
	case s == http.StatusGatewayTimeout && onFlows(api):
		return CodeServer, "the backend was slower than the gateway waits; where calls take longer than a timeout allows, " +
			"send a webhook and take the answer in an inbound webhook flow"
	case s >= 500:
		return CodeServer, "Genesys Cloud is having problems; check its status page, " +
			"and give the correlation id to its support if they last"
	case s == http.StatusBadRequest && strings.Contains(strings.ToLower(api.Message), "invalid timeout"):
		return CodeAPI, "allowed on this surface: " + dataaction.LimitsOf(dataaction.Flows, "").String()
	}
	return CodeAPI, "Genesys Cloud refused the request; its message says why, and the correlation id helps its support"
}

func transportHint(t *genesys.TransportError) string {
	switch t.Kind {
	case genesys.FaultDNS:
		return "check the network, and GENESYS_ENVIRONMENT, GENESYS_API_URL and GENESYS_LOGIN_URL for typos"
	case genesys.FaultTLS:
		return "does a proxy re-sign traffic? Add its certificate to the system's trust store, or name it in SSL_CERT_FILE"
	case genesys.FaultRefused:
		return "nothing listens there: check the address, the proxy (HTTPS_PROXY) and the firewall"
	case genesys.FaultTimeout:
		return "the host took too long to answer: check the proxy and the network, and try again"
	}
	return "the connection broke: check the proxy and the network, and try again"
}

func stateHint(code string) string {
	switch code {
	case "draft-exists":
		return "publish or delete the action's draft in Genesys Cloud, then apply again"
	case "no-config":
		return "a write needs what the answer lacks, so nothing was sent: " +
			"open and save the action in Genesys Cloud, then apply again"
	case "template-incomplete":
		return "a write replaces the whole configuration, so nothing was sent without the complete template: " +
			"open and save the action in Genesys Cloud, then apply again"
	case "runtime-unavailable":
		return "choose a runtime that is available for the function in Genesys Cloud, then apply again"
	case "template-not-found":
		return "a write replaces the whole configuration, so nothing was sent without the template: " +
			"open and save the action in Genesys Cloud, then apply again"
	}
	return ""
}
