package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// File is a manifest file in memory.
type File struct {
	Name string
	Data []byte
}

// editable is a file to edit, and what it says together with the files beside it.
type editable struct {
	files  []File
	target int
	// Of the target: lines without byte order marks, given with them, and its documents.
	lines, given [][]byte
	mark         []byte
	newline      string
	documents    []*document
	// Of all files. flows are positions by id and by name.
	api      dataaction.API
	manifest Manifest
	flows    []*flow
	byID     map[string]int
	byName   map[string][]int
	// firstFlow is the position of the target's first flow, and flowLines are the lines of all of its flows.
	firstFlow int
	flowLines []int
	// inTarget are the positions of the target's flows, by the position that flowAt finds for them.
	inTarget map[int][]int
	// unset are the target's entries that are comments, for want of a timeout.
	unset map[placed]bool
}

// open reads files, one of them to edit. Problems are an error.
func open(files []File, target int) (*editable, error) {
	l := loader{shapes: map[string]bool{}}
	m := &editable{files: files, target: target, newline: "\n"}
	for order, f := range files {
		l.sources = append(l.sources, source{name: f.Name})
		if !blankFile(f.Data) {
			if err := l.readText(order, f.Name, f.Data); err != nil {
				return nil, err
			}
		}
	}
	m.manifest, m.firstFlow = l.resolve(""), -1
	m.api = m.manifest.common.API
	if problems := l.sorted(); len(problems) > 0 {
		p := problems[0]
		where := fmt.Sprintf("line %d, column %d", p.Line, p.Column)
		if len(files) > 1 {
			where = place(p.File, p.Line, p.Column)
		}
		if len(problems) == 1 {
			return nil, fmt.Errorf("%s: %s", where, p.Message)
		}
		return nil, fmt.Errorf("%d problems, the first at %s: %s", len(problems), where, p.Message)
	}
	for _, d := range l.documents {
		if d.reader.order == target {
			if m.firstFlow < 0 {
				m.firstFlow = len(m.flows)
			}
			m.documents = append(m.documents, d)
			for _, f := range d.flows {
				m.flowLines = append(m.flowLines, d.reader.lines+int(f.at.line))
			}
		}
		m.flows = append(m.flows, d.flows...)
	}
	m.indexFlows()
	return m, m.readLines(files[target].Data)
}

func blankFile(data []byte) bool {
	return len(bytes.TrimSpace(bytes.TrimPrefix(data, byteOrderMark))) == 0
}

func (m *editable) readLines(data []byte) error {
	if blankFile(data) {
		return nil
	}
	text, wrong := decode(data)
	if wrong != nil {
		return errors.New(wrong.message)
	}
	given, _ := toText(data)
	m.lines, m.given = splitLines(text), splitLines(given)
	if bytes.HasPrefix(data, byteOrderMark) {
		m.mark = byteOrderMark
	}
	if bytes.HasSuffix(m.lines[0], []byte("\r\n")) {
		m.newline = "\r\n"
	}
	m.unset = m.findUnset()
	return nil
}

func (m *editable) indexFlows() {
	m.byID, m.byName = map[string]int{}, map[string][]int{}
	for i, f := range m.flows {
		if _, ok := m.byID[f.ID]; !ok && f.ID != "" {
			m.byID[f.ID] = i
		}
		if f.ID == "" {
			m.byName[f.Name] = append(m.byName[f.Name], i)
		}
	}
	m.inTarget = map[int][]int{}
	for i := range m.flowLines {
		own := m.firstFlow + i
		at := m.flowAt(m.flows[own].FlowSelector)
		m.inTarget[at] = append(m.inTarget[at], own)
	}
}

// flowAt is the position of the first flow of any file that the selector names, or -1.
func (m *editable) flowAt(s dataaction.FlowSelector) int {
	if s.ID != "" {
		if i, ok := m.byID[s.ID]; ok {
			return i
		}
		return -1
	}
	for _, i := range m.byName[s.Name] {
		if have := m.flows[i].Type; s.Type == "" || have == "" || strings.EqualFold(s.Type, have) {
			return i
		}
	}
	return -1
}

// findUnset finds entries in comments, as Encode writes those without a timeout.
func (m *editable) findUnset() map[placed]bool {
	out := map[placed]bool{}
	for i := 0; i < len(m.lines); i++ {
		item, ok := uncomment(m.lines[i])
		if !ok || !strings.HasPrefix(item, "- ") {
			continue
		}
		start := i
		for i+1 < len(m.lines) {
			next, ok := uncomment(m.lines[i+1])
			if !ok || !strings.HasPrefix(next, "  ") {
				break
			}
			item += "\n" + next
			i++
		}
		for _, s := range itemSelectors(item) {
			out[m.key(m.flowAbove(start+1), s)] = true
		}
	}
	return out
}

// itemSelectors reads text that may be one item of a list of actions: its name or id, and the ids by organization.
func itemSelectors(item string) []dataaction.Selector {
	documents, err := parseYAML(strings.NewReader(item))
	if err != nil || len(documents) != 1 || len(documents[0].Content) != 1 {
		return nil
	}
	list := documents[0].Content[0]
	if list.Kind != yaml.SequenceNode || len(list.Content) != 1 || list.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	keys := fields(list.Content[0])
	s := dataaction.Selector{ID: text(keys, "id"), Name: text(keys, "name"), Category: text(keys, "category"),
		IntegrationID: text(keys, "integration")}
	out := []dataaction.Selector{normal(s)}
	if id, ok := get(keys, "id"); ok {
		for _, f := range fields(id.value) {
			out = append(out, dataaction.Selector{ID: textOf(f.value)})
		}
	}
	return out
}

// flowAbove is the position of the flow above a line of the target, or -1. Flows are in the order of their lines.
func (m *editable) flowAbove(line int) int {
	n, _ := slices.BinarySearch(m.flowLines, line)
	if n == 0 {
		return -1
	}
	return m.flowAt(m.flows[m.firstFlow+n-1].FlowSelector)
}

// uncomment is the text after the "# " of a comment line.
func uncomment(line []byte) (string, bool) {
	text := strings.TrimSpace(string(line))
	text, ok := strings.CutPrefix(text, "# ")
	return text, ok
}
