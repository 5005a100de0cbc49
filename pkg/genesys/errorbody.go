package genesys

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// correlationHeader carries the id that the vendor's support asks for.
const correlationHeader = "ININ-Correlation-Id"

// errorBody is the vendor's ErrorBody and, on the login host, OAuth's error document.
// Source: the vendor's SDKs, model ErrorBody.
type errorBody struct {
	Message     text            `json:"message"`
	Code        text            `json:"code"`
	Params      map[string]text `json:"messageParams"`
	Errors      []errorBody     `json:"errors"`
	Error       text            `json:"error"`
	Description text            `json:"description"`
	ErrorDescr  text            `json:"error_description"`
}

// text is a JSON string. Another type in its place does not spoil the rest of the error document.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	}
	return nil
}

// parseErrorBody reads an error document as far as it goes. An HTML page or plain text becomes the message, so that a
// gateway's refusal is more than a number.
func parseErrorBody(raw []byte) errorBody {
	var e errorBody
	if json.Unmarshal(raw, &e) != nil && e.Message == "" {
		return errorBody{Message: text(withoutTags(raw))}
	}
	if e.Message == "" && len(e.Errors) > 0 {
		e.Message = e.Errors[0].Message
	}
	return e
}

// withoutTags is the text of a body that is not JSON, from its beginning.
func withoutTags(raw []byte) string {
	raw = raw[:min(len(raw), 4096)]
	tag := regexp.MustCompile(`(?is)<style.*?</style>|<script.*?</script>|<[^>]*>`)
	return printable(tag.ReplaceAllString(string(raw), " "), len(raw))
}

// apiError makes the typed error of an answer with a status of 400 or more.
func (w *wire) apiError(r call, x *exchange, raw []byte, now time.Time) *APIError {
	body := parseErrorBody(raw)
	e := &APIError{
		Method:        r.method,
		Path:          w.scrub.text(r.path, maxPath),
		Status:        x.resp.StatusCode,
		Code:          w.scrub.text(string(body.Code), maxToken),
		Message:       w.scrub.text(string(body.Message), maxMessage),
		CorrelationID: w.scrub.text(x.resp.Header.Get(correlationHeader), maxToken),
		RetryAfter:    parseRetryAfter(x.resp.Header.Get("Retry-After"), now),
	}
	if e.Status == http.StatusUnauthorized {
		e.Account = w.account
	}
	if e.Status == http.StatusForbidden {
		e.Permissions = w.permissions(body)
		e.Permission = cmp.Or(strings.Join(e.Permissions, " or "), r.permission)
	}
	return e
}

// permissions finds the permissions that a refusal names in its message or parameters, such as
// integrations:action:view.
func (w *wire) permissions(body errorBody) []string {
	texts := []string{string(body.Message)}
	for _, param := range body.Params {
		texts = append(texts, string(param))
	}
	name := regexp.MustCompile(`[A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9_-]*:(?:[A-Za-z][A-Za-z0-9_-]*|\*)`)
	all := name.FindAllString(w.scrub.text(strings.Join(texts, " "), 2000), -1)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), 20)]
}

// redirectError names a redirect's target by scheme and host: the rest may hold a secret.
func (w *wire) redirectError(r call, x *exchange) *RedirectError {
	e := &RedirectError{
		Method: r.method, Path: w.scrub.text(r.path, maxPath), Status: x.resp.StatusCode,
		CorrelationID: w.scrub.text(x.resp.Header.Get(correlationHeader), maxToken),
	}
	if target, err := url.Parse(x.resp.Header.Get("Location")); err == nil && target.Host != "" {
		e.Target = w.scrub.text(target.Scheme+"://"+target.Host, maxToken)
	}
	return e
}
