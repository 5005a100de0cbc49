package manifest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"genesys-timeouts/schema"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"gopkg.in/yaml.v3"
)

// schemas are the compiled parts of schema/manifest.schema.json. A document is checked part by part: its top with the lists left
// empty, then each flow and each entry. So no copy of a large manifest is made, and an error is known to lie in the part.
type schemas struct {
	manifest, defaults, flow, action *part
}

// part is one object of the schema.
type part struct {
	noun   string
	schema *jsonschema.Schema
	// keys are the keys that the object may have, in the order to name them in.
	keys []string
	// free are the keys whose value may be any text but the empty one.
	free map[string]bool
}

// environment is the pattern that an environment follows.
func (s *schemas) environment() *regexp.Regexp {
	return s.manifest.schema.Properties["environment"].Pattern
}

const schemaURL = "manifest.schema.json"

// The validator is jsonschema/v5, which the project's owners chose and which stays, although its init compiles meta-schemas
// (3 ms of every start): a validator of our own would be one more thing to be wrong.

// compile is done once a process. The schema is part of the program, so that an error here is a programming error.
var compile = sync.OnceValues(func() (*schemas, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	if err := compiler.AddResource(schemaURL, bytes.NewReader(schema.Manifest)); err != nil {
		return nil, fmt.Errorf("reading the manifest's schema: %w", err)
	}
	var s schemas
	for _, p := range []struct {
		to        **part
		noun, url string
		keys      string
	}{
		{&s.manifest, "a manifest", schemaURL, "version api environment defaults flows actions"},
		{&s.defaults, "defaults", schemaURL + "#/properties/defaults", "timeout"},
		{&s.flow, "a flow", schemaURL + "#/$defs/flow", "id name type actions"},
		{&s.action, "an action", schemaURL + "#/$defs/action", "id name category integration timeout"},
	} {
		compiled, err := compiler.Compile(p.url)
		if err != nil {
			return nil, fmt.Errorf("compiling the manifest's schema: %w", err)
		}
		*p.to = newPart(p.noun, compiled, strings.Fields(p.keys))
	}
	return &s, nil
})

func newPart(noun string, s *jsonschema.Schema, order []string) *part {
	p := &part{noun: noun, schema: s, free: map[string]bool{}}
	for key, value := range s.Properties {
		p.keys = append(p.keys, key)
		p.free[key] = len(value.Types) == 1 && value.Types[0] == "string" && value.MinLength <= 1 && value.MaxLength < 0 &&
			value.Ref == nil && value.Pattern == nil && value.Enum == nil && value.Constant == nil && value.Format == "" &&
			value.Not == nil && value.AllOf == nil && value.AnyOf == nil && value.OneOf == nil && value.If == nil
	}
	slices.Sort(p.keys)
	sort.SliceStable(p.keys, func(i, j int) bool { return slices.Index(order, p.keys[i]) < slices.Index(order, p.keys[j]) })
	return p
}

// checkDocument checks a whole document with the schema. False: it is nothing that could be read further.
func (r *reader) checkDocument(root *yaml.Node) bool {
	s := r.loader.schemas
	r.validate(s.manifest, root, 2)
	if deref(root).Kind != yaml.MappingNode {
		return false
	}
	top := fields(root)
	flows, _ := get(top, "flows")
	for _, flow := range fieldItems(flows) {
		r.validate(s.flow, flow, 1)
		actions, _ := get(fields(flow), "actions")
		for _, entry := range fieldItems(actions) {
			r.validate(s.action, entry, 1)
		}
	}
	actions, _ := get(top, "actions")
	for _, entry := range fieldItems(actions) {
		r.validate(s.action, entry, 1)
	}
	return true
}

func fieldItems(f field) []*yaml.Node {
	if f.value == nil {
		return nil
	}
	return items(f.value)
}

// validate checks one part with the schema and reports what it finds, in our words. Only as many levels as asked for are looked at.
//
// What the schema says of a part depends on its shape: which keys it has, and the values that are not free text. Ten thousand
// entries have a few dozen shapes, and one that was found good is not looked at again. Asking the library for each took a quarter
// of a second.
func (r *reader) validate(p *part, n *yaml.Node, levels int) {
	shape := append(r.loader.shape[:0], p.noun...)
	shape = p.shape(shape, n, levels)
	r.loader.shape = shape
	if r.loader.shapes[string(shape)] {
		return
	}
	err := p.schema.Validate(jsonValue(n, levels))
	if err == nil {
		r.loader.shapes[string(shape)] = true
		return
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		r.at(n, "cannot be checked: %v", err)
		return
	}
	var list []failure
	collect(invalid, &list)
	sort.SliceStable(list, func(i, j int) bool {
		return cmp.Or(slices.Compare(list[i].path, list[j].path), strings.Compare(list[i].keyword, list[j].keyword)) < 0
	})
	before := len(r.loader.problems)
	if r.explain(p, n, list); len(r.loader.problems) == before {
		// Whatever the schema refuses must not pass for want of words.
		r.at(n, "%s is not as the schema wants it: %s", p.noun, list[0].message)
	}
}

// shape appends what the schema's verdict on a node depends on, as far as jsonValue shows it.
func (p *part) shape(b []byte, n *yaml.Node, levels int) []byte {
	n = deref(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		return append(b, "[]"...)
	case n.Kind == yaml.MappingNode && levels == 0:
		return append(b, "{}"...)
	case n.Kind != yaml.MappingNode:
		return strconv.AppendQuote(append(b, n.ShortTag()...), n.Value)
	}
	b = append(b, '{')
	for _, f := range fields(n) {
		b = strconv.AppendQuote(b, f.name)
		if p.free[f.name] && isText(f.value) && f.value.Value != "" {
			continue
		}
		b = (&part{}).shape(append(b, ':'), f.value, levels-1)
	}
	return append(b, '}')
}

// failure is one keyword of the schema that a value does not satisfy, and the way to the value inside the part.
type failure struct {
	path    []string
	keyword string
	message string
}

// notAllowed stands for the schema "false": the value must not be there, whatever it is.
const notAllowed = "false"

// collect takes the failures that say something, and leaves out the library's wrappers around them.
func collect(e *jsonschema.ValidationError, out *[]failure) {
	for _, cause := range e.Causes {
		collect(cause, out)
	}
	if len(e.Causes) > 0 {
		return
	}
	keyword := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
	if strings.HasSuffix(e.KeywordLocation, "/properties/"+keyword) {
		keyword = notAllowed
	}
	var path []string
	for _, token := range strings.Split(e.InstanceLocation, "/")[1:] {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		path = append(path, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	*out = append(*out, failure{path, keyword, e.Message})
}
