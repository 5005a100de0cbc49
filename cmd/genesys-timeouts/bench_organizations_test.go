//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/sandbox"
)

// tenOrganizations serves ten organisations of n actions each and writes their manifest.
func tenOrganizations(tb testing.TB, n int) (x *measuredProgram, names []string,
	servers sandbox.Organizations) {
	tb.Helper()
	for i := range 10 {
		names = append(names, fmt.Sprintf("org-%d", i))
	}
	servers, err := sandbox.StartOrganizations(
		sandbox.Options{Empty: true, Allowed: 1 << 20}, names...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = servers.Close() })
	for _, s := range servers {
		fill(tb, s, n)
	}
	x = newMeasured(tb)
	x.env = servers.Env()
	var manifest strings.Builder
	manifest.WriteString("version: 1\norganizations:\n")
	for _, name := range names {
		fmt.Fprintf(&manifest, "  %s: { environment: mypurecloud.ie }\n", name)
	}
	manifest.WriteString("actions:\n")
	for i := range n {
		fmt.Fprintf(&manifest, "  - { name: %s, timeout: { default: 3s, org-3: 9s } }\n", manyName(i))
	}
	x.manifest(manifest.String())
	return x, names, servers
}

// All ten together take hardly longer than the slowest of them alone as long as waiting for answers, and not this
// machine's processors, is what takes time. The servers of all ten share the processors with the program, so the
// ratio is the better the longer an answer takes. Alone and together take turns, so that a busy machine slows both.
func BenchmarkPlanOfTenOrganizations(b *testing.B) {
	for _, latency := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second} {
		b.Run(latency.String(), func(b *testing.B) {
			x, names, _ := tenOrganizations(b, 1000)
			throughReplays(b, x.env, latency)
			plan := func(org string) cost { return x.run("plan", "-f", "m.yaml", "--callers", "listed", "--org", org) }
			alone := make([]time.Duration, len(names))
			plan("all") // to be recorded
			all := plan("all")
			for range 3 {
				for i, name := range names {
					if wall := plan(name).Wall; alone[i] == 0 || wall < alone[i] {
						alone[i] = wall
					}
				}
				again := plan("all")
				all = cost{Wall: min(all.Wall, again.Wall), CPU: min(all.CPU, again.CPU), Memory: min(all.Memory, again.Memory)}
			}
			slowest := slices.Max(alone)
			figures(b, x, all)
			b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
			b.ReportMetric(float64(all.Wall)/float64(slowest), "ratio")
		})
	}
}

// TestTenOrganizationsCostTenTimesOne counts requests and memory: no organisation is asked more than it would be
// alone, which is ceil(N/100) + 3 and the sign-in.
func TestTenOrganizationsCostTenTimesOne(t *testing.T) {
	measuresRelease(t)
	const n = 250
	x, _, servers := tenOrganizations(t, n)
	c := x.run("plan", "-f", "m.yaml", "--callers", "listed", "--org", "all")
	if mib := float64(c.Memory) / (1 << 20); mib >= 150 {
		t.Errorf("%.0f MiB, promised: under 150 MiB", mib)
	}
	for _, s := range servers {
		requests := 0
		for _, q := range s.Requests() {
			if !q.SignIn() {
				requests++
			}
		}
		if most := (n+99)/100 + 3; requests > most {
			t.Errorf("%s was asked %d times, promised: at most %d", s.Org(), requests, most)
		}
	}
}
