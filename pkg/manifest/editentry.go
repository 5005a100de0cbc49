package manifest

import (
	"bytes"
	"errors"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

func (s *setter) setEntry(d *document, n *yaml.Node, edits []TimeoutEdit) {
	key, value := ownKey(n, "timeout")
	_, merged := get(fields(n), "timeout")
	switch {
	case n.Kind == yaml.AliasNode || s.shared[n]:
		s.skip("an alias shares the entry", edits...)
	case n.Style&yaml.FlowStyle != 0:
		s.skip("the entry is in braces; edit it by hand", edits...)
	case key == nil && merged:
		s.skip("the timeout is merged in with <<", edits...)
	case value != nil && value.Kind == yaml.MappingNode:
		for _, e := range edits {
			s.setKey(d, value, e)
		}
	default:
		pairs, err := s.wanted(edits)
		switch {
		case err != nil:
			s.skip(err.Error(), edits...)
		case key == nil:
			column := n.Column - 1
			s.insertLine(s.end(d, n, column), column, "timeout: "+timeoutValue(pairs), edits...)
		default:
			s.replace(d, value, pairs, edits...)
		}
	}
}

// setKey changes the timeout of one organization in a map, or adds it where the organization takes the default.
func (s *setter) setKey(d *document, n *yaml.Node, e TimeoutEdit) {
	text, err := writeTimeout(e.To)
	_, own := ownKey(n, e.Org)
	other, _ := ownKey(n, everyOther)
	switch {
	case err != nil:
		s.skip(err.Error(), e)
	case own != nil:
		s.replace(d, own, []pair{{e.Org, text}}, e)
	case s.shared[n]:
		s.skip("an alias shares the timeout", e)
	case other == nil:
		s.skip("the timeout is merged in with <<", e)
	case n.Style&yaml.FlowStyle == 0:
		column := n.Column - 1
		s.insertLine(s.end(d, n, column), column, e.Org+": "+text, e)
	default:
		line := d.reader.lines + other.Line - 1
		at := s.offset(line, other)
		s.replacements = append(s.replacements, replacement{line, at, at, e.Org + ": " + text + ", "})
		s.done = append(s.done, e)
	}
}

func (s *setter) insertLine(after, column int, line string, edits ...TimeoutEdit) {
	s.insertions = append(s.insertions, insertion{after: after, lines: indent([]string{line}, column)})
	s.done = append(s.done, edits...)
}

// wanted are the timeouts of an entry once it is edited: a single one where all its organizations have the same;
// otherwise one for each that changes, and for the others the default, or one each where theirs differ.
func (s *setter) wanted(edits []TimeoutEdit) (out []pair, err error) {
	add := func(name string, d time.Duration) {
		text, wrong := writeTimeout(d)
		out, err = append(out, pair{name, text}), errors.Join(err, wrong)
	}
	to, distinct, kept := map[string]time.Duration{}, map[time.Duration]bool{}, map[time.Duration]bool{}
	for _, e := range edits {
		to[e.Org], distinct[e.To] = e.To, true
	}
	now := s.now[edits[0].Source]
	for org, d := range now {
		if _, changes := to[org]; !changes {
			distinct[d], kept[d] = true, true
		}
	}
	if len(distinct) == 1 {
		add("", edits[0].To)
		return out, err
	}
	for _, o := range s.manifest.Organizations {
		if d, changes := to[o.Name]; changes {
			add(o.Name, d)
		} else if d, has := now[o.Name]; has && len(kept) > 1 {
			add(o.Name, d)
		}
	}
	if len(kept) == 1 {
		for d := range kept {
			add(everyOther, d)
		}
	}
	return out, err
}

// timeoutValue writes the timeouts of an entry, a single one without braces.
func timeoutValue(pairs []pair) string {
	if len(pairs) == 1 {
		return pairs[0].value
	}
	return braces(pairs)
}

// ownKey finds a key of a mapping that is not merged in. The value may be an alias.
func ownKey(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if k := deref(n.Content[i]); isText(k) && k.Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// replace writes timeouts over a scalar. All edits are for the same one. Of several timeouts the last keeps the
// scalar's quotes, and as the default its text.
func (s *setter) replace(d *document, n *yaml.Node, pairs []pair, edits ...TimeoutEdit) {
	switch {
	case n.Kind != yaml.ScalarNode:
		s.skip("the timeout is an alias", edits...)
		return
	case s.shared[n]:
		s.skip("an alias shares the timeout", edits...)
		return
	}
	r, err := s.find(d.reader.lines+n.Line-1, n)
	if err != nil {
		s.skip(err.Error(), edits...)
		return
	}
	if last := &pairs[len(pairs)-1]; len(pairs) > 1 {
		if last.key == everyOther {
			last.value = n.Value
		}
		if quote := quoteOf(n); quote != "" {
			last.value = quote + last.value + quote
			r.start, r.end = r.start-1, r.end+1
		}
	}
	r.text = timeoutValue(pairs)
	s.replacements = append(s.replacements, r)
	s.done = append(s.done, edits...)
}

func quoteOf(n *yaml.Node) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'"
	}
	return ""
}

// find is where the text of a scalar is in its line, inside its quotes.
func (s *setter) find(line int, n *yaml.Node) (replacement, error) {
	given := s.given[line]
	at := s.offset(line, n)
	if rest, ok := bytes.CutPrefix(given[at:], []byte("&"+n.Anchor)); ok && n.Anchor != "" {
		at = len(given) - len(bytes.TrimLeft(rest, " \t"))
	}
	at += len(quoteOf(n))
	if !bytes.HasPrefix(given[at:], []byte(n.Value)) {
		return replacement{}, errors.New("the timeout is not written on one line")
	}
	return replacement{line: line, start: at, end: at + len(n.Value)}, nil
}

// offset is where a node begins in its line, in bytes.
func (s *setter) offset(line int, n *yaml.Node) int {
	text := s.lines[line]
	at := len(s.given[line]) - len(text) // a byte order mark
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(s.given[line][at:])
		at += size
	}
	return at
}
