package cli

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/ci"
	"genesys-timeouts/pkg/session"
)

func (a *app) ciCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ci",
		Short: "Run a step of the GitHub Action",
		Long: "What the GitHub Action runs: it reads the Action's inputs from INPUT_*\n" +
			"variables, does what input command says, and writes outputs, job summary,\n" +
			"annotations, comment and issue. In a shell, use the other commands.",
		Example: "  INPUT_COMMAND=validate genesys-timeouts ci",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.ci() },
	}
}

// ci ends in 0 or 1 alone, also after an interrupt: a runner knows no third status.
func (a *app) ci() error {
	ctx := a.ctx
	a.ctx = context.WithoutCancel(a.ctx)
	logging := a.logging
	if ci.Run(ctx, a.env, ci.Options{NewLog: func(env session.Env, debug bool) *slog.Logger {
		if debug {
			logging.level = "debug"
		}
		return logging.logger(env.Stderr)
	}}) != nil {
		return status(ExitFailure)
	}
	return nil
}
