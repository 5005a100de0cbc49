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
	clientID, clientSecret, accessToken variable
	environment, apiURL, loginURL       string
}

// variable is the first of some environment variables that is set; none: the first, without a value.
type variable struct{ name, value string }

func (a *app) variable(names ...string) variable {
	for _, name := range names {
		if value := a.Getenv(name); value != "" {
			return variable{name, value}
		}
	}
	return variable{name: names[0]}
}

func (a *app) credentials() credentials {
	c := credentials{
		clientID:     a.variable("GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
		clientSecret: a.variable("GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
		accessToken:  a.variable("GENESYS_ACCESS_TOKEN"),
		environment:  a.variable("GENESYS_ENVIRONMENT", "GENESYSCLOUD_REGION").value,
		apiURL:       a.Getenv("GENESYS_API_URL"),
		loginURL:     a.Getenv("GENESYS_LOGIN_URL"),
	}
	if c.clientID.value == "" || c.clientSecret.value == "" {
		c.accessToken = a.variable("GENESYS_ACCESS_TOKEN", "GENESYSCLOUD_ACCESS_TOKEN")
	}
	return c
}

// names are the variables that the credentials came from.
func (c credentials) names() string {
	if c.accessToken.value != "" {
		return c.accessToken.name
	}
	return c.clientID.name + " and " + c.clientSecret.name
}

var errNoCredentials = errors.New("no credentials")

// complete says which variables are missing.
func (c credentials) complete() error {
	switch {
	case c.accessToken.value != "" || c.clientID.value != "" && c.clientSecret.value != "":
		return nil
	case c.clientID.value != "":
		return fmt.Errorf("%w: %s is not set, though %s is", errNoCredentials, c.clientSecret.name, c.clientID.name)
	case c.clientSecret.value != "":
		return fmt.Errorf("%w: %s is not set, though %s is", errNoCredentials, c.clientID.name, c.clientSecret.name)
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
		ClientID: c.clientID.value, ClientSecret: c.clientSecret.value, AccessToken: c.accessToken.value, Credentials: c.names(),
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
