//go:build unix

package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/sandbox"
)

const (
	roundTrip   = 20 * time.Millisecond // what each answer of a replay takes
	concurrency = 8                     // the program's default
	pageOf      = 100                   // actions in a page of the listing
)

// replay answers from memory, some time after each request: what stands between a plan and its floor is then the
// program alone. What it does not know yet comes from the sandbox behind it.
type replay struct {
	behind  *url.URL
	latency time.Duration
	mu      sync.Mutex
	known   map[string]recorded
}

type recorded struct {
	header http.Header
	status int
	body   []byte
}

// throughReplays puts a replay before every sandbox of an environment.
func throughReplays(tb testing.TB, env map[string]string, latency time.Duration) {
	tb.Helper()
	for _, name := range slices.Collect(maps.Keys(env)) {
		suffix, ok := strings.CutPrefix(name, "GENESYS_API_URL")
		if !ok {
			continue
		}
		behind, err := url.Parse(env[name])
		if err != nil {
			tb.Fatal(err)
		}
		server := httptest.NewServer(&replay{behind: behind, latency: latency, known: map[string]recorded{}})
		tb.Cleanup(server.Close)
		env[name], env["GENESYS_LOGIN_URL"+suffix] = server.URL, server.URL
	}
}

func (p *replay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.URL.RequestURI()
	p.mu.Lock()
	answer, ok := p.known[key]
	p.mu.Unlock()
	if ok {
		time.Sleep(p.latency)
	} else {
		var err error
		if answer, err = p.record(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		p.mu.Lock()
		p.known[key] = answer
		p.mu.Unlock()
	}
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body)
}

func (p *replay) record(r *http.Request) (recorded, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return recorded{}, err
	}
	u := *p.behind
	u.Path, u.RawPath, u.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
	out, err := http.NewRequestWithContext(r.Context(), r.Method, u.String(), bytes.NewReader(sent))
	if err != nil {
		return recorded{}, err
	}
	out.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return recorded{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return recorded{header: resp.Header, status: resp.StatusCode, body: body}, err
}

// replayed is a program whose organisation of n actions answers from memory. The command runs once, to be recorded.
func replayed(tb testing.TB, n int, args ...string) (*measuredProgram, func() cost) {
	x := newMeasured(tb)
	x.organisation(n, sandbox.Options{Allowed: 1 << 20}, func(int) bool { return false })
	x.env = x.server.Env()
	throughReplays(tb, x.env, roundTrip)
	x.server = nil
	run := func() cost { return x.run(args...) }
	run()
	return x, run
}

// floor is the least that any program takes: sign-in, the first page, and the others, as many at once as allowed.
func floor(n int) time.Duration {
	others := (n+pageOf-1)/pageOf - 1
	return roundTrip * time.Duration(2+(others+concurrency-1)/concurrency)
}

// BenchmarkFloor compares a plan with the network's floor. The ratio is the median wall time of several runs over it;
// cpu-ms is the program's own.
func BenchmarkFloor(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 30_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x, run := replayed(b, n, "plan", "-f", "m.yaml", "--callers", "listed")
			c := middle(9, run)
			figures(b, x, c)
			b.ReportMetric(c.Wall.Seconds()/floor(n).Seconds(), "ratio")
		})
	}
}

// middle is the median of some runs, each figure by itself.
func middle(times int, run func() cost) cost {
	var all []cost
	for range times {
		all = append(all, run())
	}
	median := func(of func(cost) int64) int64 {
		values := make([]int64, len(all))
		for i, c := range all {
			values[i] = of(c)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return cost{
		Wall:   time.Duration(median(func(c cost) int64 { return int64(c.Wall) })),
		CPU:    time.Duration(median(func(c cost) int64 { return int64(c.CPU) })),
		Memory: median(func(c cost) int64 { return c.Memory }),
	}
}
