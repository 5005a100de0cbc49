package sandbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPatchReplacesConfigWhole(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction)))
	a := w.want(200, "PATCH", actionsPath+"/custom_-_odd",
		`{"version":4,"unknown":1,"config":{"timeoutSeconds" : 12, "n": 1.50}}`)
	from, to := strings.Index(oddAction, `{"future"`), strings.Index(oddAction, `, "selfUri"`)
	want := strings.Replace(oddAction[:from]+`{"timeoutSeconds" : 12, "n": 1.50}`+oddAction[to:], `"version": 4`,
		`"version": 5`, 1)
	if diff := cmp.Diff(want, string(a.body)); diff != "" {
		t.Error(diff)
	}
	if doc, _ := w.Action("custom_-_odd"); string(doc) != want {
		t.Errorf("kept %s", doc)
	}
	a = w.want(200, "PATCH", actionsPath+"/custom_-_odd", `{"version":5,"name":"New <name>","category":null}`)
	if a.text("name") != "New <name>" || a.text("category") != "CRM" || a.text("version") != "6" ||
		a.text("config", "timeoutSeconds") != "12" {
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

// TestPatchesLeaveTheRestAlone patches at random: everything not sent must stay as in the first document.
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
		config := strings.Replace(textAt([]byte(doc), "config"), `"timeoutSeconds": `+textAt([]byte(doc), "config",
			"timeoutSeconds"), fmt.Sprintf(`"timeoutSeconds": %d`, seconds), 1)
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
