package session

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/genesys"
)

// Source is where a setting comes from.
type Source string

// The sources, in their order of precedence.
const (
	FromFlag     Source = "flag"
	FromVariable Source = "variable"
	FromManifest Source = "manifest"
	FromDefault  Source = "default"
)

// Setting is a value with its source.
type Setting struct {
	Value  string
	Source Source
	// Name is the flag or variable that set the value: --environment, GENESYS_ENVIRONMENT, GENESYSCLOUD_REGION. Where
	// none did, it is the one to set.
	Name string

	// wrong says why the variables that the value is made of cannot be used; nil if they can.
	wrong error
}

// Settings are what flags, environment variables and a manifest say about an organisation. Flags beat variables,
// variables beat the manifest. Of the variables ours come first; the vendor's Terraform provider's are read where
// ours are unset.
type Settings struct {
	// Environment is a domain or region as given; empty by default, which is mypurecloud.com.
	Environment Setting
	// ManifestEnvironment is what the manifest says, also where a flag or a variable overrules it.
	ManifestEnvironment string

	// Org is the organisation's name in the manifest; empty where the manifest declares none.
	Org string

	APIURL, LoginURL                    Setting
	ClientID, ClientSecret, AccessToken Setting
}

// ReadSettings resolves the settings of one organisation.
func ReadSettings(getenv func(string) string, flagEnvironment, manifestEnvironment string) Settings {
	variable := func(names ...string) Setting {
		for _, name := range names {
			if value := getenv(name); value != "" {
				return Setting{Value: value, Source: FromVariable, Name: name}
			}
		}
		return Setting{Source: FromDefault, Name: names[0]}
	}
	s := Settings{
		Environment:         variable("GENESYS_ENVIRONMENT", "GENESYSCLOUD_REGION"),
		ManifestEnvironment: manifestEnvironment,
		APIURL:              variable("GENESYS_API_URL"),
		LoginURL:            variable("GENESYS_LOGIN_URL"),
		ClientID:            variable("GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
		ClientSecret:        variable("GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
		AccessToken:         variable("GENESYS_ACCESS_TOKEN"),
	}
	if s.ClientID.Value == "" || s.ClientSecret.Value == "" {
		s.AccessToken = variable("GENESYS_ACCESS_TOKEN", "GENESYSCLOUD_ACCESS_TOKEN")
	}
	if s.APIURL.Value == "" && s.LoginURL.Value == "" {
		s.APIURL, s.LoginURL = gateway(getenv, "api", s.APIURL), gateway(getenv, "login", s.LoginURL)
	}
	switch {
	case flagEnvironment != "":
		s.Environment = Setting{Value: flagEnvironment, Source: FromFlag, Name: "--environment"}
	case s.Environment.Value == "" && manifestEnvironment != "":
		s.Environment = Setting{Value: manifestEnvironment, Source: FromManifest, Name: "environment"}
	}
	return s
}

// ReadOrganization resolves the settings of an organisation that a manifest declares. Variables with its name as suffix
// beat plain ones. Credentials are taken all with the suffix or all without. With
// suffixedOnly, which several chosen organisations need, plain URLs and credentials do not serve.
func ReadOrganization(getenv func(string) string, flagEnvironment, manifestEnvironment, org string,
	suffixedOnly bool,
) Settings {
	suffix := "_" + strings.ToUpper(strings.ReplaceAll(org, "-", "_"))
	s := ReadSettings(getenv, flagEnvironment, manifestEnvironment)
	s.Org = org
	own := func(plain *Setting, name string) {
		name += suffix
		switch value := getenv(name); {
		case value != "":
			*plain = Setting{Value: value, Source: FromVariable, Name: name}
		case suffixedOnly:
			*plain = Setting{Source: FromDefault, Name: name}
		}
	}
	own(&s.APIURL, "GENESYS_API_URL")
	own(&s.LoginURL, "GENESYS_LOGIN_URL")
	credentials := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return getenv(name+suffix) != "" })
	}
	if credentials("GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_ACCESS_TOKEN") {
		suffixedOnly = true
	}
	own(&s.ClientID, "GENESYS_CLIENT_ID")
	own(&s.ClientSecret, "GENESYS_CLIENT_SECRET")
	own(&s.AccessToken, "GENESYS_ACCESS_TOKEN")
	return s
}

// Overridden says that a flag or variable overrules the manifest's environment; empty where none does.
func (s Settings) Overridden() string {
	if s.SaidEnvironment() == "" || s.ManifestEnvironment == "" {
		return ""
	}
	said, err := genesys.ResolveEnvironment(s.Environment.Value)
	if err != nil {
		return ""
	}
	if written, err := genesys.ResolveEnvironment(s.ManifestEnvironment); err != nil || written == said {
		return ""
	}
	return fmt.Sprintf("%s is %s and overrules the manifest's environment, %s",
		s.Environment.Name, said, s.ManifestEnvironment)
}

// SaidEnvironment is the environment that the run itself names, by flag or variable; empty where only the manifest or
// the default does.
func (s Settings) SaidEnvironment() string {
	if s.Environment.Source == FromFlag || s.Environment.Source == FromVariable {
		return s.Environment.Value
	}
	return ""
}

// credentials names the variables that the credentials come from, for errors.
func (s Settings) credentials() string {
	if s.AccessToken.Value != "" {
		return s.AccessToken.Name
	}
	return s.ClientID.Name + " and " + s.ClientSecret.Name
}

// ErrNoCredentials means that credentials are missing or incomplete.
var ErrNoCredentials = errors.New("no credentials")

// complete reports which variables are missing.
func (s Settings) complete() error {
	id, secret := s.ClientID.Value != "", s.ClientSecret.Value != ""
	switch {
	case s.AccessToken.Value != "" || id && secret:
		return nil
	case id || secret:
		set, unset := s.ClientID.Name, s.ClientSecret.Name
		if secret {
			set, unset = unset, set
		}
		return fmt.Errorf("%w: %w", ErrNoCredentials, isSetBut(set, unset))
	}
	if s.Org != "" {
		return fmt.Errorf("%w for organization %q: set %s and %s, or %s",
			ErrNoCredentials, s.Org, s.ClientID.Name, s.ClientSecret.Name, s.AccessToken.Name)
	}
	return fmt.Errorf("%w: set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET, or GENESYS_ACCESS_TOKEN", ErrNoCredentials)
}

// The vendor's Terraform provider's variables for a gateway.
const (
	gatewayHost      = "GENESYSCLOUD_GATEWAY_HOST"
	gatewayProtocol  = "GENESYSCLOUD_GATEWAY_PROTOCOL"
	gatewayPort      = "GENESYSCLOUD_GATEWAY_PORT"
	gatewayPathName  = "GENESYSCLOUD_GATEWAY_PATH_NAME"
	gatewayPathValue = "GENESYSCLOUD_GATEWAY_PATH_VALUE"
)

// gateway is the address that these variables give for the API or its login; unset if there are none. The one pair of
// path variables is for the service that its name says. Variables that do not fit together are wrong; the provider
// ignores them.
//
// Source: the provider's configuration, block gateway.
func gateway(getenv func(string) string, service string, unset Setting) Setting {
	host, name, value := getenv(gatewayHost), getenv(gatewayPathName), getenv(gatewayPathValue)
	if host == "" {
		for _, other := range []string{gatewayProtocol, gatewayPort, gatewayPathName, gatewayPathValue} {
			if getenv(other) != "" {
				unset.wrong = isSetBut(other, gatewayHost)
			}
		}
		return unset
	}
	u := url.URL{Scheme: cmp.Or(getenv(gatewayProtocol), "https"), Host: host}
	if port := getenv(gatewayPort); port != "" {
		u.Host = net.JoinHostPort(host, port)
	}
	out := Setting{Source: FromVariable, Name: gatewayHost}
	plain := strings.Trim(name, "/")
	switch {
	case name == "" && value != "":
		out.wrong = isSetBut(gatewayPathValue, gatewayPathName)
	case name != "" && value == "":
		out.wrong = isSetBut(gatewayPathName, gatewayPathValue)
	case name != "" && plain != "api" && plain != "login":
		out.wrong = fmt.Errorf("%s is %q: it must be api or login", gatewayPathName, name)
	case plain == service:
		u.Path = "/" + strings.Trim(value, "/")
	}
	out.Value = u.String()
	return out
}

func isSetBut(set, unset string) error { return fmt.Errorf("%s is set, but %s is not", set, unset) }
