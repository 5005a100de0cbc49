package flowconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"

	"github.com/google/go-cmp/cmp"
)

func TestParseFindsActionsAndSteps(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "inbound-support.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := Parse(iotest.OneByteReader(f))
	if err != nil {
		t.Fatal(err)
	}
	id := func(n int) string { return fmt.Sprintf("custom_-_5b7f9d0a-3c59-4c11-8c84-1d8a1ab0e%03d", n) }
	want := dataaction.Calls{
		Flow: dataaction.Flow{Name: "Inbound Support", Type: "inboundcall"},
		Actions: []dataaction.Action{{ID: id(1), Name: "Customer lookup"}, {ID: id(2), Name: "Get order"},
			{ID: id(9), Name: "Never called"},
			{ID: id(3), Name: "Check balance"}},
		Steps: []dataaction.Step{
			{Name: "Look up caller", TrackingID: 12, ActionID: id(1), ActionName: "Customer lookup", Suggested: true,
				Timeout: new(time.Minute)},
			{Name: "Get order", TrackingID: 14, ActionID: id(2), ActionName: "Get order", Timeout: new(5 * time.Second)},
			{Name: "Balance", TrackingID: 21, ActionID: id(3), ActionName: "Check balance", Expression: "Flow.patience"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseStepTimeouts(t *testing.T) {
	sec5 := new(5 * time.Second)
	for _, tt := range []struct {
		name, members string
		want          dataaction.Step
	}{
		{"none, nothing said", ``, dataaction.Step{Suggested: true}},
		{"none, not suggested", `,"useSuggestedTimeout":false`, dataaction.Step{}},
		{"literal, nothing said", `,"timeout":{"config":{"lit":{"text":"P0D0H0M5S0F"}}}`, dataaction.Step{Timeout: sec5}},
		{"ISO 8601", `,"timeout":{"config":{"lit":{"text":"PT5S"}}}`,
			dataaction.Step{Timeout: sec5}},
		{"text alone", `,"timeout":{"text":"P0D0H0M5S0F"}`, dataaction.Step{Timeout: sec5}},
		{"literal without text", `,"timeout":{"config":{"lit":{}},"text":"PT5S"}`, dataaction.Step{Timeout: sec5}},
		{"literal as a string", `,"timeout":{"config":{"lit":"PT5S"}}`, dataaction.Step{Timeout: sec5}},
		{"timeout as a string", `,"timeout":"PT5S"`, dataaction.Step{Timeout: sec5}},
		{"empty", `,"timeout":{"config":{"emp":{"pos":1,"text":"","type":"dur"}},"text":""}`,
			dataaction.Step{Suggested: true}},
		{"null", `,"useSuggestedTimeout":null,"timeout":null`, dataaction.Step{Suggested: true}},
		{"suggested as a string", `,"useSuggestedTimeout":"True"`, dataaction.Step{Suggested: true}},
		{"not suggested as a string", `,"useSuggestedTimeout":"false"`, dataaction.Step{}},
		{"suggested is not a boolean", `,"useSuggestedTimeout":{"x":1}`, dataaction.Step{Suggested: true}},
		{"reference", `,"timeout":{"config":{"ref":{"text":"Flow.t","val":"x"}}}`, dataaction.Step{Expression: "Flow.t"}},
		{"expression", `,"timeout":{"config":{"exp":{"text":"MakeDuration(0,0,0,5)",` +
			`"parts":[{"lit":{"text":"PT5S"}}]}}}`, dataaction.Step{Expression: "MakeDuration(0,0,0,5)"}},
		{"expression, text outside", `,"timeout":{"text":"If(x, y, z)","config":{"exp":{"pos":1}}}`,
			dataaction.Step{Expression: "If(x, y, z)"}},
		{"expression without text", `,"timeout":{"config":{"fn":{}}}`, dataaction.Step{Expression: "expression"}},
		{"expression as an array", `,"timeout":{"config":{"fn":["a"]}}`, dataaction.Step{Expression: "expression"}},
		{"expression as a string", `,"timeout":{"config":{"exp":"Flow.t"}}`, dataaction.Step{Expression: "Flow.t"}},
		{"an expression that looks like a literal", `,"timeout":{"config":{"exp":{"text":"PT5S"}}}`,
			dataaction.Step{Expression: "PT5S"}},
		{"a literal nobody can read", `,"timeout":{"config":{"lit":{"text":"soon"}}}`, dataaction.Step{Expression: "soon"}},
		{"a bare number", `,"timeout":5`, dataaction.Step{Expression: "5"}},
		{"the last of two", `,"timeout":{"config":{"exp":{"text":"x"}}},"timeout":{"config":{"lit":{"text":"PT5S"}}}`,
			dataaction.Step{Timeout: sec5}},
		{"zero", `,"timeout":{"config":{"lit":{"text":"P0D0H0M0S0F"}}}`, dataaction.Step{Timeout: new(time.Duration(0))}},
		{"wrong types", `,"name":{"a":1},"actionId":[1],"actionName":null,"trackingId":"x","timeout":[5]`,
			dataaction.Step{Suggested: true}},
		{"types nearly right", `,"name":7,"trackingId":"15"`, dataaction.Step{Name: "7", TrackingID: 15, Suggested: true}},
		{"a whole number with a fraction", `,"trackingId":1.5e1`, dataaction.Step{TrackingID: 15, Suggested: true}},
		{"escapes", `,"n\u0061me":"a\"b\u00e9\ud83c\udfa7"`, dataaction.Step{Name: "a\"bé🎧", Suggested: true}},
		{"broken text", ",\"name\":\"a\xff\\ud800\"", dataaction.Step{Name: "a\uFFFD\uFFFD", Suggested: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, doc := range []string{
				`{"x":[[{"__type":"DataAction"` + tt.members + `}]]}`,
				`{"x":{"y":{` + strings.TrimPrefix(tt.members+`,"__type":"DataAction"`, ",") + `}}}`,
			} {
				got, err := Parse(strings.NewReader(doc))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]dataaction.Step{tt.want}, got.Steps); diff != "" {
					t.Errorf("%s\n%s", doc, diff)
				}
			}
		})
	}
}

func TestParseOddShapes(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      dataaction.Calls
	}{
		{"empty", `{}`, dataaction.Calls{}},
		{"secure steps, as payment flows have them",
			`{"manifest":{"secureAction":[{"id":"s","name":"Pay"}]},"x":[{"__type":"SecureAction","actionId":"s",` +
				`"actionName":"Pay",` +
				`"name":"Take payment","useSuggestedTimeout":false,"timeout":{"config":{"lit":{"text":"P0D0H0M2S0F"}}}}]}`,
			dataaction.Calls{Actions: []dataaction.Action{{ID: "s", Name: "Pay"}}, Steps: []dataaction.Step{
				{Name: "Take payment", ActionID: "s", ActionName: "Pay", Timeout: new(2 * time.Second)}}}},
		{"called modules and bots, each once",
			`{"manifest":{"commonModuleFlow":[{"id":"m","name":"Module","version":"2.0"},{"id":"m"},7,{"name":"no id"}],` +
				`"botFlow":[{"name":"Bot","id":"b","context":[{"id":"c"}]}],"digitalBotFlow":[{"id":"d"}],` +
				`"bridgeAction":[{"id":"x"}]}}`,
			dataaction.Calls{Flows: []dataaction.Flow{{ID: "m", Name: "Module", Type: "commonmodule"},
				{ID: "b", Name: "Bot", Type: "bot"}, {ID: "d", Type: "digitalbot"}}}},
		{"a bridge action is another kind of action", `{"a":[{"__type":"BridgeServerAction","actionId":"x"}]}`,
			dataaction.Calls{}},
		{"null everywhere", `{"name":null,"manifest":null,"flowSequenceItemList":null}`, dataaction.Calls{}},
		{"manifest of another type", `{"manifest":{"dataAction":{"id":"a"}}}`, dataaction.Calls{}},
		{"one level down", `{"flow":{"manifest":{"dataAction":[{"id":"a","name":"A"}]}}}`,
			dataaction.Calls{Actions: []dataaction.Action{{ID: "a", Name: "A"}}}},
		{"references of other types",
			`{"manifest":{"dataAction":["a",1,null,[{"id":"x"}],{"id":"a"},{"id":"a","name":"again"},{"id":7},{}]}}`,
			dataaction.Calls{Actions: []dataaction.Action{{ID: "a"}, {ID: "7"}}}},
		{"the context's ids are not the action's",
			`{"manifest":{"dataAction":[{"context":[{"id":"c","name":"C"}],"id":"a","name":"A"}]}}`,
			dataaction.Calls{Actions: []dataaction.Action{{ID: "a", Name: "A"}}}},
		{"a manifest deep inside is none", `{"a":{"b":{"manifest":{"dataAction":[{"id":"a"}]}}}}`, dataaction.Calls{}},
		{"other types are no steps",
			`{"a":[{"__type":"DataActions"},{"__type":["DataAction"]},{"_type":"DataAction"},"DataAction"]}`,
			dataaction.Calls{}},
		{"a step inside a step",
			`{"a":{"__type":"DataAction","name":"outer","timeout":{"x":{"name":"inner","__type":"DataAction"}},"trackingId":1}}`,
			dataaction.Calls{Steps: []dataaction.Step{{Name: "inner", Suggested: true},
				{Name: "outer", TrackingID: 1, Suggested: true}}}},
		{"the root is a step", `{"__type":"DataAction","name":"r"}`,
			dataaction.Calls{Flow: dataaction.Flow{Name: "r"}, Steps: []dataaction.Step{{Name: "r", Suggested: true}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseDeepNesting(t *testing.T) {
	step := `{"name":"deep","__type":"DataAction"}`
	doc := func(levels int) string {
		return strings.Repeat(`{"name":"n","a":[`, levels) + step + strings.Repeat(`]}`, levels)
	}
	got, err := Parse(strings.NewReader(doc(4_500)))
	if err != nil || len(got.Steps) != 1 || got.Steps[0].Name != "deep" {
		t.Errorf("9,000 levels: got %+v, %v", got.Steps, err)
	}
	if _, err := Parse(strings.NewReader(doc(5_500))); err == nil || !strings.Contains(err.Error(),
		"nested more than 10000 levels deep") {
		t.Errorf("11,000 levels: got %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		doc, problem string
		offset       int64
		cut          bool
	}{
		{``, "ends where a value", 0, true},
		{`  `, "ends where a value", 2, true},
		{`{"a":[1,2`, "ends inside an object or array", 9, true},
		{`{"a":"x`, "ends inside a string", 7, true},
		{`{"a":"\u00`, "ends inside a string", 10, true},
		{`{"a":tru`, "ends inside a number or a word", 8, true},
		{`{"a"`, "ends where a colon", 4, true},
		{`{"a":1,`, "ends where a member's name", 7, true},
		{`<html>`, `'<' where a value is expected`, 0, false},
		{`{"a":1]`, "where a comma or", 6, false},
		{`{"a" 1}`, "a colon is expected", 5, false},
		{`{a:1}`, "a member's name in quotes", 1, false},
		{`{"a":01}`, `"01" is not a value`, 5, false},
		{`{"a":"\x"}`, "unknown escape", 7, false},
		{"{\"a\":\"\n\"}", "control character", 6, false},
		{`{"a":1} {}`, "after the document's end", 8, false},
	} {
		t.Run(tt.doc, func(t *testing.T) {
			_, err := Parse(strings.NewReader(tt.doc))
			var syntax *rawjson.SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), tt.problem) {
				t.Fatalf("got %v, want a *SyntaxError with %q", err, tt.problem)
			}
			if syntax.Offset != tt.offset || errors.Is(err, io.ErrUnexpectedEOF) != tt.cut {
				t.Errorf("got offset %d, cut %v", syntax.Offset, errors.Is(err, io.ErrUnexpectedEOF))
			}
		})
	}
	for _, doc := range []string{`[]`, `"DataAction"`, `1`, `null`} {
		if _, err := Parse(strings.NewReader(doc)); !errors.Is(err, ErrNotObject) {
			t.Errorf("%s: got %v", doc, err)
		}
	}
	broken := errors.New("connection reset")
	for _, doc := range []string{``, `{"a":`, `{"a":12`, `{"a":"x`, `{"a":1}`} {
		_, err := Parse(io.MultiReader(strings.NewReader(doc), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want the reader's own error", doc, err)
		}
	}
}

var (
	ballast = `{"text":"` + strings.Repeat("some text ", 2000) + `","list":[` + strings.Repeat("[[1.5],",
		200) + strings.Repeat("2],", 200) + `1]}`
	zeros = bytes.Repeat([]byte("0"), 1<<20)
)

// generated is a configuration of at least size bytes, made while it is read; it ends after its step number `steps`.
type generated struct {
	size, done, steps int
	rest              string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		switch {
		case g.done == 0:
			g.rest = `{"name":"Big","manifest":{"dataAction":[]},"flowSequenceItemList":[0`
		case g.done < g.size:
			g.steps++
			g.rest = fmt.Sprintf(`,{"id":"%d","uiMetaData":%s,"actionList":[{"__type":"DataAction",`+
				`"actionId":"custom_-_%d"}]}`, g.steps, ballast, g.steps%50)
		case g.steps > 0:
			g.rest, g.steps = "]}", -g.steps
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	g.done += n
	return n, nil
}

// watched notes the most memory in use while it is read, without garbage: how much of that there is depends on how busy
// the machine is.
type watched struct {
	r     io.Reader
	reads int
	most  uint64
}

func (w *watched) Read(p []byte) (int, error) {
	if w.reads++; w.reads%100 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapInuse)
	}
	return w.r.Read(p)
}

func TestParseKeepsMemoryFlat(t *testing.T) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g := &generated{size: 50 << 20}
	w := &watched{r: g}
	got, err := Parse(w)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Steps) != -g.steps || g.done < 50<<20 || len(got.Actions) != 50 {
		t.Errorf("found %d steps and %d actions in %d bytes, want %d and 50", len(got.Steps), len(got.Actions),
			g.done, -g.steps)
	}
	if grown := int64(w.most) - int64(m.HeapInuse); w.most == 0 || grown > 2<<20 {
		t.Errorf("memory in use grew by %d KiB", grown>>10)
	}
	parts := []io.Reader{strings.NewReader(`{"a":"`)}
	for range 20 {
		parts = append(parts, bytes.NewReader(zeros))
	}
	w = &watched{r: io.MultiReader(append(parts, strings.NewReader(`","name":"n"}`))...)}
	if got, err := Parse(w); err != nil || got.Flow.Name != "n" {
		t.Errorf("one string of 20 MB: got %+v, %v", got, err)
	}
	if grown := int64(w.most) - int64(m.HeapInuse); grown > 2<<20 {
		t.Errorf("one string of 20 MB: memory in use grew by %d KiB", grown>>10)
	}
}

// TestRealConfigurations reads flow exports that are not part of the repository.
func TestRealConfigurations(t *testing.T) {
	const variable = "GENESYS_TIMEOUTS_FLOW_FIXTURES"
	folder := os.Getenv(variable)
	if folder == "" {
		t.Skip(variable + " names no folder of real flow configurations (*.json)")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s=%s: no *.json there (%v)", variable, folder, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got, err := Parse(f)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Steps) == 0 || len(got.Actions) == 0 {
				t.Fatalf("found %d steps and %d actions", len(got.Steps), len(got.Actions))
			}
			if filepath.Base(file) != "flow-configuration.json" {
				return
			}
			s := got.Steps[0]
			if len(got.Steps) != 1 || !s.Suggested || s.Timeout == nil || *s.Timeout != time.Minute ||
				s.ActionID != got.Actions[0].ID {
				t.Errorf("got %+v, want the one step with the suggested timeout and a minute", got.Steps)
			}
		})
	}
}
