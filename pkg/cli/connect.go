package cli

import (
	"cmp"
	"errors"
	"fmt"

	"genesys-timeouts/pkg/genesys"
)

// credentials are what the environment says of an organisation. Ours come first; the vendor's Terraform provider's names are
// read where ours are unset.
type credentials struct {
	clientID, clientSecret, accessToken string
	environment, apiURL, loginURL       string
}

func (a *app) credentials() credentials {
	get := a.Getenv
	c := credentials{
		clientID:     cmp.Or(get("GENESYS_CLIENT_ID"), get("GENESYSCLOUD_OAUTHCLIENT_ID")),
		clientSecret: cmp.Or(get("GENESYS_CLIENT_SECRET"), get("GENESYSCLOUD_OAUTHCLIENT_SECRET")),
		accessToken:  get("GENESYS_ACCESS_TOKEN"),
		environment:  cmp.Or(get("GENESYS_ENVIRONMENT"), get("GENESYSCLOUD_REGION")),
		apiURL:       get("GENESYS_API_URL"),
		loginURL:     get("GENESYS_LOGIN_URL"),
	}
	if c.clientID == "" || c.clientSecret == "" {
		c.accessToken = cmp.Or(c.accessToken, get("GENESYSCLOUD_ACCESS_TOKEN"))
	}
	return c
}

var errNoCredentials = errors.New("no credentials")

// complete says which variables are missing.
func (c credentials) complete() error {
	switch {
	case c.accessToken != "" || c.clientID != "" && c.clientSecret != "":
		return nil
	case c.clientID != "":
		return fmt.Errorf("%w: GENESYS_CLIENT_SECRET is not set, though GENESYS_CLIENT_ID is", errNoCredentials)
	case c.clientSecret != "":
		return fmt.Errorf("%w: GENESYS_CLIENT_ID is not set, though GENESYS_CLIENT_SECRET is", errNoCredentials)
	}
	return fmt.Errorf("%w: set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET, or GENESYS_ACCESS_TOKEN", errNoCredentials)
}

// settingsError is a flag or variable that names no place to connect to, or credentials that cannot be any.
type settingsError struct{ error }

func (e settingsError) Unwrap() error { return e.error }

// connect makes the client of a run. Without writes its transport refuses to send any. Precedence of the environment: flag,
// variable, manifest, default.
func (a *app) connect(f connectFlags, manifestEnvironment string, writes bool) (*genesys.Client, error) {
	c := a.credentials()
	if err := c.complete(); err != nil {
		return nil, err
	}
	if err := trusted(manifestEnvironment, cmp.Or(f.environment, c.environment)); err != nil {
		return nil, err
	}
	client, err := genesys.New(genesys.Config{
		Environment: cmp.Or(f.environment, c.environment, manifestEnvironment),
		APIURL:      c.apiURL, LoginURL: c.loginURL,
		ClientID: c.clientID, ClientSecret: c.clientSecret, AccessToken: c.accessToken,
		AllowWrites: writes,
		Concurrency: f.concurrency, RequestsPerMinute: f.rateLimit,
		UserAgent: "genesys-timeouts/" + buildVersion(),
		Logger:    a.log,
		OnWait:    a.bar.wait,
		OnPage:    func(done, total int) { a.bar.step("reading pages", done, total) },
		Proxy:     a.Proxy,
	})
	if err != nil {
		return nil, settingsError{err}
	}
	return client, nil
}

// trusted refuses to send credentials where only a manifest says so, unless it is one of the vendor's own domains: a manifest
// comes by pull request, and whoever writes one must not choose who gets the client's secret.
func trusted(manifestEnvironment, said string) error {
	if manifestEnvironment == "" || said != "" {
		return nil
	}
	domain, err := genesys.ResolveEnvironment(manifestEnvironment)
	switch {
	case err != nil:
		return settingsError{err}
	case genesys.IsVendorDomain(domain):
		return nil
	}
	return usageError{fmt.Errorf("the manifest's environment %q is none of the vendor's domains: credentials are not sent there on a manifest's word", domain),
		"if it is right, set GENESYS_ENVIRONMENT (or --environment) to it"}
}
