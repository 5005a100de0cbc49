package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

// adviseOptions are what advise is asked for.
type adviseOptions struct {
	files                                 manifestFlags
	connect                               connectFlags
	days, interval, since, accept, format string
	slots                                 int64
	slotsGiven, daysGiven                 func() bool
	all, detailed, write                  bool
	out                                   string
}

func (a *app) adviseCommand() *cobra.Command {
	var o adviseOptions
	c := &cobra.Command{
		Use:   "advise",
		Short: "Say which timeouts are too short or too long, from measurements",
		Long: "Asks Genesys Cloud how long the actions really took, and says which timeouts cut\n" +
			"calls off, which keep callers waiting for nothing, and what a longer one costs.\n" +
			"With --write the proposals go into the manifest. Nothing is written to Genesys\n" +
			"Cloud.",
		Example: "  genesys-timeouts advise --days 7\n" +
			"  genesys-timeouts advise --write   # then review the diff, and plan\n" +
			"  genesys-timeouts advise --all --format html > advice.html",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.advise(o) },
	}
	o.files.register(c)
	o.connect.register(c)
	o.connect.registerOrgs(c)
	c.Flags().StringVar(&o.days, "days", "7", "the last `N` whole days, in UTC")
	c.Flags().StringVar(&o.interval, "interval", "", "`FROM/TO` in place of --days: dates, or instants as in RFC 3339")
	c.Flags().StringVar(&o.since, "since", "",
		"leave out what was before this `DATE`, such as the last change of a timeout")
	c.Flags().StringVar(&o.accept, "accept", "0.1%", "the `SHARE` of calls that may run into the limit, 0.01% to 5%")
	c.Flags().Int64Var(&o.slots, "slots", 0, "at most `N` executions at once (default: the organisation's limit)")
	o.slotsGiven = func() bool { return c.Flags().Changed("slots") }
	c.Flags().BoolVar(&o.all, "all", false, "judge every custom action, also those that the manifest does not list")
	c.Flags().BoolVar(&o.write, "write", false, "put the proposals into the manifest, and show the diff")
	c.Flags().Var((*fileName)(&o.out), "out", "put them into a copy of the manifest, `FILE`, in place of --write")
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there is advice")
	o.format = "text"
	choiceFlag(c, &o.format, "format", "format of the result", "text", "json", "markdown", "html")
	a.shownFlags(c)
	for _, name := range []string{"days", "interval", "since", "accept", "slots"} {
		completeFlag(c, name)
	}
	o.daysGiven = func() bool { return c.Flags().Changed("days") }
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
	chosen, err := a.adviceManifest(ctx, o)
	if err != nil {
		return err
	}
	if chosen[0].API == dataaction.Flows {
		return session.AdviseUnsupported{}
	}
	files, err := o.editable(ctx, chosen[0])
	if err != nil {
		return err
	}
	outcomes := session.EachOrganization(ctx, chosen,
		func(ctx context.Context, desired dataaction.Desired) (advice.Document, error) {
			return a.adviseOne(ctx, o, desired, settings, len(chosen) > 1)
		})
	if len(chosen) == 1 && outcomes[0].Err != nil {
		return outcomes[0].Err
	}
	a.env.Progress.Clear()
	r := newAdviceResult(outcomes)
	var proposal session.Proposal
	var unwritten error
	if o.writes() && len(r.failed) == 0 { // first: a reader of stdout may go away
		proposal = session.Propose(files, r.docs...)
		unwritten = proposal.Write(o.out)
	}
	if err := a.showAdvice(r.joint, o.format); err != nil {
		return errors.Join(fmt.Errorf("printing advice: %w", err), unwritten)
	}
	a.shown = true
	if o.writes() {
		if err := a.showProposal(proposal, r.failed, o); err != nil {
			return errors.Join(fmt.Errorf("printing diff: %w", err), unwritten)
		}
	}
	switch {
	case unwritten != nil:
		return unwritten
	case len(r.failed) > 0:
		return status(ExitFailure)
	case o.detailed && slices.ContainsFunc(r.docs, advice.Document.Advises):
		return status(ExitChanges)
	}
	return nil
}

func (a *app) adviseOne(ctx context.Context, o adviseOptions, desired dataaction.Desired,
	settings session.AdviseOptions, several bool) (advice.Document, error) {
	options := a.options(o.connect)
	options.Callers = plan.CallersListed // the same steps whether or not the manifest differs from live
	options.Several = several
	s, err := session.Open(a.env, desired, options)
	if err != nil {
		return advice.Document{}, err
	}
	defer s.Close()
	return s.Advise(ctx, desired, settings)
}

func (o adviseOptions) writes() bool { return o.write || o.out != "" }

// settings checks the flags, before any request.
func (o adviseOptions) settings(a *app) (out session.AdviseOptions, err error) {
	switch {
	case o.interval != "" && o.daysGiven():
		return out, session.UsageError{Err: errors.New("--interval and --days exclude each other"), Hint: "leave one out"}
	case o.write && o.out != "":
		return out, session.UsageError{Err: errors.New("--write and --out exclude each other"), Hint: "leave one out"}
	case o.out == "-":
		return out, session.UsageError{Err: errors.New("--out takes a file")}
	}
	out.All = o.all
	wrong := func(flag string, err error) error {
		return session.UsageError{Err: fmt.Errorf("--%s: %w", flag, err)}
	}
	if out.Accept, err = advice.ParseAccept(o.accept); err != nil {
		return out, wrong("accept", err)
	}
	if o.slotsGiven() {
		if o.slots < 1 {
			return out, wrong("slots", fmt.Errorf("%d: must be at least 1", o.slots))
		}
		out.Slots = &o.slots
	}
	if o.interval != "" {
		if out.Over, err = advice.ParseInterval(o.interval); err != nil {
			return out, wrong("interval", err)
		}
	} else {
		days, err := advice.ParseDays(strings.TrimSuffix(o.days, "d") + "d")
		if err == nil {
			out.Over, err = advice.LastDays(a.env.Now(), days)
		}
		if err != nil {
			return out, wrong("days", fmt.Errorf("%q: use 1 to %d", o.days, advice.MostDays))
		}
	}
	if o.since != "" {
		since, err := advice.ParseInstant(o.since)
		if err == nil {
			out.Over, err = advice.Since(out.Over, since)
		}
		if err != nil {
			return out, wrong("since", err)
		}
	}
	return out, nil
}

// adviceManifest loads the manifest; with --all there need not be one.
func (a *app) adviceManifest(ctx context.Context, o adviseOptions) ([]dataaction.Desired, error) {
	chosen, err := a.choose(ctx, planOptions{files: o.files, connect: o.connect})
	if errors.Is(err, manifest.ErrNoManifest) && o.all && len(o.files.Files) == 0 {
		// A named organisation needs a manifest that declares it: never judge another one in its place.
		_, err = session.Choose(manifest.Manifest{}, o.connect.orgs, a.env.Getenv, o.connect.environment)
		return []dataaction.Desired{{API: cmp.Or(o.files.API, dataaction.Integrations)}}, err
	}
	return chosen, err
}

// adviseDemo shows what advise says of the sandbox's last week, before anything was written to it: the summary alone.
func (a *app) adviseDemo() (err error) {
	server, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, server.Close) }()
	env := a.inDemo(server.Env(), nil, []string{"advise", "--all"})
	var text strings.Builder
	env.Stdout = &text
	if code := Run(a.ctx, env); code != ExitOK {
		return fmt.Errorf("demo: advise ended with exit status %d", code)
	}
	last := max(0, strings.LastIndex(text.String(), "Advice: "))
	summary := text.String()[strings.LastIndex(text.String()[:last], "\n")+1:] // a colour may begin the line
	_, err = fmt.Fprintf(a.env.Stdout,
		"\n# Which timeouts fit? By last week's calls, before this change:\n$ genesys-timeouts advise --all\n%s", summary)
	return err
}
