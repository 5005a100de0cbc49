package manifest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/schema"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"gopkg.in/yaml.v3"
)

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("schema.json", bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema and the Go types describe the same document: each JSON field is there, with its type, and required
// unless omitempty.
func TestPlanSchemaAgreesWithTheTypes(t *testing.T) {
	agree(t, "plan", reflect.TypeFor[plan.Document](), compile(t, schema.Plan))
}

func agree(t *testing.T, path string, typ reflect.Type, s *jsonschema.Schema) {
	t.Helper()
	for s.Ref != nil && len(s.Types) == 0 {
		s = s.Ref
	}
	var want string
	nullable := false
	if typ.Kind() == reflect.Pointer {
		typ, nullable = typ.Elem(), true
	}
	switch {
	case typ == reflect.TypeFor[time.Time](), typ.Kind() == reflect.String:
		want = "string"
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64:
		want = "integer"
	case typ.Kind() == reflect.Float64:
		want = "number"
	case typ.Kind() == reflect.Bool:
		want = "boolean"
	case typ.Kind() == reflect.Slice:
		want = "array"
		agree(t, path+"[]", typ.Elem(), s.Items2020)
	default:
		want = "object"
		agreeObject(t, path, typ, s)
	}
	types := []string{want}
	if nullable {
		types = append(types, "null")
	}
	if !slices.Equal(s.Types, types) {
		t.Errorf("%s: the schema has type %v, the Go type %v", path, s.Types, types)
	}
}

func agreeObject(t *testing.T, path string, typ reflect.Type, s *jsonschema.Schema) {
	t.Helper()
	if s.AdditionalProperties != false {
		t.Errorf("%s: the schema allows other keys", path)
	}
	seen := map[string]bool{}
	var required []string
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		seen[name] = true
		if options != "omitempty" {
			required = append(required, name)
		}
		property := s.Properties[name]
		if property == nil {
			t.Errorf("%s: the schema lacks %s", path, name)
			continue
		}
		typ := f.Type
		if options == "omitempty" && typ.Kind() == reflect.Pointer {
			typ = typ.Elem() // left out rather than null
		}
		agree(t, path+"."+name, typ, property)
	}
	for name := range s.Properties {
		if !seen[name] {
			t.Errorf("%s: the schema has %s, which no field has", path, name)
		}
	}
	if got := slices.Sorted(slices.Values(s.Required)); !slices.Equal(got, slices.Sorted(slices.Values(required))) {
		t.Errorf("%s: the schema requires %v, the types %v", path, got, required)
	}
}

// A full plan, as the types write it, is valid; and the schema is strict.
func TestPlanSchemaTakesAPlanAndNothingElse(t *testing.T) {
	s := compile(t, schema.Plan)
	ms := int64(3000)
	digest := "sha256:" + strings.Repeat("0a", 32)
	source := dataaction.Source{File: "m.yaml", Line: 11, Column: 9}
	document := plan.Document{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.0.0", CreatedAt: time.Date(2026, 11, 23, 12, 0, 0, 0,
			time.UTC), API: dataaction.Integrations,
		Environment: "mypurecloud.ie", APIURL: "https://api.mypurecloud.ie", Digest: digest,
		Manifest: plan.Manifest{Files: []string{"m.yaml"}, Digest: digest},
		Changes: []plan.Change{
			{Change: plan.Update, Action: dataaction.Action{ID: "a", Name: "A", Category: "C", IntegrationID: "i",
				Type: "action"}, Flows: []dataaction.Flow{{ID: "f", Name: "F"}}, AfterMS: 12000,
				Sources:        []dataaction.Source{source},
				CallersChecked: plan.CheckedIndex, Callers: []plan.Caller{{Flow: dataaction.Flow{ID: "f", Name: "F",
					Type: "inboundcall"}, FlowVersion: "3.0",
					Via: []dataaction.Flow{{ID: "m", Type: "commonmodule"}}, Step: plan.CallerStep{Name: "s"}, MeetsMS: &ms}},
				LastChange: &plan.LastChange{By: "x"}, Evidence: &plan.Evidence{AtLimit: &plan.Share{Calls: 1, High: 0.5},
					Over: &ms}},
			{Change: plan.None, Action: dataaction.Action{ID: "b"}, Flows: []dataaction.Flow{}, BeforeMS: &ms,
				AfterMS: ms, Version: 4, Sources: []dataaction.Source{source},
				CallersChecked: plan.CheckedNo, Callers: []plan.Caller{}, CallersMeetMS: &ms},
		},
		Findings: []plan.Finding{
			{Severity: plan.Warning, Code: plan.StepOverridesTimeout, Message: "m", Step: &plan.Step{Name: "s",
				TrackingID: 3, Expression: "e"}, Source: &source},
			{Severity: plan.Error, Code: plan.TooManyChanges, Message: "m", Step: &plan.Step{TimeoutMS: &ms,
				CallersMeetMS: &ms}},
		},
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(edit func(map[string]any)) error {
		var v map[string]any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		edit(v)
		return s.Validate(v)
	}
	first := func(v map[string]any, list string) map[string]any { return v[list].([]any)[0].(map[string]any) }
	if err := valid(func(map[string]any) {}); err != nil {
		t.Errorf("%#v", err)
	}
	if err := valid(func(v map[string]any) {
		v["api"] = "flows"
		v["changes"] = v["changes"].([]any)[:1]
	}); err != nil {
		t.Errorf("on surface flows: %#v", err)
	}
	for name, edit := range map[string]func(map[string]any){
		"an unknown key":             func(v map[string]any) { v["extra"] = 1 },
		"another version":            func(v map[string]any) { v["format_version"] = "2" },
		"no findings":                func(v map[string]any) { delete(v, "findings") },
		"findings that are null":     func(v map[string]any) { v["findings"] = nil },
		"a digest of another kind":   func(v map[string]any) { v["digest"] = "md5:00" },
		"a time that is none":        func(v map[string]any) { v["created_at"] = "today" },
		"an unknown surface":         func(v map[string]any) { v["api"] = "web" },
		"no before_ms":               func(v map[string]any) { delete(first(v, "changes"), "before_ms") },
		"no callers":                 func(v map[string]any) { delete(first(v, "changes"), "callers") },
		"callers checked otherwise":  func(v map[string]any) { first(v, "changes")["callers_checked"] = "yes" },
		"no organization":            func(v map[string]any) { delete(v, "organization") },
		"an unknown change":          func(v map[string]any) { first(v, "changes")["change"] = "create" },
		"a change of no action":      func(v map[string]any) { first(v, "changes")["action"] = map[string]any{} },
		"after_ms as text":           func(v map[string]any) { first(v, "changes")["after_ms"] = "12s" },
		"an unknown code":            func(v map[string]any) { first(v, "findings")["code"] = "odd" },
		"a source that is null":      func(v map[string]any) { first(v, "findings")["source"] = nil },
		"on flows a change for none": func(v map[string]any) { v["api"] = "flows" },
	} {
		if valid(edit) == nil {
			t.Errorf("%s is valid", name)
		}
	}
}

// Each finding that package plan knows is in the schema, and the other way round.
func TestPlanSchemaListsTheCodes(t *testing.T) {
	var got []string
	for _, code := range compile(t, schema.Plan).Properties["findings"].Items2020.Ref.Properties["code"].Enum {
		got = append(got, code.(string))
	}
	text, err := os.ReadFile("../plan/document.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	_, codes, _ := strings.Cut(string(text), "// Codes of findings.")
	codes, _, _ = strings.Cut(codes, ")\n")
	for line := range strings.SplitSeq(codes, "\n") {
		if _, value, ok := strings.Cut(line, "= "); ok {
			want = append(want, strings.Trim(value, `"`))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Error(diff)
	}
}

const orgs = "version: 1\norganizations: {a: {environment: eu-west-1}}\n"

// An editor that knows the schema alone must mark what Load refuses, as far as a schema can tell, and take what Load
// takes.
func TestManifestSchemaAlone(t *testing.T) {
	s := compile(t, schema.Manifest)
	for text, ok := range map[string]bool{
		"version: 1": true,
		"version: 1\nflows:\nactions:\ndefaults:":                                                true,
		"version: 1\nactions: [{id: a, timeout: 10s}, {name: b, category: c, integration: d}]":   true,
		"version: 1\napi: flows\nflows: [{id: a}, {name: b, type: c, actions: [{id: d}]}]":       true,
		"version: 1\nenvironment: mypurecloud.com.au\ndefaults: {timeout: 1m}":                   true,
		"version: 1\nenvironment: us-east-1":                                                     true,
		"version: 1\nx-common: &c {timeout: 3s}\nactions: [{id: a, <<: *c}]":                     true,
		"version: 1\norganizations: {a-1: {environment: eu-west-1, id: b}}":                      true,
		orgs + "actions: [{name: b, timeout: {a: 1s, default: 2s}, only: [a]}]":                  true,
		orgs + "actions: [{name: b, id: {a: c}, integration: {a: d}}, {id: {a: c}}]":             true,
		orgs + "defaults: {timeout: {default: 2s}}\nflows: [{name: b, only: [a]}]":               true,
		"version: 1\nactions: [{id: a, reason: b, owner: c, until: \"2026-12-31\", accept: []}]": true,
		"version: 1\nactions: [{id: a, accept: [{finding: timeout-lowered, reason: b}]}]":        true,
		"version: 1\nactions: [{id: a, accept: [{finding: timeout-lowered}]}]":                   false,
		"version: 1\nactions: [{id: a, accept: [{finding: action-not-found, reason: b}]}]":       false,
		"version: 1\nactions: [{id: a, accept: [{finding: draft-exists, reason: b, c: d}]}]":     false,
		"version: 1\nactions: [{id: a, reason: \"b\\nc\"}]":                                      false,
		"version: 1\nactions: [{id: a, owner: ' '}]":                                             false,
		"version: 1\nactions: [{id: a, until: soon}]":                                            false,
		"version: 1\norganizations: {}":                                                          false,
		"version: 1\norganizations: {all: {environment: eu-west-1}}":                             false,
		"version: 1\norganizations: {A: {environment: eu-west-1}}":                               false,
		"version: 1\norganizations: {a: {id: b}}":                                                false,
		"version: 1\norganizations: {a: {environment: eu-west-1, other: b}}":                     false,
		orgs + "actions: [{name: b, timeout: {}}]":                                               false,
		orgs + "actions: [{name: b, timeout: {a: 3}}]":                                           false,
		orgs + "actions: [{name: b, timeout: {A: 3s}}]":                                          false,
		orgs + "actions: [{name: b, id: {default: c}}]":                                          false,
		orgs + "actions: [{name: b, id: {a: 3}}]":                                                false,
		orgs + "actions: [{name: b, only: []}]":                                                  false,
		orgs + "actions: [{name: b, only: a}]":                                                   false,
		orgs + "actions: [{name: b, only: [a, a]}]":                                              false,
		orgs + "actions: [{name: b, id: c}]":                                                     false,
		orgs + "actions: [{timeout: {a: 3s}}]":                                                   false,
		orgs + "actions: [{name: b, timeout: {all: 3s}}]":                                        false,
		orgs + "actions: [{name: b, id: {all: c}}]":                                              false,
		orgs + "actions: [{name: b, only: [default]}]":                                           false,
		orgs + "actions: [{name: b, timeout: {default: 3}}]":                                     false,
		orgs + "defaults: {timeout: {a: 3}}":                                                     false,
		"api: flows":                                                                             false,
		"version: 2":                                                                             false,
		"version: '1'":                                                                           false,
		"version: 1\nother: 1":                                                                   false,
		"version: 1\napi: web":                                                                   false,
		"version: 1\nenvironment: https://mypurecloud.ie":                                        false,
		"version: 1\ndefaults: {timeout: 10}":                                                    false,
		"version: 1\ndefaults: {other: 10s}":                                                     false,
		"version: 1\nactions: [{timeout: 10s}]":                                                  false,
		"version: 1\nactions: [{id: a, name: b}]":                                                false,
		"version: 1\nactions: [{id: a, category: b}]":                                            false,
		"version: 1\nactions: [{id: 5}]":                                                         false,
		"version: 1\nactions: [{id: ''}]":                                                        false,
		"version: 1\nactions: [{id: a, timeout: 3000}]":                                          false,
		"version: 1\nactions: [{id: a, timeout: '10'}]":                                          false,
		"version: 1\nactions: [{id: a, timeout: 1.5s}]":                                          false,
		"version: 1\nactions: [{id: a, timeout: 10 s}]":                                          false,
		"version: 1\nactions: [{id: a, timeout: 1h}]":                                            false,
		"version: 1\nflows: [{actions: []}]":                                                     false,
		"version: 1\nflows: [{id: a, type: b}]":                                                  false,
		"version: 1\nflows: [{id: a, other: b}]":                                                 false,
		"version: 1\nflows: {id: a}":                                                             false,
	} {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		_, problems, err := manifest.Load([]string{"-"}, manifest.Options{Stdin: strings.NewReader(withTimeouts(text))})
		if err != nil || (len(problems) == 0) != ok {
			t.Errorf("%q: the schema says %v, Load %v, %v", text, ok, problems, err)
		}
	}
}

// withTimeouts gives entries a timeout by default, which is not the schema's matter.
func withTimeouts(text string) string {
	if strings.Contains(text, "defaults") {
		return text
	}
	return text + "\ndefaults: {timeout: 3s}"
}

// Editors show titles and descriptions: each key has both.
func TestManifestSchemaExplainsEachKey(t *testing.T) {
	var v map[string]any
	if err := json.Unmarshal(schema.Manifest, &v); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(path string, v any)
	walk = func(path string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		for key, value := range m {
			if key == "if" {
				continue // a condition, not keys
			}
			walk(path+"/"+key, value)
			if key != "properties" {
				continue
			}
			for name, property := range value.(map[string]any) {
				property, described := property.(map[string]any)
				if !described {
					continue // false: the key that must not be there
				}
				n++
				for _, word := range []string{"title", "description"} {
					if property[word] == nil {
						t.Errorf("%s/properties/%s has no %s", path, name, word)
					}
				}
			}
		}
	}
	walk("", v)
	if n < 15 {
		t.Errorf("only %d keys", n)
	}
}

func TestExamplesAreValid(t *testing.T) {
	var files []string
	for _, folder := range []string{"../../examples", "../../examples/several-environments",
		"../../examples/organizations"} {
		found, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil || len(found) == 0 {
			t.Fatal(folder, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		m, problems, err := manifest.Load([]string{file}, manifest.Options{})
		if err != nil || len(problems) > 0 || m.Entries == 0 {
			t.Errorf("%s: %d entries, error %v, problems %v", file, m.Entries, err, problems)
		}
		for _, o := range m.Organizations {
			if len(m.Desired(o.Name).Entries) < 3 {
				t.Errorf("%s: %s has %d entries", file, o.Name, len(m.Desired(o.Name).Entries))
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		link, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), link)); !ok || err != nil {
			t.Errorf("%s: the first line leads to no schema: %v", file, err)
		}
	}
	for _, organisation := range []string{"test", "production"} {
		folder := "../../examples/several-environments/"
		m, problems, err := manifest.Load([]string{folder + "timeouts.yaml", folder + organisation + ".yaml"},
			manifest.Options{})
		desired := m.Desired("")
		if err != nil || len(problems) > 0 || desired.Environment == "" || len(desired.Entries) != 4 {
			t.Errorf("%s: %+v, error %v, problems %v", organisation, desired, err, problems)
		}
	}
}
