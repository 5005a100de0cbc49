package session_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// planted stands in every text of an organisation: no page may have it.
const planted = "PLANTED"

// plantedEntity has every key that is looked at, with planted text, and planted keys beside them.
const plantedEntity = `{"id":"PLANTED-id","name":"PLANTED name <script>","category":"PLANTED","integrationId":"PLANTED",
"PLANTED-key":{"PLANTED":"PLANTED"},"version":4,"type":"PLANTED","active":false,
"config":{"timeoutSeconds":7,"request":{"headers":{"PLANTED-header":"PLANTED"},
"requestUrlTemplate":"4f1d9d3c-5be5-4a5c-9f0e-8a550c6f2b7d"},"response":{"translationMap":{"PLANTED":"PLANTED"}}},
"contract":{"input":{"inputSchema":{"properties":{"PLANTED":{"type":"PLANTED"}}}}},
"publishedVersion":{"id":"PLANTED-3.0"},"savedVersion":{"id":"PLANTED-4.0"},
"key":"PLANTED.max","namespace":"PLANTED","value":31337,"eventDate":"PLANTED","user":{"name":"PLANTED"},
"propertyChanges":[{"property":"PLANTED.timeoutSeconds","oldValues":["PLANTED"],"newValues":["PLANTED"]}]}`

// plantedAPI answers everything with a document full of planted text, or with an error full of it.
func plantedAPI(t *testing.T, status int, requests *atomic.Int64) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/oauth/token" {
			fmt.Fprint(w, `{"access_token":"PLANTED-token","token_type":"bearer","expires_in":3600}`)
			return
		}
		requests.Add(1)
		w.Header().Set("X-PLANTED-Header", "PLANTED")
		w.Header().Set("ININ-Correlation-Id", "PLANTED")
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "3600") // longer than the client waits: it sends none of the others
		}
		w.WriteHeader(status)
		if status != http.StatusOK {
			fmt.Fprint(w, `{"message":"PLANTED","code":"PLANTED.code","status":400,"details":[{"PLANTED":"PLANTED"}]}`)
			return
		}
		fmt.Fprintf(w, `{"entities":[%s,%s],"total":2,"pageSize":25,"pageCount":1,"PLANTED":"PLANTED","status":"PLANTED",
"failedObjects":[{"name":"PLANTED"}],"domain":"PLANTED","id":"PLANTED","name":"PLANTED",
"results":[{"group":{"errorType":"PLANTED","responseStatus":"PLANTED"},"data":[{"interval":"PLANTED"}]}],
"manifest":{"dataAction":[{"id":"PLANTED"}],"PLANTED":[]},
"services":[{"name":"PLANTED"},
{"name":"Integrations","entities":[{"name":"PLANTED"},{"name":"Action"}]}]}`, plantedEntity, plantedEntity)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestFactsHoldNothingOfTheOrganization(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			server := plantedAPI(t, status, &requests)
			vars := map[string]string{
				"GENESYS_API_URL": server.URL, "GENESYS_LOGIN_URL": server.URL,
				"GENESYS_CLIENT_ID": "PLANTED-client", "GENESYS_CLIENT_SECRET": "PLANTED-secret",
			}
			var slept atomic.Int64 // nothing waits: time jumps ahead instead
			env := session.Env{
				Getenv: func(name string) string { return vars[name] }, Version: "1.2.3",
				Now:   func() time.Time { return time.Now().Add(time.Duration(slept.Load())) },
				Sleep: func(ctx context.Context, d time.Duration) error { slept.Add(int64(d)); return ctx.Err() },
				Log:   slog.New(slog.DiscardHandler),
			}
			env.Progress = session.NewProgress(nil, 0, env.Now, env.Log)
			s, err := session.Open(env, dataaction.Desired{API: dataaction.Integrations}, session.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			facts, err := s.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			page := report.FactsMarkdown(facts)
			if at := strings.Index(strings.ToUpper(page), planted); at >= 0 {
				t.Errorf("the page holds %q", page[max(0, at-60):min(len(page), at+60)])
			}
			for _, host := range []string{"127.0.0.1", "31337", "4f1d9d3c"} {
				if strings.Contains(page, host) {
					t.Errorf("the page holds %s", host)
				}
			}
			if facts.Requests > session.MaxFactRequests || len(facts.Facts) < 20 {
				t.Errorf("%d requests for %d facts", facts.Requests, len(facts.Facts))
			}
			for _, f := range facts.Facts {
				if status != http.StatusOK && len(f.Findings) > 0 {
					t.Errorf("%s was refused, and %q was found", f.Request, f.Findings)
				}
			}
			if int(requests.Load()) != facts.Requests {
				t.Errorf("%d requests came, the page says %d", requests.Load(), facts.Requests)
			}
			wants := []string{"another host than the vendor's", fmt.Sprintf(": %d", status)}
			if status == http.StatusOK {
				wants = append(wants, "shape: `{", "1 other header", "1 other key")
				wants = append(wants, "service Integrations: true, with entity type Action: true")
			} else if status >= 400 {
				wants = append(wants, "with a code that is not listed here")
			}
			for _, want := range wants {
				if !strings.Contains(page, want) {
					t.Errorf("no %q in\n%s", want, page)
				}
			}
		})
	}
}
