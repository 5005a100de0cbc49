package sandbox

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

const auditPath = "/api/v2/audits/query/realtime"

type auditAnswer struct {
	Total    int
	Entities []struct {
		EventDate       time.Time
		User, Client    struct{ ID, Name string }
		Action          string
		EntityType      string
		Entity          struct{ ID, Name string }
		PropertyChanges []struct {
			Property             string
			OldValues, NewValues []string
		}
	}
}

func (w *world) auditOf(id, query, more string) auditAnswer {
	w.t.Helper()
	now := w.opt.Now().UTC()
	interval := now.Add(-14*24*time.Hour).Format(time.RFC3339) + "/" + now.Add(time.Minute).Format(time.RFC3339)
	body := fmt.Sprintf(`{"interval":%q,"serviceName":"Integrations","filters":[`+
		`{"property":"EntityType","value":"Action"},{"property":"EntityId","value":%q}]%s}`, interval, id, more)
	var a auditAnswer
	w.must(json.Unmarshal(w.want(200, "POST", auditPath+query, body).body, &a))
	return a
}

func TestAuditRecordsWhoChangedAnAction(t *testing.T) {
	t.Parallel()
	now := &clock{t: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w := start(t, Options{Empty: true, Now: now.Now})
	w.must(w.AddAction([]byte(oddAction)))
	w.RecordChange("custom_-_odd", "Maren Holt", now.Now().Add(-48*time.Hour), 5, 3)
	w.RecordChange("custom_-_odd", "Maren Holt", now.Now().Add(-15*24*time.Hour), 9, 5) // out of reach
	w.RecordChange("custom_-_other", "Maren Holt", now.Now(), 1, 2)
	w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":4,"config":{"timeoutSeconds":9}}`)
	now.add(time.Second)
	w.must(w.SetTimeout("custom_-_odd", 12))

	a := w.auditOf("custom_-_odd", "?pageSize=2", "")
	if a.Total != 3 || len(a.Entities) != 2 {
		t.Fatalf("%+v", a)
	}
	newest, ours := a.Entities[0], a.Entities[1]
	if c := newest.PropertyChanges; len(c) != 1 || c[0].OldValues[0] != "9" || c[0].NewValues[0] != "12" ||
		newest.User.Name == "" {
		t.Errorf("the newest entry: %+v", newest)
	}
	if ours.Client.ID != w.opt.ClientID || ours.User.ID != "" || ours.Entity.Name != "Odd ä one" {
		t.Errorf("the client's write: %+v", ours)
	}
	first := w.auditOf("custom_-_odd", "", `,"sort":[{"name":"Timestamp","sortOrder":"ascending"}]`).Entities[0]
	if first.User.Name != "Maren Holt" || !first.EventDate.Equal(now.Now().Add(-48*time.Hour-time.Second)) {
		t.Errorf("the oldest entry: %+v", first)
	}
	w.must(w.Touch("custom_-_odd"))
	if c := w.auditOf("custom_-_odd", "", "").Entities[0].PropertyChanges; c != nil {
		t.Errorf("a change that left the timeout alone names it: %v", c)
	}
}

func TestAuditRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	if a := w.auditOf(w.ActionID("Get order", ""), "", ""); a.Total != 1 || a.Entities[0].User.Name != "Tomás Ferreira" {
		t.Errorf("%+v", a)
	}
	for _, body := range []string{
		`{}`, `{"interval":"2026-11-22T00:00:00Z/2026-11-23T00:00:00Z"}`, `{"filters":7}`,
		`{"interval":"2001-11-22T00:00:00Z/2026-11-23T00:00:00Z","serviceName":"Integrations"}`,
	} {
		w.want(400, "POST", auditPath, body)
	}
}
