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

// doctorReport prints what the API answers to the questions that its documentation leaves open, a section for each
// organisation.
func (a *app) doctorReport(ctx context.Context, files manifestFlags, connect connectFlags) error {
	if a.format == report.FormatJSON {
		return session.UsageError{Err: errors.New("--report is a Markdown page"), Hint: "leave --format out"}
	}
	chosen, err := session.ChooseOptional(ctx, a.env, files.Manifests, connect.orgs, connect.environment)
	if err != nil {
		return err
	}
	if cmp.Or(files.API, chosen[0].API) == dataaction.Flows {
		return session.UsageError{Err: errors.New("--report is about surface integrations"), Hint: "leave --api out"}
	}
	outcomes := session.EachOrganization(ctx, chosen,
		func(ctx context.Context, desired dataaction.Desired) (report.Facts, error) {
			return a.facts(ctx, connect, desired, len(chosen) > 1)
		})
	if len(chosen) == 1 && outcomes[0].Err != nil {
		return outcomes[0].Err
	}
	var page []report.Facts
	var failed error
	for _, x := range outcomes {
		if x.Err != nil { // in words on stderr: they may have names
			x.Value.Failed, failed = session.Explain(x.Err).Code, status(ExitFailure)
			a.lacks(x.Desired.Org, x.Err)
		}
		page = append(page, x.Value)
	}
	if _, err := io.WriteString(a.env.Stdout, report.FactsMarkdown(page...)); err != nil {
		return fmt.Errorf("printing report: %w", err)
	}
	a.shown = true
	return failed
}

func (a *app) facts(ctx context.Context, connect connectFlags, desired dataaction.Desired, several bool) (
	report.Facts, error,
) {
	s, err := a.openGuarded(ctx, connect, desired, several)
	if err != nil {
		return report.Facts{}, err
	}
	defer s.Close()
	if err := s.Client.SignIn(ctx); err != nil {
		return report.Facts{}, err
	}
	return s.Facts(ctx)
}
