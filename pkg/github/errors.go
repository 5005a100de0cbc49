package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"
)

// ErrNoToken says that there is no token to ask GitHub with.
var ErrNoToken = errors.New("no GitHub token (input github-token is empty)")

// APIError is a refusal or failure answered by GitHub. Limits that were waited out in vain are
// RateLimitError.
type APIError struct {
	// Doing is what was tried, in the gerund: "updating comment 12 of #34".
	Doing string
	// Status is the HTTP status.
	Status int
	// Message is GitHub's, details included. It is text from elsewhere.
	Message string
	// RequestID is GitHub's id of the request, for its support.
	RequestID string
	// Hint says what to do next, where that is known.
	Hint string
}

func (e *APIError) Error() string {
	s := fmt.Sprintf("%s: GitHub answers %d", e.Doing, e.Status)
	if e.Message != "" {
		s += " (" + e.Message + ")"
	}
	if e.RequestID != "" {
		s += ", request " + e.RequestID
	}
	return s
}

// RateLimitError says that a limit (429, or a secondary limit's 403) outlasted the patience of the client.
type RateLimitError struct {
	// Status is 429 or 403.
	Status int
	// Wait is how long to stay away before the next try; Left is what is left of the client's patience.
	Wait, Left time.Duration
	// Tries is how often the request was refused.
	Tries int
}

func (e *RateLimitError) Error() string {
	if e.Wait <= e.Left {
		return fmt.Sprintf("GitHub's rate limit (status %d): it lasted for %d tries", e.Status, e.Tries)
	}
	return fmt.Sprintf("GitHub's rate limit (status %d): the next try would be in %s, "+
		"and this run waits %s more for such limits",
		e.Status, e.Wait.Round(time.Second), e.Left.Round(time.Second))
}

// Degradable reports whether an error means "this token cannot do that here" rather than "the run failed": a missing
// permission or a fork's token (403), disabled issues (410), a body that GitHub refuses (422), or no token at all.
func Degradable(err error) bool {
	if errors.Is(err, ErrNoToken) {
		return true
	}
	switch statusOf(err) {
	case http.StatusForbidden, http.StatusGone, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// statusOf is the status of an APIError, and 0 for any other error.
func statusOf(err error) int {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.Status
	}
	return 0
}

// wrap turns an error of the client library into ours. need is the permission the request takes, such as "issues:
// write".
func wrap(err error, need, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	doing = fmt.Sprintf(doing, args...)
	if refused, ok := errors.AsType[*gh.ErrorResponse](err); ok && refused.Response != nil {
		return newAPIError(doing, need, refused.Response, messageOf(refused))
	}
	if moved, ok := errors.AsType[*gh.RedirectionError](err); ok {
		e := newAPIError(doing, need, moved.Response, "")
		if moved.Location != nil {
			e.Message = "moved to " + moved.Location.Redacted()
		}
		e.Hint = "the repository was renamed or the address is not the API's: " +
			"check GITHUB_API_URL and GITHUB_REPOSITORY"
		return e
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func newAPIError(doing, need string, resp *http.Response, message string) *APIError {
	e := &APIError{
		Doing: doing, Status: resp.StatusCode, Message: message, RequestID: resp.Header.Get("X-GitHub-Request-Id"),
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		e.Hint = "the token is not valid (expired, revoked, or of another GitHub): check the input github-token"
	case http.StatusForbidden:
		e.Hint = "the job's token needs `" + need + "`; " +
			"pull requests from forks and from Dependabot get a read-only token"
	case http.StatusNotFound:
		e.Hint = "it does not exist, or the token cannot see it: it needs `" + need + "` on this repository"
	case http.StatusGone:
		e.Hint = "issues are disabled in this repository"
	case http.StatusBadRequest:
		e.Hint = "GitHub did not understand the request: is a proxy in between? Check GITHUB_API_URL"
	}
	if e.Status >= http.StatusInternalServerError {
		e.Hint = "GitHub, or a proxy in front of it, has problems: run the job again"
	}
	return e
}

// messageOf joins GitHub's message with its details, which are what says "body is too long".
func messageOf(r *gh.ErrorResponse) string {
	parts := make([]string, 0, 1+len(r.Errors))
	if r.Message != "" {
		parts = append(parts, r.Message)
	}
	for _, d := range r.Errors {
		switch {
		case d.Message != "":
			parts = append(parts, d.Message)
		case d.Field != "" || d.Code != "":
			parts = append(parts, strings.TrimSpace(d.Field+" "+d.Code))
		}
	}
	return strings.Join(parts, ": ")
}

// Hint is what to do about an error, or "".
func Hint(err error) string {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.Hint
	}
	if errors.Is(err, ErrNoToken) {
		return "leave github-token at its default; secrets are empty in runs for forks and Dependabot"
	}
	return ""
}
