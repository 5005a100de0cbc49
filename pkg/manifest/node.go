package manifest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// spot is a node's place in its text. What outlives reading keeps spots: a node has 160 bytes. The zero spot is none.
type spot struct{ line, column int32 }

func (s spot) given() bool { return s != spot{} }

func spotOf(n *yaml.Node) spot {
	return spot{int32(n.Line), int32(n.Column)} //nolint:gosec // a file has 16 MiB at most
}

// field is a key of a mapping and its value. key is the node in the text; value is what an alias there refers to.
type field struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// fields returns a mapping's keys in order, followed by those merged in with <<. The mapping's own keys override merged
// ones, an earlier merge overrides a later one, and of duplicate keys (which guard reports) the first counts.
func fields(n *yaml.Node) []field { return appendFields(nil, n) }

// appendFields is fields for a caller that reuses its slice.
func appendFields(out []field, n *yaml.Node) []field {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		return out
	}
	start, merged := len(out), false
	out = slices.Grow(out, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := deref(n.Content[i]); {
		case isMerge(key):
			merged = true
		case isText(key):
			out = append(out, field{key.Value, n.Content[i], deref(n.Content[i+1])})
		}
	}
	for i := 0; merged && i+1 < len(n.Content); i += 2 {
		if !isMerge(deref(n.Content[i])) {
			continue
		}
		value := deref(n.Content[i+1])
		for _, item := range items(value) {
			out = appendFields(out, item)
		}
		out = appendFields(out, value)
	}
	return out[:start+len(unique(out[start:]))]
}

func isMerge(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.ShortTag() == tagMerge }

// unique keeps the first field of each name.
func unique(list []field) []field {
	if len(list) <= 16 {
		out := list[:0]
		for _, f := range list {
			if _, ok := get(out, f.name); !ok {
				out = append(out, f)
			}
		}
		return out
	}
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(f field) bool {
		again := seen[f.name]
		seen[f.name] = true
		return again
	})
}

func get(list []field, name string) (field, bool) {
	for _, f := range list {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// items returns a list's elements; nil for anything else.
func items(n *yaml.Node) []*yaml.Node {
	if n = deref(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return nil
}

// deref follows an alias. An anchor is never an alias itself.
func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// isText reports whether a node is text. In YAML 1.2 dates are text, and so are yes and no.
func isText(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	switch n.ShortTag() {
	case tagNull, tagBool, tagInt, tagFloat, tagMerge:
		return false
	}
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == tagNull }

func isNumber(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.ShortTag() == tagInt || n.ShortTag() == tagFloat)
}

// describe names a node's kind or value in a message.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind != yaml.ScalarNode:
		return "something else"
	case isNull(n):
		return "nothing"
	case isNumber(n):
		return "the number " + shorten(n.Value)
	case n.ShortTag() == tagBool:
		return "the boolean " + n.Value
	}
	return "the text " + quote(n.Value)
}

// jsonValue converts a node to the JSON that the schema validates, as deep as levels. Mappings below that and all lists
// are empty: their elements are validated one by one.
func jsonValue(n *yaml.Node, levels int) any {
	n = deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		if levels > 0 {
			for _, f := range fields(n) {
				m[f.name] = jsonValue(f.value, levels-1)
			}
		}
		return m
	case yaml.SequenceNode:
		return []any{}
	}
	switch {
	case isText(n):
		return n.Value
	case isNull(n):
		return nil
	case n.ShortTag() == tagBool:
		return strings.EqualFold(n.Value, "true")
	}
	// The format has one number, the version: anything but a plain integer only has to differ from it.
	if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return i
	}
	return 0.5
}

// quote formats text for a message: quoted, escaped and shortened.
func quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
