package genesys

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says which organisation a client talks to and how.
type Config struct {
	Environment       string // domain or region name; "" is mypurecloud.com
	APIURL            string // overrides https://api.{environment}; its base path is kept
	LoginURL          string // overrides https://login.{environment}; its base path is kept
	ClientID          string
	ClientSecret      string
	AccessToken       string // instead of the two above
	Credentials       string // what errors call these, such as the variables that they came from
	AllowWrites       bool   // false: anything but reads, sign-in and queries ends in *ReadOnlyError, unsent
	Concurrency       int    // requests in flight at most; at least 1
	RequestsPerMinute int    // 0: what the server allows
	UserAgent         string
	Logger            *slog.Logger // may be nil; a debug line per request, never a secret
	// may be nil; told once before a wait for the rate window, from any goroutine
	OnWait func(until time.Time, reason string)
	// may be nil; told of each page of a listing, from any goroutine
	OnPage  func(done, total int)
	Clock   Clock          // nil: the real one
	RootCAs *x509.CertPool // nil: the system's

	// Proxy picks the proxy for a request, as http.ProxyFromEnvironment does; nil: none. Loopback is always direct.
	Proxy func(*http.Request) (*url.URL, error)
}

// hosts are a checked configuration's addresses.
type hosts struct {
	domain     string
	api, login *url.URL
}

// checked returns the configuration with its blanks filled in, and where it points to.
func (cfg Config) checked() (Config, hosts, error) {
	if cfg.Concurrency < 1 {
		return cfg, hosts{}, fmt.Errorf("concurrency is %d: at least 1 request must be able to go out", cfg.Concurrency)
	}
	if cfg.RequestsPerMinute < 0 {
		return cfg, hosts{}, fmt.Errorf("the rate limit is %d requests a minute: it is at least 1, or 0 for what the "+
			"server allows", cfg.RequestsPerMinute)
	}
	if err := cfg.checkCredentials(); err != nil {
		return cfg, hosts{}, err
	}
	if cfg.Clock == nil {
		cfg.Clock = realClock{}
	}
	if cfg.OnPage == nil {
		cfg.OnPage = func(int, int) {}
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "genesys-timeouts"
	}
	domain, err := ResolveEnvironment(cfg.Environment)
	if err != nil {
		return cfg, hosts{}, err
	}
	api, err := baseURL("API URL", cmp.Or(cfg.APIURL, "https://api."+domain))
	if err != nil {
		return cfg, hosts{}, URLError{err}
	}
	login, err := baseURL("login URL", cmp.Or(cfg.LoginURL, "https://login."+domain))
	if err != nil {
		return cfg, hosts{}, URLError{err}
	}
	return cfg, hosts{domain: domain, api: api, login: login}, nil
}

// checkCredentials takes line ends off the credentials, which pasted secrets like to have, and refuses what no header
// can carry. Its errors never show any part of a secret.
func (cfg *Config) checkCredentials() error {
	for _, s := range []*string{&cfg.ClientID, &cfg.ClientSecret, &cfg.AccessToken} {
		*s = strings.TrimSpace(*s)
	}
	switch {
	case cfg.AccessToken != "" && !isToken(cfg.AccessToken):
		return errors.New("the access token holds blanks or letters that no token has")
	case cfg.AccessToken != "":
		return nil
	case cfg.ClientID == "" && cfg.ClientSecret == "":
		return ErrNoCredentials
	case cfg.ClientID == "":
		return errors.New("a client secret was given without its client id")
	case cfg.ClientSecret == "":
		return errors.New("a client id was given without its client secret")
	}
	return nil
}
