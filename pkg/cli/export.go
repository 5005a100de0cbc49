package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// exportOptions are the options of export.
type exportOptions struct {
	export.Options
	api       dataaction.API
	files     []string
	connect   connectFlags
	out, into string
	merge     []string
	force     bool
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write a manifest of what is live",
		Long: "Writes a manifest of the timeouts that are set now, for adopting the tool: a\n" +
			"plan on it shows no change. Actions get their name where it is unique, and their\n" +
			"id, with the name as a comment, where it is not. Several organisations are\n" +
			"joined by name: what differs between them is a map.",
		Example: "  genesys-timeouts export --out genesys-timeouts.yaml\n" +
			"  genesys-timeouts export --flow \"Inbound Support\" --include-unset\n" +
			"  genesys-timeouts export --merge genesys-timeouts.yaml   # add what is missing\n" +
			"  genesys-timeouts export --org all --out both.yaml   # compare organisations",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.export(o) },
	}
	choiceFlag(c, &o.api, "api", "the surface that holds the actions (default: the manifest's, or integrations)",
		dataaction.Integrations, dataaction.Flows)
	o.connect.register(c)
	o.connect.registerOrgs(c)
	f := c.Flags()
	f.StringArrayVarP(&o.files, "file", "f", nil,
		"take organisations, environment and surface from this manifest `PATH` "+
			"(default: the default manifest, if it exists); repeatable")
	filterFlags(c, &o.Filter, &o.Flows, "only the actions of this `FLOW`, by name or id, listed under it; repeatable")
	f.BoolVar(&o.AllFlows, "all-flows", false, "list the actions under the flows that call them")
	f.BoolVar(&o.BuiltIn, "built-in", false, "also built-in actions, as comments: they cannot be changed")
	f.BoolVar(&o.IncludeUnset, "include-unset", false, "also actions without a timeout, as comments")
	f.BoolVar(&o.Portable, "portable", false, "for other organisations: no environment, and a category before an id")
	f.Var((*fileName)(&o.out), "out", "write to `FILE` instead of standard output")
	f.BoolVar(&o.force, "force", false, "replace the file of --out if it exists")
	f.StringArrayVar(&o.merge, "merge", nil, "add what is missing to the manifest `PATH` (a file or folder; repeatable), "+
		"keeping its comments and order; it is written back, or to --out")
	f.Var((*fileName)(&o.into), "into", "the `FILE` that gets the new entries, where --merge has several")
	a.quietFlag(c)
	_ = c.MarkFlagFilename("merge", "yaml", "yml")
	_ = c.MarkFlagFilename("file", "yaml", "yml")
	return c
}

func (o exportOptions) check() error {
	for _, x := range []struct {
		both bool
		why  string
	}{
		{len(o.Flows) > 0 && o.AllFlows, "--flow and --all-flows exclude each other"},
		{len(o.merge) > 0 && len(o.files) > 0, "--merge and --file exclude each other: --merge reads its manifests too"},
		{o.into != "" && len(o.merge) == 0, "--into needs --merge"},
		{o.into != "" && o.out != "", "--into and --out exclude each other"},
		{slices.Contains(o.merge, "") || slices.Contains(o.files, ""), "--merge and --file take a path, and one is empty"},
	} {
		if x.both {
			return session.UsageError{Err: errors.New(x.why)}
		}
	}
	return o.connect.check()
}

func (a *app) export(o exportOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	there, chosen, err := a.exportable(ctx, o)
	if err == nil {
		err = o.replaceable(there.Into())
	}
	if err != nil {
		return err
	}
	outcomes := session.EachOrganization(ctx, chosen,
		func(ctx context.Context, desired dataaction.Desired) (export.Inventory, error) {
			return a.exportOne(ctx, o, desired, len(chosen) > 1)
		})
	var read []export.Inventory
	for _, x := range outcomes {
		if x.Err == nil {
			read = append(read, x.Value)
		}
	}
	switch {
	case len(read) > 0:
	case len(outcomes) == 1:
		return outcomes[0].Err
	default:
		a.shown = true
		return a.unexported(o, outcomes, export.Left{})
	}
	if err := o.Check(read); err != nil {
		for _, x := range outcomes {
			if x.Err != nil { // which may be the one that has it
				a.lacks(x.Desired.Org, x.Err)
			}
		}
		return err
	}
	out, left := export.Manifest(o.Options, read)
	if err := a.writeExport(o, there, out, read); err != nil {
		return err
	}
	a.shown = true
	return a.unexported(o, outcomes, left)
}

// exportable are the manifests to merge into, if any, and the organisations to read.
func (a *app) exportable(ctx context.Context, o exportOptions) (there export.Mergeable, chosen []dataaction.Desired,
	err error) {
	if len(o.merge) > 0 {
		there, err = export.ReadMergeable(ctx, a.env, o.merge, o.into, o.api)
	} else {
		there.Manifest, err = a.organizations(ctx, o)
	}
	if err == nil {
		chosen, err = session.Choose(there.Manifest, o.connect.orgs, a.env.Getenv, o.connect.environment)
	}
	for i := range chosen {
		if chosen[i].API = cmp.Or(o.api, chosen[i].API, dataaction.Integrations); len(o.merge) == 0 {
			chosen[i].Files, chosen[i].Flows, chosen[i].Entries = nil, nil, nil
		}
	}
	return there, chosen, err
}

// organizations loads the manifest that says which organisations there are: the default one need not exist. Its entries
// do not count, so it may be for another surface than --api.
func (a *app) organizations(ctx context.Context, o exportOptions) (manifest.Manifest, error) {
	loaded, err := session.LoadManifest(ctx, a.env, session.Manifests{Files: o.files, API: o.api})
	if _, wrong := errors.AsType[*session.ManifestError](err); wrong && o.api != "" {
		if own, again := session.LoadManifest(ctx, a.env, session.Manifests{Files: o.files}); again == nil {
			return own, nil
		}
	}
	named := len(o.files) > 0 || len(o.connect.orgs) > 0 || a.env.Getenv("GENESYS_ORG") != ""
	if errors.Is(err, manifest.ErrNoManifest) && !named {
		return manifest.Manifest{}, nil
	}
	return loaded, err
}

func (a *app) exportOne(ctx context.Context, o exportOptions, desired dataaction.Desired, several bool) (
	export.Inventory, error,
) {
	s, err := a.openGuarded(ctx, o.connect, desired, several)
	if err != nil {
		return export.Inventory{}, err
	}
	defer s.Close()
	return export.Read(ctx, s, o.Options, desired)
}

// writeExport writes the manifest, or merges it into those that are there.
func (a *app) writeExport(o exportOptions, there export.Mergeable, out manifest.Output, read []export.Inventory) error {
	if len(o.merge) > 0 {
		return a.mergeExport(o, there, out, read)
	}
	text, err := manifest.Encode(out)
	if err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	if o.out != "" && o.out != "-" {
		return session.WriteManifest(o.out, text)
	}
	_, err = a.env.Stdout.Write(text)
	return err
}

func (a *app) mergeExport(o exportOptions, there export.Mergeable, out manifest.Output, read []export.Inventory) error {
	merged, err := there.Merge(out, read)
	if err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	text, elsewhere := merged.Files[there.At].Data, ""
	switch {
	case o.out == "-":
		elsewhere = ", written to standard output"
		_, err = a.env.Stdout.Write(text)
	case o.out != "" && !session.SameFile(o.out, there.Into()):
		elsewhere = ", written to " + o.out
		err = session.WriteManifest(o.out, text)
	case merged.Changed >= 0:
		err = session.WriteManifest(there.Into(), text)
	}
	if err != nil {
		return err
	}
	if merged.Added > 0 {
		a.note("added %s to %s%s", plan.Count(merged.Added, "entry", "entries"), there.Into(), elsewhere)
	} else {
		a.note("nothing to add to %s", there.Into())
	}
	if elsewhere == "" && merged.Changed >= 0 { // new entries may have moved the others
		there.Files = merged.Files
		if merged, err = there.Merge(out, read); err != nil {
			return fmt.Errorf("reading merged manifest: %w", err)
		}
	}
	a.gone(merged.Gone)
	return nil
}

// gone names entries whose action no longer exists.
func (a *app) gone(entries []manifest.Gone) {
	for _, g := range entries {
		where := g.Entry.Source
		text := quoted(cmp.Or(g.Entry.Action.Name, g.Entry.Action.ID)) + " no longer exists"
		if g.Org != "" {
			text += " in " + g.Org
		}
		a.note("%s:%d:%d: %s", where.File, where.Line, where.Column, text)
	}
}

// note says something on stderr about a result that stands elsewhere.
func (a *app) note(format string, values ...any) {
	a.env.Progress.Clear()
	fmt.Fprintln(a.env.Stderr, report.Inline(fmt.Sprintf(format, values...)))
}

// unexported says what the manifest does not hold and why, and fails if something could not be read.
func (a *app) unexported(o exportOptions, outcomes []session.Outcome[export.Inventory], left export.Left) error {
	if left != (export.Left{}) {
		a.note("left out: %s", left)
	}
	var failed error
	for _, x := range outcomes {
		err := x.Err
		if err == nil {
			err = a.unread(x.Desired.Org, o.Picked(x.Value))
		} else {
			a.lacks(x.Desired.Org, err)
		}
		if err != nil {
			failed = status(ExitFailure)
		}
	}
	return failed
}

// lacks says on stderr why a result lacks an organisation.
func (a *app) lacks(org string, err error) {
	e := session.Explain(err)
	a.note("error: organisation %s is left out: %s", org, e.Message)
	if e.Hint != "" {
		a.note("hint: %s", e.Hint)
	}
}

// replaceable refuses a file of --out that exists: it is replaced with --force only. into is the file that a merge
// writes anyway, if any.
func (o exportOptions) replaceable(into string) error {
	info, err := os.Stat(o.out)
	if err == nil && info.Mode().IsRegular() && !o.force && !session.SameFile(o.out, into) {
		return session.UsageError{
			Err:  fmt.Errorf("--out %q exists already", o.out),
			Hint: "add what is missing with --merge, or replace the file with --force",
		}
	}
	return nil
}
