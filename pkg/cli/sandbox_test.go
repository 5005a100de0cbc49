package cli_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/session"
)

// sandboxLines runs the sandbox command until it has printed n lines, and returns them.
func sandboxLines(t *testing.T, n int, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, write := io.Pipe()
	ended := make(chan struct{})
	var stderr bytes.Buffer
	go func() {
		defer close(ended)
		defer write.Close()
		cli.Run(ctx, cli.Env{
			Args: append([]string{"sandbox"}, args...),
			Env: session.Env{Stdin: strings.NewReader(""), Stdout: write, Stderr: &stderr,
				Getenv: func(string) string { return "" }, Now: time.Now},
		})
	}()
	var out []byte
	buffer := make([]byte, 4096)
	for bytes.Count(out, []byte("\n")) < n {
		got, err := read.Read(buffer)
		out = append(out, buffer[:got]...)
		if err != nil {
			<-ended
			t.Fatalf("%v after:\n%s%s", err, out, stderr.String())
		}
	}
	cancel()
	_ = read.Close()
	<-ended
	return string(out)
}

func TestSandboxPrintsVariablesOfEachOrganization(t *testing.T) {
	t.Parallel()
	out := sandboxLines(t, 4)
	if strings.Count(out, "export GENESYS_") != 4 || !strings.Contains(out, "GENESYS_CLIENT_ID=") {
		t.Errorf("one organisation:\n%s", out)
	}
	out = sandboxLines(t, 8, "--org", "test", "--org", "eu-west")
	for _, name := range []string{"API_URL", "LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET"} {
		for _, org := range []string{"TEST", "EU_WEST"} {
			if !strings.Contains(out, "export GENESYS_"+name+"_"+org+"=") {
				t.Errorf("no variable %s of %s:\n%s", name, org, out)
			}
		}
	}
}
