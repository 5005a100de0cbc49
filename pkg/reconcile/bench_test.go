package reconcile_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// BenchmarkFetch10000 reads an organisation of 10,000 actions of 3 KB each from a server that costs nothing: pages made
// before.
func BenchmarkFetch10000(b *testing.B) {
	const n = 10_000
	pages := make([]string, n/100)
	schema := strings.Repeat(`"field":{"type":"string","description":"what the service calls a field of this name"},`, 25)
	for p := range pages {
		var entities []string
		for i := range 100 {
			doc := string(actionDoc(actionID(100*p+i), fmt.Sprintf("Action %05d", 100*p+i), "CRM", 3))
			entities = append(entities, strings.Replace(doc, `"output":{}`, `"output":{"properties":{`+schema+`"last":{}}}`, 1))
		}
		pages[p] = fmt.Sprintf(`{"entities":[%s],"pageSize":100,"pageNumber":%d,"total":%d,"pageCount":%d}`,
			strings.Join(entities, ","), p+1, n, n/100)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var page int
		if _, err := fmt.Sscan(r.URL.Query().Get("pageNumber"), &page); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(pages[page-1]))
	}))
	b.Cleanup(server.Close)
	client, err := genesys.New(genesys.Config{APIURL: server.URL, LoginURL: server.URL, AccessToken: "a-token",
		Concurrency: 8})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	r := reconcile.New(client, dataaction.Integrations, reconcile.Options{Concurrency: 8, Explain: explain})
	desired := dataaction.Desired{API: dataaction.Integrations}
	for i := range n {
		desired.Entries = append(desired.Entries, byName(i, 12*seconds))
	}
	b.SetBytes(int64(n / 100 * len(pages[0])))
	b.ReportAllocs()
	for b.Loop() {
		live, err := r.Fetch(context.Background(), desired)
		if err != nil || len(live.Actions) != n {
			b.Fatal(len(live.Actions), err)
		}
	}
}

// BenchmarkBuild10000 compares 10,000 entries with 10,000 actions.
func BenchmarkBuild10000(b *testing.B) {
	s := newFixture(b, dataaction.Integrations)
	var entries []dataaction.Entry
	for i := range 10_000 {
		s.action(i, 3)
		entries = append(entries, byName(i, 12*seconds))
	}
	desired := s.desired(entries...)
	live, err := s.reconciler().Fetch(context.Background(), desired)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if doc := plan.Build(desired, live, plan.Options{}); doc.Summary.Update != 10_000 {
			b.Fatal(doc.Summary)
		}
	}
}

// BenchmarkApply1000 writes 1,000 timeouts to a sandbox in the same process, forth and back.
func BenchmarkApply1000(b *testing.B) {
	s := newFixture(b, dataaction.Integrations, func(o *sandbox.Options) { o.Allowed = 1 << 30 })
	s.clock.patience = 1 // nothing is to be waited for
	var entries []dataaction.Entry
	for i := range 1000 {
		entries = append(entries, byID(s.action(i, 3), 12*seconds))
	}
	changes := s.plan(s.desired(entries...)).Changes
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range s.apply(changes) {
			if r.Status != plan.Applied {
				b.Fatalf("%+v", r)
			}
		}
		for i := range changes {
			before := changes[i].AfterMS
			changes[i].AfterMS, changes[i].BeforeMS = *changes[i].BeforeMS, &before
		}
	}
}
