package manifest

import (
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"

	"gopkg.in/yaml.v3"
)

// explain reports what the schema found wrong with one part, and whether there was anything to say or leave to
// resolve.go. One mistake gives one problem: consequences of a misspelt key are left out, and of several failures of
// one value the first is enough.
func (r *reader) explain(p *part, n *yaml.Node, list []failure) (said bool) {
	s := r.loader.schemas
	before := len(r.loader.problems)
	told := map[*yaml.Node]bool{}
	for _, f := range list {
		switch {
		case len(f.path) == 0 && f.keyword == "type":
			r.explainWhole(p, n)
			continue
		case len(f.path) == 0:
			r.explainObject(p, n, f)
			continue
		}
		at, value, owner := r.walk(p, n, f.path)
		if value == nil || told[value] {
			continue
		}
		key := f.path[len(f.path)-1]
		inner := s.inside(owner, key)
		if owner == s.byOrg {
			key = f.path[len(f.path)-2]
		}
		switch {
		case f.keyword == notAllowed && (owner == s.organizations || owner == s.byOrg),
			f.keyword == "additionalProperties" && (inner == s.organizations || inner == s.byOrg):
			said = true // names.go reports names
		case f.keyword == "minProperties" && hasOddKey(value):
			said = true // guard reports it
		case f.keyword == "additionalProperties":
			r.unknownKeys(inner, value)
		case f.keyword == "required":
			if !meant(inner, fields(value), "environment") {
				r.at(at, "organization %s has no environment; add one, such as `environment: mypurecloud.ie`",
					quote(key))
			}
		case f.keyword == notAllowed:
			r.explainSurplus(owner, n, key)
		default:
			told[value] = true
			r.explainValue(owner, key, at, value)
		}
	}
	return said || len(r.loader.problems) > before
}

// walk follows a path to a value, with the place to report it at: the value's, or the key's where there is no value to
// point at.
func (r *reader) walk(p *part, n *yaml.Node, path []string) (at, value *yaml.Node, owner *part) {
	owner, value = p, n
	for i, name := range path {
		if i > 0 {
			owner = r.loader.schemas.inside(owner, path[i-1])
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

// explainWhole is for a part that is not a mapping.
func (r *reader) explainWhole(p *part, n *yaml.Node) {
	s := r.loader.schemas
	want := "a manifest is a mapping that begins with `version: 1`"
	switch p {
	case s.flow:
		want = "a flow is written as `- name: ...` or `- id: ...`"
	case s.action:
		want = "an action is written as `- name: ...` or `- id: ...` with its timeout"
	case s.accept:
		want = "an accepted finding is written as `- finding: ...` with its reason"
	case s.defaults:
		want = "\"defaults\" is a mapping such as `timeout: 10s`"
	case s.organization, s.organizations:
		want = "an organization is written as `test: { environment: mypurecloud.de }`"
	}
	r.at(n, "%s; here it is %s", want, describe(deref(n)))
}

// explainObject is for what is wrong with a part's keys.
func (r *reader) explainObject(p *part, n *yaml.Node, f failure) {
	s, list := r.loader.schemas, fields(n)
	switch {
	case f.keyword == "additionalProperties":
		r.unknownKeys(p, n)
	case f.keyword != "required":
		r.at(n, "%s does not match the schema: %s", p.noun, f.message)
	case p == s.manifest:
		if !meant(p, list, "version") {
			r.at(n, "no version; begin the manifest with `version: %d`", Version)
		}
	case p == s.accept:
		for _, key := range []string{"finding", "reason"} {
			if !meant(p, list, key) {
				r.at(n, "%s needs a %s", p.noun, key)
			}
		}
	case p == s.organization:
		if !meant(p, list, "environment") {
			r.at(n, "%s needs an environment", p.noun)
		}
	case !meant(p, list, "id") && !meant(p, list, "name"):
		r.at(n, "%s needs a name or an id", p.noun)
	}
}

// explainSurplus is for a key that cannot stand beside an id.
func (r *reader) explainSurplus(p *part, n *yaml.Node, key string) {
	list := fields(n)
	id, _ := get(list, "id")
	surplus, _ := get(list, key)
	if key != "name" {
		if _, named := get(list, "name"); !named {
			r.at(surplus.key, "%q only tells equal names apart; remove it, or give the name instead of the id", key)
		}
		return
	}
	second := surplus.key
	if id.key.Line > second.Line || id.key.Line == second.Line && id.key.Column > second.Column {
		second = id.key
	}
	r.at(second, "%s has either an id or a name; keep one", p.noun)
}

// unknownKeys reports the keys that the part does not have.
func (r *reader) unknownKeys(p *part, n *yaml.Node) {
	list := fields(n)
	keys := absent(p, list)
	for _, f := range list {
		if p.has(r, f.name) {
			continue
		}
		if instead := insteadOf[f.name]; instead != "" && slices.Contains(p.keys, "only") {
			r.at(f.key, "unknown key %s in %s; %s", quote(f.name), p.noun, instead)
			continue
		}
		if near := suggest(keys, f.name); near != "" {
			r.at(f.key, "unknown key %s in %s, %s", quote(f.name), p.noun, spelling.DidYouMean(f.name, near))
			continue
		}
		if near := suggest(p.keys, f.name); near != "" {
			r.at(f.key, "unknown key %s in %s, %s It is already set; keep one", quote(f.name), p.noun,
				spelling.DidYouMean(f.name, near))
			continue
		}
		known := "the keys are " + strings.Join(p.keys, ", ")
		if len(p.keys) == 1 {
			known = "the only key is " + p.keys[0]
		}
		r.at(f.key, "unknown key %s in %s; %s", quote(f.name), p.noun, known)
	}
}

// has reports whether the part has the key; the top has all that begin with "x-".
func (p *part) has(r *reader, key string) bool {
	return slices.Contains(p.keys, key) || p == r.loader.schemas.manifest && strings.HasPrefix(key, "x-")
}

// explainValue is for a value of the wrong kind.
func (r *reader) explainValue(p *part, key string, at, value *yaml.Node) {
	s := r.loader.schemas
	empty := value.Kind == yaml.MappingNode && len(value.Content) == 0
	switch {
	case empty && (key == "timeout" || key == "id" || key == "integration"):
		r.at(at, "%q is an empty map; give a value for each organization", key)
	case key == "timeout":
		r.at(at, "%s", explainTimeout(value))
	case p == s.manifest && key == "version":
		r.at(at, "%s", explainVersion(value))
	case p == s.manifest && key == "api":
		r.at(at, "%s", explainAPI(value))
	case key == "environment" && isText(value):
		r.at(at, "environment %s is neither a domain such as mypurecloud.ie nor a region such as eu-west-1%s",
			quote(value.Value), hostOf(value.Value))
	case key == "flows", key == "actions", key == "accept":
		r.at(at, "%q is a list of items that begin with \"- \"; here it is %s", key, describe(value))
	case key == "only":
		r.at(at, "\"only\" is a list of organizations such as `[production]`; here it is %s", describe(value))
	case key == "defaults":
		r.at(at, "\"defaults\" is a mapping such as `timeout: 10s`; here it is %s", describe(value))
	case p == s.manifest && key == "organizations":
		what := describe(value)
		if empty {
			what = "empty"
		}
		r.at(at, "\"organizations\" is a mapping such as `test: { environment: mypurecloud.de }`; here it is %s", what)
	case p == s.organizations:
		r.at(at, "an organization is written as `%s: { environment: mypurecloud.de }`; here it is %s", shorten(key),
			describe(value))
	case key == "until" && !isNull(value):
		r.at(at, "\"until\" is a date such as 2026-12-31; here it is %s", describe(value))
	case key == "finding" && isText(value) && value.Value != "":
		r.at(at, "%s", s.explainFinding(value.Value))
	default:
		r.at(at, "%s", explainText(key, value))
	}
}

// explainFinding is for a code that an entry cannot accept.
func (s *schemas) explainFinding(code string) string {
	known := s.accepted()
	if near := nearest(code, known); near != "" {
		return fmt.Sprintf("unknown finding %s, %s", quote(code), spelling.DidYouMean(code, near))
	}
	return fmt.Sprintf("finding %s cannot be accepted; an entry can accept these warnings: %s", quote(code),
		strings.Join(known, ", "))
}

// explainText is for what should have been text: YAML turns some names into something else.
func explainText(key string, n *yaml.Node) string {
	switch {
	case isNull(n) || isText(n) && strings.TrimSpace(n.Value) == "":
		return fmt.Sprintf("%q is empty", key)
	case isText(n):
		return fmt.Sprintf("%q is one line of text; here it has several", key)
	case isNumber(n):
		return fmt.Sprintf("%q is text, and YAML reads %s as a number; quote it: \"%s\"", key, shorten(n.Value),
			shorten(n.Value))
	case n.Kind == yaml.ScalarNode:
		what := "a boolean"
		if isMerge(n) {
			what = "a merge key"
		}
		return fmt.Sprintf("%q is text, and YAML reads %s as %s; quote it: \"%s\"", key, shorten(n.Value), what,
			shorten(n.Value))
	}
	return fmt.Sprintf("%q is text; here it is %s", key, describe(n))
}

func explainVersion(n *yaml.Node) string {
	if isText(n) && strings.TrimSpace(n.Value) == fmt.Sprint(Version) {
		return fmt.Sprintf("version is a number; write `version: %d`, without quotes", Version)
	}
	if isNumber(n) {
		return fmt.Sprintf("version %s is not supported; supported versions: %d", shorten(n.Value), Version)
	}
	return fmt.Sprintf("version is a number, here it is %s; supported versions: %d", describe(n), Version)
}

func explainAPI(n *yaml.Node) string {
	known := []string{"integrations", "flows"}
	if isText(n) {
		if near := nearest(n.Value, known); near != "" {
			return fmt.Sprintf("unknown api %s, %s", quote(n.Value), spelling.DidYouMean(n.Value, near))
		}
	}
	return fmt.Sprintf("api is %q or %q; here it is %s", known[0], known[1], describe(n))
}

// hostOf suggests the domain of an address.
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
