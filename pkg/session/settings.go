package session

import (
	"errors"
	"fmt"
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
}

// Settings are what flags, environment variables and a manifest say about an organisation. Flags beat variables,
// variables beat the manifest. Of the variables ours come first; the vendor's Terraform provider's are read where
// ours are unset.
type Settings struct {
	// Environment is a domain or region as given; empty by default, which is mypurecloud.com.
	Environment Setting
	// ManifestEnvironment is what the manifest says, also where a flag or a variable overrules it.
	ManifestEnvironment string

	APIURL, LoginURL                    Setting
	ClientID, ClientSecret, AccessToken Setting
}

// ReadSettings resolves the settings of an organisation without a name.
func ReadSettings(getenv func(string) string, flagEnvironment, manifestEnvironment string) Settings {
	return settingsOf(getenv, flagEnvironment, manifestEnvironment, "", true)
}

// settingsOf resolves the settings of a declared organisation: variables with its name, such as
// GENESYS_CLIENT_ID_PRODUCTION, beat plain ones. Plain ones only count if it is alone in the run, so that no secret
// reaches another organisation's host.
func settingsOf(getenv func(string) string, flagEnvironment, manifestEnvironment, org string, alone bool) Settings {
	variable := func(names ...string) Setting {
		if org != "" {
			suffix := "_" + strings.ToUpper(strings.ReplaceAll(org, "-", "_"))
			if value := getenv(names[0] + suffix); value != "" {
				return Setting{value, FromVariable, names[0] + suffix}
			}
			if !alone {
				return Setting{"", FromDefault, names[0] + suffix}
			}
		}
		for _, name := range names {
			if value := getenv(name); value != "" {
				return Setting{value, FromVariable, name}
			}
		}
		return Setting{"", FromDefault, names[0]}
	}
	plainEnvironment := func(names ...string) Setting {
		if org != "" {
			return Setting{"", FromDefault, names[0]} // the manifest says where it is
		}
		return variable(names...)
	}
	s := Settings{
		Environment:         plainEnvironment("GENESYS_ENVIRONMENT", "GENESYSCLOUD_REGION"),
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
	switch {
	case flagEnvironment != "" && org == "":
		s.Environment = Setting{flagEnvironment, FromFlag, "--environment"}
	case s.Environment.Value == "" && manifestEnvironment != "":
		s.Environment = Setting{manifestEnvironment, FromManifest, "environment"}
	}
	return s
}

// SaidEnvironment is the environment that the run itself names, by flag or variable; empty where only the manifest or
// the default does.
func (s Settings) SaidEnvironment() string {
	if s.Environment.Source == FromFlag || s.Environment.Source == FromVariable {
		return s.Environment.Value
	}
	return ""
}

// overridden is the warning that a flag or a variable overrules another environment of the manifest; empty if none does.
func (s Settings) overridden() string {
	said := s.SaidEnvironment()
	if said == "" || s.ManifestEnvironment == "" {
		return ""
	}
	here, err := genesys.ResolveEnvironment(said)
	manifest, otherErr := genesys.ResolveEnvironment(s.ManifestEnvironment)
	if err != nil || otherErr != nil || here == manifest {
		return ""
	}
	return fmt.Sprintf("%s is %s and overrules the manifest's environment %s", s.Environment.Name, here, manifest)
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
		return fmt.Errorf("%w: %s is set, but %s is not", ErrNoCredentials, set, unset)
	}
	return fmt.Errorf("%w: set %s and %s, or %s", ErrNoCredentials, s.ClientID.Name, s.ClientSecret.Name, s.AccessToken.Name)
}
