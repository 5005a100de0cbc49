package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// exchange is one request and its answer, held back until the faults have acted.
type exchange struct {
	sent     []byte // the request's body
	sentType string // and its Content-Type
	query    url.Values
	id, part string // the path's values for {id} and for any second name in braces
	entry    *Request
	forget   bool // answer a write as done, without keeping it
	stale    bool // answer a read as of before the last write

	status int
	header http.Header
	body   []byte
}

func newExchange(r *http.Request, sent []byte) *exchange {
	return &exchange{
		sent: sent, sentType: r.Header.Get("Content-Type"), query: r.URL.Query(),
		header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-cache, no-store, must-revalidate"}},
	}
}

// fail makes the answer an error in the vendor's shape.
func (x *exchange) fail(e *apiError) {
	x.header.Set("Content-Type", "application/json")
	x.status, x.body = e.status, e.body(x.entry.CorrelationID)
}

// object is the request's body, which must be a JSON object.
func (x *exchange) object() ([]byte, error) {
	if !strings.HasPrefix(strings.ToLower(x.sentType), "application/json") {
		return nil, &apiError{status: http.StatusUnsupportedMediaType, code: "unsupported.media.type",
			message: "Unsupported Media Type - Unsupported or incorrect media type, such as an incorrect Content-Type value " +
				"in the header."}
	}
	if !isObject(x.sent) {
		return nil, badRequest("The request could not be understood by the server due to malformed syntax.")
	}
	return bytes.TrimSpace(x.sent), nil
}

func isObject(b []byte) bool {
	return json.Valid(b) && bytes.HasPrefix(bytes.TrimSpace(b), []byte("{"))
}
