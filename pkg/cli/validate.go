package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

func (a *app) validateCommand() *cobra.Command {
	var files manifestFlags
	var connect connectFlags
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check manifests offline",
		Long: "Checks manifests without sending a request. Every problem in every file is\n" +
			"shown with its place; the exit status is then 1. All organisations of a manifest\n" +
			"are checked, whichever --org names.",
		Example: "  genesys-timeouts validate                           # the default manifest\n" +
			"  genesys-timeouts validate -f timeouts/ -f extra.yaml",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.validate(files, connect.orgs) },
	}
	files.register(c)
	connect.registerOrgs(c)
	a.formatFlag(c, report.FormatText, report.FormatJSON, report.FormatMarkdown)
	return c
}

func (a *app) validate(files manifestFlags, orgs []string) error {
	loaded, err := session.LoadManifest(a.ctx, a.env, files.Manifests)
	if _, wrong := errors.AsType[*session.ManifestError](err); wrong && a.format == report.FormatMarkdown {
		if err := a.renderer().Failure(a.env.Stdout, session.FailureOf(err)); err != nil {
			return err
		}
		return status(ExitFailure)
	}
	if err != nil {
		return err
	}
	if len(orgs) > 0 { // a name is checked all the same; the environment of another command is not
		if _, err := session.Choose(loaded, orgs, func(string) string { return "" }, ""); err != nil {
			return err
		}
	}
	return a.renderer().Validation(a.env.Stdout,
		report.Validation{Entries: loaded.Entries, Files: len(loaded.Desired("").Files)})
}
