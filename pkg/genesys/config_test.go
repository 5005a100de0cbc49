package genesys

import (
	"errors"
	"strings"
	"testing"
)

func TestNewChecksItsConfiguration(t *testing.T) {
	good := Config{AccessToken: "a-token", Concurrency: 1}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"concurrency 0":          {func(c *Config) { c.Concurrency = 0 }, "concurrency is 0"},
		"negative concurrency":   {func(c *Config) { c.Concurrency = -3 }, "concurrency is -3"},
		"negative rate":          {func(c *Config) { c.RequestsPerMinute = -1 }, "rate limit is -1"},
		"unknown environment":    {func(c *Config) { c.Environment = "eu-west-9" }, "did you mean"},
		"plain http":             {func(c *Config) { c.APIURL = "http://api.example.com" }, "API URL uses plain http"},
		"plain http for sign-in": {func(c *Config) { c.LoginURL = "http://login.example.com" }, "login URL uses plain http"},
		"no secret":              {func(c *Config) { c.AccessToken, c.ClientID = "", "id" }, "without its client secret"},
		"no id": {func(c *Config) { c.AccessToken, c.ClientSecret = "", "hush-hush" },
			"without its client id"},
		"a token with a blank": {func(c *Config) { c.AccessToken = "hush hush" }, "access token holds"},
	} {
		cfg := good
		c.change(&cfg)
		_, err := New(cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: a secret in %v", name, err)
		}
	}
	if _, err := New(Config{Concurrency: 1}); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("without credentials: %v", err)
	}
}

func TestNewPointsAtTheEnvironmentsHosts(t *testing.T) {
	c, err := New(Config{Environment: "eu-west-1", ClientID: "id\n", ClientSecret: " secret\r\n", Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c.Environment() != "mypurecloud.ie" || c.APIURL() != "https://api.mypurecloud.ie" ||
		c.LoginURL() != "https://login.mypurecloud.ie" {
		t.Errorf("%s, %s, %s", c.Environment(), c.APIURL(), c.LoginURL())
	}
	if c.signer.oauth.ClientID != "id" || c.signer.oauth.ClientSecret != "secret" {
		t.Errorf("line ends are kept: %q, %q", c.signer.oauth.ClientID, c.signer.oauth.ClientSecret)
	}
	if c.Requests() != 0 || c.RateWindow() != (RateWindow{}) {
		t.Errorf("a client that did nothing: %d requests, %+v", c.Requests(), c.RateWindow())
	}
}
