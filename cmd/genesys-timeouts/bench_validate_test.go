//go:build unix

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const twoOrganizations = "version: 1\norganizations:\n  test: { environment: mypurecloud.de }\n" +
	"  production: { environment: mypurecloud.ie }\nactions:\n"

// styles are ways to write an entry, with its number and its timeout in seconds.
var styles = map[string]struct{ head, entry, tail string }{
	"braces":     {"version: 1\nactions:\n", "  - {name: Get record %d, category: CRM, timeout: %ds}\n", ""},
	"three keys": {"version: 1\nactions:\n", "  - name: Get record %d\n    category: CRM\n    timeout: %ds\n", ""},
	"brackets":   {"version: 1\nactions: [\n", "  {name: Get record %d, timeout: %ds},\n", "]\n"},
	"JSON":       {`{"version":1,"actions":[`, `{"name":"Get record %d","timeout":"%ds"},`, "]}"},
	"reasons": {"version: 1\nactions:\n", "  - name: Get record %[1]d\n    timeout: %[2]ds\n" +
		"    reason: The service %[1]d is slow\n    owner: order-team\n", ""},
	"organizations": {twoOrganizations, "  - { name: Get record %d, timeout: { test: 5s, production: %ds } }\n", ""},
	"only":          {twoOrganizations, "  - { name: Get record %d, timeout: %ds, only: [test, production] }\n", ""},
	"flows": {"version: 1\napi: flows\nflows:\n", "  - name: Flow %[1]d\n    actions:\n" +
		"      - name: Get record\n        timeout: %[2]ds\n", ""},
}

// validateStyle is validate of a manifest of n entries.
func validateStyle(x *measuredProgram, style string, n int) func() cost {
	s := styles[style]
	var text strings.Builder
	text.WriteString(s.head)
	for i := range n {
		fmt.Fprintf(&text, s.entry, i, 1+i%30)
	}
	x.manifest(text.String() + s.tail)
	return func() cost { return x.run("validate", "-f", "m.yaml") }
}

func BenchmarkValidate10000(b *testing.B) {
	x := newMeasured(b)
	figures(b, x, best(5, validateStyle(x, "three keys", many)))
}

// The promise is 100,000 entries in under 2 s and 250 MiB in all of these styles.
func BenchmarkValidate100000(b *testing.B) {
	for _, style := range slices.Sorted(maps.Keys(styles)) {
		b.Run(style, func(b *testing.B) {
			x := newMeasured(b)
			figures(b, x, best(3, validateStyle(x, style, 10*many)))
		})
	}
}
