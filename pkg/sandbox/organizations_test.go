package sandbox

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOrganizationAndLimits(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	a := w.want(200, "GET", "/api/v2/organizations/me", "")
	id, name := w.Organization()
	if a.text("id") != id || a.text("name") != name || name != "Harbour & Pine" {
		t.Errorf("%s", a.body)
	}
	const limits = "/api/v2/organizations/limits/namespaces/"
	a = w.want(200, "GET", limits+"dataactions", "")
	if !strings.Contains(string(a.body),
		`{"key":"actions.concurrent.executions.max","namespace":"dataactions","value":50}`) {
		t.Errorf("%s", a.body)
	}
	w.want(404, "GET", limits+"other", "")
	w.SetLimits(nil)
	if a := w.want(200, "GET", limits+"dataactions", ""); string(a.body) != `{"entities":[]}` {
		t.Errorf("%s", a.body)
	}
	named := start(t, Options{Empty: true, OrganizationID: "o1", OrganizationName: "Other"})
	if a := named.want(200, "GET", "/api/v2/organizations/me", ""); a.text("id") != "o1" || a.text("name") != "Other" {
		t.Errorf("%s", a.body)
	}
}

func startOrganizations(t *testing.T, o Options, names ...string) (Organizations, map[string]*world) {
	t.Helper()
	all, err := StartOrganizations(o, names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	})
	worlds := map[string]*world{}
	for i, s := range all {
		worlds[names[i]] = client(t, s)
	}
	return all, worlds
}

func TestOrganizationsHaveTheSameNamesAndNothingElseInCommon(t *testing.T) {
	t.Parallel()
	all, worlds := startOrganizations(t, Options{}, "test", "production", "eu-west")
	names := map[string]string{"test": "Acme Test", "production": "Acme EMEA", "eu-west": "Acme Eu West"}
	seen := map[string]bool{}
	for _, org := range sortedKeys(worlds) {
		w := worlds[org]
		a := w.want(200, "GET", "/api/v2/organizations/me", "")
		if a.text("name") != names[org] || seen[a.text("id")] {
			t.Errorf("%s: %s", org, a.body)
		}
		for _, id := range append(w.Actions(), a.text("id"), w.FlowID("Inbound Support", "digitalbot"), w.opt.ClientSecret) {
			if seen[id] {
				t.Errorf("%s: %s is another organisation's too", org, id)
			}
			seen[id] = true
		}
	}
	test, production := worlds["test"], worlds["production"]
	test.token, production.token = production.token, test.token
	test.want(401, "GET", actionsPath, "")
	production.want(401, "GET", actionsPath, "")
	if all[0].Org() != "test" || all[1].Org() != "production" {
		t.Errorf("%s, %s: the order of the names is lost", all[0].Org(), all[1].Org())
	}
}

func TestOrganizationsDifferInTimeouts(t *testing.T) {
	t.Parallel()
	_, worlds := startOrganizations(t, Options{}, "test", "production")
	seconds := func(org, name, category string) string {
		s := worlds[org]
		doc, ok := s.Action(s.ActionID(name, category))
		if !ok {
			return "missing"
		}
		return textAt(doc, "config", "timeoutSeconds")
	}
	cases := []struct{ name, category, test, production string }{
		{"Customer lookup", "CRM", "6", "3"},
		{"Get order", "Orders", "8", "12"},
		{"Take card payment", "Payments", "missing", "20"},
		{"Get customer", "CRM", "8", "8"},
		{"Cancel order", "Orders", "20", "20"},
	}
	for _, c := range cases {
		test, production := seconds("test", c.name, c.category), seconds("production", c.name, c.category)
		if test != c.test || production != c.production {
			t.Errorf("%s: %s and %s, want %s and %s", c.name, test, production, c.test, c.production)
		}
	}
	if worlds["test"].FlowID("Card Payment", "") != "" || worlds["production"].FlowID("Card Payment", "") == "" {
		t.Error("Card Payment belongs to production alone")
	}
}

func TestEnvOfOrganizations(t *testing.T) {
	t.Parallel()
	all, _ := startOrganizations(t, Options{Empty: true, ClientID: "shared"}, "test", "eu-west")
	env := all.Env()
	want := []string{
		"GENESYS_API_URL_EU_WEST", "GENESYS_API_URL_TEST", "GENESYS_CLIENT_ID_EU_WEST", "GENESYS_CLIENT_ID_TEST",
		"GENESYS_CLIENT_SECRET_EU_WEST", "GENESYS_CLIENT_SECRET_TEST", "GENESYS_LOGIN_URL_EU_WEST", "GENESYS_LOGIN_URL_TEST",
	}
	if got := slices.Sorted(maps.Keys(env)); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if env["GENESYS_CLIENT_ID_TEST"] == env["GENESYS_CLIENT_ID_EU_WEST"] || env["GENESYS_API_URL_TEST"] != all[0].URL() {
		t.Errorf("%v", env)
	}
	single := start(t, Options{Empty: true})
	if !maps.Equal(single.Env(), single.OrgEnv()) {
		t.Error("a single organisation has suffixes")
	}
}

func TestStartOrganizationsRefuses(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"test", "test"}, {""}, {"Test"}, {"a b"}, {"a_b"}} {
		if all, err := StartOrganizations(Options{Empty: true}, names...); err == nil {
			all.Close()
			t.Errorf("%q was started", names)
		}
	}
	if _, err := StartOrganizations(Options{Empty: true, Listen: "192.0.2.1:0"}, "test"); err == nil {
		t.Error("another host was served")
	}
	if got, err := portAfter("127.0.0.1:8080", 2); got != "127.0.0.1:8082" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// TestDemoOfOrganizationsNamesSeeds looks up every action of the demo manifest in each organisation it is for.
func TestDemoOfOrganizationsNamesSeeds(t *testing.T) {
	t.Parallel()
	all, _ := startOrganizations(t, Options{}, DemoOrganizations()...)
	manifest := string(DemoManifestOfOrganizations())
	for _, s := range all {
		if id, _ := s.Organization(); !strings.Contains(manifest, id) {
			t.Errorf("the manifest lacks the id of %s", s.Org())
		}
	}
	entry := regexp.MustCompile(`(?m)^ +- name: ([^#\n]*[^# \n])(?: *#.*)?((?:\n {4,}\w.*)*)`)
	entries := entry.FindAllStringSubmatch(manifest, -1)
	if len(entries) < 6 {
		t.Fatalf("%d entries", len(entries))
	}
	for _, m := range entries {
		for _, s := range all {
			only := strings.Contains(m[2], "only:") && !strings.Contains(m[2], "only: ["+s.Org()+"]")
			found := s.ActionID(m[1], "") != "" || s.FlowID(m[1], "") != ""
			if found == only {
				t.Errorf("%s in %s: found %v", m[1], s.Org(), found)
			}
		}
	}
}
