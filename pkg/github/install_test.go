package github_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fixture is an action's folder as the runner checks it out, the folder a step starts in, and a server of releases.
type fixture struct {
	action, temp, work string
	env                map[string]string

	mu    sync.Mutex // the server looks at these
	asked []string
	files map[string][]byte
	// status is what the server answers with, if set.
	status int
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the script's own ways on Windows need a runner")
	}
	r := &fixture{action: t.TempDir(), temp: t.TempDir(), work: t.TempDir(), files: map[string][]byte{}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked = append(r.asked, req.URL.Path)
		if req.Header.Get("Authorization") != "" {
			t.Error("a token was sent")
		}
		if r.status != 0 {
			w.WriteHeader(r.status)
			return
		}
		b, ok := r.files[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		w.Write(b)
	}))
	t.Cleanup(server.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(top, ".github", "action", "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, ".github/action/install.sh", string(script))
	r.env = map[string]string{
		"PATH": os.Getenv(
			"PATH",
		), "HOME": os.Getenv("HOME"), "RUNNER_TEMP": r.temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
		"GITHUB_ACTION_PATH": r.action, "CURL_CA_BUNDLE": bundle,
		"GITHUB_SERVER_URL": server.URL + "/ghe", "GITHUB_REPOSITORY": "acme/voice",
		"ACTION_REPOSITORY": "tools/genesys-timeouts",
	}
	return r
}

func (r *fixture) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.action, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const released = "/ghe/tools/genesys-timeouts/releases/download/v1.2.3/"

// requests are the paths asked for.
func (r *fixture) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// answer makes the server answer everything with a status.
func (r *fixture) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// serve puts an archive there, or, with nil, takes it away.
func (r *fixture) serve(file string, archive []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.files, released+file)
	if archive != nil {
		r.files[released+file] = archive
	}
}

// release serves an archive and writes the table that promises it.
func (r *fixture) release(t *testing.T, file string, archive []byte) {
	t.Helper()
	r.serve(file, archive)
	sum := sha256.Sum256(archive)
	r.write(
		t,
		".github/release.sha256",
		fmt.Sprintf(
			"# v1.2.3\n%064d  genesys-timeouts_1.2.3_plan9_mips.tar.gz\n%s  %s\n",
			0,
			hex.EncodeToString(sum[:]),
			file,
		),
	)
}

func tarball(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range []struct{ name, text string }{{"LICENSE", "MIT"}, {name, text}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.text))}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(f.text))
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

// run executes the action's first step as the runner does, and gives the log and the binary's own words.
func (r *fixture) run(t *testing.T, mode string) (log, binary string, err error) {
	t.Helper()
	step := readAction(t).Runs.Steps[0].Run
	cmd := exec.Command(findBash(t), "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step)
	cmd.Dir = r.work
	cmd.Env = []string{"INPUT_INSTALL_MODE=" + mode}
	for k, v := range r.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		said, runErr := exec.Command(filepath.Join(r.temp, "genesys-timeouts", "genesys-timeouts")).Output()
		if runErr != nil {
			t.Errorf("running what was installed: %v", runErr)
		}
		binary = strings.TrimSpace(string(said))
	}
	return string(out), binary, err
}

const (
	says    = "#!/bin/sh\necho "
	archive = "genesys-timeouts_1.2.3_linux_amd64.tar.gz"
)

func TestInstallDownloadsTheReleaseThatTheTablePromises(t *testing.T) {
	for _, mode := range []string{"binary", "auto", ""} {
		t.Run("mode "+mode, func(t *testing.T) {
			r := newFixture(t)
			r.release(t, archive, tarball(t, "genesys-timeouts", says+"released"))
			log, binary, err := r.run(t, mode)
			if err != nil || binary != "released" || len(r.requests()) != 1 {
				t.Errorf("%v, binary %q, asked %q, log:\n%s", err, binary, r.requests(), log)
			}
		})
	}
}

func TestInstallRefusesWhatTheTableDoesNotPromise(t *testing.T) {
	good := tarball(t, "genesys-timeouts", says+"released")
	for name, c := range map[string]struct {
		spoil func(r *fixture)
		want  string
	}{
		"other bytes": {
			func(r *fixture) { r.serve(archive, tarball(t, "genesys-timeouts", says+"evil")) },
			"it is not the file that was released",
		},
		"a byte more": {
			func(r *fixture) { r.serve(archive, append(bytes.Clone(good), 0)) }, "it is not the file that was released",
		},
		"no such release":   {func(r *fixture) { r.serve(archive, nil) }, "install-mode: build"},
		"another system":    {func(r *fixture) { r.env["RUNNER_ARCH"] = "ARM64" }, "no released binary for this system"},
		"an unknown system": {func(r *fixture) { r.env["RUNNER_OS"] = "Plan9" }, "no released binary for this system"},
		"no table": {
			func(r *fixture) { os.Remove(filepath.Join(r.action, ".github", "release.sha256")) },
			"no released binary for this system",
		},
		"a table of no use": {
			func(r *fixture) { r.write(t, ".github/release.sha256", "# no release yet\n") },
			"no released binary for this system",
		},
		"a sum that is none": {
			func(r *fixture) { r.write(t, ".github/release.sha256", "# v1.2.3\nabc  "+archive+"\n") },
			"no released binary for this system",
		},
		"two sums for one": {func(r *fixture) {
			r.write(t, ".github/release.sha256",
				"# v1.2.3\n"+strings.Repeat(fmt.Sprintf("%064d  %s\n", 0, archive), 2))
		}, "no released binary for this system"},
		"a version with paths": {func(r *fixture) {
			r.write(t, ".github/release.sha256", fmt.Sprintf("# v1.2.3/../../x\n%064d  %s\n", 0, archive))
		}, "no released binary for this system"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFixture(t)
			r.release(t, archive, good)
			c.spoil(r)
			log, _, err := r.run(t, "binary")
			if err == nil || !strings.Contains(log, "::error title=genesys-timeouts::") ||
				!strings.Contains(log, c.want) {
				t.Errorf("%v, log:\n%s", err, log)
			}
			if _, err := os.Stat(filepath.Join(r.temp, "genesys-timeouts", "genesys-timeouts")); err == nil {
				t.Error("a binary was installed")
			}
		})
	}
}

// fakeGo is a PATH on which "go build" makes a binary that says how it was made.
func (r *fixture) fakeGo(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\n" +
		"printf '#!/bin/sh\\necho built\\n' >\"$2\"\nchmod +x \"$2\"\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r.env["PATH"] = dir + string(os.PathListSeparator) + r.env["PATH"]
}

func TestAutoBuildsWhereTheReleaseCannotBeReached(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(r *fixture)
		want  string
	}{
		"HTTP 404": {func(r *fixture) { r.answer(404) }, "answers HTTP 404"},
		"HTTP 503": {func(r *fixture) { r.answer(503) }, "answers HTTP 503"},
		"a name without DNS": {
			func(r *fixture) { r.env["GITHUB_SERVER_URL"] = "https://release.invalid" }, "cannot be reached (curl exit 6)",
		},
		"a closed port": {
			func(r *fixture) { r.env["GITHUB_SERVER_URL"] = "https://127.0.0.1:1" }, "cannot be reached (curl exit 7)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.release(t, archive, tarball(t, "genesys-timeouts", says+"released"))
			r.fakeGo(t)
			c.spoil(r)
			log, binary, err := r.run(t, "auto")
			if err != nil || binary != "built" {
				t.Errorf("%v, binary %q, log:\n%s", err, binary, log)
			}
			lines := strings.Split(strings.TrimSpace(log), "\n")
			if len(lines) != 1 || !strings.Contains(log, "built from "+r.action) || !strings.Contains(log, c.want) {
				t.Errorf("log:\n%s", log)
			}
			if log, _, err := r.run(t, "binary"); err == nil || !strings.Contains(log, c.want) {
				t.Errorf("mode binary: %v, log:\n%s", err, log)
			}
		})
	}
}

func TestAutoNeverBuildsInPlaceOfAReleaseThatIsNotTheOnePromised(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(r *fixture)
		want  string
	}{
		"other bytes": {
			func(r *fixture) { r.serve(archive, tarball(t, "genesys-timeouts", says+"evil")) },
			"it is not the file that was released",
		},
		"a refusal":          {func(r *fixture) { r.answer(403) }, "HTTP 403"},
		"an unknown issuer":  {func(r *fixture) { delete(r.env, "CURL_CA_BUNDLE") }, "curl exit 60"},
		"an insecure server": {func(r *fixture) { r.env["GITHUB_SERVER_URL"] = "http://127.0.0.1:1" }, "curl exit 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.release(t, archive, tarball(t, "genesys-timeouts", says+"released"))
			r.fakeGo(t)
			c.spoil(r)
			log, _, err := r.run(t, "auto")
			if err == nil || !strings.Contains(log, c.want) || strings.Contains(log, "built from") {
				t.Errorf("%v, log:\n%s", err, log)
			}
		})
	}
}

func TestInstallKnowsWhereTheReleaseIs(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"the runner's variable": {
			"ACTION_REPOSITORY": "", "GITHUB_ACTION_REPOSITORY": "tools/genesys-timeouts",
		},
		"the repository, with uses .": {"ACTION_REPOSITORY": "", "GITHUB_REPOSITORY": "tools/genesys-timeouts"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFixture(t)
			r.release(t, archive, tarball(t, "genesys-timeouts", says+"released"))
			maps.Copy(r.env, env)
			if log, binary, err := r.run(t, "binary"); err != nil || binary != "released" {
				t.Errorf("%v, binary %q, log:\n%s", err, binary, log)
			}
		})
	}
}

func TestInstallUnpacksAZipOnWindows(t *testing.T) {
	if _, err := exec.LookPath("unzip"); err != nil {
		t.Skip("unzip is not installed; Git for Windows brings it")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("genesys-timeouts.exe")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("MZ"))
	z.Close()
	r := newFixture(t)
	r.env["RUNNER_OS"] = "Windows"
	r.release(t, "genesys-timeouts_1.2.3_windows_amd64.zip", b.Bytes())
	// Nothing runs the .exe here: the step's success and the file are what there is to see.
	exe := filepath.Join(r.temp, "genesys-timeouts", "genesys-timeouts")
	cmd := exec.Command(findBash(t), filepath.Join(r.action, ".github", "action", "install.sh"))
	for k, v := range r.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if got, readErr := os.ReadFile(exe + ".exe"); err != nil || readErr != nil || string(got) != "MZ" {
		t.Errorf("%v, %v, %q, log:\n%s", err, readErr, got, out)
	}
}
