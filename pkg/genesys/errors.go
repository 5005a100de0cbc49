package genesys

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// How much of a text from outside an error quotes, in bytes.
const (
	maxMessage = 600
	maxPath    = 300
	maxToken   = 100 // codes, ids, host names
)

// ErrNoCredentials is a configuration with neither an access token nor client id and secret.
var ErrNoCredentials = errors.New("no credentials: want an access token, or a client id and its secret")

// APIError is an answer with a status of 400 or more. Its texts come from the server, cleaned: one line each, of
// bounded length, without secrets.
type APIError struct {
	Method, Path  string
	Status        int           // HTTP's
	Code, Message string        // the vendor's ErrorBody
	CorrelationID string        // the vendor's support asks for it
	RetryAfter    time.Duration // 0 where the server did not say
	// Permissions are those, or the scopes, that the message of a 403 names, sorted.
	Permissions []string
	// Permission is what a 403 lacks: what the server names, else what the vendor's reference asks for the call; empty
	// where neither says.
	Permission string
	Attempts   int     // how often the request was sent
	SignIn     bool    // the sign-in failed, but not because of the credentials
	Account    Account // of a 401
}

func (e *APIError) Error() string {
	s := what(e.Method, e.Path, e.SignIn) + ": " + statusText(e.Status)
	if e.Message != "" {
		s += ": " + e.Message
	}
	s += particulars("code", e.Code, "correlation id", e.CorrelationID)
	if e.Status == http.StatusTooManyRequests && e.RetryAfter > patience {
		return s + fmt.Sprintf("; the server asks to wait %s, and the longest wait is %s", e.RetryAfter, patience)
	}
	return s + attempts(e.Attempts)
}

// AuthError is a sign-in that was refused, or whose answer has no usable token.
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

// FaultKind is what went wrong below HTTP.
type FaultKind string

// The kinds of fault.
const (
	FaultDNS       FaultKind = "dns"       // the host name does not resolve
	FaultTLS       FaultKind = "tls"       // the handshake failed, or the certificate is not trusted
	FaultRefused   FaultKind = "refused"   // nothing listens there
	FaultReset     FaultKind = "reset"     // the connection broke before an answer
	FaultTimeout   FaultKind = "timeout"   // no answer, no progress in it, or no end of it in time
	FaultTruncated FaultKind = "truncated" // the answer broke off
	FaultCanceled  FaultKind = "canceled"  // the caller's context ended
	FaultOther     FaultKind = "other"
)

// TransportError is a request without a complete answer.
type TransportError struct {
	Method, Path, Host string
	Kind               FaultKind
	Sent               bool  // a connection was made, so the request may have arrived
	Attempts           int   // how often it was tried
	SignIn             bool  // it was the sign-in's request
	Err                error // cleaned text; the context's error where that was the cause
	lasting            bool  // trying again does not help: a name that does not exist, a certificate not trusted
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
	Start         string // of the body
	Reason        string
	CorrelationID string
	Attempts      int // how often the request was sent
	truncated     bool
	tooLarge      bool // longer than the limit: a listing asks for smaller pages
}

func (e *BodyError) Error() string {
	return what(e.Method, e.Path, false) + ": " + statusText(e.Status) + ", but " + e.Reason +
		particulars("content type", e.ContentType, "begins", e.Start, "correlation id", e.CorrelationID) +
		attempts(e.Attempts)
}

// RedirectError is an answer of 3xx. Redirects are not followed, so the token stays with the configured host.
type RedirectError struct {
	Method, Path string
	Status       int
	Target       string // scheme and host; "" where the answer names none
	SignIn       bool

	CorrelationID string
}

func (e *RedirectError) Error() string {
	target := e.Target
	if target == "" {
		target = "an unnamed place"
	}
	return what(e.Method, e.Path, e.SignIn) + ": " + statusText(e.Status) + ": redirected to " + target +
		", which is not followed" +
		particulars("correlation id", e.CorrelationID)
}

// ReadOnlyError is a write that a client without AllowWrites did not send.
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

// IsConflict reports whether a write was refused because the version moved on: 409, or 400 in one of the vendor's
// wordings. A read has no version, so its 409 is something else.
func IsConflict(err error) bool {
	if errors.Is(err, errRepublished) {
		return true
	}
	var e *APIError
	if !errors.As(err, &e) || e.SignIn || e.Method == http.MethodGet {
		return false
	}
	return e.Status == http.StatusConflict || e.Status == http.StatusBadRequest && mismatch().MatchString(e.Message)
}

// mismatch are the wordings of a version conflict: "does not match the current version" and, for a draft's publication,
// "Supplied version 2 does not match latest draft version 1". Source: the vendor's Terraform provider and its issue
// 1961.
var mismatch = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)does not match (the )?(current|latest)( draft)? version`)
})

// IsWriteForbidden reports whether the API refused a write for a missing permission.
func IsWriteForbidden(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusForbidden && !e.SignIn && !onlyReads(e.Method, e.Path)
}

// IsTokenRefused reports whether the API refused the token, and a fresh one where there was a way to get it, or the
// login host refused the credentials. Every further write fails with the same error, unsent.
func IsTokenRefused(err error) bool {
	var auth *AuthError
	return isUnauthorized(err) || errors.As(err, &auth)
}

// IsUncertain reports whether a write may have been carried out without a good answer: it broke off, timed out, failed
// on the server's side or was answered with something unreadable. Only a read tells.
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

// particulars is " (code x, correlation id y)" for the pairs that have a value.
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
