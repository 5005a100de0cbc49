package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

func (a *app) showCommand() *cobra.Command {
	var files manifestFlags
	var connect connectFlags
	c := &cobra.Command{
		Use:   "show ACTION...",
		Short: "Show a data action from all sides",
		Long: "Shows data actions, by name or id: timeout, version, kind, what the manifest\n" +
			"says and where, every published flow and step that calls them with what callers\n" +
			"meet, and the last recorded change. It needs no manifest.",
		Example: "  genesys-timeouts show \"Customer lookup\"\n" +
			"  genesys-timeouts show \"Get order\" \"Get customer\" --format json",
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return session.UsageError{
					Err:  errors.New("show takes the name or the id of a data action"),
					Hint: "`genesys-timeouts list` shows them all; " + seeHelp(c),
				}
			case slices.Contains(args, ""):
				return session.UsageError{Err: errors.New("the action's name is empty"), Hint: session.UnsetHint}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.show(files, connect, args) },
	}
	files.register(c)
	connect.register(c)
	connect.registerOrgs(c)
	a.formatFlag(c, report.FormatText, report.FormatJSON, report.FormatMarkdown)
	a.quietFlag(c)
	return c
}

func (a *app) show(files manifestFlags, connect connectFlags, names []string) error {
	return a.look(files, connect, func(ctx context.Context, chosen []dataaction.Desired) error {
		desired, err := session.One(chosen)
		if err != nil {
			return err
		}
		s, err := a.openGuarded(ctx, connect, desired, false)
		if err != nil {
			return err
		}
		defer s.Close()
		named := func(x dataaction.Action) bool {
			return slices.ContainsFunc(names, func(n string) bool { return x.ID == n || strings.EqualFold(x.Name, n) })
		}
		live, err := s.Inventory(ctx, reconcile.Scope{Keep: named})
		if err != nil {
			return err
		}
		actions, err := export.Named(live.Actions, names)
		if err != nil {
			return err
		}
		organization, err := s.Organization(ctx)
		if err != nil {
			return err
		}
		known, err := s.Ask(ctx, actions)
		if err != nil {
			return err
		}
		managing := export.Managing(desired)
		shown := make([]report.ShownAction, len(actions))
		for i, x := range actions {
			shown[i] = shownAction(desired.API, x, managing(&x), known[i])
		}
		doc := report.NewShow(s.Client.Environment(), organization, shown)
		if err := a.renderer().Show(a.env.Stdout, doc); err != nil {
			return fmt.Errorf("printing actions: %w", err)
		}
		a.shown = true
		return a.unread(desired.Org, plan.Live{Actions: actions})
	})
}

func shownAction(
	api dataaction.API, x dataaction.Live, entries []*dataaction.Entry, k session.Known,
) report.ShownAction {
	out := report.ShownAction{ListedAction: listedAction(x, entries), LastChange: k.LastChange}
	for _, e := range entries {
		out.Entries = append(out.Entries, report.ShownEntry{
			Source: e.Source, Timeout: e.Timeout, Reason: e.Reason, Owner: e.Owner, Until: e.Until,
		})
	}
	out.Callers, out.CallersNote = callersOf(api, x, k)
	if k.LastChangeErr != "" {
		out.LastChangeNote = "not known: the audit answered " + k.LastChangeErr
	} else if k.LastChange == nil {
		out.LastChangeNote = "none in the last 14 days of the audit"
	}
	return out
}

// callersOf are the steps that call an action, nil where nothing is known of them, and what is to be said of that.
func callersOf(api dataaction.API, x dataaction.Live, k session.Known) ([]plan.Caller, string) {
	switch {
	case api == dataaction.Flows:
		return []plan.Caller{}, "the flow that owns it alone"
	case k.CallersErr != "":
		return nil, "not checked: " + k.CallersErr
	case k.Live.IndexRefused != "":
		return nil, "not checked: the dependency index answered " + k.Live.IndexRefused
	}
	callers, _ := plan.CallersOf(k.Live, x.ID, x.Timeout)
	if callers == nil {
		callers = []plan.Caller{}
	}
	notes := []string{"as the dependency index says"}
	if len(callers) == 0 {
		notes = []string{"the dependency index names no published flow that was read and calls it"}
	}
	consumers := k.Live.Consumers[x.ID]
	if consumers.Others > 0 {
		notes = append(notes, plan.Count(consumers.Others, "other consumer", "other consumers")+" (not a flow)")
	}
	if consumers.Partial != "" {
		notes = append(notes, "flows may be missing: "+consumers.Partial)
	}
	for _, f := range k.Live.Flows {
		if f.Unreadable != "" {
			notes = append(notes, fmt.Sprintf("flow %q was not read: %s", f.Name, f.Unreadable))
			if len(callers) == 0 {
				callers = nil // it may call the action: "nobody does" would be a guess
			}
		}
	}
	return callers, strings.Join(notes, "; ")
}
