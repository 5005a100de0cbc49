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

func TestSeedIsAContactCentre(t *testing.T) {
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
	if n := len(w.Actions()); n < 38 || n > 45 || len(integrations) != 4 || kinds["static"] < 2 || kinds["customAuth"] != 1 || unset < 3 {
		t.Errorf("%d actions in %d integrations, %v, %d without a timeout", n, len(integrations), kinds, unset)
	}
	if twice := names["Get customer"]; len(twice) != 2 || twice[0] == twice[1] {
		t.Errorf("Get customer is in %v", twice)
	}
	if f, ok := w.Function(w.ActionID("Score call intent", "Function Data Actions")); !ok || textAt(f, "function", "timeoutSeconds") != "5" {
		t.Errorf("%s", f)
	}
	a := w.want(200, "GET", actionsPath+"/"+w.ActionID("Set contact preferences", "")+"?includeConfig=true", "")
	w.want(200, "GET", a.text("config", "request", "requestTemplateUri"), "")
	if w.FlowID("Inbound Support", "inboundcall") == w.FlowID("Inbound Support", "digitalbot") {
		t.Error("the two flows named Inbound Support are one")
	}
}

func TestSeedIsTheSameEveryTime(t *testing.T) {
	one, two := start(t, Options{}), start(t, Options{})
	if !slices.Equal(one.Actions(), two.Actions()) {
		t.Error("ids differ")
	}
	for _, path := range []string{actionsPath + "?pageSize=100&includeConfig=true", "/api/v2/flows", "/api/v2/flows/" + one.FlowID("Support In-Queue", "") + "/latestconfiguration"} {
		if !bytes.Equal(one.want(200, "GET", path, "").body, two.want(200, "GET", path, "").body) {
			t.Errorf("%s differs", path)
		}
	}
}

// steps walks a configuration for its Call Data Action steps, with the depth at which each stands.
func steps(v any, depth int, found func(step map[string]any, depth int)) {
	switch v := v.(type) {
	case map[string]any:
		if v["__type"] == "DataAction" {
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

func TestSeededConfigurations(t *testing.T) {
	w := start(t, Options{})
	var flows []string
	depths, suggested, expressions := map[int]bool{}, map[bool]int{}, 0
	for _, f := range seedFlows() {
		id := seedFlowID(f.key)
		flows = append(flows, id)
		var config map[string]any
		w.must(json.Unmarshal(w.want(200, "GET", "/api/v2/flows/"+id+"/latestconfiguration", "").body, &config))
		listed := map[any]bool{}
		for _, e := range config["manifest"].(map[string]any)["dataAction"].([]any) {
			entry := e.(map[string]any)
			listed[entry["id"]] = true
			if doc, ok := w.Action(entry["id"].(string)); !ok || textAt(doc, "name") != entry["name"] || len(entry["context"].([]any)) == 0 {
				t.Errorf("%s: manifest entry %v", f.name, entry)
			}
		}
		called, parts := map[any]bool{}, map[any]bool{}
		steps(config, 0, func(step map[string]any, depth int) {
			depths[depth] = true
			called[step["actionId"]] = true
			if parts[step["id"]] || step["trackingId"] == nil || step["actionName"] == "" {
				t.Errorf("%s: step %v", f.name, step["name"])
			}
			parts[step["id"]] = true
			suggested[step["useSuggestedTimeout"].(bool)]++
			timeout := step["timeout"].(map[string]any)["config"].(map[string]any)
			if lit, ok := timeout["lit"].(map[string]any); !ok {
				expressions++
			} else if !regexp.MustCompile(`^P\d+D\d+H\d+M\d+S\d+F$`).MatchString(lit["text"].(string)) {
				t.Errorf("%s: timeout %v", f.name, lit)
			}
		})
		if len(called) == 0 || len(called) != len(listed) {
			t.Errorf("%s calls %d actions and lists %d", f.name, len(called), len(listed))
		}
	}
	if len(flows) != 6 || len(depths) < 4 || suggested[true] < 10 || suggested[false] < 4 || expressions != 1 {
		t.Errorf("%d flows, steps at depths %v, suggested %v, %d expressions", len(flows), depths, suggested, expressions)
	}
}

func TestSeededFlowActions(t *testing.T) {
	w := start(t, Options{})
	kinds, shapes := map[string]int{}, map[string]int{}
	for _, f := range seedFlows() {
		for _, id := range w.FlowActions(seedFlowID(f.key)) {
			doc, _ := w.FlowAction(seedFlowID(f.key), id)
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
			w.want(200, "PUT", nested+"/"+id+"?flowId="+seedFlowID(f.key), string(doc)) // as it stands it is valid
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

// entry is an action or a flow of a demo manifest, which are written so that a line's shape tells what it is.
var entry = regexp.MustCompile(`(?m)^( *)- (name|id): ([^#\n]*[^# \n])(?:.*\n +type: (\w+))?(?:.*\n +category: (\w+))?`)

// TestDemoManifestsNameSeeds looks every name of the demo manifests up in the seed, for exactly one of it.
func TestDemoManifestsNameSeeds(t *testing.T) {
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
