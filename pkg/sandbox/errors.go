package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// apiError is a refusal, shown to the client as the vendor's ErrorBody
// (https://github.com/MyPureCloud/platform-client-sdk-go, ErrorBody).
type apiError struct {
	status   int
	code     string
	message  string
	template string            // messageWithParams: the message with {names} where params stand
	params   map[string]string // messageParams
	entityID string
	limit    *limitBody
}

type limitBody struct {
	Key       string `json:"key"`
	Namespace string `json:"namespace"`
	Value     int    `json:"value"`
}

type errorBody struct {
	Message           string            `json:"message"`
	Code              string            `json:"code"`
	Status            int               `json:"status"`
	EntityID          string            `json:"entityId,omitempty"`
	MessageWithParams string            `json:"messageWithParams,omitempty"`
	MessageParams     map[string]string `json:"messageParams"`
	ContextID         string            `json:"contextId"`
	Details           []struct{}        `json:"details"`
	Errors            []struct{}        `json:"errors"`
	Limit             *limitBody        `json:"limit,omitempty"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

func (e *apiError) body(contextID string) []byte {
	b := errorBody{
		Message: e.message, Code: e.code, Status: e.status, EntityID: e.entityID, MessageWithParams: e.template,
		MessageParams: e.params, ContextID: contextID, Details: []struct{}{}, Errors: []struct{}{}, Limit: e.limit,
	}
	if b.MessageParams == nil {
		b.MessageParams = map[string]string{}
	}
	return mustMarshal(b)
}

func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{status: http.StatusInternalServerError, code: "internal.server.error", message: err.Error()}
}

func badRequest(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "bad.request", message: fmt.Sprintf(format, args...)}
}

func notFound(message, entityID string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "not.found", message: message, entityID: entityID}
}

// conflict refuses a write based on an old version, with the status that Options chose.
func (s *Server) conflict(id, sent string, current int64) *apiError {
	e := &apiError{
		status: s.opt.ConflictStatus, code: "version.conflict", entityID: id,
		message:  fmt.Sprintf("The version %s does not match the current version %d", sent, current),
		template: "The version {version} does not match the current version {currentVersion}",
		params:   map[string]string{"version": sent, "currentVersion": strconv.FormatInt(current, 10)},
	}
	if e.status == http.StatusBadRequest {
		e.code = "bad.request"
	}
	return e
}

// mustMarshal is for this package's own values, which always marshal.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return b
}
