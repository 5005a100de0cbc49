package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var inCode = regexp.MustCompile("`([^`]+)`")

// Each claim of SECURITY.md names the tests that show it, and they exist.
func TestSecurityClaimsNameTheirTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(top, ".github", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := tracked(t)
	claims := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what ") {
			continue
		}
		claims++
		cited := inCode.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cited) == 0 {
			t.Errorf("no test for: %s", cells[0])
		}
		for _, c := range cited {
			if !slices.Contains(files, c[1]) {
				t.Errorf("%s, cited for %q, does not exist", c[1], cells[0])
			}
		}
	}
	if claims < 30 {
		t.Errorf("%d claims were looked at", claims)
	}
}
