package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// resolve puts the documents together, with the checks that a schema cannot make.
func (l *loader) resolve(override dataaction.API) dataaction.Desired {
	desired := dataaction.Desired{API: override, Digest: l.digest.String()}
	for _, s := range l.sources {
		if s.problem == "" {
			desired.Files = append(desired.Files, s.name)
		}
	}
	l.agree(&desired, override != "")
	if desired.API == "" {
		desired.API = dataaction.Integrations
	}
	n := 0
	for _, d := range l.documents {
		n += len(d.entries)
	}
	desired.Entries = slices.Grow(desired.Entries, n)
	c := conflicts{first: make(map[target]claim, n)}
	for _, d := range l.documents {
		api := desired.API
		if override == "" && d.api != "" {
			api = d.api
		}
		d.checkSurface(api)
		d.checkFallback(api)
		desired.Flows = append(desired.Flows, d.flows...)
		for i := range d.entries {
			e := &d.entries[i]
			if value, ok := d.timeoutOf(e, api); ok {
				c.add(d, e, api, value)
				desired.Entries = append(desired.Entries, dataaction.Entry{Flow: e.flow, Action: e.action, Timeout: value, Source: d.reader.source(e.at)})
			}
		}
	}
	return desired
}

// agree finds the one surface and the one environment of all documents. A document that gives none goes with the others.
func (l *loader) agree(desired *dataaction.Desired, overridden bool) {
	var apiFrom, envFrom *document
	var domain string // of envFrom
	for _, d := range l.documents {
		if d.api != "" {
			if apiFrom == nil {
				apiFrom = d
			} else if d.api != apiFrom.api && !overridden {
				d.reader.at(d.apiAt, "api is %q here and %q at %s; one run works on one surface, so keep them in manifests of their own", d.api, apiFrom.api, apiFrom.reader.place(apiFrom.apiAt))
			}
		}
		if d.environment == "" {
			continue
		}
		switch here, err := l.domain(d.environment); {
		case err != nil:
			d.reader.at(d.envAt, "%v", err)
		case envFrom == nil:
			envFrom, domain = d, here
		case here != domain:
			d.reader.at(d.envAt, "environment is %s here and %s at %s; one run works on one organisation", quote(d.environment), quote(envFrom.environment), envFrom.reader.place(envFrom.envAt))
		}
	}
	if apiFrom != nil && !overridden {
		desired.API = apiFrom.api
	}
	if envFrom != nil {
		desired.Environment = envFrom.environment
	}
}

// domain is what an environment is compared by.
func (l *loader) domain(environment string) (string, error) {
	if l.domainOf == nil {
		return strings.ToLower(environment), nil
	}
	return l.domainOf(environment)
}

// checkSurface reports what the surface does not have.
func (d *document) checkSurface(api dataaction.API) {
	if api != dataaction.Flows {
		return
	}
	if d.actionsAt != nil {
		d.reader.at(d.actionsAt, "on surface flows every action belongs to a flow; list these under `flows:`, each below its flow's `actions:`")
	}
	for _, e := range d.entries {
		if e.categoryAt != nil {
			d.reader.at(e.categoryAt, "actions have no category on surface flows; remove it")
		}
		if e.integrationAt != nil {
			d.reader.at(e.integrationAt, "actions have no integration on surface flows; remove it")
		}
	}
}

// checkFallback checks defaults.timeout by the widest limits of the surface, so that it is told once and not for each entry.
func (d *document) checkFallback(api dataaction.API) {
	if d.fallback == nil {
		return
	}
	if wrong := outOfRange(dataaction.LimitsOf(api, ""), *d.fallback); wrong != "" {
		d.reader.at(d.fallback.at, "%s", wrong)
		d.badFallback = true
	}
}

// timeoutOf is the timeout that an entry asks for. It reports what is wrong with it, unless that was told before.
func (d *document) timeoutOf(e *entry, api dataaction.API) (time.Duration, bool) {
	t, prefix := e.timeout, ""
	switch {
	case e.badTimeout:
		return 0, false
	case t == nil && d.badFallback:
		return 0, false
	case t == nil && d.fallback == nil:
		if e.action.ID != "" || e.action.Name != "" {
			d.reader.at(e.at, "%s has no timeout, and this document sets no defaults.timeout; add one, such as `timeout: 10s`", e.label())
		}
		return 0, false
	case t == nil:
		t, prefix = &timeout{d.fallback.value, e.at}, "defaults.timeout does not fit this action: "
	}
	kind := ""
	if api == dataaction.Integrations && dataaction.IsFunctionCategory(e.action.Category) {
		kind = dataaction.TypeFunction
		prefix += fmt.Sprintf("category %s marks a function data action: ", quote(e.action.Category))
	}
	if wrong := outOfRange(dataaction.LimitsOf(api, kind), *t); wrong != "" {
		d.reader.at(t.at, "%s%s", prefix, wrong)
		return 0, false
	}
	return t.value, e.action.ID != "" || e.action.Name != ""
}

func outOfRange(limits dataaction.Limits, t timeout) string {
	if tooLarge(t.value) {
		return fmt.Sprintf("timeout %s is far over the limit of %s (allowed: %s)", shorten(t.at.Value), dataaction.Text(limits.Max), limits)
	}
	return limits.Check(t.value)
}

// conflicts finds actions that are given two timeouts. Here only selectors that are the same can be told to name the same
// action; what a name and an id have in common shows at plan time.
type conflicts struct{ first map[target]claim }

// target is what a selector picks: on surface flows the action of a flow, else the action wherever it is listed.
type target struct {
	flow   dataaction.FlowSelector
	action dataaction.Selector
}

type claim struct {
	document *document
	entry    *entry
	value    time.Duration
}

func (c *conflicts) add(d *document, e *entry, api dataaction.API, value time.Duration) {
	t := target{action: e.action}
	if api == dataaction.Flows && e.flow != nil {
		if t.flow = *e.flow; t.flow == (dataaction.FlowSelector{}) {
			return
		}
		t.flow.Type = strings.ToLower(t.flow.Type)
	}
	before, ok := c.first[t]
	if !ok {
		c.first[t] = claim{d, e, value}
		return
	}
	if before.value != value {
		at := e.at
		if e.timeout != nil {
			at = e.timeout.at
		}
		there := before.entry.at
		if before.entry.timeout != nil {
			there = before.entry.timeout.at
		}
		d.reader.at(at, "%s has the timeout %s here and %s at %s; keep one", e.label(), dataaction.Text(value), dataaction.Text(before.value), before.document.reader.place(there))
	}
}
