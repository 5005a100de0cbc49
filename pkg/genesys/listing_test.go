package genesys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
)

// organisation serves a listing of documents, by the vendor's rules: pages, ids=, name= (partial).
type organisation struct {
	mu      sync.Mutex
	docs    []fakeDoc
	queries []url.Values
	// before, if not nil, may change docs before the n-th request (from 1) is answered.
	before func(n int, o *organisation)
	others http.HandlerFunc
}

type fakeDoc struct {
	id, name, json string
	auth           bool
}

func fakeAction(n int) fakeDoc {
	id, name := fmt.Sprintf("custom_-_%05d", n), fmt.Sprintf("Action %05d", n)
	return fakeDoc{id: id, name: name,
		json: fmt.Sprintf(`{"id":%q,"name":%q,"integrationId":"i1","category":"CRM","version":%d,`+
			`"config":{"timeoutSeconds":%d,"request":{},"response":{}}}`,
			id, name, n%7+1, n%60+1)}
}

func fakeActions(n int) (docs []fakeDoc) {
	for i := range n {
		docs = append(docs, fakeAction(i))
	}
	return docs
}

func (o *organisation) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !strings.HasSuffix(req.URL.Path, "/actions") && !strings.HasSuffix(req.URL.Path, "/flows") &&
		!strings.HasSuffix(req.URL.Path, "/dataactions") {
		o.others(w, req)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	q := req.URL.Query()
	o.queries = append(o.queries, q)
	if o.before != nil {
		o.before(len(o.queries), o)
	}
	ids := strings.Split(q.Get("ids"), ",")
	var shown []string
	for _, d := range o.docs {
		if (!d.auth || q.Get("includeAuthActions") == "true") && (!q.Has("ids") || slices.Contains(ids, d.id)) &&
			strings.Contains(strings.ToLower(d.name), strings.ToLower(q.Get("name"))) {
			shown = append(shown, d.json)
		}
	}
	size, _ := strconv.Atoi(q.Get("pageSize"))
	number, _ := strconv.Atoi(q.Get("pageNumber"))
	from, to := min((number-1)*size, len(shown)), min(number*size, len(shown))
	fmt.Fprintf(w, `{"entities":[%s],"pageSize":%d,"pageNumber":%d,"total":%d,"pageCount":%d}`,
		strings.Join(shown[from:to], ","), size, number, len(shown), (len(shown)+size-1)/size)
}

func idsOf(live []dataaction.Live) (ids []string) {
	for _, l := range live {
		ids = append(ids, l.ID)
	}
	return ids
}

func docIDs(docs []fakeDoc) (ids []string) {
	for _, d := range docs {
		ids = append(ids, d.id)
	}
	return ids
}

func TestListActionsReadsEveryPageOnce(t *testing.T) {
	for _, n := range []int{0, 1, 100, 101, 250} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			o := &organisation{docs: fakeActions(n)}
			r := newFixture(t, o.ServeHTTP)
			live, err := r.client.ListActions(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			r.wantSent(max(1, (n+99)/100))
			if diff := cmp.Diff(docIDs(o.docs), idsOf(live)); diff != "" {
				t.Error(diff)
			}
			if q := o.queries[0]; q.Get("includeConfig") != "true" || q.Get("pageSize") != "100" || q.Get("pageNumber") != "1" {
				t.Errorf("the first query was %v", q)
			}
			if n == 250 {
				seconds := 8 * time.Second
				want := dataaction.Live{Action: dataaction.Action{ID: "custom_-_00007", Name: "Action 00007",
					Category: "CRM", IntegrationID: "i1", Type: "action"},
					Version: 1, Timeout: &seconds, Complete: true}
				if diff := cmp.Diff(want, live[7]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestListActionsReadsPagesConcurrently(t *testing.T) {
	o := &organisation{docs: fakeActions(400)}
	var others sync.WaitGroup
	others.Add(3)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Query().Get("pageNumber") != "1" {
			others.Done()
			others.Wait() // pages 2 to 4 are only answered when all three were asked for
		}
		o.ServeHTTP(w, req)
	})
	if live, err := r.client.ListActions(context.Background()); err != nil || len(live) != 400 {
		t.Errorf("got %d actions, %v", len(live), err)
	}
}

// A listing that never got its turn since the run ended is known as such: it hides no other request's failure.
func TestListActionsAfterTheRunEnded(t *testing.T) {
	r := newFixture(t, (&organisation{}).ServeHTTP)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.client.ListActions(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that the context was canceled", err)
	}
	r.wantSent(0)
}

func TestListActionsThatShift(t *testing.T) {
	remove := func(o *organisation, at int) { o.docs = slices.Delete(slices.Clone(o.docs), at, at+1) }
	add := func(o *organisation, at int, n int) {
		o.docs = slices.Insert(slices.Clone(o.docs), at, fakeAction(n))
	}
	for _, tt := range []struct {
		name     string
		before   func(n int, o *organisation)
		requests int
	}{
		{"one deleted after page 1 was read", func(n int, o *organisation) {
			if n == 2 {
				remove(o, 3)
			}
		}, 6},
		{"one added before page 1", func(n int, o *organisation) {
			if n == 2 {
				add(o, 0, 9000)
			}
		}, 6},
		{"one moved over a page's end", func(n int, o *organisation) {
			if n == 2 {
				d := o.docs[10]
				remove(o, 10)
				o.docs = append(o.docs, d)
			}
		}, 6},
		{"two readings shift, the third does not", func(n int, o *organisation) {
			if n == 2 || n == 5 {
				add(o, 0, 9000+n)
			}
		}, 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &organisation{docs: fakeActions(250), before: tt.before}
			r := newFixture(t, o.ServeHTTP)
			live, err := r.client.ListActions(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(docIDs(o.docs), idsOf(live)); diff != "" {
				t.Error(diff)
			}
			r.wantSent(tt.requests)
		})
	}
}

func TestListActionsThatNeverAddUp(t *testing.T) {
	o := &organisation{docs: fakeActions(150)}
	o.before = func(n int, o *organisation) { o.docs = append(slices.Clone(o.docs), fakeAction(1000+n)) }
	r := newFixture(t, o.ServeHTTP)
	_, err := r.client.ListActions(context.Background())
	var unstable *ListingUnstableError
	if !errors.As(err, &unstable) || unstable.Passes != 5 {
		t.Errorf("got %v, want a *ListingUnstableError after 5 passes", err)
	}
	r.wantSent(10)
}

func TestListActionsWithATotalThatIsWrong(t *testing.T) {
	// A server that counts what it does not show, and one that shows an action twice.
	body := `{"entities":[` + fakeAction(1).json + `,` + fakeAction(1).json + `],"total":5,"pageSize":100,"pageCount":1}`
	r := newFixture(t, status(200, body))
	live, err := r.client.ListActions(context.Background())
	if err != nil || len(live) != 1 {
		t.Errorf("got %v, %v, want the one action that two readings agree on", live, err)
	}
	r.wantSent(2)
}

func TestListActionsErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
		check  func(error) bool
	}{
		{"404", status(404, `{"message":"HTTP 404 Not Found"}`),
			"surface integrations does not seem to exist here; the other one is flows", func(err error) bool {
				var e *SurfaceMissingError
				return errors.As(err, &e) && e.API == dataaction.Integrations && IsNotFound(err)
			}},
		{"403", status(403, `{"message":"no","code":"missing.permissions"}`), "listing data actions: ", func(err error) bool {
			var e *APIError
			return errors.As(err, &e) && e.Status == 403
		}},
		{"a document without entities", status(200, `{"total":0}`), "a nothing at entities", isBodyError},
		{"null entities", status(200, `{"entities":null,"total":0}`), "a null at entities", isBodyError},
		{"no total", status(200, `{"entities":[]}`), "a nothing at total", isBodyError},
		{"another document", status(200, `[]`), "entities", isBodyError},
		{"a gateway's page", status(200, `<html>login</html>`, "Content-Type", "text/html"), "not JSON", isBodyError},
		{"pages without end", status(200, `{"entities":[],"total":1e12}`), "10000", func(error) bool { return true }},
		{"second page fails", func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Query().Get("pageNumber") == "2" {
				status(403, `{"message":"no"}`)(w, req)
				return
			}
			(&organisation{docs: fakeActions(150)}).ServeHTTP(w, req)
		}, "403", func(error) bool { return true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			live, err := newFixture(t, tt.answer).client.ListActions(context.Background())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !tt.check(err) || live != nil {
				t.Errorf("got %v, %v, want an error with %q", live, err, tt.want)
			}
		})
	}
}

func isBodyError(err error) bool {
	var e *BodyError
	return errors.As(err, &e)
}

func TestListActionsKeepsLittle(t *testing.T) {
	ballast := strings.Repeat("x", 8000)
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		number, _ := strconv.Atoi(req.URL.Query().Get("pageNumber"))
		io.WriteString(w, `{"entities":[`)
		for i := range 100 {
			if i > 0 {
				io.WriteString(w, ",")
			}
			fmt.Fprintf(w, `{"id":"custom_-_%d","name":"n","version":1,"config":{"timeoutSeconds":3,`+
				`"request":{"requestTemplate":"%s"}}}`, number*100+i, ballast)
		}
		io.WriteString(w, `],"total":10000,"pageCount":100,"pageSize":100}`)
	})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	live, err := r.client.ListActions(context.Background())
	if err != nil || len(live) != 10_000 {
		t.Fatalf("got %d actions, %v", len(live), err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 8<<20 {
		t.Errorf("80 MB of actions left %d KiB in use", kept>>10)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 60<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	runtime.KeepAlive(live)
}
