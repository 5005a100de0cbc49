package cli

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// sandboxOptions are the options of sandbox.
type sandboxOptions struct {
	listen  string
	allowed int
	window  time.Duration
	latency time.Duration
	faults  []string
	orgs    []string
}

func (a *app) sandboxCommand() *cobra.Command {
	var o sandboxOptions
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a simulated Genesys Cloud on loopback",
		Long: "Serves a simulated contact centre until interrupted, and prints the variables\n" +
			"that point this tool, or the vendor's SDKs, at it. Nothing leaves this machine.",
		Example: "  genesys-timeouts sandbox   # paste its export lines into another terminal\n" +
			"  genesys-timeouts sandbox --fault status=503,method=PATCH,path=/actions,times=2\n" +
			"  genesys-timeouts sandbox --org test --org production",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.sandbox(o) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "a loopback `ADDRESS` to serve on; port 0 takes a free one")
	c.Flags().IntVar(&o.allowed, "window-requests", 300, "allow `N` requests in a rate window")
	c.Flags().DurationVar(&o.window, "window", time.Minute, "length of a rate window, as a `TIME`")
	c.Flags().DurationVar(&o.latency, "latency", 0, "delay each answer by this `TIME`")
	for _, name := range []string{"listen", "window-requests", "window", "latency"} {
		completeFlag(c, name)
	}
	c.Flags().StringArrayVar(&o.faults, "fault", nil,
		"a `FAULT` to switch on, such as status=503,method=PATCH,times=1; repeatable")
	completeFlag(c, "fault")
	c.Flags().StringArrayVar(&o.orgs, "org", nil,
		"serve an organisation of this `NAME`, with its own variables (repeatable)")
	completeFlag(c, "org")
	return c
}

func (a *app) sandbox(o sandboxOptions) (err error) {
	if o.allowed < 1 || o.window <= 0 {
		return session.UsageError{Err: fmt.Errorf("--window-requests and --window must be at least 1 and over 0")}
	}
	servers, err := o.start()
	if err != nil {
		return session.UsageError{Err: err} // it says which addresses and names are served
	}
	defer func() { err = joinClose(err, servers.Close) }()
	for _, text := range o.faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return session.UsageError{Err: fmt.Errorf("--fault %q: %w", text, err)}
		}
		for _, server := range servers {
			server.Fault(fault)
		}
	}
	env := servers.Env()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if _, err := fmt.Fprintf(a.env.Stdout, "export %s=%s\n", name, env[name]); err != nil {
			return err
		}
	}
	for _, server := range servers {
		_, name := server.Organization()
		fmt.Fprintf(a.env.Stderr, "Serving a simulated Genesys Cloud (%s) on %s until interrupted (Ctrl-C).\n", name,
			server.URL())
	}
	<-a.ctx.Done()
	return status(ExitOK)
}

// start starts one organisation, or those that --org names.
func (o sandboxOptions) start() (sandbox.Organizations, error) {
	options := sandbox.Options{Listen: o.listen, Allowed: o.allowed, Window: o.window, Latency: o.latency}
	if len(o.orgs) > 0 {
		return sandbox.StartOrganizations(options, o.orgs...)
	}
	server, err := sandbox.Start(options)
	if err != nil {
		return nil, err
	}
	return sandbox.Organizations{server}, nil
}

func joinClose(err error, closeIt func() error) error {
	if cerr := closeIt(); err == nil && cerr != nil {
		return cerr
	}
	return err
}
