package manifest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"genesys-timeouts/schema"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"gopkg.in/yaml.v3"
)

// schemas are the compiled parts of schema/manifest.schema.json. A document is validated part by part: the top with
// empty lists, then each flow, entry and accepted finding. No copy of a large manifest is made, and an error is known
// to lie in its part.
type schemas struct {
	manifest, defaults, organizations, organization, flow, action, accept *part
	// byOrg is a map by organization, whose names package manifest checks itself.
	byOrg *part
}

// part is one object of the schema.
type part struct {
	noun   string
	schema *jsonschema.Schema
	// keys are the object's keys, in the order in which messages list them.
	keys []string
	// text are the keys whose values need only match a pattern (nil: not be empty), alone or in a map by organization.
	text map[string]*regexp.Regexp
}

// environment is the pattern of an environment.
func (s *schemas) environment() *regexp.Regexp { return s.organization.text["environment"] }

// accepted are the codes of findings that an entry can accept.
func (s *schemas) accepted() []string {
	var codes []string
	for _, code := range s.accept.schema.Properties["finding"].Enum {
		codes = append(codes, fmt.Sprint(code))
	}
	return codes
}

// inside is the part that a key of another part holds.
func (s *schemas) inside(p *part, key string) *part {
	switch {
	case p == s.manifest && key == "defaults":
		return s.defaults
	case p == s.manifest && key == "organizations":
		return s.organizations
	case p == s.organizations:
		return s.organization
	}
	return s.byOrg
}

const schemaURL = "manifest.schema.json"

// The validator is jsonschema/v5, although its init compiles meta-schemas (3 ms of every start): the project's owners
// chose it, and a validator of our own would be one more thing to get wrong.

// compile runs once a process. The schema is embedded, so an error here is a programming error.
var compile = sync.OnceValues(func() (*schemas, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	if err := compiler.AddResource(schemaURL, bytes.NewReader(schema.Manifest)); err != nil {
		return nil, fmt.Errorf("reading the manifest schema: %w", err)
	}
	s := schemas{byOrg: &part{noun: "a map by organization"}}
	for _, p := range []struct {
		to        **part
		noun, url string
		keys      string
	}{
		{&s.manifest, "a manifest", "", "version api environment organizations defaults flows actions"},
		{&s.defaults, "defaults", "#/properties/defaults", "timeout"},
		{&s.organizations, "organizations", "#/properties/organizations", ""},
		{&s.organization, "an organization", "#/$defs/organization", "environment id"},
		{&s.flow, "a flow", "#/$defs/flow", "id name type only actions"},
		{&s.action, "an action", "#/$defs/action", "id name category integration timeout only " +
			"reason owner until accept"},
		{&s.accept, "an accepted finding", "#/$defs/accept", "finding step reason"},
	} {
		compiled, err := compiler.Compile(schemaURL + p.url)
		if err != nil {
			return nil, fmt.Errorf("compiling the manifest schema: %w", err)
		}
		*p.to = newPart(p.noun, compiled, strings.Fields(p.keys))
	}
	return &s, nil
})

func newPart(noun string, s *jsonschema.Schema, order []string) *part {
	p := &part{noun: noun, schema: s, text: map[string]*regexp.Regexp{}}
	for key, value := range s.Properties {
		p.keys = append(p.keys, key)
		value.MinItems = -1 // lists are checked item by item
		for value.Ref != nil && len(value.Types) == 0 {
			value = value.Ref
		}
		value.MinItems = -1
		if slices.Contains(value.Types, "string") && value.Enum == nil && value.MinLength <= 1 {
			p.text[key] = value.Pattern
		}
	}
	slices.Sort(p.keys)
	slices.SortStableFunc(p.keys, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return p
}

// validate checks one part with the schema, to a depth of levels, and reports what it finds in our words. list are the
// fields of n.
//
// The schema's verdict on a part depends on its shape: its keys, and the values that are not free text. Ten thousand
// entries have a few dozen shapes, and one that was valid is not validated again. Asking the library for each took a
// quarter of a second.
func (r *reader) validate(p *part, n *yaml.Node, list []field, levels int) {
	shape := append(r.loader.shape[:0], p.noun...)
	shape = p.shape(shape, "", n, list, levels)
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
		r.at(n, "cannot be validated: %v", err)
		return
	}
	var failures []failure
	collect(invalid, &failures)
	slices.SortStableFunc(failures, func(a, b failure) int {
		return cmp.Or(slices.Compare(a.path, b.path), strings.Compare(a.keyword, b.keyword))
	})
	if !r.explain(p, n, failures) {
		// What the schema refuses must not pass for want of words.
		r.at(n, "%s does not match the schema: %s", p.noun, failures[0].message)
	}
}

// shape appends what the schema's verdict on the value of a key depends on, as far as jsonValue shows it.
func (p *part) shape(b []byte, key string, n *yaml.Node, list []field, levels int) []byte {
	n = deref(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		return append(b, "[]"...)
	case n.Kind == yaml.MappingNode && levels == 0:
		return append(b, "{}"...)
	case n.Kind == yaml.MappingNode:
		b = append(b, '{')
		for _, f := range list {
			inner := key
			if inner == "" {
				inner = f.name
			}
			b = append(strconv.AppendQuote(b, f.name), ':')
			var below []field
			if f.value.Kind == yaml.MappingNode && levels > 1 {
				below = fields(f.value)
			}
			b = p.shape(b, inner, f.value, below, levels-1)
		}
		return append(b, '}')
	}
	if pattern, free := p.text[key]; free && isText(n) && n.Value != "" &&
		(pattern == nil || pattern.MatchString(n.Value)) {
		return append(b, 't')
	}
	return strconv.AppendQuote(append(b, n.ShortTag()...), n.Value)
}

// failure is a keyword of the schema that a value violates, and the path to the value inside the part.
type failure struct {
	path    []string
	keyword string
	message string
}

// notAllowed stands for the schema "false": the value must be absent.
const notAllowed = "false"

// collect takes the failures that say something, without the library's wrappers around them.
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
