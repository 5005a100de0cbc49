package manifest

import (
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"
)

// names checks that everything by organization names declared ones.
type names struct {
	*reader
	declared []string
}

func (l *loader) checkNames() {
	if len(l.organizations) == 0 && slices.ContainsFunc(l.documents, func(d *document) bool { return d.orgsAt != nil }) {
		return // what is wrong with them was reported; without them every name would be unknown
	}
	c := names{declared: l.organizations}
	for _, d := range l.documents {
		c.reader = d.reader
		c.checkMap("timeout", d.defaults.byOrg)
		for _, f := range d.flows {
			c.checkOnly(f.only)
		}
		for i := range d.entries {
			if e := &d.entries[i]; e.byOrg != nil {
				c.checkEntry(e)
			}
		}
	}
}

func (c names) checkEntry(e *entry) {
	b := e.byOrg
	var above *only
	if e.flow != nil {
		above = e.flow.only
	}
	if b.only != nil {
		c.checkOnly(b.only)
		if above != nil && len(c.declared) > 0 && !slices.ContainsFunc(c.declared,
			func(o string) bool { return b.only.has(o) && above.has(o) }) {
			c.atSpot(b.only.at, "the flow's `only` excludes all of these organizations")
		}
	}
	c.checkMap("timeout", b.timeout, b.only, above)
	c.checkMap("id", b.id, b.only, above)
	c.checkMap("integration", b.integration, b.only, above)
	if !b.id.at.given() || e.action.Name != "" {
		return
	}
	for key, at := range e.nameOnly() {
		c.atSpot(at, "%q only tells equal names apart; remove it, or give the name beside the ids", key)
	}
	for _, o := range c.declared {
		if _, ok := b.id.of(o); !ok && c.loader.allDeclared(b.id) && b.only.has(o) && above.has(o) {
			c.atSpot(b.id.at, "no id for organization %q, and no name; add the id, the name, or `only`", o)
		}
	}
}

// allDeclared reports whether a map names declared organizations alone: a misspelt one must not count as a missing one
// too.
func (l *loader) allDeclared(m orgMap) bool {
	return !slices.ContainsFunc(m.values, func(v orgValue) bool {
		return v.org != everyOther && !slices.Contains(l.organizations, v.org)
	})
}

// checkMap checks the names of a map, which the lists have to include.
func (c names) checkMap(key string, m orgMap, within ...*only) {
	if !m.at.given() {
		return
	}
	if len(c.declared) == 0 {
		c.atSpot(m.at, "%q is a map by organization, and no `organizations:` declares any", key)
		return
	}
	for _, v := range m.values {
		switch {
		case v.org == everyOther && key == "timeout":
		case v.org == everyOther:
			c.atSpot(v.key, "only a timeout has a %q; name the organizations", everyOther)
		case !slices.Contains(c.declared, v.org):
			c.unknown(v.key, v.org)
		case slices.ContainsFunc(within, func(o *only) bool { return !o.has(v.org) }):
			c.atSpot(v.key, "`only` excludes organization %q; remove it here or add it there", v.org)
		}
	}
}

func (c names) checkOnly(o *only) {
	if o == nil || len(o.orgs) == 0 {
		return
	}
	if len(c.declared) == 0 {
		c.atSpot(o.at, "\"only\" names organizations, and no `organizations:` declares any")
		return
	}
	for i, l := range o.orgs {
		switch {
		case l.name == "":
		case !slices.Contains(c.declared, l.name):
			c.unknown(l.at, l.name)
		case slices.ContainsFunc(o.orgs[:i], func(before listed) bool { return before.name == l.name }):
			c.atSpot(l.at, "duplicate organization %q", l.name)
		}
	}
}

func (c names) unknown(at spot, name string) {
	if slices.Contains(c.loader.misnamed, name) {
		return // reported where it is declared
	}
	said := "the manifest declares " + strings.Join(c.declared, ", ")
	if near := nearest(name, c.declared); near != "" {
		said = spelling.DidYouMean(name, near)
	}
	c.atSpot(at, "unknown organization %s, %s", quote(name), said)
}
