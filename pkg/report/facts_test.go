package report_test

import (
	"testing"

	"genesys-timeouts/pkg/report"
)

func TestFactsPage(t *testing.T) {
	t.Parallel()
	actions := "GET /api/v2/integrations/actions"
	facts := report.Facts{
		ToolVersion: "1.2.3", Date: "2026-03-01", Environment: "mypurecloud.ie", Requests: 3,
		Facts: []report.Fact{
			{Question: "Does the listing give configurations?", Request: actions, Status: 200,
				Headers:  []string{"Content-Type", "Inin-Ratelimit-Count", "X-Harbour-Pine", "X-Other"},
				Findings: []string{"2 entities of 2, 2 with a config"}, Shape: "{entities: [{id: string} x 2]}"},
			{Question: "Does the listing give configurations?", Request: actions, Status: 400, Code: "bad.request"},
			{Question: "Are all drafts listed?", Request: actions + "/drafts", Status: 403, Code: "harbour.pine"},
			{Question: "Who uses an action?", Request: "GET /api/v2/flows", Fault: "not asked: no action is known"},
		},
	}
	golden(t, "facts.md", report.FactsMarkdown(facts))
	golden(t, "facts-several.md", report.FactsMarkdown(facts, report.Facts{Failed: "no-credentials"}, facts))
	golden(t, "facts-elsewhere.md", report.FactsMarkdown(report.Facts{
		ToolVersion: "dev", Date: "2026-03-01", Requests: 1,
	}))
}
