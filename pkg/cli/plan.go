package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
)

// planOptions are what plan and drift are asked for.
type planOptions struct {
	drift    bool
	files    manifestFlags
	connect  connectFlags
	judge    judgeFlags
	out      string
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
	c.Flags().Var((*fileName)(&o.out), "out", "also save the plan to `FILE`, for apply")
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	return c
}

func (a *app) driftCommand() *cobra.Command {
	o := planOptions{drift: true, detailed: true}
	c := &cobra.Command{
		Use:   "drift",
		Short: "Check that live is as the manifests say",
		Long: "Compares what is live with the manifests, for a scheduled check. Nothing is\n" +
			"written. Exit status: 0 in step, 2 drifted, 1 on an error.",
		Example: "  genesys-timeouts drift -f timeouts.yaml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.plan(o) },
	}
	o.register(a, c)
	return c
}

func (o *planOptions) register(a *app, c *cobra.Command) {
	o.files.register(c)
	o.connect.register(c)
	o.judge.register(c)
	a.formatFlag(c, formatText, formatJSON, formatMarkdown)
	a.shownFlags(c)
}

func (a *app) plan(o planOptions) error {
	if o.out == "-" {
		return usageError{errors.New("--out takes a file"), "for the plan on standard output, use --format json"}
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	doc, err := a.makePlan(ctx, o)
	if err != nil {
		return err
	}
	var unsaved error
	if o.out != "" { // first: a reader of stdout may go away
		unsaved = savePlan(o.out, doc)
	}
	if err := a.showPlan(doc, o.drift); err != nil {
		return errors.Join(err, unsaved)
	}
	a.shown = true
	switch {
	case unsaved != nil:
		return unsaved
	case doc.Summary.Errors > 0:
		return status(ExitFailure)
	case o.detailed && doc.Summary.Update > 0:
		return status(ExitChanges)
	}
	return nil
}

// makePlan is the pipeline of everything that only reads: manifest, live, plan.
func (a *app) makePlan(ctx context.Context, o planOptions) (plan.Document, error) {
	if err := o.connect.check(); err != nil {
		return plan.Document{}, err
	}
	desired, err := a.load(o.files)
	if err != nil {
		return plan.Document{}, err
	}
	if slices.ContainsFunc(desired.Files, func(manifest string) bool { return sameFile(manifest, o.out) }) {
		return plan.Document{}, usageError{fmt.Errorf("--out %q is the manifest itself", o.out), "name another file for the plan, such as plan.json"}
	}
	client, err := a.connect(o.connect, desired.Environment, false)
	if err != nil {
		return plan.Document{}, err
	}
	defer client.Close()
	return a.compare(ctx, client, a.reconciler(client, desired.API, o.connect, false), desired, o.judge.options())
}

// compare fetches, plans and seals.
func (a *app) compare(ctx context.Context, client *genesys.Client, r *reconcile.Reconciler, desired dataaction.Desired, judge plan.Options) (plan.Document, error) {
	began := a.Now()
	live, err := r.Fetch(ctx, desired)
	a.bar.clear()
	if err != nil {
		return plan.Document{}, err
	}
	doc := plan.Build(desired, live, judge)
	doc.ToolVersion = buildVersion()
	doc.CreatedAt = began.UTC().Truncate(time.Second)
	doc.Environment, doc.APIURL = client.Environment(), client.APIURL()
	doc.Stats = plan.Stats{Requests: client.Requests(), DurationMS: a.Now().Sub(began).Milliseconds()}
	return plan.Seal(doc)
}

func (a *app) reconciler(client *genesys.Client, api dataaction.API, f connectFlags, failFast bool) *reconcile.Reconciler {
	o := reconcile.Options{Concurrency: f.concurrency, FailFast: failFast, Explain: explain, Progress: a.bar.step}
	if a.format == formatJSON || a.verbose {
		o.Diff = report.Diff
	}
	return reconcile.New(client, api, o)
}

// deadline is the run's context under --timeout.
func (f *connectFlags) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, f.timeout)
}

func (a *app) showPlan(doc plan.Document, drift bool) error {
	text, markdown := report.PlanText, report.PlanMarkdown
	if drift {
		text, markdown = report.DriftText, report.DriftMarkdown
	}
	var err error
	switch a.format {
	case formatJSON:
		err = report.JSON(a.Stdout, doc)
	case formatMarkdown:
		_, err = fmt.Fprint(a.Stdout, markdown(doc, report.Heading{}))
	default:
		err = text(a.Stdout, doc, a.style())
	}
	if err != nil {
		return fmt.Errorf("printing plan: %w", err)
	}
	return nil
}
