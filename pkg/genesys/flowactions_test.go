package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

func TestDecodeFlowAction(t *testing.T) {
	ms := func(n int) *time.Duration { d := time.Duration(n) * time.Millisecond; return &d }
	const rest, js = `{"id":"a","type":"rest",`, `{"id":"a","type":"javascript",`
	for _, tt := range []struct {
		name, doc   string
		timeout     *time.Duration
		place       timeoutPlace
		complete    bool
		unsupported string
	}{
		{"rest", rest + `"definition":{"options":{"timeout":3000}}}`, ms(3000), timeoutPlace{inOptions: true}, true, ""},
		{"rest, without options", rest + `"definition":{"url":"x"}}`, nil, timeoutPlace{inOptions: true}, true, ""},
		{"rest, null options", rest + `"definition":{"options":null}}`, nil, timeoutPlace{inOptions: true}, true, ""},
		{"rest, null timeout", rest + `"definition":{"options":{"timeout":null}}}`, nil,
			timeoutPlace{inOptions: true}, true, ""},
		{"rest, in a string", rest + `"definition":"{\"options\":{\"timeout\":1500}}"}`, ms(1500), timeoutPlace{true,
			true}, true, ""},
		{"rest passes executionTimeout over", rest + `"executionTimeout":9,"definition":{}}`, nil,
			timeoutPlace{inOptions: true}, true, ""},
		{"rest, definition left out", rest + `"executionTimeout":9}`, nil, timeoutPlace{inOptions: true}, false, ""},
		{"rest, string that is not JSON", rest + `"definition":"x"}`, nil, timeoutPlace{true, true}, true,
			"its definition is not an object, nor a string with one"},
		{"rest, definition of another type", rest + `"definition":[]}`, nil, timeoutPlace{inOptions: true}, true,
			"its definition is not an object, nor a string with one"},
		{"rest, options of another type", rest + `"definition":{"options":[]}}`, nil, timeoutPlace{inOptions: true},
			true, "its definition's options are not an object"},
		{"rest, timeout of another type", rest + `"definition":{"options":{"timeout":"3s"}}}`, nil,
			timeoutPlace{inOptions: true}, true, `timeout is "3s", not a number`},
		{"javascript", js + `"executionTimeout":10,"definition":{"options":{"timeout":3000}}}`, ms(10000),
			timeoutPlace{}, true, ""},
		{"javascript, definition left out", js + `"executionTimeout":10}`, ms(10000), timeoutPlace{}, true, ""},
		{"javascript, null", js + `"executionTimeout":null,"definition":{}}`, nil, timeoutPlace{}, true, ""},
		{"javascript, null and options", js + `"executionTimeout":null,"definition":{"options":{"timeout":3000}}}`,
			ms(3000), timeoutPlace{inOptions: true}, true, ""},
		{"python in options", `{"id":"a","type":"python","definition":{"options":{"timeout":4000}}}`, ms(4000),
			timeoutPlace{inOptions: true}, true, ""},
		{"python in a string's options",
			`{"id":"a","type":"python","definition":"{\"options\":{\"timeout\":4000}}"}`, ms(4000), timeoutPlace{true,
				true}, true, ""},
		{"java without any", `{"id":"a","type":"java","definition":{"options":{}}}`, nil,
			timeoutPlace{inOptions: true}, true, `a data action of type "java" shows no timeout`},
		{"no type", `{"id":"a","definition":{}}`, nil, timeoutPlace{inOptions: true}, true,
			`a data action of type "" shows no timeout`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := rawjson.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			got, place := decodeFlowAction(doc, dataaction.Flow{ID: "f"})
			if diff := cmp.Diff(tt.timeout, got.Timeout); diff != "" || place != tt.place ||
				got.Complete != tt.complete || got.Unsupported != tt.unsupported {
				t.Errorf("got %+v at %+v, want complete %v, %q; timeout: %s", got, place, tt.complete, tt.unsupported, diff)
			}
			if got.Flow == nil || got.Flow.ID != "f" {
				t.Errorf("got flow %v", got.Flow)
			}
		})
	}
}

func TestFlowActions(t *testing.T) {
	o := &organisation{}
	for i := range 230 {
		id := fmt.Sprintf("d%03d", i)
		o.docs = append(o.docs, fakeDoc{id: id, name: id,
			json: fmt.Sprintf(`{"id":%q,"name":%q,"type":"rest","version":3,"definition":{"options":{"timeout":%d}}}`,
				id, id, 1000+i)})
	}
	o.before = func(n int, o *organisation) {
		if n == 2 { // one is deleted while the pages are read
			o.docs = o.docs[1:]
		}
	}
	r := newFixture(t, o.ServeHTTP)
	flow := dataaction.Flow{ID: "f1", Name: "Support"}
	live, err := r.client.FlowActions(context.Background(), flow)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(docIDs(o.docs), idsOf(live)); diff != "" {
		t.Error(diff)
	}
	r.wantSent(6)
	timeout := 1005 * time.Millisecond
	want := dataaction.Live{Action: dataaction.Action{ID: "d005", Name: "d005", Type: "rest"}, Flow: &flow,
		Version: 3, Timeout: &timeout, Unit: time.Millisecond, Complete: true}
	if diff := cmp.Diff(want, live[4]); diff != "" {
		t.Error(diff)
	}
	if q := o.queries[0]; q.Get("flowId") != "f1" || q.Get("expand") != "definition" || q.Get("pageSize") != "100" {
		t.Errorf("the query was %v", q)
	}
}

func TestFlowAction(t *testing.T) {
	flow := dataaction.Flow{ID: "f1"}
	r := newFixture(t, status(200, `{"id":"d1","type":"java","version":3,"definition":{}}`))
	live, err := r.client.FlowAction(context.Background(), flow, "d1")
	if err != nil || live.Unsupported != `a data action of type "java" shows no timeout` {
		t.Errorf("got %+v, %v", live, err)
	}
	for message, flowGone := range map[string]bool{
		`{"message":"data action not found","code":"not.found"}`: false,
		`{"message":"data action d1 not found in flow f1"}`:      false,
		`{"message":"flow not found"}`:                           true,
		`{"message":"HTTP 404 Not Found"}`:                       false,
	} {
		_, err := newFixture(t, status(http.StatusNotFound, message)).client.FlowAction(context.Background(), flow, "d1")
		var gone *FlowNotFoundError
		if !IsNotFound(err) || errors.As(err, &gone) != flowGone {
			t.Errorf("%s: got %v", message, err)
		}
	}
}
