package advice_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/schema"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("advice.json", bytes.NewReader(schema.Advice)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("advice.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTheSchemaTakesWhatIsWritten: documents with something of everything, and with as little as there can be.
func TestTheSchemaTakesWhatIsWritten(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	short := subject(10_000, 2500)
	m := busy(short)
	m.WholeErr, m.Slots.Total = errNo("refused"), new(int64(1))
	rich := advice.Judge(advice.Input{Subjects: []advice.Subject{short, subject(0)}, Measured: m, Accept: 0.001})
	rich.Organization = &dataaction.Organization{ID: "o", Name: "Acme"}
	for name, d := range map[string]advice.Document{
		"rich":     rich,
		"no calls": judged(subject(3000)),
		"nothing":  advice.Judge(advice.Input{Accept: 0.05}),
		"raised": judged(subject(3000),
			append(daily("", spans{400: 2000, 2500: 40}), daily("<x>", spans{3000: 30})...)...),
	} {
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %#v\n%s", name, err, raw)
		}
		var back advice.Document
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Errorf("%s is not read back: %v", name, err)
		}
		for i := range d.Actions {
			if !slices.Equal(back.Actions[i].Over, d.Actions[i].Over) {
				t.Errorf("%s: counts %v are read back as %v", name, d.Actions[i].Over, back.Actions[i].Over)
			}
		}
	}
}

// TestTheSchemaAgreesWithTheTypes: the same members on both sides, required unless they may be left out.
func TestTheSchemaAgreesWithTheTypes(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	judgement := s.Properties["actions"].Items2020.Ref
	finding := s.Properties["findings"].Items2020.Ref
	for _, c := range []struct {
		of     reflect.Type
		schema *jsonschema.Schema
	}{
		{reflect.TypeFor[advice.Document](), s}, {reflect.TypeFor[advice.Slots](), s.Properties["slots"].Ref},
		{reflect.TypeFor[advice.Judgement](), judgement}, {reflect.TypeFor[plan.Share](), judgement.Properties["at_limit"]},
		{reflect.TypeFor[advice.HangSlots](), judgement.Properties["hang_slots"]},
		{reflect.TypeFor[dataaction.Source](), judgement.Properties["sources"].Items2020.Ref},
		{reflect.TypeFor[dataaction.Flow](), finding.Properties["flow"].Ref},
		{reflect.TypeFor[plan.Step](), finding.Properties["step"].Ref},
	} {
		var members, required []string
		for field := range c.of.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "-" || name == "" {
				continue
			}
			members = append(members, name)
			if options != "omitempty" {
				required = append(required, name)
			}
		}
		var described []string
		for name := range c.schema.Properties {
			described = append(described, name)
		}
		wanted := slices.Clone(c.schema.Required)
		for _, list := range [][]string{members, required, described, wanted} {
			slices.Sort(list)
		}
		if !slices.Equal(members, described) {
			t.Errorf("%s has %v, the schema describes %v", c.of, members, described)
		}
		if !slices.Equal(required, wanted) {
			t.Errorf("%s always has %v, the schema requires %v", c.of, required, wanted)
		}
	}
}

func TestTheSchemaRefusesAnythingElse(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	raw, err := json.Marshal(judged(subject(3000), daily("", spans{400: 3000})...))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ from, to string }{
		{`"format_version":"1"`, `"format_version":"2"`}, {`"code":"keep"`, `"code":"fine"`},
		{`"calls":21000,"f`, `"calls":-1,"f`},
		{`"1000":0`, `"a second":0`}, {`"stats":{`, `"more":1,"stats":{`}, {`"source":"unknown"`, `"source":"guess"`},
	} {
		broken := strings.Replace(string(raw), change.from, change.to, 1)
		if broken == string(raw) {
			t.Fatalf("%s is not in %s", change.from, raw)
		}
		var v any
		if err := json.Unmarshal([]byte(broken), &v); err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("takes %s", change.to)
		}
	}
}
