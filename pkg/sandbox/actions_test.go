package sandbox

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oddAction contains what a careless client loses.
const oddAction = `{ "id": "custom_-_odd", "name" : "Odd \u00e4 one", "integrationId": "i1", "category": "CRM",
  "version": 4, "big": 9007199254740993,
  "config": {"future": {"a": 1.0, "a": 1e2}, "request": {"requestUrlTemplate": "https://x/\u007e?a=<b>&c",
    "requestTemplate": "{\n \"é\": ${input.x}\n}", "headers": {}},
  "response": {"successTemplate": "${rawResult}", "limit": 0.10},
  "timeoutSeconds": 3}, "selfUri": "/api/v2/integrations/actions/custom_-_odd"}`

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
	if a := w.want(200, "GET", actionsPath+"?includeConfig=true&name=get+order", ""); !bytes.Contains(a.body,
		[]byte(`"config":{"timeoutSeconds":5}`)) {
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
	if a := w.want(200, "GET", actionsPath+"/custom_-_odd", ""); bytes.Contains(a.body, []byte("config")) ||
		!bytes.Contains(a.body, []byte(`9007199254740993`)) {
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
	if a.text("config", "request", "requestTemplate") != "" ||
		uri != actionsPath+"/custom_-_odd/templates/requesttemplate.vm" {
		t.Fatalf("%s", a.body)
	}
	text := w.want(200, "GET", uri, "")
	if string(text.body) != "{\n \"é\": ${input.x}\n}" ||
		!strings.HasPrefix(text.header.Get("Content-Type"), "text/plain") {
		t.Errorf("%q as %s", text.body, text.header.Get("Content-Type"))
	}
	if text := w.want(200, "GET", a.text("config", "response", "successTemplateUri"),
		""); string(text.body) != "${rawResult}" {
		t.Errorf("%q", text.body)
	}
	w.want(404, "GET", actionsPath+"/custom_-_none/templates/requesttemplate.vm", "")
	w.want(404, "GET", actionsPath+"/custom_-_odd/templates/other.vm", "")

	// A document that is read and sent back unchanged loses its templates, as with the real service.
	config := valueAt(a.body, "config")
	w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":4,"config":`+string(config)+`}`)
	w.want(404, "GET", uri, "")
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

func TestHooksChangeActions(t *testing.T) {
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
			t.Error("changed a deleted one")
		}
	}
}

func TestTenThousandActions(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, Allowed: 100_000})
	for n := range 10_000 {
		w.must(w.AddAction(fmt.Appendf(nil,
			`{"id":"custom_-_%05d","name":"Action %d","category":"C","config":{"request":{"requestTemplate":%q},`+
				`"timeoutSeconds":5}}`, n, n, strings.Repeat("x", 500))))
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

func TestIDsAreAnsweredInPages(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	all := make([]string, 30)
	for n := range all {
		all[n] = fmt.Sprintf("custom_-_%02d", n)
		w.must(w.AddAction(fmt.Appendf(nil, `{"id":%q,"name":"n"}`, all[n])))
	}
	query := actionsPath + "?ids=" + strings.Join(all, ",")
	first := w.want(200, "GET", query, "")
	second := w.want(200, "GET", first.text("nextUri"), "")
	if got := append(ids(t, first.body), ids(t, second.body)...); !slices.Equal(got, all) ||
		first.text("pageSize") != "25" {
		t.Errorf("%d of 30: %v", len(got), got)
	}
}
