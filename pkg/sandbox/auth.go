package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// GiveToken issues a token without a sign-in, valid for Options.TokenTTL.
func (s *Server) GiveToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issueToken()
}

// RevokeTokens revokes every token issued so far.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *Server) issueToken() string {
	token := newSecret()
	s.tokens[token] = s.opt.Now().Add(s.opt.TokenTTL)
	return token
}

func (s *Server) checkToken(r *http.Request) error {
	expiry, known := s.tokens[bearer(r)]
	if !known || !s.opt.Now().Before(expiry) {
		return &apiError{status: http.StatusUnauthorized, code: "bad.credentials", message: "Invalid login credentials."}
	}
	return nil
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// signIn is POST /oauth/token of the login host: client credentials, by HTTP Basic or in the form.
func (s *Server) signIn(x *exchange, r *http.Request) {
	if r.Method != http.MethodPost {
		x.refuseSignIn(http.StatusMethodNotAllowed, "invalid_request", "request a token by POST")
		return
	}
	form, err := url.ParseQuery(string(x.sent))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		x.refuseSignIn(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is supported")
		return
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if !sameCredential(id, s.opt.ClientID) || !sameCredential(secret, s.opt.ClientSecret) {
		x.refuseSignIn(s.opt.BadLoginStatus, "invalid_client", "client not found or its secret is wrong")
		return
	}
	x.status = http.StatusOK
	x.body = mustMarshal(struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}{s.issueToken(), "bearer", int64(s.opt.TokenTTL / time.Second)})
}

// sameCredential accepts a credential plain and form-encoded: RFC 6749 (section 2.3.1) has clients encode it inside
// HTTP Basic, and most don't.
func sameCredential(sent, want string) bool {
	decoded, err := url.QueryUnescape(sent)
	return sent == want || err == nil && decoded == want
}

func (x *exchange) refuseSignIn(status int, code, text string) {
	x.status = status
	x.body = mustMarshal(struct {
		Error       string `json:"error"`
		Description string `json:"description"`
		Long        string `json:"error_description"`
	}{code, text, text})
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return formatUUID(b)
}

func formatUUID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
