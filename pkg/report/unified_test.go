package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/report"
)

func unified(t *testing.T, before, after string) string {
	t.Helper()
	var b strings.Builder
	if err := report.UnifiedDiff(&b, "m.yaml", []byte(before), []byte(after), report.Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func numbered(n int, change map[int]string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		line, ok := change[i]
		if !ok {
			line = fmt.Sprintf("line %d", i)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestUnifiedDiff(t *testing.T) {
	before := numbered(20, nil)
	after := numbered(20, map[int]string{2: "two", 18: "line 18\nnew"})
	want := `--- m.yaml
+++ m.yaml
@@ -1,5 +1,5 @@
 line 1
-line 2
+two
 line 3
 line 4
 line 5
@@ -16,5 +16,6 @@
 line 16
 line 17
 line 18
+new
 line 19
 line 20
`
	if diff := cmp.Diff(want, unified(t, before, after)); diff != "" {
		t.Error(diff)
	}
	if got := unified(t, before, before); got != "" {
		t.Errorf("nothing changed: %q", got)
	}
}

func TestUnifiedDiffEscapes(t *testing.T) {
	got := unified(t, "name: \x1b[31mred\n\ttab  \nend", "name: \x1b[31mblue\n\ttab  \nend")
	for _, want := range []string{`-name: \x1b[31mred`, `+name: \x1b[31mblue`, "\n \ttab  \n", "\n\\ No newline at end"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// The patch program makes the new file of the old one, also where there are more distinct lines than a rune has values
// below the surrogates.
func TestUnifiedDiffIsAPatch(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("patch is not installed")
	}
	before := numbered(60_000, nil)
	after := numbered(60_000, map[int]string{7: "seven", 9: "nine", 30_000: "a\nb", 59_999: "line 59999\n"})
	dir := t.TempDir()
	file := filepath.Join(dir, "m.yaml")
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), patch, "-d", dir, "-p0")
	cmd.Stdin = strings.NewReader(unified(t, before, after))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, _ := os.ReadFile(file); string(got) != after {
		t.Error("the patched file differs")
	}
}
