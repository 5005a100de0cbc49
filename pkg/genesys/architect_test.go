package genesys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
)

func fakeFlow(id, name, kind string) fakeDoc {
	return fakeDoc{id: id, name: name,
		json: fmt.Sprintf(`{"id":%q,"name":%q,"type":%q,"publishedVersion":{"id":"1.0"}}`, id, name, kind)}
}

func published(id, name, kind string) Flow {
	return Flow{dataaction.Flow{ID: id, Name: name, Type: kind}, dataaction.FlowVersions{Published: "1.0"}}
}

func TestFlows(t *testing.T) {
	o := &organisation{docs: []fakeDoc{
		fakeFlow("f1", "Support", "inboundcall"), fakeFlow("f2", "Support (old)", "inboundcall"),
		fakeFlow("f3", "support", "inboundcall"), fakeFlow("f4", "Support", "workflow"),
	}}
	for i := range 120 {
		o.docs = append(o.docs, fakeFlow(fmt.Sprintf("g%03d", i), fmt.Sprintf("Flow %d", i), "bot"))
	}
	r := newFixture(t, o.ServeHTTP)
	ctx := context.Background()
	all, err := r.client.ListFlows(ctx)
	if err != nil || len(all) != 124 || all[3] != published("f4", "Support", "workflow") {
		t.Errorf("ListFlows gave %d, %v", len(all), err)
	}
	r.wantSent(2)
	named, err := r.client.FlowsByName(ctx, "Support", "")
	want := []Flow{published("f1", "Support", "inboundcall"), published("f4", "Support", "workflow")}
	if diff := cmp.Diff(want, named); err != nil || diff != "" {
		t.Errorf("FlowsByName: %v\n%s", err, diff)
	}
	typed, err := r.client.FlowsByName(ctx, "Support", "InboundCall") // this server does not filter by type
	if diff := cmp.Diff(want[:1], typed); err != nil || diff != "" {
		t.Errorf("FlowsByName with a type: %v\n%s", err, diff)
	}
	r.wantSent(4)
	if q := o.queries[3]; q.Get("name") != "Support" || q.Get("type") != "inboundcall" {
		t.Errorf("the query was %v", q)
	}
	if none, err := r.client.FlowsByName(ctx, "Supp", ""); err != nil || none != nil {
		t.Errorf("a part of a name found %v, %v", none, err)
	}
}

const smallConfiguration = `{"name":"Support","type":"inboundcall",
	"manifest":{"dataAction":[{"id":"a1","name":"Lookup"}]},
	"flowSequenceItemList":[{"__type":"DataAction","actionId":"a1","name":"Step","trackingId":7,
	"useSuggestedTimeout":false,"timeout":{"config":{"lit":{"text":"P0D0H0M5S0F"}}}}]}`

func TestFlowCalls(t *testing.T) {
	whole := status(200, smallConfiguration)
	half := func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(smallConfiguration[:200])) }
	r := newFixture(t, inOrder(half,
		reset("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+smallConfiguration[:100]), whole))
	calls, err := r.client.FlowCalls(context.Background(), "f/1", "3.0")
	if err != nil {
		t.Fatal(err)
	}
	five := 5 * time.Second
	want := dataaction.Calls{
		Flow:    dataaction.Flow{ID: "f/1", Name: "Support", Type: "inboundcall"},
		Actions: []dataaction.Action{{ID: "a1", Name: "Lookup"}},
		Steps:   []dataaction.Step{{Name: "Step", TrackingID: 7, ActionID: "a1", Timeout: &five}},
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	r.wantSent(3) // what was cut, either way, is read again from its beginning
	if got := r.sent()[0]; got != "GET /api/v2/flows/f%2F1/versions/3.0/configuration" {
		t.Errorf("asked for %q", got)
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a gateway's page", status(200, "<html>"), "not JSON"},
		{"broken JSON", status(200, `{"a":}`), "invalid JSON at byte 5"},
		{"no object", status(200, "[]"), "not a JSON object"},
		{"no such flow", status(404, `{"message":"flow f not found"}`), "404"},
	} {
		_, err := newFixture(t, tt.answer).client.FlowCalls(context.Background(), "f", "3.0")
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(),
			`version "3.0" of flow "f"`) {
			t.Errorf("%s: got %v", tt.name, err)
		}
		if tt.name != "no such flow" && !isBodyError(err) {
			t.Errorf("%s: got a %T, want a *BodyError in it", tt.name, err)
		}
	}
}

const goneMessage = `{"message":"HTTP 404 Not Found","code":"not.found"}`

func TestFlowActionsTellsWhatIsMissing(t *testing.T) {
	flow := dataaction.Flow{ID: "f1", Name: "Support"}
	for _, tt := range []struct {
		name, listing string
		probe         http.HandlerFunc
		requests      int
		want          string
		missing, gone bool
	}{
		{"the message names the flow", `{"message":"Resource f1 does not exist"}`, nil, 1, `flow "f1" was not found`,
			false, true},
		{"the message speaks of a flow", `{"message":"flow not found","code":"not.found"}`, nil, 1,
			`flow "f1" was not found`, false, true},
		{"the code speaks of a flow", `{"message":"no","code":"architect.flow.not.found"}`, nil, 1,
			`flow "f1" was not found`, false, true},
		{"the flow exists", goneMessage, status(200, `{"id":"f1","name":"Support"}`), 2,
			"surface flows does not seem to exist here; the other one is integrations", true, false},
		{"the flow does not exist either", goneMessage, status(404, goneMessage), 2, `flow "f1" was not found`, false, true},
		{"a path is not a flow", `{"message":"no handler for /api/v2/flows/dataactions"}`, status(200,
			`{"id":"f1"}`), 2, "surface flows", true, false},
		{"nobody may look", goneMessage, status(403, `{"message":"no"}`), 2,
			"either the flow does not exist, or surface flows does not (the other one is integrations)", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
				if strings.HasSuffix(req.URL.Path, "/dataactions") {
					status(404, tt.listing)(w, req)
					return
				}
				tt.probe(w, req)
			})
			_, err := r.client.FlowActions(context.Background(), flow)
			var missing *SurfaceMissingError
			var gone *FlowNotFoundError
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &missing) != tt.missing ||
				errors.As(err, &gone) != tt.gone || !IsNotFound(err) {
				t.Errorf("got %v", err)
			}
			r.wantSent(tt.requests)
		})
	}
}

// Each way to look flows up by name gives the flows: alone, a look-up a name, and the whole listing.
func TestFlowsNamed(t *testing.T) {
	o := &organisation{}
	for i := range 401 {
		id, name := fmt.Sprintf("f%03d", i), fmt.Sprintf("Flow %03d", i)
		o.docs = append(o.docs, fakeFlow(id, name, "INBOUNDCALL"))
	}
	for _, tt := range []struct{ names, requests int }{{1, 1}, {2, 1 + 2}, {3, 1 + 3}, {4, 5}, {9, 5}} {
		r := newFixture(t, o.ServeHTTP)
		var selectors []dataaction.FlowSelector
		for i := range tt.names {
			selectors = append(selectors, dataaction.FlowSelector{Name: fmt.Sprintf("Flow %03d", 390-i)})
		}
		flows, err := r.client.FlowsNamed(context.Background(), selectors)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range selectors {
			if !slices.ContainsFunc(flows, func(f Flow) bool { return s.Matches(f.Flow) }) {
				t.Errorf("%d names: %q is missing among %d flows", tt.names, s.Name, len(flows))
			}
		}
		r.wantSent(tt.requests)
	}
}
