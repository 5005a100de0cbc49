package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFlows(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	const doc = `{"id":"f1","name":"Inbound Support","type":"INBOUNDCALL","n":1.0, "publishedVersion": {"id":"3.0"}}`
	w.must(w.AddFlow([]byte(doc), []byte(`{"a": [1.0, {"deep`)))
	w.must(w.AddFlow([]byte(`{"id":"f2","name":"Inbound Support","type":"DIGITALBOT"}`), nil))
	w.must(w.AddFlow([]byte(`{"id":"f3","name":"Other","type":"WORKFLOW"}`), nil))
	if w.AddFlow([]byte(`{"id":"f3"}`), nil) == nil || w.AddFlow([]byte(`{}`), nil) == nil {
		t.Error("a second flow of one id, or one without, was added")
	}
	cases := map[string]string{
		"": "f1 f2 f3", "?name=support": "f1 f2", "?type=inboundcall": "f1", "?type=workflow&type=digitalbot": "f2 f3",
		"?name=support&type=WORKFLOW": "", "?id=f3,f1": "f1 f3", "?sortBy=type": "f2 f1 f3",
	}
	for query, want := range cases {
		if got := strings.Join(ids(t, w.want(200, "GET", "/api/v2/flows"+query, "").body), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if a := w.want(200, "GET", "/api/v2/flows/f1", ""); string(a.body) != doc {
		t.Errorf("%s", a.body)
	}
	if a := w.send("GET", "/api/v2/flows/f1/latestconfiguration", ""); a.status != 200 ||
		string(a.body) != `{"a": [1.0, {"deep` {
		t.Errorf("%d %s", a.status, a.body)
	}
	w.want(200, "GET", "/api/v2/flows/f2/latestconfiguration", "")
	w.want(404, "GET", "/api/v2/flows/f9/latestconfiguration", "")
	w.Deny("architect:flow:view")
	w.want(403, "GET", "/api/v2/flows/f1", "")
	w.Allow("architect:flow:view")
	w.must(w.DeleteFlow("f1"))
	w.want(404, "GET", "/api/v2/flows/f1", "")
}

const nested = "/api/v2/flows/dataactions"

func startWithFlowActions(t *testing.T) (*world, map[string]string) {
	t.Helper()
	w := start(t, Options{Empty: true})
	w.must(w.AddFlow([]byte(`{"id":"f1","name":"One"}`), nil))
	w.must(w.AddFlow([]byte(`{"id":"f2","name":"Two"}`), nil))
	docs := map[string]string{
		"rest": `{"id":"rest","name":"R","type":"rest","version":2,` +
			`"definition":{"options":{"timeout":3000,"big":9007199254740993},"x":1.0}}`,
		"text": `{"id":"text","name":"T","type":"rest","version":2,` +
			`"definition":"{ \"options\" : {\"timeout\": 5000}, \"é\": \"\\u00e9\"}"}`,
		"bare":    `{"id":"bare","name":"B","type":"rest","version":2,"definition":{"url":"u"}}`,
		"js":      `{"id":"js","name":"J","type":"javascript","version":2,"executionTimeout":5,"definition":{}}`,
		"py":      `{"id":"py","name":"P","type":"python","version":2,"definition":{"options":{"timeout":2000}}}`,
		"nothing": `{"id":"nothing","name":"N","type":"soap","version":2,"definition":{}}`,
	}
	for _, id := range sortedKeys(docs) {
		w.must(w.AddFlowAction("f1", []byte(docs[id])))
	}
	w.must(w.AddFlowAction("f2", []byte(docs["rest"])))
	return w, docs
}

func TestFlowActionReads(t *testing.T) {
	t.Parallel()
	w, docs := startWithFlowActions(t)
	a := w.want(200, "GET", nested+"?flowId=f1&pageSize=4&expand=definition", "")
	if got := strings.Join(ids(t, a.body), " "); got != "bare js nothing py" || a.text("total") != "6" ||
		a.text("pageCount") != "2" {
		t.Errorf("%s of %s", got, a.text("total"))
	}
	if !strings.Contains(string(a.body), docs["py"]) {
		t.Errorf("%s", a.body)
	}
	if a := w.want(200, "GET", nested+"?flowId=f1", ""); strings.Contains(string(a.body), "definition") {
		t.Error("unrequested definitions")
	}
	if a := w.want(200, "GET", nested+"/text?flowId=f1", ""); string(a.body) != docs["text"] {
		t.Errorf("%s", a.body)
	}
	w.want(400, "GET", nested, "")
	if a := w.want(404, "GET", nested+"?flowId=f9", ""); a.text("entityId") != "f9" {
		t.Errorf("%s", a.body)
	}
	w.want(404, "GET", nested+"/js?flowId=f2", "")
	w.Deny("flow:flow:read")
	if a := w.want(403, "GET", nested+"?flowId=f1", ""); !strings.Contains(a.text("message"), "[flow:flow:read]") {
		t.Errorf("%s", a.body)
	}
}

func TestFlowActionIsReplacedWhole(t *testing.T) {
	t.Parallel()
	w, docs := startWithFlowActions(t)
	for id, from := range map[string]string{"rest": `"timeout":3000`, "text": `\"timeout\": 5000`,
		"js": `"executionTimeout":5`} {
		sent := strings.Replace(docs[id], from, from[:strings.Index(from, ":")+1]+" 12", 1)
		if id != "js" {
			sent = strings.Replace(sent, " 12", "12000", 1)
		}
		want := strings.Replace(sent, `"version":2`, `"version":3`, 1)
		if a := w.want(200, "PUT", nested+"/"+id+"?flowId=f1", sent); string(a.body) != want {
			t.Error(cmp.Diff(want, string(a.body)))
		}
		if doc, _ := w.FlowAction("f1", id); string(doc) != want {
			t.Error(cmp.Diff(want, string(doc)))
		}
		w.want(409, "PUT", nested+"/"+id+"?flowId=f1", sent)
	}
	if doc, _ := w.FlowAction("f2", "rest"); string(doc) != docs["rest"] {
		t.Error("the same id under another flow was changed, too")
	}
}

func TestFlowActionRefusals(t *testing.T) {
	t.Parallel()
	w, docs := startWithFlowActions(t)
	w.want(400, "PUT", nested+"/js?flowId=f1", docs["py"])
	w.want(404, "PUT", nested+"/js?flowId=f2", docs["js"])
	w.want(400, "PUT", nested+"/js", docs["js"])
	bad := map[string][]string{
		"rest": {`"timeout":999`, `"timeout":30001`, `"timeout":12.5`, `"timeout":"3000"`},
		"py":   {`"timeout":30001`}, "js": {`"executionTimeout":0`, `"executionTimeout":31`, `"executionTimeout":12000`},
		"text": {`\"timeout\": 99000`},
	}
	old := map[string]string{"rest": `"timeout":3000`, "py": `"timeout":2000`, "js": `"executionTimeout":5`,
		"text": `\"timeout\": 5000`}
	for id, all := range bad {
		for _, b := range all {
			a := w.want(400, "PUT", nested+"/"+id+"?flowId=f1", strings.Replace(docs[id], old[id], b, 1))
			if a.text("message") != "Invalid timeout value" {
				t.Errorf("%s: %s", b, a.body)
			}
		}
	}
	w.Deny("flow:flow:write")
	w.want(403, "PUT", nested+"/js?flowId=f1", docs["js"])
	for id, doc := range docs {
		if now, _ := w.FlowAction("f1", id); string(now) != doc {
			t.Errorf("%s was refused and changed: %s", id, now)
		}
	}
}

func TestHooksChangeFlowActions(t *testing.T) {
	t.Parallel()
	w, docs := startWithFlowActions(t)
	want := map[string]string{
		"rest": strings.Replace(docs["rest"], "3000", "7000", 1), "text": strings.Replace(docs["text"], "5000", "7000", 1),
		"bare": strings.Replace(docs["bare"], `"u"`, `"u","options":{"timeout":7000}`, 1),
		"js":   strings.Replace(docs["js"], `Timeout":5`, `Timeout":7`, 1), "py": strings.Replace(docs["py"], "2000",
			"7000", 1),
	}
	for id := range want {
		w.must(w.SetFlowTimeout("f1", id, 7*time.Second))
		doc, _ := w.FlowAction("f1", id)
		if got := strings.Replace(string(doc), `"version":3`, `"version":2`, 1); got != want[id] {
			t.Error(cmp.Diff(want[id], got))
		}
	}
	w.must(w.TouchFlowAction("f1", "js"))
	w.must(w.RenameFlowAction("f1", "js", "K"))
	if doc, _ := w.FlowAction("f1", "js"); versionOf(doc) != 5 || textAt(doc, "name") != "K" {
		t.Errorf("%s", doc)
	}
	w.must(w.DeleteFlowAction("f1", "js"))
	w.want(404, "GET", nested+"/js?flowId=f1", "")
	if got := w.FlowActions("f1"); len(got) != 5 {
		t.Errorf("%v", got)
	}
	if w.DeleteFlowAction("f1", "js") == nil || w.TouchFlowAction("f9", "js") == nil ||
		w.AddFlowAction("f9", []byte(docs["js"])) == nil {
		t.Error("changed a deleted one")
	}
}
