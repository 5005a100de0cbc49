package manifest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const severalOrganizations = `version: 1
organizations:
  test:       { environment: mypurecloud.de, id: 5b0e4c1e }
  production: { environment: eu-west-1 }
defaults: { timeout: { default: 9s, test: 8s } }
flows:
  - name: Payments
    only: [production]
    actions:
      - { name: Take card payment, timeout: 30s }
actions:
  - { name: Customer lookup, timeout: 6s, reason: "why\n", owner: me, until: 2026-12-31 }
  - name: Get order
    timeout: { default: 10s, production: 20s }
    accept: [{ finding: timeout-lowered, reason: known }]
  - { name: Slow echo, only: [test], timeout: 60s }
  - name: Get customer
    category: CRM
    id: { test: custom_-_a }
    integration: { production: i }
  - { id: { test: custom_-_b, production: custom_-_c }, timeout: 7s }
`

func TestEachOrganizationHasWhatAManifestOfItsOwnWouldSay(t *testing.T) {
	write(t, map[string]string{"m.yaml": severalOrganizations})
	m, problems, err := Load([]string{"m.yaml"}, Options{})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, report(problems))
	}
	at := func(line, column int) dataaction.Source {
		return dataaction.Source{File: "m.yaml", Line: line, Column: column}
	}
	want := []Organization{
		{Name: "test", Environment: "mypurecloud.de", ID: "5b0e4c1e", Source: at(3, 3)},
		{Name: "production", Environment: "eu-west-1", Source: at(4, 3)},
	}
	if diff := cmp.Diff(want, m.Organizations, cmpopts.IgnoreUnexported(Organization{})); diff != "" {
		t.Error(diff)
	}
	if m.Entries != 6 {
		t.Errorf("%d entries", m.Entries)
	}
	lookup := dataaction.Entry{Action: dataaction.Selector{Name: "Customer lookup"}, Timeout: 6 * time.Second,
		Source: at(12, 5),
		Reason: "why", Owner: "me", Until: "2026-12-31"}
	order := dataaction.Entry{Action: dataaction.Selector{Name: "Get order"}, Timeout: 10 * time.Second,
		Source: at(13, 5),
		Accept: []dataaction.Accept{{Finding: "timeout-lowered", Reason: "known", Source: at(15, 14)}}}
	production := order
	production.Timeout = 20 * time.Second
	payments := dataaction.FlowSelector{Name: "Payments"}
	for _, want := range []dataaction.Desired{
		{API: dataaction.Integrations, Environment: "mypurecloud.de", EnvironmentSource: at(3, 30), Org: "test",
			OrgID: "5b0e4c1e",
			Entries: []dataaction.Entry{lookup, order,
				{Action: dataaction.Selector{Name: "Slow echo"}, Timeout: time.Minute, Source: at(16, 5)},
				{Action: dataaction.Selector{ID: "custom_-_a"}, Timeout: 8 * time.Second, Source: at(17, 5)},
				{Action: dataaction.Selector{ID: "custom_-_b"}, Timeout: 7 * time.Second, Source: at(21, 5)},
			}},
		{API: dataaction.Integrations, Environment: "eu-west-1", EnvironmentSource: at(4, 30), Org: "production",
			Flows: []dataaction.FlowEntry{{Flow: payments, Source: at(7, 5)}},
			Entries: []dataaction.Entry{
				{Flow: &payments, Action: dataaction.Selector{Name: "Take card payment"}, Timeout: 30 * time.Second,
					Source: at(10, 9)},
				lookup, production,
				{Action: dataaction.Selector{Name: "Get customer", Category: "CRM", IntegrationID: "i"},
					Timeout: 9 * time.Second,
					Source:  at(17, 5)},
				{Action: dataaction.Selector{ID: "custom_-_c"}, Timeout: 7 * time.Second, Source: at(21, 5)},
			}},
	} {
		want.Files, want.Digest = []string{"m.yaml"}, m.common.Digest
		if diff := cmp.Diff(want, m.Desired(want.Org)); diff != "" {
			t.Errorf("%s: %s", want.Org, diff)
		}
	}
	for _, other := range []string{"", "staging"} {
		if d := m.Desired(other); len(d.Entries) > 0 || d.Environment != "" || d.Digest == "" {
			t.Errorf("%q: %+v", other, d)
		}
	}
}

func TestOneOrganizationDeclaredInTwoFilesThatAgree(t *testing.T) {
	write(t, map[string]string{
		"a.yaml": "version: 1\norganizations: {test: {environment: eu-west-1}, other: {environment: us-east-1}}\n",
		"b.yaml": "version: 1\norganizations: {later: {environment: x.y}, test: {environment: " +
			"MYPURECLOUD.ie}}\nactions: [{id: a, timeout: 3s}]\n",
	})
	domain := func(environment string) (string, error) {
		return strings.ToLower(strings.Replace(environment, "eu-west-1", "mypurecloud.ie", 1)), nil
	}
	m, problems, err := Load([]string{"a.yaml", "b.yaml"}, Options{Domain: domain})
	var names []string
	for _, o := range m.Organizations {
		names = append(names, o.Name)
	}
	if err != nil || len(problems) > 0 || strings.Join(names, " ") != "test other later" ||
		len(m.Desired("other").Entries) != 1 {
		t.Errorf("%v %v\n%s", names, err, report(problems))
	}
}

// generated is a manifest for several organizations, and for each of them the same expanded by hand.
type generated struct {
	text     string
	expanded map[string]string
}

// generate writes one item a line, so that entries stand on the same lines in all of the texts.
func generate(r *rand.Rand) generated {
	orgs := []string{"test", "staging", "production"}[:1+r.IntN(3)]
	several, own := new(strings.Builder), map[string]*strings.Builder{}
	several.WriteString("version: 1\norganizations:\n")
	for i, o := range orgs {
		fmt.Fprintf(several, "  %s: { environment: e%d.example, id: id-%d }\n", o, i, i)
		own[o] = new(strings.Builder)
		fmt.Fprintf(own[o], "version: 1\nenvironment: e%d.example\n%s", i, strings.Repeat("\n", len(orgs)))
	}
	line := func(indent, text string, expand func(org string) string) {
		several.WriteString(indent + text + "\n")
		for _, o := range orgs {
			line := expand(o)
			if line != "" {
				line = indent + line
			}
			own[o].WriteString(line + "\n")
		}
	}
	same := func(text string) { line("", text, func(string) string { return text }) }
	// value is a scalar or a map, with what each organization makes of it.
	value := func(draw func() string, orElse string) (string, map[string]string) {
		each := map[string]string{}
		if r.IntN(2) == 0 {
			v := draw()
			for _, o := range orgs {
				each[o] = v
			}
			return v, each
		}
		var parts []string
		if orElse != "" {
			parts = append(parts, "default: "+orElse)
		}
		for _, o := range orgs {
			each[o] = orElse
			if orElse == "" || r.IntN(2) == 0 {
				each[o] = draw()
				parts = append(parts, o+": "+each[o])
			}
		}
		return "{ " + strings.Join(parts, ", ") + " }", each
	}
	timeout := func() string { return fmt.Sprintf("%ds", 1+r.IntN(60)) }
	lists := func() (string, func(string) bool) {
		if r.IntN(2) == 0 {
			return "", func(string) bool { return true }
		}
		some := slices.Clone(orgs)
		some = slices.DeleteFunc(some, func(string) bool { return len(some) > 1 && r.IntN(3) == 0 })
		if len(some) == 0 {
			some = orgs[:1]
		}
		return ", only: [" + strings.Join(some, ", ") + "]", func(o string) bool { return slices.Contains(some, o) }
	}
	n := 0
	entry := func(indent string, above func(string) bool, flow bool) {
		n++
		only, has := "", func(string) bool { return true }
		if !flow {
			only, has = lists()
		}
		applies := func(o string) bool { return has(o) && above(o) }
		head := fmt.Sprintf("name: Action %d", n)
		heads := map[string]string{}
		for _, o := range orgs {
			heads[o] = head
		}
		if only == "" && !flow && r.IntN(3) == 0 {
			var parts []string
			for _, o := range orgs {
				if r.IntN(2) == 0 {
					heads[o] = fmt.Sprintf("id: %s-%d", o, n)
					parts = append(parts, fmt.Sprintf("%s: %s-%d", o, o, n))
				}
			}
			if len(parts) > 0 {
				head += ", id: { " + strings.Join(parts, ", ") + " }"
			}
		}
		text, each := "", map[string]string{}
		if r.IntN(4) > 0 {
			if only != "" || flow {
				text = timeout()
				for _, o := range orgs {
					each[o] = text
				}
			} else {
				text, each = value(timeout, timeout())
			}
			text = ", timeout: " + text
		}
		notes := []string{"", ", reason: why", ", owner: me, until: 2026-12-31",
			", accept: [{ finding: draft-exists, reason: x }]"}[r.IntN(4)]
		line(indent, "- { "+head+text+only+notes+" }", func(o string) string {
			if !applies(o) {
				return ""
			}
			own := "- { " + heads[o]
			if each[o] != "" {
				own += ", timeout: " + each[o]
			}
			return own + notes + " }"
		})
	}
	text, each := value(timeout, timeout())
	line("", "defaults: { timeout: "+text+" }", func(o string) string {
		return "defaults: { timeout: " + each[o] +
			" }"
	})
	same("flows:")
	for f := range r.IntN(4) {
		only, has := lists()
		head := fmt.Sprintf("  - name: Flow %d", f)
		keep := func(text string) func(string) string {
			return func(o string) string {
				if has(o) {
					return text
				}
				return ""
			}
		}
		line("", head, keep(head))
		second := "    type: inboundcall"
		if only != "" {
			second = "    " + strings.TrimPrefix(only, ", ")
		}
		line("", second, func(o string) string {
			if has(o) && only == "" {
				return "    type: inboundcall"
			}
			return ""
		})
		line("", "    actions:", keep("    actions:"))
		for range r.IntN(4) {
			entry("      ", has, true)
		}
	}
	same("actions:")
	for range r.IntN(8) {
		entry("  ", func(string) bool { return true }, false)
	}
	out := generated{several.String(), map[string]string{}}
	for _, o := range orgs {
		out.expanded[o] = own[o].String()
	}
	return out
}

func TestDesiredOfAnOrganizationEqualsTheExpandedManifest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		g := generate(r)
		m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(g.text)})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v\n%s\n%s", err, report(problems), g.text)
		}
		for _, o := range m.Organizations {
			want := mustLoad(t, []string{"-"}, Options{Stdin: strings.NewReader(g.expanded[o.Name])})
			got := m.Desired(o.Name)
			if got.Org != o.Name || got.OrgID != o.ID {
				t.Errorf("%+v", got)
			}
			// The place of an accepted finding differs: the expanded line is shorter.
			ignore := cmp.Options{cmpopts.IgnoreFields(dataaction.Desired{}, "Org", "OrgID", "Digest",
				"EnvironmentSource"),
				cmpopts.IgnoreFields(dataaction.Accept{}, "Source"), cmpopts.EquateEmpty()}
			if diff := cmp.Diff(want, got, ignore); diff != "" {
				t.Fatalf("%s:\n%s\n%s\nexpanded:\n%s", o.Name, diff, g.text, g.expanded[o.Name])
			}
		}
	}
}
