package cli

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

func (a *app) demoCommand() *cobra.Command {
	api, org := dataaction.Integrations, ""
	var c *cobra.Command
	c = &cobra.Command{
		Use:   "demo",
		Short: "See it work: validate, plan, apply and plan again on the sandbox",
		Long: "Starts the sandbox in this process and runs a manifest through the whole tool.\n" +
			"Needs no network and no credentials, and takes seconds.",
		Example: "  genesys-timeouts demo\n" +
			"  genesys-timeouts demo --api flows\n" +
			"  genesys-timeouts demo --org all   # two organisations side by side",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case org != "" && c.Flags().Changed("api"):
				return session.UsageError{Err: errors.New("--org and --api exclude each other"), Hint: "leave one out"}
			case org != "":
				return a.demoOrganizations()
			}
			return a.demo(api)
		},
	}
	choiceFlag(c, &org, "org", "show several organisations in one plan", session.AllOrganizations)
	choiceFlag(c, &api, "api", "the surface to show", dataaction.Integrations, dataaction.Flows)
	return c
}

func (a *app) demo(api dataaction.API) (err error) {
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, server.Close) }()
	manifest := sandbox.DemoManifest(string(api))
	const intro = "A simulated Genesys Cloud is running on %s. The manifest:\n\n%s"
	fmt.Fprintf(a.env.Stdout, intro, server.URL(), indent(manifest))
	err = a.demoSteps(server.Env(), manifest, []demoStep{
		{"Check the manifest offline.", []string{"validate", "-f", "-"}},
		{"Compare it with what is live.", []string{"plan", "-f", "-"}},
		{"Write it, and read back what was written.", []string{"apply", "-f", "-", "--auto-approve", "--format", "text"}},
		{"Plan again: nothing is left to do.", []string{"plan", "-f", "-", "--detailed-exitcode"}},
	})
	if err == nil && api == dataaction.Integrations {
		err = a.adviseDemo()
	}
	return err
}

// demoOrganizations shows one manifest for several organisations.
func (a *app) demoOrganizations() (err error) {
	names := sandbox.DemoOrganizations()
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, names...)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, servers.Close) }()
	manifest := sandbox.DemoManifestOfOrganizations()
	const intro = "Simulated organisations are running: %s. The manifest:\n\n%s"
	fmt.Fprintf(a.env.Stdout, intro, strings.Join(names, ", "), indent(manifest))
	steps := []demoStep{
		{"Check the manifest offline, for all organisations.", []string{"validate", "-f", "-"}},
		{"Compare it with what is live in each.", []string{"plan", "-f", "-", "--org", "all"}},
	}
	for _, name := range names {
		steps = append(steps, demoStep{"Apply it to one organisation at a time.",
			[]string{"apply", "-f", "-", "--org", name, "--auto-approve", "--format", "text"}})
	}
	steps = append(steps, demoStep{"Plan again: nothing is left to do.",
		[]string{"plan", "-f", "-", "--org", "all", "--detailed-exitcode"}})
	return a.demoSteps(servers.Env(), manifest, steps)
}

// demoStep is a command to show, and why one would run it.
type demoStep struct {
	why  string
	args []string
}

func (a *app) demoSteps(env map[string]string, manifest []byte, steps []demoStep) error {
	for _, step := range steps {
		fmt.Fprintf(a.env.Stdout, "\n# %s\n$ genesys-timeouts %s < timeouts.yaml\n", step.why, strings.Join(step.args, " "))
		if code := Run(a.ctx, a.inDemo(env, manifest, step.args)); code != ExitOK {
			return fmt.Errorf("demo: %s ended with exit status %d", step.args[0], code)
		}
	}
	return nil
}

// inDemo is the environment of one step: the sandbox's variables, and from outside only how text is shown.
func (a *app) inDemo(env map[string]string, manifest []byte, args []string) Env {
	e := Env{args, a.env}
	env = maps.Clone(env)
	for _, name := range []string{"NO_COLOR", "TERM", "CI"} {
		env[name] = a.env.Getenv(name)
	}
	e.Stdin, e.Getenv, e.Proxy = bytes.NewReader(manifest), func(name string) string { return env[name] }, nil
	if a.noColor {
		e.Args = append(e.Args, "--no-color")
	}
	return e
}

func indent(text []byte) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(string(text), "\n"), "\n", "\n    ") + "\n"
}
