package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// planOptions are the options of plan and drift.
type planOptions struct {
	drift    bool
	files    manifestFlags
	connect  connectFlags
	judge    judgeFlags
	only     selectFlags
	blame    bool
	evidence evidenceFlag
	out      string
	outDir   string
	callers  plan.Callers
	detailed bool
}

func (a *app) planCommand() *cobra.Command {
	var o planOptions
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change",
		Long: "Reads what is live, compares it with the manifests, and shows the difference.\n" +
			"Nothing is written. With errors in the plan the exit status is 1; changes alone\n" +
			"leave it at 0, unless --detailed-exitcode is given.",
		Example: "  genesys-timeouts plan -f timeouts.yaml\n" +
			"  genesys-timeouts plan --out plan.json   # then: apply plan.json",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.plan(o) },
	}
	o.register(a, c)
	o.judge.registerWrites(c)
	c.Flags().Var(&o.evidence, "evidence", "show what the last `DAYS` say about each change, such as 7d")
	completeFlag(c, "evidence")
	c.Flags().Var((*fileName)(&o.out), "out", "also save the plan to `FILE`, for apply")
	c.Flags().Var((*fileName)(&o.outDir), "out-dir", "save a plan for each organisation in `FOLDER`, for apply")
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	return c
}

func (a *app) driftCommand() *cobra.Command {
	o := planOptions{drift: true, detailed: true}
	c := &cobra.Command{
		Use:   "drift",
		Short: "Check that live matches the manifests",
		Long: "Compares what is live with the manifests, for a scheduled check. Nothing is\n" +
			"written. Exit status: 0 in step, 2 drifted, 1 on an error.",
		Example: "  genesys-timeouts drift -f timeouts.yaml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.plan(o) },
	}
	o.register(a, c)
	c.Flags().BoolVar(&o.blame, "blame", false, "ask the audit who changed each drifted action last")
	return c
}

func (o *planOptions) register(a *app, c *cobra.Command) {
	o.files.register(c)
	o.connect.register(c)
	o.connect.registerOrgs(c)
	o.callers = plan.CallersChanged
	choiceFlag(c, &o.callers, "callers", "the actions whose callers are looked up in published flows",
		plan.CallersListed, plan.CallersChanged, plan.CallersAll)
	o.judge.register(c)
	o.only.register(c)
	a.formatFlag(c, report.FormatText, report.FormatJSON, report.FormatMarkdown)
	a.shownFlags(c)
}

func (a *app) plan(o planOptions) error {
	if o.out == "-" {
		return session.UsageError{
			Err:  errors.New("--out takes a file"),
			Hint: "for the plan on standard output, use --format json",
		}
	}
	if err := o.connect.check(); err != nil {
		return err
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	chosen, err := a.choose(ctx, o)
	if err != nil {
		return err
	}
	if len(chosen) > 1 || o.outDir != "" {
		return a.planEach(ctx, o, chosen)
	}
	desired := chosen[0]
	if err := notTheManifest(o.out, desired); err != nil {
		return err
	}
	doc, err := a.compare(ctx, o, desired, false)
	if err != nil {
		return err
	}
	var unsaved error
	if o.out != "" { // first: a reader of stdout may go away
		unsaved = session.SavePlan(o.out, doc)
	}
	show := a.renderer().Plan
	if o.drift {
		show = a.renderer().Drift
	}
	if err := show(a.env.Stdout, doc); err != nil {
		return errors.Join(fmt.Errorf("printing plan: %w", err), unsaved)
	}
	a.shown = true
	if unsaved != nil {
		return unsaved
	}
	if code := planStatus(doc, o); code != ExitOK {
		return status(code)
	}
	return nil
}

// compare plans with a client that cannot write.
func (a *app) compare(ctx context.Context, o planOptions, desired dataaction.Desired, several bool) (
	plan.Document, error,
) {
	judge := o.judge.options()
	judge.Drift = o.drift
	desired, err := o.only.apply(desired, &judge)
	if err != nil {
		return plan.Document{}, err
	}
	options := a.options(o.connect)
	options.Several, options.Callers, options.ReadOn = several, o.callers, o.drift
	options.Unsealed = a.format == report.FormatText && o.out == "" && o.outDir == ""
	s, err := session.Open(a.env, desired, options)
	if err != nil {
		return plan.Document{}, err
	}
	defer s.Close()
	doc, err := s.Compare(ctx, desired, judge)
	switch {
	case err != nil:
		return doc, err
	case o.evidence.days > 0:
		over, err := advice.LastDays(a.env.Now(), o.evidence.days)
		if err != nil {
			return doc, err
		}
		s.Evidence(ctx, &doc, over)
		if doc.NoEvidence != "" && a.format == report.FormatJSON { // text and Markdown say it
			a.env.Log.Warn("no evidence", "reason", doc.NoEvidence)
		}
	case o.blame:
		if refused := s.Blame(ctx, &doc); refused != "" {
			a.env.Log.Warn("the audit does not say who changed what", "reason", refused)
		}
		return plan.Seal(doc)
	}
	return doc, nil
}

// options are what a session takes from flags.
func (a *app) options(f connectFlags) session.Options {
	return session.Options{
		Environment: f.environment, Concurrency: f.concurrency, RateLimit: f.rateLimit,
		Diff: a.format == report.FormatJSON || a.verbose,
	}
}

// notTheManifest refuses to overwrite a manifest with its plan.
func notTheManifest(out string, desired dataaction.Desired) error {
	if slices.ContainsFunc(desired.Files, func(manifest string) bool { return session.SameFile(manifest, out) }) {
		return session.UsageError{
			Err:  fmt.Errorf("--out %q is the manifest itself", out),
			Hint: "name another file for the plan, such as plan.json",
		}
	}
	return nil
}

// planStatus is the exit status of a plan or a drift check.
func planStatus(doc plan.Document, o planOptions) int {
	switch {
	case o.drift && doc.Summary.Update > 0 && doc.Compared():
		return ExitChanges
	case doc.Summary.Errors > 0:
		return ExitFailure
	case o.detailed && doc.Summary.Update > 0:
		return ExitChanges
	}
	return ExitOK
}
