package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// Outcomes of a check.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// maxSkew is how far the clocks may differ before logs and tokens become confusing.
const maxSkew = time.Minute

// check is one line of the doctor's.
type check struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// diagnosis is the doctor's JSON document.
type diagnosis struct {
	FormatVersion string         `json:"format_version"`
	Summary       map[string]int `json:"summary"`
	Checks        []check        `json:"checks"`
}

// doctor collects checks in the order in which they are made.
type doctor struct {
	app    *app
	client *genesys.Client
	api    dataaction.API
	checks []check
}

func (a *app) doctorCommand() *cobra.Command {
	var files manifestFlags
	var connect connectFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, permissions and the manifest",
		Long: "Tries the manifest, the settings, proxy and TLS, sign-in, each permission to\n" +
			"read, the rate limit and the clock: one line each, and what to do about each\n" +
			"failure. " +
			"Permissions to write cannot be tried without writing, and it says so.",
		Example: "  genesys-timeouts doctor\n" +
			"  genesys-timeouts doctor --api flows --format json",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.doctor(files, connect) },
	}
	files.register(c)
	connect.register(c)
	a.formatFlag(c, formatText, formatJSON)
	return c
}

func (a *app) doctor(files manifestFlags, connect connectFlags) error {
	if err := connect.check(); err != nil {
		return err
	}
	ctx, cancel := connect.deadline(a.ctx)
	defer cancel()
	d := &doctor{app: a}
	desired := d.manifest(files)
	d.api = cmp.Or(files.api, desired.API, dataaction.Integrations)
	if d.connection(ctx, connect, desired.Environment) {
		defer d.client.Close()
		if d.permissions(ctx) {
			d.window()
		}
	}
	return a.showDiagnosis(d.checks)
}

func (d *doctor) say(name, status, message, hint string) {
	d.checks = append(d.checks, check{name, status, report.Inline(message), hint})
}

// failed says what err means.
func (d *doctor) failed(name string, err error) {
	e := explain(err)
	d.say(name, checkFail, e.Message, e.Hint)
}

func (d *doctor) manifest(files manifestFlags) dataaction.Desired {
	desired, err := d.app.load(files)
	var wrong *manifestError
	switch {
	case err == nil:
		d.say("manifest", checkOK, count(len(desired.Entries), "entry", "entries")+" in "+strings.Join(desired.Files, ", "), "")
	case len(files.files) == 0 && !defaultManifestExists():
		d.say("manifest", checkWarn, "there is none here yet", "name one with -f, or begin with what is live: `genesys-timeouts export --out genesys-timeouts.yaml`")
	case errors.As(err, &wrong):
		d.say("manifest", checkFail, fmt.Sprintf("%s; the first: %s", err, wrong.problems[0]), "run `genesys-timeouts validate` to see them all")
	default:
		d.failed("manifest", err)
	}
	return desired
}

func defaultManifestExists() bool {
	return slices.ContainsFunc([]string{"genesys-timeouts.yaml", "genesys-timeouts"}, func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	})
}

// connection checks everything up to the first answer; false: there is no point in going on.
func (d *doctor) connection(ctx context.Context, f connectFlags, environment string) bool {
	client, err := d.app.connect(f, environment, false)
	if err != nil {
		d.failed("settings", err)
		return false
	}
	d.client = client
	d.say("settings", checkOK, fmt.Sprintf("%s, surface %s", client.Environment(), d.api), "")
	if c := d.app.credentials(); c.apiURL != "" || c.loginURL != "" {
		d.say("hosts", checkOK, "API "+client.APIURL()+", sign-in "+client.LoginURL(), "")
	}
	d.proxy()
	if err := client.SignIn(ctx); err != nil {
		d.failed("sign-in", err)
		client.Close()
		return false
	}
	if d.app.credentials().accessToken.value != "" {
		d.say("sign-in", checkOK, "not needed: an access token is set", "")
	} else {
		d.say("sign-in", checkOK, "a token was given", "")
	}
	return true
}

func (d *doctor) proxy() {
	u, err := url.Parse(d.client.APIURL())
	if err != nil || u.Scheme == "http" {
		d.say("network", checkOK, "plain http to loopback, without proxy or TLS", "")
		return
	}
	var proxy *url.URL
	if d.app.Proxy != nil {
		proxy, err = d.app.Proxy(&http.Request{URL: u})
	}
	switch {
	case err != nil:
		d.say("network", checkFail, "the proxy settings cannot be read", "check HTTPS_PROXY and NO_PROXY")
	case proxy != nil:
		d.say("network", checkOK, "TLS 1.2 or better, through the proxy "+proxy.Scheme+"://"+proxy.Host, "")
	default:
		d.say("network", checkOK, "TLS 1.2 or better, without a proxy", "")
	}
}

// permissions tries each permission to read; those to write cannot be tried without writing. It reports whether the API
// answered at all.
func (d *doctor) permissions(ctx context.Context) (answered bool) {
	if d.api == dataaction.Flows {
		return d.flowsSurface(ctx)
	}
	actions, err := d.client.ListActions(ctx)
	answered = isAnswer(err)
	if err != nil {
		d.failed("integrations:action:view", err)
	} else {
		d.say("integrations:action:view", checkOK, count(len(actions), "data action", "data actions")+" can be read", "")
		d.function(ctx, actions)
	}
	if flows, err := d.client.ListFlows(ctx); err != nil {
		d.failed("architect:flow:view", err)
	} else {
		d.say("architect:flow:view", checkOK, count(len(flows), "flow", "flows")+" can be read", "")
	}
	d.say("integrations:action:edit", checkWarn, "not tried: that takes a write", "the OAuth client that applies needs it")
	d.say("integrations:actionFunction:edit", checkWarn, "not tried: that takes a write", "the OAuth client that applies needs it where the manifest lists function data actions")
	return answered
}

// isAnswer tells what the API said, be it a refusal, from what never reached it.
func isAnswer(err error) bool {
	var refusal *genesys.APIError
	return err == nil || errors.As(err, &refusal)
}

func (d *doctor) function(ctx context.Context, actions []dataaction.Live) {
	const name = "integrations:actionFunction:view"
	i := slices.IndexFunc(actions, func(a dataaction.Live) bool { return a.Type == dataaction.TypeFunction })
	if i < 0 {
		d.say(name, checkOK, "not needed: there is no function data action", "")
		return
	}
	if _, err := d.client.FunctionTimeout(ctx, actions[i].ID); err != nil && !genesys.IsNotFound(err) {
		d.failed(name, err)
		return
	}
	d.say(name, checkOK, "function data actions can be read", "")
}

func (d *doctor) flowsSurface(ctx context.Context) (answered bool) {
	const read, write = "flow:flow:read", "flow:flow:write"
	flows, err := d.client.ListFlows(ctx)
	switch {
	case err != nil:
		d.failed("architect:flow:view", err)
	case len(flows) == 0:
		d.say(read, checkWarn, "not tried: there is no flow to try it with", "")
	default:
		d.say("architect:flow:view", checkOK, count(len(flows), "flow", "flows")+" can be read", "")
		actions, err := d.client.FlowActions(ctx, flows[0].Flow)
		if err != nil {
			d.failed(read, err)
			break
		}
		d.say(read, checkOK, fmt.Sprintf("%s of flow %q can be read", count(len(actions), "data action", "data actions"), flows[0].Name), "")
	}
	d.say(write, checkWarn, "not tried: that takes a write", "the OAuth client that applies needs this scope")
	return isAnswer(err)
}

// window tells what the answers so far said of the rate limit and the clock.
func (d *doctor) window() {
	w := d.client.RateWindow()
	switch {
	case !w.Known:
		d.say("rate limit", checkWarn, "the server does not say what it allows", "use --rate-limit if others share the OAuth client")
	case w.Count*2 > w.Allowed:
		d.say("rate limit", checkWarn, fmt.Sprintf("%d of %d requests of this window spent", w.Count, w.Allowed), "other programs use the same OAuth client: give this tool its own")
	default:
		d.say("rate limit", checkOK, fmt.Sprintf("%d of %d requests of this window spent", w.Count, w.Allowed), "")
	}
	if w.Skew.Abs() > maxSkew {
		d.say("clock", checkWarn, fmt.Sprintf("this machine's clock and the server's differ by %s", w.Skew.Abs().Round(time.Second)), "set the clock, for instance by NTP")
		return
	}
	d.say("clock", checkOK, "in step with the server's", "")
}

func (a *app) showDiagnosis(checks []check) error {
	doc := diagnosis{FormatVersion: plan.FormatVersion, Summary: map[string]int{checkOK: 0, checkWarn: 0, checkFail: 0}, Checks: checks}
	for _, c := range checks {
		doc.Summary[c.Status]++
	}
	var err error
	if a.format == formatJSON {
		err = report.JSON(a.Stdout, doc)
	} else {
		_, err = io.WriteString(a.Stdout, diagnosisText(checks, cmp.Or(a.Width, helpWidth)))
	}
	if err != nil {
		return fmt.Errorf("printing checks: %w", err)
	}
	if doc.Summary[checkFail] > 0 {
		return status(ExitFailure)
	}
	return nil
}

// diagnosisText is a line for each check, and below it, where there is something to do, what that is.
func diagnosisText(checks []check, columns int) string {
	const indent = 6 // columns of the status
	names := 0
	for _, c := range checks {
		names = max(names, len(c.Name))
	}
	var b strings.Builder
	for _, c := range checks {
		fmt.Fprintf(&b, "%-*s%-*s  %s\n", indent, c.Status, names, c.Name, c.Message)
		if c.Hint == "" {
			continue
		}
		for _, line := range folded("hint: "+c.Hint, columns-indent) {
			fmt.Fprintf(&b, "%*s%s\n", indent, "", line)
		}
	}
	return b.String()
}

// folded breaks text at blanks into lines of so many characters; a longer word stays whole.
func folded(text string, room int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= room:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
