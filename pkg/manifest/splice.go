package manifest

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// insertion is lines to insert after a number of lines. At one place they are ordered by rank: what continues a list
// comes before a new key of the document, which would otherwise take over the rest of the list.
type insertion struct {
	after, rank int
	lines       []string
}

// errNotByLine means that a list cannot be extended line by line.
var errNotByLine = errors.New("a list of the manifest is in brackets or an alias")

// splice inserts what is missing: entries below their flow, flows and actions at the end of their list.
func (m *editable) splice(a addition) ([]byte, error) {
	if len(m.documents) == 0 {
		return nil, errNotByLine
	}
	var list []insertion
	put := func(d *document, owner *yaml.Node, key string, lines []string, err error) error {
		if err != nil || len(lines) == 0 {
			return err
		}
		in, err := m.place(d, owner, key, lines)
		list = append(list, in)
		return err
	}
	at := m.firstFlow
	for _, d := range m.documents {
		for _, flow := range d.flows {
			lines, err := entriesLines(a.known[at])
			if err := put(d, flow.node, "actions", lines, err); err != nil {
				return nil, err
			}
			at++
		}
	}
	flows, err := flowsLines(a.flows)
	d := m.documentWith("flows")
	if err := put(d, d.root, "flows", flows, err); err != nil {
		return nil, err
	}
	actions, err := entriesLines(a.actions)
	d = m.documentWith("actions")
	if err := put(d, d.root, "actions", actions, err); err != nil {
		return nil, err
	}
	return m.insert(list), nil
}

// documentWith is the last document with a key, or else the last one.
func (m *editable) documentWith(key string) *document {
	for _, d := range slices.Backward(m.documents) {
		if _, ok := get(fields(d.root), key); ok {
			return d
		}
	}
	return m.documents[len(m.documents)-1]
}

// place finds where new items of a list belong: at its end, below its key, or with a new key at the end of the owner.
func (m *editable) place(d *document, owner *yaml.Node, key string, lines []string) (insertion, error) {
	if owner.Kind != yaml.MappingNode || owner.Style&yaml.FlowStyle != 0 {
		return insertion{}, errNotByLine
	}
	for i := 0; i+1 < len(owner.Content); i += 2 {
		name, value := owner.Content[i], owner.Content[i+1]
		if name.Value != key {
			continue
		}
		switch {
		case value.Kind == yaml.SequenceNode && value.Style&yaml.FlowStyle == 0:
			column := value.Column - 1
			return insertion{after: m.end(d, value, column), lines: indent(lines, column)}, nil
		case isNull(value) && value.Value == "":
			column := name.Column + 1
			return insertion{after: m.comments(d.reader.lines+name.Line, column), lines: indent(lines, column)}, nil
		}
		return insertion{}, errNotByLine
	}
	column := owner.Column - 1
	out := append(indent([]string{key + ":"}, column), indent(lines, column+2)...)
	rank := 0
	if owner == d.root {
		out, rank = append([]string{""}, out...), 1
	}
	return insertion{m.end(d, owner, column), rank, out}, nil
}

// end is the number of lines up to the end of a node, including following comments at its indentation or deeper.
func (m *editable) end(d *document, n *yaml.Node, column int) int {
	lines := m.lines
	bound := len(lines)
	for _, other := range m.documents {
		if other.reader.lines > d.reader.lines {
			bound = min(bound, other.reader.lines)
		}
	}
	if next := behind(d.root, n); next != nil {
		bound = d.reader.lines + next.Line - 1
	}
	for bound > 0 && (isBlank(lines[bound-1]) || isMarker(lines[bound-1], "...") || isMarker(lines[bound-1], "---")) {
		bound--
	}
	return m.comments(bound, column)
}

// comments counts on over comment lines at a column or deeper.
func (m *editable) comments(line, column int) int {
	for _, text := range m.lines[line:] {
		content := bytes.TrimLeft(text, " ")
		if len(text)-len(content) < column || !bytes.HasPrefix(content, []byte("#")) {
			break
		}
		line++
	}
	return line
}

// behind is the first node of a document after another one and everything in it.
func behind(root, n *yaml.Node) *yaml.Node {
	passed := false
	var walk func(*yaml.Node) *yaml.Node
	walk = func(at *yaml.Node) *yaml.Node {
		if passed {
			return at
		}
		if at == n {
			passed = true
			return nil
		}
		for _, child := range at.Content {
			if found := walk(child); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(root)
}

// insert applies the insertions; those of one line and rank keep their order.
func (m *editable) insert(list []insertion) []byte {
	slices.SortStableFunc(list, func(a, b insertion) int { return cmp.Or(a.after-b.after, a.rank-b.rank) })
	lines := m.lines
	out := bytes.Clone(m.mark)
	write := func(line []byte) {
		if len(out) > len(m.mark) && out[len(out)-1] != '\n' && out[len(out)-1] != '\r' {
			out = append(out, m.newline...)
		}
		out = append(out, line...)
	}
	for i := 0; i <= len(lines); i++ {
		for len(list) > 0 && list[0].after <= i {
			for _, line := range list[0].lines {
				write([]byte(line + m.newline))
			}
			list = list[1:]
		}
		if i < len(lines) {
			write(m.given[i])
		}
	}
	return out
}

// appendDocument adds what is missing as a separate document.
func (m *editable) appendDocument(a addition) ([]byte, error) {
	o := a.output()
	for i := range m.flowLines {
		at := m.firstFlow + i
		if entries := a.known[at]; len(entries) > 0 {
			f := m.flows[at]
			o.Flows = append(o.Flows, OutputFlow{Selector: f.FlowSelector, Only: f.only.names(), Entries: entries})
		}
	}
	lines, err := o.lines()
	if err != nil {
		return nil, err
	}
	if len(m.documents) > 0 {
		lines = append([]string{"---"}, lines...)
	}
	return m.insert([]insertion{{after: len(m.lines), lines: []string{strings.Join(lines, m.newline)}}}), nil
}

// newFile is what is missing as a manifest for a blank file; the other files have environment and organizations.
func (m *editable) newFile(a addition) ([]byte, error) { return Encode(a.output()) }

func (a addition) output() Output { return Output{API: a.api, Flows: a.flows, Actions: a.actions} }
