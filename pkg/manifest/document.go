package manifest

import (
	"io"
	"slices"
	"sync"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// document is what could be read of one YAML document. resolve.go judges it once all are known: the surface and the
// organizations may be declared in another file.
type document struct {
	reader      *reader
	root        *yaml.Node
	api         dataaction.API
	apiAt       *yaml.Node
	environment string
	envAt       *yaml.Node
	// organizations are the declared ones by name; orgsAt is their key.
	organizations []field
	orgsAt        *yaml.Node
	defaults      fallback
	flows         []*flow
	entries       []entry
	// actionsAt is the key of top-level actions that are not empty.
	actionsAt *yaml.Node
}

// fallback is defaults.timeout. bad means that it is there and wrong or misspelt: reported once, not for each entry.
type fallback struct {
	timeout timeout
	byOrg   orgMap
	bad     bool
}

// timeout is a timeout, as written too, and where; at is the zero spot without one.
type timeout struct {
	value time.Duration
	text  string
	at    spot
}

// flow is a flow that a document lists.
type flow struct {
	dataaction.FlowSelector
	at   spot
	node *yaml.Node // nil where the loader forgets
	only *only
}

// readAll reads every file into documents.
func (l *loader) readAll(stdin io.Reader) error {
	var compiling sync.WaitGroup
	compiling.Go(func() { _, _ = compile() }) // while the first file is parsed; readText waits for it
	defer compiling.Wait()
	l.shapes = map[string]bool{}
	for order, s := range l.sources {
		data, wrong := []byte(nil), s.problem
		switch {
		case wrong != "":
		case s.name != stdinName:
			data, wrong = readFile(s.name)
		case stdin == nil:
			wrong = "standard input is not available"
		default:
			data, wrong = readLimited(stdin, 0)
		}
		if wrong != "" {
			l.problem(order, Problem{s.name, 1, 1, wrong})
			continue
		}
		var hashing sync.WaitGroup
		hashing.Go(func() { l.digest.file(data) }) // while the text is parsed
		err := l.readText(order, s.name, data)
		if hashing.Wait(); err != nil {
			return err
		}
	}
	if len(l.documents) == 0 && len(l.problems) == 0 {
		l.problem(0, Problem{l.sources[0].name, 1, 1, "contains only comments; a manifest begins with `version: 1`"})
	}
	return nil
}

// readText reads the documents of one file. An empty document, such as one of comments alone, is skipped.
func (l *loader) readText(order int, name string, data []byte) error {
	text, wrong := decode(data)
	if wrong != nil {
		l.problem(order, Problem{name, wrong.line, wrong.column, wrong.message})
		return nil
	}
	for _, c := range split(text) {
		r := &reader{loader: l, order: order, file: name, lines: c.line}
		roots, wrong := parse(c)
		var err error
		if l.schemas, err = compile(); err != nil {
			return err
		}
		for _, root := range roots {
			l.readDocument(r, root)
		}
		if wrong != nil {
			l.problem(order, Problem{name, wrong.line, wrong.column, wrong.message})
		}
	}
	return nil
}

func (l *loader) readDocument(r *reader, root *yaml.Node) {
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if isNull(root) && root.Value == "" || !r.check(root) {
		return
	}
	top := fields(root)
	r.validate(l.schemas.manifest, root, top, 3)
	if root.Kind == yaml.MappingNode {
		l.documents = append(l.documents, r.document(root, top))
	}
}

// document validates the parts of a document and takes what is right of them.
func (r *reader) document(root *yaml.Node, top []field) *document {
	s := r.loader.schemas
	d := &document{reader: r, root: root}
	d.defaults.bad = meant(s.manifest, top, "defaults")
	top = r.corrected(s.manifest, top)
	for _, f := range top {
		switch f.name {
		case "api":
			if api := dataaction.API(f.value.Value); isText(f.value) && api.Valid() {
				d.api, d.apiAt = api, f.value
			}
		case "environment":
			if isText(f.value) && s.environment().MatchString(f.value.Value) {
				d.environment, d.envAt = f.value.Value, f.value
			}
		case "organizations":
			d.readOrganizations(f)
		case "defaults":
			d.readDefaults(f)
		case "flows":
			d.readFlows(items(f.value))
		}
	}
	if f, ok := get(top, "actions"); ok {
		if d.readEntries(nil, items(f.value)); len(items(f.value)) > 0 {
			d.actionsAt = f.key
		}
	}
	return d
}

// misspelt reports whether the key is corrected: then the schema has not seen the value as part of the top.
func (f field) misspelt() bool { return deref(f.key).Value != f.name }

func (d *document) readOrganizations(f field) {
	d.organizations, d.orgsAt = fields(f.value), f.key
	for _, o := range d.organizations {
		if f.misspelt() {
			d.reader.validate(d.reader.loader.schemas.organization, o.value, fields(o.value), 1)
		}
	}
}

func (d *document) readDefaults(f field) {
	list := fields(f.value)
	if f.misspelt() {
		d.reader.validate(d.reader.loader.schemas.defaults, f.value, list, 2)
	}
	t, _ := get(list, "timeout")
	d.defaults.timeout, d.defaults.byOrg = readTimeout(t.value), readMap(t.value)
	d.defaults.bad = !d.defaults.timeout.at.given() && len(d.defaults.byOrg.values) == 0 &&
		meant(d.reader.loader.schemas.defaults, list, "timeout")
}

func (d *document) readFlows(list []*yaml.Node) {
	d.entries = slices.Grow(d.entries, len(list))
	for i, n := range list {
		if d.readFlow(n); d.reader.forgets() {
			list[i] = nil
		}
	}
}

func (d *document) readFlow(n *yaml.Node) {
	s := d.reader.loader.schemas
	list := fields(n)
	d.reader.validate(s.flow, n, list, 2)
	list = d.reader.corrected(s.flow, list)
	f := &flow{FlowSelector: dataaction.FlowSelector{ID: text(list, "id"), Name: text(list, "name"),
		Type: text(list, "type")}, at: spotOf(n)}
	if !d.reader.forgets() {
		f.node = n
	}
	if o, ok := get(list, "only"); ok {
		f.only = d.reader.readOnly(o.value)
	}
	if f.ID == "" && f.Name == "" {
		// The entries are read all the same, for their own mistakes.
		f.FlowSelector = dataaction.FlowSelector{}
	} else {
		d.flows = append(d.flows, f)
	}
	if actions, ok := get(list, "actions"); ok {
		d.readEntries(f, items(actions.value))
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

// readTimeout reads a timeout; an invalid one is the zero timeout.
func readTimeout(n *yaml.Node) timeout {
	if n == nil {
		return timeout{}
	}
	return timeoutAt(textOf(n), spotOf(n))
}

func timeoutAt(text string, at spot) timeout {
	if d, ok := parseTimeout(text); ok {
		return timeout{d, text, at}
	}
	return timeout{}
}

// source is the place of a node.
func (r *reader) source(n *yaml.Node) dataaction.Source { return r.sourceOf(spotOf(n)) }

func (r *reader) sourceOf(s spot) dataaction.Source {
	return dataaction.Source{File: r.file, Line: r.lines + int(s.line), Column: int(s.column)}
}

func (r *reader) place(n *yaml.Node) string { return r.placeOf(spotOf(n)) }

func (r *reader) placeOf(s spot) string { return place(r.file, r.lines+int(s.line), int(s.column)) }
