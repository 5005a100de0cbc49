package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// configCalling is a configuration whose manifest lists these ids.
func configCalling(list string, ids ...string) []byte {
	entries := make([]string, len(ids))
	for i, id := range ids {
		entries[i] = fmt.Sprintf(`{"id":%q,"name":"n"}`, id)
	}
	return fmt.Appendf(nil, `{"manifest":{%q:[%s]}}`, list, strings.Join(entries, ","))
}

const flowsPath = "/api/v2/flows"

func TestFlowVersions(t *testing.T) {
	t.Parallel()
	live, saved, old := configCalling("dataAction", "live"), configCalling("dataAction", "saved"),
		configCalling("dataAction", "old")
	w := start(t, Options{Empty: true})
	w.must(w.AddFlow([]byte(`{"id":"both","name":"Both","type":"inboundcall"}`), live, PublishedBefore(old),
		SavedAs(saved)))
	w.must(w.AddFlow([]byte(`{"id":"one","type":"BOT"}`), live))
	w.must(w.AddFlow([]byte(`{"id":"draft"}`), saved, NeverPublished()))
	w.must(w.AddFlow([]byte(`{"id":"unsaved"}`), live, NeverSaved()))
	w.must(w.AddFlow([]byte(`{"id":"named","publishedVersion":{"id":"7.0"},"savedVersion":{"id":"8.0"}}`), live,
		SavedAs(saved)))
	w.must(w.AddFlow([]byte(`{"id":"editing","savedVersion":{"id":"4.0"}}`), saved))
	cases := []struct{ id, published, saved, latest string }{
		{"both", "2.0", "3.0", string(saved)},
		{"one", "1.0", "1.0", string(live)},
		{"draft", "", "1.0", string(saved)},
		{"unsaved", "1.0", "", ""},
		{"named", "7.0", "8.0", string(saved)},
		{"editing", "", "4.0", string(saved)},
	}
	for _, c := range cases {
		a := w.want(200, "GET", flowsPath+"/"+c.id, "")
		if a.text("publishedVersion", "id") != c.published || a.text("savedVersion", "id") != c.saved {
			t.Errorf("%s: %s", c.id, a.body)
		}
		if c.published != "" {
			path := flowsPath + "/" + c.id + "/versions/" + c.published + "/configuration"
			if a := w.want(200, "GET", path, ""); string(a.body) != string(live) {
				t.Errorf("%s: published %s", c.id, a.body)
			}
		}
		status := 200
		if c.latest == "" {
			status = 404
		}
		if a := w.want(status, "GET", flowsPath+"/"+c.id+"/latestconfiguration", ""); status == 200 &&
			string(a.body) != c.latest {
			t.Errorf("%s: saved %s", c.id, a.body)
		}
	}
	if a := w.want(200, "GET", flowsPath+"/both/versions/1.0/configuration", ""); string(a.body) != string(old) {
		t.Errorf("an earlier version: %s", a.body)
	}
	w.want(404, "GET", flowsPath+"/both/versions/9.0/configuration", "")
	w.want(404, "GET", flowsPath+"/none/versions/1.0/configuration", "")
	if a := w.want(200, "GET", flowsPath+"?type=inboundcall", ""); !strings.Contains(string(a.body),
		`"type":"INBOUNDCALL"`) {
		t.Errorf("the answer's type: %s", a.body)
	}
}

func TestFlowLookup(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	for _, id := range []string{"a", "b", "c"} {
		w.must(w.AddFlow(fmt.Appendf(nil, `{"id":%q}`, id), nil))
	}
	if got := ids(t, w.want(200, "GET", flowsPath+"/lookup?id=c&id=none&id=a", "").body); !slices.Equal(got,
		[]string{"c", "a"}) {
		t.Errorf("%v", got)
	}
	w.want(400, "GET", flowsPath+"/lookup", "")
	w.Deny("architect:flow:view")
	w.want(403, "GET", flowsPath+"/lookup?id=a", "")
}

func TestFlowIsSavedPublishedBrokenAndSwitchedOff(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	one, two := configCalling("dataAction", "1"), configCalling("dataAction", "2")
	w.must(w.AddFlow([]byte(`{"id":"f","active":true}`), one))
	w.must(w.SaveFlow("f", two))
	a := w.want(200, "GET", flowsPath+"/f", "")
	if a.text("publishedVersion", "id") == a.text("savedVersion", "id") {
		t.Errorf("saved and published: %s", a.body)
	}
	if got, _ := w.PublishedConfiguration("f"); string(got) != string(one) {
		t.Errorf("saving published %s", got)
	}
	w.must(w.PublishFlow("f"))
	a = w.want(200, "GET", flowsPath+"/f", "")
	got := w.want(200, "GET", flowsPath+"/f/versions/"+a.text("publishedVersion", "id")+"/configuration", "")
	if string(got.body) != string(two) || a.text("publishedVersion", "id") != a.text("savedVersion", "id") {
		t.Errorf("published %s: %s", a.body, got.body)
	}
	w.want(200, "GET", flowsPath+"/f/versions/1.0/configuration", "")

	w.must(w.BreakFlow("f", 409))
	if a := w.want(409, "GET", flowsPath+"/f/latestconfiguration", ""); a.text("entityId") != "f" {
		t.Errorf("%s", a.body)
	}
	w.want(409, "GET", flowsPath+"/f/versions/1.0/configuration", "")
	w.want(200, "GET", flowsPath+"/f", "")
	w.must(w.BreakFlow("f", 0))
	w.want(200, "GET", flowsPath+"/f/latestconfiguration", "")

	w.must(w.SetFlowActive("f", false))
	if a := w.want(200, "GET", flowsPath+"/f", ""); a.text("active") != "false" {
		t.Errorf("%s", a.body)
	}
	if w.SaveFlow("x", one) == nil || w.PublishFlow("x") == nil || w.BreakFlow("x", 409) == nil ||
		w.SetFlowActive("x", true) == nil {
		t.Error("changed an unknown flow")
	}
}

// TestSeededFlowsShowWhatIsLive checks what each seeded flow is there to show.
func TestSeededFlowsShowWhatIsLive(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	own := func(configuration map[string]any, action string) (timeout, kind string) {
		steps(configuration, 0, func(step map[string]any, _ int) {
			if step["actionName"] == action {
				kind, _ = step["__type"].(string)
				if step["useSuggestedTimeout"] == false {
					timeout = string(valueAt(mustMarshal(step), "timeout", "config", "lit", "text"))
				}
			}
		})
		return timeout, kind
	}
	cases := []struct{ flow, action, live, saved, kind string }{
		{"support", "Get order", `"P0D0H0M5S0F"`, "", "DataAction"},
		{"followup", "Get open cases", "", `"P0D0H0M5S0F"`, "DataAction"},
		{"payment", "Take card payment", `"P0D0H0M2S0F"`, `"P0D0H0M2S0F"`, "SecureAction"},
		{"identify", "Customer lookup", `"P0D0H0M10S0F"`, `"P0D0H0M10S0F"`, "DataAction"},
	}
	for _, c := range cases {
		live, kind := own(w.seededConfiguration(seededFlow(c.flow)), c.action)
		if live != c.live || kind != c.kind {
			t.Errorf("%s: %s of %s is live with %s", c.flow, kind, c.action, live)
		}
		path := flowsPath + "/" + seedOrg("").flowID(c.flow) + "/latestconfiguration"
		if saved, _ := own(decoded(t, w.want(200, "GET", path, "").body), c.action); saved != c.saved {
			t.Errorf("%s: %s is saved with %s", c.flow, c.action, saved)
		}
	}
	lists := map[string]string{"support": "botFlow commonModuleFlow dataAction", "identify": "commonModuleFlow dataAction",
		"verify": "commonModuleFlow dataAction", "messages": "dataAction digitalBotFlow",
		"payment": "dataAction secureAction"}
	for key, want := range lists {
		var got []string
		for list := range w.seededConfiguration(seededFlow(key))["manifest"].(map[string]any) {
			if strings.Contains(list, "Action") || strings.Contains(list, "Flow") {
				got = append(got, list)
			}
		}
		if slices.Sort(got); strings.Join(got, " ") != want {
			t.Errorf("%s: manifest lists %v, want %s", key, got, want)
		}
	}
	if a := w.want(200, "GET", flowsPath+"/"+w.FlowID("Christmas Hours", ""), ""); a.text("active") != "false" {
		t.Errorf("%s", a.body)
	}
	if a := w.want(200, "GET", flowsPath+"/"+w.FlowID("Delivery Reminder", ""), ""); a.text("publishedVersion") != "" {
		t.Errorf("%s", a.body)
	}
}
