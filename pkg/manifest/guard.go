package manifest

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

const (
	// maxDepth is how deep a document may nest; the format itself needs six levels.
	maxDepth = 32
	// maxExpansion is how many values aliases may add to a document when they are written out.
	maxExpansion = 250_000
)

// Tags as package yaml gives them.
const (
	tagString    = "!!str"
	tagNull      = "!!null"
	tagBool      = "!!bool"
	tagInt       = "!!int"
	tagFloat     = "!!float"
	tagTimestamp = "!!timestamp"
	tagMerge     = "!!merge"
	tagMap       = "!!map"
	tagSeq       = "!!seq"
)

// reader is one document being read: it knows where its nodes stand in the file.
type reader struct {
	loader *loader
	order  int
	file   string
	// lines is the number of lines of the file before the text that the nodes were parsed from.
	lines int
}

func (r *reader) at(n *yaml.Node, format string, args ...any) {
	r.loader.problem(r.order, Problem{r.file, r.lines + n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// guard looks at the structure of a document before anything walks it: aliases that contain themselves or multiply, depth,
// duplicate and odd keys, tags.
type guard struct {
	*reader
	// sizes are the expanded sizes of anchored nodes, and open those that are not finished: an alias to one is a circle.
	sizes map[*yaml.Node]int
	open  map[*yaml.Node]bool
	nodes int
	deep  bool
	loop  bool
}

// check reports what is wrong with the structure, and whether the document can be walked all the same.
func (r *reader) check(root *yaml.Node) bool {
	g := guard{reader: r, sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
	size := g.measure(root, 0)
	if size > g.nodes+maxExpansion && !g.loop {
		r.at(root, "aliases make this document far larger than it looks: over %d values when they are written out", maxExpansion)
		return false
	}
	return !g.deep && !g.loop
}

// measure checks a node and everything in it, and gives its size with aliases written out, up to a bound.
func (g *guard) measure(n *yaml.Node, depth int) int {
	g.nodes++
	if depth > maxDepth {
		if !g.deep {
			g.at(n, "nested more than %d levels deep", maxDepth)
		}
		g.deep = true
		return 1
	}
	if n.Kind == yaml.AliasNode {
		if g.open[n.Alias] {
			g.loop = true
			g.at(n, "alias *%s stands inside its own anchor", n.Value)
		}
		return max(1, g.sizes[n.Alias])
	}
	if n.Anchor != "" {
		g.open[n] = true
	}
	g.checkTag(n)
	size := 1
	for _, child := range n.Content {
		size = min(size+g.measure(child, depth+1), 1<<30)
	}
	if n.Kind == yaml.MappingNode {
		g.checkKeys(n)
	}
	if n.Anchor != "" {
		delete(g.open, n)
		g.sizes[n] = size
	}
	return size
}

// checkTag refuses tags: nothing in a manifest needs one but a "!!str" before a number.
func (g *guard) checkTag(n *yaml.Node) {
	tag := n.ShortTag()
	var fits bool
	switch n.Kind {
	case yaml.MappingNode:
		fits = tag == tagMap
	case yaml.SequenceNode:
		fits = tag == tagSeq
	case yaml.ScalarNode:
		fits = n.Style&yaml.TaggedStyle == 0 || tag == tagString
	default:
		return
	}
	if !fits {
		g.at(n, "tag %s means nothing in a manifest; remove it", quote(n.Tag))
	}
}

// checkKeys reports keys that are no text, and those given twice.
func (g *guard) checkKeys(n *yaml.Node) {
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		site, value := n.Content[i], n.Content[i+1]
		key := deref(site)
		merge := key.Kind == yaml.ScalarNode && key.ShortTag() == tagMerge
		if merge && !mergeable(value) {
			g.at(site, "<< merges a mapping, or a list of mappings; here it has %s", describe(deref(value)))
		}
		if !merge && !isText(key) {
			g.at(site, "a key is a word such as \"name\"; here it is %s", describe(key))
			continue
		}
		if before := first[key.Value]; before != nil {
			g.at(site, "key %s is given twice, first in line %d", quote(key.Value), g.lines+before.Line)
			continue
		}
		first[key.Value] = site
	}
}

func mergeable(n *yaml.Node) bool {
	n = deref(n)
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if deref(item).Kind != yaml.MappingNode {
				return false
			}
		}
		return true
	}
	return n.Kind == yaml.MappingNode
}
