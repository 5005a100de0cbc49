package cli_test

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/sandbox"
)

const three = `version: 1
organizations:
  test: { environment: mypurecloud.de }
  production: { environment: mypurecloud.ie }
  dev: { environment: mypurecloud.jp }
actions:
  - { name: Customer lookup, timeout: 6s }
  - { name: Get order, timeout: { default: 10s, production: 20s } }
`

// threeOrganizations are three servers with one manifest.
func threeOrganizations(t *testing.T) (sandbox.Organizations, string) {
	t.Helper()
	servers, err := sandbox.StartOrganizations(sandbox.Options{}, "test", "production", "dev")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
	name := filepath.Join(t.TempDir(), "three.yaml")
	if err := os.WriteFile(name, []byte(three), 0o600); err != nil {
		t.Fatal(err)
	}
	return servers, name
}

// plain is a secret in plain variables. They serve only one chosen organisation that has none with its name.
const plain = "plain-secret"

// secretsOf are what only the server itself may see: the client's secret and the tokens that it gave out.
func secretsOf(s *sandbox.Server) []string {
	secrets := []string{s.Env()["GENESYS_CLIENT_SECRET"]}
	for _, q := range s.Requests() {
		if token, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); ok {
			secrets = append(secrets, token)
		}
	}
	return secrets
}

// seen is all that a server was told.
func seen(s *sandbox.Server) string {
	var b strings.Builder
	for _, q := range s.Requests() {
		b.WriteString(q.Path + "?" + q.Query + "\n" + string(q.Body) + "\n")
		for name, values := range q.Header {
			b.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
		}
		if basic, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Basic "); ok {
			plain, _ := base64.StdEncoding.DecodeString(basic)
			b.WriteString(string(plain) + "\n")
		}
	}
	return b.String()
}

// Whatever is run for several organisations, and whatever goes wrong: no server is told another one's secret, and no
// output has any.
func TestSecretsStayWithTheirOrganization(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(servers sandbox.Organizations, env map[string]string){
		"all is well": nil,
		"one secret is missing, and a plain one is set": func(_ sandbox.Organizations, env map[string]string) {
			env["GENESYS_CLIENT_ID"], env["GENESYS_CLIENT_SECRET"] = "plain", env["GENESYS_CLIENT_SECRET_DEV"]
			delete(env, "GENESYS_CLIENT_SECRET_DEV")
		},
		"one redirects to another": func(servers sandbox.Organizations, _ map[string]string) {
			servers[1].Fault(sandbox.Fault{Kind: sandbox.FaultRedirect, Path: "/api/", To: servers[0].URL()})
		},
		"one's sign-in redirects to another": func(servers sandbox.Organizations, _ map[string]string) {
			servers[1].Fault(sandbox.Fault{Kind: sandbox.FaultRedirect, Path: "/oauth/", To: servers[0].URL()})
		},
		"one knows no client": func(_ sandbox.Organizations, env map[string]string) {
			env["GENESYS_CLIENT_ID_TEST"] = "wrong"
		},
		"one has its own token": func(_ sandbox.Organizations, env map[string]string) {
			delete(env, "GENESYS_CLIENT_SECRET_DEV")
			env["GENESYS_ACCESS_TOKEN_DEV"] = "token-of-dev"
		},
		"plain variables lead to another": func(servers sandbox.Organizations, env map[string]string) {
			env["GENESYS_ACCESS_TOKEN"], env["GENESYS_CLIENT_ID"], env["GENESYS_CLIENT_SECRET"] = plain, plain, plain
			env["GENESYS_API_URL"], env["GENESYS_LOGIN_URL"] = servers[0].URL(), servers[0].URL()
			delete(env, "GENESYS_CLIENT_ID_DEV")
			delete(env, "GENESYS_CLIENT_SECRET_DEV")
		},
		"a gateway redirects to another, with a path": func(servers sandbox.Organizations, env map[string]string) {
			servers[1].Fault(sandbox.Fault{Kind: sandbox.FaultRedirect, Status: 302, To: servers[0].URL() + "/gateway"})
			env["GENESYS_API_URL_PRODUCTION"] += "/gateway"
			env["GENESYS_LOGIN_URL_PRODUCTION"] += "/gateway"
		},
		"one fails": func(servers sandbox.Organizations, _ map[string]string) {
			servers[2].Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Path: "/api/"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers, manifest := threeOrganizations(t)
			env := servers.Env()
			if change != nil {
				change(servers, env)
			}
			plans := filepath.Join(t.TempDir(), "plans")
			var said strings.Builder
			for _, args := range [][]string{
				{"validate"}, {"plan", "--org", "all", "--out-dir", plans}, {"plan", "--org", "all", "--format", "json"},
				{"plan", "--org", "all", "--format", "markdown", "--callers", "all", "--evidence", "7d"},
				{"drift", "--org", "all", "--blame"}, {"list", "--org", "all"}, {"list", "--org", "all", "--format", "csv"},
				{"export", "--org", "all", "--all-flows"}, {"advise", "--org", "all"}, {"doctor", "--org", "all"},
				{"advise", "--org", "all", "--format", "html"}, {"doctor", "--org", "all", "--report"},
				{"show", "Get order", "--org", "production"},
				{"apply", "--org", "production", "--auto-approve"}, {"plan", "--org", "test", "--org", "dev"},
			} {
				args = append(args, "-f", manifest, "--log-level", "debug")
				_, stdout, stderr := runOn(t, servers, func(to map[string]string) {
					clear(to)
					maps.Copy(to, env)
				}, args...)
				said.WriteString(stdout + stderr)
			}
			files, err := filepath.Glob(filepath.Join(plans, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				said.Write(text)
			}
			if strings.Contains(said.String(), plain) {
				t.Error("an output has the plain secret")
			}
			if !strings.Contains(seen(servers[0]), servers[0].Env()["GENESYS_CLIENT_SECRET"]) {
				t.Error("a secret that was sent is not seen")
			}
			secrets := 0
			for i, of := range servers {
				if strings.Contains(seen(of), plain) {
					t.Errorf("%s was told the plain secret, which serves one organisation alone", of.Org())
				}
				for _, secret := range secretsOf(of) {
					secrets++
					if strings.Contains(said.String(), secret) {
						t.Errorf("an output has a secret of %s", of.Org())
					}
					for j, other := range servers {
						if i != j && strings.Contains(seen(other), secret) {
							t.Errorf("%s was told a secret of %s", other.Org(), of.Org())
						}
					}
				}
			}
			if secrets < len(servers)+2 || !strings.Contains(said.String(), "level=DEBUG") {
				t.Errorf("%d secrets were looked for, in %d bytes", secrets, said.Len())
			}
		})
	}
}

// An organisation that does not answer holds up nothing but itself: the others are read to the end before it goes on.
func TestOneOrganizationThatHangsDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"plan", "--format", "json"}, {"drift", "--format", "json"}, {"list", "--format", "json"}, {"advise",
			"--format", "json"},
		{"doctor", "--format", "json"}, {"export"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			servers, manifest := threeOrganizations(t)
			// How many requests the others get where nothing hangs.
			args := append(args, "-f", manifest, "--org", "all")
			runOn(t, servers, nil, args...)
			want := len(servers[0].Requests()) + len(servers[2].Requests())
			released := make(chan struct{})
			servers[1].Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: "/oauth/", Do: func(*sandbox.Server) { <-released }})
			done := make(chan string)
			go func() {
				_, stdout, stderr := runOn(t, servers, nil, args...)
				done <- stdout + stderr
			}()
			for len(servers[0].Requests())+len(servers[2].Requests()) < 2*want {
				select {
				case text := <-done:
					t.Fatalf("it ended: %s", text)
				default:
					time.Sleep(time.Millisecond)
				}
			}
			close(released)
			text := <-done
			for _, s := range servers {
				if !strings.Contains(text, s.Org()) {
					t.Errorf("no %s in %s", s.Org(), text)
				}
			}
		})
	}
}
