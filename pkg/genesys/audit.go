package genesys

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/rawjson"
)

// auditPath is a query: a POST that changes nothing.
const auditPath = "/api/v2/audits/query/realtime"

// AuditReach is how far back the realtime audit can be asked.
const AuditReach = 14 * 24 * time.Hour

// AuditEntry is a change of a data action that the audit recorded.
type AuditEntry struct {
	At time.Time
	// By is the user's name, or the id of the user or OAuth client if the audit gives no name.
	By string
	// Before and After are nil unless the entry names the timeout.
	Before, After *time.Duration
}

// LastChange reads the last recorded change of a data action in an interval; nil means the audit has none.
//
// Vendor's call: POST /api/v2/audits/query/realtime.
func (c *Client) LastChange(ctx context.Context, actionID string, from, to time.Time) (*AuditEntry, error) {
	type pair map[string]string
	body, err := json.Marshal(map[string]any{
		"interval":    from.UTC().Format(auditTime) + "/" + to.UTC().Format(auditTime),
		"serviceName": "Integrations",
		"filters": []pair{
			{"property": "EntityType", "value": "Action"}, {"property": "EntityId", "value": actionID},
		},
		"sort": []pair{{"name": "Timestamp", "sortOrder": "descending"}},
	})
	if err != nil {
		return nil, err
	}
	r := call{
		method: http.MethodPost, path: auditPath, body: body,
		query: url.Values{"pageNumber": {"1"}, "pageSize": {strconv.Itoa(pageSize)}},
	}
	var last *AuditEntry
	err = c.send(ctx, r, func(doc rawjson.Value) { last = c.lastEntry(doc, actionID) })
	if err != nil {
		return nil, fmt.Errorf("asking the audit about data action %.200q: %w", actionID, err)
	}
	return last, nil
}

const auditTime = "2006-01-02T15:04:05.000Z"

// lastEntry picks the latest change that succeeded, whatever the order of the answer.
func (c *Client) lastEntry(doc rawjson.Value, actionID string) (last *AuditEntry) {
	list, _ := doc.Get("entities")
	for e := range list.Elements() {
		fields := e.Fields()
		at, err := time.Parse(time.RFC3339, words(fields["eventDate"]))
		entity, _ := fields["entity"].Get("id")
		if err != nil || words(entity) != actionID || !isChange(fields) || last != nil && !at.After(last.At) {
			continue
		}
		last = &AuditEntry{At: at.UTC(), By: c.wire.scrub.text(actor(fields), maxToken)}
		last.Before, last.After = timeoutChange(fields["propertyChanges"])
	}
	return last
}

func isChange(fields map[string]rawjson.Value) bool {
	action, status := strings.ToLower(words(fields["action"])), strings.ToLower(words(fields["status"]))
	return action != "view" && action != "read" && !strings.HasPrefix(status, "fail")
}

func actor(fields map[string]rawjson.Value) string {
	for _, path := range [][2]string{{"user", "name"}, {"user", "id"}, {"client", "name"}, {"client", "id"}} {
		if v, _ := fields[path[0]].Get(path[1]); words(v) != "" {
			return words(v)
		}
	}
	return "unknown"
}

// timeoutChange finds old and new timeoutSeconds, wherever in the document the property is said to be.
func timeoutChange(changes rawjson.Value) (before, after *time.Duration) {
	for e := range changes.Elements() {
		fields := e.Fields()
		if strings.HasSuffix(strings.ToLower(words(fields["property"])), "timeoutseconds") {
			return firstSeconds(fields["oldValues"]), firstSeconds(fields["newValues"])
		}
	}
	return nil, nil
}

func firstSeconds(values rawjson.Value) *time.Duration {
	for v := range values.Elements() {
		text := words(v)
		if v.IsNumber() {
			text = string(v)
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 0 || n > 1e6 {
			return nil
		}
		d := time.Duration(n * float64(time.Second))
		return &d
	}
	return nil
}
