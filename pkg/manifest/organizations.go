package manifest

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// Organization is an organization that a manifest declares.
type Organization struct {
	Name string
	// Environment is a domain or a region, as written.
	Environment string
	// ID guards against credentials of another organization; may be empty.
	ID string
	// Source is where the name is declared.
	Source dataaction.Source

	environmentSource dataaction.Source
}

// orgMap is a value by organization; at is the zero spot without one.
type orgMap struct {
	at     spot
	values []orgValue
}

// orgValue is an organization's value in a map; text is empty if the value is not text.
type orgValue struct {
	org, text string
	key, at   spot
}

// only are the organizations that a list keeps an entry or a flow to.
type only struct {
	at   spot
	orgs []listed
}

// listed is an organization in a list; an empty name was reported.
type listed struct {
	name string
	at   spot
}

// byOrg is what differs between the organizations of an entry.
type byOrg struct {
	only                     *only
	timeout, id, integration orgMap
}

// everyOther is the key of a timeout map for organizations that it does not name.
const everyOther = "default"

var orgName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`) })

const orgNameRule = "use 1 to 31 lower case letters, digits and dashes, starting with a letter, and neither " +
	`"default" nor "all"`

func isOrgName(s string) bool { return orgName().MatchString(s) && s != everyOther && s != "all" }

func readMap(n *yaml.Node) orgMap {
	if n == nil || n.Kind != yaml.MappingNode {
		return orgMap{}
	}
	list := fields(n)
	m := orgMap{spotOf(n), make([]orgValue, len(list))}
	for i, f := range list {
		m.values[i] = orgValue{f.name, textOf(f.value), spotOf(f.key), spotOf(f.value)}
	}
	return m
}

// readOnly reads a list of organizations; the schema reports what is not a list.
func (r *reader) readOnly(n *yaml.Node) *only {
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	if len(n.Content) == 0 {
		r.at(n, "\"only\" is empty; name at least one organization, or remove it")
	}
	o := &only{spotOf(n), make([]listed, len(n.Content))}
	for i, item := range n.Content {
		if o.orgs[i] = (listed{textOf(deref(item)), spotOf(item)}); o.orgs[i].name == "" {
			r.at(item, "\"only\" lists names of organizations; here it has %s", describe(deref(item)))
		}
	}
	return o
}

// has reports whether an organization is listed; without a list all are.
func (o *only) has(org string) bool {
	return o == nil || org == "" || slices.ContainsFunc(o.orgs, func(l listed) bool { return l.name == org })
}

// names are the organizations listed; nil without a list.
func (o *only) names() (out []string) {
	if o != nil {
		for _, l := range o.orgs {
			out = append(out, l.name)
		}
	}
	return out
}

// of is the value for an organization: its own, or the default.
func (m orgMap) of(org string) (orgValue, bool) {
	for _, name := range []string{org, everyOther} {
		for _, v := range m.values {
			if v.org == name {
				return v, true
			}
		}
	}
	return orgValue{}, false
}

// maps are the entry's values by organization, to fill in.
func (e *entry) maps() *byOrg {
	if e.byOrg == nil {
		e.byOrg = new(byOrg)
	}
	return e.byOrg
}

// in is the entry as a manifest for one organization would have it; false where that organization has none.
func (e *entry) in(org string) (*entry, bool) {
	if e.flow != nil && !e.flow.only.has(org) {
		return nil, false
	}
	if e.byOrg == nil {
		return e, true
	}
	if !e.byOrg.only.has(org) {
		return nil, false
	}
	own := *e
	if v, ok := e.byOrg.timeout.of(org); ok {
		own.timeout = timeoutAt(v.text, v.at)
		own.badTimeout = !own.timeout.at.given()
	}
	if v, ok := e.byOrg.id.of(org); ok {
		own.action = dataaction.Selector{ID: v.text}
	} else if v, ok := e.byOrg.integration.of(org); ok {
		own.action.IntegrationID = v.text
	}
	return &own, true
}

// in is the default for one organization.
func (f fallback) in(org string) fallback {
	if v, ok := f.byOrg.of(org); ok {
		f.timeout = timeoutAt(v.text, v.at)
		f.bad = !f.timeout.at.given()
	}
	return f
}

// declared collects the organizations of all documents, in order. One that is declared twice has to agree.
func (l *loader) declared() []Organization {
	var out []Organization
	for _, d := range l.documents {
		for _, f := range d.organizations {
			if !isOrgName(f.name) {
				d.reader.at(f.key, "organization name %s: %s", quote(f.name), orgNameRule)
				l.misnamed = append(l.misnamed, f.name)
				continue
			}
			o := Organization{Name: f.name, ID: text(fields(f.value), "id"), Source: d.reader.source(f.key)}
			domain := ""
			if env, ok := get(fields(f.value), "environment"); ok &&
				l.schemas.environment().MatchString(textOf(env.value)) {
				o.Environment, o.environmentSource = textOf(env.value), d.reader.source(env.value)
				var err error
				if domain, err = l.domain(o.Environment); err != nil {
					d.reader.at(env.value, "%v", err)
				}
			}
			i := slices.IndexFunc(out, func(before Organization) bool { return before.Name == o.Name })
			if i < 0 {
				out = append(out, o)
				l.organizations = append(l.organizations, o.Name)
				continue
			}
			before, _ := l.domain(out[i].Environment)
			if before != domain || !strings.EqualFold(out[i].ID, o.ID) {
				d.reader.at(f.key, "organization %q is declared differently here and at %s; declare it once", o.Name,
					at(out[i].Source))
			}
		}
	}
	return out
}

func at(s dataaction.Source) string { return place(s.File, s.Line, s.Column) }
