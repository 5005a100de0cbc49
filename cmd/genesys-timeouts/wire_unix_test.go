//go:build unix

package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
)

// memoryLimit is what the program may take up at most while a server sends it far too much: 32 MiB of a body are read.
const memoryLimit = 200 << 20

// A gigabyte of an answer, plain and as a small gzip that unpacks to it, to a listing, a single read, a
// configuration, a write and a sign-in: an error that says so, in bounded memory and time.
func TestAnswersThatAreFarTooLarge(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.FaultHuge, sandbox.FaultGzipBomb} {
		for _, path := range []string{"/integrations/actions\\?", "/configuration", "/oauth/token"} {
			if raceEnabled && path == "/configuration" {
				continue // of which 512 MiB are read, as a stream: that takes a minute then
			}
			t.Run(string(kind)+strings.Trim(path, "\\?"), func(t *testing.T) {
				s := newFixture(t, sandbox.Options{})
				s.write("m.yaml", "version: 1\nflows:\n  - name: Card Payment\n    actions: [{name: Take card payment, "+
					"timeout: 12s}]\n")
				s.server.Fault(sandbox.Fault{Kind: kind, Path: path})
				cmd, stdout, stderr := s.command("plan", "-f", "m.yaml", "--format", "json")
				took := measure(t, cmd)
				o := s.checked(outcome{took.Code, stdout.String(), stderr.String()})
				if path == "/configuration" { // one flow that cannot be read does not stop the rest
					s.want(o, 0, "flow-unreadable")
				} else {
					s.want(o, 1)
					s.failure(o)
				}
				if took.Memory > memoryLimit && !raceEnabled {
					t.Errorf("it took up %d MiB", took.Memory>>20)
				}
			})
		}
	}
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(3)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultHuge, Method: "PATCH", Effect: true, Times: 1})
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	s.want(o, 0)
	s.agrees(s.report(o))
}

// An API, or a login host, that sends elsewhere: neither token nor credentials arrive there.
func TestRedirectToAnotherHost(t *testing.T) {
	t.Parallel()
	var strays atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strays.Add(1)
		for _, name := range []string{"Authorization", "Cookie"} {
			if r.Header.Get(name) != "" {
				t.Errorf("%s %s arrived elsewhere with %s", r.Method, r.URL, name)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"x","expires_in":100,"entities":[],"total":0}`))
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, fault := range []sandbox.Fault{{Method: "GET"}, {Path: "/oauth/token"}} {
			s := newFixture(t, sandbox.Options{Empty: true})
			s.many(3)
			fault.Kind, fault.To, fault.Status = sandbox.FaultRedirect, elsewhere.URL, status
			s.server.Fault(fault)
			o := s.run("plan", "-f", "m.yaml", "--format", "json")
			s.want(o, 1)
			if f := s.failure(o); f.Code != "redirected" || !strings.Contains(f.Message,
				strings.TrimPrefix(elsewhere.URL, "http://")) {
				t.Errorf("%+v, want redirected, and where to", f)
			}
		}
		s := newFixture(t, sandbox.Options{Empty: true})
		s.many(3)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultRedirect, To: elsewhere.URL, Status: status, Method: "PATCH",
			At: 2, Times: 1})
		o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
		s.want(o, 0) // it was not carried out there, which reading showed, and was once more
		s.agrees(s.report(o))
	}
	if n := strays.Load(); n != 0 {
		t.Errorf("%d requests arrived elsewhere, want none", n)
	}
}

// The token expires in the middle of a run, more than once; the run does not notice.
func TestTokenExpiresInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(30)
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, At: 5, Times: 1, Do: (*sandbox.Server).RevokeTokens})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, At: 40, Times: 1, Do: (*sandbox.Server).RevokeTokens})
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	s.want(o, 0)
	s.agrees(s.report(o))
}

// A token that was given is revoked in the middle: what was written is reported, and what to do is said.
func TestGivenTokenIsRevoked(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(5)
	s.with("GENESYS_ACCESS_TOKEN", s.server.GiveToken())
	s.with("GENESYS_CLIENT_ID", "")
	s.with("GENESYS_CLIENT_SECRET", "")
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", At: 3, Do: (*sandbox.Server).RevokeTokens})
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json", "--concurrency", "1")
	s.want(o, 1, "GENESYS_ACCESS_TOKEN")
	r := s.report(o)
	if r.Summary.Failed != 3 || r.Summary.Skipped != 2 {
		t.Errorf("%+v, want 3 failed and 2 skipped", r.Summary)
	}
	for i, result := range r.Results {
		if written := i < 2; written != strings.Contains(result.Error, "it was written") {
			t.Errorf("%+v, want that it says whether it was written", result)
		}
	}
	o = s.run("plan", "-f", "m.yaml", "--format", "json")
	s.want(o, 1)
	if f := s.failure(o); f.Code != "auth-failed" || f.Status != 401 {
		t.Errorf("%+v, want auth-failed", f)
	}
}

// TLS before 1.2 is refused, whoever signed the certificate.
func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		s := newFixture(t, sandbox.Options{Empty: true})
		s.many(3)
		front := httptest.NewUnstartedServer(s.server)
		front.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		front.StartTLS()
		t.Cleanup(front.Close)
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		s.write("ca.pem", string(certificate))
		s.with("SSL_CERT_FILE", s.path("ca.pem"))
		s.with("GENESYS_API_URL", front.URL)
		s.with("GENESYS_LOGIN_URL", front.URL)
		o := s.run("plan", "-f", "m.yaml", "--format", "json")
		if version >= tls.VersionTLS12 {
			s.want(o, 0)
			continue
		}
		s.want(o, 1)
		if f := s.failure(o); f.Code != "connection-failed" || !strings.Contains(f.Message, "TLS") {
			t.Errorf("%+v, want that there is no TLS connection", f)
		}
	}
}

// Two applies at once, as two processes: both end well, and each action is written once.
func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	ids := s.many(40)
	for _, id := range ids[:10] { // which both write at the same moment
		var two sync.WaitGroup
		two.Add(2)
		s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Method: "PATCH", Path: id, Times: 2, Do: func(*sandbox.Server) {
			two.Done()
			two.Wait()
		}})
	}
	var runs [2]outcome
	var both sync.WaitGroup
	for i := range runs {
		cmd, stdout, stderr := s.command("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		both.Go(func() { runs[i] = s.end(cmd, stdout, stderr) })
	}
	both.Wait()
	a, b := s.report(runs[0]), s.report(runs[1])
	for i := range runs {
		s.want(runs[i], 0)
	}
	s.agrees(a)
	s.agrees(b)
	for i := range a.Results {
		if x, y := a.Results[i].Status, b.Results[i].Status; (x == plan.Applied) == (y == plan.Applied) {
			t.Errorf("%s is %s and %s, want applied once", a.Results[i].Action.ID, x, y)
		}
	}
}

// Faults all over an apply, in the process itself: 429 in the middle of a burst, faults of the server, lost answers.
func TestApplyThroughABadHour(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(40)
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.FaultStatus, Status: 429, Header: map[string]string{"Retry-After": "1"}, At: 10, Times: 5},
		{Kind: sandbox.FaultStatus, Status: 429, At: 50, Times: 2},
		{Kind: sandbox.FaultStatus, Status: 502, At: 20, Times: 2},
		{Kind: sandbox.FaultReset, Method: "PATCH", Effect: true, At: 5, Times: 3},
		{Kind: sandbox.FaultResetBody, Method: "PATCH", Effect: true, At: 12, Times: 1},
		{Kind: sandbox.FaultTruncate, At: 30, Times: 2, Path: "includeConfig"},
		{Kind: sandbox.FaultStatus, Status: 503, Method: "PATCH", Effect: true, At: 20, Times: 3},
		{Kind: sandbox.FaultStatus, Status: 503, Method: "PATCH", At: 30, Times: 1},
		{Kind: sandbox.FaultHTML, Method: "PATCH", At: 33, Times: 1},
		{Kind: sandbox.FaultEmpty, Method: "PATCH", Effect: true, At: 36, Times: 1},
	} {
		s.server.Fault(f)
	}
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	s.want(o, 0)
	r := s.report(o)
	s.agrees(r)
	if r.Summary.Applied != 40 {
		t.Errorf("%+v, want all applied", r.Summary)
	}
}

// net/http remarks on servers that break its rules; that belongs on no terminal.
func TestNothingButTheToolSpeaks(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{})
	s.write("m.yaml", "version: 1\nactions: [{name: Score call intent, timeout: 12s}]\n")
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Method: "PUT"})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCut, Method: "DELETE", Effect: true}) // a body behind a 204
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	s.want(o, 1)
	if o.stderr != "" {
		t.Errorf("stderr holds %q", o.stderr)
	}
}

// Several rate windows' worth of requests: no 429 is caused, and the run gets through. BenchmarkWindows says how much
// time is lost, which on a busy machine depends on more than the limiter.
func TestRunThroughSeveralWindows(t *testing.T) {
	t.Parallel()
	const allowed, window = 20, time.Second
	s := newFixture(t, sandbox.Options{Empty: true, Allowed: allowed, Window: window})
	s.many(40)
	began := time.Now()
	o := s.run("apply", "-f", "m.yaml", "--auto-approve", "--format", "json")
	took := time.Since(began)
	s.want(o, 0)
	s.agrees(s.report(o))
	requests := 0
	for _, r := range s.server.Requests() {
		if !r.SignIn() {
			requests++
		}
		if r.Limited {
			t.Errorf("%s %s was refused by the rate window", r.Method, r.Path)
		}
	}
	if least := time.Duration((requests-1)/allowed) * window; took < least || took > 5*least {
		t.Errorf("%d requests took %s, where the window imposes %s", requests, took, least)
	}
}
