package manifest

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// explain reports what the schema found wrong with one part. One mistake gives one problem: what follows from a misspelt key is
// not said again, and of several failures of one value the first is enough.
func (r *reader) explain(p *part, n *yaml.Node, list []failure) {
	told := map[*yaml.Node]bool{}
	for _, f := range list {
		switch {
		case len(f.path) == 0 && f.keyword == "type":
			r.explainWhole(p, n)
		case len(f.path) == 0:
			r.explainObject(p, n, f)
		default:
			at, value, owner := r.walk(p, n, f.path)
			if value == nil || told[value] {
				continue
			}
			if f.keyword == "additionalProperties" {
				r.unknownKeys(r.loader.schemas.defaults, value)
				continue
			}
			if f.keyword == notAllowed {
				r.explainSurplus(owner, n, f.path[len(f.path)-1])
				continue
			}
			told[value] = true
			r.explainValue(owner, f.path[len(f.path)-1], at, value)
		}
	}
}

// walk follows a path to a value, and gives the place to report it at: the value's, or the key's where there is no value to
// point at.
func (r *reader) walk(p *part, n *yaml.Node, path []string) (at, value *yaml.Node, owner *part) {
	owner, value = p, n
	for i, name := range path {
		if i > 0 {
			owner = r.loader.schemas.defaults
		}
		f, ok := get(fields(value), name)
		if !ok {
			return nil, nil, nil
		}
		at, value = f.value, f.value
		if isNull(value) {
			at = f.key
		}
	}
	return at, value, owner
}

// explainWhole is for a part that is no mapping at all.
func (r *reader) explainWhole(p *part, n *yaml.Node) {
	s := r.loader.schemas
	have := describe(deref(n))
	switch p {
	case s.flow:
		r.at(n, "a flow is written as \"- name: ...\" or \"- id: ...\"; here it is %s", have)
	case s.action:
		r.at(n, "an action is written as \"- name: ...\" or \"- id: ...\" with its timeout; here it is %s", have)
	default:
		r.at(n, "a manifest is a mapping that begins with `version: 1`; here it is %s", have)
	}
}

// explainObject is for what is wrong with a part's keys.
func (r *reader) explainObject(p *part, n *yaml.Node, f failure) {
	list := fields(n)
	switch {
	case f.keyword == "additionalProperties":
		r.unknownKeys(p, n)
	case f.keyword == "required" && p == r.loader.schemas.manifest:
		if !meant(p, list, "version") {
			r.at(n, "a manifest says which version it is; begin it with `version: %d`", Version)
		}
	case f.keyword == "required":
		if !meant(p, list, "id") && !meant(p, list, "name") {
			r.at(n, "%s needs a name or an id", p.noun)
		}
	default:
		r.at(n, "%s is not as the schema wants it: %s", p.noun, f.message)
	}
}

// explainSurplus is for a key that cannot stand beside an id.
func (r *reader) explainSurplus(p *part, n *yaml.Node, key string) {
	list := fields(n)
	id, _ := get(list, "id")
	surplus, _ := get(list, key)
	if key != "name" {
		if _, named := get(list, "name"); !named {
			r.at(surplus.key, "%q tells things of one name apart, an id needs none; remove it, or give the name in place of the id", key)
		}
		return
	}
	second := surplus.key
	if id.key.Line > second.Line || id.key.Line == second.Line && id.key.Column > second.Column {
		second = id.key
	}
	r.at(second, "%s is given by id or by name; this has both, keep one", p.noun)
}

// unknownKeys reports each key that the part does not have.
func (r *reader) unknownKeys(p *part, n *yaml.Node) {
	list := fields(n)
	keys := absent(p, list)
	for _, f := range list {
		if slices.Contains(p.keys, f.name) {
			continue
		}
		if near := suggest(keys, f.name); near != "" {
			r.at(f.key, "unknown key %s in %s, did you mean %q?", quote(f.name), p.noun, near)
			continue
		}
		if near := suggest(p.keys, f.name); near != "" {
			r.at(f.key, "unknown key %s in %s, did you mean %q? It is given already, so keep one", quote(f.name), p.noun, near)
			continue
		}
		known := "the keys are " + strings.Join(p.keys, ", ")
		if len(p.keys) == 1 {
			known = "the only key is " + p.keys[0]
		}
		r.at(f.key, "unknown key %s in %s; %s", quote(f.name), p.noun, known)
	}
}

// explainValue is for a value that is of the wrong kind.
func (r *reader) explainValue(p *part, key string, at, value *yaml.Node) {
	s := r.loader.schemas
	switch {
	case key == "timeout":
		r.at(at, "%s", explainTimeout(value))
	case p == s.manifest && key == "version":
		r.at(at, "%s", explainVersion(value))
	case p == s.manifest && key == "api":
		r.at(at, "%s", explainAPI(value))
	case p == s.manifest && key == "environment" && isText(value):
		r.at(at, "environment %s is neither a domain such as mypurecloud.ie nor a region name such as eu-west-1%s", quote(value.Value), hostOf(value.Value))
	case key == "flows" || key == "actions":
		r.at(at, "%q is a list, each item begins with \"- \"; here it is %s", key, describe(value))
	case key == "defaults":
		r.at(at, "\"defaults\" is a mapping such as `timeout: 10s`; here it is %s", describe(value))
	default:
		r.at(at, "%s", explainText(key, value))
	}
}

// explainText is for what should have been text: the traps of YAML that turn a name into something else.
func explainText(key string, n *yaml.Node) string {
	switch {
	case isNull(n) || isText(n) && n.Value == "":
		return fmt.Sprintf("%q is empty", key)
	case isNumber(n):
		return fmt.Sprintf("%q is text, and YAML reads %s as a number; put it in quotes: \"%s\"", key, shorten(n.Value), shorten(n.Value))
	case n.Kind == yaml.ScalarNode:
		return fmt.Sprintf("%q is text, and YAML reads %s as a value of its own; put it in quotes: \"%s\"", key, shorten(n.Value), shorten(n.Value))
	}
	return fmt.Sprintf("%q is text; here it is %s", key, describe(n))
}

func explainVersion(n *yaml.Node) string {
	if isText(n) && strings.TrimSpace(n.Value) == fmt.Sprint(Version) {
		return fmt.Sprintf("the version is a number; write `version: %d`, without quotes", Version)
	}
	if isNumber(n) {
		return fmt.Sprintf("version %s is not understood; the versions understood here: %d", shorten(n.Value), Version)
	}
	return fmt.Sprintf("the version is a number, here it is %s; the versions understood here: %d", describe(n), Version)
}

func explainAPI(n *yaml.Node) string {
	known := []string{"integrations", "flows"}
	if isText(n) {
		if near := nearest(n.Value, known); near != "" {
			return fmt.Sprintf("api %s is not known, did you mean %q?", quote(n.Value), near)
		}
	}
	return fmt.Sprintf("api is %q or %q; here it is %s", known[0], known[1], describe(n))
}

// hostOf helps where an address was given for a domain.
func hostOf(s string) string {
	s = strings.TrimSpace(s)
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		rest = s
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	for _, service := range []string{"api.", "apps.", "login."} {
		host = strings.TrimPrefix(host, service)
	}
	if host == s || !strings.Contains(host, ".") {
		return ""
	}
	return fmt.Sprintf("; write %s", quote(host))
}
