package session

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/rawjson"
)

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
