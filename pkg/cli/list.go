package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/export"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// listOptions are the options of list.
type listOptions struct {
	export.Options
	files            manifestFlags
	connect          connectFlags
	unmanaged, unset bool
}

func (a *app) listCommand() *cobra.Command {
	o := listOptions{Options: export.Options{BuiltIn: true}}
	c := &cobra.Command{
		Use:   "list",
		Short: "List data actions with their timeouts",
		Long: "Lists the data actions of the organisation: timeout, kind, category, and the\n" +
			"manifest entry that manages each. It needs no manifest. Several organisations of\n" +
			"a manifest stand side by side.",
		Example: "  genesys-timeouts list --unset\n" +
			"  genesys-timeouts list --flow \"Inbound Support\" --unmanaged\n" +
			"  genesys-timeouts list --format csv > actions.csv\n" +
			"  genesys-timeouts list --org all",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.list(o) },
	}
	o.files.register(c)
	o.connect.register(c)
	o.connect.registerOrgs(c)
	filterFlags(c, &o.Filter, &o.Flows, "only actions that this `FLOW` calls, by name or id; repeatable")
	c.Flags().BoolVar(&o.unmanaged, "unmanaged", false, "only actions that no manifest entry names")
	c.Flags().BoolVar(&o.unset, "unset", false, "only actions without a timeout")
	a.formatFlag(c, report.FormatText, report.FormatJSON, report.FormatCSV, report.FormatMarkdown)
	a.quietFlag(c)
	return c
}

// filterFlags register the filters that list and export share.
func filterFlags(c *cobra.Command, filter *export.Filter, flows *[]string, flowUsage string) {
	f := c.Flags()
	f.StringArrayVar(flows, "flow", nil, flowUsage)
	f.StringVar(&filter.Category, "category", "", "only actions of this `CATEGORY`; filters ignore case")
	f.StringVar(&filter.Integration, "integration", "", "only actions of the integration with this `ID`")
	f.StringVar(&filter.Name, "name", "", "only actions whose name contains this `TEXT`")
	for _, name := range []string{"flow", "category", "integration", "name"} {
		completeFlag(c, name)
	}
}

func (a *app) list(o listOptions) error {
	return a.look(o.files, o.connect, func(ctx context.Context, chosen []dataaction.Desired) error {
		outcomes := session.EachOrganization(ctx, chosen,
			func(ctx context.Context, desired dataaction.Desired) (listing, error) {
				return a.listOne(ctx, o, desired, len(chosen) > 1)
			})
		if err := o.checkAll(outcomes); err != nil {
			return err
		}
		show, err := report.NewListRenderer(a.format, a.style(), report.Heading{})
		switch {
		case err != nil:
		case len(chosen) > 1:
			err = show.Lists(a.env.Stdout, listSides(outcomes))
		case outcomes[0].Err != nil:
			return outcomes[0].Err
		default:
			err = show.List(a.env.Stdout, outcomes[0].Value.list)
		}
		if err != nil {
			return fmt.Errorf("printing list: %w", err)
		}
		a.shown = true
		var failed error
		for _, x := range outcomes {
			if x.Err != nil && a.format == report.FormatCSV { // which has no place for it
				a.lacks(x.Desired.Org, x.Err)
			}
			if x.Err != nil || a.unread(x.Desired.Org, o.Picked(x.Value.read)) != nil {
				failed = status(ExitFailure)
			}
		}
		return failed
	})
}

// listing is what one organisation's list shows, and what was read for it.
type listing struct {
	list report.List
	read export.Inventory
}

// checkAll refuses filters that match nothing in any organisation. Where one failed that is not known.
func (o listOptions) checkAll(outcomes []session.Outcome[listing]) error {
	var read []export.Inventory
	for _, x := range outcomes {
		if x.Err == nil {
			read = append(read, x.Value.read)
		}
	}
	if len(read) < len(outcomes) {
		return nil
	}
	return o.Check(read)
}

func (a *app) listOne(ctx context.Context, o listOptions, desired dataaction.Desired, several bool) (listing, error) {
	s, err := a.openGuarded(ctx, o.connect, desired, several)
	if err != nil {
		return listing{}, err
	}
	defer s.Close()
	read, err := export.Read(ctx, s, o.Options, desired)
	if err != nil {
		return listing{}, err
	}
	organization, err := s.Organization(ctx)
	if err != nil {
		return listing{}, err
	}
	shown, others, hidden := o.listed(read, desired)
	list := report.NewList(s.Client.Environment(), organization, shown)
	list.Others, list.Hidden = others, hidden
	return listing{list, read}, nil
}

func listSides(outcomes []session.Outcome[listing]) (sides report.ListSides) {
	for _, x := range outcomes {
		side := report.ListSide{Org: x.Desired.Org, Environment: x.Desired.Environment}
		if x.Err != nil {
			f := session.FailureOf(x.Err)
			side.Failure = &f
		} else {
			side.List = &x.Value.list
		}
		sides = append(sides, side)
	}
	return sides
}

// look runs a command that reads organisations and needs no manifest.
func (a *app) look(files manifestFlags, connect connectFlags,
	work func(context.Context, []dataaction.Desired) error) error {
	if err := connect.check(); err != nil {
		return err
	}
	ctx, cancel := connect.deadline(a.ctx)
	defer cancel()
	chosen, err := session.ChooseOptional(ctx, a.env, files.Manifests, connect.orgs, connect.environment)
	if err != nil {
		return err
	}
	return work(ctx, chosen)
}

// openGuarded connects to an organisation for reading, once it is known to be the one that the manifest means.
func (a *app) openGuarded(ctx context.Context, connect connectFlags, desired dataaction.Desired, several bool) (
	*session.Session, error,
) {
	options := a.options(connect)
	options.Several = several
	s, err := session.Open(a.env, desired, options)
	if err != nil || desired.OrgID == "" {
		return s, err
	}
	if err := s.Guard(ctx, desired.OrgID); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// listed are the actions that the filters pick, in a stable order: name, then id, by bytes. Others are those that
// --unset and --unmanaged alone leave out, hidden are the rest.
func (o listOptions) listed(read export.Inventory, desired dataaction.Desired) (
	shown, others, hidden []report.ListedAction,
) {
	managing, picks := export.Managing(desired), o.Picks(read)
	for _, x := range inOrder(read.Live.Actions) {
		row := listedAction(x, managing(&x))
		switch {
		case !picks(x):
			hidden = append(hidden, row)
		case o.unmanaged && len(row.Sources) > 0, o.unset && (row.TimeoutMS != nil || row.Unread):
			others = append(others, row)
		default:
			shown = append(shown, row)
		}
	}
	return shown, others, hidden
}

// inOrder sorts actions by name, then by id, and on surface flows by the flow between the two.
func inOrder(actions []dataaction.Live) []dataaction.Live {
	owner := func(a dataaction.Live) string {
		if a.Flow == nil {
			return ""
		}
		return a.Flow.Name
	}
	return slices.SortedStableFunc(slices.Values(actions), func(a, b dataaction.Live) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(owner(a), owner(b)), strings.Compare(a.ID, b.ID))
	})
}

func listedAction(a dataaction.Live, entries []*dataaction.Entry) report.ListedAction {
	row := report.ListedAction{Action: a.Action, Flow: a.Flow, Version: a.Version, Unread: a.Unread != ""}
	if a.Timeout != nil {
		row.TimeoutMS = new(a.Timeout.Milliseconds())
	}
	for _, e := range entries {
		row.Sources = append(row.Sources, e.Source)
	}
	return row
}

// unread says on stderr what could not be read, by name, and fails if there is any. org is a declared organisation.
func (a *app) unread(org string, live plan.Live) error {
	a.env.Progress.Clear()
	if org != "" {
		org = " in " + org
	}
	failed := false
	for _, f := range live.Flows {
		if f.Unreadable != "" {
			failed = true
			fmt.Fprintf(a.env.Stderr, "flow %s%s could not be read: %s\n", quoted(cmp.Or(f.Name, f.ID)), org,
				report.Inline(f.Unreadable))
		}
	}
	for _, x := range inOrder(live.Actions) {
		if x.Unread != "" {
			failed = true
			fmt.Fprintf(a.env.Stderr, "%s%s: timeout not read: %s\n", quoted(x.Name), org, report.Inline(x.Unread))
		}
	}
	if failed {
		return status(ExitFailure)
	}
	return nil
}

// quoted sets a name from the API in a sentence.
func quoted(name string) string { return report.Inline(fmt.Sprintf("%q", name)) }
