// Package cli is the command line: commands and flags, what a run takes from its environment, exit statuses, and the one
// place where an error becomes words and a hint (explain.go). What a command does is a plain function over an options
// struct; the work itself is done by the packages below.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"genesys-timeouts/pkg/report"
)

// Exit statuses.
const (
	ExitOK = 0
	// ExitFailure is any failure: bad input, a plan with errors, a write that failed.
	ExitFailure = 1
	// ExitChanges is drift, and plan --detailed-exitcode, where live differs from the manifest.
	ExitChanges = 2
	// ExitInterrupted is the end by SIGINT or SIGTERM, as shells count it.
	ExitInterrupted = 130
)

// Env is all that a run takes from outside.
type Env struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Proxy          func(*http.Request) (*url.URL, error)
	// InTerminal, OutTerminal and ErrTerminal tell which streams a person sits at; Width is stdout's, 0 if unknown.
	InTerminal, OutTerminal, ErrTerminal bool
	Width                                int
}

// System is the environment of a real process.
func System(args []string, stdin, stdout, stderr *os.File) Env {
	e := Env{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: os.Getenv, Now: time.Now, Proxy: http.ProxyFromEnvironment,
		InTerminal: term.IsTerminal(int(stdin.Fd())), OutTerminal: term.IsTerminal(int(stdout.Fd())), ErrTerminal: term.IsTerminal(int(stderr.Fd()))}
	if w, _, err := term.GetSize(int(stdout.Fd())); err == nil {
		e.Width = w
	}
	return e
}

// app is one run.
type app struct {
	Env
	ctx     context.Context
	format  format
	verbose bool
	quiet   bool
	noColor bool
	log     *slog.Logger
	logging logFlags
	bar     *progress
	// shown is true once stdout has its one document: what fails after that is said on stderr alone.
	shown bool
	// helpError is a help text that could not be printed: cobra's help functions give no error back.
	helpError error
}

// Run runs one command and gives the exit status. Results go to stdout, all else to stderr.
func Run(ctx context.Context, env Env) int {
	a := &app{Env: env, ctx: ctx, format: formatText, log: slog.New(slog.DiscardHandler)}
	a.bar = &progress{app: a}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	return a.exit(cmp.Or(err, a.helpError))
}

// status is an error that has been reported already and stands for its exit status alone.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// exit reports what has not been reported and turns it into an exit status.
func (a *app) exit(err error) int {
	var s status
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &s):
		if s == ExitFailure && a.interrupted() {
			return ExitInterrupted
		}
		return int(s)
	}
	a.reportFailure(err)
	if a.interrupted() {
		return ExitInterrupted
	}
	return ExitFailure
}

// interrupted reports whether a signal ended the run.
func (a *app) interrupted() bool { return a.ctx.Err() != nil }

// reportFailure shows a failure. One that came before there was a plan or a report is shown as JSON on stdout where JSON was asked for,
// and in words on stderr otherwise.
func (a *app) reportFailure(err error) {
	a.bar.clear()
	failure := failureOf(err)
	if !a.shown && (a.format == formatJSON || a.asksForJSON()) && report.JSON(a.Stdout, failure) == nil {
		return
	}
	_ = report.FailureText(a.Stderr, failure, report.Style{Color: a.color(a.ErrTerminal), Width: a.Width})
}

// failureOf is the document of a failure.
func failureOf(err error) report.Failure {
	e := explain(err)
	var problems []report.Problem
	if m, ok := errors.AsType[*manifestError](err); ok {
		for _, p := range m.problems {
			problems = append(problems, report.Problem(p))
		}
	}
	return report.NewFailure(&report.FailureError{Code: e.Code, Message: e.Message, Hint: e.Hint, Status: e.HTTPStatus, CorrelationID: e.CorrelationID}, problems)
}

// asksForJSON looks for --format json in the arguments, for failures that come before flags are read.
func (a *app) asksForJSON() bool {
	for i, arg := range a.Args {
		if arg == "--format=json" || arg == "--format" && i+1 < len(a.Args) && a.Args[i+1] == "json" {
			return true
		}
	}
	return false
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "genesys-timeouts",
		Short: "Keep the timeouts of Genesys Cloud data actions in git",
		Long: "genesys-timeouts keeps the timeouts of Genesys Cloud data actions in git: it\n" +
			"checks a YAML manifest, compares it with what is live, shows the difference as a\n" +
			"plan, applies it, reads back what it wrote, and notices drift.",
		Example: "  genesys-timeouts demo                                # see it work\n" +
			"  genesys-timeouts export --out genesys-timeouts.yaml  # begin with what is live\n" +
			"  genesys-timeouts plan                                # what would change",
		Version:           buildVersion(),
		Args:              rootArgs,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.startLogging() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c == root && len(a.Args) > 0 && !strings.HasPrefix(a.Args[0], "-") {
			return unknownCommand(root, a.Args[0]) // whose flags cobra takes for root's
		}
		return flagError(c, err)
	})
	root.PersistentFlags().BoolP("help", "h", false, "this help")
	root.Flags().Bool("version", false, "print the version")
	a.setHelp(root)
	a.logging.register(root)
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "no colours, as with NO_COLOR set")
	everyday := []*cobra.Command{a.validateCommand(), a.planCommand(), a.applyCommand(), a.driftCommand()}
	start := []*cobra.Command{a.demoCommand(), a.sandboxCommand(), a.doctorCommand(), a.exportCommand()}
	for _, c := range everyday {
		c.GroupID = groupEveryday
	}
	for _, c := range start {
		c.GroupID = groupStart
	}
	root.AddCommand(slices.Concat(everyday, start)...)
	root.AddCommand(a.ciCommand(), a.schemaCommand(), a.versionCommand(), a.completionCommand(), a.manCommand(root))
	for _, c := range root.Commands() {
		if c.ValidArgsFunction == nil && c.ValidArgs == nil {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
	return root
}

// style is how text is set on stdout.
func (a *app) style() report.Style {
	return report.Style{Color: a.color(a.OutTerminal), Width: a.Width, Verbose: a.verbose}
}

func (a *app) color(terminal bool) bool {
	return terminal && !a.noColor && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
}
