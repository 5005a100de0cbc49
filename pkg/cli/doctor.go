package cli

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// Results of a check.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// maxSkew is the clock difference above which logs and tokens become confusing.
const maxSkew = time.Minute

// check is one result of doctor.
type check struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// doctor collects checks in the order they are made.
type doctor struct {
	env    session.Env
	s      *session.Session
	api    dataaction.API
	checks []check
}

func (a *app) doctorCommand() *cobra.Command {
	var files manifestFlags
	var connect connectFlags
	page := false
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, permissions and the manifest",
		Long: "Checks the manifest, the settings, proxy and TLS, sign-in, whose organisation it\n" +
			"is, each permission to read, the dependency index, the rate limit and the\n" +
			"clock: one line each, and what to do about each failure.\n" +
			"Permissions to write cannot be tried without writing, and it says so.\n\n" +
			"With --report it prints a Markdown page for a bug report instead: how the API\n" +
			"answers some 25 reads, as statuses, header names, shapes and counts.",
		Example: "  genesys-timeouts doctor\n" +
			"  genesys-timeouts doctor --api flows --format json\n" +
			"  genesys-timeouts doctor --report > report.md",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.doctor(files, connect, page) },
	}
	c.Flags().BoolVar(&page, "report", false,
		"print a Markdown page for a bug report, without ids, names or values")
	files.register(c)
	connect.register(c)
	connect.registerOrgs(c)
	a.formatFlag(c, report.FormatText, report.FormatJSON)
	return c
}

func (a *app) doctor(files manifestFlags, connect connectFlags, page bool) error {
	if err := connect.check(); err != nil {
		return err
	}
	ctx, cancel := connect.deadline(a.ctx)
	defer cancel()
	if page {
		return a.doctorReport(ctx, files, connect)
	}
	loaded, unloaded := session.LoadManifest(ctx, a.env, files.Manifests)
	chosen := []dataaction.Desired{{}}
	if unloaded == nil || len(connect.orgs) > 0 {
		var err error
		if chosen, err = session.Choose(loaded, connect.orgs, a.env.Getenv, connect.environment); err != nil {
			return cmp.Or(unloaded, err)
		}
	}
	options := a.options(connect)
	options.Several = len(chosen) > 1
	outcomes := session.EachOrganization(ctx, chosen, func(ctx context.Context,
		desired dataaction.Desired) ([]check, error) {
		d := &doctor{env: a.env, api: cmp.Or(files.API, desired.API, dataaction.Integrations)}
		d.manifest(files, desired, unloaded)
		d.all(ctx, options, desired)
		return d.checks, nil
	})
	a.env.Progress.Clear()
	return a.showDiagnoses(outcomes)
}

// all makes every check that needs the organisation.
func (d *doctor) all(ctx context.Context, o session.Options, desired dataaction.Desired) {
	if !d.connection(ctx, o, desired) {
		return
	}
	defer d.s.Close()
	if d.organization(ctx, desired.OrgID) && d.permissions(ctx) {
		d.window()
	}
}

func (d *doctor) say(name, status, message, hint string) {
	d.checks = append(d.checks, check{name, status, report.Inline(message), hint})
}

// failed explains err.
func (d *doctor) failed(name string, err error) {
	e := session.Explain(err)
	d.say(name, checkFail, e.Message, e.Hint)
}
