package manifest

import (
	"errors"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/dataaction"
)

// Merged is the result of MergeFiles.
type Merged struct {
	// Files are the files given, in order; at most the target has other bytes.
	Files []File
	// Changed is the index of the file that changed, or -1.
	Changed int
	// Added counts the entries added, those in comments too.
	Added int
	// Gone are entries that no longer exist live.
	Gone []Gone
}

// Gone is an entry whose action is not live in an organization.
type Gone struct {
	// Org is empty for a manifest without organizations.
	Org   string
	Entry dataaction.Entry
}

// MergeFiles adds the flows and entries of the output that all files together lack to one of them: into, or the only
// one. What they list for some organizations only is missing in the others. It inserts lines and rewrites none, so
// comments, order and layout stay. An existing entry keeps its timeout. Entries without a timeout are added as
// comments, once. Blank files are taken; as the target, one becomes a new manifest.
//
// An entry exists where a file selects the same action in the same words, or by the same name with a category or
// integration; that an id and a name mean the same action is for the caller to know. On surface integrations it may be
// listed anywhere. Where a list cannot be extended line by line (in brackets, or an alias), the missing part follows as
// a separate document.
//
// A manifest with organizations takes an output for some or all of them; entries for some get `only`.
//
// exists (may be nil) reports whether the action of an entry is live, for Gone. An error means that the files have
// problems (Load reports them all), or are for another surface or other organizations. Environments are not compared:
// one may be a region and the other its domain.
func MergeFiles(files []File, into string, o Output, exists func(org string, e dataaction.Entry) bool) (Merged, error) {
	if o.API == "" {
		o.API = dataaction.Integrations
	}
	target := 0
	if into != "" || len(files) != 1 {
		target = slices.IndexFunc(files, func(f File) bool { return f.Name == into })
	}
	if target < 0 {
		return Merged{}, fmt.Errorf("merging into manifests: %q is not one of them", into)
	}
	before, err := open(files, target)
	if err != nil {
		return Merged{}, fmt.Errorf("merging into a manifest: %w", err)
	}
	out, added, err := before.merge(o)
	if err != nil {
		return Merged{}, fmt.Errorf("merging into a manifest: %w", err)
	}
	result := Merged{Files: slices.Clone(files), Changed: -1, Added: added, Gone: before.gone(exists)}
	if out != nil {
		result.Files[target].Data, result.Changed = out, target
	}
	return result, nil
}

// merge is the target with what is missing; nil where nothing is.
func (m *editable) merge(o Output) ([]byte, int, error) {
	if !slices.ContainsFunc(m.files, func(f File) bool { return !blankFile(f.Data) }) {
		out, err := Encode(o)
		return out, o.count(), err
	}
	if m.manifest.documents == 0 {
		m.api = o.API
	}
	if err := m.fits(&o); err != nil {
		return nil, 0, err
	}
	missing := m.missing(o)
	if missing.empty() {
		return nil, 0, nil
	}
	ways := []func(*editable, addition) ([]byte, error){(*editable).splice, (*editable).appendDocument}
	if blankFile(m.files[m.target].Data) {
		ways = []func(*editable, addition) ([]byte, error){(*editable).newFile}
	}
	var err error
	for _, way := range ways {
		var out []byte
		if out, err = way(m, missing); err == nil {
			if err = m.verify(out, missing); err == nil {
				return out, missing.count(), nil
			}
		}
	}
	return nil, 0, err
}

// fits says what of an output the manifest has no place for, and keeps entries to the output's organizations.
func (m *editable) fits(o *Output) error {
	declared, given := m.manifest.Organizations, o.Organizations
	switch {
	case m.api != o.API:
		return fmt.Errorf("it is for surface %s, and the new entries are for %s", m.api, o.API)
	case len(declared) == 0 && len(given) == 0:
		return nil
	case len(declared) == 0:
		return errors.New("it declares no organizations, and the new entries are for some")
	case len(given) == 0:
		return errors.New("it declares organizations, and the new entries are for none of them by name")
	}
	var within []string
	for _, g := range given {
		if !slices.ContainsFunc(declared, func(d Organization) bool { return d.Name == g.Name }) {
			return fmt.Errorf("it does not declare organization %q", g.Name)
		}
		within = append(within, g.Name)
	}
	if len(within) < len(declared) {
		o.keepTo(within)
	}
	return nil
}

// keepTo restricts what has no `only` to some organizations.
func (o *Output) keepTo(orgs []string) {
	o.Actions, o.Flows = slices.Clone(o.Actions), slices.Clone(o.Flows)
	keep := func(list []OutputEntry) {
		for i := range list {
			if len(list[i].Only) == 0 {
				list[i].Only = orgs
			}
		}
	}
	keep(o.Actions)
	for i := range o.Flows {
		f := &o.Flows[i]
		if f.Entries = slices.Clone(f.Entries); len(f.Only) == 0 {
			f.Only = orgs
		}
		keep(f.Entries)
	}
}

func (m *editable) gone(exists func(org string, e dataaction.Entry) bool) []Gone {
	var out []Gone
	for _, d := range m.manifest.desired {
		for _, e := range d.Entries {
			if exists != nil && !exists(d.Org, e) {
				out = append(out, Gone{d.Org, e})
			}
		}
	}
	return out
}

// addition is what the files lack.
type addition struct {
	api dataaction.API
	// known are entries for flows of the target, by the flow's position.
	known   map[int][]OutputEntry
	flows   []OutputFlow
	actions []OutputEntry
}

func (a addition) empty() bool { return len(a.known) == 0 && len(a.flows) == 0 && len(a.actions) == 0 }

func (a addition) count() int {
	n := Output{Flows: a.flows, Actions: a.actions}.count()
	for _, entries := range a.known {
		n += len(entries)
	}
	return n
}

func (o Output) count() int {
	n := len(o.Actions)
	for _, f := range o.Flows {
		n += len(f.Entries)
	}
	return n
}

// normal is a selector as written: an id needs nothing beside it.
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

func (m *editable) key(flow int, s dataaction.Selector) placed {
	if m.api != dataaction.Flows {
		flow = -1
	}
	return placed{flow, s}
}

// verify reads the result, and makes sure that in every organization it says what the files said and what was added,
// and nothing else.
func (m *editable) verify(out []byte, a addition) error {
	files := slices.Clone(m.files)
	files[m.target].Data = out
	after, err := open(files, m.target)
	if err != nil {
		return fmt.Errorf("the result would not be valid: %w", err)
	}
	for i, before := range m.manifest.desired {
		if !slices.Equal(m.said(before, &a), after.said(after.manifest.desired[i], nil)) {
			return errors.New("the result would not say what the manifest said before")
		}
	}
	for _, f := range a.flows {
		if after.flowAt(f.Selector) < 0 {
			return fmt.Errorf("the result would lack flow %s", quote(f.Selector.ID+f.Selector.Name))
		}
	}
	return nil
}

// said lists what an organization should have, with what is added to it, in an order that does not depend on where it
// is written.
func (m *editable) said(d dataaction.Desired, a *addition) []string {
	var out []string
	say := func(flow *dataaction.FlowSelector, e dataaction.Entry) {
		if flow == nil {
			flow = &dataaction.FlowSelector{}
		}
		out = append(out, fmt.Sprintf("%q %q %q %v %q %q %q %d", flow.ID, flow.Name, flow.Type, e.Action, e.Reason,
			e.Owner, e.Until,
			e.Timeout)+fmt.Sprint(len(e.Accept)))
	}
	for _, e := range d.Entries {
		say(e.Flow, e)
	}
	if a != nil {
		add := func(flow *dataaction.FlowSelector, entries []OutputEntry) {
			for _, e := range entries {
				if own, ok := e.in(d.Org); ok {
					say(flow, own)
				}
			}
		}
		for at, entries := range a.known {
			if m.flows[at].only.has(d.Org) {
				add(&m.flows[at].FlowSelector, entries)
			}
		}
		for _, f := range a.flows {
			if isFor(f.Only, d.Org) {
				add(new(writtenFlow(f.Selector)), f.Entries)
			}
		}
		add(nil, a.actions)
	}
	slices.Sort(out)
	return out
}

// writtenFlow is a flow's selector as written.
func writtenFlow(s dataaction.FlowSelector) dataaction.FlowSelector {
	if s.ID != "" {
		return dataaction.FlowSelector{ID: s.ID}
	}
	return s
}
