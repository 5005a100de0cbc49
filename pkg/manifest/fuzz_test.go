package manifest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// FuzzLoad: whatever the bytes, Load returns problems with a place and one line of text, or entries that can be written
// and read back.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(err, files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		hang := time.AfterFunc(5*time.Second, func() { panic("no answer in 5 s") })
		defer hang.Stop()
		m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text)})
		desired := m.Desired("")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.String(), "\n\r\x1b") {
				t.Errorf("%#v", p)
			}
		}
		if len(problems) > 0 || len(m.Organizations) > 0 {
			return
		}
		o := outputOf(desired)
		roundTrip(t, o)
		if merged, err := merge([]byte(text), o); err != nil || string(merged) != text {
			t.Errorf("merging a manifest into itself: error %v\n%q\nbecame\n%q", err, text, merged)
		}
	})
}

// outputOf is the output of what was read: each flow once, with all of its entries.
func outputOf(desired dataaction.Desired) Output {
	o := Output{API: desired.API, Environment: desired.Environment}
	place := map[dataaction.FlowSelector]int{}
	for _, f := range desired.Flows {
		if _, ok := place[f.Flow]; !ok {
			place[f.Flow] = len(o.Flows)
			o.Flows = append(o.Flows, OutputFlow{Selector: f.Flow})
		}
	}
	for _, e := range desired.Entries {
		entry := OutputEntry{Selector: e.Action, Timeout: &e.Timeout}
		if e.Flow == nil {
			o.Actions = append(o.Actions, entry)
			continue
		}
		flow := &o.Flows[place[*e.Flow]]
		flow.Entries = append(flow.Entries, entry)
	}
	return o
}

// FuzzEncode: whatever the names, the output reads back exactly, and merging it into a manifest keeps every line.
func FuzzEncode(f *testing.F) {
	for i, name := range hostileNames[:90] {
		f.Add(name, hostileNames[(i+7)%90], hostileNames[(i+31)%90], uint8(i))
	}
	f.Fuzz(func(t *testing.T, flow, name, note string, n uint8) {
		timeout := time.Duration(1+n%15) * time.Second
		o := Output{API: dataaction.Integrations, Header: []string{note},
			Flows: []OutputFlow{{Selector: dataaction.FlowSelector{Name: flow}, Comment: note, Entries: []OutputEntry{
				{Selector: dataaction.Selector{Name: name}, Timeout: &timeout,
					Comment: note}, {Selector: dataaction.Selector{ID: flow}, Comment: note},
			}}},
			Actions: []OutputEntry{{Selector: dataaction.Selector{Name: name, Category: note, IntegrationID: flow},
				Timeout: &timeout}},
		}
		if _, err := Encode(o); err != nil {
			return
		}
		roundTrip(t, o)
		const existing = "version: 1\nflows:\n  - id: other # kept\nactions:\n  - id: another\n    timeout: 3s\n"
		merged, err := merge([]byte(existing), o)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(existing, "\n") {
			if !strings.Contains(string(merged), line) {
				t.Errorf("%q is gone from\n%s", line, merged)
			}
		}
	})
}

// FuzzOrganizations: whatever the bytes, a valid manifest says of each organization what its own manifest
// could say, merging nothing into it changes nothing, and its timeouts change alone or not at all.
func FuzzOrganizations(f *testing.F) {
	f.Add(severalOrganizations, uint8(1))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 20 {
		f.Add(generate(r).text, uint8(i))
	}
	for _, file := range []string{"organizations", "organizations_none", "organizations_missing"} {
		text, err := os.ReadFile("testdata/problems/" + file + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		hang := time.AfterFunc(5*time.Second, func() { panic("no answer in 5 s") })
		defer hang.Stop()
		m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.String(), "\n\r\x1b") {
				t.Errorf("%#v", p)
			}
		}
		if len(problems) > 0 || len(m.Organizations) == 0 {
			return
		}
		var edits []TimeoutEdit
		for i, o := range m.Organizations {
			desired := m.Desired(o.Name)
			roundTrip(t, outputOf(desired))
			for k, e := range desired.Entries {
				if (i+k+int(n))%3 > 0 {
					edits = append(edits, TimeoutEdit{Source: e.Source, Org: o.Name, From: e.Timeout,
						To: time.Duration(1+n%15) * time.Second})
				}
			}
		}
		o := Output{API: m.common.API, Organizations: m.Organizations}
		if merged, err := merge([]byte(text), o); err != nil || string(merged) != text {
			t.Errorf("merging nothing: error %v\n%q\nbecame\n%q", err, text, merged)
		}
		if files, _, err := SetTimeouts([]File{{"-", []byte(text)}}, edits); err == nil {
			mustLoad(t, []string{"-"}, Options{Stdin: strings.NewReader(string(files[0].Data))})
		}
	})
}
