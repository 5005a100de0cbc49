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

// signer holds the access token: fetched when first needed, once however many ask; again when it expires or when the API
// no longer takes it. A refused sign-in stays refused: the same credentials are not tried again and again.
type signer struct {
	wire      *wire
	oauth     *clientcredentials.Config // nil: a token was given, and is all there is
	host      string
	userAgent string
	persist   func(ctx context.Context, repeatable bool, attempt func(n int) error) error

	mu      sync.Mutex
	token   string
	serial  int       // counts tokens
	expiry  time.Time // zero: none known
	refusal error
	flight  *flight
}

// flight is a sign-in under way; err may be read once done is closed.
type flight struct {
	done chan struct{}
	err  error
}

// bearer gives the token and its serial number, signing in where need be.
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
		f, mine := s.flight, s.flight == nil
		if mine {
			f = &flight{done: make(chan struct{})}
			s.flight = f
		}
		s.mu.Unlock()
		if mine {
			s.fly(ctx, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", 0, ctx.Err()
		}
		// Who signed in may have been told to stop; that is no reason for the others to.
		if f.err != nil && (mine || !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded)) {
			return "", 0, f.err
		}
	}
}

// fly signs in and settles f.
func (s *signer) fly(ctx context.Context, f *flight) {
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
	f.err = err
	s.flight = nil
	close(f.done)
}

// expiryOf is when to sign in again: a second early, less for a token that hardly lives longer.
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

// forget drops the token of that serial number, which the API refused; false: there is no way to get another.
func (s *signer) forget(serial int) bool {
	if s.oauth == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serial == serial {
		s.token = ""
	}
	return true
}

// firstOf is the first text that is not empty.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
