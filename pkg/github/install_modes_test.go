package github_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstallBuildsWithGoAlone(t *testing.T) {
	for name, c := range map[string]struct {
		mode, table, want string
	}{
		"asked to":                       {"build", "# v1.2.3\n", "built 1.2.3"},
		"where the table has no release": {"auto", "# none\n", "built"},
		"where the table lacks the system": {
			"auto", "# v1.2.3\n" + fmt.Sprintf("%064d  genesys-timeouts_1.2.3_linux_arm64.tar.gz\n", 0), "built 1.2.3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFixture(t)
			r.write(t, "go.mod", "module genesys-timeouts\n\ngo 1.26\n")
			r.write(
				t,
				"cmd/genesys-timeouts/main.go",
				"package main\n\nimport \"genesys-timeouts/pkg/cli\"\n\nfunc main() { cli.Run() }\n",
			)
			r.write(
				t,
				"pkg/cli/cli.go",
				"package cli\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nvar version string\n\n"+
					"func Run() { fmt.Println(strings.TrimSpace(\"built \" + version)) }\n",
			)
			r.write(t, ".github/release.sha256", c.table)
			// A job's own settings must not matter.
			maps.Copy(r.env, map[string]string{
				"GOWORK": "/nowhere/go.work", "GOFLAGS": "-mod=mod -tags=x", "GOOS": "plan9", "GOARCH": "386",
				"CGO_ENABLED": "1", "GOTOOLCHAIN": "local",
				"GOCACHE": goEnv(t, "GOCACHE"), "GOPROXY": "off",
			})
			log, binary, err := r.run(t, c.mode)
			if err != nil || binary != c.want || len(r.requests()) != 0 {
				t.Errorf("%v, binary %q, asked %q, log:\n%s", err, binary, r.requests(), log)
			}
		})
	}
	t.Run("without Go", func(t *testing.T) {
		r := newFixture(t)
		r.env["PATH"] = bareFolder(t)
		log, _, err := r.run(t, "build")
		if err == nil || !strings.Contains(log, "actions/setup-go") {
			t.Errorf("%v, log:\n%s", err, log)
		}
	})
	t.Run("source that does not build", func(t *testing.T) {
		r := newFixture(t)
		r.env["GOCACHE"] = goEnv(t, "GOCACHE")
		if log, _, err := r.run(t, "build"); err == nil ||
			!strings.Contains(log, "::error title=genesys-timeouts::Building") {
			t.Errorf("%v, log:\n%s", err, log)
		}
	})
}

func TestInstallTakesTheOneOnPath(t *testing.T) {
	r := newFixture(t)
	if log, _, err := r.run(t, "path"); err == nil || !strings.Contains(log, "finds no genesys-timeouts") {
		t.Errorf("%v, log:\n%s", err, log)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "genesys-timeouts"), []byte(says+"mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.env["PATH"] = dir + string(os.PathListSeparator) + r.env["PATH"]
	if log, binary, err := r.run(t, "path"); err != nil || binary != "mine" || len(r.requests()) > 0 {
		t.Errorf("%v, binary %q, log:\n%s", err, binary, log)
	}
}

// A job may put one of its repository's folders on PATH as it is written there; the script works in another folder.
func TestInstallTakesTheOneOnARelativePath(t *testing.T) {
	for entry, dir := range map[string]string{"bin": "bin", "./bin": "bin", "": ""} {
		t.Run("entry "+entry, func(t *testing.T) {
			r := newFixture(t)
			if err := os.MkdirAll(filepath.Join(r.work, dir), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(r.work, dir, "genesys-timeouts"), []byte(says+"mine"),
				0o755); err != nil {
				t.Fatal(err)
			}
			r.env["PATH"] = entry + string(os.PathListSeparator) + r.env["PATH"]
			log, binary, err := r.run(t, "path")
			if err != nil || binary != "mine" || !strings.Contains(log, "genesys-timeouts is /") {
				t.Errorf("%v, binary %q, log:\n%s", err, binary, log)
			}
		})
	}
}

// A job may use the action with "command: install" first, which puts the folder that the script fills on PATH.
func TestInstallTakesTheOneThatIsThereAlready(t *testing.T) {
	r := newFixture(t)
	dir := filepath.Join(r.temp, "genesys-timeouts")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "genesys-timeouts"), []byte(says+"there"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.env["PATH"] = dir + string(os.PathListSeparator) + r.env["PATH"]
	if log, binary, err := r.run(t, "path"); err != nil || binary != "there" {
		t.Errorf("%v, binary %q, log:\n%s", err, binary, log)
	}
}

func TestInstallModesThatThereAreNot(t *testing.T) {
	r := newFixture(t)
	log, _, err := r.run(t, "x\n::set-output name=a::b%")
	if err == nil || !strings.Contains(log, "install-mode is 'x%0A::set-output name=a::b%25'") ||
		strings.Contains(log, "\n::set-output") {
		t.Errorf("%v, log:\n%s", err, log)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// bareFolder is a PATH with what the script needs, and no Go.
func bareFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"bash", "rm", "mkdir", "tr", "sed", "awk", "uname"} {
		at, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(at, filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
