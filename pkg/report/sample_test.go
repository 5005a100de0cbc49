package report_test

import (
	"fmt"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

func source(line int) *dataaction.Source {
	return &dataaction.Source{File: "genesys-timeouts.yaml", Line: line, Column: 9}
}

var (
	support = dataaction.Flow{ID: "f1", Name: "Inbound Support", Type: "inboundcall"}
	billing = dataaction.Flow{ID: "f2", Name: "Billing & Payments", Type: "inboundcall"}
	tokyo   = dataaction.Flow{ID: "f3", Name: "東京サポート", Type: "inboundcall"}
)

// samplePlan is a plan with something of everything that a healthy plan can have.
func samplePlan() plan.Document {
	action := func(id, name, category string) dataaction.Action {
		return dataaction.Action{ID: "custom_-_" + id, Name: name, Category: category, Type: dataaction.TypeAction}
	}
	change := func(a dataaction.Action, before *int64, after int64, flows ...dataaction.Flow) plan.Change {
		kind := plan.Update
		if before != nil && *before == after {
			kind = plan.None
		}
		return plan.Change{Change: kind, Action: a, BeforeMS: before, AfterMS: after, Flows: flows, Version: 3}
	}
	lookup, card := action("1", "Customer lookup", "CRM"), action("5",
		"Verify card 💳 and reserve the amount at the acquirer", "Payments")
	d := plan.Document{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.0.0", API: dataaction.Integrations,
		Organization: &dataaction.Organization{ID: "9c41f0aa", Name: "Acme EMEA"},
		Environment:  "mypurecloud.ie", APIURL: "https://api.mypurecloud.ie", Digest: "sha256:0",
		Manifest: plan.Manifest{Files: []string{"genesys-timeouts.yaml"}},
		Summary:  plan.Summary{Update: 6, Unchanged: 2, Warnings: 4, Lowered: 1},
		Changes: []plan.Change{
			change(lookup, new(int64(3000)), 12000, support),
			change(action("2", "Get order", "CRM"), new(int64(20000)), 10000, support, billing, tokyo),
			change(action("3", "Get order", "Warehouse"), nil, 8000),
			change(action("4", "Opening hours", "Calendar"), new(int64(5000)), 5000, support),
			change(card, new(int64(10000)), 15000, billing),
			change(action("6", "Send survey", "Surveys"), new(int64(3000)), 6000, support),
			change(action("7", "お客様の検索", "CRM"), new(int64(3000)), 9000, tokyo),
			change(action("8", "Ping", "Test"), new(int64(1000)), 1000),
		},
		Findings: []plan.Finding{
			{Severity: plan.Warning, Code: plan.StepOverridesTimeout, Flow: support, Action: lookup, Source: source(11),
				Message: `step "Look up the caller" (tracking id 42) of flow "Inbound Support" gives up after 5s, ` +
					`before the 12s of data action "Customer lookup": callers meet 5s`,
				Step: &plan.Step{Name: "Look up the caller", TrackingID: 42, TimeoutMS: new(int64(5000)),
					CallersMeetMS: new(int64(5000))}},
			{Severity: plan.Warning, Code: plan.StepOverridesTimeout, Flow: billing, Action: card, Source: source(24),
				Message: `step "Reserve" (tracking id 7) of flow "Billing & Payments" has a timeout ` +
					"that an expression decides when the flow runs",
				Step: &plan.Step{Name: "Reserve", TrackingID: 7, Expression: "Flow.wait"}},
			{Severity: plan.Warning, Code: plan.ActionNotUsedByFlow, Flow: support, Source: source(30),
				Action: dataaction.Action{ID: "custom_-_6",
					Name: "Send survey"}, Message: `flow "Inbound Support" does not call data action "Send survey"`},
			{Severity: plan.Warning, Code: plan.TimeoutLowered, Source: source(14),
				Action:  dataaction.Action{ID: "custom_-_2", Name: "Get order"},
				Message: `the timeout of data action "Get order" goes down from 20s to 10s`},
			{Severity: plan.Info, Code: plan.ActionUnmanaged, Flow: support, Source: source(8),
				Message: `flow "Inbound Support" calls data action "Get weather", which the manifest does not list`},
		},
		Stats: plan.Stats{Requests: 12, DurationMS: 431},
	}
	for i := range d.Changes {
		d.Changes[i].Sources = []dataaction.Source{*source(11 + 3*i)}
	}
	for i, callers := range map[int][]plan.Caller{
		0: {called(support, "Look up the caller", 5000, "", 12000), called(support, "Look up again", 0, "", 12000)},
		1: {called(support, "Order", 0, "", 10000), called(billing, "Order", 0, "", 10000),
			called(tokyo, "Order", 30000, "", 10000)},
		3: {called(support, "Open?", 0, "", 5000)},
		4: {called(billing, "Reserve", 0, "Flow.wait", 15000)},
		6: {called(tokyo, "検索", 0, "", 9000, dataaction.Flow{ID: "m1", Name: "Common search", Type: "commonmodule"})},
	} {
		d.Changes[i].Callers, d.Changes[i].CallersChecked = callers, plan.CheckedListed
		d.Changes[i].CallersMeetMS = callers[0].MeetsMS
	}
	d.Changes[6].CallersChecked = plan.CheckedIndex
	d.Changes[1].Reason, d.Changes[1].Owner = "The order service answers in 4 s at p99 since the migration", "order-team"
	d.Changes[4].Until = "2026-12-31"
	d.Changes[5].Owner = "survey-team"
	return d
}

// called is a step that calls an action, with its timeout (0: suggested) or expression.
func called(f dataaction.Flow, step string, ms int64, expression string, wanted int64,
	via ...dataaction.Flow) plan.Caller {
	c := plan.Caller{Flow: f, FlowVersion: "3.0", Via: via, Step: plan.CallerStep{Name: step, TrackingID: 20},
		Expression: expression}
	if ms > 0 {
		c.StepTimeoutMS = &ms
		wanted = min(wanted, ms)
	}
	if expression == "" {
		c.MeetsMS = &wanted
	}
	return c
}

// brokenPlan is the sample with errors, so that nothing of it can be applied.
func brokenPlan() plan.Document {
	d := samplePlan()
	d.Summary.Errors = 2
	d.Findings = append([]plan.Finding{
		{Severity: plan.Error, Code: plan.ActionNotFound, Source: source(18), Action: dataaction.Action{Name: "Get ordr"},
			Message: `no data action is named "Get ordr"; near it: ` +
				`"Get order" (category "CRM"), "Get order" (category "Warehouse")`},
		{Severity: plan.Error, Code: plan.TooManyChanges, Message: "6 changes are more than the 5 that --max-changes allows"},
	}, d.Findings...)
	return d
}

// stillPlan is a plan without any change.
func stillPlan() plan.Document {
	d := samplePlan()
	d.Summary = plan.Summary{Unchanged: 2}
	d.Changes = []plan.Change{d.Changes[3], d.Changes[7]}
	d.Findings = nil
	return d
}

// nestedPlan is a plan on surface flows, where each action belongs to one flow.
func nestedPlan() plan.Document {
	d := samplePlan()
	d.API, d.Findings = dataaction.Flows, nil
	d.Organization = nil
	d.Summary = plan.Summary{Update: 3}
	d.Changes = nil
	for i, f := range []dataaction.Flow{support, billing, tokyo} {
		a := dataaction.Action{ID: fmt.Sprintf("a%d", i), Name: "Get order", Type: "rest"}
		d.Changes = append(d.Changes, plan.Change{Change: plan.Update, Action: a, Flows: []dataaction.Flow{f},
			BeforeMS: new(int64(3000)), AfterMS: 1500 + int64(i)})
	}
	return d
}

// hostilePlan has names and messages that try to be more than text.
func hostilePlan() plan.Document {
	d := brokenPlan()
	d.Organization.Name = hostile[0]
	for i := range d.Changes {
		c := &d.Changes[i]
		c.Reason, c.Owner, c.Until = hostile[i%len(hostile)], hostile[(i+2)%len(hostile)], hostile[(i+3)%len(hostile)]
		for j := range c.Callers {
			c.Callers[j].Flow.Name, c.Callers[j].Step.Name = hostile[(i+j)%len(hostile)], hostile[(i+j+1)%len(hostile)]
			c.Callers[j].FlowVersion = hostile[j]
		}
		d.Changes[i].Action.Name = hostile[i%len(hostile)]
		d.Changes[i].Action.Category = hostile[(i+1)%len(hostile)]
	}
	for i := range d.Findings {
		h := hostile[i%len(hostile)]
		d.Findings[i].Message = fmt.Sprintf("no data action is named %q, nor %s", h, h)
		d.Findings[i].Flow.Name = h
		if d.Findings[i].Step != nil {
			d.Findings[i].Step.Name = h
		}
	}
	d.Manifest.Files = []string{"a`b|c\n::error::x.yaml"}
	d.Environment = "mypurecloud.ie\n##[group]x"
	return d
}

var hostile = []string{
	"``` | `x` || \\| <img src=x onerror=1> @everyone",
	"::set-output name=x::y\n::error::boo",
	"##[group]open\r\n##[error]no",
	"<!-- genesys-timeouts v1 -->\n<!-- genesys-timeouts v1 -->",
	"\u202eevil\u202c \u200bzero\ufeff \x1b[31mred\x1b[0m \x07\x00",
	"@octo-org/team-leads [x](javascript:alert(1)) ![y](https://evil.example/a.png) https://evil.example www.evil.example",
	"</details></summary></td></table>\n\n# Heading\n- item\n| a | b |\n|---|---|",
	"\xff\xfe bad bytes \xc3\x28 $x^2$ ~~gone~~ **bold** _it_ \\",
}

func sampleReport() plan.Report {
	action := func(id, name string) dataaction.Action { return dataaction.Action{ID: "custom_-_" + id, Name: name} }
	r := plan.NewReport(plan.Document{}, "", time.Time{}, []plan.Result{
		{Action: action("1", "Customer lookup"), Flows: []dataaction.Flow{support}, Status: plan.Applied,
			BeforeMS: new(int64(3000)), AfterMS: 12000,
			Diff: report.Diff(
				[]byte(`{"id":"1","config":{"request":{"headers":{"Authorization":"Bearer s3cr3t"}},"timeoutSeconds":3}}`),
				[]byte(`{"id":"1","config":{"request":{"headers":{"Authorization":"Bearer s3cr3t"}},"timeoutSeconds":12}}`),
			)},
		{Action: action("2", "Get order"), Status: plan.Failed, BeforeMS: new(int64(20000)), AfterMS: 10000, Code: "stale",
			Error: "the timeout was changed to 8s after the plan was made; left as it is",
			Hint:  "plan again, and find out who changed it"},
		{Action: action("4", "Opening hours"), Status: plan.Unchanged, BeforeMS: new(int64(5000)), AfterMS: 5000},
		{Action: action("5", "Verify card 💳"), Flows: []dataaction.Flow{billing}, Status: plan.Failed, BeforeMS: nil,
			AfterMS: 15000,
			Code:    "missing.permission",
			Error:   `PATCH /api/v2/integrations/actions/custom_-_5: "You are not allowed to do this."`,
			Hint:    "the OAuth client's role needs integrations:action:edit", HTTPStatus: 403, CorrelationID: "7b1c-42"},
		{Action: action("6", "Send survey"), Status: plan.Skipped, BeforeMS: new(int64(3000)), AfterMS: 6000,
			Error: "an earlier action failed, and --fail-fast is set"},
		{Action: action("7", "お客様の検索"), Flows: []dataaction.Flow{tokyo}, Status: plan.Applied,
			BeforeMS: new(int64(3000)),
			AfterMS:  9000},
	}, plan.Stats{Requests: 14, DurationMS: 902})
	r.ToolVersion, r.API = "1.0.0", dataaction.Integrations
	r.Environment, r.APIURL = "mypurecloud.ie", "https://api.mypurecloud.ie"
	r.CreatedAt = time.Date(2026, 11, 23, 14, 3, 0, 0, time.UTC)
	r.Organization = &dataaction.Organization{ID: "9c41f0aa", Name: "Acme EMEA"}
	r.PlanDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	return r
}
