package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// TimeoutEdit changes the timeout of one entry in one organization.
type TimeoutEdit struct {
	// Source is the entry's, as Load returns it; its File is the name of a File.
	Source dataaction.Source
	// Org is empty for a manifest without organizations.
	Org string
	// From is the timeout that the entry has to ask for now; To is the new one.
	From, To time.Duration
}

// Skipped is an edit that was left out, and why.
type Skipped struct {
	TimeoutEdit
	Reason string
}

// SetTimeouts changes timeouts in place: the number's bytes, so that comments, quotes and order stay. An entry that
// inherits its timeout gets a line `timeout:`; in a map by organization only that organization's key changes or is
// added; one timeout for all becomes a map where organizations come to differ, in which the others keep theirs.
// Defaults never change. What cannot change alone is skipped: entries that ask for something else than From, aliases
// and what they share, entries in braces.
//
// The files come back in their order, with the changed bytes. The result is read again: an error means that other
// things than these timeouts would differ, and that nothing may be written.
func SetTimeouts(files []File, edits []TimeoutEdit) ([]File, []Skipped, error) {
	out := slices.Clone(files)
	var skipped []Skipped
	applied := map[TimeoutEdit]bool{}
	var before *editable
	for i, f := range files {
		var own []TimeoutEdit
		for _, e := range edits {
			if e.Source.File == f.Name {
				own = append(own, e)
			}
		}
		if len(own) == 0 {
			continue
		}
		m, err := open(files, i)
		if err != nil {
			return nil, nil, fmt.Errorf("editing %s: %w", plainName(f.Name), err)
		}
		before = m
		s := setter{editable: m, shared: m.sharedNodes(), now: m.timeouts()}
		s.set(own)
		skipped = append(skipped, s.skipped...)
		for _, e := range s.done {
			applied[e] = true
		}
		if len(s.done) > 0 {
			out[i].Data = s.bytes()
		}
	}
	for _, e := range edits {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Name == e.Source.File }) {
			skipped = append(skipped, Skipped{e, "its file is not among those to edit"})
		}
	}
	if len(applied) == 0 {
		return out, skipped, nil
	}
	after, err := open(out, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("editing timeouts: the result would not be valid: %w", err)
	}
	if err := onlyTimeouts(before.manifest, after.manifest, applied); err != nil {
		return nil, nil, fmt.Errorf("editing timeouts: %w", err)
	}
	return out, skipped, nil
}

// setter edits one file.
type setter struct {
	*editable
	// shared are the nodes that an alias refers to, with all below them.
	shared map[*yaml.Node]bool
	// now are the timeouts of each entry by organization.
	now          map[dataaction.Source]map[string]time.Duration
	replacements []replacement
	insertions   []insertion
	done         []TimeoutEdit
	skipped      []Skipped
}

// replacement is a new text for some bytes of a line.
type replacement struct {
	line, start, end int
	text             string
}

func (m *editable) sharedNodes() map[*yaml.Node]bool {
	shared := map[*yaml.Node]bool{}
	var mark, walk func(n *yaml.Node)
	mark = func(n *yaml.Node) {
		if n == nil || shared[n] {
			return
		}
		shared[n] = true
		for _, child := range n.Content {
			mark(child)
		}
	}
	walk = func(n *yaml.Node) {
		mark(n.Alias)
		for _, child := range n.Content {
			walk(child)
		}
	}
	for _, d := range m.documents {
		walk(d.root)
	}
	return shared
}

func (m *editable) timeouts() map[dataaction.Source]map[string]time.Duration {
	out := map[dataaction.Source]map[string]time.Duration{}
	for _, d := range m.manifest.desired {
		for _, e := range d.Entries {
			if out[e.Source] == nil {
				out[e.Source] = map[string]time.Duration{}
			}
			out[e.Source][d.Org] = e.Timeout
		}
	}
	return out
}

// set edits entry by entry.
func (s *setter) set(edits []TimeoutEdit) {
	bySource := map[dataaction.Source][]TimeoutEdit{}
	for _, e := range edits {
		switch now, ok := s.now[e.Source][e.Org]; {
		case !ok:
			s.skip("no entry here", e)
		case now != e.From:
			s.skip(fmt.Sprintf("the manifest asks for %s and the live timeout is %s", dataaction.Text(now),
				dataaction.Text(e.From)), e)
		case isUTF16(s.files[s.target].Data):
			s.skip("the file is UTF-16; save it as UTF-8", e)
		default:
			bySource[e.Source] = append(bySource[e.Source], e)
		}
	}
	for _, d := range s.documents {
		for i := range d.entries {
			n := d.entries[i].node
			at := d.reader.source(n)
			if group := bySource[at]; len(group) > 0 {
				s.setEntry(d, n, group)
				delete(bySource, at)
			}
		}
	}
}

func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF})
}

func (s *setter) skip(reason string, edits ...TimeoutEdit) {
	for _, e := range edits {
		s.skipped = append(s.skipped, Skipped{e, reason})
	}
}

// bytes is the file with the edits, those of one line from the right.
func (s *setter) bytes() []byte {
	slices.Reverse(s.replacements) // what goes to one place keeps its order
	slices.SortStableFunc(s.replacements, func(a, b replacement) int { return b.start - a.start })
	for _, r := range s.replacements {
		given := s.given[r.line]
		s.given[r.line] = slices.Concat(given[:r.start], []byte(r.text), given[r.end:])
	}
	return s.insert(s.insertions)
}

// onlyTimeouts makes sure that exactly the applied edits differ.
func onlyTimeouts(before, after Manifest, applied map[TimeoutEdit]bool) error {
	wanted := map[string]time.Duration{}
	key := func(org string, s dataaction.Source) string {
		return fmt.Sprintf("%s %d %d %s", org, s.Line, s.Column, s.File)
	}
	for e := range applied {
		wanted[key(e.Org, e.Source)] = e.To
	}
	for i, b := range before.desired {
		a := after.desired[i]
		if len(a.Entries) != len(b.Entries) || a.Org != b.Org {
			return errors.New("the result would have other entries")
		}
		for k, entry := range b.Entries {
			if to, ok := wanted[key(b.Org, entry.Source)]; ok {
				entry.Timeout = to
			}
			if spell, said := saidOf(a.Entries[k]), saidOf(entry); spell != said {
				return fmt.Errorf("the result would change more than the timeout of %s", at(entry.Source))
			}
		}
	}
	return nil
}

// saidOf is what an entry says, without its place.
func saidOf(e dataaction.Entry) string {
	var b strings.Builder
	if e.Flow != nil {
		fmt.Fprintf(&b, "%q ", *e.Flow)
	}
	fmt.Fprintf(&b, "%q %d %q %q %q", e.Action, e.Timeout, e.Reason, e.Owner, e.Until)
	for _, a := range e.Accept {
		fmt.Fprintf(&b, " %q %q %q", a.Finding, a.Step, a.Reason)
	}
	return b.String()
}
