package cli

import (
	"bytes"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/sandbox"
)

func (a *app) demoCommand() *cobra.Command {
	api := dataaction.Integrations
	c := &cobra.Command{
		Use:   "demo",
		Short: "See it work: validate, plan, apply and plan again on the sandbox",
		Long: "Starts the sandbox in this process and runs a manifest through the whole tool.\n" +
			"Needs no network and no credentials, and takes seconds.",
		Example: "  genesys-timeouts demo\n" +
			"  genesys-timeouts demo --api flows",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.demo(api) },
	}
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
	for _, step := range []struct {
		why  string
		args []string
	}{
		{"Check the manifest offline.", []string{"validate", "-f", "-"}},
		{"Compare it with what is live.", []string{"plan", "-f", "-"}},
		{"Write it, and read back what was written.", []string{"apply", "-f", "-", "--auto-approve", "--format", "text"}},
		{"Plan again: nothing is left to do.", []string{"plan", "-f", "-", "--detailed-exitcode"}},
	} {
		fmt.Fprintf(a.env.Stdout, "\n# %s\n$ genesys-timeouts %s < timeouts.yaml\n", step.why, strings.Join(step.args, " "))
		if code := Run(a.ctx, a.inDemo(server.Env(), manifest, step.args)); code != ExitOK {
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
