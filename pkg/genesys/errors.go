package genesys

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// How much of a text from outside an error repeats, in bytes.
const (
	maxMessage = 600
	maxPath    = 300
	maxToken   = 100 // codes, ids, host names
)

// ErrNoCredentials is New's answer to a configuration with neither an access token nor client id and secret.
var ErrNoCredentials = errors.New("no credentials: neither an access token nor a client id and its secret were given")

// APIError is an answer with a status of 400 or more. Its texts come from the server, cleaned: one line each, of bounded
// length, without secrets.
type APIError struct {
	Method, Path             string
	Status                   int           // HTTP's
	Code, Message            string        // the vendor's ErrorBody
	CorrelationID, ContextID string        // what the vendor's support asks for
	RetryAfter               time.Duration // as the server asked; 0: it did not
	Permissions              []string      // of a 403: the permissions or scopes that the message names
	Attempts                 int           // how often the request was sent
	SignIn                   bool          // it was the sign-in that failed, of no fault of the credentials
	Account                  Account       // of a 401
}

func (e *APIError) Error() string {
	s := what(e.Method, e.Path, e.SignIn) + ": " + statusText(e.Status)
	if e.Message != "" {
		s += ": " + e.Message
	}
	s += particulars("code", e.Code, "correlation id", e.CorrelationID)
	if e.Status == http.StatusTooManyRequests && e.RetryAfter > patience {
		return s + fmt.Sprintf("; the server asks to wait %s, which is longer than the %s that are waited", e.RetryAfter, patience)
	}
	return s + attempts(e.Attempts)
}

// AuthError is a sign-in that was refused, or answered with something that holds no usable token.
type AuthError struct {
	Status        int
	Code          string // such as invalid_client
	Description   string
	LoginHost     string
	CorrelationID string
	Account
}

// Account says which credentials were refused, and where.
type Account struct {
	Environment string // the domain
	Credentials string // as the configuration calls them
}

func (e *AuthError) Error() string {
	s := "signing in at " + e.LoginHost + ": " + statusText(e.Status)
	if e.Description != "" {
		s += ": " + e.Description
	}
	return s + particulars("code", e.Code, "correlation id", e.CorrelationID)
}

// FaultKind says what went wrong below HTTP.
type FaultKind string

// The kinds of fault.
const (
	FaultDNS       FaultKind = "dns"       // the host's name does not resolve
	FaultTLS       FaultKind = "tls"       // the handshake failed, or the certificate is not trusted
	FaultRefused   FaultKind = "refused"   // nothing listens there
	FaultReset     FaultKind = "reset"     // the connection broke before an answer
	FaultTimeout   FaultKind = "timeout"   // no answer, or no progress in it, for too long
	FaultTruncated FaultKind = "truncated" // the answer broke off
	FaultCanceled  FaultKind = "canceled"  // the caller's context ended
	FaultOther     FaultKind = "other"
)

// TransportError is a request without a whole answer.
type TransportError struct {
	Method, Path, Host string
	Kind               FaultKind
	Sent               bool  // a connection was made, so that the request may have arrived
	Attempts           int   // how often it was tried
	SignIn             bool  // it was the sign-in's request
	Err                error // cleaned text; the context's error where that was the cause
	lasting            bool  // it will be the same next time: a name that does not exist, a certificate not trusted
}

func (e *TransportError) Error() string {
	words := map[FaultKind]string{
		FaultDNS:       "the host name does not resolve",
		FaultTLS:       "no TLS connection",
		FaultRefused:   "the connection was refused",
		FaultReset:     "the connection broke before an answer",
		FaultTimeout:   "no answer in time",
		FaultTruncated: "the answer broke off",
		FaultCanceled:  "stopped",
	}[e.Kind]
	if words == "" {
		words = "no answer"
	}
	return fmt.Sprintf("%s at %s: %s: %v", what(e.Method, e.Path, e.SignIn), e.Host, words, e.Err) + attempts(e.Attempts)
}

func (e *TransportError) Unwrap() error { return e.Err }

// BodyError is a 2xx answer whose body is not what the call expects.
type BodyError struct {
	Method, Path  string
	Status        int
	ContentType   string
	Start         string // the body's first letters
	Reason        string
	CorrelationID string
	Attempts      int // how often the request was sent
	truncated     bool
	tooLarge      bool // longer than the limit: a listing asks for smaller pages
}

func (e *BodyError) Error() string {
	return what(e.Method, e.Path, false) + ": " + statusText(e.Status) + ", but " + e.Reason +
		particulars("content type", e.ContentType, "begins", e.Start, "correlation id", e.CorrelationID) + attempts(e.Attempts)
}

// RedirectError is an answer of 3xx. Redirects are not followed: a token goes to the configured host alone.
type RedirectError struct {
	Method, Path string
	Status       int
	Target       string // scheme and host, or "" where there is none
	SignIn       bool

	CorrelationID string
}

func (e *RedirectError) Error() string {
	target := e.Target
	if target == "" {
		target = "an unnamed place"
	}
	return what(e.Method, e.Path, e.SignIn) + ": " + statusText(e.Status) + ": redirected to " + target + ", which is not followed" +
		particulars("correlation id", e.CorrelationID)
}

// ReadOnlyError is a request that a client without AllowWrites did not send.
type ReadOnlyError struct{ Method, Path string }

func (e *ReadOnlyError) Error() string {
	return e.Method + " " + e.Path + ": not sent: this command only reads"
}

// Brief is an error's status and the vendor's message, without the ids and counts that differ from run to run: what
// two plans of the same state can both contain.
func Brief(err error) string {
	if api, ok := errors.AsType[*APIError](err); ok {
		if api.Message == "" {
			return statusText(api.Status)
		}
		return statusText(api.Status) + ": " + api.Message
	}
	if body, ok := errors.AsType[*BodyError](err); ok {
		return statusText(body.Status) + ", but " + body.Reason
	}
	if transport, ok := errors.AsType[*TransportError](err); ok {
		return "no answer (" + string(transport.Kind) + ")"
	}
	if redirect, ok := errors.AsType[*RedirectError](err); ok {
		return statusText(redirect.Status) + ", which is not followed"
	}
	return err.Error()
}

// IsNotFound reports whether the API answered 404.
func IsNotFound(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusNotFound && !e.SignIn
}

// IsConflict reports whether a write was refused because the version had moved on: 409, or 400 with the vendor's words.
// Source: the vendor's Terraform provider, which looks for the same.
func IsConflict(err error) bool {
	if errors.Is(err, errRepublished) {
		return true
	}
	var e *APIError
	if !errors.As(err, &e) || e.SignIn {
		return false
	}
	return e.Status == http.StatusConflict ||
		e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "does not match the current version")
}

// IsUncertain reports whether a write may have been carried out although no good answer came back: it broke off, ran out
// of time, failed on the server's side or was answered with something unreadable. Only reading back tells.
func IsUncertain(err error) bool {
	if transport, ok := errors.AsType[*TransportError](err); ok {
		return transport.Sent && !transport.SignIn && !onlyReads(transport.Method, transport.Path)
	}
	if body, ok := errors.AsType[*BodyError](err); ok {
		return !onlyReads(body.Method, body.Path)
	}
	if redirect, ok := errors.AsType[*RedirectError](err); ok {
		return !redirect.SignIn && !onlyReads(redirect.Method, redirect.Path)
	}
	if api, ok := errors.AsType[*APIError](err); ok {
		lost := api.Status >= 500 || api.Status == http.StatusRequestTimeout
		return lost && !api.SignIn && !onlyReads(api.Method, api.Path)
	}
	return false
}

// what names a request in an error.
func what(method, path string, signIn bool) string {
	if signIn {
		return "signing in"
	}
	return method + " " + path
}

// statusText is "404 Not Found".
func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprintf("status %d", status)
}

// particulars is " (code x, correlation id y)" of the pairs that have a value.
func particulars(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+" "+pairs[i+1])
		}
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// attempts is "; gave up after 5 attempts", where there were several.
func attempts(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("; gave up after %d attempts", n)
}
