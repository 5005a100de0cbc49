package manifest

import (
	"bytes"
	"errors"
	"fmt"

	"genesys-timeouts/pkg/dataaction"
)

// Merge adds to a manifest the flows and entries of the output that it lacks, and changes nothing else: lines are put in, none is
// rewritten, so comments, order and layout stay. Where nothing is missing the bytes come back as they were. What is there
// already keeps its timeout. Entries without a timeout are added as comments, once.
//
// An entry is there where the manifest selects the same action in the same words, or by the same name told apart further; that an id and
// a name mean one action is for the caller to know. On surface integrations an action that is listed anywhere is there. Where a
// list cannot be added to line by line (it is written in brackets, or is an alias), the missing part follows as a document of its own.
//
// The error is for a manifest that has problems (Load tells them all), or is for another surface than the output. Environments are
// not compared: one may be a region's name and the other its domain.
func Merge(existing []byte, o Output) ([]byte, error) {
	if o.API == "" {
		o.API = dataaction.Integrations
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(existing, byteOrderMark))) == 0 {
		return Encode(o)
	}
	before, err := readBack(existing)
	if err != nil {
		return nil, fmt.Errorf("merging into a manifest: %w", err)
	}
	if len(before.documents) > 0 && before.desired.API != o.API {
		return nil, fmt.Errorf("merging into a manifest: it is for surface %s, and what is to be added is for %s", before.desired.API, o.API)
	}
	missing := before.missing(o)
	if missing.empty() {
		return existing, nil
	}
	for _, way := range []func(*manuscript, addition) ([]byte, error){(*manuscript).splice, (*manuscript).appendDocument} {
		var out []byte
		if out, err = way(before, missing); err == nil {
			if err = before.verify(out, missing); err == nil {
				return out, nil
			}
		}
	}
	return nil, fmt.Errorf("merging into a manifest: %w", err)
}

// addition is what a manifest lacks.
type addition struct {
	api dataaction.API
	// known are entries for flows that the manifest names, by the flow's position in its flows.
	known   map[int][]OutputEntry
	flows   []OutputFlow
	actions []OutputEntry
}

func (a addition) empty() bool { return len(a.known) == 0 && len(a.flows) == 0 && len(a.actions) == 0 }

// missing finds what the manifest lacks.
func (m *manuscript) missing(o Output) addition {
	a := addition{api: o.API, known: map[int][]OutputEntry{}}
	there := m.listed()
	lacking := func(at int, entries []OutputEntry) []OutputEntry {
		var out []OutputEntry
		added := map[dataaction.Selector]bool{}
		for _, e := range entries {
			s := normal(e.Selector)
			if there[m.key(o.API, at, s)] || added[s] || e.Timeout == nil && m.unset[m.key(o.API, at, s)] {
				continue
			}
			added[s] = true
			out = append(out, e)
		}
		return out
	}
	for _, f := range o.Flows {
		at := m.flowAt(f.Selector)
		entries := lacking(at, f.Entries)
		switch {
		case at < 0:
			f.Entries = entries
			a.flows = append(a.flows, f)
		case len(entries) > 0:
			a.known[at] = append(a.known[at], entries...)
		}
	}
	a.actions = lacking(-1, o.Actions)
	return a
}

// normal is a selector as it is written: an id needs nothing beside it.
func normal(s dataaction.Selector) dataaction.Selector {
	if s.ID != "" {
		return dataaction.Selector{ID: s.ID}
	}
	return s
}

// placed is an action where it counts: on surface flows in its flow, by that flow's position, else anywhere.
type placed struct {
	flow   int
	action dataaction.Selector
}

func (m *manuscript) key(api dataaction.API, flow int, s dataaction.Selector) placed {
	if api != dataaction.Flows {
		flow = -1
	}
	return placed{flow, s}
}

// listed are the entries of the manifest; one that tells its name apart is also there by its name alone.
func (m *manuscript) listed() map[placed]bool {
	out := make(map[placed]bool, 2*len(m.desired.Entries))
	for _, e := range m.desired.Entries {
		flow := -1
		if e.Flow != nil && m.desired.API == dataaction.Flows {
			flow = m.flowAt(*e.Flow)
		}
		out[placed{flow, e.Action}] = true
		if e.Action.Name != "" {
			out[placed{flow, dataaction.Selector{Name: e.Action.Name}}] = true
		}
	}
	return out
}

// verify reads the result, and makes sure that it says what the manifest said and what was added, and nothing else.
func (m *manuscript) verify(out []byte, a addition) error {
	after, err := readBack(out)
	if err != nil {
		return fmt.Errorf("the result would not be valid: %w", err)
	}
	count := map[string]int{}
	say := func(flow *dataaction.FlowSelector, s dataaction.Selector, timeout string) string {
		if flow == nil {
			flow = &dataaction.FlowSelector{}
		}
		return fmt.Sprintf("%q %q %q %q %q %q %q %s", flow.ID, flow.Name, flow.Type, s.ID, s.Name, s.Category, s.IntegrationID, timeout)
	}
	for _, e := range after.desired.Entries {
		count[say(e.Flow, e.Action, dataaction.Text(e.Timeout))]++
	}
	for _, e := range m.desired.Entries {
		count[say(e.Flow, e.Action, dataaction.Text(e.Timeout))]--
	}
	expect := func(flow *dataaction.FlowSelector, entries []OutputEntry) {
		for _, e := range entries {
			if e.Timeout != nil {
				count[say(flow, normal(e.Selector), dataaction.Text(*e.Timeout))]--
			}
		}
	}
	for at, entries := range a.known {
		expect(&m.desired.Flows[at].Flow, entries)
	}
	for _, f := range a.flows {
		expect(new(writtenFlow(f.Selector)), f.Entries)
		if after.flowAt(f.Selector) < 0 {
			return fmt.Errorf("the result would lack the flow %s", quote(f.Selector.ID+f.Selector.Name))
		}
	}
	expect(nil, a.actions)
	for _, n := range count {
		if n != 0 {
			return errors.New("the result would not say what the manifest said before")
		}
	}
	return nil
}

// writtenFlow is a flow's selector as it is written.
func writtenFlow(s dataaction.FlowSelector) dataaction.FlowSelector {
	if s.ID != "" {
		return dataaction.FlowSelector{ID: s.ID}
	}
	return s
}
