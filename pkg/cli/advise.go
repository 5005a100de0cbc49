package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// adviseOptions are what advise is asked for.
type adviseOptions struct {
	files                                 manifestFlags
	connect                               connectFlags
	days, interval, since, accept, format string
	slots                                 int64
	slotsGiven                            func() bool
	all, detailed                         bool
}

func (a *app) adviseCommand() *cobra.Command {
	var o adviseOptions
	c := &cobra.Command{
		Use:   "advise",
		Short: "Say which timeouts are too short or too long, from measurements",
		Long: "Asks Genesys Cloud how long the actions really took, and says which timeouts cut\n" +
			"calls off, which keep callers waiting for nothing, and what a longer one costs.\n" +
			"Nothing is written.",
		Example: "  genesys-timeouts advise --days 7\n" +
			"  genesys-timeouts advise --all --format html > advice.html",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.advise(o) },
	}
	o.files.register(c)
	o.connect.register(c)
	o.connect.registerOrgs(c)
	c.Flags().StringVar(&o.days, "days", "7", "the last `N` whole days, in UTC")
	c.Flags().StringVar(&o.interval, "interval", "", "`FROM/TO` in place of --days: dates, or instants as in RFC 3339")
	c.Flags().StringVar(&o.since, "since", "", "leave out what was before this `DATE`, such as the last change of a timeout")
	c.Flags().StringVar(&o.accept, "accept", "0.1%", "the `SHARE` of calls that may run into the limit, 0.01% to 5%")
	c.Flags().Int64Var(&o.slots, "slots", 0, "at most `N` executions at once (default: the organisation's limit)")
	o.slotsGiven = func() bool { return c.Flags().Changed("slots") }
	c.Flags().BoolVar(&o.all, "all", false, "judge every custom action, also those that the manifest does not list")
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there is advice")
	o.format = "text"
	choiceFlag(c, &o.format, "format", "format of the result", "text", "json", "markdown", "html")
	a.shownFlags(c)
	for _, name := range []string{"days", "interval", "since", "accept", "slots"} {
		completeFlag(c, name)
	}
	c.MarkFlagsMutuallyExclusive("days", "interval")
	return c
}

func (a *app) advise(o adviseOptions) error {
	if o.format != "html" {
		a.format = report.Format(o.format)
	}
	settings, err := o.settings(a)
	if err == nil {
		err = o.connect.check()
	}
	if err != nil {
		return err
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	desired, err := a.adviceManifest(ctx, o)
	if err != nil {
		return err
	}
	if desired.API == dataaction.Flows {
		return session.AdviseUnsupported{}
	}
	s, err := session.Open(a.env, desired, a.options(o.connect))
	if err != nil {
		return err
	}
	defer s.Close()
	doc, err := s.Advise(ctx, desired, settings)
	if err != nil {
		return err
	}
	if err := a.showAdvice(doc, o.format); err != nil {
		return fmt.Errorf("printing advice: %w", err)
	}
	a.shown = true
	if o.detailed && doc.Advises() {
		return status(ExitChanges)
	}
	return nil
}

// settings checks the flags, before any request.
func (o adviseOptions) settings(a *app) (out session.AdviseOptions, err error) {
	out.All = o.all
	wrong := func(flag, value string, err error) error {
		return session.UsageError{Err: fmt.Errorf("--%s %q: %w", flag, value, err)}
	}
	if out.Accept, err = advice.ParseAccept(o.accept); err != nil {
		return out, wrong("accept", o.accept, err)
	}
	if o.slotsGiven() {
		if o.slots < 1 {
			return out, wrong("slots", fmt.Sprint(o.slots), errors.New("must be at least 1"))
		}
		out.Slots = &o.slots
	}
	if o.interval != "" {
		if out.Over, err = advice.ParseInterval(o.interval); err != nil {
			return out, wrong("interval", o.interval, err)
		}
	} else {
		days, err := advice.ParseDays(strings.TrimSuffix(o.days, "d") + "d")
		if err == nil {
			out.Over, err = advice.LastDays(a.env.Now(), days)
		}
		if err != nil {
			return out, wrong("days", o.days, err)
		}
	}
	if o.since != "" {
		since, err := advice.ParseInstant(o.since)
		if err == nil {
			out.Over, err = advice.Since(out.Over, since)
		}
		if err != nil {
			return out, wrong("since", o.since, err)
		}
	}
	return out, nil
}

// adviceManifest loads the manifest; with --all there need not be one.
func (a *app) adviceManifest(ctx context.Context, o adviseOptions) (dataaction.Desired, error) {
	chosen, err := a.choose(ctx, planOptions{files: o.files, connect: o.connect})
	if errors.Is(err, manifest.ErrNoManifest) && o.all && len(o.files.Files) == 0 {
		api := o.files.API
		if api == "" {
			api = dataaction.Integrations
		}
		return dataaction.Desired{API: api}, nil
	}
	if err != nil {
		return dataaction.Desired{}, err
	}
	return session.One(chosen)
}

func (a *app) showAdvice(doc advice.Document, format string) error {
	switch format {
	case "json":
		return report.JSON(a.env.Stdout, doc)
	case "markdown":
		_, err := io.Copy(a.env.Stdout, strings.NewReader(report.AdviceMarkdown(doc, report.Heading{})))
		return err
	case "html":
		return report.AdviceHTML(a.env.Stdout, doc)
	}
	return report.AdviceText(a.env.Stdout, doc, a.style())
}
