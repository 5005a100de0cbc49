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

// Permissions and scopes that the service asks for. Sources: the vendor's SDK documentation for surface integrations,
// flows and analytics; flow:flow:read and flow:flow:write are those of the surface nested under flows.
const (
	viewAction   = "integrations:action:view"
	editAction   = "integrations:action:edit"
	viewFunction = "integrations:actionFunction:view"
	editFunction = "integrations:actionFunction:edit"
	viewFlow     = "architect:flow:view"
	readFlows    = "flow:flow:read"
	writeFlows   = "flow:flow:write"
)

// Deny takes permissions (such as "integrations:action:edit") away from every token.
func (s *Server) Deny(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range permissions {
		s.denied[p] = true
	}
}

// Allow gives denied permissions back.
func (s *Server) Allow(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range permissions {
		delete(s.denied, p)
	}
}

// GiveToken issues a token without a sign-in, good for Options.TokenTTL.
func (s *Server) GiveToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issueToken()
}

// RevokeTokens makes every token issued so far useless.
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

func (s *Server) checkPermission(permission string) error {
	if !s.denied[permission] {
		return nil
	}
	const text = "Unable to perform the requested action. You must have at least one of the following permissions: "
	list := "[" + permission + "]"
	return &apiError{
		status: http.StatusForbidden, code: "missing.any.permissions", message: text + list,
		template: text + "{permissions}", params: map[string]string{"permissions": list},
	}
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
		x.refuseSignIn(http.StatusMethodNotAllowed, "invalid_request", "a token is asked for by POST")
		return
	}
	form, err := url.ParseQuery(string(x.sent))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		x.refuseSignIn(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is served")
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

// sameCredential takes a credential as it is and form-encoded, since RFC 6749 has clients encode it inside HTTP Basic
// (section 2.3.1) and most don't.
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
