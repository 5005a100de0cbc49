package genesys

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

func TestDecodeAction(t *testing.T) {
	sec := func(n float64) *time.Duration { d := time.Duration(n * float64(time.Second)); return &d }
	for _, tt := range []struct {
		name, doc   string
		timeout     *time.Duration
		complete    bool
		unsupported string
	}{
		{"plain", `{"id":"a","config":{"timeoutSeconds":10}}`, sec(10), true, ""},
		{"with a fraction", `{"id":"a","config":{"timeoutSeconds":10.0}}`, sec(10), true, ""},
		{"with an exponent", `{"id":"a","config":{"timeoutSeconds":1e1}}`, sec(10), true, ""},
		{"half a second", `{"id":"a","config":{"timeoutSeconds":0.5}}`, sec(0.5), true, ""},
		{"zero is set", `{"id":"a","config":{"timeoutSeconds":0}}`, sec(0), true, ""},
		{"absent is unset", `{"id":"a","config":{}}`, nil, true, ""},
		{"null is unset", `{"id":"a","config":{"timeoutSeconds":null}}`, nil, true, ""},
		{"the last of two", `{"id":"a","config":{"timeoutSeconds":3},"config":{"timeoutSeconds":4}}`, sec(4), true, ""},
		{"names are exact", `{"id":"a","config":{"TimeoutSeconds":3}}`, nil, true, ""},
		{"a string", `{"id":"a","config":{"timeoutSeconds":"10"}}`, nil, true, `timeoutSeconds is "10", not a number`},
		{"negative", `{"id":"a","config":{"timeoutSeconds":-1}}`, nil, true, "timeoutSeconds is -1, not a timeout"},
		{"endless", `{"id":"a","config":{"timeoutSeconds":1e999}}`, nil, true, "timeoutSeconds is 1e999, not a timeout"},
		{"no config", `{"id":"a"}`, nil, false, ""},
		{"null config", `{"id":"a","config":null}`, nil, false, ""},
		{"config of another type", `{"id":"a","config":"x"}`, nil, false, ""},
		{"no request", `{"id":"a","config":{"request":null,"timeoutSeconds":2}}`, sec(2), true, ""},
		{"members of other types",
			`{"id":"a","name":5,"category":[],"integrationId":{},"version":"x","config":{"timeoutSeconds":2}}`, sec(2),
			true, ""},
		{"custom authentication", `{"id":"customAuth_-_a","config":{"timeoutSeconds":2}}`, nil, true, customAuthReason},
		{"function", `{"id":"a","category":"My_Function-Data Actions","config":{"timeoutSeconds":2}}`, nil, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := rawjson.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			got := decodeAction(doc)
			if diff := cmp.Diff(tt.timeout, got.Timeout); diff != "" || got.Complete != tt.complete ||
				got.Unsupported != tt.unsupported {
				t.Errorf("got %+v, want complete %v, %q; timeout: %s", got, tt.complete, tt.unsupported, diff)
			}
		})
	}
	doc, _ := rawjson.Parse([]byte(`{"id":"a","version":4.0,"category":"Function Data Actions"}`))
	if got := decodeAction(doc); got.Version != 4 || got.Type != dataaction.TypeFunction {
		t.Errorf("got %+v, want version 4 of a function", got)
	}
}

func TestActionsByID(t *testing.T) {
	o := &organisation{docs: fakeActions(300)}
	r := newFixture(t, o.ServeHTTP)
	ids := docIDs(o.docs[100:220])
	slices.Reverse(ids)
	asked := append([]string{"", "a,b", ids[5], "gone", strings.Repeat("x", 201), "../x?y#z"}, ids...)
	live, err := r.client.ActionsByID(context.Background(), asked)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{ids[5]}, slices.Delete(slices.Clone(ids), 5, 6)...)
	if diff := cmp.Diff(want, idsOf(live)); diff != "" {
		t.Error(diff)
	}
	r.wantSent(3) // 122 ids that can be asked for
	for _, q := range o.queries {
		if got := strings.Split(q.Get("ids"), ","); len(got) > 50 || slices.Contains(got, "") || slices.Contains(got, "a") {
			t.Errorf("asked for %d ids: %q", len(got), got)
		}
		if q.Get("includeConfig") != "true" {
			t.Errorf("no includeConfig in %v", q)
		}
	}
	if live, err := r.client.ActionsByID(context.Background(), []string{"", "a,b"}); err != nil || live != nil {
		t.Errorf("nothing to ask for: got %v, %v", live, err)
	}
	r.wantSent(3)
}

func TestActionsForStaysWithinItsBudget(t *testing.T) {
	for _, tt := range []struct {
		name           string
		organisation   int
		ids            []string
		requests, find int
	}{
		{"few ids in a large organisation", 5000, docIDs(fakeActions(60)), 2, 60},
		{"a hundred ids", 5000, docIDs(fakeActions(100)), 2, 100},
		{"all on page 1", 90, docIDs(fakeActions(90)[:90]), 2, 90},
		{"many ids, larger organisation", 5000, docIDs(fakeActions(5000)[1000:1200]), 5, 200},
		{"many ids, small organisation", 250, docIDs(fakeActions(250)), 3, 250},
		{"some gone", 120, docIDs(fakeActions(150)), 2, 120},
		{"all found on page 1, one page more", 150, append(docIDs(fakeActions(100)), "gone"), 2, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &organisation{docs: fakeActions(tt.organisation)}
			r := newFixture(t, o.ServeHTTP)
			live, err := r.client.ActionsFor(context.Background(), tt.ids)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.ids[:tt.find], idsOf(live)); diff != "" {
				t.Error(diff)
			}
			r.wantSent(tt.requests)
			k, n := len(tt.ids), tt.organisation
			if most := min((k+49)/50+1, (n+99)/100+2); tt.requests > most {
				t.Errorf("%d requests, and %d are promised", tt.requests, most)
			}
		})
	}
}

func TestHiddenActions(t *testing.T) {
	docs := fakeActions(3)
	auth := fakeDoc{id: "custom_-_auth", name: "Login", auth: true,
		json: `{"id":"custom_-_auth","name":"Login","version":1,"config":{"timeoutSeconds":3}}`}
	prefixed := fakeDoc{id: "customAuth_-_1", name: "Login 2", auth: true,
		json: `{"id":"customAuth_-_1","name":"Login 2","version":1}`}
	o := &organisation{docs: append(docs, auth, prefixed)}
	r := newFixture(t, o.ServeHTTP)
	live, err := r.client.HiddenActions(context.Background(), []string{docs[1].id, auth.id, "gone"},
		[]string{"Login 2"}, 4) // one page: again
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range live {
		got[l.ID] = l.Unsupported
		if !l.Complete {
			t.Errorf("%s is to be read singly", l.ID)
		}
	}
	if diff := cmp.Diff(map[string]string{docs[1].id: "", auth.id: customAuthReason,
		prefixed.id: customAuthReason}, got); diff != "" {
		t.Error(diff)
	}
	r.wantSent(2) // the page, and whether the usual look shows them
	if q := o.queries[1]; q.Has("includeAuthActions") || q.Has("name") {
		t.Errorf("the usual look was %v", q)
	}
}

// However much is missing, looking once more takes the two requests that a plan has to spare.
func TestHiddenActionsBudget(t *testing.T) {
	auth := fakeDoc{id: "custom_-_auth", name: "Login", auth: true,
		json: `{"id":"custom_-_auth","name":"Login","version":1}`}
	var many []string
	for i := range 150 {
		many = append(many, fmt.Sprintf("gone %d", i))
	}
	for _, tt := range []struct {
		listed     int
		ids, names []string
		found      bool
	}{
		{99, nil, []string{"a", "b", "c", "Login"}, true}, {100, nil, []string{"Login"}, false},
		{50, append(many, auth.id), nil, true}, {1000, nil, []string{"Login", "a"}, true},
		{1000, []string{auth.id}, []string{"a", "b"}, true}, {1000, many, []string{"Login"}, false},
		{1000, nil, []string{"a", "b", "Login"}, false}, {0, []string{auth.id}, nil, true},
	} {
		o := &organisation{docs: append(fakeActions(tt.listed), auth)}
		r := newFixture(t, o.ServeHTTP)
		live, err := r.client.HiddenActions(context.Background(), tt.ids, tt.names, tt.listed)
		if err != nil || (len(live) == 1) != tt.found || tt.found && (live[0].ID != auth.id || live[0].Unsupported == "") {
			t.Errorf("%d listed, %d ids, names %q: got %v, %v", tt.listed, len(tt.ids), tt.names, live, err)
		}
		if n := len(r.sent()); n > 2 {
			t.Errorf("%d listed, %d ids, names %q: %d requests", tt.listed, len(tt.ids), tt.names, n)
		}
	}
}

func TestHiddenActionsAsksLittle(t *testing.T) {
	o := &organisation{docs: fakeActions(3)}
	r := newFixture(t, o.ServeHTTP)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("none %d", i))
	}
	if live, err := r.client.HiddenActions(context.Background(), []string{"gone"}, names, 0); err != nil || live != nil {
		t.Errorf("got %v, %v", live, err)
	}
	r.wantSent(2)
	if live, err := r.client.HiddenActions(context.Background(), nil, nil, 0); err != nil || live != nil {
		t.Errorf("got %v, %v", live, err)
	}
	r.wantSent(2)
	r = newFixture(t, status(500, `{}`))
	if _, err := r.client.HiddenActions(context.Background(), []string{"x"}, []string{"y"}, 0); err == nil {
		t.Error("a look that failed passed for one that found nothing")
	}
}

func TestActionAndHostileIDs(t *testing.T) {
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		id := strings.TrimPrefix(req.URL.Path, "/gate/api/api/v2/integrations/actions/")
		fmt.Fprintf(w, `{"id":%q,"name":"N","version":2%s}`, id,
			map[bool]string{true: `,"config":{"timeoutSeconds":7}`}[id == "a"])
	})
	live, err := r.client.Action(context.Background(), "a")
	if err != nil || live.Timeout == nil || *live.Timeout != 7*time.Second || !live.Complete {
		t.Errorf("got %+v, %v", live, err)
	}
	for _, id := range []string{"x?y=1", "x#y", "a b%2F", "ü"} {
		live, err := r.client.Action(context.Background(), id)
		if err != nil || live.ID != id || live.Unsupported != noConfigReason || !live.Complete {
			t.Errorf("%q: got %+v, %v", id, live, err)
		}
	}
	for _, id := range []string{"../../users/me", "..", "."} {
		if live, err := r.client.Action(context.Background(), id); err == nil && live.ID != id {
			t.Errorf("%q led to another document: %+v", id, live)
		}
	}
	for _, path := range r.sent() {
		if !strings.HasPrefix(path, "GET /api/v2/integrations/actions/") || strings.Contains(path, "/../") {
			t.Errorf("asked for %q", path)
		}
	}
	other := newFixture(t, status(200, `{"id":"b","config":{}}`))
	if _, err := other.client.Action(context.Background(), "a"); err == nil || !strings.Contains(err.Error(),
		"another document") {
		t.Errorf("another action's document: got %v", err)
	}
	gone := newFixture(t, status(404, `{"message":"Action a not found","code":"not.found"}`))
	if _, err := gone.client.Action(context.Background(), "a"); !IsNotFound(err) || !strings.Contains(err.Error(),
		`reading data action "a"`) {
		t.Errorf("a deleted action: got %v", err)
	}
}
