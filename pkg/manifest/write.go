package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"genesys-timeouts/pkg/dataaction"
)

// Encode writes a manifest. Load reads names back exactly, whatever characters they have, and no comment can break out
// of its line. The same output gives the same bytes. Where no entry has a timeout, all are comments, and a comment
// above says how to go on. An error is for what no manifest can say: an entry with both id and name or neither, text
// that is not UTF-8, a timeout in fractions of a millisecond, an action that surface flows has no place for. That
// timeouts are within their limits is up to the caller.
func Encode(o Output) ([]byte, error) {
	lines, err := o.lines()
	if err != nil {
		return nil, fmt.Errorf("writing a manifest: %w", err)
	}
	head := []string{"# yaml-language-server: $schema=" + SchemaURL}
	for _, text := range o.Header {
		for line := range strings.SplitSeq(text, "\n") {
			head = append(head, strings.TrimRight("# "+comment(line), " "))
		}
	}
	if o.count() > 0 && !o.anySet() {
		head = append(head, "# No timeout is set: to set one, uncomment an entry and give it a timeout such as 10s.")
	}
	return []byte(strings.Join(append(head, lines...), "\n") + "\n"), nil
}

func (o Output) anySet() bool {
	return slices.ContainsFunc(o.Actions, OutputEntry.set) ||
		slices.ContainsFunc(o.Flows, func(f OutputFlow) bool { return slices.ContainsFunc(f.Entries, OutputEntry.set) })
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
	out := []string{fmt.Sprintf("version: %d", Version), "api: " + string(api)}
	if o.Environment != "" {
		environment, err := scalar(o.Environment)
		if err != nil {
			return nil, fmt.Errorf("environment: %w", err)
		}
		out = append(out, "environment: "+environment)
	}
	organizations, err := organizationsLines(o.Organizations)
	if err != nil {
		return nil, err
	}
	out = append(out, organizations...)
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

func organizationsLines(list []Organization) ([]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := []string{"organizations:"}
	for _, o := range list {
		if !isOrgName(o.Name) {
			return nil, fmt.Errorf("organization %s: not a name that a manifest can declare", quote(o.Name))
		}
		pairs := []pair{{"environment", o.Environment}}
		if o.ID != "" {
			pairs = append(pairs, pair{"id", o.ID})
		}
		text, err := oneLine(pairs)
		if err != nil {
			return nil, fmt.Errorf("organization %s: %w", quote(o.Name), err)
		}
		out = append(out, "  "+o.Name+": "+text)
	}
	return out, nil
}

// oneLine writes a mapping of texts in braces.
func oneLine(pairs []pair) (string, error) {
	for i := range pairs {
		var err error
		if pairs[i].value, err = scalar(pairs[i].value); err != nil {
			return "", err
		}
	}
	return braces(pairs), nil
}

// braces writes a mapping of scalars.
func braces(pairs []pair) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, p.key+": "+p.value)
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// fitsFlows says what of an output surface flows does not have.
func (o Output) fitsFlows() error {
	if len(o.Actions) > 0 {
		return errors.New("on surface flows every action belongs to a flow")
	}
	for _, f := range o.Flows {
		for _, e := range f.Entries {
			if e.Selector.ID == "" && (e.Selector.Category != "" || e.Selector.IntegrationID != "") {
				return fmt.Errorf("action %s: actions have neither category nor integration on surface flows",
					quote(e.Selector.Name))
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
	out, err := itemLines([]pair{{"id", f.Selector.ID}, {"name", f.Selector.Name}, {"type", f.Selector.Type}},
		f.Comment)
	if err != nil {
		return nil, fmt.Errorf("flow %s: %w", quote(f.Selector.ID+f.Selector.Name), err)
	}
	if len(f.Only) > 0 {
		out = append(out, "  only: ["+strings.Join(f.Only, ", ")+"]")
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
	var out []string
	var err error
	ids, err := e.idLine()
	switch {
	case err != nil:
		return nil, err
	case ids != "" && s.ID != "":
		return nil, errors.New("both id and ids by organization")
	case ids != "" && s.Name == "":
		out = []string{"- " + ids + withComment(e.Comment)}
	default:
		pairs := []pair{{"id", s.ID}, {"name", s.Name}, {"category", s.Category}, {"integration", s.IntegrationID}}
		if out, err = itemLines(pairs, e.Comment); err != nil {
			return nil, err
		}
		if ids != "" {
			out = append(out, "  "+ids)
		}
	}
	if len(e.Only) > 0 {
		out = append(out, "  only: ["+strings.Join(e.Only, ", ")+"]")
	}
	if !e.set() {
		out = append(out, "  timeout:  # "+comment(cmp.Or(e.Why, "none is set")))
		for i := range out {
			out[i] = "# " + out[i]
		}
		return out, nil
	}
	timeout, err := e.timeoutText()
	return append(out, "  timeout: "+timeout), err
}

func (e OutputEntry) idLine() (string, error) {
	var pairs []pair
	for _, id := range e.IDs {
		pairs = append(pairs, pair{id.Org, id.ID})
	}
	if len(pairs) == 0 {
		return "", nil
	}
	text, err := oneLine(pairs)
	return "id: " + text, err
}

func (e OutputEntry) timeoutText() (string, error) {
	if e.Timeout != nil {
		return writeTimeout(*e.Timeout)
	}
	var pairs []pair
	for _, t := range e.Timeouts {
		text, err := writeTimeout(t.Timeout)
		if err != nil {
			return "", err
		}
		pairs = append(pairs, pair{t.Org, text})
	}
	return braces(pairs), nil
}

func writeTimeout(d time.Duration) (string, error) {
	text := dataaction.Text(d)
	if _, ok := parseTimeout(text); !ok {
		return "", fmt.Errorf("timeout %s cannot be written in whole milliseconds", text)
	}
	return text, nil
}

// withComment is text to follow a value on its line.
func withComment(note string) string {
	if text := comment(note); text != "" {
		return "  # " + text
	}
	return ""
}

type pair struct{ key, value string }

// itemLines writes the keys of a list item that have a value: an id, or a name with what tells it apart.
func itemLines(pairs []pair, note string) ([]string, error) {
	id, name := pairs[0].value, pairs[1].value
	switch {
	case id == "" && name == "":
		return nil, errors.New("neither id nor name")
	case id != "" && name != "":
		return nil, errors.New("both id and name; a manifest has one")
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
		out = append(out, "- "+p.key+": "+value+withComment(note))
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

// errNotUTF8 is for text that YAML cannot contain.
var errNotUTF8 = errors.New("the text is not valid UTF-8")

// scalar writes text as a YAML scalar on one line: plain where every YAML version reads it as this text, otherwise in
// double quotes with everything escaped that does not print.
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
