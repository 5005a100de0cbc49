package manifest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// document is one YAML document as far as it could be read. What it says is judged in resolve.go, once all are known: the surface
// may stand in another file.
type document struct {
	reader      *reader
	root        *yaml.Node
	api         dataaction.API
	apiAt       *yaml.Node
	environment string
	envAt       *yaml.Node
	fallback    *timeout
	// badFallback is set where defaults.timeout is there but no timeout, or misspelt: told once, not for each entry.
	badFallback bool
	flows       []dataaction.FlowEntry
	// flowNodes are the flows' mappings.
	flowNodes []*yaml.Node
	entries   []entry
	// actionsAt is the key of top-level actions that hold something.
	actionsAt *yaml.Node
}

// timeout is a timeout and where it stands.
type timeout struct {
	value time.Duration
	at    *yaml.Node
}

// entry is an action that a document lists.
type entry struct {
	flow   *dataaction.FlowSelector
	action dataaction.Selector
	// at is where the entry begins; categoryAt and integrationAt are its keys, nil where it has none.
	at, categoryAt, integrationAt *yaml.Node
	// timeout is nil where the entry gives none, or, with badTimeout, where it is none or is misspelt.
	timeout    *timeout
	badTimeout bool
}

// readAll reads every file into documents.
func (l *loader) readAll(stdin io.Reader) error {
	var err error
	if l.schemas, err = compile(); err != nil {
		return err
	}
	l.shapes = map[string]bool{}
	for order, s := range l.sources {
		data, wrong := []byte(nil), s.problem
		switch {
		case wrong != "":
		case s.name != stdinName:
			data, wrong = readFile(s.name)
		case stdin == nil:
			wrong = "there is no standard input to read"
		default:
			data, wrong = readLimited(stdin)
		}
		if wrong != "" {
			l.problem(order, Problem{s.name, 1, 1, wrong})
			continue
		}
		l.digest.file(data)
		l.readText(order, s.name, data)
	}
	if len(l.documents) == 0 && len(l.problems) == 0 {
		l.problem(0, Problem{l.sources[0].name, 1, 1, "holds no manifest, only comments: a manifest begins with `version: 1`"})
	}
	return nil
}

// readText reads the documents of one file. An empty document, such as one of comments alone, says nothing and is passed over.
func (l *loader) readText(order int, name string, data []byte) {
	text, wrong := decode(data)
	if wrong != nil {
		l.problem(order, Problem{name, wrong.line, wrong.column, wrong.message})
		return
	}
	for _, c := range split(text) {
		r := &reader{l, order, name, c.line}
		roots, wrong := parse(c)
		for _, root := range roots {
			l.readDocument(r, root)
		}
		if wrong != nil {
			l.problem(order, Problem{name, wrong.line, wrong.column, wrong.message})
		}
	}
}

func (l *loader) readDocument(r *reader, root *yaml.Node) {
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if isNull(root) && root.Value == "" {
		return
	}
	if r.check(root) && r.checkDocument(root) {
		l.documents = append(l.documents, r.document(root))
	}
}

// document takes what is right of a document; what is wrong has been reported by the schema.
func (r *reader) document(root *yaml.Node) *document {
	d, top := &document{reader: r, root: deref(root)}, fields(root)
	for _, f := range top {
		switch f.name {
		case "api":
			if api := dataaction.API(f.value.Value); isText(f.value) && api.Valid() {
				d.api, d.apiAt = api, f.value
			}
		case "environment":
			if isText(f.value) && r.loader.schemas.environment().MatchString(f.value.Value) {
				d.environment, d.envAt = f.value.Value, f.value
			}
		case "defaults":
			list := fields(f.value)
			if t, ok := get(list, "timeout"); ok {
				d.fallback = readTimeout(t.value)
			}
			d.badFallback = d.fallback == nil && meant(r.loader.schemas.defaults, list, "timeout")
		case "flows":
			for _, item := range items(f.value) {
				d.readFlow(item)
			}
		}
	}
	if _, ok := get(top, "defaults"); !ok {
		d.badFallback = meant(r.loader.schemas.manifest, top, "defaults")
	}
	if f, ok := get(top, "actions"); ok {
		if d.readEntries(nil, items(f.value)); len(items(f.value)) > 0 {
			d.actionsAt = f.key
		}
	}
	return d
}

func (d *document) readFlow(n *yaml.Node) {
	list := fields(n)
	flow := dataaction.FlowSelector{ID: text(list, "id"), Name: text(list, "name"), Type: text(list, "type")}
	if flow.ID == "" && flow.Name == "" {
		// The flow's entries are read all the same, for their own mistakes.
		flow = dataaction.FlowSelector{}
	} else {
		d.flows = append(d.flows, dataaction.FlowEntry{Flow: flow, Source: d.reader.source(n)})
		d.flowNodes = append(d.flowNodes, n)
	}
	actions, _ := get(list, "actions")
	d.readEntries(&flow, fieldItems(actions))
}

func (d *document) readEntries(flow *dataaction.FlowSelector, list []*yaml.Node) {
	for _, n := range list {
		e := entry{flow: flow, at: n}
		list := fields(n)
		for _, f := range list {
			switch f.name {
			case "id":
				e.action.ID = textOf(f.value)
			case "name":
				e.action.Name = textOf(f.value)
			case "category":
				e.action.Category, e.categoryAt = textOf(f.value), f.key
			case "integration":
				e.action.IntegrationID, e.integrationAt = textOf(f.value), f.key
			case "timeout":
				e.timeout = readTimeout(f.value)
			}
		}
		e.badTimeout = e.timeout == nil && meant(d.reader.loader.schemas.action, list, "timeout")
		d.entries = append(d.entries, e)
	}
}

func text(list []field, name string) string {
	f, ok := get(list, name)
	if !ok {
		return ""
	}
	return textOf(f.value)
}

func textOf(n *yaml.Node) string {
	if !isText(n) {
		return ""
	}
	return n.Value
}

func readTimeout(n *yaml.Node) *timeout {
	if !isText(n) {
		return nil
	}
	d, ok := parseTimeout(n.Value)
	if !ok {
		return nil
	}
	return &timeout{d, n}
}

// source is the place of a node.
func (r *reader) source(n *yaml.Node) dataaction.Source {
	return dataaction.Source{File: r.file, Line: r.lines + n.Line, Column: n.Column}
}

func (r *reader) place(n *yaml.Node) string { return place(r.file, r.lines+n.Line, n.Column) }

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
