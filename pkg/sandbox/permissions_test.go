package sandbox

import (
	"slices"
	"strings"
	"testing"
)

// TestEachCallNeedsItsPermission denies permissions one by one: the calls that need one are refused and name it, all
// others are not.
func TestEachCallNeedsItsPermission(t *testing.T) {
	t.Parallel()
	const query = `{"interval":"2026-11-16T00:00:00Z/2026-11-23T00:00:00Z","metrics":["tTotalExecution"]}`
	calls := []struct{ permission, method, path, body string }{
		{"integrations:action:view", "GET", actionsPath, ""},
		{"integrations:action:view", "GET", actionsPath + "/drafts", ""},
		{"integrations:action:view", "GET", actionsPath + "/F", ""},
		{"integrations:action:view", "GET", actionsPath + "/F/draft", ""},
		{"integrations:action:view", "GET", actionsPath + "/F/templates/requesttemplate.vm", ""},
		{"integrations:action:view", "POST", analyticsPath, query},
		{"integrations:action:edit", "PATCH", actionsPath + "/F", "{}"},
		{"integrations:action:edit", "POST", actionsPath + "/F/draft", ""},
		{"integrations:action:edit", "GET", actionsPath + "/F/draft/validation", ""},
		{"integrations:action:edit", "POST", actionsPath + "/F/draft/publish", "{}"},
		{"integrations:action:delete", "DELETE", actionsPath + "/F/draft", ""},
		{"integrations:actionFunction:view", "GET", actionsPath + "/F/function", ""},
		{"integrations:actionFunction:view", "GET", actionsPath + "/F/draft/function", ""},
		{"integrations:actionFunction:edit", "PUT", actionsPath + "/F/draft/function", "{}"},
		{"architect:flow:view", "GET", flowsPath, ""},
		{"architect:flow:view", "GET", flowsPath + "/lookup?id=f", ""},
		{"architect:flow:view", "GET", flowsPath + "/f", ""},
		{"architect:flow:view", "GET", flowsPath + "/f/latestconfiguration", ""},
		{"architect:flow:view", "GET", flowsPath + "/f/versions/1.0/configuration", ""},
		{"architect:dependencyTracking:view", "GET", consumersPath + "?id=F&objectType=DATAACTION", ""},
		{"architect:dependencyTracking:view", "GET", buildPath, ""},
		{"audits:audit:view", "POST", auditPath,
			`{"interval":"2026-11-22T00:00:00Z/2026-11-23T00:00:00Z","serviceName":"Integrations"}`},
		{"flow:flow:read", "GET", nested + "?flowId=f", ""},
		{"flow:flow:read", "GET", nested + "/x?flowId=f", ""},
		{"flow:flow:write", "PUT", nested + "/x?flowId=f", "{}"},
		{"", "GET", "/api/v2/organizations/me", ""},
		{"", "GET", "/api/v2/organizations/limits/namespaces/dataactions", ""},
	}
	if used := len(calls); used != len(start(t, Options{Empty: true}).table) {
		t.Errorf("%d calls are tried, not all routes", used)
	}
	for _, denied := range Permissions() {
		w := start(t, Options{Empty: true})
		w.must(w.AddFlow([]byte(`{"id":"f"}`), nil))
		w.Deny(denied)
		for _, c := range calls {
			a := w.send(c.method, c.path, c.body)
			if refused := a.status == 403; refused != (c.permission == denied) {
				t.Errorf("without %s: %s %s is %d: %s", denied, c.method, c.path, a.status, a.body)
			} else if refused && !strings.Contains(a.text("message"), denied) {
				t.Errorf("%s %s: %s", c.method, c.path, a.body)
			}
		}
		if !slices.ContainsFunc(calls, func(c struct {
			permission, method, path,
			body string
		}) bool {
			return c.permission == denied
		}) {
			t.Errorf("no call needs %s", denied)
		}
	}
}
