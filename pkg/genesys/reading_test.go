package genesys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
)

func TestFlowsByIDAreLookedUpTogether(t *testing.T) {
	t.Parallel()
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		var list []string
		for _, id := range req.URL.Query()["id"] {
			switch id {
			case "gone":
			case "deleted":
				list = append(list, `{"id":"deleted","deleted":true}`)
			default:
				list = append(list, fmt.Sprintf(`{"id":%q,"name":"N","type":"INBOUNDCALL","active":false,`+
					`"publishedVersion":{"id":"3.0"},"savedVersion":{"id":4}}`, id))
			}
		}
		fmt.Fprintf(w, `{"entities":[%s]}`, strings.Join(list, ","))
	})
	ids := []string{"gone", "deleted", "f", "f", ""}
	for i := range 99 {
		ids = append(ids, fmt.Sprint("g", i))
	}
	got, err := r.client.FlowsByID(context.Background(), ids)
	if err != nil || len(got) != 100 {
		t.Fatalf("%d flows, %v, want 100", len(got), err)
	}
	want := Flow{
		dataaction.Flow{ID: "f", Name: "N", Type: "inboundcall"},
		dataaction.FlowVersions{Published: "3.0", Saved: "4", Inactive: true},
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	r.wantSent(2)
}

func TestAFlowThatIsDeletedDoesNotExist(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]int{`{"id":"f","deleted":true}`: 200, `{"message":"no"}`: 404} {
		_, err := newFixture(t, status(code, body)).client.Flow(context.Background(), "f")
		if _, ok := errors.AsType[*FlowNotFoundError](err); !ok {
			t.Errorf("%d: %v, want a *FlowNotFoundError", code, err)
		}
	}
	_, err := newFixture(t, status(403, `{"message":"no"}`)).client.Flow(context.Background(), "f")
	if _, ok := errors.AsType[*FlowNotFoundError](err); ok || err == nil {
		t.Errorf("403: %v, want an error that does not say the flow is missing", err)
	}
}

func TestConsumers(t *testing.T) {
	t.Parallel()
	entry := func(id, kind, version, more string) string {
		return fmt.Sprintf(`{"id":%q,"name":"N","type":%q,"version":%q%s}`, id, kind, version, more)
	}
	page := func(total int, entries ...string) string {
		return fmt.Sprintf(`{"entities":[%s],"total":%d,"pageSize":100,"pageCount":1}`, strings.Join(entries, ","), total)
	}
	whole := page(5, entry("f", "INBOUNDCALLFLOW", "1.0", ""), entry("f", "INBOUNDCALLFLOW", "2.0", ""),
		entry("w", "WORKFLOW", "1.0", ""), entry("s", "COMPOSERSCRIPT", "1", ""),
		entry("d", "BOTFLOW", "1.0", `,"deleted":true`))
	flows := []dataaction.Flow{{ID: "f", Name: "N", Type: "inboundcall"}, {ID: "w", Name: "N", Type: "workflow"}}
	for _, tt := range []struct {
		name, body string
		status     int
		want       Consumers
	}{
		{"each flow once, whatever its versions", whole, 200, Consumers{Flows: flows, Others: 1}},
		{"in part", whole, 206, Consumers{Flows: flows, Others: 1, Partial: "the index answered in part (206)"}},
		{"fewer than counted", page(9, entry("w", "WORKFLOW", "1.0", "")), 200,
			Consumers{Flows: flows[1:], Partial: "the index answered with fewer resources than it counts"}},
		{"a state that is not known", page(1, entry("w", "WORKFLOW", "1.0", `,"stateUnknown":true`)), 200,
			Consumers{Flows: flows[1:], Partial: "the index does not know the state of some resources"}},
		{"none", page(0), 200, Consumers{}},
	} {
		r := newFixture(t, status(tt.status, tt.body))
		got, err := r.client.Consumers(context.Background(), "a", ObjectDataAction)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
		r.wantSent(1)
	}
}

func TestIndexState(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"status":"OPERATIONAL","failedObjects":[]}`:             "",
		`{"status":"OPERATIONALNEEDSREBUILD"}`:                    "",
		`{"status":"BUILDINGINITIAL"}`:                            "the index is not operational (status BUILDINGINITIAL)",
		`{"status":"OPERATIONAL","failedObjects":[{"id":"f"},1]}`: "the index failed to read 2 objects",
	} {
		got, err := newFixture(t, status(200, body)).client.IndexState(context.Background())
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", body, got, err, want)
		}
	}
	for _, body := range []string{`{}`, `[]`, `{"status":1}`} {
		if _, err := newFixture(t, status(200, body)).client.IndexState(context.Background()); !isBodyError(err) {
			t.Errorf("%s: %v, want a *BodyError", body, err)
		}
	}
}

func TestFlowObjects(t *testing.T) {
	t.Parallel()
	for flowType, want := range map[string]string{
		"commonmodule": "COMMONMODULEFLOW", "bot": "BOTFLOW", "digitalbot": "DIGITALBOTFLOW", "workflow": "WORKFLOW",
	} {
		if got := FlowObject(flowType); got != want || dataaction.FlowType(got) != flowType {
			t.Errorf("%s is %s, want %s", flowType, got, want)
		}
	}
}

func TestOrganizationNeedsAnID(t *testing.T) {
	t.Parallel()
	got, err := newFixture(t, status(200, `{"id":"o","name":"Acme"}`)).client.Organization(context.Background())
	if want := (dataaction.Organization{ID: "o", Name: "Acme"}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	_, err = newFixture(t, status(200, `{"name":"Acme"}`)).client.Organization(context.Background())
	if !isBodyError(err) {
		t.Errorf("without an id: %v, want a *BodyError", err)
	}
}

func TestLastChange(t *testing.T) {
	t.Parallel()
	entry := func(at, action, result, who, changes string) string {
		return fmt.Sprintf(`{"eventDate":%q,"action":%q,"status":%q,%s,"entity":{"id":"a"},"propertyChanges":[%s]}`,
			at, action, result, who, changes)
	}
	user, client := `"user":{"id":"u","name":"Ada"}`, `"client":{"id":"c"}`
	raised := `{"property":"config.timeoutSeconds","oldValues":["3"],"newValues":[12]}`
	other := `{"property":"category","oldValues":["A"],"newValues":["B"]}`
	three, twelve := 3*time.Second, 12*time.Second
	day := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		entries []string
		want    *AuditEntry
	}{
		{"none", nil, nil},
		{"the latest, whatever the order", []string{
			entry("2026-11-19T09:00:00Z", "Update", "SUCCESS", client, ""),
			entry("2026-11-20T09:00:00Z", "Update", "SUCCESS", user, raised),
			entry("2026-11-18T09:00:00Z", "Update", "SUCCESS", client, ""),
		}, &AuditEntry{At: day, By: "Ada", Before: &three, After: &twelve}},
		{"numbers only from the audit", []string{entry("2026-11-20T09:00:00Z", "Update", "SUCCESS", client, other)},
			&AuditEntry{At: day, By: "c"}},
		{"views and failures change nothing", []string{
			entry("2026-11-20T09:00:00Z", "Update", "SUCCESS", `"user":{"id":"u"}`, ""),
			entry("2026-11-21T09:00:00Z", "View", "SUCCESS", user, ""),
			entry("2026-11-22T09:00:00Z", "Update", "FAILURE", user, raised),
			`{"eventDate":"2026-11-23T09:00:00Z","action":"Update","status":"SUCCESS","entity":{"id":"another"}}`,
			`{"eventDate":"yesterday","action":"Update","entity":{"id":"a"}}`,
		}, &AuditEntry{At: day, By: "u"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked string
			r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
				body, _ := io.ReadAll(req.Body)
				asked = string(body)
				fmt.Fprintf(w, `{"entities":[%s]}`, strings.Join(tt.entries, ","))
			}, func(c *Config) { c.AllowWrites = false }) // a query is a read
			got, err := r.client.LastChange(context.Background(), "a", day, day.Add(time.Hour))
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if !strings.Contains(asked, `"interval":"2026-11-20T09:00:00.000Z/2026-11-20T10:00:00.000Z"`) {
				t.Errorf("asked %s", asked)
			}
		})
	}
}

// capped serves a listing with at most most entities a page, and claims to have claim pages.
type capped struct {
	mu          sync.Mutex
	have        int
	most, claim int
	asked       []int
}

func (c *capped) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := req.URL.Query()
	size, _ := strconv.Atoi(q.Get("pageSize"))
	number, _ := strconv.Atoi(q.Get("pageNumber"))
	c.asked = append(c.asked, number)
	if c.most < 0 && size > -c.most { // a page above this size is too large to be read
		fmt.Fprintf(w, `{"entities":[{"id":"x","pad":%q}]}`, strings.Repeat("x", defaultMaxBody))
		return
	}
	if c.most > 0 {
		size = min(size, c.most)
	}
	var list []string
	for i := (number - 1) * size; i < min(number*size, c.have); i++ {
		list = append(list, fakeAction(i).json)
	}
	pages := c.claim
	if pages == 0 {
		pages = ceil(c.have, size)
	}
	fmt.Fprintf(w, `{"entities":[%s],"total":%d,"pageSize":%d,"pageCount":%d}`,
		strings.Join(list, ","), c.have, size, pages)
}

// A server that gives 25 a page must not make actions "not found".
func TestIDsArePagedLikeEveryListing(t *testing.T) {
	t.Parallel()
	c := &capped{have: 50, most: 25}
	r := newFixture(t, c.ServeHTTP)
	var ids []string
	for i := range 50 {
		ids = append(ids, fakeAction(i).id)
	}
	live, err := r.client.ActionsByID(context.Background(), ids)
	if err != nil || len(live) != 50 {
		t.Errorf("%d actions, %v, want 50", len(live), err)
	}
	r.wantSent(2)
}

func TestAPageTooLargeIsReadInHalves(t *testing.T) {
	t.Parallel()
	c := &capped{have: 120, most: -50}
	r := newFixture(t, c.ServeHTTP)
	live, err := r.client.ListActions(context.Background())
	if err != nil || len(live) != 120 {
		t.Errorf("%d actions, %v, want 120", len(live), err)
	}
	r.wantSent(2 + 1 + 1 + 1) // page 1 and its halves, page 2 and the half that holds something
}

func TestACountOfPagesIsOnlyAClaim(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ have, most, claim, requests int }{
		{30, 0, 10_000, 1}, {150, 0, 10_000, 2}, {150, 0, 1_000_000, 2}, {250, 0, 1, 3}, {60, 25, 0, 3},
	} {
		c := &capped{have: tt.have, most: tt.most, claim: tt.claim}
		r := newFixture(t, c.ServeHTTP)
		live, err := r.client.ListActions(context.Background())
		if err != nil || len(live) != tt.have {
			t.Errorf("%+v: %d actions, %v", tt, len(live), err)
		}
		r.wantSent(tt.requests)
	}
	// A total that lies too: what comes bounds the requests, and two readings that agree count.
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		entity := fakeAction(1).json
		if req.URL.Query().Get("pageNumber") != "1" {
			entity = ""
		}
		fmt.Fprintf(w, `{"entities":[%s],"total":900000,"pageSize":100,"pageCount":9000}`, entity)
	})
	live, err := r.client.ListActions(context.Background())
	if err != nil || len(live) != 1 {
		t.Errorf("%d actions, %v, want the one that comes", len(live), err)
	}
	r.wantSent(4)
}

func TestBriefNamesNothingThatDiffersBetweenRuns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{status(409, `{"message":"locked","code":"flow.locked"}`, "ININ-Correlation-Id", "c-1"), "409 Conflict: locked"},
		{status(403, `{}`), "403 Forbidden"},
		{status(200, `<html>`), "200 OK, but its body is not JSON"},
		{reset(""), "no answer (reset)"},
	} {
		_, err := newFixture(t, tt.answer).client.FlowCalls(context.Background(), "f", "1.0")
		if got := Brief(err); got != tt.want {
			t.Errorf("%v: %q, want %q", err, got, tt.want)
		}
	}
}

func TestDraftIDs(t *testing.T) {
	t.Parallel()
	c := &capped{have: 120}
	r := newFixture(t, c.ServeHTTP)
	ids, err := r.client.DraftIDs(context.Background())
	if err != nil || len(ids) != 120 || ids[119] != fakeAction(119).id {
		t.Errorf("%d drafts, %v, want 120", len(ids), err)
	}
	if got := r.sent()[0]; got != "GET /api/v2/integrations/actions/drafts" {
		t.Errorf("asked for %q", got)
	}
	r.wantSent(2)
}
