//go:build unix

package cli_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// A FIFO without a reader or writer blocked the run forever.
func TestFIFOsAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	r := newFixture(t, sandbox.Options{})
	m := r.manifest(one)
	fifo := filepath.Join(r.dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	r.run("plan", "-f", m, "--out", fifo).exits(1).says("not a regular file")
	r.run("export", "--out", fifo).exits(1).says("not a regular file")
	r.run("apply", fifo).exits(1).says("not a regular file")
	r.run("apply", "-f", m, "--auto-approve", "--save-previous", fifo).exits(1).says("exists already")
	r.run("plan", "-f", fifo).exits(1).says("is not a regular file")
	if writes := writesIn(r.server.Requests()); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}
