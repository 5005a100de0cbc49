package sandbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oddAction has what a careless client loses.
const oddAction = `{ "id": "custom_-_odd", "name" : "Odd \u00e4 one", "integrationId": "i1", "category": "CRM", "version": 4, "big": 9007199254740993,
  "config": {"future": {"a": 1.0, "a": 1e2}, "request": {"requestUrlTemplate": "https://x/\u007e?a=<b>&c", "requestTemplate": "{\n \"é\": ${input.x}\n}", "headers": {}},
  "response": {"successTemplate": "${rawResult}", "limit": 0.10}, "timeoutSeconds": 3}, "selfUri": "/api/v2/integrations/actions/custom_-_odd"}`

func TestListingFilters(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	for _, doc := range []string{
		`{"id":"custom_-_1","name":"Get order","category":"Orders","secure":false,"config":{"timeoutSeconds":5}}`,
		`{"id":"custom_-_2","name":"Get Customer","category":"CRM","secure":true,"config":{}}`,
		`{"id":"custom_-_3","name":"Cancel order","category":"Orders","secure":true}`,
		`{"id":"customAuth_-_4","name":"Sign-in","category":"CRM","config":{}}`,
		`{"id":"static_-_5","name":"Get user","category":"Genesys Cloud"}`,
	} {
		w.must(w.AddAction([]byte(doc)))
	}
	cases := map[string]string{
		"":                              "custom_-_1 custom_-_2 custom_-_3 static_-_5",
		"?includeAuthActions=true":      "custom_-_1 custom_-_2 custom_-_3 customAuth_-_4 static_-_5",
		"?name=ORDER":                   "custom_-_1 custom_-_3",
		"?category=crm":                 "custom_-_2",
		"?secure=true":                  "custom_-_2 custom_-_3",
		"?secure=false":                 "custom_-_1 static_-_5",
		"?ids=static_-_5,custom_-_1,no": "custom_-_1 static_-_5",
		"?ids=":                         "",
		"?sortBy=name":                  "custom_-_3 custom_-_2 custom_-_1 static_-_5",
		"?sortBy=name&sortOrder=desc":   "static_-_5 custom_-_1 custom_-_2 custom_-_3",
		"?name=get&sortBy=category":     "custom_-_2 static_-_5 custom_-_1",
	}
	for query, want := range cases {
		a := w.want(200, "GET", actionsPath+query, "")
		if got := strings.Join(ids(t, a.body), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if bytes.Contains(a.body, []byte("config")) {
			t.Errorf("%s: shows config unasked: %s", query, a.body)
		}
	}
	if a := w.want(200, "GET", actionsPath+"?includeConfig=true&name=get+order", ""); !bytes.Contains(a.body, []byte(`"config":{"timeoutSeconds":5}`)) {
		t.Errorf("no config: %s", a.body)
	}
	many := strings.TrimSuffix(strings.Repeat("custom_-_1,", 51), ",")
	w.want(400, "GET", actionsPath+"?ids="+many, "")
	w.want(200, "GET", actionsPath+"?ids="+strings.TrimPrefix(many, "custom_-_1,"), "")
}

func TestReadsGiveTheDocumentByteForByte(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction)))
	a := w.want(200, "GET", actionsPath+"/custom_-_odd?includeConfig=true", "")
	if diff := cmp.Diff(oddAction, string(a.body)); diff != "" {
		t.Error(diff)
	}
	if a := w.want(200, "GET", actionsPath+"?includeConfig=true", ""); !bytes.Contains(a.body, []byte(oddAction)) {
		t.Error("the listing shows another document")
	}
	if a := w.want(200, "GET", actionsPath+"/custom_-_odd", ""); bytes.Contains(a.body, []byte("config")) || !bytes.Contains(a.body, []byte(`9007199254740993`)) {
		t.Errorf("without config: %s", a.body)
	}
}

func TestTemplatesByURI(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction), TemplatesByURI()))
	w.must(w.AddAction([]byte(`{"id":"custom_-_none","name":"n","config":{"request":{}}}`), TemplatesByURI()))
	a := w.want(200, "GET", actionsPath+"/custom_-_odd?includeConfig=true", "")
	uri := a.text("config", "request", "requestTemplateUri")
	if a.text("config", "request", "requestTemplate") != "" || uri != actionsPath+"/custom_-_odd/templates/requesttemplate.vm" {
		t.Fatalf("%s", a.body)
	}
	text := w.want(200, "GET", uri, "")
	if string(text.body) != "{\n \"é\": ${input.x}\n}" || !strings.HasPrefix(text.header.Get("Content-Type"), "text/plain") {
		t.Errorf("%q as %s", text.body, text.header.Get("Content-Type"))
	}
	if text := w.want(200, "GET", a.text("config", "response", "successTemplateUri"), ""); string(text.body) != "${rawResult}" {
		t.Errorf("%q", text.body)
	}
	w.want(404, "GET", actionsPath+"/custom_-_none/templates/requesttemplate.vm", "")
	w.want(404, "GET", actionsPath+"/custom_-_odd/templates/other.vm", "")

	// What was read and sent back as it is loses its templates, as with the real service.
	config := valueAt(a.body, "config")
	w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":4,"config":`+string(config)+`}`)
	w.want(404, "GET", uri, "")
}

func TestPatchReplacesConfigWhole(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction)))
	a := w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":4,"unknown":1,"config":{"timeoutSeconds" : 12, "n": 1.50}}`)
	from, to := strings.Index(oddAction, `{"future"`), strings.Index(oddAction, `, "selfUri"`)
	want := strings.Replace(oddAction[:from]+`{"timeoutSeconds" : 12, "n": 1.50}`+oddAction[to:], `"version": 4`, `"version": 5`, 1)
	if diff := cmp.Diff(want, string(a.body)); diff != "" {
		t.Error(diff)
	}
	if doc, _ := w.Action("custom_-_odd"); string(doc) != want {
		t.Errorf("kept %s", doc)
	}
	a = w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":5,"name":"New <name>","category":null}`)
	if a.text("name") != "New <name>" || a.text("category") != "CRM" || a.text("version") != "6" || a.text("config", "timeoutSeconds") != "12" {
		t.Errorf("%s", a.body)
	}
	if got := ids(t, w.want(200, "GET", actionsPath+"?name=new+%3C", "").body); len(got) != 1 {
		t.Error("the new name is not found")
	}
}

func TestPatchRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	for _, id := range []string{"custom_-_1", "static_-_1", "customAuth_-_1"} {
		w.must(w.AddAction(fmt.Appendf(nil, `{"id":%q,"name":"n","version":3,"config":{"timeoutSeconds":5}}`, id)))
	}
	w.must(w.AddAction([]byte(`{"id":"custom_-_f","name":"f","version":3}`), AsFunction([]byte(`{"function":{}}`))))
	cases := []struct {
		id, body string
		status   int
		message  string
	}{
		{"custom_-_1", `{"version":2,"config":{}}`, 409, "does not match the current version 3"},
		{"custom_-_1", `{"config":{}}`, 400, "version is required"},
		{"custom_-_1", `{"version":"3","config":{}}`, 400, "version is required"},
		{"custom_-_1", `{"version":3,"config":{"timeoutSeconds":0}}`, 400, "from 1 to 60"},
		{"custom_-_1", `{"version":3,"config":{"timeoutSeconds":61}}`, 400, "from 1 to 60"},
		{"custom_-_1", `{"version":3,"config":{"timeoutSeconds":5.0}}`, 400, "from 1 to 60"},
		{"custom_-_1", `{"version":3,"config":{"timeoutSeconds":"5"}}`, 400, "from 1 to 60"},
		{"custom_-_1", `{"version":3,"config":7}`, 400, "object"},
		{"custom_-_1", `{"version":3`, 400, "malformed"},
		{"custom_-_1", `[]`, 400, "malformed"},
		{"static_-_1", `{"version":3,"config":{"timeoutSeconds":6}}`, 400, "Static"},
		{"customAuth_-_1", `{"version":3,"config":{"timeoutSeconds":6}}`, 400, "Custom Authentication"},
		{"custom_-_f", `{"version":3,"config":{"timeoutSeconds":6}}`, 400, "function-data-actions"},
		{"custom_-_no", `{"version":3}`, 404, "not found"},
	}
	for _, c := range cases {
		before, _ := w.Action(c.id)
		if a := w.want(c.status, "PATCH", actionsPath+"/"+c.id, c.body); !strings.Contains(a.text("message"), c.message) {
			t.Errorf("%s %s: %s", c.id, c.body, a.body)
		}
		if after, _ := w.Action(c.id); !bytes.Equal(before, after) {
			t.Errorf("%s %s: refused and changed", c.id, c.body)
		}
	}
	w.want(200, "PATCH", actionsPath+"/customAuth_-_1", `{"version":3,"config":{}}`)
	w.want(200, "PATCH", actionsPath+"/custom_-_1", `{"version":3,"config":{"timeoutSeconds":60}}`)
	w.want(200, "PATCH", actionsPath+"/custom_-_1", `{"version":4,"config":{"timeoutSeconds":null}}`)
}

func TestConflictCanBeA400(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, ConflictStatus: 400, BadLoginStatus: 400})
	w.must(w.AddAction([]byte(oddAction)))
	a := w.want(400, "PATCH", actionsPath+"/custom_-_odd", `{"version":1,"config":{}}`)
	if !strings.Contains(a.text("message"), "does not match the current version") {
		t.Errorf("%s", a.body)
	}
	w.want(400, "POST", "/oauth/token", "grant_type=client_credentials&client_id=no")
}

func TestAddActionRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction)))
	for _, doc := range []string{oddAction, `[]`, `{`, `{"name":"no id"}`, `{"id":"a","version":1.5}`} {
		if err := w.AddAction([]byte(doc)); err == nil {
			t.Errorf("%s was added", doc)
		}
	}
	if got := w.Actions(); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// TestPatchesLeaveTheRestAlone patches at random and compares everything that was not sent with the first document.
func TestPatchesLeaveTheRestAlone(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, Allowed: 100_000})
	rnd := rand.New(rand.NewPCG(7, 11))
	docs := map[string]string{}
	for n := range 20 {
		id := fmt.Sprintf("custom_-_%d", n)
		doc := strings.Replace(oddAction, `"custom_-_odd", "name"`, fmt.Sprintf(`%q, "pad": %d.0, "name"`, id, n), 1)
		docs[id] = doc
		w.must(w.AddAction([]byte(doc)))
	}
	for range 300 {
		id := fmt.Sprintf("custom_-_%d", rnd.IntN(20))
		doc := docs[id]
		version := versionOf([]byte(doc))
		if rnd.IntN(4) == 0 {
			version-- // refused
		}
		seconds := 1 + rnd.IntN(62) // some of them refused
		config := strings.Replace(textAt([]byte(doc), "config"), `"timeoutSeconds": `+textAt([]byte(doc), "config", "timeoutSeconds"), fmt.Sprintf(`"timeoutSeconds": %d`, seconds), 1)
		a := w.send("PATCH", actionsPath+"/"+id, fmt.Sprintf(`{"config":%s,"version":%d}`, config, version))
		if ok := version == versionOf([]byte(doc)) && seconds <= 60; ok != (a.status == 200) {
			t.Fatalf("%d for version %d, %d s: %s", a.status, version, seconds, a.body)
		}
		if a.status == 200 {
			doc = strings.Replace(doc, textAt([]byte(doc), "config"), config, 1)
			docs[id] = strings.Replace(doc, fmt.Sprintf(`"version": %d`, version), fmt.Sprintf(`"version": %d`, version+1), 1)
		}
	}
	for id, want := range docs {
		if got, _ := w.Action(id); string(got) != want {
			t.Errorf("%s: %s", id, cmp.Diff(want, string(got)))
		}
		if a := w.want(200, "GET", actionsPath+"/"+id+"?includeConfig=true", ""); string(a.body) != want {
			t.Errorf("%s is read otherwise than it is kept", id)
		}
	}
}

func TestSomebodyElsesHand(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	id := w.ActionID("Get customer", "Orders")
	before, _ := w.Action(id)
	w.must(w.SetTimeout(id, 33))
	after, _ := w.Action(id)
	want := withVersion(withValue(before, []byte("33"), "config", "timeoutSeconds"), versionOf(before)+1)
	if !bytes.Equal(after, want) {
		t.Errorf("%s", after)
	}
	w.must(w.Touch(id))
	w.must(w.Rename(id, "Other"))
	if doc, _ := w.Action(id); versionOf(doc) != versionOf(before)+3 || textAt(doc, "name") != "Other" {
		t.Errorf("%s", doc)
	}
	fn := w.ActionID("Score call intent", "")
	w.must(w.SetTimeout(fn, 9))
	if f, _ := w.Function(fn); textAt(f, "function", "timeoutSeconds") != "9" {
		t.Errorf("%s", f)
	}
	w.must(w.Delete(id))
	w.want(404, "GET", actionsPath+"/"+id, "")
	if slices.Contains(w.Actions(), id) {
		t.Error("deleted and listed")
	}
	for _, err := range []error{w.Delete(id), w.Touch(id), w.Rename(id, "x"), w.SetTimeout(id, 3), w.LeaveDraft(id)} {
		if err == nil {
			t.Error("changed what is gone")
		}
	}
}

func TestTenThousandActions(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, Allowed: 100_000})
	for n := range 10_000 {
		w.must(w.AddAction(fmt.Appendf(nil, `{"id":"custom_-_%05d","name":"Action %d","category":"C","config":{"request":{"requestTemplate":%q},"timeoutSeconds":5}}`, n, n, strings.Repeat("x", 500))))
	}
	w.want(200, "GET", actionsPath+"?sortBy=name&pageSize=100", "")
	total := 0
	for page := 1; page <= 100; page++ {
		q := url.Values{"pageSize": {"100"}, "pageNumber": {strconv.Itoa(page)}, "includeConfig": {"true"}}
		total += bytes.Count(w.want(200, "GET", actionsPath+"?"+q.Encode(), "").body, []byte(`"timeoutSeconds":5`))
	}
	if total != 10_000 {
		t.Errorf("%d actions", total)
	}
}
