package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// auditReach is how far back the realtime audit answers.
const auditReach = 14 * 24 * time.Hour

// auditEntry is one recorded change of a data action.
type auditEntry struct {
	at            time.Time
	user, client  string // ids; one of them is empty
	name          string // the user's
	id, entity    string // of the action
	before, after string // seconds, "" for an unset timeout; both "" where the entry names no timeout
}

// RecordChange adds an entry to the audit: a user changed a data action at a time. before and after are seconds; where
// they are equal the entry names no property.
func (s *Server) RecordChange(actionID, user string, at time.Time, before, after int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := auditEntry{at: at, user: seedOrg(s.opt.Org).uuid("user", user), name: user, id: actionID}
	if a := s.actionByID[actionID]; a != nil {
		e.entity = a.name
	}
	if before != after {
		e.before, e.after = strconv.Itoa(before), strconv.Itoa(after)
	}
	s.audit = append(s.audit, e)
}

// recordWrite notes a write through the API, which the OAuth client made.
func (s *Server) recordWrite(a *action) {
	e := auditEntry{at: s.opt.Now(), client: s.opt.ClientID, id: a.id, entity: a.name, after: a.seconds()}
	if a.before != nil {
		e.before = a.before.seconds()
	}
	s.audit = append(s.audit, e)
}

// recordUser notes a change past the API, which a user made.
func (s *Server) recordUser(a *action, before string) {
	user := seedUsers[0]
	s.audit = append(s.audit, auditEntry{
		at: s.opt.Now(), user: seedOrg(s.opt.Org).uuid("user", user), name: user,
		id: a.id, entity: a.name, before: before, after: a.seconds(),
	})
}

// seconds is the action's timeout, "" where it is unset.
func (a *action) seconds() string {
	if a.function != nil {
		return textAt(a.function, "function", "timeoutSeconds")
	}
	return textAt(a.doc, "config", "timeoutSeconds")
}

// auditQuery is the vendor's AuditRealtimeQueryRequest.
type auditQuery struct {
	Interval    string `json:"interval"`
	ServiceName string `json:"serviceName"`
	Filters     []struct {
		Property string `json:"property"`
		Value    string `json:"value"`
	} `json:"filters"`
	Sort []struct {
		Name      string `json:"name"`
		SortOrder string `json:"sortOrder"`
	} `json:"sort"`
}

// queryAudit is POST /api/v2/audits/query/realtime, newest entry first unless sort asks for ascending.
func (s *Server) queryAudit(x *exchange) ([]byte, error) {
	body, err := x.object()
	if err != nil {
		return nil, err
	}
	var q auditQuery
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, badRequest("The audit query is not valid: %v", err)
	}
	from, to, err := parseInterval(q.Interval)
	if err != nil {
		return nil, err
	}
	if from.Before(s.opt.Now().Add(-auditReach - time.Hour)) {
		return nil, badRequest("The interval must not start more than 14 days ago")
	}
	if q.ServiceName == "" {
		return nil, badRequest("serviceName is required")
	}
	var found []auditEntry
	for _, e := range s.audit {
		if q.ServiceName == "Integrations" && !e.at.Before(from) && e.at.Before(to) && q.matches(e) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b auditEntry) int { return a.at.Compare(b.at) })
	if len(q.Sort) == 0 || !strings.HasPrefix(strings.ToLower(q.Sort[0].SortOrder), "asc") {
		slices.Reverse(found)
	}
	return page(x.query, "/api/v2/audits/query/realtime", found, auditEntry.show)
}

func (q auditQuery) matches(e auditEntry) bool {
	fields := map[string]string{
		"EntityType": "Action", "EntityId": e.id, "UserId": e.user, "ClientId": e.client, "Action": "Update",
	}
	for _, f := range q.Filters {
		if fields[f.Property] != f.Value {
			return false
		}
	}
	return true
}

// show is the vendor's AuditLogMessage.
func (e auditEntry) show() []byte {
	doc := map[string]any{
		"id": seedOrg("").uuid("audit", e.id, e.at.String()), "eventDate": e.at.UTC().Format("2006-01-02T15:04:05.000Z"),
		"serviceName": "Integrations", "action": "Update", "entityType": "Action", "status": "SUCCESS",
		"entity": map[string]string{"id": e.id, "name": e.entity, "selfUri": "/api/v2/integrations/actions/" + e.id},
	}
	if e.user != "" {
		doc["user"] = map[string]string{"id": e.user, "name": e.name}
	}
	if e.client != "" {
		doc["client"] = map[string]string{"id": e.client}
	}
	if e.before != e.after {
		doc["propertyChanges"] = []map[string]any{{
			"property": "timeoutSeconds", "oldValues": values(e.before), "newValues": values(e.after),
		}}
	}
	return mustMarshal(doc)
}

func values(v string) []string {
	if v == "" {
		return []string{}
	}
	return []string{v}
}

// parseInterval reads an ISO 8601 interval, FROM/TO.
func parseInterval(text string) (from, to time.Time, err error) {
	first, second, _ := strings.Cut(text, "/")
	from, fromErr := time.Parse(time.RFC3339, first)
	to, toErr := time.Parse(time.RFC3339, second)
	if cmp.Or(fromErr, toErr) != nil || !from.Before(to) {
		return from, to, &apiError{
			status: http.StatusBadRequest, code: "bad.request",
			message: "interval is required and must be two ISO 8601 instants, FROM/TO",
		}
	}
	return from, to, nil
}
