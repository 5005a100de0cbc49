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

// The whole process is measured in cmd/genesys-timeouts.
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
