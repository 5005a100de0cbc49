package main_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxLines = 450     // of a Go file: past it, it is more than one concept
	maxBytes = 1 << 20 // of any file
)

// topLevel is what the repository's top may hold, besides dot files.
var topLevel = []string{"LICENSE", "README.md", "action.yml", "cmd", "examples", "go.mod", "go.sum", "pkg", "schema"}

// nowhere are texts that no tracked file may hold, and the files that may all the same. The patterns are put together
// from pieces, so that this file does not hold them either.
var nowhere = []struct {
	pattern *regexp.Regexp
	why     string
	allowed []string
}{
	{regexp.MustCompile(`/wor` + `k/(main|shared|notes)\b`), "a path of one machine", nil},
	{regexp.MustCompile(`\bshare` + `d/(fixtures|conformance|[a-z-]+\.md)`), "a folder outside the repository",
		[]string{".ci/run"}},
	{regexp.MustCompile(`\b(prox` + `y|su` + `m)\.golang\.org|registr` + `y\.npmjs\.org|de` + `b\.debian\.org`),
		"a registry's host", nil},
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVAT` + `E KEY-----`), "a private key", nil},
	{regexp.MustCompile(`^(<<<<<<<|>>>>>>>) `), "a merge that was not finished", nil},
}

// notInGo are texts that no Go file may hold.
var notInGo = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`\b(TOD` + `O|FIXM` + `E|XX` + `X)\b`), "something left open: do it, or file an issue"},
	{regexp.MustCompile(`\b(t|b|f|tb)\.Ski` + `p(Now)?\(\)`), "a skipped test without its reason"},
}

// tracked are the names of the files in git, with slashes, from the top.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", top, "ls-files", "-z").Output()
	if err != nil {
		t.Skip("this is not a git work tree, so there is no telling which files belong to it")
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestTopLevelHoldsWhatWasAgreed(t *testing.T) {
	for _, file := range tracked(t) {
		first, _, _ := strings.Cut(file, "/")
		if !strings.HasPrefix(first, ".") && !slices.Contains(topLevel, first) {
			t.Errorf("%s: the top level has no place for %s; it holds %v and dot files", file, first, topLevel)
		}
	}
}

func TestEveryFileIsSmallAndSpeaksOfThisProjectAlone(t *testing.T) {
	for _, file := range tracked(t) {
		content, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatalf("reading %s: %v", file, err)
		}
		if len(content) > maxBytes {
			t.Errorf("%s: %d bytes; no file may have more than %d", file, len(content), maxBytes)
		}
		isGo := path.Ext(file) == ".go"
		if n := bytes.Count(content, []byte("\n")); isGo && n > maxLines {
			t.Errorf("%s: %d lines; no Go file may have more than %d", file, n, maxLines)
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			for _, rule := range nowhere {
				if rule.pattern.Match(line) && !slices.Contains(rule.allowed, file) {
					t.Errorf("%s:%d: %s: %s", file, i+1, rule.why, rule.pattern.Find(line))
				}
			}
			for _, rule := range notInGo {
				if isGo && rule.pattern.Match(line) {
					t.Errorf("%s:%d: %s", file, i+1, rule.why)
				}
			}
		}
	}
}

// TestActionsArePinnedToCommits: a tag can be moved to other code by whoever takes over an action's repository; a
// commit cannot.
func TestActionsArePinnedToCommits(t *testing.T) {
	uses := regexp.MustCompile(`^\s*(?:- )?uses:\s*(\S+)`)
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	found := 0
	for _, file := range tracked(t) {
		if file != "action.yml" && path.Dir(file) != ".github/workflows" && path.Dir(file) != "examples/workflows" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if err != nil {
			t.Fatalf("reading %s: %v", file, err)
		}
		for line := range strings.Lines(string(content)) {
			m := uses.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			found++
			if m[1] != "./" && !pinned.MatchString(m[1]) {
				t.Errorf("%s: uses %s: pin it to a full commit id", file, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no action is used anywhere: this test looks at the wrong files")
	}
}
