package manifest

import (
	"fmt"
	"iter"
	"runtime"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/parallel"

	"gopkg.in/yaml.v3"
)

// entry is an action that a document lists.
type entry struct {
	flow   *flow // nil below the top-level actions
	action dataaction.Selector
	// at is where the entry begins; categoryAt and integrationAt are its keys, zero where it lacks them.
	at, categoryAt, integrationAt spot
	node                          *yaml.Node // nil where the loader forgets
	timeout                       timeout
	// badTimeout means that a timeout is there and wrong or misspelt.
	badTimeout bool
	notes      *notes
	// byOrg is nil where the entry is the same in every organization.
	byOrg *byOrg
}

// notes are what people tell each other about an entry.
type notes struct {
	reason, owner, until string
	accept               []dataaction.Accept
}

// sideBySide is how many entries are worth a goroutine.
const sideBySide = 1000

func (d *document) readEntries(f *flow, list []*yaml.Node) {
	read := len(d.entries)
	d.entries = append(d.entries, make([]entry, len(list))...)
	into, l := d.entries[read:], d.reader.loader
	forgets := d.reader.forgets()
	readRange := func(d document, from, to int) {
		for i := from; i < to; i++ {
			if into[i] = d.readEntry(f, list[i]); forgets {
				into[i].node, list[i] = nil, nil
			}
		}
	}
	if len(list) < 2*sideBySide {
		readRange(*d, 0, len(list))
		return
	}
	size := max(sideBySide, (len(list)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var parts []*loader
	group := parallel.New()
	for from := 0; from < len(list); from += size {
		own := &loader{schemas: l.schemas, shapes: map[string]bool{}} // reading an entry changes it
		parts = append(parts, own)
		r := *d.reader
		r.loader = own
		group.Go(func() error {
			readRange(document{reader: &r}, from, min(from+size, len(list)))
			return nil
		})
	}
	_ = group.Wait() // there are no errors, and a panic goes on here
	for _, own := range parts {
		l.problems = append(l.problems, own.problems...)
	}
}

func (d *document) readEntry(under *flow, n *yaml.Node) entry {
	r, s := d.reader, d.reader.loader.schemas
	list := appendFields(r.loader.room[:0], n)
	r.loader.room = list
	r.validate(s.action, n, list, 2)
	e := entry{flow: under, at: spotOf(n), node: n}
	for _, f := range r.corrected(s.action, list) {
		switch f.name {
		case "id":
			if e.action.ID = textOf(f.value); f.value.Kind == yaml.MappingNode {
				e.maps().id = readMap(f.value)
			}
		case "name":
			e.action.Name = textOf(f.value)
		case "category":
			e.action.Category, e.categoryAt = textOf(f.value), spotOf(f.key)
		case "integration":
			e.integrationAt = spotOf(f.key)
			if e.action.IntegrationID = textOf(f.value); f.value.Kind == yaml.MappingNode {
				e.maps().integration = readMap(f.value)
			}
		case "timeout":
			if e.timeout = readTimeout(f.value); f.value.Kind == yaml.MappingNode {
				e.maps().timeout = readMap(f.value)
			}
		case "only":
			e.maps().only = r.readOnly(f.value)
		case "reason", "owner", "until", "accept":
			d.readNote(&e, f)
		}
	}
	e.badTimeout = !e.timeout.at.given() && (e.byOrg == nil || len(e.byOrg.timeout.values) == 0) &&
		meant(s.action, list, "timeout")
	return e
}

func (d *document) readNote(e *entry, f field) {
	if e.notes == nil {
		e.notes = new(notes)
	}
	switch f.name {
	case "reason":
		e.notes.reason = line(f.value)
	case "owner":
		e.notes.owner = line(f.value)
	case "until":
		e.notes.until = textOf(f.value)
		if pattern := d.reader.loader.schemas.action.text["until"]; pattern != nil &&
			pattern.MatchString(e.notes.until) && !isDay(e.notes.until) {
			d.reader.at(f.value, "\"until\" is a date such as 2026-12-31; %s is not in the calendar",
				quote(e.notes.until))
		}
	case "accept":
		for _, n := range items(f.value) {
			list := fields(n)
			d.reader.validate(d.reader.loader.schemas.accept, n, list, 1)
			e.notes.accept = append(e.notes.accept,
				dataaction.Accept{Finding: text(list, "finding"), Step: text(list, "step"),
					Reason: strings.TrimSuffix(text(list, "reason"), "\n"), Source: d.reader.source(n)})
		}
	}
}

// line is one line of text; a folded block scalar ends with a line break.
func line(n *yaml.Node) string { return strings.TrimSuffix(textOf(n), "\n") }

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// label names an entry in a message.
func (e entry) label() string {
	if e.action.ID != "" {
		return "action " + quote(e.action.ID)
	}
	var more []string
	if e.action.Category != "" {
		more = append(more, "category "+quote(e.action.Category))
	}
	if e.action.IntegrationID != "" {
		more = append(more, "integration "+quote(e.action.IntegrationID))
	}
	if len(more) == 0 {
		return "action " + quote(e.action.Name)
	}
	return fmt.Sprintf("action %s (%s)", quote(e.action.Name), strings.Join(more, ", "))
}

// nameOnly yields the entry's keys that only make sense beside a name, with their places.
func (e *entry) nameOnly() iter.Seq2[string, spot] {
	return func(yield func(string, spot) bool) {
		if e.categoryAt.given() && !yield("category", e.categoryAt) {
			return
		}
		if e.integrationAt.given() {
			yield("integration", e.integrationAt)
		}
	}
}
