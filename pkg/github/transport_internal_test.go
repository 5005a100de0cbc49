package github

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
)

type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.Errorf("%s was asked with %q", req.URL, req.Header.Get("Authorization"))
	return nil, errors.New("no")
}

// The last line of defence, whatever a caller or a redirect comes up with.
func TestTheTransportAsksNoOtherOrigin(t *testing.T) {
	home, err := url.Parse("https://ghe.example/api/v3/")
	if err != nil {
		t.Fatal(err)
	}
	tr := &transport{next: refusing{t}, token: "secret", origins: []*url.URL{home}}
	for _, u := range []string{
		"https://ghe.example.evil/", "https://ghe.example:444/", "http://ghe.example/", "https://ghe.example@evil/",
		"https://api.github.com/",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := tr.RoundTrip(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s was answered", u)
		}
	}
}
