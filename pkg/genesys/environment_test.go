package genesys

import (
	"strings"
	"testing"
)

func TestResolveEnvironment(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "mypurecloud.com",
		"us-east-1":                    "mypurecloud.com",
		"EU-West-1 ":                   "mypurecloud.ie",
		"eu_west_1":                    "mypurecloud.ie",
		"EUSC_DE-east_1":               "edee1.eusc-pure.cloud",
		"mypurecloud.de":               "mypurecloud.de",
		"MyPureCloud.COM.AU":           "mypurecloud.com.au",
		"https://api.mypurecloud.ie":   "mypurecloud.ie",
		"https://api.euw2.pure.cloud/": "euw2.pure.cloud",
		"login.usw2.pure.cloud":        "usw2.pure.cloud",
		"eusc-de-east-1":               "edee1.eusc-pure.cloud",
		"new9.pure.cloud":              "new9.pure.cloud",
		"inindca.com":                  "inindca.com",
	} {
		if got, err := ResolveEnvironment(in); err != nil || got != want {
			t.Errorf("ResolveEnvironment(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestEveryRegionResolvesToADomainThatResolvesToItself(t *testing.T) {
	if len(regions) != 18 {
		t.Errorf("%d regions, want 18", len(regions))
	}
	for region, domain := range regions {
		for _, in := range []string{region, domain, "https://api." + domain} {
			if got, err := ResolveEnvironment(in); err != nil || got != domain {
				t.Errorf("ResolveEnvironment(%q) = %q, %v; want %q", in, got, err, domain)
			}
		}
	}
}

// Credentials must not go to a host that is one typo away from the right one.
func TestASlipInTheEnvironmentIsAnErrorWithASuggestion(t *testing.T) {
	for in, want := range map[string]string{
		"eu-west-3":                        `did you mean "eu-west-1"`,
		"us-eat-1":                         `did you mean "us-east-1"`,
		"mypurecloud.co":                   `did you mean "mypurecloud.com"`,
		"mypurecoud.ie":                    `did you mean "mypurecloud.ie"`,
		"eu-west\u200b-1":                  "looks the same and differs only in invisible characters?",
		"mypurecloud.net":                  "did you mean",
		"login.purecloud.evil":             "did you mean",
		"frankfurt":                        "eu-central-1 (mypurecloud.de)",
		"http://api.x.com:8080":            "not known",
		"evil.com/path":                    "not known",
		"a..b":                             "not known",
		"ev\x1b[31mil":                     "not known",
		strings.Repeat("a", 1000) + ".c0m": "not known",
	} {
		got, err := ResolveEnvironment(in)
		if err == nil {
			t.Errorf("ResolveEnvironment(%q) = %q, want an error", in, got)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("ResolveEnvironment(%q): %v; want %q in it", in, err, want)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://Gateway.Example.com/genesys/":   "https://gateway.example.com/genesys",
		"https://gateway.example.com:8443/a%2Fb": "https://gateway.example.com:8443/a%2Fb",
		"http://127.0.0.1:8080":                  "http://127.0.0.1:8080",
		"http://127.9.9.9":                       "http://127.9.9.9",
		"http://[::1]:80/x":                      "http://[::1]:80/x",
		" http://localhost:1 ":                   "http://localhost:1",
	} {
		if got, err := baseURL("API URL", in); err != nil || got.String() != want {
			t.Errorf("baseURL(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"http://api.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://localhost",
		"api.example.com", "https://",
		"https:api.example.com", "https://user:hunter22@example.com", "https://example.com/?x=hunter22",
		"https://example.com/#hunter22",
		"https://user:hunter22@exa mple.com", "https://example.com/../x", "https://example.com/%2e%2E/x",
		"https://exa\x7fmple.com",
	} {
		got, err := baseURL("API URL", in)
		if err == nil {
			t.Errorf("baseURL(%q) = %v, want an error", in, got)
		} else if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("baseURL(%q) repeats a password: %v", in, err)
		}
	}
}
