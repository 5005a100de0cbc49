package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// doctorReport prints what the API answers to the questions that its documentation leaves open.
func (a *app) doctorReport(ctx context.Context, files manifestFlags, connect connectFlags) error {
	if a.format == report.FormatJSON {
		return session.UsageError{Err: errors.New("--report is a Markdown page"), Hint: "leave --format out"}
	}
	chosen, err := session.ChooseOptional(ctx, a.env, files.Manifests, connect.orgs, connect.environment)
	if err != nil {
		return err
	}
	desired, err := session.One(chosen)
	if err != nil {
		return err
	}
	if cmp.Or(files.API, desired.API) == dataaction.Flows {
		return session.UsageError{Err: errors.New("--report is about surface integrations"), Hint: "leave --api out"}
	}
	s, err := a.openGuarded(ctx, connect, desired, false)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Client.SignIn(ctx); err != nil {
		return err
	}
	facts, err := s.Facts(ctx)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(a.env.Stdout, report.FactsMarkdown(facts)); err != nil {
		return fmt.Errorf("printing report: %w", err)
	}
	a.shown = true
	return nil
}
