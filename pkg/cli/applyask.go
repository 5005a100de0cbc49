package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// mayAsk refuses a run that has to ask and cannot.
func (a *app) mayAsk(o applyOptions) error {
	var why string
	switch {
	case o.autoApprove:
		return nil
	case slices.Contains(o.files.Files, "-"):
		why = "apply asks before it writes, but standard input has the manifest"
	case !a.env.InTerminal:
		why = "apply asks before it writes, but standard input is not a terminal"
	default:
		return nil
	}
	return session.UsageError{
		Err:  errors.New(why),
		Hint: "pass --auto-approve; or save a plan with `plan --out plan.json`, have it reviewed, and run `apply plan.json`",
	}
}

// showBefore shows the plan before a write or a refusal. If stdout is for a report in JSON or Markdown, the plan goes
// to stderr, and only if a person reads it there.
func (a *app) showBefore(doc plan.Document, asked bool) error {
	switch {
	case a.format == report.FormatText:
		if err := a.renderer().Plan(a.env.Stdout, doc); err != nil {
			return fmt.Errorf("printing plan: %w", err)
		}
		_, err := fmt.Fprintln(a.env.Stdout)
		return err
	case asked || a.env.ErrTerminal:
		style := a.style()
		style.Color = a.color(a.env.ErrTerminal)
		return report.PlanText(a.env.Stderr, doc, style)
	}
	return nil
}

// beforeWriting asks, if nobody has agreed yet, and saves what is about to change.
func (a *app) beforeWriting(ctx context.Context, o applyOptions, doc plan.Document, ask bool) error {
	if o.savePrevious != "" { // before the user is asked in vain
		if err := export.CheckPrevious(o.savePrevious, o.files.folders()); err != nil {
			return err
		}
	}
	if ask {
		if err := a.ask(ctx, doc); err != nil {
			return err
		}
	}
	if o.savePrevious == "" {
		return nil
	}
	return export.SavePrevious(o.savePrevious, doc)
}

func (a *app) ask(ctx context.Context, doc plan.Document) error {
	timeouts := plan.Count(doc.Summary.Update, "timeout", "timeouts")
	fmt.Fprintf(a.env.Stderr, "Write %s to %s (%s)? [yes/no] ", timeouts, doc.Environment, doc.APIURL)
	answers := make(chan string, 1)
	go func() { // a read from a terminal cannot be cancelled; it ends with the process
		line, err := bufio.NewReader(a.env.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answers <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.env.Stderr)
		return fmt.Errorf("nothing was written: %w", ctx.Err())
	case line := <-answers:
		if !strings.HasSuffix(line, "\n") { // no answer: the input ended
			fmt.Fprintln(a.env.Stderr)
		}
		if answer := strings.ToLower(strings.TrimSpace(line)); answer == "yes" || answer == "y" {
			return nil
		}
		return session.ErrDeclined
	}
}
