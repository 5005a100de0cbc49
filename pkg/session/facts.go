package session

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
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
