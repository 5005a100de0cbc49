package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
)

// applyOptions are what apply is asked for.
type applyOptions struct {
	planOptions
	saved        string // a saved plan's file; empty: plan from the manifests
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
			"plan is applied exactly and without asking: it was reviewed. Nothing of an\n" +
			"action is changed but its timeout, and a timeout that somebody has changed since\n" +
			"the plan stays as they left it.",
		Example: "  genesys-timeouts apply -f timeouts.yaml\n" +
			"  genesys-timeouts apply --save-previous undo.yaml   # undo: apply -f undo.yaml\n" +
			"  genesys-timeouts apply plan.json                   # saved by plan --out",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("apply takes one saved plan, and was given %d", len(args)), seeHelp(c)}
			}
			if len(args) == 1 && args[0] == "" {
				return usageError{errors.New("the saved plan's name is empty"), unsetHint}
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
	c.Flags().BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	c.Flags().BoolVar(&o.failFast, "fail-fast", false, "start no further write after the first failure")
	c.Flags().Var((*fileName)(&o.savePrevious), "save-previous", "before the first write, save to `FILE` a manifest that puts every timeout back")
	return c
}

func (a *app) apply(o applyOptions) error {
	if err := o.connect.check(); err != nil {
		return err
	}
	judge := o.judge.options()
	began := a.Now()
	ctx, cancel := o.connect.deadline(a.ctx)
	defer cancel()

	var doc plan.Document
	var desired dataaction.Desired
	var err error
	if o.saved != "" {
		doc, err = a.checkedPlan(o)
		desired.API, desired.Environment = doc.API, doc.Environment
	} else if desired, err = a.load(o.files); err == nil {
		err = a.mayAsk(o)
	}
	if err != nil {
		return err
	}
	client, err := a.connect(o.connect, desired.Environment, true)
	if err != nil {
		return err
	}
	defer client.Close()
	reconciler := a.reconciler(client, desired.API, o.connect, o.failFast)
	if o.saved != "" {
		err = sameTarget(doc, client)
	} else {
		doc, err = a.compare(ctx, client, reconciler, desired, judge)
	}
	if err != nil {
		return err
	}
	refusal := refuse(doc, judge)
	if o.saved == "" || refusal != nil { // a saved plan has been looked at, but what speaks against it is in it
		if err := a.showPlanBeforeApply(doc, refusal == nil && !o.autoApprove); err != nil {
			return err
		}
	}
	if refusal != nil {
		return a.finish(refusedReport(doc, refusal), doc, errors.New(refusal.Message))
	}
	if doc.Summary.Update > 0 {
		if err := a.beforeWriting(ctx, o, doc); err != nil {
			return err
		}
	}
	results := reconciler.Apply(ctx, doc.Changes)
	a.bar.clear()
	r := plan.NewReport(doc, buildVersion(), a.Now().UTC().Truncate(time.Second), results,
		plan.Stats{Requests: client.Requests(), DurationMS: a.Now().Sub(began).Milliseconds()})
	return a.finish(r, doc, nil)
}

// beforeWriting asks, where nobody has agreed yet, and saves what is about to be changed.
func (a *app) beforeWriting(ctx context.Context, o applyOptions, doc plan.Document) error {
	if o.savePrevious != "" {
		if err := mayHold(o.savePrevious); err != nil { // before anybody is asked in vain
			return err
		}
	}
	if o.saved == "" && !o.autoApprove {
		if err := a.ask(ctx, doc); err != nil {
			return err
		}
	}
	if o.savePrevious == "" {
		return nil
	}
	return savePrevious(o.savePrevious, doc)
}

// mayAsk refuses a run that could neither ask nor was told not to.
func (a *app) mayAsk(o applyOptions) error {
	const hint = "give --auto-approve; or save a plan with `plan --out plan.json`, have it reviewed, and run `apply plan.json`"
	switch {
	case o.autoApprove:
		return nil
	case slices.Contains(o.files.files, "-"):
		return usageError{errors.New("apply asks before it writes, and standard input, where the answer would come from, holds the manifest"), hint}
	case !a.InTerminal:
		return usageError{errors.New("apply asks before it writes, and there is no terminal to ask at"), hint}
	}
	return nil
}

// showPlanBeforeApply shows what will be asked about; where stdout is for a report in JSON or Markdown it goes to stderr, and only
// for a person: who will be asked, or sits there.
func (a *app) showPlanBeforeApply(doc plan.Document, asked bool) error {
	switch {
	case a.format == formatText:
		if err := a.showPlan(doc, false); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.Stdout)
		return err
	case asked || a.ErrTerminal:
		style := a.style()
		style.Color = a.color(a.ErrTerminal)
		return report.PlanText(a.Stderr, doc, style)
	}
	return nil
}

func (a *app) ask(ctx context.Context, doc plan.Document) error {
	fmt.Fprintf(a.Stderr, "Write %s to %s (%s)? [yes/no] ", count(doc.Summary.Update, "timeout", "timeouts"), doc.Environment, doc.APIURL)
	answers := make(chan string, 1)
	go func() { // a read from a terminal cannot be cancelled; it ends with the process
		line, err := bufio.NewReader(a.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answers <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.Stderr)
		return fmt.Errorf("nothing was written: %w", ctx.Err())
	case line := <-answers:
		if answer := strings.ToLower(strings.TrimSpace(line)); answer == "yes" || answer == "y" {
			return nil
		}
		return errDeclined
	}
}

var errDeclined = errors.New("not confirmed: nothing was written")

// checkedPlan reads a saved plan and refuses it whole where a flag, a variable or a manifest says otherwise.
func (a *app) checkedPlan(o applyOptions) (plan.Document, error) {
	doc, err := a.loadPlan(o.saved)
	if err != nil {
		return doc, err
	}
	if o.files.api != "" && o.files.api != doc.API {
		return doc, planRefused{fmt.Errorf("plan %q is for surface %s, and --api says %s", o.saved, doc.API, o.files.api)}
	}
	if said := cmp.Or(o.connect.environment, a.credentials().environment); said != "" {
		domain, err := genesys.ResolveEnvironment(said)
		if err != nil {
			return doc, err
		}
		if domain != doc.Environment {
			return doc, planRefused{fmt.Errorf("plan %q is for environment %s, and this run is set to %s", o.saved, doc.Environment, domain)}
		}
	}
	if len(o.files.files) > 0 {
		desired, err := a.load(o.files)
		if err != nil {
			return doc, err
		}
		if desired.Digest != doc.Manifest.Digest {
			return doc, planRefused{fmt.Errorf("plan %q was made from another manifest than the one given with -f", o.saved)}
		}
	}
	return doc, nil
}

// sameTarget refuses a plan that was made against another host.
func sameTarget(doc plan.Document, client *genesys.Client) error {
	if client.APIURL() != doc.APIURL {
		return planRefused{fmt.Errorf("the plan was made against %s, and this run would write to %s", doc.APIURL, client.APIURL())}
	}
	return nil
}

// refuse says why a plan must not be applied at all, or nil.
func refuse(doc plan.Document, judge plan.Options) *plan.Finding {
	if judge.MaxChanges != nil {
		if message := plan.TooMany(*judge.MaxChanges, doc.Changes); message != "" {
			return &plan.Finding{Code: plan.TooManyChanges, Message: message}
		}
	}
	switch {
	case doc.Summary.Errors > 0:
		return &plan.Finding{Code: codePlanErrors, Message: fmt.Sprintf("the plan holds %s: nothing was written", count(doc.Summary.Errors, "error", "errors"))}
	case judge.Strict && doc.Summary.Warnings > 0:
		return &plan.Finding{Code: codePlanErrors, Message: fmt.Sprintf("the plan holds %s, which --strict makes errors: nothing was written", count(doc.Summary.Warnings, "warning", "warnings"))}
	case judge.DenyLower && doc.Summary.Lowered > 0:
		return &plan.Finding{Code: plan.TimeoutLowered, Message: fmt.Sprintf("the plan lowers %s, which --deny-lower forbids: nothing was written", count(doc.Summary.Lowered, "timeout", "timeouts"))}
	}
	return nil
}

// codePlanErrors is why changes were skipped: the plan they belong to holds errors.
const codePlanErrors = "plan-errors"

// refusedReport is the report of a plan that was not applied: what has an error failed, all other changes were skipped.
func refusedReport(doc plan.Document, refusal *plan.Finding) plan.Report {
	failures := map[subject]plan.Finding{} // the first of each
	for _, f := range slices.Backward(doc.Findings) {
		if isFailure(f) {
			failures[aboutFinding(doc.API, f)] = f
		}
	}
	var results []plan.Result
	for _, c := range doc.Changes {
		r := plan.Result{Action: c.Action, Flows: c.Flows, Status: plan.Unchanged, BeforeMS: c.BeforeMS, AfterMS: c.AfterMS}
		about := aboutChange(doc.API, c)
		if f, ok := failures[about]; ok {
			r.Status, r.Code, r.Error = plan.Failed, f.Code, f.Message
			delete(failures, about)
		} else if c.Change == plan.Update {
			r.Status, r.Code, r.Error = plan.Skipped, refusal.Code, refusal.Message
		}
		results = append(results, r)
	}
	for _, f := range doc.Findings { // in the plan's order
		about := aboutFinding(doc.API, f)
		if _, open := failures[about]; !open || !isFailure(f) {
			continue
		}
		delete(failures, about)
		r := plan.Result{Action: f.Action, Flows: []dataaction.Flow{}, Status: plan.Failed, Code: f.Code, Error: f.Message}
		if f.Flow != (dataaction.Flow{}) {
			r.Flows = append(r.Flows, f.Flow)
		}
		results = append(results, r)
	}
	return plan.NewReport(doc, buildVersion(), doc.CreatedAt, results, doc.Stats)
}

// isFailure reports whether a finding is about one action or flow that cannot be as the manifest says.
func isFailure(f plan.Finding) bool {
	return f.Severity == plan.Error && f.Code != plan.TooManyChanges
}

// subject is what a finding and a change can both be about: an action, on surface flows of one flow; or a flow.
type subject struct {
	action dataaction.Action
	flow   dataaction.Flow
}

func aboutFinding(api dataaction.API, f plan.Finding) subject {
	if api == dataaction.Flows || f.Action == (dataaction.Action{}) {
		return subject{f.Action, f.Flow}
	}
	return subject{action: f.Action}
}

func aboutChange(api dataaction.API, c plan.Change) subject {
	if api == dataaction.Flows && len(c.Flows) > 0 {
		return subject{c.Action, c.Flows[0]}
	}
	return subject{action: c.Action}
}

// finish prints the report and turns it into an exit status; refusal is why nothing was written, where nothing was.
func (a *app) finish(r plan.Report, doc plan.Document, refusal error) error {
	var err error
	switch {
	case a.format == formatJSON:
		err = report.JSON(a.Stdout, r)
	case a.format == formatMarkdown:
		_, err = fmt.Fprint(a.Stdout, report.ReportMarkdown(r, report.Heading{}))
	case refusal != nil:
		return applyRefused{refusal}
	default:
		err = report.ReportText(a.Stdout, r, a.style())
	}
	switch {
	case err != nil:
		return fmt.Errorf("printing report (%d applied, %d failed, %d skipped): %w", r.Summary.Applied, r.Summary.Failed, r.Summary.Skipped, err)
	case a.interrupted():
		return status(ExitInterrupted)
	case r.Summary.Failed+r.Summary.Skipped > 0 || refusal != nil || slices.ContainsFunc(r.Results, unverified):
		return status(ExitFailure)
	}
	return nil
}

// unverified reports whether an action was written and could not be read back.
func unverified(x plan.Result) bool { return x.Code == reconcile.CodeUnverified }

// applyRefused is a plan that was shown and not applied.
type applyRefused struct{ error }

func (e applyRefused) Unwrap() error { return e.error }
