package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSeedIsAnOrganization(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	integrations, names, kinds := map[string]bool{}, map[string][]string{}, map[string]int{}
	unset := 0
	for _, id := range w.Actions() {
		doc, _ := w.Action(id)
		integrations[textAt(doc, "integrationId")] = true
		names[textAt(doc, "name")] = append(names[textAt(doc, "name")], textAt(doc, "integrationId"))
		prefix, _, _ := strings.Cut(id, "_-_")
		kinds[prefix]++
		if _, function := w.Function(id); !function && prefix == "custom" && valueAt(doc, "config", "timeoutSeconds") == nil {
			unset++
		}
	}
	n := len(w.Actions())
	if n < 38 || n > 45 || len(integrations) != 4 || kinds["static"] < 2 || kinds["customAuth"] != 1 || unset < 3 {
		t.Errorf("%d actions in %d integrations, %v, %d without a timeout", n, len(integrations), kinds, unset)
	}
	if twice := names["Get customer"]; len(twice) != 2 || twice[0] == twice[1] {
		t.Errorf("Get customer is in %v", twice)
	}
	f, ok := w.Function(w.ActionID("Score call intent", "Function Data Actions"))
	if !ok || textAt(f, "function", "timeoutSeconds") != "5" {
		t.Errorf("%s", f)
	}
	a := w.want(200, "GET", actionsPath+"/"+w.ActionID("Set contact preferences", "")+"?includeConfig=true", "")
	w.want(200, "GET", a.text("config", "request", "requestTemplateUri"), "")
	if w.FlowID("Inbound Support", "inboundcall") == w.FlowID("Inbound Support", "digitalbot") {
		t.Error("the two flows named Inbound Support are one")
	}
}

func TestSeedIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	one, two := start(t, Options{}), start(t, Options{})
	if !slices.Equal(one.Actions(), two.Actions()) {
		t.Error("ids differ")
	}
	for _, path := range []string{
		actionsPath + "?pageSize=100&includeConfig=true", "/api/v2/flows",
		"/api/v2/flows/" + one.FlowID("Support In-Queue", "") + "/latestconfiguration",
	} {
		if !bytes.Equal(one.want(200, "GET", path, "").body, two.want(200, "GET", path, "").body) {
			t.Errorf("%s differs", path)
		}
	}
}

// steps walks a configuration for its Call Data Action and Call Secure Data Action steps, with each one's depth.
func steps(v any, depth int, found func(step map[string]any, depth int)) {
	switch v := v.(type) {
	case map[string]any:
		if v["__type"] == "DataAction" || v["__type"] == "SecureAction" {
			found(v, depth)
		}
		for _, key := range sortedKeys(v) {
			steps(v[key], depth+1, found)
		}
	case []any:
		for _, e := range v {
			steps(e, depth+1, found)
		}
	}
}

// seededConfiguration reads what callers of a seeded flow meet, or, where it was never published, what is saved.
func (w *world) seededConfiguration(f seedFlow) map[string]any {
	w.t.Helper()
	path := "/api/v2/flows/" + seedOrg("").flowID(f.key)
	configuration := path + "/latestconfiguration"
	if version := w.want(200, "GET", path, "").text("publishedVersion", "id"); version != "" {
		configuration = path + "/versions/" + version + "/configuration"
	} else if f.live != nil {
		w.t.Errorf("%s has no published version", f.name)
	}
	var config map[string]any
	w.must(json.Unmarshal(w.want(200, "GET", configuration, "").body, &config))
	return config
}

var durations = regexp.MustCompile(`^P\d+D\d+H\d+M\d+S\d+F$`)

func TestSeededConfigurations(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	depths, suggested, kinds, expressions := map[int]bool{}, map[bool]int{}, map[string]int{}, 0
	for _, f := range seedFlows() {
		config := w.seededConfiguration(f)
		listed := map[any]bool{}
		for _, list := range []string{"dataAction", "secureAction"} {
			entries, _ := config["manifest"].(map[string]any)[list].([]any)
			for _, e := range entries {
				entry := e.(map[string]any)
				listed[entry["id"]] = true
				doc, ok := w.Action(entry["id"].(string))
				if !ok || textAt(doc, "name") != entry["name"] || len(entry["context"].([]any)) == 0 {
					t.Errorf("%s: manifest entry %v", f.name, entry)
				}
			}
		}
		called, parts := map[any]bool{}, map[any]bool{}
		steps(config, 0, func(step map[string]any, depth int) {
			depths[depth] = true
			called[step["actionId"]] = true
			kinds[step["__type"].(string)]++
			if parts[step["id"]] || step["trackingId"] == nil || step["actionName"] == "" {
				t.Errorf("%s: step %v", f.name, step["name"])
			}
			parts[step["id"]] = true
			suggested[step["useSuggestedTimeout"].(bool)]++
			timeout := step["timeout"].(map[string]any)["config"].(map[string]any)
			if lit, ok := timeout["lit"].(map[string]any); !ok {
				expressions++
			} else if !durations.MatchString(lit["text"].(string)) {
				t.Errorf("%s: timeout %v", f.name, lit)
			}
		})
		if len(called) == 0 && f.key != "messages" || len(called) != len(listed) {
			t.Errorf("%s calls %d actions and lists %d", f.name, len(called), len(listed))
		}
	}
	if len(depths) < 4 || suggested[true] < 10 || suggested[false] < 4 || expressions != 1 || kinds["SecureAction"] != 2 {
		t.Errorf("steps at depths %v, suggested %v, %d expressions, kinds %v", depths, suggested, expressions, kinds)
	}
}

func TestSeededFlowActions(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	kinds, shapes := map[string]int{}, map[string]int{}
	for _, f := range seedFlows() {
		for _, id := range w.FlowActions(seedOrg("").flowID(f.key)) {
			doc, _ := w.FlowAction(seedOrg("").flowID(f.key), id)
			kinds[textAt(doc, "type")]++
			switch def := valueAt(doc, "definition"); {
			case def[0] == '"':
				shapes["string"]++
			case valueAt(def, "options") == nil:
				shapes["no options"]++
			}
			if valueAt(doc, "executionTimeout") == nil && valueAt(definitionOf(doc), "options", "timeout") == nil {
				shapes["unset"]++
			}
			w.want(200, "PUT", nested+"/"+id+"?flowId="+seedOrg("").flowID(f.key), string(doc)) // valid as it is
		}
	}
	for _, kind := range []string{"rest", "javascript", "python", "java", "soap"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	if shapes["string"] == 0 || shapes["no options"] == 0 || shapes["unset"] < 3 {
		t.Errorf("%v", shapes)
	}
}

// entry is an action or a flow of a demo manifest, whose layout tells them apart.
var entry = regexp.MustCompile(`(?m)^( *)- (name|id): ([^#\n]*[^# \n])(?:.*\n +type: (\w+))?(?:.*\n +category: (\w+))?`)

// TestDemoManifestsNameSeeds: every name in the demo manifests is exactly one seeded action or flow.
func TestDemoManifestsNameSeeds(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	for _, api := range []string{"integrations", "flows"} {
		flow, flows, actions := "", 0, 0
		for _, m := range entry.FindAllStringSubmatch(string(DemoManifest(api)), -1) {
			name, kind, category := m[3], m[4], m[5]
			if len(m[1]) == 2 && !strings.HasPrefix(name, "custom_-_") && w.isFlow(name) {
				flows++
				if flow = name; m[2] == "name" {
					flow = w.FlowID(name, kind)
				}
				continue
			}
			actions++
			if n := w.seededActions(api, flow, name, category); n != 1 {
				t.Errorf("%s: %q is %d seeded actions", api, name, n)
			}
		}
		if flows < 3 || actions < 10 {
			t.Errorf("%s: %d flows and %d actions", api, flows, actions)
		}
	}
	if string(DemoManifest("")) != string(DemoManifest("integrations")) || DemoManifest("other") != nil {
		t.Error("a surface that does not exist has a demo, or none is not the default")
	}
}

func (w *world) isFlow(name string) bool { return w.FlowID(name, "") != "" || w.flowByID[name] != nil }

func (w *world) seededActions(api, flow, name, category string) int {
	n := 0
	if api == "flows" {
		for _, id := range w.FlowActions(flow) {
			if doc, _ := w.FlowAction(flow, id); textAt(doc, "name") == name {
				n++
			}
		}
		return n
	}
	for _, id := range w.Actions() {
		doc, _ := w.Action(id)
		if id == name || textAt(doc, "name") == name && (category == "" || textAt(doc, "category") == category) {
			n++
		}
	}
	return n
}

func ExampleServer_Env() {
	s, err := Start(Options{ClientID: "demo", ClientSecret: "not-a-secret", Listen: "127.0.0.1:0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	fmt.Println(s.Env()["GENESYS_CLIENT_ID"], s.Env()["GENESYS_API_URL"] == s.URL())
	// Output: demo true
}

func decoded(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSeededFunctionsAreToldByEvidence: neither the category nor the template alone decides.
func TestSeededFunctionsAreToldByEvidence(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	guid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	cases := []struct {
		name, category string
		function       bool
	}{
		{"Score call intent", "Function Data Actions", true},
		{"Match duplicates", "CRM Functions", true},
		{"Detect sentiment", "Function Data Actions", true},
		{"Archive order", "Function Data Actions (archive)", false},
	}
	for _, c := range cases {
		id := w.ActionID(c.name, c.category)
		a := w.want(200, "GET", actionsPath+"/"+id+"?includeConfig=true", "")
		if got := guid.MatchString(a.text("config", "request", "requestUrlTemplate")); got != c.function {
			t.Errorf("%s: %s", c.name, a.body)
		}
		status := 404
		if c.function {
			status = 200
		}
		w.want(status, "GET", actionsPath+"/"+id+"/function", "")
	}
}
