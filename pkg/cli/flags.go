package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// choice is a flag that takes one of a few words.
type choice[T ~string] struct {
	value *T
	words []T
}

func (c choice[T]) String() string { return string(*c.value) }

func (c choice[T]) Type() string {
	names := make([]string, len(c.words))
	for i, w := range c.words {
		names[i] = string(w)
	}
	return strings.Join(names, "|")
}

func (c choice[T]) Set(s string) error {
	if !slices.Contains(c.words, T(s)) {
		return fmt.Errorf("it takes one of %s", c.Type()) // flagError words it
	}
	*c.value = T(s)
	return nil
}

// choiceFlag registers a choice and lets the shell complete its words.
func choiceFlag[T ~string](c *cobra.Command, value *T, name, usage string, words ...T) {
	register(c, c.Flags(), value, name, usage, words)
}

// choiceFlagForAll does the same for a command and all below it.
func choiceFlagForAll[T ~string](c *cobra.Command, value *T, name, usage string, words ...T) {
	register(c, c.PersistentFlags(), value, name, usage, words)
}

func register[T ~string](c *cobra.Command, set *pflag.FlagSet, value *T, name, usage string, words []T) {
	flag := choice[T]{value, words}
	set.Var(flag, name, usage)
	completeFlag(c, name, strings.Split(flag.Type(), "|")...)
}

// completeFlag lets the shell complete a flag's value: by these words, and no file names.
func completeFlag(c *cobra.Command, name string, words ...string) {
	_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func (a *app) formatFlag(c *cobra.Command, words ...report.Format) {
	choiceFlag(c, &a.format, "format", "format of the result", words...)
}

// shownFlags say how much is shown of a plan and of a run.
func (a *app) shownFlags(c *cobra.Command) {
	c.Flags().BoolVarP(&a.verbose, "verbose", "v", false,
		"show more: unchanged actions, callers, and what changed in written documents")
	a.quietFlag(c)
}

func (a *app) quietFlag(c *cobra.Command) {
	c.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress on stderr")
}

// manifestFlags say where the manifests are.
type manifestFlags struct{ session.Manifests }

// folders are the names that may be folders of manifests: those given, or the default.
func (f *manifestFlags) folders() []string {
	if len(f.Files) == 0 {
		return []string{"genesys-timeouts"}
	}
	return f.Files
}

func (f *manifestFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.Files, "file", "f", nil, "a manifest: a `FILE`, a folder, or - for standard input; "+
		"repeatable (default genesys-timeouts.yaml, or the folder genesys-timeouts/)")
	_ = c.MarkFlagFilename("file", "yaml", "yml")
	choiceFlag(c, &f.API, "api", "the surface that holds the actions (default: the manifest's, or integrations)",
		dataaction.Integrations, dataaction.Flows)
}

// fileName is the value of a flag that names a file to write. Empty means an unset variable, so it is an error.
type fileName string

func (f *fileName) Type() string { return "file" }

func (f *fileName) String() string { return string(*f) }

func (f *fileName) Set(s string) error {
	if s == "" {
		return errors.New("the name is empty; " + session.UnsetHint)
	}
	*f = fileName(s)
	return nil
}

// connectFlags say which organisation to talk to, and how fast.
type connectFlags struct {
	environment string
	concurrency int
	rateLimit   int
	timeout     time.Duration
	orgs        []string // registered by commands that know organisations
	rateGiven   func() bool
}

func (f *connectFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.environment, "environment", "",
		"the organisation's `DOMAIN` or region, such as mypurecloud.ie or eu-west-1")
	c.Flags().IntVar(&f.concurrency, "concurrency", session.DefaultConcurrency, "at most `N` requests at the same time")
	c.Flags().IntVar(&f.rateLimit, "rate-limit", 0, "at most `N` requests a minute (default: what the server allows)")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after this `TIME`, such as 10m (default: never)")
	f.rateGiven = func() bool { return c.Flags().Changed("rate-limit") }
	completeFlag(c, "environment", genesys.Environments()...)
	for _, name := range []string{"concurrency", "rate-limit", "timeout"} {
		completeFlag(c, name)
	}
}

// registerOrgs adds --org.
func (f *connectFlags) registerOrgs(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.orgs, "org", nil,
		"an organisation's `NAME` in the manifest, or all; repeatable (default: GENESYS_ORG, or the only one)")
	completeFlag(c, "org")
}

func (f *connectFlags) check() error {
	switch {
	case f.concurrency < 1:
		return session.UsageError{
			Err:  fmt.Errorf("--concurrency is %d: it must be at least 1", f.concurrency),
			Hint: "leave the flag out for " + strconv.Itoa(session.DefaultConcurrency),
		}
	case f.rateGiven() && f.rateLimit < 1:
		return session.UsageError{
			Err:  fmt.Errorf("--rate-limit is %d: it must be at least 1 request a minute", f.rateLimit),
			Hint: "leave the flag out to use all that the server allows",
		}
	case f.timeout < 0:
		return session.UsageError{Err: fmt.Errorf("--timeout is %s: it must not be negative", f.timeout)}
	}
	return nil
}

// selectFlags narrow a run to entries of the manifest.
type selectFlags struct {
	actions, flows []string
	// elsewhere is true where each matches an entry of some organisation of several.
	elsewhere bool
}

// matchTogether reports whether each matches an entry of some organisation: `only` may leave it out of the others.
func (f *selectFlags) matchTogether(chosen []dataaction.Desired) bool {
	if len(f.actions) == 0 && len(f.flows) == 0 {
		return false
	}
	var all dataaction.Desired
	for _, d := range chosen {
		all.Entries = append(all.Entries, d.Entries...)
		all.Flows = append(all.Flows, d.Flows...)
	}
	_, err := plan.Select(all, f.actions, f.flows)
	return err == nil
}

func (f *selectFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.actions, "action", nil,
		"only the entries with this `ACTION`, by name or id as the manifest has it; repeatable")
	c.Flags().StringArrayVar(&f.flows, "flow", nil,
		"only the entries under this `FLOW`, by name or id as the manifest has it; repeatable")
	completeFlag(c, "action")
	completeFlag(c, "flow")
}

// apply keeps what the flags name, and tells the plan.
func (f *selectFlags) apply(desired dataaction.Desired, judge *plan.Options) (dataaction.Desired, error) {
	if len(f.actions) == 0 && len(f.flows) == 0 {
		return desired, nil
	}
	judge.Selected = &plan.Selected{Actions: slices.Concat([]string{}, f.actions),
		Flows: slices.Concat([]string{}, f.flows)}
	kept, err := plan.Select(desired, f.actions, f.flows)
	if err != nil && !f.elsewhere {
		return kept, session.UsageError{Err: err, Hint: "--action and --flow name entries of the manifest"}
	}
	return kept, nil
}

// deadline is the run's context under --timeout.
func (f *connectFlags) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, f.timeout)
}

// judgeFlags say what a plan may contain.
type judgeFlags struct {
	strict, denyLower bool
	most              changeLimit
}

// register registers the flags that judge a comparison; registerWrites those that judge a write.
func (f *judgeFlags) register(c *cobra.Command) {
	c.Flags().BoolVar(&f.strict, "strict", false, "turn warnings into errors")
}

func (f *judgeFlags) registerWrites(c *cobra.Command) {
	c.Flags().BoolVar(&f.denyLower, "deny-lower", false, "a lowered timeout is an error")
	c.Flags().Var(&f.most, "max-changes",
		"more changes than `N`, or than a share such as 10%, are an error; 0 allows none (default: no limit)")
	completeFlag(c, "max-changes")
}

func (f *judgeFlags) options() plan.Options {
	return plan.Options{Strict: f.strict, DenyLower: f.denyLower, MaxChanges: f.most.ChangeLimit}
}

// changeLimit is the value of --max-changes. Empty means an unset variable, so it is an error.
type changeLimit struct{ *plan.ChangeLimit }

func (l *changeLimit) Type() string { return "limit" }

func (l *changeLimit) String() string {
	if l.ChangeLimit == nil {
		return ""
	}
	return l.ChangeLimit.String()
}

func (l *changeLimit) Set(s string) (err error) {
	l.ChangeLimit, err = plan.ParseChangeLimit(s)
	return err
}

// logFlags say what is logged to stderr.
type logFlags struct{ level, format string }

func (f *logFlags) register(root *cobra.Command) {
	f.level, f.format = "warn", "text"
	choiceFlagForAll(root, &f.level, "log-level", "log level on stderr", "debug", "info", "warn", "error")
	choiceFlagForAll(root, &f.format, "log-format", "log format", "text", "json")
}

// logger is the log that the flags ask for.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.level)) // one of the flag's words
	o := &slog.HandlerOptions{Level: level}
	if f.format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// evidenceFlag is the value of --evidence; 0 days means none.
type evidenceFlag struct{ days int }

func (f *evidenceFlag) Type() string { return "days" }

func (f *evidenceFlag) String() string {
	if f.days == 0 {
		return ""
	}
	return fmt.Sprintf("%dd", f.days)
}

func (f *evidenceFlag) Set(s string) error {
	days, err := advice.ParseDays(s)
	if err != nil {
		return fmt.Errorf("it takes 1d to %dd", advice.MostDays) // flagError words it
	}
	f.days = days
	return nil
}
