package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"genesys-timeouts/pkg/dataaction"
)

// Output is a manifest to write.
type Output struct {
	// API is the surface; empty: integrations.
	API dataaction.API
	// Environment is a domain or a region name; may be empty.
	Environment string
	// Header is comment text for the top.
	Header []string
	Flows  []OutputFlow
	// Actions are the entries that stand under no flow; none on surface flows.
	Actions []OutputEntry
	// SchemaURL is where editors find the schema: an address or a relative path; may be empty.
	SchemaURL string
}

// OutputFlow is a flow and the entries below it.
type OutputFlow struct {
	Selector dataaction.FlowSelector
	// Comment stands behind the flow's id or name; may be empty.
	Comment string
	Entries []OutputEntry
}

// OutputEntry is an action with its timeout.
type OutputEntry struct {
	Selector dataaction.Selector
	// Timeout is nil where none is set, or none that a manifest can say: the entry then stands there as a comment.
	Timeout *time.Duration
	// Why says why there is no timeout; empty: none is set.
	Why string
	// Comment stands behind the action's id or name; may be empty.
	Comment string
}

// Encode writes a manifest. Names are written so that Load gives them back exactly, whatever they hold, and no comment can break out
// of its line. The same output gives the same bytes. An error is for what no manifest can say: an entry with both id and
// name or neither, text that is not UTF-8, a timeout in fractions of a millisecond, an action that surface flows has no place for. That a timeout is
// within the limits is for the caller to see to.
func Encode(o Output) ([]byte, error) {
	lines, err := o.lines()
	if err != nil {
		return nil, fmt.Errorf("writing a manifest: %w", err)
	}
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

func (o Output) lines() ([]string, error) {
	api := o.API
	if api == "" {
		api = dataaction.Integrations
	}
	if api == dataaction.Flows {
		if err := o.fitsFlows(); err != nil {
			return nil, err
		}
	}
	var out []string
	if o.SchemaURL != "" {
		out = append(out, "# yaml-language-server: $schema="+comment(o.SchemaURL))
	}
	for _, text := range o.Header {
		for line := range strings.SplitSeq(text, "\n") {
			out = append(out, strings.TrimRight("# "+comment(line), " "))
		}
	}
	out = append(out, fmt.Sprintf("version: %d", Version), "api: "+string(api))
	if o.Environment != "" {
		environment, err := scalar(o.Environment)
		if err != nil {
			return nil, fmt.Errorf("environment: %w", err)
		}
		out = append(out, "environment: "+environment)
	}
	if len(o.Flows) > 0 {
		flows, err := flowsLines(o.Flows)
		if err != nil {
			return nil, err
		}
		out = append(append(out, "", "flows:"), indent(flows, 2)...)
	}
	if len(o.Actions) > 0 {
		actions, err := entriesLines(o.Actions)
		if err != nil {
			return nil, err
		}
		out = append(append(out, "", "actions:"), indent(actions, 2)...)
	}
	return out, nil
}

// fitsFlows says what of an output surface flows does not have.
func (o Output) fitsFlows() error {
	if len(o.Actions) > 0 {
		return errors.New("on surface flows every action belongs to a flow")
	}
	for _, f := range o.Flows {
		for _, e := range f.Entries {
			if e.Selector.ID == "" && (e.Selector.Category != "" || e.Selector.IntegrationID != "") {
				return fmt.Errorf("action %s: actions have neither category nor integration on surface flows", quote(e.Selector.Name))
			}
		}
	}
	return nil
}

func flowsLines(flows []OutputFlow) ([]string, error) {
	var out []string
	for _, f := range flows {
		lines, err := flowLines(f)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

func flowLines(f OutputFlow) ([]string, error) {
	out, err := itemLines([]pair{{"id", f.Selector.ID}, {"name", f.Selector.Name}, {"type", f.Selector.Type}}, f.Comment)
	if err != nil {
		return nil, fmt.Errorf("flow %s: %w", quote(f.Selector.ID+f.Selector.Name), err)
	}
	if len(f.Entries) > 0 {
		entries, err := entriesLines(f.Entries)
		if err != nil {
			return nil, err
		}
		out = append(append(out, "  actions:"), indent(entries, 4)...)
	}
	return out, nil
}

func entriesLines(entries []OutputEntry) ([]string, error) {
	var out []string
	for _, e := range entries {
		lines, err := entryLines(e)
		if err != nil {
			return nil, fmt.Errorf("action %s: %w", quote(e.Selector.ID+e.Selector.Name), err)
		}
		out = append(out, lines...)
	}
	return out, nil
}

func entryLines(e OutputEntry) ([]string, error) {
	s := e.Selector
	out, err := itemLines([]pair{{"id", s.ID}, {"name", s.Name}, {"category", s.Category}, {"integration", s.IntegrationID}}, e.Comment)
	if err != nil {
		return nil, err
	}
	if e.Timeout == nil {
		out = append(out, "  timeout:  # "+comment(cmp.Or(e.Why, "none is set")))
		for i := range out {
			out[i] = "# " + out[i]
		}
		return out, nil
	}
	text := dataaction.Text(*e.Timeout)
	if _, ok := parseTimeout(text); !ok {
		return nil, fmt.Errorf("timeout %s cannot be written in whole milliseconds", text)
	}
	return append(out, "  timeout: "+text), nil
}

type pair struct{ key, value string }

// itemLines writes the keys of a list item that have a value: an id, or a name with what tells it from others.
func itemLines(pairs []pair, note string) ([]string, error) {
	id, name := pairs[0].value, pairs[1].value
	switch {
	case id == "" && name == "":
		return nil, errors.New("neither id nor name")
	case id != "" && name != "":
		return nil, errors.New("both id and name, where a manifest has one")
	}
	var out []string
	for _, p := range pairs {
		if p.value == "" || id != "" && p.key != "id" {
			continue
		}
		value, err := scalar(p.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.key, err)
		}
		if len(out) > 0 {
			out = append(out, "  "+p.key+": "+value)
			continue
		}
		line := "- " + p.key + ": " + value
		if text := comment(note); text != "" {
			line += "  # " + text
		}
		out = append(out, line)
	}
	return out, nil
}

func indent(lines []string, n int) []string {
	blanks := strings.Repeat(" ", n)
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = blanks + line
	}
	return out
}

// errNotUTF8 is for text that YAML has no way to write.
var errNotUTF8 = errors.New("the text is not valid UTF-8")

// scalar writes text as a YAML scalar on one line: as it is where no reader of any YAML version could take it for something
// else, otherwise in double quotes with everything escaped that does not print.
func scalar(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errNotUTF8
	}
	if isPlain(s) {
		return s, nil
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case prints(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
	}
	b.WriteByte('"')
	return b.String(), nil
}
