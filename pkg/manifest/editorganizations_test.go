package manifest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What changes for one organization leaves the timeouts of the others, however they are written.
func TestSetTimeoutsOfOneOrganization(t *testing.T) {
	t.Parallel()
	const one, two, anchored = "version: 1\ndefaults: { timeout: 10s }\n",
		"version: 1\ndefaults: { timeout: { test: 12s, default: 10s } }\n",
		"version: 1\ndefaults: { timeout: &x { test: 3s, default: 4s } }\n"
	type orgs = map[string][2]int // from and to, in seconds
	for name, test := range map[string]struct {
		head, entry, want string
		edits             orgs
		reason            string
	}{
		"its key in a map": {one, `timeout: { test: 3s, "production": "4s" } # each`,
			`timeout: { test: 15s, "production": "12s" } # each`, orgs{"test": {3, 15}, "production": {4, 12}}, ""},
		"default of a map in braces": {one, "timeout: { test: 3s, default: 4s } # t",
			"timeout: { test: 3s, production: 8s, default: 4s } # t", orgs{"production": {4, 8}}, ""},
		"two take the default": {one, "timeout: {default: 4s}", "timeout: {test: 6s, production: 8s, default: 4s}",
			orgs{"test": {4, 6}, "production": {4, 8}}, ""},
		"default of a block": {one, "timeout:\n      test: 3s     # t\n      default: 4s  # d\n    reason: x",
			"timeout:\n      test: 6s     # t\n      default: 4s  # d\n      production: 8s\n    reason: x",
			orgs{"test": {3, 6}, "production": {4, 8}}, ""},
		"one timeout for all": {one, "timeout: 5s # kept", "timeout: { test: 6s, default: 5s } # kept",
			orgs{"test": {5, 6}}, ""},
		"its text and quotes stay": {one, "timeout: &t  '5000ms' # kept",
			"timeout: &t  { test: 6s, default: '5000ms' } # kept", orgs{"test": {5, 6}}, ""},
		"all to the same": {one, "timeout: 5s", "timeout: 6s",
			orgs{"test": {5, 6}, "stage": {5, 6}, "production": {5, 6}}, ""},
		"each to another": {one, `timeout: "5s" # kept`,
			`timeout: { test: 6s, stage: 7s, production: "8s" } # kept`,
			orgs{"test": {5, 6}, "stage": {5, 7}, "production": {5, 8}}, ""},
		"only one has it": {one, "only: [test]", "only: [test]\n    timeout: 20s", orgs{"test": {10, 20}}, ""},
		"inherits": {one, "# below", "# below\n    timeout: { production: 20s, default: 10s }",
			orgs{"production": {10, 20}}, ""},
		"inherits, all to the same": {one, "# below", "# below\n    timeout: 20s",
			orgs{"test": {10, 20}, "stage": {10, 20}, "production": {10, 20}}, ""},
		"inherits what differs": {two, "# below", "# below\n    timeout: { test: 12s, stage: 10s, production: 20s }",
			orgs{"production": {10, 20}}, ""},
		"inherits what differs elsewhere": {two, "only: [stage, production]",
			"only: [stage, production]\n    timeout: { production: 20s, default: 10s }", orgs{"production": {10, 20}}, ""},
		"comes to what the others have": {two, "only: [test, production]",
			"only: [test, production]\n    timeout: 12s", orgs{"production": {10, 12}}, ""},
		"an alias": {anchored, "timeout: *x", "timeout: *x", orgs{"production": {4, 8}}, "the timeout is an alias"},
		"an alias shares the map": {one, "timeout: &x { default: 4s }\n  - name: C\n    timeout: *x",
			"timeout: &x { default: 4s }\n  - name: C\n    timeout: *x", orgs{"production": {4, 8}},
			"an alias shares the timeout"},
		"merged into the map": {anchored, "timeout: { <<: *x, test: 5s }", "timeout: { <<: *x, test: 5s }",
			orgs{"production": {4, 8}}, "the timeout is merged in with <<"},
		"in braces": {one, "reason: x\n  - { name: C, timeout: 4s }\n  - name: D", "reason: x\n    timeout: " +
			"{ production: 20s, default: 10s }\n  - { name: C, timeout: 4s }\n  - name: D",
			orgs{"production": {10, 20}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			declares := File{"a.yaml", []byte("version: 1\norganizations:\n  test: { environment: a.b }\n" +
				"  stage: { environment: a.b }\n  production: { environment: c.d }\n")}
			const before, after = "actions:\n  - name: A # é\n    ", "\n  - name: B\n    timeout: 5s\n"
			files := []File{declares, {"b.yaml", []byte(test.head + before + test.entry + after)}}
			source := sourcesOf(t, files)["A"]
			var edits []TimeoutEdit
			for _, org := range []string{"test", "stage", "production"} {
				if e, ok := test.edits[org]; ok {
					edits = append(edits, TimeoutEdit{source, org, *seconds(e[0]), *seconds(e[1])})
				}
			}
			got, skipped, err := SetTimeouts(files, edits)
			if err != nil {
				t.Fatal(err)
			}
			diff := cmp.Diff(test.head+before+test.want+after, string(got[1].Data))
			if diff != "" || string(got[0].Data) != string(declares.Data) {
				t.Error(diff)
			}
			if (test.reason != "") != (len(skipped) > 0) || len(skipped) > 0 && skipped[0].Reason != test.reason {
				t.Errorf("skipped %v", skipped)
			}
		})
	}
}

// Whatever organizations share, exactly the edited timeouts differ, or nothing does.
func TestSetTimeoutsOfGeneratedOrganizations(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	orgs := []string{"test", "stage", "live"}
	edited := 0
	for range 150 {
		var b strings.Builder
		b.WriteString("version: 1\norganizations:\n")
		for _, org := range orgs {
			b.WriteString("  " + org + ": { environment: a.b }\n")
		}
		b.WriteString("defaults:\n  timeout: " + pick("10s", "{ test: 12s, default: 10s }",
			"\n    stage: 11s\n    default: 10s") + "\nflows:\n  - name: F\n" + pick("", "    only: [test, live]\n") +
			"    actions:\n      - name: In flow" + pick("", "\n        timeout: 5s # five") + "\nactions:\n")
		for i := range 1 + r.IntN(8) {
			b.WriteString(fmt.Sprintf("  - name: Action %d # c", i) + pick("", "\n    only: [test, stage]",
				"\n    only:\n      - live") + pick("", "\n    timeout: 5s", "\n    timeout: '5s' # five",
				"\n    timeout: { default: 5s }", "\n    timeout:\n      # d\n      default: 5000ms\n    # below") +
				pick("\n", "\n\n", "\n  # between\n"))
		}
		files := []File{{"m.yaml", []byte(b.String())}}
		m, err := open(files, 0)
		if err != nil {
			t.Fatal(err, b.String())
		}
		var edits []TimeoutEdit
		for _, org := range orgs {
			for _, e := range m.manifest.Desired(org).Entries {
				if r.IntN(3) == 0 {
					edits = append(edits, TimeoutEdit{e.Source, org, e.Timeout, time.Duration(5+r.IntN(9)) * time.Second})
				}
			}
		}
		setAll(t, files, edits)
		edited += len(edits)
	}
	if edited < 200 {
		t.Errorf("only %d edits", edited)
	}
}
