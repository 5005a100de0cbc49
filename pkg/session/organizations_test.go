package session_test

import (
	"testing"

	"genesys-timeouts/pkg/session"
)

// TestSuffixedCredentialsStayTogether keeps the secret of one organisation from the id, or the host, of another.
func TestSuffixedCredentialsStayTogether(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"GENESYS_CLIENT_ID": "plain", "GENESYS_CLIENT_SECRET": "plain", "GENESYS_ACCESS_TOKEN": "plain",
		"GENESYS_API_URL": "https://plain.example", "GENESYS_CLIENT_ID_EU_TEST": "own",
	}
	getenv := func(name string) string { return env[name] }
	s := session.ReadOrganization(getenv, "", "mypurecloud.ie", "eu-test", false)
	if s.ClientID.Value != "own" || s.ClientSecret.Value != "" || s.AccessToken.Value != "" {
		t.Errorf("own id beside plain credentials: %+v", s)
	}
	s = session.ReadOrganization(getenv, "", "mypurecloud.ie", "us", false)
	if s.ClientID.Value != "plain" || s.APIURL.Value != "https://plain.example" {
		t.Errorf("one organisation does not take plain variables: %+v", s)
	}
	s = session.ReadOrganization(getenv, "", "mypurecloud.ie", "us", true)
	if s.ClientID.Value+s.ClientSecret.Value+s.AccessToken.Value+s.APIURL.Value != "" {
		t.Errorf("several organisations take plain variables: %+v", s)
	}
}
