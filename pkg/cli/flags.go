package cli

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
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
		return fmt.Errorf("it takes one of %s", c.Type())
	}
	*c.value = T(s)
	return nil
}

// choiceFlag registers a choice and lets the shell complete its words.
func choiceFlag[T ~string](c *cobra.Command, value *T, name, usage string, words ...T) {
	flag := choice[T]{value, words}
	c.Flags().Var(flag, name, usage)
	_ = c.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return strings.Split(flag.Type(), "|"), cobra.ShellCompDirectiveNoFileComp
	})
}

func (a *app) formatFlag(c *cobra.Command, words ...format) {
	choiceFlag(c, &a.format, "format", "how the result is printed", words...)
	c.Flags().BoolVarP(&a.verbose, "verbose", "v", false, "show more: unchanged actions, and the written documents' changes")
	c.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress on stderr")
}

// manifestFlags say where the manifests are.
type manifestFlags struct {
	files []string
	api   dataaction.API
}

func (f *manifestFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.files, "file", "f", nil, "a manifest: a file, a folder, or - for stdin; any number of times (default genesys-timeouts.yaml or genesys-timeouts/)")
	_ = c.MarkFlagFilename("file", "yaml", "yml")
	choiceFlag(c, &f.api, "api", "the surface that holds the actions (default: the manifest's, or integrations)", dataaction.Integrations, dataaction.Flows)
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
	c.Flags().StringVar(&f.environment, "environment", "", "the organisation's domain or region, such as mypurecloud.ie or eu-west-1")
	c.Flags().IntVar(&f.concurrency, "concurrency", defaultConcurrency, "requests in flight at most")
	c.Flags().IntVar(&f.rateLimit, "rate-limit", 0, "requests a minute at most (default: what the server allows)")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "time for the whole run, such as 10m (default: none)")
	f.rateGiven = func() bool { return c.Flags().Changed("rate-limit") }
}

func (f *connectFlags) check() error {
	switch {
	case f.concurrency < 1:
		return usageError{fmt.Errorf("--concurrency is %d: it must be at least 1", f.concurrency), ""}
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
	maxChanges        string
}

func (f *judgeFlags) register(c *cobra.Command) {
	c.Flags().BoolVar(&f.strict, "strict", false, "warnings are errors")
	c.Flags().BoolVar(&f.denyLower, "deny-lower", false, "a lowered timeout is an error")
	c.Flags().StringVar(&f.maxChanges, "max-changes", "", "more changes than this number, or share such as 10%, are an error; 0 allows none")
}

func (f *judgeFlags) options() (plan.Options, error) {
	o := plan.Options{Strict: f.strict, DenyLower: f.denyLower}
	if f.maxChanges != "" {
		limit, err := plan.ParseChangeLimit(f.maxChanges)
		if err != nil {
			return o, usageError{fmt.Errorf("--max-changes: %w", err), ""}
		}
		o.MaxChanges = limit
	}
	return o, nil
}

// logFlags say what is logged to stderr.
type logFlags struct{ level, format string }

func (f *logFlags) register(root *cobra.Command) {
	root.PersistentFlags().StringVar(&f.level, "log-level", "warn", "what is logged to stderr: debug|info|warn|error")
	root.PersistentFlags().StringVar(&f.format, "log-format", "text", "how it is logged: text|json")
	for name, words := range map[string][]string{"log-level": {"debug", "info", "warn", "error"}, "log-format": {"text", "json"}} {
		_ = root.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words, cobra.ShellCompDirectiveNoFileComp
		})
	}
}

func (a *app) startLogging() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logging.level)); err != nil {
		return usageError{fmt.Errorf("--log-level is %q: it takes debug, info, warn or error", a.logging.level), ""}
	}
	o := &slog.HandlerOptions{Level: level}
	switch a.logging.format {
	case "text":
		a.log = slog.New(slog.NewTextHandler(a.Stderr, o))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.Stderr, o))
	default:
		return usageError{fmt.Errorf("--log-format is %q: it takes text or json", a.logging.format), ""}
	}
	return nil
}
