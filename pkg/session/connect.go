package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"genesys-timeouts/pkg/genesys"
)

// connect makes the session's client.
func (s *Session) connect(o Options) (*genesys.Client, error) {
	set := s.Settings
	if err := set.complete(); err != nil {
		return nil, err
	}
	if err := cmp.Or(set.APIURL.wrong, set.LoginURL.wrong); err != nil {
		return nil, SettingsError{GatewaySetting, err}
	}
	if o.Allowed == nil {
		if err := set.trusted(); err != nil {
			return nil, err
		}
	}
	if _, err := genesys.ResolveEnvironment(set.Environment.Value); err != nil {
		return nil, SettingsError{EnvironmentSetting, err}
	}
	config := genesys.Config{
		Environment: set.Environment.Value, APIURL: set.APIURL.Value, LoginURL: set.LoginURL.Value,
		ClientID: set.ClientID.Value, ClientSecret: set.ClientSecret.Value, AccessToken: set.AccessToken.Value,
		Credentials: set.credentials(),
		AllowWrites: o.AllowWrites,
		Concurrency: o.Concurrency, RequestsPerMinute: o.RateLimit,
		UserAgent: "genesys-timeouts/" + s.env.Version,
		Logger:    s.env.Log,
		OnWait:    s.env.Progress.Wait,
		OnPage:    func(done, total int) { s.env.Progress.Step("reading pages", done, total) },
		Proxy:     s.env.Proxy,
	}
	if s.env.Sleep != nil {
		config.Clock = clock{s.env}
	}
	client, err := genesys.New(config)
	var badURL genesys.URLError
	switch {
	case errors.As(err, &badURL):
		return nil, SettingsError{URLSetting, err}
	case err != nil:
		return nil, SettingsError{CredentialsSetting, err}
	}
	if o.Allowed != nil {
		if err := set.allowed(client.Environment(), o.Allowed); err != nil {
			client.Close()
			return nil, err
		}
	}
	return client, nil
}

// allowed asks about each host that credentials go to. The addresses are those that genesys.New took.
func (s Settings) allowed(domain string, ask func(host string) error) error {
	for _, address := range []string{
		cmp.Or(s.APIURL.Value, "https://api."+domain), cmp.Or(s.LoginURL.Value, "https://login."+domain),
	} {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil {
			return SettingsError{URLSetting, errors.New("an address of GENESYS_API_URL or GENESYS_LOGIN_URL is malformed")}
		}
		if err := ask(strings.ToLower(u.Hostname())); err != nil {
			return err
		}
	}
	return nil
}

// trusted refuses to send credentials to a host that only a manifest names, unless it is one of the vendor's own
// domains: a manifest arrives by pull request, and its author must not choose who receives the client's secret.
func (s Settings) trusted() error {
	if s.Environment.Source != FromManifest {
		return nil
	}
	domain, err := genesys.ResolveEnvironment(s.Environment.Value)
	switch {
	case err != nil:
		return SettingsError{EnvironmentSetting, err}
	case genesys.IsVendorDomain(domain):
		return nil
	}
	const why = "the manifest's environment %q is not a Genesys Cloud domain; no credentials are sent there"
	return UsageError{fmt.Errorf(why, domain), "if it is right, set GENESYS_ENVIRONMENT (or --environment) to it"}
}

// clock runs the client on an Env's time, where its Sleep is replaced.
type clock struct{ env Env }

func (c clock) Now() time.Time { return c.env.Now() }

func (c clock) Timer(d time.Duration) (<-chan time.Time, func()) {
	fired := make(chan time.Time, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		if c.env.Sleep(ctx, d) == nil {
			fired <- c.env.Now()
		}
	}()
	return fired, stop
}
