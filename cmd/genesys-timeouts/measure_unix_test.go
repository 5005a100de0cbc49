//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Linux counts the memory of whoever starts a process as that process' own, as long as it has not taken up more
// itself. So what a program takes up is measured by a process that is small: this test binary, run again, which
// starts the program and says what it cost.

// measured names the file into which the small process writes the cost.
const measured = "GENESYS_TIMEOUTS_TEST_COST_FILE"

// cost is what one run took.
type cost struct {
	Code      int
	Wall, CPU time.Duration
	Memory    int64 // bytes, at most at a time
}

func init() {
	file := os.Getenv(measured)
	if file == "" {
		return
	}
	if err := os.Unsetenv(measured); err != nil {
		panic(err)
	}
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	began := time.Now()
	_ = cmd.Run() // its status is looked at
	c := cost{Wall: time.Since(began), Code: cmd.ProcessState.ExitCode(),
		CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.Memory = int64(usage.Maxrss) //nolint:unconvert // an int32 on some systems
		if runtime.GOOS != "darwin" {
			c.Memory <<= 10 // kibibytes elsewhere
		}
	}
	raw, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(c.Code)
}

// measure runs a command that has not been started, and gives its cost.
func measure(tb testing.TB, cmd *exec.Cmd) cost {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	file := tb.TempDir() + "/cost"
	cmd.Args = append([]string{self, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = self
	cmd.Env = append(cmd.Env, measured+"="+file)
	_ = cmd.Run() // its status is in the cost
	var c cost
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		tb.Fatalf("measuring %v: %v", cmd.Args[1:], err)
	}
	return c
}
