//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// leftovers fails unless a folder holds these files and no other.
func (s *fixture) leftovers(want ...string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("the folder holds %v, want %v", got, want)
	}
}

// The disk is full when a plan is to be saved: no part of it is left, and what stood there before stands there still.
func TestFullDiskForOut(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"", "an earlier plan"} {
		s := newFixture(t, sandbox.Options{Empty: true})
		s.many(100) // a plan of 40 KB
		names := []string{"m.yaml"}
		if before != "" {
			s.write("plan.json", before)
			names = append(names, "plan.json")
		}
		s.with(fileLimit, "4096")
		s.want(s.run("plan", "-f", "m.yaml", "--out", "plan.json"), 1, "error: ", "plan.json", "file too large")
		s.leftovers(names...)
		if got, _ := os.ReadFile(s.path("plan.json")); string(got) != before {
			t.Errorf("plan.json holds %.40q, want %q", got, before)
		}
	}
}

// The disk is full when the timeouts as they were are to be saved: nothing is written to the organisation either.
func TestFullDiskForSavePrevious(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(100)
	s.with(fileLimit, "4096")
	s.want(s.run("apply", "-f", "m.yaml", "--auto-approve", "--save-previous", "undo.yaml"), 1, "error: ",
		"undo.yaml", "file too large")
	s.leftovers("m.yaml")
	if s.writes() != 0 {
		t.Errorf("%d writes, want none", s.writes())
	}
}

// A device that is full, in place of a file and in place of stdout.
func TestFullDevice(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(3)
	s.want(s.run("plan", "-f", "m.yaml", "--out", "/dev/full"), 1, "error: ", "not a regular file")
	s.want(s.run("apply", "-f", "m.yaml", "--auto-approve", "--save-previous", "/dev/full"), 1, "error: ",
		"exists already")
	if s.writes() != 0 {
		t.Errorf("%d writes, want none", s.writes())
	}
	for _, format := range []string{"text", "json", "markdown"} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd, stdout, stderr := s.command("plan", "-f", "m.yaml", "--format", format)
		cmd.Stdout = full
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		s.want(s.end(cmd, stdout, stderr), 1, "error: ", "no space left on device")
		_ = full.Close()
	}
}

// Files that cannot be read or written, for whoever runs this (root reads everything): each an error that names the
// file, before the first request where that is possible.
func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(3)
	if err := os.Symlink("loop.yaml", s.path("loop.yaml")); err != nil {
		t.Fatal(err)
	}
	s.write("file", "")
	for _, args := range [][]string{
		{"validate", "-f", "loop.yaml"}, {"plan", "-f", "loop.yaml"}, {"plan", "-f", "file/m.yaml"},
		{"plan", "-f", "nowhere.yaml"},
		{"apply", "loop.yaml"}, {"apply", "nowhere.json"}, {"apply", "."},
	} {
		s.want(s.run(args...), 1, "error: ", strings.TrimPrefix(args[len(args)-1], "."))
	}
	if n := len(s.server.Requests()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
	for _, out := range []string{"nowhere/plan.json", "file/plan.json", "."} {
		s.want(s.run("plan", "-f", "m.yaml", "--out", out), 1, "error: ", out)
		s.want(s.run("apply", "-f", "m.yaml", "--auto-approve", "--save-previous", out), 1, "error: ", out)
	}
	if s.writes() != 0 {
		t.Errorf("%d writes, want none", s.writes())
	}
	if os.Getuid() == 0 {
		return
	}
	s.write("secret.yaml", "version: 1\nactions: []\n")
	if err := os.Chmod(s.path("secret.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	s.want(s.run("validate", "-f", "secret.yaml"), 1, "error: ", "secret.yaml", "permission denied")
}

// A saved plan is for its owner's eyes alone.
func TestSavedPlanIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	s := newFixture(t, sandbox.Options{Empty: true})
	s.many(3)
	s.want(s.run("plan", "-f", "m.yaml", "--out", "plan.json"), 0)
	info, err := os.Stat(s.path("plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("it has mode %o, want 600", mode)
	}
}
