package manifest

import (
	"fmt"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// resolve puts the documents together, for each organization, with the checks that a schema cannot make.
func (l *loader) resolve(override dataaction.API) Manifest {
	common := dataaction.Desired{API: override, Digest: l.digest.String()}
	for _, s := range l.sources {
		if s.problem == "" {
			common.Files = append(common.Files, s.name)
		}
	}
	m := Manifest{Organizations: l.declared(), documents: len(l.documents)}
	l.checkNames()
	l.agree(&common, override != "", len(m.Organizations) > 0)
	for _, d := range l.documents {
		m.Entries += len(d.entries)
		d.checkSurface(d.surface(common.API, override))
		if len(m.Organizations) > 0 {
			d.checkDefaults(d.surface(common.API, override))
		}
	}
	m.common = common
	if len(m.Organizations) == 0 {
		m.desired = append(m.desired, l.desired(common, override))
	}
	for _, o := range m.Organizations {
		own := common
		own.Org, own.OrgID, own.Environment, own.EnvironmentSource = o.Name, o.ID, o.Environment, o.environmentSource
		m.desired = append(m.desired, l.desired(own, override))
	}
	return m
}

// surface is what a document is judged by: its own where documents disagree.
func (d *document) surface(common, override dataaction.API) dataaction.API {
	if override == "" && d.api != "" {
		return d.api
	}
	return common
}

// desired completes what one organization should have.
func (l *loader) desired(out dataaction.Desired, override dataaction.API) dataaction.Desired {
	n := 0
	for _, d := range l.documents {
		n += len(d.entries)
	}
	if n > 0 {
		out.Entries = make([]dataaction.Entry, 0, n)
	}
	c := conflicts{expected: n}
	for _, d := range l.documents {
		api := d.surface(out.API, override)
		defaults := d.defaults.in(out.Org)
		if wrong := outOfRange(dataaction.LimitsOf(api, ""), defaults.timeout); wrong != "" {
			d.reader.atSpot(defaults.timeout.at, "%s", wrong)
			defaults.bad = true
		}
		for _, f := range d.flows {
			if f.only.has(out.Org) {
				out.Flows = append(out.Flows, dataaction.FlowEntry{Flow: f.FlowSelector,
					Source: d.reader.sourceOf(f.at)})
			}
		}
		for i := range d.entries {
			e, ok := d.entries[i].in(out.Org)
			if !ok {
				continue
			}
			if value, ok := d.timeoutOf(e, defaults, api, out.Org); ok {
				c.add(d, e, api, value)
				out.Entries = append(out.Entries, d.desiredEntry(e, value))
			}
		}
	}
	return out
}

func (d *document) desiredEntry(e *entry, value time.Duration) dataaction.Entry {
	out := dataaction.Entry{Action: e.action, Timeout: value, Source: d.reader.sourceOf(e.at)}
	if e.flow != nil {
		out.Flow = &e.flow.FlowSelector
	}
	if n := e.notes; n != nil {
		out.Reason, out.Owner, out.Until, out.Accept = n.reason, n.owner, n.until, n.accept
	}
	return out
}

// agree finds the one surface and the one environment of all documents. A document that sets none follows the others.
func (l *loader) agree(desired *dataaction.Desired, overridden, organizations bool) {
	var apiFrom, envFrom *document
	var domain string // of envFrom
	for _, d := range l.documents {
		if d.api != "" {
			if apiFrom == nil {
				apiFrom = d
			} else if d.api != apiFrom.api && !overridden {
				d.reader.at(d.apiAt, "api is %q here and %q at %s; a run has one surface, so keep them in separate "+
					"manifests",
					d.api, apiFrom.api, apiFrom.reader.place(apiFrom.apiAt))
			}
		}
		if d.environment == "" {
			continue
		}
		switch here, err := l.domain(d.environment); {
		case organizations:
			d.reader.at(d.envAt, "environment is set beside the organizations at %s; each of them has its own",
				l.organizationsPlace())
		case err != nil:
			d.reader.at(d.envAt, "%v", err)
		case envFrom == nil:
			envFrom, domain = d, here
		case here != domain:
			d.reader.at(d.envAt, "environment is %s here and %s at %s; declare several under `organizations:`",
				quote(d.environment), quote(envFrom.environment), envFrom.reader.place(envFrom.envAt))
		}
	}
	if !overridden {
		desired.API = dataaction.Integrations
		if apiFrom != nil {
			desired.API = apiFrom.api
		}
	}
	if envFrom != nil {
		desired.Environment, desired.EnvironmentSource = envFrom.environment, envFrom.reader.source(envFrom.envAt)
	}
}

func (l *loader) organizationsPlace() string {
	for _, d := range l.documents {
		if len(d.organizations) > 0 {
			return d.reader.place(d.orgsAt)
		}
	}
	return ""
}

// domain is what environments are compared by.
func (l *loader) domain(environment string) (string, error) {
	if l.domainOf == nil || environment == "" {
		return strings.ToLower(environment), nil
	}
	return l.domainOf(environment)
}

// checkSurface reports what surface flows does not have.
func (d *document) checkSurface(api dataaction.API) {
	if api != dataaction.Flows {
		return
	}
	if d.actionsAt != nil {
		d.reader.at(d.actionsAt, "on surface flows every action belongs to a flow; list these under `flows:`, below "+
			"their flow's `actions:`")
	}
	for i := range d.entries {
		e := &d.entries[i]
		for key, at := range e.nameOnly() {
			d.reader.atSpot(at, "on surface flows actions have no %s; remove it", key)
		}
	}
}

// timeoutOf is the timeout that an entry asks for in an organization. It reports what is wrong with it, unless that was
// reported before.
func (d *document) timeoutOf(e *entry, defaults fallback, api dataaction.API, org string) (time.Duration, bool) {
	t, prefix := e.timeout, ""
	named := e.action.ID != "" || e.action.Name != ""
	switch {
	case e.badTimeout, !t.at.given() && defaults.bad:
		return 0, false
	case !t.at.given() && !defaults.timeout.at.given():
		byOrg := defaults.byOrg
		if e.byOrg != nil && e.byOrg.timeout.at.given() {
			byOrg = e.byOrg.timeout
		}
		switch {
		case byOrg.at.given() && !d.reader.loader.allDeclared(byOrg), org == "" && byOrg.at.given():
		case named && byOrg.at.given():
			d.reader.atSpot(e.at, "%s has no timeout for organization %q; add one, such as `timeout: { %s: 10s }`",
				e.label(), org, org)
		case named:
			d.reader.atSpot(e.at, "%s has no timeout, and this document has no defaults.timeout; add one, such as "+
				"`timeout: 10s`", e.label())
		}
		return 0, false
	case !t.at.given():
		t, prefix = timeout{defaults.timeout.value, defaults.timeout.text, e.at},
			"defaults.timeout does not fit this action: "
	}
	if wrong := e.outOfRange(api, t); wrong != "" {
		d.reader.atSpot(t.at, "%s%s", prefix, wrong)
		return 0, false
	}
	return t.value, named
}

// checkDefaults checks the defaults in maps by organization, which may serve none of those declared now.
func (d *document) checkDefaults(api dataaction.API) {
	check := func(m orgMap, outOfRange func(timeout) string) {
		v, _ := m.of(everyOther)
		if wrong := outOfRange(timeoutAt(v.text, v.at)); wrong != "" {
			d.reader.atSpot(v.at, "%s", wrong)
		}
	}
	check(d.defaults.byOrg, func(t timeout) string { return outOfRange(dataaction.LimitsOf(api, ""), t) })
	for i := range d.entries {
		if e := &d.entries[i]; e.byOrg != nil {
			check(e.byOrg.timeout, func(t timeout) string { return e.outOfRange(api, t) })
		}
	}
}

// outOfRange says why the action that an entry names cannot have a timeout; "" where it can.
func (e *entry) outOfRange(api dataaction.API, t timeout) string {
	if api != dataaction.Integrations || !dataaction.IsFunctionCategory(e.action.Category) {
		return outOfRange(dataaction.LimitsOf(api, ""), t)
	}
	wrong := outOfRange(dataaction.LimitsOf(api, dataaction.TypeFunction), t)
	if wrong != "" {
		wrong = fmt.Sprintf("category %s is for function data actions: ", quote(e.action.Category)) + wrong
	}
	return wrong
}

func outOfRange(limits dataaction.Limits, t timeout) string {
	switch {
	case !t.at.given():
		return ""
	case tooLarge(t.value):
		return fmt.Sprintf("timeout %s is far over the limit of %s (allowed: %s). %s", shorten(t.text),
			dataaction.Text(limits.Max), limits, dataaction.ByWebhook)
	}
	return limits.Check(t.value)
}

// conflicts finds actions with two timeouts. Only equal selectors are known to name the same action here; whether a
// name and an id do shows at plan time.
//
// On surface integrations an action is picked wherever it is listed; on surface flows it is the flow's.
type conflicts struct {
	expected int
	actions  map[dataaction.Selector]claim
	ofFlows  map[target]claim
}

// target is an action of a flow.
type target struct {
	flow   dataaction.FlowSelector
	action dataaction.Selector
}

type claim struct {
	document *document
	at       spot
	value    time.Duration
}

func (c *conflicts) add(d *document, e *entry, api dataaction.API, value time.Duration) {
	mine := claim{d, e.timeout.at, value}
	if !mine.at.given() {
		mine.at = e.at
	}
	var before claim
	if api == dataaction.Flows && e.flow != nil {
		flow := e.flow.FlowSelector
		if flow == (dataaction.FlowSelector{}) {
			return
		}
		flow.Type = strings.ToLower(flow.Type)
		before = firstClaim(&c.ofFlows, c.expected, target{flow, e.action}, mine)
	} else {
		before = firstClaim(&c.actions, c.expected, e.action, mine)
	}
	if before.value != value {
		d.reader.atSpot(mine.at, "%s has timeout %s here and %s at %s; keep one", e.label(), dataaction.Text(value),
			dataaction.Text(before.value),
			before.document.reader.placeOf(before.at))
	}
}

// firstClaim is the first claim under a key.
func firstClaim[K comparable](claims *map[K]claim, expected int, key K, mine claim) claim {
	if *claims == nil {
		*claims = make(map[K]claim, expected)
	}
	before, ok := (*claims)[key]
	if !ok {
		(*claims)[key] = mine
		return mine
	}
	return before
}
