// Command genesys-timeouts keeps the timeouts of Genesys Cloud data actions in git.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"genesys-timeouts/pkg/cli"
)

func main() {
	log.SetOutput(io.Discard)      // net/http logs odd servers here; what matters arrives as an error
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is a failed write, not a silent death
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		cancel()
		<-signals
		_, _ = io.WriteString(os.Stderr, "stopped without a report; to see what is set now, run `genesys-timeouts plan`\n")
		os.Exit(cli.ExitInterrupted)
	}()
	os.Exit(cli.Run(ctx, cli.System(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)))
}
