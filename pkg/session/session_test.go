package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/sandbox"
	"genesys-timeouts/pkg/session"
)

func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestSettingsKnowTheirSource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		getenv         func(string) string
		flag, manifest string
		want           session.Setting
		said           string
	}{
		"default": {variables(), "", "", session.Setting{Source: session.FromDefault, Name: "GENESYS_ENVIRONMENT"}, ""},
		"manifest": {variables(), "", "m.ie", session.Setting{Value: "m.ie", Source: session.FromManifest,
			Name: "environment"}, ""},
		"variable": {variables("GENESYS_ENVIRONMENT", "v.ie", "GENESYSCLOUD_REGION", "r.ie"), "", "m.ie",
			session.Setting{Value: "v.ie", Source: session.FromVariable, Name: "GENESYS_ENVIRONMENT"}, "v.ie"},
		"the Terraform provider's": {variables("GENESYSCLOUD_REGION", "r.ie"), "", "m.ie",
			session.Setting{Value: "r.ie", Source: session.FromVariable, Name: "GENESYSCLOUD_REGION"}, "r.ie"},
		"flag": {variables("GENESYS_ENVIRONMENT", "v.ie"), "f.ie", "m.ie",
			session.Setting{Value: "f.ie", Source: session.FromFlag, Name: "--environment"}, "f.ie"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := session.ReadSettings(test.getenv, test.flag, test.manifest)
			if s.Environment != test.want {
				t.Errorf("%+v, want %+v", s.Environment, test.want)
			}
			if s.SaidEnvironment() != test.said || s.ManifestEnvironment != test.manifest {
				t.Errorf("said %q, manifest %q", s.SaidEnvironment(), s.ManifestEnvironment)
			}
		})
	}
}

// Two organisations at once in one process: each session has its own client, token and window.
func TestSessionsRunSideBySide(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for i := range 2 {
		server, err := sandbox.Start(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		vars := server.Env()
		env := session.Env{Getenv: func(name string) string { return vars[name] }, Now: time.Now, Stdin: strings.NewReader(
			fmt.Sprintf("version: 1\nactions: [{name: Customer lookup, timeout: %ds}]\n", 12+i))}
		group.Go(func() {
			loaded, err := session.LoadManifest(t.Context(), env, session.Manifests{Files: []string{"-"}})
			if err != nil {
				t.Error(err)
				return
			}
			desired := loaded.Desired("")
			s, err := session.Open(env, desired, session.Options{AllowWrites: true})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			doc, err := s.Compare(t.Context(), desired, plan.Options{})
			if err != nil || doc.Summary.Update != 1 || doc.APIURL != server.URL() {
				t.Errorf("%+v, %v", doc.Summary, err)
				return
			}
			if r := s.Apply(t.Context(), doc); r.Summary.Applied != 1 || r.Results[0].AfterMS != int64(12+i)*1000 {
				t.Errorf("%+v", r)
			}
		})
	}
	group.Wait()
}

func TestCreateManifestNeverOverwrites(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "undo.yaml")
	var created sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		created.Go(func() { results[i] = session.CreateManifest(name, fmt.Appendf(nil, "writer %d", i)) })
	}
	created.Wait()
	winner := -1
	for i, err := range results {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("writers %d and %d both created the file", winner, i)
		case !errors.Is(err, fs.ErrExist):
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if content, err := os.ReadFile(name); err != nil || string(content) != fmt.Sprintf("writer %d", winner) {
		t.Errorf("%q, %v, want writer %d's", content, err, winner)
	}
}

func TestFilesThatAreNotRegular(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := session.WriteFile(folder, []byte("x")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("writing to a folder: %v", err)
	}
	_, err := session.LoadPlan(t.Context(), session.Env{}, folder)
	if err == nil || session.Explain(err).Code != session.CodeFile {
		t.Errorf("reading a folder: %v", err)
	}
}

// Standard input that never ends does not keep a run from ending.
func TestReadingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = write.Close(), read.Close() })
	env := session.Env{Stdin: read}
	for name, load := range map[string]func(context.Context) error{
		"plan": func(ctx context.Context) error { _, err := session.LoadPlan(ctx, env, "-"); return err },
		"manifest": func(ctx context.Context) error {
			_, err := session.LoadManifest(ctx, env, session.Manifests{Files: []string{"-"}})
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := load(ctx); session.Explain(err).Code != session.CodeInterrupted {
			t.Errorf("%s: %v, want interrupted", name, err)
		}
	}
}

// The words of a defect in work of ours that runs in a goroutine.
func TestPanicWhileReadingIsAnError(t *testing.T) {
	t.Parallel()
	_, err := session.LoadManifest(t.Context(), session.Env{Stdin: broken{}}, session.Manifests{Files: []string{"-"}})
	if err == nil || !strings.Contains(session.Explain(err).Hint, "please report it") {
		t.Errorf("%v, want an internal error", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { panic("index out of range") }

func TestHintsFollowTypes(t *testing.T) {
	t.Parallel()
	refused := func(path, permission string) error {
		return &genesys.APIError{Method: "PATCH", Path: path, Status: 403, Permission: permission}
	}
	for name, test := range map[string]struct {
		err        error
		code, hint string
	}{
		"the server names the permission": {refused("/api/v2/integrations/actions/1", "integrations:action:all"),
			session.CodeForbidden,
			"lacks permission integrations:action:all"},
		"a scope on surface flows": {refused("/api/v2/flows/dataactions/1", "flow:flow:write"), session.CodeForbidden,
			"lacks scope flow:flow:write"},
		"a URL": {session.SettingsError{Kind: session.URLSetting, Err: errors.New("x")},
			session.CodeSettings, "GENESYS_API_URL"},
		"a gateway": {session.SettingsError{Kind: session.GatewaySetting, Err: errors.New("x")},
			session.CodeSettings, "GENESYSCLOUD_GATEWAY_HOST"},
		"a region": {session.SettingsError{Kind: session.EnvironmentSetting, Err: errors.New("x")},
			session.CodeSettings, "--environment"},
		"a secret":      {session.SettingsError{Err: errors.New("x")}, session.CodeSettings, "GENESYS_ACCESS_TOKEN"},
		"out of time":   {fmt.Errorf("reading: %w", context.DeadlineExceeded), session.CodeOutOfTime, "--timeout"},
		"not a plan":    {session.PlanRefused{Err: plan.ErrNoPlan}, session.CodePlanRefused, "plan --out"},
		"anything else": {errors.New("x"), session.CodeFailure, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e := session.Explain(test.err); e.Code != test.code || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("%+v, want %s with %q", e, test.code, test.hint)
			}
		})
	}
}

func TestProgressLeavesNothingOnTheLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := session.NewProgress(&out, 0, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	p.Step("reading pages", 1, 3)
	p.Wait(now.Add(time.Minute), "rate window")
	p.Step("reading pages", 3, 3)
	p.Clear()
	if got := out.String(); !strings.Contains(got, "waiting 1m0s: rate window") || !strings.HasSuffix(got,
		"reading pages: 3 of 3\r\x1b[K") {
		t.Errorf("%q", got)
	}
	p.Clear()
	if strings.HasSuffix(out.String(), "\r\x1b[K\r\x1b[K") {
		t.Error("an empty line was cleared")
	}
}

// A line longer than the terminal is wide would wrap, and only its last row could be cleared.
func TestProgressFitsANarrowTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := session.NewProgress(&out, 40, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	p.Wait(now.Add(time.Minute), "the rate window's 300 requests are spent")
	p.Clear()
	p.Step("reading 漢字漢字漢字漢字漢字漢字漢字漢字漢字", 1, 1)
	p.Clear()
	want := "\r\x1b[Kwaiting 1m0s: the rate window's 300 re…\r\x1b[K" +
		"\r\x1b[Kreading 漢字漢字漢字漢字漢字漢字漢字漢…\r\x1b[K"
	if got := out.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGatewayOfTheTerraformProvider(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"GENESYSCLOUD_GATEWAY_PROTOCOL": "http", "GENESYSCLOUD_GATEWAY_HOST": "127.0.0.1",
		"GENESYSCLOUD_GATEWAY_PORT":      "8080",
		"GENESYSCLOUD_GATEWAY_PATH_NAME": "login", "GENESYSCLOUD_GATEWAY_PATH_VALUE": "/sign-in/",
	}
	getenv := func(name string) string { return variables[name] }
	s := session.ReadSettings(getenv, "", "")
	if s.APIURL.Value != "http://127.0.0.1:8080" || s.LoginURL.Value != "http://127.0.0.1:8080/sign-in" {
		t.Errorf("API %q, login %q", s.APIURL.Value, s.LoginURL.Value)
	}
	variables["GENESYS_API_URL"] = "https://api.example.com"
	if s = session.ReadSettings(getenv, "", ""); s.APIURL.Value != "https://api.example.com" || s.LoginURL.Value != "" {
		t.Errorf("our own variable does not win: API %q, login %q", s.APIURL.Value, s.LoginURL.Value)
	}
}

// A gateway variable is used, or the run fails and says why it cannot be.
func TestGatewayVariablesThatDoNotFit(t *testing.T) {
	t.Parallel()
	const host, port = "GENESYSCLOUD_GATEWAY_HOST", "GENESYSCLOUD_GATEWAY_PORT"
	const pathName, pathValue = "GENESYSCLOUD_GATEWAY_PATH_NAME", "GENESYSCLOUD_GATEWAY_PATH_VALUE"
	const hosts = "https://api.mypurecloud.com https://login.mypurecloud.com"
	for name, c := range map[string]struct {
		getenv func(string) string
		want   string
	}{
		"a slash in both": {variables(host, "gw.invalid", pathName, "/api", pathValue, "/a/"),
			"https://gw.invalid/a https://gw.invalid"},
		"a slash in none": {variables(host, "gw.invalid", pathName, "api", pathValue, "a"),
			"https://gw.invalid/a https://gw.invalid"},
		"no value": {variables(host, "gw.invalid", pathName, "/api"),
			pathName + " is set, but " + pathValue + " is not"},
		"no name": {variables(host, "gw.invalid", pathValue, "/api"),
			pathValue + " is set, but " + pathName + " is not"},
		"a third service": {variables(host, "gw.invalid", pathName, "x", pathValue, "/a"),
			pathName + ` is "x": it must be api or login`},
		"no host":   {variables(port, "8080"), port + " is set, but " + host + " is not"},
		"overruled": {variables(port, "8080", "GENESYS_API_URL", "https://api.mypurecloud.com"), hosts},
	} {
		getenv := func(name string) string {
			if name == "GENESYS_ACCESS_TOKEN" {
				return "token"
			}
			return c.getenv(name)
		}
		s, err := session.Open(session.Env{Getenv: getenv, Now: time.Now}, dataaction.Desired{}, session.Options{})
		got := ""
		if err == nil {
			got = s.Client.APIURL() + " " + s.Client.LoginURL()
			s.Close()
		} else if settings, ok := errors.AsType[session.SettingsError](err); ok && settings.Kind == session.GatewaySetting {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// Whoever reads a manifest at the same time, the collector's settings are those from before when all have been read.
func TestReadingManifestsRestoresTheCollector(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	file := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nactions: [{name: Get order, timeout: 3s}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := session.LoadManifest(t.Context(), session.Env{}, session.Manifests{Files: []string{file}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p, l := debug.SetGCPercent(100), debug.SetMemoryLimit(-1); p != 100 || l != limit {
		t.Errorf("GC percent %d, memory limit %d; want 100 and %d", p, l, limit)
	}
}
