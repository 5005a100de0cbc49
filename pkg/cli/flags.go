package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
)

// format is how a result is printed.
type format string

const (
	formatText     format = "text"
	formatJSON     format = "json"
	formatMarkdown format = "markdown"
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

func (a *app) formatFlag(c *cobra.Command, words ...format) {
	choiceFlag(c, &a.format, "format", "how the result is printed", words...)
}

// shownFlags say how much is shown of a plan and of a run.
func (a *app) shownFlags(c *cobra.Command) {
	c.Flags().BoolVarP(&a.verbose, "verbose", "v", false, "show more: unchanged actions, and what changed in written documents")
	a.quietFlag(c)
}

func (a *app) quietFlag(c *cobra.Command) {
	c.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress on stderr")
}

// manifestFlags say where the manifests are.
type manifestFlags struct {
	files []string
	api   dataaction.API
}

func (f *manifestFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.files, "file", "f", nil, "a manifest: a `FILE`, a folder, or - for standard input; any number of times (default genesys-timeouts.yaml, or the folder genesys-timeouts/)")
	_ = c.MarkFlagFilename("file", "yaml", "yml")
	choiceFlag(c, &f.api, "api", "the surface that holds the actions (default: the manifest's, or integrations)", dataaction.Integrations, dataaction.Flows)
}

// fileName is the value of a flag that names a file to write. An empty one is a variable that was not set, and not the wish to
// write nothing.
type fileName string

const unsetHint = "is it a variable that is not set?"

func (f *fileName) Type() string { return "file" }

func (f *fileName) String() string { return string(*f) }

func (f *fileName) Set(s string) error {
	if s == "" {
		return errors.New("the name is empty; " + unsetHint)
	}
	*f = fileName(s)
	return nil
}

// defaultConcurrency keeps a fast network busy and a shared token polite.
const defaultConcurrency = 8

// connectFlags say which organisation to talk to, and how fast.
type connectFlags struct {
	environment string
	concurrency int
	rateLimit   int
	timeout     time.Duration
	rateGiven   func() bool
}

func (f *connectFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.environment, "environment", "", "the organisation's `DOMAIN` or region, such as mypurecloud.ie or eu-west-1")
	c.Flags().IntVar(&f.concurrency, "concurrency", defaultConcurrency, "at most `N` requests at the same time")
	c.Flags().IntVar(&f.rateLimit, "rate-limit", 0, "at most `N` requests a minute (default: what the server allows)")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after this `TIME`, such as 10m (default: never)")
	f.rateGiven = func() bool { return c.Flags().Changed("rate-limit") }
	completeFlag(c, "environment", genesys.Environments()...)
	for _, name := range []string{"concurrency", "rate-limit", "timeout"} {
		completeFlag(c, name)
	}
}

func (f *connectFlags) check() error {
	switch {
	case f.concurrency < 1:
		return usageError{fmt.Errorf("--concurrency is %d: it must be at least 1", f.concurrency), "leave the flag out for " + strconv.Itoa(defaultConcurrency)}
	case f.rateGiven() && f.rateLimit < 1:
		return usageError{fmt.Errorf("--rate-limit is %d: it must be at least 1 request a minute", f.rateLimit), "leave the flag out to spend what the server allows"}
	case f.timeout < 0:
		return usageError{fmt.Errorf("--timeout is %s: it must not be negative", f.timeout), ""}
	}
	return nil
}

// judgeFlags say what a plan may hold.
type judgeFlags struct {
	strict, denyLower bool
	most              changeLimit
}

func (f *judgeFlags) register(c *cobra.Command) {
	c.Flags().BoolVar(&f.strict, "strict", false, "warnings are errors")
	c.Flags().BoolVar(&f.denyLower, "deny-lower", false, "a lowered timeout is an error")
	c.Flags().Var(&f.most, "max-changes", "more changes than `N`, or than a share such as 10%, are an error; 0 allows none (default: no limit)")
	completeFlag(c, "max-changes")
}

func (f *judgeFlags) options() plan.Options {
	return plan.Options{Strict: f.strict, DenyLower: f.denyLower, MaxChanges: f.most.ChangeLimit}
}

// changeLimit is the value of --max-changes. An empty text is no limit of nobody's: it is a variable that was not set.
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
	choiceFlagForAll(root, &f.level, "log-level", "what is logged to stderr", "debug", "info", "warn", "error")
	choiceFlagForAll(root, &f.format, "log-format", "how it is logged", "text", "json")
}

func (a *app) startLogging() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logging.level)); err != nil {
		return fmt.Errorf("--log-level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	a.log = slog.New(slog.NewTextHandler(a.Stderr, o))
	if a.logging.format == "json" {
		a.log = slog.New(slog.NewJSONHandler(a.Stderr, o))
	}
	return nil
}
