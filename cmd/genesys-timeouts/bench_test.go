//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/sandbox"
)

// The figures of the README come from here:
//
//	go test -run '^$' -bench . ./cmd/genesys-timeouts
//
// They are of the program as it is released, against a sandbox in the benchmark's own process.

// released builds the program once, as a release is built.
var released = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "genesys-timeouts-bench-*")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "genesys-timeouts")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return file, nil
})

// measuredProgram is the released program with something to work on.
type measuredProgram struct {
	tb     testing.TB
	binary string
	dir    string
	server *sandbox.Server
	env    map[string]string // instead of the server's
	said   string            // what the last run printed, on both streams
}

func newMeasured(tb testing.TB) *measuredProgram {
	tb.Helper()
	binary, err := released()
	if err != nil {
		tb.Fatal(err)
	}
	return &measuredProgram{tb: tb, binary: binary, dir: tb.TempDir()}
}

// organisation serves n actions of 3 KB each, as real ones are, and writes a manifest that names each. The manifest's
// timeout for action i is 10 s where changed, and the 3 s that it has where not.
func (x *measuredProgram) organisation(n int, o sandbox.Options, changed func(i int) bool) {
	x.tb.Helper()
	o.Empty = true
	server, err := sandbox.Start(o)
	if err != nil {
		x.tb.Fatal(err)
	}
	x.tb.Cleanup(func() { _ = server.Close() })
	x.server = server
	var manifest strings.Builder
	manifest.WriteString("version: 1\nactions:\n")
	for i := range n {
		seconds := 3
		if changed(i) {
			seconds = 10
		}
		fmt.Fprintf(&manifest, "  - name: %s\n    category: CRM\n    timeout: %ds\n", manyName(i), seconds)
	}
	fill(x.tb, server, n)
	x.manifest(manifest.String())
}

// fill adds n actions of 3 KB each to an empty organisation.
func fill(tb testing.TB, server *sandbox.Server, n int) {
	tb.Helper()
	input, output := contract()
	for i := range n {
		doc := fmt.Appendf(nil,
			`{"id":%q,"name":%q,`+
				`"integrationId":"4f1d9d3c-5be5-4a5c-9f0e-8a550c6f2b7d","category":"CRM",`+
				`"contract":{"input":{"inputSchema":%s},"output":{"successSchema":%s}},"version":4,"secure":false,`+
				`"config":{"request":{"requestUrlTemplate":"https://crm.example/v3/customers?phone=${input.phone}",`+
				`"requestTemplate":"${input.rawRequest}","requestType":"POST","headers":{"Accept":"application/json"}},`+
				`"response":{"translationMap":{"name":"$.name"},"translationMapDefaults":{"name":"\"\""},`+
				`"successTemplate":"{\"name\": ${name}}"},"timeoutSeconds":3},"selfUri":"/api/v2/integrations/actions/x"}`,
			manyID(i), manyName(i), input, output)
		if err := server.AddAction(doc); err != nil {
			tb.Fatal(err)
		}
	}
}

// contract is what an action takes and gives, as JSON Schemas.
func contract() (input, output string) {
	var fields []string
	for i := range 20 {
		fields = append(fields,
			fmt.Sprintf(`"field%02d":{"type":"string","description":"what the service calls a field of this name"}`, i))
	}
	object := func(properties []string) string {
		return `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}`
	}
	return object(fields[:5]), object(fields)
}

func manyName(i int) string { return fmt.Sprintf("Action %05d", i) }

func manyID(i int) string { return fmt.Sprintf("custom_-_%08d-0d57-4f0e-8a55-0c6f2b7d9f10", i) }

func (x *measuredProgram) manifest(text string) {
	x.tb.Helper()
	x.file("m.yaml", text)
}

func (x *measuredProgram) file(name, text string) {
	x.tb.Helper()
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
		x.tb.Fatal(err)
	}
}

// run runs the program, which has to succeed.
func (x *measuredProgram) run(args ...string) cost {
	x.tb.Helper()
	return x.runOther(0, nil, x.binary, args...)
}

// runOther runs another program, which has to end with that exit status, with more variables than the server's.
func (x *measuredProgram) runOther(status int, more []string, program string, args ...string) cost {
	x.tb.Helper()
	cmd := exec.CommandContext(x.tb.Context(), program, args...)
	cmd.Dir, cmd.Env = x.dir, more
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	env := x.env
	if x.server != nil {
		x.server.ForgetRequests()
		env = x.server.Env()
	}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	c := measure(x.tb, cmd)
	if c.Code != status {
		x.tb.Fatalf("%v: exit status %d, want %d\n%s", args, c.Code, status, output.String())
	}
	x.said = output.String()
	return c
}

// traffic counts the requests of the last run, and those of them that the rate window refused.
func (x *measuredProgram) traffic() (requests, refused int) {
	for _, r := range x.server.Requests() {
		if !r.SignIn() {
			requests++
		}
		if r.Limited {
			refused++
		}
	}
	return requests, refused
}

// best is the cheapest of a few runs: the others were disturbed.
func best(times int, run func() cost) cost {
	least := run()
	for range times - 1 {
		c := run()
		least = cost{Wall: min(least.Wall, c.Wall), CPU: min(least.CPU, c.CPU), Memory: min(least.Memory, c.Memory)}
	}
	return least
}

const many = 10_000

func planMany(x *measuredProgram) func() cost {
	x.organisation(many, sandbox.Options{Allowed: 1 << 20}, func(i int) bool { return i%100 == 0 })
	return func() cost { return x.run("plan", "-f", "m.yaml", "--callers", "listed") }
}

// adviseMany judges actions that are called on every day of a week, some of them past their limit.
func adviseMany(x *measuredProgram) func() cost {
	x.organisation(many, sandbox.Options{Allowed: 1 << 20}, func(int) bool { return false })
	for i := range many {
		x.server.SetTraffic(manyID(i), sandbox.Traffic{Calls: 100, Limit: 3 * time.Second, Hang: 0.05})
	}
	return func() cost { return x.run("advise", "-f", "m.yaml") }
}

// measureAll names the variable that has all promises measured; .ci/run sets it.
const measureAll = "GENESYS_TIMEOUTS_MEASURE"

// measuresRelease leaves a test out of -race and -short runs: it measures the released program, which is the same
// whatever the test is built with, and the plain run has measured it.
func measuresRelease(t *testing.T) {
	t.Helper()
	if raceEnabled || testing.Short() {
		t.Skip("the released program is the same under -race and -short: the plain run measures it")
	}
}

// TestPromises holds the released program to what is promised of its size, memory and requests. Times are for the
// benchmarks: a busy machine would fail a test of them.
func TestPromises(t *testing.T) {
	measuresRelease(t)
	mib := func(c cost) float64 { return float64(c.Memory) / (1 << 20) }
	x := newMeasured(t)
	if info, err := os.Stat(x.binary); err != nil || info.Size() >= 17_000_000 {
		t.Errorf("the binary has %d bytes (%v), promised: under 17 MB", info.Size(), err)
	}
	if c := best(1, validateStyle(x, "three keys", many)); mib(c) >= 100 {
		t.Errorf("validate of %d entries took %.0f MiB, promised: under 100 MiB", many, mib(c))
	}
	if os.Getenv(measureAll) == "" {
		return // the others take seconds of CPU time
	}
	for style := range styles {
		if c := best(1, validateStyle(x, style, 10*many)); mib(c) >= 250 {
			t.Errorf("validate of %d entries in style %q took %.0f MiB, promised: under 250 MiB", 10*many, style, mib(c))
		}
	}
	c := best(2, planMany(x))
	if requests, _ := x.traffic(); mib(c) >= 150 || requests > many/100+2 {
		t.Errorf("plan of %d actions took %.0f MiB and %d requests, promised: under 150 MiB and at most %d", many,
			mib(c), requests, many/100+2)
	}
	c = best(2, adviseMany(x))
	if requests, _ := x.traffic(); mib(c) >= 150 || requests > many/100+2+6 {
		t.Errorf("advice for %d actions took %.0f MiB and %d requests, promised: under 150 MiB and at most %d", many,
			mib(c), requests, many/100+2+6)
	}
}

// TestStartUp keeps every command's start cheap. The runtime itself counts what packages allocate before main begins:
// our own next to nothing, and all the others no more than they do now, jsonschema's compiled meta-schemas being most
// of it.
func TestStartUp(t *testing.T) {
	measuresRelease(t)
	x := newMeasured(t)
	cmd := exec.Command(x.binary, "version")
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	var trace strings.Builder
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatalf("version: %v\n%s", err, trace.String())
	}
	var ours, all, packages int
	for line := range strings.Lines(trace.String()) {
		var name string
		var at, clock float64
		var bytes, allocations int
		if _, err := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &name, &at, &clock, &bytes,
			&allocations); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if strings.HasPrefix(name, "genesys-timeouts/") {
			ours += bytes
		}
		all += allocations
		packages++
	}
	if packages < 10 || ours > 16<<10 || all > 11_000 {
		t.Errorf("before main begins, %d packages allocate %d times, and this module's own packages %d bytes; "+
			"allowed: 11000 times and 16 KiB\n%s",
			packages, all, ours, trace.String())
	}
}

func figures(b *testing.B, x *measuredProgram, c cost) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(c.Wall.Microseconds())/1000, "ms")
	b.ReportMetric(float64(c.CPU.Microseconds())/1000, "cpu-ms")
	b.ReportMetric(float64(c.Memory)/(1<<20), "MiB")
	if x.server != nil {
		requests, refused := x.traffic()
		b.ReportMetric(float64(requests), "requests")
		b.ReportMetric(float64(refused), "refused")
	}
}

func BenchmarkVersion(b *testing.B) {
	x := newMeasured(b)
	var took []time.Duration
	figures(b, x, best(100, func() cost {
		c := x.run("version")
		took = append(took, c.Wall)
		return c
	}))
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	if info, err := os.Stat(x.binary); err == nil {
		b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
	}
}

func BenchmarkPlan10000(b *testing.B) {
	x := newMeasured(b)
	figures(b, x, best(3, planMany(x)))
}

func BenchmarkAdvise10000(b *testing.B) {
	x := newMeasured(b)
	figures(b, x, best(3, adviseMany(x)))
}

func BenchmarkApply1000(b *testing.B) {
	x := newMeasured(b)
	x.organisation(1000, sandbox.Options{Allowed: 1 << 20}, func(int) bool { return true })
	figures(b, x, x.run("apply", "-f", "m.yaml", "--auto-approve"))
}

// BenchmarkWindows spends several short rate windows. The ratio is the time taken to the time that the windows impose.
func BenchmarkWindows(b *testing.B) {
	x := newMeasured(b)
	const allowed, length = 100, 2 * time.Second
	x.organisation(200, sandbox.Options{Allowed: allowed, Window: length}, func(int) bool { return true })
	c := x.run("apply", "-f", "m.yaml", "--auto-approve")
	figures(b, x, c)
	requests, _ := x.traffic()
	b.ReportMetric(c.Wall.Seconds()/(time.Duration((requests-1)/allowed)*length).Seconds(), "ratio")
}
