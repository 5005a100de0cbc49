package sandbox

import (
	"fmt"
	"strings"
	"testing"
)

const functionAction = `{"id":"custom_-_f","name":"Score","category":"Function Data Actions","version":6,"config":{}}`

const functionConfig = `{"id":"custom_-_f","function":{"id":"fn1","description":"d","handler":"h","runtime":"nodejs22.x","timeoutSeconds":5,"memory":1.0},"zip":{"id":"z"}}`

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

func TestSomebodyElsesDraftIsWhatPostGives(t *testing.T) {
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
		w.want(400, "PUT", path+"/draft/function", fmt.Sprintf(`{"description":"d","handler":"h","runtime":"r","timeoutSeconds":%s}`, seconds))
	}
	w.want(200, "PUT", path+"/draft/function", `{"description":"d","runtime":"r","timeoutSeconds":15}`)
	if a := w.want(200, "GET", path+"/draft/validation", ""); a.text("valid") != "false" || !strings.Contains(a.text("errors"), "handler") {
		t.Errorf("%s", a.body)
	}
	version := w.want(200, "GET", path+"/draft", "").text("version")
	w.want(400, "POST", path+"/draft/publish", `{"version":`+version+`}`)
	w.Deny("integrations:action:delete")
	w.want(403, "DELETE", path+"/draft", "")
	w.want(200, "GET", path+"/draft", "")
}
