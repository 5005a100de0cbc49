package genesys

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
)

// maxTokenAnswer bounds the login host's answer, in bytes.
const maxTokenAnswer = 256 << 10

// signIn asks the login host for a token, in one request.
func (s *signer) signIn(ctx context.Context, n int) (*oauth2.Token, error) {
	r := call{method: http.MethodPost, path: tokenPath, maxBody: maxTokenAnswer}
	started := s.wire.clock.Now()
	t := &tokenTrip{wire: s.wire, call: r, userAgent: s.userAgent}
	client := &http.Client{Transport: t, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}
	token, err := s.oauth.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil && t.status() == http.StatusOK {
		if usable := tokenIn(t.raw); usable != nil {
			token, err = usable, nil
		}
	}
	if t.err != nil {
		err = signInFault(t.err)
	} else if err != nil {
		err = s.refused(t, err)
	} else if !isToken(token.AccessToken) {
		err = &AuthError{Status: t.exchange.resp.StatusCode, LoginHost: s.host,
			Description: "the access token in the answer is not one that a header can carry"}
	} else {
		s.wire.scrub.add(token.AccessToken)
		s.wire.scrub.add(token.RefreshToken)
	}
	if auth, ok := errors.AsType[*AuthError](err); ok {
		auth.Account = s.wire.account
	}
	s.wire.note(ctx, r, "", t.status(), started, n, err)
	return token, err
}

// tokenIn is the token of an answer that oauth2 rejects for another field, such as an expires_in with a fraction; nil
// if it has no token.
func tokenIn(raw []byte) *oauth2.Token {
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	token, _ := fields["access_token"].(string)
	if token == "" {
		return nil
	}
	return (&oauth2.Token{AccessToken: token}).WithExtra(fields)
}

// refused turns an answer without a token into an error. oauth2's own errors quote the body, so they are dropped.
func (s *signer) refused(t *tokenTrip, cause error) error {
	if t.exchange == nil {
		return &AuthError{LoginHost: s.host, Description: s.wire.scrub.text(cause.Error(), maxMessage)}
	}
	status := t.exchange.resp.StatusCode
	switch {
	case status >= 300 && status < 400:
		e := s.wire.redirectError(t.call, t.exchange)
		e.SignIn = true
		return e
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return signInFault(s.wire.apiError(t.call, t.exchange, t.raw, s.wire.clock.Now()))
	case status < 300 && !t.exchange.body.over && endsEarly(t.raw):
		return signInFault(s.wire.fault(context.Background(), t.exchange.dog, t.call, s.host, true, true,
			io.ErrUnexpectedEOF))
	}
	body := parseErrorBody(t.raw)
	e := &AuthError{
		Status: status,
		Code:   s.wire.scrub.text(string(body.Error), maxToken),
		Description: s.wire.scrub.text(cmp.Or(string(body.ErrorDescr), string(body.Description), string(body.Message)),
			maxMessage),
		LoginHost:     s.host,
		CorrelationID: s.wire.scrub.text(t.exchange.resp.Header.Get(correlationHeader), maxToken),
	}
	if status < 300 && e.Code == "" {
		e.Description = "the answer holds no access token" + particulars("content type",
			s.wire.scrub.text(t.exchange.resp.Header.Get("Content-Type"), maxToken))
	}
	return e
}

// signInFault marks an error as the sign-in's.
func signInFault(err error) error {
	var api *APIError
	var transport *TransportError
	switch {
	case errors.As(err, &api):
		api.SignIn = true
	case errors.As(err, &transport):
		transport.SignIn = true
	}
	return err
}

// tokenTrip sends oauth2's request over the client's own wire and keeps the answer.
type tokenTrip struct {
	wire      *wire
	call      call
	userAgent string
	exchange  *exchange
	raw       []byte
	err       error
}

func (t *tokenTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", t.userAgent)
	x, err := t.wire.send(req.Context(), req, t.call, nil)
	if err != nil {
		t.err = err
		return nil, err
	}
	defer x.close()
	t.raw, err = x.readAll()
	if err != nil && x.body.fault != nil {
		t.err = t.wire.fault(req.Context(), x.dog, t.call, req.URL.Host, true, true, err)
		return nil, t.err
	}
	t.exchange = x
	resp := *x.resp
	resp.Body = io.NopCloser(bytes.NewReader(t.raw))
	return &resp, nil
}

func (t *tokenTrip) status() int {
	if t.exchange == nil {
		return 0
	}
	return t.exchange.resp.StatusCode
}

// isToken reports whether s fits an Authorization header.
func isToken(s string) bool {
	return s != "" && len(s) <= 16<<10 && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// endsEarly reports whether raw is a truncated JSON document.
func endsEarly(raw []byte) bool {
	var v json.RawMessage
	// which tells truncated from wrong, Unmarshal does not
	return cutShort(json.NewDecoder(bytes.NewReader(raw)).Decode(&v))
}
