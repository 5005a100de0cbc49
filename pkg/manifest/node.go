package manifest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// field is one key of a mapping with its value. The nodes are those of the text; what an alias stands for is in value.
type field struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// fields gives a mapping's keys in their order, those merged in with << last. A key of the mapping itself comes before a merged one, an
// earlier merge before a later one, and of a key given twice (which guard reports) the first counts.
func fields(n *yaml.Node) []field {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]field, 0, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := deref(n.Content[i]), deref(n.Content[i+1])
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == tagMerge:
			merges = append(merges, value)
		case isText(key):
			out = append(out, field{key.Value, n.Content[i], value})
		}
	}
	if len(merges) > 0 {
		for _, m := range merges {
			if m.Kind == yaml.SequenceNode {
				for _, item := range m.Content {
					out = append(out, fields(item)...)
				}
			} else {
				out = append(out, fields(m)...)
			}
		}
	}
	return unique(out)
}

// unique keeps the first field of each name.
func unique(list []field) []field {
	if len(list) <= 8 {
		out := list[:0]
		for _, f := range list {
			if _, ok := get(out, f.name); !ok {
				out = append(out, f)
			}
		}
		return out
	}
	seen := make(map[string]bool, len(list))
	out := list[:0]
	for _, f := range list {
		if !seen[f.name] {
			seen[f.name] = true
			out = append(out, f)
		}
	}
	return out
}

func get(list []field, name string) (field, bool) {
	for _, f := range list {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// items gives a list's elements; nil for anything else.
func items(n *yaml.Node) []*yaml.Node {
	if n = deref(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return nil
}

// deref is the node that an alias stands for. The anchor of an alias is never an alias itself.
func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// isText reports whether a node is text. YAML 1.2 knows no timestamps: a date is text, and so are yes and no.
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

// describe says what a node is, for a message.
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
		return "the truth value " + n.Value
	}
	return "the text " + quote(n.Value)
}

// jsonValue is a node as the JSON that the schema looks at. Only as many levels as asked for are kept; below them lists
// and mappings are empty, and lists always are: their elements are checked one by one.
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
	// Numbers: the format has one whole number, the version; whatever is no plain whole number need only differ from it.
	if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return i
	}
	return 0.5
}

// quote is text for a message: in quotes, escaped where it could mislead, and short.
func quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
