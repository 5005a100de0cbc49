package dataaction_test

import (
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

func TestLimits(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		api     dataaction.API
		kind    string
		timeout time.Duration
		says    string // "" is allowed
	}{
		{"integrations", "action", 1000 * ms, ""}, {"integrations", "action", 60000 * ms, ""},
		{"integrations", "", 60000 * ms, ""},
		{"integrations", "action", 61000 * ms, "1s to 60s"}, {"integrations", "action", 999 * ms, "minimum of 1s"},
		{"integrations", "action", 1500 * ms, "whole seconds"},
		{"integrations", "function", 15000 * ms, ""}, {"integrations", "function", 16000 * ms, "webhook"},
		{"flows", "rest", 1500 * ms, ""}, {"flows", "", 1500 * ms, ""}, {"flows", "rest", 30001 * ms, "1s to 30s"},
		{"flows", "rest", 1500*ms + 1, "whole milliseconds"},
		{"flows", "javascript", 1500 * ms, "whole seconds"}, {"flows", "javascript", 30000 * ms, ""},
		{"flows", "python", 31000 * ms, "inbound webhook flow"},
	} {
		got := dataaction.LimitsOf(c.api, c.kind).Check(c.timeout)
		if (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s %s %s: %q, want %q in it", c.api, c.kind, c.timeout, got, c.says)
		}
	}
}

func TestText(t *testing.T) {
	for d, want := range map[time.Duration]string{12 * time.Second: "12s", 1500 * time.Millisecond: "1500ms",
		time.Minute: "60s", 0: "0s", 2500 * time.Microsecond: "2.5ms"} {
		if got := dataaction.Text(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	if got := dataaction.TextOrUnset(nil); got != "unset" {
		t.Errorf("no timeout is %q", got)
	}
}

func TestFunctionCategories(t *testing.T) {
	for category, want := range map[string]bool{
		"Function Data Actions": true, "my_function-DATA_action": true, "Functions": false, "Data Actions": false,
		"": false, "function  data action": false,
	} {
		if got := dataaction.IsFunctionCategory(category); got != want {
			t.Errorf("%q: %v", category, got)
		}
	}
}

func TestSelectorsAreExact(t *testing.T) {
	a := dataaction.Action{ID: "1", Name: "Get User", Category: "CRM", IntegrationID: "i"}
	for _, c := range []struct {
		s    dataaction.Selector
		want bool
	}{
		{dataaction.Selector{ID: "1"}, true}, {dataaction.Selector{ID: "2"}, false},
		{dataaction.Selector{Name: "Get User"}, true},
		{dataaction.Selector{Name: "get user"}, false}, {dataaction.Selector{Name: "Get User", Category: "ERP"}, false},
		{dataaction.Selector{Name: "Get User", Category: "CRM", IntegrationID: "i"}, true},
		{dataaction.Selector{Name: "Get User", IntegrationID: "j"}, false},
	} {
		if got := c.s.Matches(a); got != c.want {
			t.Errorf("%+v: %v", c.s, got)
		}
	}
	f := dataaction.Flow{ID: "1", Name: "Support", Type: "INBOUNDCALL"}
	if !(dataaction.FlowSelector{Name: "Support", Type: "inboundcall"}).Matches(f) ||
		(dataaction.FlowSelector{Name: "Support", Type: "bot"}).Matches(f) {
		t.Error("a flow's type is compared case-sensitively, or not at all")
	}
}
