package manifest

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

const (
	// maxDepth is how deep a document can nest; the format needs eight levels.
	maxDepth = 32
	// maxExpansion is how many values aliases can add to a document when expanded.
	maxExpansion = 250_000
)

// Tags as package yaml gives them.
const (
	tagString = "!!str"
	tagNull   = "!!null"
	tagBool   = "!!bool"
	tagInt    = "!!int"
	tagFloat  = "!!float"
	tagMerge  = "!!merge"
	tagMap    = "!!map"
	tagSeq    = "!!seq"
)

// reader reads one document and knows where its nodes are in the file.
type reader struct {
	loader *loader
	order  int
	file   string
	// lines is the number of lines of the file before the text that the nodes were parsed from.
	lines int
	// anchors is true where aliases may refer to any node.
	anchors bool
}

// forgets reports whether nodes can go once they are read.
func (r *reader) forgets() bool { return r.loader.forgets && !r.anchors }

func (r *reader) at(n *yaml.Node, format string, args ...any) { r.atSpot(spotOf(n), format, args...) }

func (r *reader) atSpot(s spot, format string, args ...any) {
	r.loader.problem(r.order, Problem{r.file, r.lines + int(s.line), int(s.column), fmt.Sprintf(format, args...)})
}

// guard checks the structure of a document before anything else walks it: recursive and multiplying aliases, depth,
// duplicate and non-text keys, tags.
type guard struct {
	*reader
	// sizes are the expanded sizes of anchored nodes; open are the unfinished ones, to which an alias is a cycle.
	sizes map[*yaml.Node]int
	open  map[*yaml.Node]bool
	// organizations is the mapping whose keys are their names, if any.
	organizations *yaml.Node

	nodes int
	deep  bool
	loop  bool
}

// check reports what is wrong with the structure, and whether the document can still be walked.
func (r *reader) check(root *yaml.Node) bool {
	g := guard{reader: r, sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
	for i := 1; i < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
		if root.Content[i-1].Value == "organizations" {
			g.organizations = deref(root.Content[i])
		}
	}
	size := g.measure(root, 0)
	r.anchors = len(g.sizes) > 0
	if size > g.nodes+maxExpansion && !g.loop {
		r.at(root, "aliases make this document far larger than it looks: over %d values when expanded", maxExpansion)
		return false
	}
	return !g.deep && !g.loop
}

// measure checks a node and everything below it, and returns its size with aliases expanded, up to a bound.
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
			g.at(n, "alias *%s is inside its own anchor", n.Value)
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

// checkTag refuses tags: a manifest only ever needs "!!str" before a number.
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
		g.at(n, "tag %s has no meaning in a manifest; remove it", quote(n.Tag))
	}
}

// checkKeys reports keys that are not text, and duplicates.
func (g *guard) checkKeys(n *yaml.Node) {
	var first map[string]*yaml.Node
	if len(n.Content) > 2*16 {
		first = make(map[string]*yaml.Node, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		site, value := n.Content[i], n.Content[i+1]
		key := deref(site)
		if isMerge(key) && !mergeable(value) {
			g.at(site, "<< merges a mapping or a list of mappings; here it has %s", describe(deref(value)))
		}
		if isOdd(key) {
			says := "a key is a word such as \"name\"; here it is " + describe(key)
			if n == g.organizations {
				says = "organization name is " + describe(key) + ": " + orgNameRule
			}
			g.at(site, "%s", says)
			continue
		}
		before := first[key.Value]
		if first == nil {
			before = keyBefore(n.Content[:i], key.Value)
		} else if before == nil {
			first[key.Value] = site
		}
		if before != nil {
			g.at(site, "duplicate key %s (first on line %d)", quote(key.Value), g.lines+before.Line)
		}
	}
}

// isOdd reports whether a key is neither text nor a merge.
func isOdd(key *yaml.Node) bool { return !isText(key) && !isMerge(key) }

func hasOddKey(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if isOdd(deref(n.Content[i])) {
			return true
		}
	}
	return false
}

// keyBefore finds a key among those before it; small mappings need no index.
func keyBefore(content []*yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(content); i += 2 {
		if at := deref(content[i]); at.Kind == yaml.ScalarNode && at.Value == key && (isText(at) || isMerge(at)) {
			return content[i]
		}
	}
	return nil
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
