package genesys

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// signer holds the access token. It signs in when a request first needs a token, once for all that wait, and again when
// the token expires or the API refuses it. Refused credentials are not tried again, and neither is a fresh token.
type signer struct {
	wire      *wire
	oauth     *clientcredentials.Config // nil where an access token was given
	host      string
	userAgent string
	persist   func(ctx context.Context, repeatable bool, attempt func(n int) error) error

	mu       sync.Mutex
	token    string
	serial   int       // counts tokens
	expiry   time.Time // zero where unknown
	refusal  error     // of the credentials: nothing more is sent
	useless  bool      // the API refused a token and then a fresh one: a 401 no longer calls for a sign-in
	ended    error     // the same happened to a write: every other one fails with this, unsent
	rejected int       // serial number of the token that a write was refused with, until one is accepted; 0: none
	pending  *signingIn
}

// signingIn is a sign-in under way; err may be read once done is closed.
type signingIn struct {
	done chan struct{}
	err  error
}

// bearer returns the token and its serial number, and signs in if needed.
func (s *signer) bearer(ctx context.Context) (token string, serial int, err error) {
	for {
		s.mu.Lock()
		if s.refusal != nil {
			defer s.mu.Unlock()
			return "", 0, s.refusal
		}
		if s.token != "" && (s.expiry.IsZero() || s.wire.clock.Now().Before(s.expiry)) {
			defer s.mu.Unlock()
			return s.token, s.serial, nil
		}
		p, mine := s.pending, s.pending == nil
		if mine {
			p = &signingIn{done: make(chan struct{})}
			s.pending = p
		}
		s.mu.Unlock()
		if mine {
			s.signInOnce(ctx, p)
		}
		select {
		case <-p.done:
		case <-ctx.Done():
			return "", 0, ctx.Err()
		}
		// The request that signed in may have been canceled; the others then sign in themselves.
		if p.err != nil && (mine || !errors.Is(p.err, context.Canceled) && !errors.Is(p.err, context.DeadlineExceeded)) {
			return "", 0, p.err
		}
	}
}

// signInOnce signs in for everyone who waits for p.
func (s *signer) signInOnce(ctx context.Context, p *signingIn) {
	var token *oauth2.Token
	err := s.persist(ctx, true, func(n int) (err error) {
		token, err = s.signIn(ctx, n)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	var refused *AuthError
	switch {
	case err == nil:
		s.token, s.expiry = token.AccessToken, s.expiryOf(token)
		s.serial++
	case errors.As(err, &refused):
		s.refusal = err
	}
	p.err = err
	s.pending = nil
	close(p.done)
}

// expiryOf is when to sign in again: a second before the token expires, or a tenth of its life.
func (s *signer) expiryOf(token *oauth2.Token) time.Time {
	var seconds float64
	switch v := token.Extra("expires_in").(type) {
	case float64:
		seconds = v
	case int64:
		seconds = float64(v)
	case string:
		seconds, _ = strconv.ParseFloat(v, 64)
	}
	if !(seconds > 0) || seconds > 1e9 {
		return time.Time{}
	}
	life := time.Duration(seconds * float64(time.Second))
	return s.wire.clock.Now().Add(life - min(time.Second, life/10))
}

// refuse takes in a 401 to a request with the token of this serial number. It returns true where another token may
// help: not where a fresh token was refused as well, by this request (again) or, for a write, by any.
func (s *signer) refuse(serial int, write, again bool, err error) (renew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := again || write && s.rejected > 0 && serial > s.rejected
	if write && s.rejected == 0 {
		s.rejected = serial
	}
	if s.oauth == nil || fresh {
		s.useless = true
		if write {
			s.ended = shared(err)
		}
	}
	if s.useless {
		return false
	}
	if s.serial == serial {
		s.token = ""
	}
	return true
}

// shared is an error for several requests: what one of them notes in its own must not change the others'.
func shared(err error) error {
	if e, ok := errors.AsType[*APIError](err); ok {
		c := *e
		return &c
	}
	return err
}

// accept takes in a write that the API did not answer with 401.
func (s *signer) accept() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = 0
}

// writesEnded is the error that ended all writes, or nil.
func (s *signer) writesEnded() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
