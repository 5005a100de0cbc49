package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"genesys-timeouts/pkg/genesys"
)

// connect makes the session's client.
func (s *Session) connect(o Options) (*genesys.Client, error) {
	set := s.Settings
	if err := set.complete(); err != nil {
		return nil, err
	}
	if err := set.trusted(); err != nil {
		return nil, err
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
	return client, nil
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
