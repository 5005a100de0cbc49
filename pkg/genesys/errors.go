package genesys

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// APIError is an answer of the API with a status of 400 or more.
type APIError struct {
	Method, Path             string
	Status                   int
	Code, Message            string
	CorrelationID, ContextID string
	RetryAfter               time.Duration
	Permissions              []string
	Attempts                 int
}

func (e *APIError) Error() string { return e.Message }

// IsNotFound reports whether the API answered 404.
func IsNotFound(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// IsConflict reports whether a write was refused because the version had moved on: 409, or 400 with the vendor's words.
func IsConflict(err error) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusConflict ||
		e.Status == http.StatusBadRequest && strings.Contains(e.Message, "does not match the current version")
}

// IsUncertain reports whether a write may have been carried out although no good answer came back.
func IsUncertain(err error) bool { return false }
