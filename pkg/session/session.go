// Package session is what every command needs of one organisation: its settings and where each of them comes from,
// credentials, client, manifests, and the comparison of what they ask for with what is live. It also holds what
// commands share: the progress line, files written whole or not at all, and the one place where an error becomes
// words and a hint (explain.go).
//
// It is not a command: it knows no flags and no exit statuses, and prints nothing but progress. Sessions of
// several organisations run side by side in one process. They share an Env, and with it the progress line; nothing else
// is global but the garbage collector's settings (collect.go).
package session

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/report"
)

// Env is everything a run takes from outside.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	// Sleep waits for d or until ctx ends, and then returns ctx's error. Nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Proxy picks a request's proxy; nil means no proxy.
	Proxy func(*http.Request) (*url.URL, error)
	// InTerminal, OutTerminal and ErrTerminal report which streams are terminals. Width and ErrWidth are stdout's and
	// stderr's in columns, 0 if unknown: one may be a pipe, and the other a terminal.
	InTerminal, OutTerminal, ErrTerminal bool
	Width, ErrWidth                      int
	// Log takes one record per request at level debug; nil discards.
	Log *slog.Logger
	// Progress is shared by all sessions of a run; nil shows none.
	Progress *Progress
	// Version is the program's, for the user agent and for documents.
	Version string
}

// SleepFunc is Sleep, or real time where Sleep is nil.
func (e Env) SleepFunc() func(context.Context, time.Duration) error {
	if e.Sleep != nil {
		return e.Sleep
	}
	return sleep
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// DefaultConcurrency keeps a fast network busy without crowding others off a shared token.
const DefaultConcurrency = 8

// Options say how to talk to an organisation.
type Options struct {
	// Unsealed leaves the digest out of plans, which takes a third of the CPU time of a large one: for text alone.
	Unsealed bool
	// Environment is a domain or region from a flag; empty means no flag was given.
	Environment string
	// Several says that more than one organisation is chosen: only variables with an organisation's suffix serve.
	Several bool
	// Concurrency bounds the requests in flight; 0 means DefaultConcurrency.
	Concurrency int
	// RateLimit is in requests a minute; 0 means what the server allows.
	RateLimit int
	// AllowWrites lets the client write. Without it the transport refuses to send a write.
	AllowWrites bool
	// Callers says for which entries the dependency index is asked who calls them; empty means changed ones.
	Callers plan.Callers
	// Allowed refuses a host, in lower case and without its port, that must not receive credentials. It is asked about
	// the API's and the login's host. Nil trusts all but a domain that only the manifest names and that is not the
	// vendor's.
	Allowed func(host string) error
	// FailFast starts no further write after the first failure.
	FailFast bool
	// ReadOn compares the rest where one action or flow cannot be read: what could not be is an error of the plan.
	ReadOn bool
	// Diff records in each result how the written document changed.
	Diff bool
}

// Session is a connection to one organisation. Its methods may be called from one goroutine at a time; several
// sessions may run at once.
type Session struct {
	unsealed   bool
	writes     bool
	Settings   Settings
	Client     *genesys.Client
	env        Env
	reconciler *reconcile.Reconciler
	began      time.Time
}

// Open resolves the settings for a manifest and connects. It sends no request yet. Close the session after use.
//
// Errors: ErrNoCredentials, SettingsError, UsageError, and those of Options.Allowed.
func Open(env Env, desired dataaction.Desired, o Options) (*Session, error) {
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	settings := ReadSettings(env.Getenv, o.Environment, desired.Environment)
	if desired.Org != "" {
		settings = ReadOrganization(env.Getenv, o.Environment, desired.Environment, desired.Org, o.Several)
	}
	s := &Session{Settings: settings, env: env, began: env.Now(), unsealed: o.Unsealed, writes: o.AllowWrites}
	var err error
	if s.Client, err = s.connect(o); err != nil {
		return nil, err
	}
	options := reconcile.Options{
		Concurrency: o.Concurrency, FailFast: o.FailFast, ReadOn: o.ReadOn, Callers: o.Callers, Explain: Explain,
		Progress: env.Progress.Step, Sleep: env.Sleep,
	}
	if o.Diff {
		options.Diff = report.Diff
	}
	s.reconciler = reconcile.New(s.Client, desired.API, options)
	return s, nil
}

// Close releases the session's connections.
func (s *Session) Close() { s.Client.Close() }

// Compare fetches what desired names, plans and seals the plan. A session that may write compares nothing in an
// organization that it cannot verify: that is ErrUnverified.
func (s *Session) Compare(ctx context.Context, desired dataaction.Desired, judge plan.Options) (plan.Document, error) {
	defer collectSeldom(comparePercent, compareLimit)()
	if s.writes {
		if err := s.Guard(ctx, desired.OrgID); err != nil {
			return plan.Document{}, err
		}
	}
	live, err := s.reconciler.Fetch(ctx, desired)
	s.env.Progress.Clear()
	if err != nil {
		return plan.Document{}, err
	}
	judge.Today = cmp.Or(judge.Today, s.began.UTC().Format(time.DateOnly))
	judge.EnvironmentOverridden = s.Settings.Overridden()
	doc := plan.Build(desired, live, judge)
	doc.ToolVersion = s.env.Version
	doc.CreatedAt = s.began.UTC().Truncate(time.Second)
	doc.Environment, doc.APIURL = s.Client.Environment(), s.Client.APIURL()
	doc.Stats = s.stats()
	if s.unsealed {
		return doc, nil
	}
	return plan.Seal(doc)
}

// Guard compares the organisation of the credentials with the wanted id before anything else is read, for a write. An
// empty id wants none in particular. Another one is a *reconcile.WrongOrganization.
// ErrUnverified means that the API does not say.
func (s *Session) Guard(ctx context.Context, id string) error {
	unread, err := s.reconciler.Guard(ctx, id)
	if err == nil && unread != nil {
		err = fmt.Errorf("%w: organisation %s is required: %w", ErrUnverified, id, unread)
	}
	return err
}

// Blame adds to each drifted action who changed it last, as far as the audit says. It never fails a run: refused is why
// the audit could not be read, and may be empty.
func (s *Session) Blame(ctx context.Context, doc *plan.Document) (refused string) {
	refused = s.reconciler.Blame(ctx, doc.Changes, s.env.Now())
	s.env.Progress.Clear()
	return refused
}

// Inventory lists what is live, for export.
func (s *Session) Inventory(ctx context.Context, scope reconcile.Scope) (plan.Live, error) {
	live, err := s.reconciler.Inventory(ctx, scope)
	s.env.Progress.Clear()
	return live, err
}

// Apply writes a plan's changes and reads them back. An interrupt lets writes under way finish. The report holds the
// plan's findings.
func (s *Session) Apply(ctx context.Context, doc plan.Document) plan.Report {
	results := s.reconciler.Apply(ctx, doc.Changes)
	s.env.Progress.Clear()
	return s.Report(doc, results)
}

// Report is the report of this run on a plan.
func (s *Session) Report(doc plan.Document, results []plan.Result) plan.Report {
	return plan.NewReport(doc, s.env.Version, s.env.Now().UTC().Truncate(time.Second), results, s.stats())
}

func (s *Session) stats() plan.Stats {
	return plan.Stats{Requests: s.Client.Requests(), DurationMS: s.env.Now().Sub(s.began).Milliseconds()}
}
