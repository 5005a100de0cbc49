package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/session"
)

// manifest says what was read of the manifests; err is why they were not.
func (d *doctor) manifest(files manifestFlags, desired dataaction.Desired, err error) {
	var wrong *session.ManifestError
	switch {
	case err == nil:
		entries := plan.Count(len(desired.Entries), "entry", "entries")
		d.say("manifest", checkOK, entries+" in "+strings.Join(desired.Files, ", "), "")
	case len(files.Files) == 0 && !defaultManifestExists():
		d.say("manifest", checkWarn, "no manifest here yet",
			"name one with -f, or start from what is live: `genesys-timeouts export --out genesys-timeouts.yaml`")
	case errors.As(err, &wrong):
		d.say("manifest", checkFail, fmt.Sprintf("%s; the first: %s", err, wrong.Problems[0]),
			"run `genesys-timeouts validate` to see all of them")
	default:
		d.failed("manifest", err)
	}
}

func defaultManifestExists() bool {
	return slices.ContainsFunc([]string{"genesys-timeouts.yaml", "genesys-timeouts"}, func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	})
}

// connection checks everything up to sign-in; without it the other checks make no sense.
func (d *doctor) connection(ctx context.Context, o session.Options, desired dataaction.Desired) bool {
	desired.API = d.api
	s, err := session.Open(d.env, desired, o)
	if err != nil {
		d.failed("settings", err)
		return false
	}
	d.s = s
	environment := s.Client.Environment() + saidBy(s.Settings.Environment)
	d.say("settings", checkOK, fmt.Sprintf("%s, surface %s", environment, d.api), "")
	if s.Settings.APIURL.Value != "" || s.Settings.LoginURL.Value != "" {
		d.say("hosts", checkOK, "API "+s.Client.APIURL()+", sign-in "+s.Client.LoginURL(), "")
	}
	d.proxy()
	if err := s.Client.SignIn(ctx); err != nil {
		d.failed("sign-in", err)
		s.Close()
		return false
	}
	if s.Settings.AccessToken.Value != "" {
		d.say("sign-in", checkOK, "not needed: "+s.Settings.AccessToken.Name+" is set", "")
	} else {
		d.say("sign-in", checkOK, "token received for the client that "+s.Settings.ClientID.Name+" names", "")
	}
	return true
}

// organization says whose credentials these are, before anything else is read. It reports false if they are of another
// organisation than the manifest's, of which nothing more may be read.
func (d *doctor) organization(ctx context.Context, want string) bool {
	const name = "organisation"
	got, err := d.s.Client.Organization(ctx)
	switch {
	case err != nil:
		d.failed(name, err)
	case want != "" && !strings.EqualFold(got.ID, want):
		d.failed(name, &reconcile.WrongOrganization{Want: want, Got: got})
		return false
	default:
		d.say(name, checkOK, fmt.Sprintf("%q (%s)", got.Name, got.ID), "")
	}
	return true
}

// saidBy names a setting's source.
func saidBy(s session.Setting) string {
	switch s.Source {
	case session.FromDefault:
		return " (default)"
	case session.FromManifest:
		return " (from the manifest)"
	}
	return " (from " + s.Name + ")"
}

func (d *doctor) proxy() {
	u, err := url.Parse(d.s.Client.APIURL())
	if err != nil || u.Scheme == "http" {
		d.say("network", checkOK, "plain HTTP to loopback, no proxy, no TLS", "")
		return
	}
	var proxy *url.URL
	if d.env.Proxy != nil {
		proxy, err = d.env.Proxy(&http.Request{URL: u})
	}
	switch {
	case err != nil:
		d.say("network", checkFail, "invalid proxy settings", "check HTTPS_PROXY and NO_PROXY")
	case proxy != nil:
		d.say("network", checkOK, "TLS 1.2 or later, through proxy "+proxy.Scheme+"://"+proxy.Host, "")
	default:
		d.say("network", checkOK, "TLS 1.2 or later, no proxy", "")
	}
}

// permissions tries each permission to read. It reports whether the API answered at all.
func (d *doctor) permissions(ctx context.Context) (answered bool) {
	if d.api == dataaction.Flows {
		return d.flowsSurface(ctx)
	}
	actions, err := d.s.Client.ListActions(ctx)
	answered = isAnswer(err)
	if err != nil {
		d.failed("integrations:action:view", err)
	} else {
		d.say("integrations:action:view", checkOK, readable(len(actions), "data action"), "")
		d.function(ctx, actions)
	}
	if flows, err := d.s.Client.ListFlows(ctx); err != nil {
		d.failed("architect:flow:view", err)
	} else {
		d.say("architect:flow:view", checkOK, readable(len(flows), "flow"), "")
	}
	d.index(ctx, actions)
	d.analytics(ctx)
	d.say("integrations:action:edit", checkWarn, notTried, "the OAuth client that applies needs it")
	d.say("integrations:actionFunction:edit", checkWarn, notTried,
		"the OAuth client that applies needs it if the manifest lists function data actions")
	d.say("integrations:action:delete", checkWarn, notTried,
		"for function data actions: removes a draft that could not be published")
	return answered
}

const notTried = "not tried: that takes a write"

func readable(n int, what string) string { return plan.Count(n, what, what+"s") + " readable" }

// isAnswer reports whether the API answered, even with a refusal.
func isAnswer(err error) bool {
	var refusal *genesys.APIError
	return err == nil || errors.As(err, &refusal)
}

func (d *doctor) function(ctx context.Context, actions []dataaction.Live) {
	const name = "integrations:actionFunction:view"
	i := slices.IndexFunc(actions, func(a dataaction.Live) bool { return a.Type == dataaction.TypeFunction })
	if i < 0 {
		d.say(name, checkOK, "not needed: no function data actions", "")
		return
	}
	if _, err := d.s.Client.FunctionTimeout(ctx, actions[i].ID); err != nil && !genesys.IsNotFound(err) {
		d.failed(name, err)
		return
	}
	d.say(name, checkOK, "function data actions readable", "")
}

// index asks who calls an action. A plan does without an answer and says "not checked".
func (d *doctor) index(ctx context.Context, actions []dataaction.Live) {
	const name, hint = "architect:dependencyTracking:view",
		"plans say \"not checked\" for actions that no listed flow calls"
	partial, err := d.s.Client.IndexState(ctx)
	if err == nil && len(actions) > 0 {
		var asked genesys.Consumers
		asked, err = d.s.Client.Consumers(ctx, actions[0].ID, genesys.ObjectDataAction)
		partial = cmp.Or(partial, asked.Partial)
	}
	switch {
	case err != nil:
		e := session.Explain(err)
		d.say(name, checkWarn, e.Message, strings.TrimPrefix(e.Hint+"; "+hint, "; "))
	case partial != "":
		d.say(name, checkWarn, partial, hint)
	default:
		d.say(name, checkOK, "the dependency index answers", "")
	}
}

// analytics tries the query of advise, about an hour. A plan does without it.
func (d *doctor) analytics(ctx context.Context) {
	const name = "analytics"
	now := d.env.Now().UTC().Truncate(time.Hour)
	_, err := d.s.Client.ActionAggregates(ctx, dataaction.Question{
		Interval: dataaction.Interval{From: now.Add(-time.Hour), To: now},
	})
	if err != nil {
		e := session.Explain(err)
		d.say(name, checkWarn, e.Message, strings.TrimPrefix(e.Hint+"; advise cannot judge timeouts without it", "; "))
		return
	}
	d.say(name, checkOK, "advise can ask how long calls took", "")
}

func (d *doctor) flowsSurface(ctx context.Context) (answered bool) {
	const read, write = "flow:flow:read", "flow:flow:write"
	flows, err := d.s.Client.ListFlows(ctx)
	switch {
	case err != nil:
		d.failed("architect:flow:view", err)
	case len(flows) == 0:
		d.say(read, checkWarn, "not tried: no flow to try it with", "")
	default:
		d.say("architect:flow:view", checkOK, readable(len(flows), "flow"), "")
		actions, err := d.s.Client.FlowActions(ctx, flows[0].Flow)
		if err != nil {
			d.failed(read, err)
			break
		}
		d.say(read, checkOK, fmt.Sprintf("%s in flow %q", readable(len(actions), "data action"), flows[0].Name), "")
	}
	d.say(write, checkWarn, notTried, "the OAuth client that applies needs this scope")
	return isAnswer(err)
}

// window reports what the answers said about rate limit and clock.
func (d *doctor) window() {
	w := d.s.Client.RateWindow()
	spent := fmt.Sprintf("%d of %d requests of this window spent", w.Count, w.Allowed)
	switch {
	case !w.Known:
		d.say("rate limit", checkWarn, "the server does not report its limit",
			"use --rate-limit if others share the OAuth client")
	case w.Count*2 > w.Allowed:
		d.say("rate limit", checkWarn, spent, "other programs use the same OAuth client: give this tool its own")
	default:
		d.say("rate limit", checkOK, spent, "")
	}
	if w.Skew.Abs() > maxSkew {
		d.say("clock", checkWarn, fmt.Sprintf("this machine's clock is off by %s", w.Skew.Abs().Round(time.Second)),
			"set the clock, for example with NTP")
		return
	}
	d.say("clock", checkOK, "in step with the server's", "")
}
