package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// applyOptions are the options of apply.
type applyOptions struct {
	planOptions
	saved        string // a saved plan's file; empty plans from the manifests
	autoApprove  bool
	failFast     bool
	savePrevious string
}

func (a *app) applyCommand() *cobra.Command {
	var o applyOptions
	c := &cobra.Command{
		Use:   "apply [plan.json]",
		Short: "Write the timeouts that the manifests ask for",
		Long: "Plans, shows the plan, asks, writes, and reads back what was written. A saved\n" +
			"plan is applied exactly and without asking: it was reviewed. Only the timeout of\n" +
			"an action is changed, and a timeout that another user changed since the plan\n" +
			"stays as it is.",
		Example: "  genesys-timeouts apply -f timeouts.yaml\n" +
			"  genesys-timeouts apply --save-previous undo.yaml   # undo: apply -f undo.yaml\n" +
			"  genesys-timeouts apply plan.json                   # saved by plan --out",
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return session.UsageError{Err: fmt.Errorf("apply takes one saved plan, got %d", len(args)), Hint: seeHelp(c)}
			case len(args) == 1 && args[0] == "":
				return session.UsageError{Err: errors.New("the saved plan's name is empty"), Hint: session.UnsetHint}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.saved = args[0]
			}
			return a.apply(o)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	o.register(a, c)
	o.judge.registerWrites(c)
	c.Flags().BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	c.Flags().BoolVar(&o.failFast, "fail-fast", false, "start no further write after the first failure")
	c.Flags().Var((*fileName)(&o.savePrevious), "save-previous",
		"before the first write, save to `FILE` a manifest that puts every timeout back")
	return c
}

// checked is a plan that may be shown and applied, and what that takes.
type checked struct {
	doc     plan.Document
	session *session.Session
	// reviewed is true for a saved plan: it is applied without being shown or confirmed.
	reviewed bool
}

func (a *app) apply(o applyOptions) error {
	if err := o.connect.check(); err != nil {
		return err
	}
	if o.saved != "" && len(o.only.actions)+len(o.only.flows) > 0 {
		return session.UsageError{
			Err:  errors.New("a saved plan is applied whole, but --action or --flow was given"),
			Hint: "give them to plan --out",
		}
	}
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()
	get := a.freshPlan
	if o.saved != "" {
		get = a.savedPlan
	}
	p, err := get(ctx, o)
	if err != nil {
		return err
	}
	defer p.session.Close()
	ask := !p.reviewed && !o.autoApprove
	refusal := plan.Refuse(p.doc, o.judge.options())
	if !p.reviewed || refusal != nil { // a reviewed plan shows why it is refused
		if err := a.showBefore(p.doc, ask && refusal == nil); err != nil {
			return err
		}
	}
	if refusal != nil {
		return a.finishRefused(p.session.Report(p.doc, plan.RefusedResults(p.doc, *refusal)), errors.New(refusal.Message))
	}
	if p.doc.Summary.Update > 0 {
		if err := a.beforeWriting(ctx, o, p.doc, ask); err != nil {
			return err
		}
	}
	r := p.session.Apply(ctx, p.doc)
	var unsettled error
	if o.savePrevious != "" && p.doc.Summary.Update > 0 {
		unsettled = export.SettlePrevious(o.savePrevious, p.doc, r.Results)
	}
	done := a.finish(r)
	if unsettled != nil { // beside the report: what is stale has failed the run already
		a.reportFailure(unsettled)
	}
	return done
}

// freshPlan plans from the manifests.
func (a *app) freshPlan(ctx context.Context, o applyOptions) (checked, error) {
	chosen, err := a.choose(ctx, o.planOptions)
	if err == nil {
		err = a.mayAsk(o)
	}
	if err != nil {
		return checked{}, err
	}
	desired, err := session.One(chosen)
	if err != nil {
		return checked{}, err
	}
	judge := o.judge.options()
	if desired, err = o.only.apply(desired, &judge); err != nil {
		return checked{}, err
	}
	s, err := a.open(o, desired)
	if err != nil {
		return checked{}, err
	}
	doc, err := s.Compare(ctx, desired, judge)
	if err != nil {
		s.Close()
		return checked{}, err
	}
	return checked{doc: doc, session: s}, nil
}

// savedPlan reads a saved plan. It refuses the whole plan if a flag, a variable or a manifest contradicts it.
func (a *app) savedPlan(ctx context.Context, o applyOptions) (checked, error) {
	doc, err := session.LoadPlan(ctx, a.env, o.saved)
	if err == nil {
		err = a.agrees(ctx, o, doc)
	}
	if err != nil {
		return checked{}, err
	}
	s, err := a.open(o, dataaction.Desired{API: doc.API, Environment: doc.Environment, Org: doc.Org})
	if err != nil {
		return checked{}, err
	}
	if here := s.Client.APIURL(); here != doc.APIURL {
		s.Close()
		const why = "the plan was made against %s, but this run writes to %s"
		return checked{}, session.PlanRefused{Err: fmt.Errorf(why, doc.APIURL, here)}
	}
	switch {
	case doc.Organization != nil:
		if err := s.Guard(ctx, doc.Organization.ID); err != nil {
			s.Close()
			return checked{}, err
		}
	case slices.ContainsFunc(doc.Findings, func(f plan.Finding) bool { return f.Code == plan.OrganizationUnverified }):
		s.Close()
		return checked{}, fmt.Errorf("plan %q: %w; nothing was written", o.saved, session.ErrUnverified)
	}
	return checked{doc: doc, session: s, reviewed: true}, nil
}

func (a *app) open(o applyOptions, desired dataaction.Desired) (*session.Session, error) {
	options := a.options(o.connect)
	options.AllowWrites, options.FailFast, options.Callers = true, o.failFast, o.callers
	return session.Open(a.env, desired, options)
}

// agrees compares a saved plan with what else the run was told.
func (a *app) agrees(ctx context.Context, o applyOptions, doc plan.Document) error {
	refused := func(format string, args ...any) error {
		return session.PlanRefused{Err: fmt.Errorf("plan %q "+format, append([]any{o.saved}, args...)...)}
	}
	if o.files.API != "" && o.files.API != doc.API {
		return refused("is for surface %s, but --api is %s", doc.API, o.files.API)
	}
	if len(o.connect.orgs) > 0 && (len(o.connect.orgs) > 1 || o.connect.orgs[0] != doc.Org) {
		return refused("is for organization %q, but --org is %s", doc.Org, strings.Join(o.connect.orgs, ", "))
	}
	if said := a.env.Getenv("GENESYS_ORG"); said != "" && len(o.connect.orgs) == 0 {
		names := strings.FieldsFunc(said, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
		if !slices.Contains(names, doc.Org) && !slices.Contains(names, session.AllOrganizations) {
			return refused("is for organization %q, but GENESYS_ORG is %s", doc.Org, said)
		}
	}
	if said := session.ReadSettings(a.env.Getenv, o.connect.environment, "").SaidEnvironment(); said != "" {
		domain, err := genesys.ResolveEnvironment(said)
		if err != nil {
			return err
		}
		if domain != doc.Environment {
			return refused("is for environment %s, but this run is set to %s", doc.Environment, domain)
		}
	}
	if len(o.files.Files) > 0 {
		loaded, err := session.LoadManifest(ctx, a.env, o.files.Manifests)
		if err != nil {
			return err
		}
		if loaded.Desired(doc.Org).Digest != doc.Manifest.Digest {
			return refused("was made from another manifest than the one given with -f")
		}
	}
	return nil
}

// finish prints the report and returns the exit status.
func (a *app) finish(r plan.Report) error {
	if err := a.printReport(r); err != nil {
		return err
	}
	switch {
	case a.interrupted():
		return status(ExitInterrupted)
	case !r.Complete():
		return status(ExitFailure)
	}
	return nil
}

// finishRefused ends a run whose plan was shown and not applied: in text the reason is all that is left to say.
func (a *app) finishRefused(r plan.Report, why error) error {
	if a.format == report.FormatText {
		return session.NotApplied{Err: why}
	}
	if err := a.printReport(r); err != nil {
		return err
	}
	return status(ExitFailure)
}

func (a *app) printReport(r plan.Report) error {
	err := a.renderer().Report(a.env.Stdout, r)
	if err == nil && a.stdout.closed { // what was written must not go unsaid
		err = syscall.EPIPE
	}
	if err != nil {
		s := r.Summary
		return fmt.Errorf("printing report (%d applied, %d failed, %d skipped): %w", s.Applied, s.Failed, s.Skipped, err)
	}
	a.shown = true
	return nil
}
