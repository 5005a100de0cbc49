package manifest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
)

func seconds(n int) *time.Duration {
	d := time.Duration(n) * time.Second
	return &d
}

func TestEncode(t *testing.T) {
	got, err := Encode(Output{
		Environment: "mypurecloud.ie",
		Header:      []string{"Exported by genesys-timeouts.", "Two\nlines\n\nand a gap"},

		Flows: []OutputFlow{
			{Selector: dataaction.FlowSelector{Name: "Inbound Support", Type: "inboundcall"}, Entries: []OutputEntry{
				{Selector: dataaction.Selector{Name: "Customer lookup"}, Timeout: seconds(12)},
				{Selector: dataaction.Selector{Name: "Unset", Category: "CRM"}, Comment: "a comment"},
			}},
			{Selector: dataaction.FlowSelector{ID: "7f3a", Name: "", Type: "ignored"},
				Comment: "No actions # here\nversion: 2"},
			{Selector: dataaction.FlowSelector{Name: "yes"},
				Entries: []OutputEntry{{Selector: dataaction.Selector{ID: "custom_-_1"}}}},
		},
		Actions: []OutputEntry{
			{Selector: dataaction.Selector{ID: "custom_-_2", Category: "not written"}, Timeout: seconds(60),
				Comment: "Get \u2028 order"},
			{Selector: dataaction.Selector{Name: "- Say \"hi\": #1 \\ 😀", Category: "0123", IntegrationID: "0d2f"},
				Timeout: seconds(5)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/encode.golden.yaml", string(got))
	write(t, map[string]string{"m.yaml": string(got)})
	if desired := mustLoad(t, []string{"m.yaml"}, Options{}); len(desired.Entries) != 3 || len(desired.Flows) != 3 {
		t.Errorf("%+v", desired)
	}
}

func TestEncodeRefusesWhatNoManifestCanSay(t *testing.T) {
	entry := func(s dataaction.Selector, d time.Duration) Output {
		return Output{Actions: []OutputEntry{{Selector: s, Timeout: &d}}}
	}
	for want, o := range map[string]Output{
		`action "": neither id nor name`: entry(dataaction.Selector{Category: "CRM"},
			time.Second),
		`action "ab": both id and name; a manifest has one`: entry(dataaction.Selector{ID: "a", Name: "b"},
			time.Second),
		`name: the text is not valid UTF-8`: entry(dataaction.Selector{Name: "a\xff"},
			time.Second),
		`timeout 0.001ms cannot be written in whole milliseconds`: entry(dataaction.Selector{Name: "a"},
			time.Microsecond),
		`timeout -1s cannot be written in whole milliseconds`: entry(dataaction.Selector{Name: "a"},
			-time.Second),
		`flow "": neither id nor name`: {Flows: []OutputFlow{{}}},
		`actions have neither category nor integration on surface flows`: {API: dataaction.Flows,
			Flows: []OutputFlow{{Selector: dataaction.FlowSelector{ID: "f"},
				Entries: []OutputEntry{{Selector: dataaction.Selector{Name: "a", Category: "b"}}}}}},
		`environment: the text is not valid UTF-8`: {Environment: "\xff"},
		`writing a manifest: on surface flows every action belongs `: {API: dataaction.Flows,
			Actions: []OutputEntry{{Selector: dataaction.Selector{ID: "a"}}}},
	} {
		if out, err := Encode(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s\n%s", err, want, out)
		}
	}
}

// hostileNames are names as organisations have them, and as nobody should.
var hostileNames = []string{
	"Get order", "yes", "No", "NULL", "~", "true", "0123", "12345", "1.5", "1e3", ".inf", "0x1F", "1_000", "2024-01-01",
	"12:30:45", "=", "<<", "-", "- a", "--- a",
	"...", "?", "? a", ":", ": a", "a: b", "a:", "a #b", "#a", " leading", "trailing ", "  ", "\t", "a\tb", "a\nb",
	"\n", "a\r\nb", "\"", "'", "it's", `say "hi"`, `C:\new\temp`,
	"\\", "%a", "@a", "`a`", "!a", "!!str a", "&a", "*a", "|", ">", "|-\n a",
	"[a]", "{a}", "a, b", ",", "é", "日本語",
	"😀", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u0085", "\u2028", "\u2029", "\uFEFF",
	"\uFEFFa", "\u202Eevil", "\u200B", "\u00A0", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\u0080", "\uFFFD", "\uFFFE",
	"\uFFFF", "\U0010FFFF", "\U0001F600 x",
	"12345678-1234-1234-1234-123456789012", "1e345678-1e34-1e34-1e34-1e3456789012",
	"custom_-_9a2b4c5e-0d57-4f0e-8a55-0c6f2b7d9f10", "version: 2", "actions:\n  - id: x", "${{ secrets.X }}",
	"::error::x", "<script>", strings.Repeat("long ", 5000), strings.Repeat("x", 70_000), "y", "N", "on", "Off",
	"nan",
}

func TestHostileNamesRoundTrip(t *testing.T) {
	o := Output{API: dataaction.Integrations}
	for i, name := range hostileNames {
		o.Flows = append(o.Flows, OutputFlow{Selector: dataaction.FlowSelector{Name: name, Type: name}, Comment: name,
			Entries: []OutputEntry{
				{Selector: dataaction.Selector{Name: name, Category: name, IntegrationID: name},
					Timeout: seconds(1 + i%15),
					Comment: name}, {Selector: dataaction.Selector{Name: name}, Comment: name},
			}})
		o.Actions = append(o.Actions, OutputEntry{Selector: dataaction.Selector{ID: name}, Timeout: seconds(1 + i%15),
			Comment: name})
		o.Header = append(o.Header, name)
	}
	roundTrip(t, o)
}

// roundTrip writes, loads, and compares; and makes sure that a merge of the same finds nothing to add.
func roundTrip(t *testing.T, o Output) {
	t.Helper()
	text, err := Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Encode(o); string(again) != string(text) {
		t.Error("the same output gave other bytes")
	}
	m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(string(text))})
	got := m.Desired("")
	if err != nil || len(problems) > 0 {
		t.Fatalf("error %v, problems:\n%.2000s\nin:\n%.2000s", err, report(problems), text)
	}
	var wantFlows, gotFlows []dataaction.FlowSelector
	var want, have []dataaction.Entry
	add := func(flow *dataaction.FlowSelector, entries []OutputEntry) {
		for _, e := range entries {
			if e.Timeout != nil {
				want = append(want, dataaction.Entry{Flow: flow, Action: e.Selector, Timeout: *e.Timeout})
			}
		}
	}
	for _, f := range o.Flows {
		wantFlows = append(wantFlows, f.Selector)
		add(&f.Selector, f.Entries)
	}
	add(nil, o.Actions)
	for _, f := range got.Flows {
		gotFlows = append(gotFlows, f.Flow)
	}
	for _, e := range got.Entries {
		have = append(have, dataaction.Entry{Flow: e.Flow, Action: e.Action, Timeout: e.Timeout})
	}
	if diff := cmp.Diff(wantFlows, gotFlows) + cmp.Diff(want, have); diff != "" {
		t.Errorf("%.3000s", diff)
	}
	merged, err := merge(text, o)
	if err != nil {
		t.Fatal(err)
	}
	if string(merged) != string(text) {
		t.Errorf("merging an output into itself changed it:\n%s", cmp.Diff(string(text), string(merged)))
	}
}

// Random text, mostly of characters that mean something to YAML.
func TestRandomNamesRoundTrip(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	alphabet := []rune("ab1 -:#'\"\\\n\t,[]{}&*!|>%@`~?=._é😀\u2028\u0085\u202E\x00\x1b\uFEFF\r")
	name := func() string {
		n := 1 + r.IntN(8)
		out := make([]rune, n)
		for i := range out {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(out)
	}
	for range 300 {
		o := Output{API: []dataaction.API{dataaction.Integrations, dataaction.Flows}[r.IntN(2)]}
		names := map[string]bool{}
		entry := func() OutputEntry {
			e := OutputEntry{Comment: name()}
			for e.Selector.Name == "" || names[e.Selector.Name] {
				e.Selector.Name = name()
			}
			names[e.Selector.Name] = true
			if o.API == dataaction.Integrations && r.IntN(2) == 0 {
				e.Selector.Category = name()
			}
			if r.IntN(4) > 0 {
				e.Timeout = seconds(1 + r.IntN(15))
			}
			return e
		}
		for range r.IntN(4) {
			f := OutputFlow{Selector: dataaction.FlowSelector{Name: name(), Type: name()}, Comment: name()}
			for range r.IntN(4) {
				f.Entries = append(f.Entries, entry())
			}
			o.Flows = append(o.Flows, f)
		}
		if o.API == dataaction.Integrations {
			for range r.IntN(4) {
				o.Actions = append(o.Actions, entry())
			}
		}
		if roundTrip(t, o); t.Failed() {
			t.Fatalf("%+v", o)
		}
	}
}

func TestCommentsStayInTheirLine(t *testing.T) {
	for _, text := range append(hostileNames, "\xff\xfe", "a\xc0b") {
		got := comment(text)
		if strings.ContainsAny(got, "\n\r\t\x00\x1b\u0085\u2028\u2029\u202E\uFEFF") || !utf8.ValidString(got) {
			t.Errorf("%q became %q", text, got)
		}
	}
}
