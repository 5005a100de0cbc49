//go:build unix

package manifest

import (
	"strings"
	"syscall"
	"testing"
)

func TestPipesAndDevicesAreNotOpened(t *testing.T) {
	write(t, nil)
	if err := syscall.Mkfifo("pipe.yaml", 0o600); err != nil {
		t.Fatal(err)
	}
	_, problems, err := Load([]string{"pipe.yaml", "/dev/zero", "."}, Options{})
	if err != nil || len(problems) != 2 {
		t.Fatal(err, problems)
	}
	for _, p := range problems {
		if !strings.Contains(p.Message, "is not a regular file") {
			t.Error(p)
		}
	}
}
