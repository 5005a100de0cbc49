package reconcile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // where net/http remarks on servers that break its rules
	goleak.VerifyTestMain(m)
}

// fixture is an organisation on loopback, and what runs against it.
type fixture struct {
	t       testing.TB
	server  *sandbox.Server
	clock   *hastyClock
	api     dataaction.API
	options reconcile.Options
	client  *genesys.Client
}

// newFixture starts an empty organisation with a rate window that no test fills by accident.
func newFixture(t testing.TB, api dataaction.API, change ...func(*sandbox.Options)) *fixture {
	t.Helper()
	s := &fixture{t: t, api: api, clock: &hastyClock{}}
	o := sandbox.Options{Empty: true, Allowed: 1 << 20, Now: s.clock.Now}
	for _, f := range change {
		f(&o)
	}
	server, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	s.server = server
	s.options = reconcile.Options{
		Concurrency: 8,
		Callers:     plan.CallersListed,
		Explain:     explain,
		Sleep:       func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	s.client = s.connect()
	return s
}

// connect makes a new client with a new token.
func (s *fixture) connect(change ...func(*genesys.Config)) *genesys.Client {
	s.t.Helper()
	env := s.server.Env()
	cfg := genesys.Config{
		APIURL: env["GENESYS_API_URL"], LoginURL: env["GENESYS_LOGIN_URL"],
		ClientID: env["GENESYS_CLIENT_ID"], ClientSecret: env["GENESYS_CLIENT_SECRET"],
		AllowWrites: true, Concurrency: 8, Clock: s.clock,
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := genesys.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	return client
}

func (s *fixture) reconciler() *reconcile.Reconciler {
	return reconcile.New(s.client, s.api, s.options)
}

// desired is what a manifest of these entries asks for; the flows that entries name are listed once, in order.
func (s *fixture) desired(entries ...dataaction.Entry) dataaction.Desired {
	d := dataaction.Desired{API: s.api, Entries: entries}
	seen := map[dataaction.FlowSelector]bool{}
	for _, e := range entries {
		if e.Flow != nil && !seen[*e.Flow] {
			seen[*e.Flow] = true
			d.Flows = append(d.Flows, dataaction.FlowEntry{Flow: *e.Flow})
		}
	}
	return d
}

// plan fetches and compares.
func (s *fixture) plan(d dataaction.Desired) plan.Document {
	s.t.Helper()
	live, err := s.reconciler().Fetch(context.Background(), d)
	if err != nil {
		s.t.Fatalf("Fetch: %v", err)
	}
	return plan.Build(d, live, plan.Options{})
}

// planned is plan for entries that are all found and all differ: their changes, and the log emptied.
func (s *fixture) planned(entries ...dataaction.Entry) []plan.Change {
	s.t.Helper()
	doc := s.plan(s.desired(entries...))
	if doc.Summary.Errors > 0 || doc.Summary.Update != len(doc.Changes) || len(doc.Changes) == 0 {
		s.t.Fatalf("the plan is %+v, want updates alone; findings: %+v", doc.Summary, doc.Findings)
	}
	s.server.ForgetRequests()
	return doc.Changes
}

func (s *fixture) apply(changes []plan.Change) []plan.Result {
	return s.reconciler().Apply(context.Background(), changes)
}

// sent are the API's requests so far, as "METHOD path"; those of one action are picked by its id.
func (s *fixture) sent(method, part string) int {
	n := 0
	for _, r := range s.server.Requests() {
		if !r.SignIn() && (method == "" || r.Method == method) && strings.Contains(r.Path+"?"+r.Query, part) {
			n++
		}
	}
	return n
}

// wantStatuses compares statuses and codes, "applied" or "failed stale", in order.
func (s *fixture) wantStatuses(results []plan.Result, want ...string) {
	s.t.Helper()
	got := make([]string, len(results))
	for i, r := range results {
		got[i] = strings.TrimSpace(string(r.Status) + " " + r.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("statuses (-want +got):\n%s\n%+v", diff, results)
	}
}

// action adds a data action of surface integrations and gives its id. 0 seconds are a timeout that is not set.
func (s *fixture) action(n, seconds int, opts ...sandbox.ActionOption) string {
	s.t.Helper()
	id := actionID(n)
	if err := s.server.AddAction(actionDoc(id, fmt.Sprintf("Action %05d", n), "CRM", seconds), opts...); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func actionID(n int) string { return fmt.Sprintf("custom_-_%08d-0d57-4f0e-8a55-0c6f2b7d9f10", n) }

// actionDoc has what a careless client loses: numbers that a float would change, unknown fields, escapes, an empty
// object.
func actionDoc(id, name, category string, seconds int) []byte {
	timeout := ""
	if seconds > 0 {
		timeout = fmt.Sprintf(`,"timeoutSeconds":%d`, seconds)
	}
	return fmt.Appendf(nil, `{"id":%q,"name":%q,"integrationId":"4f1d","category":%q,"version":4,"secure":false,`+
		`"contract":{"input":{"inputSchema":{"type":"object","properties":{"phone":{"type":"string"}}}},"output":{}},`+
		`"config":{"request":{"requestUrlTemplate":"https://crm.example/v3?p=${input.phone}",`+
		`"requestTemplate":"{\"a\": \"\u00e9${input.rawRequest}\"}",`+
		`"requestType":"POST","headers":{"Accept":"application/json"},"trace":9007199254740993,"factor":1.0},`+
		`"response":{"translationMap":{},"translationMapDefaults":{},"successTemplate":"${rawResult}"},`+
		`"annotations":{"owner":null}%s}}`,
		id, name, category, timeout)
}

// function adds a function data action.
func (s *fixture) function(n, seconds int) string {
	s.t.Helper()
	id := actionID(n)
	doc := fmt.Appendf(nil,
		`{"id":%q,"name":"Function %05d","integrationId":"f00d","category":"Function Data Actions","version":7,`+
			`"config":{}}`, id, n)
	config := fmt.Appendf(nil,
		`{"id":%q,"function":{"id":"fn-%d","name":"score","description":"Score","zipId":"zip-%d","handler":"index.handler",`+
			`"runtime":"nodejs22.x","memory":1.0,"timeoutSeconds":%d},"zip":{"id":"zip-%d","status":"Available"}}`, id,
		n, n, seconds, n)
	if err := s.server.AddAction(doc, sandbox.AsFunction(config)); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// flow adds a flow that refers to these actions.
func (s *fixture) flow(id, name string, actions ...string) {
	s.t.Helper()
	refs := make([]string, len(actions))
	for i, a := range actions {
		refs[i] = fmt.Sprintf(`{"id":%q,"name":"as called"}`, a)
	}
	config := fmt.Appendf(nil, `{"name":%q,"type":"inboundcall","manifest":{"dataAction":[%s]}}`, name, strings.Join(refs,
		","))
	if err := s.server.AddFlow(fmt.Appendf(nil, `{"id":%q,"name":%q,"type":"inboundcall"}`, id, name),
		config); err != nil {
		s.t.Fatal(err)
	}
}

// flowAction adds a data action under a flow: a definition as object, as string, or a timeout in seconds, by turns.
func (s *fixture) flowAction(flow string, n, seconds int) string {
	s.t.Helper()
	id := fmt.Sprintf("fda-%05d", n)
	definition := fmt.Sprintf(`{"url":"https://gw.example","factor":1.0,"trace":9007199254740993,`+
		`"options":{"keep":null,"timeout":%d}}`, seconds*1000)
	head := fmt.Sprintf(`{"id":%q,"name":"Action %05d","version":3,"enabled":true,"extra":1e2`, id, n)
	doc := head + `,"type":"rest","definition":` + definition + `}`
	switch n % 3 {
	case 1:
		quoted, _ := json.Marshal(definition)
		doc = head + `,"type":"rest","definition":` + string(quoted) + `}`
	case 2:
		doc = head + fmt.Sprintf(`,"type":"python","executionTimeout":%d,"definition":{"handler":"main"}}`, seconds)
	}
	if err := s.server.AddFlowAction(flow, []byte(doc)); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Entries of a manifest.

func byID(id string, timeout time.Duration) dataaction.Entry {
	return dataaction.Entry{Action: dataaction.Selector{ID: id}, Timeout: timeout}
}

func byName(n int, timeout time.Duration) dataaction.Entry {
	return dataaction.Entry{Action: dataaction.Selector{Name: fmt.Sprintf("Action %05d", n)}, Timeout: timeout}
}

func under(flow dataaction.FlowSelector, e dataaction.Entry) dataaction.Entry {
	e.Flow = &flow
	return e
}

// only compares a document before and after: nothing but its timeout (and its version) may differ. seconds is the
// timeout that it should have, 0 where it should be as before.
func only(t testing.TB, before, after []byte, seconds int) {
	t.Helper()
	was, is := split(t, before), split(t, after)
	if diff := cmp.Diff(was.rest, is.rest); diff != "" {
		t.Errorf("more than the timeout changed (-before +after):\n%s", diff)
	}
	want := was.timeout
	if seconds > 0 {
		want = time.Duration(seconds) * time.Second
	}
	if is.timeout != want {
		t.Errorf("the timeout is %s, want %s", is.timeout, want)
	}
}

// parts are a document taken apart: its timeout (0 where it has none), its version, and the rest with every number's
// digits.
type parts struct {
	timeout time.Duration
	version int64
	rest    map[string]any
}

func split(t testing.TB, doc []byte) parts {
	t.Helper()
	p := parts{rest: decode(t, doc)}
	p.version, _ = number(p.rest["version"])
	delete(p.rest, "version")
	take := func(in map[string]any, key string, unit time.Duration) {
		if n, ok := number(in[key]); ok {
			p.timeout = time.Duration(n) * unit
			delete(in, key)
		}
	}
	take(p.rest, "executionTimeout", time.Second)
	for _, key := range []string{"config", "function"} {
		if in, ok := p.rest[key].(map[string]any); ok {
			take(in, "timeoutSeconds", time.Second)
		}
	}
	definition, ok := p.rest["definition"].(map[string]any)
	if text, isText := p.rest["definition"].(string); isText {
		definition, ok = decode(t, []byte(text)), true
		p.rest["definition"] = []any{"a string", definition}
	}
	if options, has := definition["options"].(map[string]any); ok && has {
		take(options, "timeout", time.Millisecond)
	}
	return p
}

func decode(t testing.TB, doc []byte) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}

func number(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// doc is an action's document, or a function's settings.
func (s *fixture) doc(c plan.Change) []byte {
	s.t.Helper()
	var doc []byte
	var ok bool
	switch {
	case s.api == dataaction.Flows:
		doc, ok = s.server.FlowAction(c.Flows[0].ID, c.Action.ID)
	case c.Action.Type == dataaction.TypeFunction:
		doc, ok = s.server.Function(c.Action.ID)
	default:
		doc, ok = s.server.Action(c.Action.ID)
	}
	if !ok {
		s.t.Fatalf("there is no action %s", c.Action.ID)
	}
	return doc
}

func (s *fixture) docs(changes []plan.Change) [][]byte {
	s.t.Helper()
	docs := make([][]byte, len(changes))
	for i, c := range changes {
		docs[i] = s.doc(c)
	}
	return docs
}

// explain is what package cli makes of errors, as far as these tests look at it.
func explain(err error) reconcile.Explanation {
	e := reconcile.Explanation{Code: "failure", Message: err.Error()}
	var api *genesys.APIError
	var state *genesys.StateError
	var auth *genesys.AuthError
	switch {
	case errors.As(err, &state):
		e.Code = state.Code
	case errors.As(err, &auth):
		e.Code = reconcile.CodeTokenRefused
	case errors.As(err, &api):
		e.Code, e.HTTPStatus, e.CorrelationID = fmt.Sprint("http-", api.Status), api.Status, api.CorrelationID
		if genesys.IsConflict(err) {
			e.Code = "conflict"
		}
	}
	return e
}

// hastyClock runs with the machine's, but whoever waits for it is let go at once and finds that the time has passed.
// Sandbox and client share it, so that a rate window is over for both. Waits of patience and more, where that is not 0,
// take their time.
type hastyClock struct {
	mu       sync.Mutex
	ahead    time.Duration
	patience time.Duration
}

func (c *hastyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *hastyClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.patience > 0 && d >= c.patience {
		t := time.NewTimer(d)
		return t.C, func() { t.Stop() }
	}
	c.ahead += max(d, 0)
	fired := make(chan time.Time, 1)
	fired <- time.Time{}
	return fired, func() {}
}

// isWrite picks the methods that change something.
func isWrite(method string) bool { return method != http.MethodGet && method != http.MethodHead }
