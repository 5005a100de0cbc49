package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/schema"
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

func valid(t *testing.T, s *jsonschema.Schema, document any, edit func(map[string]any)) error {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, document); err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	edit(v)
	return s.Validate(v)
}

// jsonFields are a type's JSON keys, those of embedded structs included, and whether each is always written.
func jsonFields(typ reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			maps.Copy(fields, jsonFields(f.Type))
		case name != "-":
			fields[name] = f
		}
	}
	return fields
}

// agree asserts that a type and its schema have the same keys, required unless omitempty, with the same types. Keys in
// optional may be missing from the type or not required.
func agree(t *testing.T, path string, typ reflect.Type, s *jsonschema.Schema, optional ...string) {
	t.Helper()
	for s.Ref != nil && len(s.Types) == 0 {
		s = s.Ref
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if len(s.OneOf) == 2 { // null, or the type
		s = s.OneOf[1].Ref
	}
	want := "object"
	switch {
	case typ == reflect.TypeFor[time.Time](), typ.Kind() == reflect.String:
		want = "string"
	case typ.Kind() == reflect.Bool:
		want = "boolean"
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64:
		want = "integer"
	case typ.Kind() == reflect.Slice:
		want = "array"
		agree(t, path+"[]", typ.Elem(), s.Items2020, optional...)
	}
	if !slices.Contains(s.Types, want) {
		t.Errorf("%s: the schema has type %v, the Go type is %v", path, s.Types, typ)
	}
	if want != "object" {
		return
	}
	if s.AdditionalProperties != false {
		t.Errorf("%s: the schema allows other keys", path)
	}
	fields := jsonFields(typ)
	for name, f := range fields {
		property := s.Properties[name]
		if property == nil {
			t.Errorf("%s: the schema lacks %s", path, name)
			continue
		}
		always := !strings.Contains(f.Tag.Get("json"), ",omitempty")
		if always != slices.Contains(s.Required, name) && !slices.Contains(optional, name) {
			t.Errorf("%s.%s: always written %v, required %v", path, name, always, s.Required)
		}
		agree(t, path+"."+name, f.Type, property, optional...)
	}
	for name := range s.Properties {
		if _, ok := fields[name]; !ok && !slices.Contains(optional, name) {
			t.Errorf("%s: the schema has %s, which no field has", path, name)
		}
	}
}

func TestReportSchemaAgreesWithTheType(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Report)
	agree(t, "report", reflect.TypeFor[plan.Report](), s)

	r := sampleReport()
	r.Findings = samplePlan().Findings
	if err := valid(t, s, r, func(map[string]any) {}); err != nil {
		t.Errorf("%#v", err)
	}
	if err := valid(t, s, r, func(v map[string]any) { v["organization"] = nil }); err != nil {
		t.Errorf("without an organisation: %#v", err)
	}
	first := func(v map[string]any) map[string]any { return v["results"].([]any)[0].(map[string]any) }
	for name, edit := range map[string]func(map[string]any){
		"unknown key":            func(v map[string]any) { v["extra"] = 1 },
		"no organization":        func(v map[string]any) { delete(v, "organization") },
		"no plan digest":         func(v map[string]any) { delete(v, "plan_digest") },
		"unknown status":         func(v map[string]any) { first(v)["status"] = "done" },
		"no before_ms":           func(v map[string]any) { delete(first(v), "before_ms") },
		"unknown code of a find": func(v map[string]any) { v["findings"].([]any)[0].(map[string]any)["code"] = "odd" },
	} {
		if valid(t, s, r, edit) == nil {
			t.Errorf("%s: valid", name)
		}
	}
}

func TestReportSchemaListsTheCodes(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, code := range compile(t, schema.Report).Properties["findings"].Items2020.Ref.Properties["code"].Enum {
		got = append(got, code.(string))
	}
	text, err := os.ReadFile("../plan/document.go")
	if err != nil {
		t.Fatal(err)
	}
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

func TestListSchemaAgreesWithTheTypes(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.List)
	agree(t, "list", reflect.TypeFor[report.List](), s, "callers", "last_change")
	agree(t, "show", reflect.TypeFor[report.Show](), s, "callers", "last_change")
	for name, document := range map[string]any{"list": sampleList(), "show": sampleShow(),
		"empty": report.NewList("mypurecloud.ie", nil, nil), "unknown": report.NewShow("", nil, []report.ShownAction{{}})} {
		if err := valid(t, s, document, func(map[string]any) {}); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
	first := func(v map[string]any) map[string]any { return v["actions"].([]any)[0].(map[string]any) }
	for name, edit := range map[string]func(map[string]any){
		"unknown key":            func(v map[string]any) { v["extra"] = 1 },
		"no timeout":             func(v map[string]any) { delete(first(v), "timeout_ms") },
		"callers without change": func(v map[string]any) { delete(first(v), "last_change") },
		"null sources":           func(v map[string]any) { first(v)["sources"] = nil },
	} {
		if valid(t, s, sampleShow(), edit) == nil {
			t.Errorf("%s: valid", name)
		}
	}
}
