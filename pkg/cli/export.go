package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/session"
)

// exportOptions are the options of export.
type exportOptions struct {
	export.Options
	api        dataaction.API
	connect    connectFlags
	out, merge string
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write a manifest of what is live",
		Long: "Writes a manifest of the timeouts that are set now, for adopting the tool: a\n" +
			"plan on it shows no change. Actions get their name where it is unique, and their\n" +
			"id, with the name as a comment, where it is not.",
		Example: "  genesys-timeouts export --out genesys-timeouts.yaml\n" +
			"  genesys-timeouts export --flow \"Inbound Support\" --include-unset\n" +
			"  genesys-timeouts export --merge genesys-timeouts.yaml   # add what is missing",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.export(o) },
	}
	choiceFlag(c, &o.api, "api", "the surface that holds the actions (default: the merged manifest's, or integrations)",
		dataaction.Integrations, dataaction.Flows)
	o.connect.register(c)
	f := c.Flags()
	f.StringArrayVar(&o.Flows, "flow", nil, "only the actions of this `FLOW`, by name or id, listed under it; repeatable")
	f.BoolVar(&o.AllFlows, "all-flows", false, "list the actions under the flows that call them")
	f.StringVar(&o.Category, "category", "", "only actions of this `CATEGORY`")
	f.StringVar(&o.Integration, "integration", "", "only actions of the integration with this `ID`")
	f.StringVar(&o.Name, "name", "", "only actions whose name contains this `TEXT` (case-insensitive)")
	f.BoolVar(&o.BuiltIn, "built-in", false, "also built-in actions, as comments: they cannot be changed")
	f.BoolVar(&o.IncludeUnset, "include-unset", false, "also actions without a timeout, as comments")
	f.Var((*fileName)(&o.out), "out", "write to `FILE` instead of standard output")
	f.Var((*fileName)(&o.merge), "merge",
		"add what is missing to the manifest `FILE`, keeping its comments and order; it is written back, or to --out")
	a.quietFlag(c)
	_ = c.MarkFlagFilename("merge", "yaml", "yml")
	for _, name := range []string{"flow", "category", "integration", "name"} {
		completeFlag(c, name)
	}
	return c
}

func (a *app) export(o exportOptions) error {
	if err := o.connect.check(); err != nil {
		return err
	}
	if len(o.Flows) > 0 && o.AllFlows {
		return session.UsageError{Err: errors.New("--flow and --all-flows exclude each other")}
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	var text []byte
	var existing dataaction.Desired
	var err error
	if o.merge != "" {
		if text, existing, err = export.Mergeable(ctx, a.env, o.merge, o.api); err != nil {
			return err
		}
	}
	existing.API = cmp.Or(o.api, existing.API, dataaction.Integrations)
	s, err := session.Open(a.env, existing, a.options(o.connect))
	if err != nil {
		return err
	}
	defer s.Close()
	out, err := export.Manifest(ctx, s, o.Options, existing)
	if err != nil {
		return err
	}
	if o.merge != "" {
		text, err = manifest.Merge(text, out)
	} else {
		text, err = manifest.Encode(out)
	}
	if err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	if name := cmp.Or(o.out, o.merge, "-"); name != "-" {
		return session.WriteManifest(name, text)
	}
	_, err = a.env.Stdout.Write(text)
	return err
}
