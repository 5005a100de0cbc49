package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tenThousand is a manifest of 10,000 entries, half of them under flows.
func tenThousand() string {
	var b strings.Builder
	b.WriteString("version: 1\napi: integrations\ndefaults:\n  timeout: 10s\nflows:\n")
	for f := range 100 {
		fmt.Fprintf(&b, "  - name: Flow %d\n    type: inboundcall\n    actions:\n", f)
		for a := range 50 {
			fmt.Fprintf(&b, "      - name: Action %d of flow %d\n        timeout: %ds\n", a, f, 1+a%60)
		}
	}
	b.WriteString("actions:\n")
	for a := range 5000 {
		fmt.Fprintf(&b, "  - name: Get record %d\n    category: CRM %d\n    timeout: %ds\n", a, a%40, 1+a%60)
	}
	return b.String()
}

// The promise: 10,000 entries validate in under 0.5 s and 100 MiB, the whole process; 100,000 in under 2 s and 250 MiB.
func BenchmarkLoad10000(b *testing.B) {
	file := filepath.Join(b.TempDir(), "m.yaml")
	if err := os.WriteFile(file, []byte(tenThousand()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, problems, err := Load([]string{file}, Options{})
		desired := m.Desired("")
		if err != nil || len(problems) > 0 || len(desired.Entries) != 10_000 {
			b.Fatal(len(desired.Entries), problems, err)
		}
	}
}

// A parser for each document must not cost more than the entries do.
func BenchmarkLoad10000Documents(b *testing.B) {
	text := strings.Repeat("---\nversion: 1\nactions:\n  - name: Customer lookup\n    timeout: 10s\n", 10_000)
	b.ReportAllocs()
	for b.Loop() {
		m, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text)})
		desired := m.Desired("")
		if err != nil || len(problems) > 0 || len(desired.Entries) != 10_000 {
			b.Fatal(len(desired.Entries), problems, err)
		}
	}
}

// styles are ways to write an entry, with its number and its timeout in seconds.
var styles = map[string]struct{ head, entry, tail string }{
	"braces":     {"version: 1\nactions:\n", "  - {name: Get record %d, category: CRM, timeout: %ds}\n", ""},
	"three keys": {"version: 1\nactions:\n", "  - name: Get record %d\n    category: CRM\n    timeout: %ds\n", ""},
	"brackets":   {"version: 1\nactions: [\n", "  {name: Get record %d, timeout: %ds},\n", "]\n"},
	"JSON":       {`{"version":1,"actions":[`, `{"name":"Get record %d","timeout":"%ds"},`, "]}"},
	"reasons": {"version: 1\nactions:\n", "  - name: Get record %[1]d\n    timeout: %[2]ds\n    reason: The service " +
		"%[1]d is slow\n" +
		"    owner: order-team\n", ""},
	"organizations": {"version: 1\norganizations:\n  test: { environment: mypurecloud.de }\n  production: { " +
		"environment: mypurecloud.ie }\n" +
		"actions:\n", "  - { name: Get record %d, timeout: { test: 5s, production: %ds } }\n", ""},
}

func hundredThousand(style string) string {
	s := styles[style]
	var b strings.Builder
	b.WriteString(s.head)
	for i := range 100_000 {
		fmt.Fprintf(&b, s.entry, i, 1+i%60)
	}
	return b.String() + s.tail
}

func BenchmarkLoad100000(b *testing.B) {
	for style := range styles {
		b.Run(style, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "m.yaml")
			if err := os.WriteFile(file, []byte(hundredThousand(style)), 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				m, problems, err := Load([]string{file}, Options{})
				if err != nil || len(problems) > 0 || m.Entries != 100_000 {
					b.Fatal(m.Entries, problems, err)
				}
			}
		})
	}
}
