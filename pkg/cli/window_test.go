package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// An organisation whose rate window is spent waits alone. Its wait ends only once the others got all their requests.
func TestOneOrganizationOutOfItsWindowDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"plan", "--format", "json"}, {"drift", "--format", "json"}, {"list", "--format", "json"},
		{"advise", "--format", "json"}, {"doctor", "--format", "json"}, {"export"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			servers, manifest := threeOrganizations(t)
			args := append(args, "-f", manifest, "--org", "all")
			_, want, _ := runOn(t, servers, nil, args...)
			others := func() int { return len(servers[0].Requests()) + len(servers[2].Requests()) }
			// The second run asks what the first one asked.
			all := 2 * others()
			servers[1].Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusTooManyRequests, Path: "/api/",
				Header: map[string]string{"Retry-After": "50"}, Times: 1})
			var waits, slept atomic.Int64 // slept is by how much the clock is ahead, in nanoseconds
			env := servers.Env()
			var out, errs bytes.Buffer
			cli.Run(t.Context(), cli.Env{Args: args, Env: session.Env{
				Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
				Now:    func() time.Time { return time.Now().Add(time.Duration(slept.Load())) },
				Getenv: func(name string) string { return env[name] },
				Sleep: func(ctx context.Context, d time.Duration) error {
					for others() < all && ctx.Err() == nil {
						time.Sleep(time.Millisecond) // for an event, not for a time
					}
					if ctx.Err() != nil {
						return ctx.Err()
					}
					waits.Add(1)
					slept.Add(int64(d))
					return nil
				},
			}})
			if waits.Load() == 0 || others() != all {
				t.Errorf("%d waits, and the others got %d of %d requests: %s", waits.Load(), others(), all, errs.String())
			}
			if args[0] == "export" && out.String() != want {
				t.Errorf("%s%s", out.String(), errs.String())
			}
			for _, s := range servers {
				if !strings.Contains(out.String(), s.Org()) {
					t.Errorf("no %s in %s", s.Org(), out.String())
				}
			}
		})
	}
}
