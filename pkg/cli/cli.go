// Package cli is the command line: commands and flags, and exit statuses. Each command fills an options struct from
// its flags and passes it to a plain function; the work is done by the packages below.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// Exit statuses.
const (
	ExitOK = 0
	// ExitFailure is any failure: bad input, a plan with errors, a write that failed, a defect of this program.
	ExitFailure = 1
	// ExitChanges is drift; with --detailed-exitcode, changes of plan and advice of advise.
	ExitChanges = 2
	// ExitInterrupted is an end by SIGINT, SIGTERM or SIGHUP, as shells report it.
	ExitInterrupted = 130
)

// Env is what a run takes from outside: its arguments and a session's environment. Run fills in Log, Progress and
// Version.
type Env struct {
	Args []string
	session.Env
}

// System is the environment of a real process.
func System(args []string, stdin, stdout, stderr *os.File) Env {
	terminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	e := Env{args, session.Env{
		Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: os.Getenv, Now: time.Now, Proxy: http.ProxyFromEnvironment,
		InTerminal: terminal(stdin), OutTerminal: terminal(stdout), ErrTerminal: terminal(stderr),
	}}
	if w, _, err := term.GetSize(int(stdout.Fd())); err == nil {
		e.Width = w
	}
	if w, _, err := term.GetSize(int(stderr.Fd())); err == nil {
		e.ErrWidth = w
	}
	return e
}

// app is one run of the program.
type app struct {
	env  session.Env
	args []string
	// stdout is env's.
	stdout *pipe
	// ctx ends with an interrupt.
	ctx context.Context
	outputFlags
	noColor bool
	logging logFlags
	// shown is true once stdout has its one document: later failures go to stderr alone.
	shown bool
	// helpError is a help text that could not be printed: cobra's help functions return no error.
	helpError error
}

// Run runs one command and returns its exit status. Results go to stdout, everything else to stderr.
func Run(ctx context.Context, env Env) int {
	env.Version = buildVersion()
	stdout := &pipe{out: env.Stdout}
	env.Stdout = stdout
	a := &app{env: env.Env, args: env.Args, stdout: stdout, ctx: ctx, outputFlags: outputFlags{format: report.FormatText}}
	return a.exit(a.execute())
}

// execute runs the command. A panic becomes an error, so that a defect never ends in status 2, which means drift.
func (a *app) execute() (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = &session.Defect{Value: defect, Stack: debug.Stack()}
		}
	}()
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(a.env.Stdin)
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	return cmp.Or(root.ExecuteContext(a.ctx), a.helpError)
}

// status is an error that has been reported and stands for its exit status alone.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// exit reports what has not been reported and returns the exit status.
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

// reportFailure shows a failure: on stdout if JSON was asked for and stdout is still empty, in words on stderr
// otherwise.
func (a *app) reportFailure(err error) {
	a.env.Progress.Clear()
	failure := session.FailureOf(err)
	if !a.shown && !a.stdout.closed && (a.format == report.FormatJSON || a.asksForJSON()) &&
		report.JSON(a.env.Stdout, failure) == nil {
		return
	}
	_ = report.FailureText(a.env.Stderr, failure, report.Style{Color: a.color(a.env.ErrTerminal), Width: a.env.Width})
}

// asksForJSON looks for --format json in the arguments, for failures from before flags are parsed.
func (a *app) asksForJSON() bool {
	for i, arg := range a.args {
		if arg == "--format=json" || arg == "--format" && i+1 < len(a.args) && a.args[i+1] == "json" {
			return true
		}
	}
	return false
}

// begin sets up log and progress once flags are parsed.
func (a *app) begin() {
	a.env.Log = a.logging.logger(a.env.Stderr)
	out := a.env.Stderr
	if !a.env.ErrTerminal || a.quiet || a.env.Getenv("CI") != "" || a.env.Getenv("TERM") == "dumb" {
		out = nil
	}
	a.env.Progress = session.NewProgress(out, a.env.ErrWidth, a.env.Now, a.env.Log)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "genesys-timeouts",
		Short: "Keep the timeouts of Genesys Cloud data actions in git",
		Long: "genesys-timeouts keeps the timeouts of Genesys Cloud data actions in git: it\n" +
			"checks a YAML manifest, compares it with what is live, shows the difference as a\n" +
			"plan, applies it, reads back what it wrote, and reports drift.",
		Example: "  genesys-timeouts demo                                # see it work\n" +
			"  genesys-timeouts export --out genesys-timeouts.yaml  # start from what is live\n" +
			"  genesys-timeouts plan                                # what would change",
		Version:           a.env.Version,
		Args:              rootArgs,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { a.begin() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c == root && len(a.args) > 0 && !strings.HasPrefix(a.args[0], "-") {
			return unknownCommand(root, a.args[0]) // cobra takes its flags for root's
		}
		return flagError(c, err)
	})
	root.PersistentFlags().BoolP("help", "h", false, "this help")
	root.Flags().Bool("version", false, "print the version")
	a.setHelp(root)
	a.logging.register(root)
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "no colours; same as setting NO_COLOR")
	everyday := []*cobra.Command{a.validateCommand(), a.planCommand(), a.applyCommand(), a.driftCommand(),
		a.adviseCommand(), a.listCommand(), a.showCommand()}
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
	if len(a.args) > 0 && strings.HasPrefix(a.args[0], cobra.ShellCompRequestCmd) {
		for _, c := range append(root.Commands(), root) {
			c.Flags().VisitAll(unquoted)
			c.PersistentFlags().VisitAll(unquoted)
		}
	}
	return root
}

// unquoted takes the backticks off a flag's usage: help turns them into the name of the value, completion would show
// them.
func unquoted(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) }
