package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// manuscript is a manifest that is added to: its text, and what it says.
type manuscript struct {
	mark  []byte
	lines [][]byte
	// given are the lines with the byte order marks of later documents.
	given     [][]byte
	newline   string
	documents []*document
	desired   dataaction.Desired
	// byID and byName are the positions of flows, first ones first.
	byID   map[string]int
	byName map[string][]int
	// unset are the entries that stand there as comments, for want of a timeout.
	unset map[placed]bool
}

// readBack reads one manifest from memory; problems are an error here.
func readBack(data []byte) (*manuscript, error) {
	schemas, err := compile()
	if err != nil {
		return nil, err
	}
	l := loader{sources: []source{{name: stdinName}}, schemas: schemas, shapes: map[string]bool{}}
	text, wrong := decode(data)
	if wrong != nil {
		return nil, fmt.Errorf("line %d, column %d: %s", wrong.line, wrong.column, wrong.message)
	}
	l.readText(0, stdinName, data)
	m := &manuscript{lines: splitLines(text), newline: "\n", documents: l.documents, desired: l.resolve("").Desired("")}
	if problems := l.sorted(); len(problems) > 0 {
		p := problems[0]
		return nil, fmt.Errorf("it has %d problems, the first in line %d, column %d: %s", len(problems), p.Line, p.Column, p.Message)
	}
	given, _ := toText(data)
	m.given = splitLines(given)
	if bytes.HasPrefix(data, byteOrderMark) {
		m.mark = byteOrderMark
	}
	if bytes.HasSuffix(m.lines[0], []byte("\r\n")) {
		m.newline = "\r\n"
	}
	m.indexFlows()
	m.unset = m.findUnset()
	return m, nil
}

func (m *manuscript) indexFlows() {
	m.byID, m.byName = map[string]int{}, map[string][]int{}
	for i, f := range m.desired.Flows {
		if _, ok := m.byID[f.Flow.ID]; !ok && f.Flow.ID != "" {
			m.byID[f.Flow.ID] = i
		}
		if f.Flow.ID == "" {
			m.byName[f.Flow.Name] = append(m.byName[f.Flow.Name], i)
		}
	}
}

// flowAt is the position of the first flow of the manifest that the selector means; -1 for none.
func (m *manuscript) flowAt(s dataaction.FlowSelector) int {
	if s.ID != "" {
		if i, ok := m.byID[s.ID]; ok {
			return i
		}
		return -1
	}
	for _, i := range m.byName[s.Name] {
		if have := m.desired.Flows[i].Flow.Type; s.Type == "" || have == "" || strings.EqualFold(s.Type, have) {
			return i
		}
	}
	return -1
}

// findUnset finds entries in comments, as Encode writes those without a timeout.
func (m *manuscript) findUnset() map[placed]bool {
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
		if s, ok := itemSelector(item); ok {
			out[m.key(m.desired.API, m.flowAbove(start+1), s)] = true
		}
	}
	return out
}

// itemSelector reads text that may be one item of a list of actions.
func itemSelector(item string) (dataaction.Selector, bool) {
	documents, _, err := parseLines([]byte(item))
	if err != nil || len(documents) != 1 || len(documents[0].Content) != 1 {
		return dataaction.Selector{}, false
	}
	list := documents[0].Content[0]
	if list.Kind != yaml.SequenceNode || len(list.Content) != 1 || list.Content[0].Kind != yaml.MappingNode {
		return dataaction.Selector{}, false
	}
	var s dataaction.Selector
	node := list.Content[0]
	for i := 0; i+1 < len(node.Content); i += 2 {
		switch key, value := node.Content[i].Value, textOf(node.Content[i+1]); key {
		case "id":
			s.ID = value
		case "name":
			s.Name = value
		case "category":
			s.Category = value
		case "integration":
			s.IntegrationID = value
		}
	}
	return normal(s), true
}

// flowAbove is the flow that a line stands below; -1 for none. Flows stand in the order of their lines.
func (m *manuscript) flowAbove(line int) int {
	n, _ := slices.BinarySearchFunc(m.desired.Flows, line, func(f dataaction.FlowEntry, line int) int { return f.Source.Line - line })
	if n == 0 {
		return -1
	}
	return m.flowAt(m.desired.Flows[n-1].Flow)
}

// uncomment is what stands behind the "# " of a line that is a comment.
func uncomment(line []byte) (string, bool) {
	text := strings.TrimSpace(string(line))
	text, ok := strings.CutPrefix(text, "# ")
	return text, ok
}
