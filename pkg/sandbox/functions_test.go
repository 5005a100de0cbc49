package sandbox

import (
	"fmt"
	"strings"
	"testing"
)

const functionAction = `{"id":"custom_-_f","name":"Score","category":"Function Data Actions","version":6,"config":{}}`

const functionConfig = `{"id":"custom_-_f","function":{"id":"fn1","description":"d","handler":"h",` +
	`"runtime":"nodejs22.x","timeoutSeconds":5,"memory":1.0},"zip":{"id":"z"}}`

func startWithFunction(t *testing.T) (*world, string) {
	t.Helper()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(functionAction), AsFunction([]byte(functionConfig))))
	w.must(w.AddAction([]byte(`{"id":"custom_-_plain","name":"p"}`)))
	return w, actionsPath + "/custom_-_f"
}

func TestFunctionIsPublishedFromADraft(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	if a := w.want(200, "GET", path+"/function", ""); string(a.body) != functionConfig {
		t.Errorf("%s", a.body)
	}
	w.want(404, "GET", actionsPath+"/custom_-_plain/function", "")
	w.want(404, "GET", path+"/draft", "")
	if d := w.want(200, "POST", path+"/draft", ""); d.text("id") != "custom_-_f" || d.text("version") == "6" {
		t.Errorf("new draft: %s", d.body)
	}
	if !w.Draft("custom_-_f") {
		t.Error("no draft")
	}
	put := `{"description":"d","handler":"h","runtime":"nodejs22.x","timeoutSeconds":12,"memory":1.0}`
	want := strings.Replace(functionConfig, textAt([]byte(functionConfig), "function"), put[:len(put)-1]+`,"id":"fn1"}`, 1)
	if a := w.want(200, "PUT", path+"/draft/function", put); string(a.body) != want {
		t.Errorf("draft's function: %s", a.body)
	}
	if a := w.want(200, "GET", path+"/draft/function", ""); string(a.body) != want {
		t.Errorf("draft's function, read: %s", a.body)
	}
	if a := w.want(200, "GET", path+"/function", ""); string(a.body) != functionConfig {
		t.Error("published before it was published")
	}
	if a := w.want(200, "GET", path+"/draft/validation", ""); string(a.body) != `{"valid":true,"errors":[]}` {
		t.Errorf("%s", a.body)
	}
	version := w.want(200, "GET", path+"/draft", "").text("version")
	for _, old := range []string{"6", "7"} {
		a := w.want(400, "POST", path+"/draft/publish", `{"version":`+old+`}`)
		if want := "Supplied version " + old + " does not match latest draft version 2"; a.text("message") != want {
			t.Errorf("%s, want %s", a.text("message"), want)
		}
	}
	if a := w.want(200, "POST", path+"/draft/publish", `{"version":`+version+`}`); a.text("version") != "7" {
		t.Errorf("%s", a.body)
	}
	if f, _ := w.Function("custom_-_f"); string(f) != want {
		t.Errorf("%s", f)
	}
	if w.Draft("custom_-_f") {
		t.Error("a published draft is still there")
	}
	w.want(404, "POST", path+"/draft/publish", `{"version":7}`)
}

func TestDraftIsDiscarded(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	w.want(404, "DELETE", path+"/draft", "")
	w.want(200, "POST", path+"/draft", "")
	w.want(200, "PUT", path+"/draft/function", `{"description":"d","handler":"h","runtime":"r","timeoutSeconds":1}`)
	if a := w.want(204, "DELETE", path+"/draft", ""); len(a.body) != 0 {
		t.Errorf("%s", a.body)
	}
	if f, _ := w.Function("custom_-_f"); string(f) != functionConfig || w.Draft("custom_-_f") {
		t.Error("a discarded draft left something behind")
	}
}

func TestPostAnswersAnExistingDraft(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	w.must(w.LeaveDraft("custom_-_f"))
	w.want(200, "PUT", path+"/draft/function", `{"description":"theirs","handler":"h","runtime":"r"}`)
	w.want(200, "POST", path+"/draft", "")
	if a := w.want(200, "GET", path+"/draft/function", ""); a.text("function", "description") != "theirs" {
		t.Errorf("%s", a.body)
	}
}

func TestDraftRefusals(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	w.want(400, "POST", actionsPath+"/custom_-_plain/draft", "")
	w.want(404, "PUT", path+"/draft/function", `{}`)
	w.want(200, "POST", path+"/draft", "")
	for _, seconds := range []string{"0", "16", "1.5", `"5"`} {
		w.want(400, "PUT", path+"/draft/function",
			fmt.Sprintf(`{"description":"d","handler":"h","runtime":"r","timeoutSeconds":%s}`, seconds))
	}
	w.want(200, "PUT", path+"/draft/function", `{"description":"d","runtime":"r","timeoutSeconds":15}`)
	if a := w.want(200, "GET", path+"/draft/validation", ""); a.text("valid") != "false" ||
		!strings.Contains(a.text("errors"), "handler") {
		t.Errorf("%s", a.body)
	}
	version := w.want(200, "GET", path+"/draft", "").text("version")
	w.want(400, "POST", path+"/draft/publish", `{"version":`+version+`}`)
	w.Deny("integrations:action:delete")
	w.want(403, "DELETE", path+"/draft", "")
	w.want(200, "GET", path+"/draft", "")
}

func TestDraftsAreListed(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	for n := range 3 {
		id := fmt.Sprintf("custom_-_%d", n)
		doc := fmt.Sprintf(`{"id":%q,"name":"Score %d","version":6,"config":{}}`, id, n)
		w.must(w.AddAction([]byte(doc), AsFunction([]byte(functionConfig))))
		if n > 0 {
			w.must(w.LeaveDraft(id))
		}
	}
	drafts := actionsPath + "/drafts"
	a := w.want(200, "GET", drafts+"?pageSize=1&pageNumber=2", "")
	if got := ids(t, a.body); len(got) != 1 || got[0] != "custom_-_2" || a.text("pageCount") != "2" {
		t.Errorf("%s", a.body)
	}
	if strings.Contains(string(a.body), "config") || !strings.Contains(string(a.body), `"version":1`) {
		t.Errorf("%s", a.body)
	}
	w.must(w.TouchDraft("custom_-_2"))
	a = w.want(200, "GET", drafts+"?includeConfig=true&name=score+2", "")
	if body := string(a.body); !strings.Contains(body, "config") || !strings.Contains(body, `"version":2`) {
		t.Errorf("%s", body)
	}
	w.Deny("integrations:action:view")
	w.want(403, "GET", drafts, "")
}

func TestPublishOfAChangedDraftIsRefused(t *testing.T) {
	t.Parallel()
	for option, status := range map[int]int{0: 400, 408: 408, 409: 409} {
		w := start(t, Options{Empty: true, PublishConflictStatus: option})
		w.must(w.AddAction([]byte(functionAction), AsFunction([]byte(functionConfig))))
		path := actionsPath + "/custom_-_f/draft"
		version := w.want(200, "POST", path, "").text("version")
		w.must(w.TouchDraft("custom_-_f"))
		a := w.want(status, "POST", path+"/publish", `{"version":`+version+`}`)
		if a.text("message") != "Supplied version 1 does not match latest draft version 2" {
			t.Errorf("%s", a.body)
		}
		if f, _ := w.Function("custom_-_f"); string(f) != functionConfig || !w.Draft("custom_-_f") {
			t.Error("a refused publish changed something")
		}
		w.want(400, "POST", path+"/publish", `{}`)
	}
}

func TestRetiredRuntimeTakesNoChange(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	path := actionsPath + "/" + w.ActionID("Detect sentiment", "") + "/draft"
	w.want(200, "POST", path, "")
	function := w.want(200, "GET", path+"/function", "")
	body := withValue(valueAt(function.body, "function"), []byte("9"), "timeoutSeconds")
	if a := w.want(400, "PUT", path+"/function", string(body)); !strings.Contains(a.text("message"),
		"nodejs16.x was retired") {
		t.Errorf("%s", a.body)
	}
	w.want(400, "POST", path+"/publish", `{"version":1}`)
	w.want(200, "PUT", path+"/function", string(withValue(body, []byte(`"nodejs22.x"`), "runtime")))
	w.want(200, "POST", path+"/publish", `{"version":2}`)
}

func TestLeftOverDraftOfARun(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	w.must(w.LeaveDraftOf("custom_-_f", 12))
	if f, ok := w.DraftFunction("custom_-_f"); !ok || textAt(f, "function", "timeoutSeconds") != "12" {
		t.Errorf("%s", f)
	}
	version := w.want(200, "GET", path+"/draft", "").text("version")
	w.want(200, "POST", path+"/draft/publish", `{"version":`+version+`}`)
	if f, _ := w.Function("custom_-_f"); textAt(f, "function", "timeoutSeconds") != "12" {
		t.Errorf("%s", f)
	}
	if _, ok := w.DraftFunction("custom_-_f"); ok || w.TouchDraft("custom_-_plain") == nil {
		t.Error("a draft where there can be none")
	}
}
