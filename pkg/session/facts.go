package session

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/rawjson"
	"genesys-timeouts/pkg/report"
)

// MaxFactRequests is the budget of Facts: the most requests that it sends, sign-in not counted. None is repeated.
const MaxFactRequests = 25

// Facts asks the API what its documentation leaves open, without writing anything, for a bug report. A question that is
// refused is an answer. The page holds statuses, names of headers, shapes and counts, and nothing of the organisation.
// The error is ctx's, or that of a sign-in.
func (s *Session) Facts(ctx context.Context) (report.Facts, error) {
	p := &prober{client: s.Client, now: s.env.Now().UTC()}
	before := s.Client.Requests()
	for _, ask := range []func(context.Context) error{
		p.organization, p.listing, p.largePages, p.byIDs, p.byName, p.functions, p.drafts,
		p.flowStates, p.configurations, p.index, p.consumers, p.analytics, p.reach, p.limits, p.audit,
	} {
		if err := ask(ctx); err != nil {
			return report.Facts{}, err
		}
	}
	out := report.Facts{ToolVersion: s.env.Version, Date: p.now.Format(time.DateOnly),
		Requests: s.Client.Requests() - before, Facts: p.facts}
	if domain := s.Client.Environment(); genesys.IsVendorDomain(domain) && s.Client.APIURL() == "https://api."+domain {
		out.Environment = domain
	}
	return out, nil
}

// prober asks one question after the other, and keeps what later ones need.
type prober struct {
	client   *genesys.Client
	now      time.Time
	facts    []report.Fact
	requests int

	actions []rawjson.Value // of the first page
	flows   []rawjson.Value
}

const (
	actionsPath    = "/api/v2/integrations/actions"
	flowsPath      = "/api/v2/flows"
	aggregatesPath = "/api/v2/analytics/actions/aggregates/query"
	auditPath      = "/api/v2/audits/query/realtime"
	indexPath      = "/api/v2/architect/dependencytracking"
)

// ask sends one request. shown is its path without anything of the organisation; body makes it a query.
func (p *prober) ask(ctx context.Context, question, shown, path string, query url.Values, body any) (
	a genesys.ProbeAnswer, f *report.Fact, err error,
) {
	f = p.fact(question, shown, "")
	if body != nil {
		f.Request = "POST " + shown
	}
	if p.requests == MaxFactRequests {
		f.Fault = "not asked: the budget of requests is spent"
		return a, f, nil
	}
	p.requests++
	var raw []byte
	if body != nil {
		if raw, err = json.Marshal(body); err != nil {
			return a, f, err
		}
	}
	if a, err = p.client.Probe(ctx, cmp.Or(path, shown), query, raw); err != nil {
		return a, f, err
	}
	f.Status, f.Code, f.Headers = a.Status, a.Code, a.Headers
	if a.Status == 0 {
		f.Fault = "no answer (" + string(a.Fault) + ")"
	}
	if a.Body != nil {
		f.Shape = genesys.Shape(a.Body)
	}
	return a, f, nil
}

// found adds a finding about an answer. A refused request has none: counts of nothing would read as facts.
func found(f *report.Fact, a genesys.ProbeAnswer, format string, args ...any) {
	if a.Body != nil {
		f.Findings = append(f.Findings, fmt.Sprintf(format, args...))
	}
}

// fact adds a question; a fault says why it is not asked. The pointer is valid until the next one.
func (p *prober) fact(question, shown, fault string) *report.Fact {
	p.facts = append(p.facts, report.Fact{Question: question, Request: "GET " + shown, Fault: fault})
	return &p.facts[len(p.facts)-1]
}

func (p *prober) organization(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Does the organisation say who it is?", "/api/v2/organizations/me", "", nil, nil)
	limit := 0
	for _, name := range f.Headers {
		if strings.HasPrefix(name, "Inin-Ratelimit-") {
			limit++
		}
	}
	found(f, a, "%d of 3 headers of the rate limit", limit)
	return err
}

func (p *prober) listing(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Does the listing give configurations?", actionsPath, "",
		url.Values{"includeConfig": {"true"}, "pageSize": {"100"}, "pageNumber": {"1"}, "sortBy": {"name"}}, nil)
	p.actions = entities(a.Body)
	config, timeout := 0, 0
	for _, e := range p.actions {
		if c, ok := e.Get("config"); ok && c.IsObject() {
			config++
			if _, ok := c.Get("timeoutSeconds"); ok {
				timeout++
			}
		}
	}
	found(f, a, "%d entities of %s, %d with a config, %d of these with a timeout", len(p.actions),
		number(a.Body, "total"), config, timeout)
	return err
}

func (p *prober) largePages(ctx context.Context) error {
	for _, size := range []int{200, 500} {
		a, f, err := p.ask(ctx, fmt.Sprintf("Does a page hold %d actions?", size), actionsPath, "",
			url.Values{"pageSize": {strconv.Itoa(size)}, "pageNumber": {"1"}}, nil)
		if err != nil {
			return err
		}
		found(f, a, "%d entities of %s, pageSize %s", len(entities(a.Body)),
			number(a.Body, "total"), number(a.Body, "pageSize"))
	}
	return nil
}

func (p *prober) byIDs(ctx context.Context) error {
	const question = "Are pages of `ids=` short?"
	var ids []string
	for _, e := range p.actions[:min(len(p.actions), 50)] {
		ids = append(ids, text(e, "id"))
	}
	if len(ids) == 0 {
		p.fact(question, actionsPath, "not asked: no action is known")
		return nil
	}
	a, f, err := p.ask(ctx, question, actionsPath, "", url.Values{"ids": {strings.Join(ids, ",")},
		"includeConfig": {"true"}}, nil)
	found(f, a, "asked for %d ids without a page size: %d came, pageSize %s, pageCount %s",
		len(ids), len(entities(a.Body)), number(a.Body, "pageSize"), number(a.Body, "pageCount"))
	return err
}

func (p *prober) byName(ctx context.Context) error {
	const question = "Does the filter by name find whole names and parts?"
	at := slices.IndexFunc(p.actions, func(e rawjson.Value) bool { return len(text(e, "name")) > 4 })
	if at < 0 {
		p.fact(question, actionsPath, "not asked: no action with a name is known")
		return nil
	}
	name := text(p.actions[at], "name")
	for _, part := range []struct{ what, name string }{
		{"a whole name", name}, {"the end of a name", name[len(name)/2:]}, {"a name in upper case", strings.ToUpper(name)},
	} {
		a, f, err := p.ask(ctx, question, actionsPath, "", url.Values{"name": {strings.ToValidUTF8(part.name, "")},
			"pageSize": {"100"}}, nil)
		if err != nil {
			return err
		}
		exact := 0
		for _, e := range entities(a.Body) {
			if text(e, "name") == name {
				exact++
			}
		}
		f.Shape = ""
		found(f, a, "%s: %d entities, %d with that name", part.what, len(entities(a.Body)), exact)
	}
	return nil
}

func (p *prober) functions(ctx context.Context) error {
	const question, shown = "What does a function look like?", actionsPath + "/{id}/function"
	at := slices.IndexFunc(p.actions, func(e rawjson.Value) bool {
		return len(strings.Trim(strings.ToLower(text(e, "config", "request", "requestUrlTemplate")),
			"0123456789abcdef-")) == 0 &&
			len(text(e, "config", "request", "requestUrlTemplate")) == 36
	})
	if at < 0 {
		p.fact(question, shown, "not asked: no action of the first page has a GUID as its request template")
		return nil
	}
	_, _, err := p.ask(ctx, question, shown, actionsPath+"/"+url.PathEscape(text(p.actions[at], "id"))+"/function",
		nil, nil)
	return err
}

func (p *prober) drafts(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Are all drafts listed in one request?", actionsPath+"/drafts", "",
		url.Values{"pageSize": {"100"}, "pageNumber": {"1"}}, nil)
	found(f, a, "%d entities of %s", len(entities(a.Body)), number(a.Body, "total"))
	return err
}

func (p *prober) flowStates(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Which states do flows have?", flowsPath, "",
		url.Values{"pageSize": {"100"}, "pageNumber": {"1"}}, nil)
	p.flows = entities(a.Body)
	var published, unsaved, behind, inactive, upper int
	for _, e := range p.flows {
		live, saved := text(e, "publishedVersion", "id"), text(e, "savedVersion", "id")
		if live != "" {
			published++
		}
		if saved == "" {
			unsaved++
		}
		if live != "" && saved != "" && live != saved {
			behind++
		}
		if active, _ := e.Get("active"); live != "" && string(active) == "false" {
			inactive++
		}
		if kind := text(e, "type"); kind != "" && kind == strings.ToUpper(kind) {
			upper++
		}
	}
	found(f, a, "%d flows: %d published, %d of these with active false, %d saved since; "+
		"%d without a saved version; %d with a type in upper case", len(p.flows), published, inactive, behind,
		unsaved, upper)
	return err
}

// configurations asks for the published and the latest configuration of a flow whose saved version differs, or of any;
// and for the latest one of a flow that has none saved.
func (p *prober) configurations(ctx context.Context) error {
	at := slices.IndexFunc(p.flows, func(e rawjson.Value) bool {
		live := text(e, "publishedVersion", "id")
		return live != "" && live != text(e, "savedVersion", "id")
	})
	if at < 0 {
		at = slices.IndexFunc(p.flows, func(e rawjson.Value) bool { return text(e, "publishedVersion", "id") != "" })
	}
	const question = "Which version is a flow's configuration?"
	if at < 0 {
		p.fact(question, flowsPath+"/{id}/versions/{id}/configuration", "not asked: no published flow is known")
	} else {
		base := flowsPath + "/" + url.PathEscape(text(p.flows[at], "id"))
		live, _, err := p.ask(ctx, question, flowsPath+"/{id}/versions/{id}/configuration",
			base+"/versions/"+url.PathEscape(text(p.flows[at], "publishedVersion", "id"))+"/configuration", nil, nil)
		if err != nil {
			return err
		}
		latest, f, err := p.ask(ctx, question, flowsPath+"/{id}/latestconfiguration", base+"/latestconfiguration", nil, nil)
		if err != nil {
			return err
		}
		same := "differs from the published one"
		if string(live.Body) == string(latest.Body) {
			same = "is the published one"
		}
		if live.Body != nil {
			found(f, latest, "the latest configuration %s", same)
		}
	}
	const unsaved, shown = "What is the latest configuration of a flow without a saved one?",
		flowsPath + "/{id}/latestconfiguration"
	at = slices.IndexFunc(p.flows, func(e rawjson.Value) bool { return text(e, "savedVersion", "id") == "" })
	if at < 0 {
		p.fact(unsaved, shown, "not asked: no flow without a saved version is known")
		return nil
	}
	_, _, err := p.ask(ctx, unsaved, shown, flowsPath+"/"+url.PathEscape(text(p.flows[at], "id"))+"/latestconfiguration",
		nil, nil)
	return err
}

func (p *prober) index(ctx context.Context) error {
	a, f, err := p.ask(ctx, "In which state is the dependency index?", indexPath+"/build", "", nil, nil)
	state := "another state"
	if said := text(a.Body, "status"); slices.Contains([]string{"OPERATIONAL", "OPERATIONALNEEDSREBUILD",
		"BUILDINITIALIZING", "BUILDINPROGRESS", "NOTBUILT"}, said) {
		state = said
	}
	failed, _ := a.Body.Get("failedObjects")
	n := 0
	for range failed.Elements() {
		n++
	}
	found(f, a, "%s, %d failed objects", state, n)
	return err
}

func (p *prober) consumers(ctx context.Context) error {
	const question, shown = "Who uses an action?", indexPath + "/consumingresources"
	if len(p.actions) == 0 {
		p.fact(question, shown, "not asked: no action is known")
		return nil
	}
	for _, object := range []string{genesys.ObjectDataAction, genesys.ObjectSecureAction} {
		a, f, err := p.ask(ctx, question, shown, "", url.Values{"id": {text(p.actions[0], "id")}, "objectType": {object},
			"flowFilter": {"published"}, "pageNumber": {"1"}, "pageSize": {"100"}}, nil)
		if err != nil {
			return err
		}
		found(f, a, "objectType %s: %d entities", object, len(entities(a.Body)))
	}
	return nil
}

// aggregates is the query for the days before now.
func (p *prober) aggregates(days int, views bool) map[string]any {
	today := p.now.Truncate(24 * time.Hour)
	query := map[string]any{
		"interval": today.AddDate(0, 0, -days).Format(time.RFC3339) + "/" + today.Format(time.RFC3339),
		"metrics":  []string{"tTotalExecution"}, "groupBy": []string{"errorType", "responseStatus"},
	}
	if views {
		query["views"] = []map[string]any{{"target": "tTotalExecution", "name": "over1s", "function": "rangeBound",
			"range": map[string]int{"gte": 1000}}}
	}
	return query
}

func (p *prober) analytics(ctx context.Context) error {
	for _, views := range []bool{false, true} {
		question := "Does analytics answer without views?"
		if views {
			question = "Does analytics answer with views?"
		}
		a, f, err := p.ask(ctx, question, aggregatesPath, "", nil, p.aggregates(7, views))
		if err != nil {
			return err
		}
		results, _ := a.Body.Get("results")
		kinds, statuses, groups := map[string]bool{}, map[string]bool{}, 0
		for r := range results.Elements() {
			groups++
			kinds[text(r, "group", "errorType")] = true
			statuses[text(r, "group", "responseStatus")] = true
		}
		found(f, a, "%d groups: %d values of errorType and %d of responseStatus, "+
			"each counted with the empty one", groups, len(kinds), len(statuses))
	}
	return nil
}

func (p *prober) reach(ctx context.Context) error {
	for _, days := range []int{31, 90, 366} {
		_, f, err := p.ask(ctx, fmt.Sprintf("Does analytics reach back %d days?", days), aggregatesPath, "", nil,
			p.aggregates(days, false))
		if err != nil {
			return err
		}
		f.Shape = ""
	}
	return nil
}

func (p *prober) limits(ctx context.Context) error {
	known := []string{"actions.concurrent.executions.max", "requests.volume.max",
		"actions.function.concurrent.executions.max"}
	a, f, err := p.ask(ctx, "Which limits are in force?", "/api/v2/organizations/limits/namespaces/dataactions",
		"", nil, nil)
	var there []string
	others := 0
	for _, e := range entities(a.Body) {
		if key := text(e, "key"); slices.Contains(known, key) {
			there = append(there, "`"+key+"`")
		} else {
			others++
		}
	}
	slices.Sort(there)
	found(f, a, "of the keys known: %s; %d others", cmp.Or(strings.Join(there, ", "), "none"), others)
	return err
}

func (p *prober) audit(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Does the audit know data actions?", auditPath+"/servicemapping", "", nil, nil)
	if err != nil {
		return err
	}
	service, entity := false, false
	services, _ := a.Body.Get("services")
	for x := range services.Elements() {
		if text(x, "name") == "Integrations" {
			service = true
			entity = slices.ContainsFunc(entities(x), func(e rawjson.Value) bool { return text(e, "name") == "Action" })
		}
	}
	found(f, a, "the mapping names service Integrations: %t, with entity type Action: %t", service, entity)
	a, f, err = p.ask(ctx, "Does the audit name the timeout?", auditPath, "",
		url.Values{"pageNumber": {"1"}, "pageSize": {"100"}}, map[string]any{
			"interval":    p.now.Add(-genesys.AuditReach+time.Hour).Format(time.RFC3339) + "/" + p.now.Format(time.RFC3339),
			"serviceName": "Integrations",
			"filters":     []map[string]string{{"property": "EntityType", "value": "Action"}},
		})
	named := 0
	for _, e := range entities(a.Body) {
		changes, _ := e.Get("propertyChanges")
		for c := range changes.Elements() {
			if strings.HasSuffix(strings.ToLower(text(c, "property")), "timeoutseconds") {
				named++
			}
		}
	}
	found(f, a, "%d entries, %d changes of them name the timeout", len(entities(a.Body)), named)
	return err
}

func entities(v rawjson.Value) (out []rawjson.Value) {
	list, _ := v.Get("entities")
	for e := range list.Elements() {
		out = append(out, e)
	}
	return out
}

// text is the string at a path, or "".
func text(v rawjson.Value, path ...string) string {
	at, _ := v.Get(path...)
	s, _ := at.Text()
	return s
}

// number is the number at a key, or "an unknown number".
func number(v rawjson.Value, key string) string {
	at, _ := v.Get(key)
	if n, err := strconv.Atoi(string(at)); err == nil {
		return strconv.Itoa(n)
	}
	return "an unknown number"
}
