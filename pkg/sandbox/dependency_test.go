package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const (
	consumersPath = "/api/v2/architect/dependencytracking/consumingresources"
	buildPath     = "/api/v2/architect/dependencytracking/build"
)

// consumers asks what calls an object and gives each answer as "id version TYPE".
func (w *world) consumers(status int, kind, id, more string) []string {
	w.t.Helper()
	a := w.want(status, "GET", consumersPath+"?pageSize=100&objectType="+kind+"&id="+id+more, "")
	var l struct{ Entities []consumer }
	w.must(json.Unmarshal(a.body, &l))
	var all []string
	for _, c := range l.Entities {
		all = append(all, c.ID+" "+c.Version+" "+c.Type)
	}
	slices.Sort(all)
	return all
}

func startWithIndex(t *testing.T) *world {
	t.Helper()
	w := start(t, Options{Empty: true})
	calls := configCalling("dataAction", "A")
	w.must(w.AddFlow([]byte(`{"id":"call","name":"Call","type":"INBOUNDCALL"}`), calls, PublishedBefore(calls),
		SavedAs(calls)))
	w.must(w.AddFlow([]byte(`{"id":"work","type":"WORKFLOW"}`), calls))
	w.must(w.AddFlow([]byte(`{"id":"secure","type":"SECURECALL"}`), configCalling("secureAction", "A")))
	w.must(w.AddFlow([]byte(`{"id":"module","type":"COMMONMODULE"}`), calls))
	w.must(w.AddFlow([]byte(`{"id":"above","type":"BOT"}`), configCalling("commonModuleFlow", "module")))
	w.must(w.AddFlow([]byte(`{"id":"draft","type":"INBOUNDCALL"}`), calls, NeverPublished()))
	w.must(w.AddFlow([]byte(`{"id":"broken","type":"INBOUNDCALL"}`), []byte(`{"manifest":{"dataAction":[{"id":"A"`)))
	w.AddScript("script", "Agent desk", "A")
	return w
}

func TestDependencyIndexNamesDirectCallers(t *testing.T) {
	t.Parallel()
	w := startWithIndex(t)
	cases := []struct{ kind, id, more, want string }{
		{"DATAACTION", "A", "&flowFilter=published",
			"call 1.0 INBOUNDCALLFLOW, call 2.0 INBOUNDCALLFLOW, module 1.0 COMMONMODULEFLOW, " +
				"script 1 COMPOSERSCRIPT, work 1.0 WORKFLOW"},
		{"SECUREACTION", "A", "&flowFilter=published", "secure 1.0 SECURECALLFLOW"},
		{"COMMONMODULEFLOW", "module", "&flowFilter=published", "above 1.0 BOTFLOW"},
		{"BOTFLOW", "above", "", ""},
		{"DATAACTION", "B", "", ""},
	}
	for _, c := range cases {
		if got := strings.Join(w.consumers(200, c.kind, c.id, c.more), ", "); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.kind, c.id, got, c.want)
		}
	}
	all := w.consumers(200, "DATAACTION", "A", "")
	if !slices.Contains(all, "call 3.0 INBOUNDCALLFLOW") || !slices.Contains(all, "draft 1.0 INBOUNDCALLFLOW") {
		t.Errorf("without the filter saved versions are missing: %v", all)
	}
	page := w.want(200, "GET", consumersPath+"?objectType=DATAACTION&id=A&pageSize=2&pageNumber=2", "")
	if page.text("pageCount") != "4" || len(ids(t, page.body)) != 2 {
		t.Errorf("%s", page.body)
	}
	for _, bad := range []string{"?id=A", "?objectType=DATAACTION", "?id=A&objectType=dataaction"} {
		w.want(400, "GET", consumersPath+bad, "")
	}
}

func TestDependencyIndexIsIncomplete(t *testing.T) {
	t.Parallel()
	w := startWithIndex(t)
	if a := w.want(200, "GET", buildPath, ""); a.text("status") != "OPERATIONAL" || a.text("failedObjects") != "[]" {
		t.Errorf("%s", a.body)
	}
	w.SetIndex(Index{Status: "BUILDINPROGRESS", Partial: true, FailedObjects: []string{"work"}})
	a := w.want(200, "GET", buildPath, "")
	if a.text("status") != "BUILDINPROGRESS" || a.text("failedObjects") != `[{"id":"work","name":"","type":"WORKFLOW"}]` {
		t.Errorf("%s", a.body)
	}
	if got := w.consumers(206, "DATAACTION", "A", ""); slices.Contains(got, "work 1.0 WORKFLOW") || len(got) == 0 {
		t.Errorf("%v", got)
	}
	w.Deny("architect:dependencyTracking:view")
	for _, path := range []string{buildPath, consumersPath + "?id=A&objectType=DATAACTION"} {
		if a := w.want(403, "GET", path, ""); !strings.Contains(a.text("message"), "[architect:dependencyTracking:view]") {
			t.Errorf("%s", a.body)
		}
	}
}

func TestSeededIndex(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	for action, want := range map[string]int{"Add case comment": 2, "Create case": 1, "Find agent of last call": 0} {
		if got := w.consumers(200, "DATAACTION", w.ActionID(action, ""), "&flowFilter=published"); len(got) != want {
			t.Errorf("%s: %v, want %d", action, got, want)
		}
	}
	if got := w.consumers(200, "SECUREACTION", w.ActionID("Take card payment", ""), ""); len(got) != 1 {
		t.Errorf("%v", got)
	}
	identify, verify := w.FlowID("Identify Caller", ""), w.FlowID("Verify Caller", "")
	for callee, caller := range map[string]string{identify: verify, verify: identify} {
		got := w.consumers(200, "COMMONMODULEFLOW", callee, "&flowFilter=published")
		if !slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, caller) }) {
			t.Errorf("the modules do not call each other: %v", got)
		}
	}
}
