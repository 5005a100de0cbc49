package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a wrong use of the command line.
type usageError struct {
	err  error
	hint string
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func seeHelp(c *cobra.Command) string { return "see `" + c.CommandPath() + " --help`" }

// unknownCommand says which command was probably meant.
func unknownCommand(root *cobra.Command, name string) error {
	e := usageError{fmt.Errorf("there is no command %q", name), seeHelp(root)}
	if near := root.SuggestionsFor(name); len(near) > 0 {
		e.hint = "did you mean `" + root.Name() + " " + strings.Join(near, "` or `"+root.Name()+" ") + "`?"
	}
	return e
}

// rootArgs catches what cobra took for the arguments of the root because it is no command.
func rootArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	return nil
}

// noArgs is for commands that take no arguments. A manifest's name is the one that people try.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := usageError{fmt.Errorf("%s takes no arguments, and was given %q", c.CommandPath(), args[0]), seeHelp(c)}
	if c.Flags().Lookup("file") != nil {
		e.hint = "a manifest is named with -f, such as -f " + args[0] + "; " + e.hint
	}
	return e
}

// flagError words what is wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	e := usageError{err, seeHelp(c)}
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		e.err = fmt.Errorf("there is no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		e.err = fmt.Errorf("there is no flag --%s", unknown.GetSpecifiedName())
		if near := nearFlags(c, unknown.GetSpecifiedName()); len(near) > 0 {
			e.hint = "did you mean --" + strings.Join(near, " or --") + "? See `" + c.CommandPath() + " --help`"
		}
	case errors.As(err, &missing):
		e.err = fmt.Errorf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		e.err = fmt.Errorf("--%s %q: %s", invalid.GetFlag().Name, invalid.GetValue(), kindOf(invalid.GetFlag(), invalid.Unwrap()))
	}
	return e
}

// kindOf says what a flag takes, or why it did not take a value.
func kindOf(f *pflag.Flag, cause error) string {
	switch f.Value.Type() {
	case "int":
		return "it takes a whole number"
	case "duration":
		return "it takes a duration such as 10m or 90s"
	case "limit":
		return "it takes a number of changes such as 12, or a share such as 10%"
	case "bool":
		return "it takes true or false, or no value"
	}
	words := strings.Split(f.Value.Type(), "|")
	if last := len(words) - 1; last > 0 {
		return "it takes " + strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return cause.Error()
}

// nearFlags are the flags of a command that resemble a name. Cobra knows how near two names are, but only of commands.
func nearFlags(c *cobra.Command, name string) []string {
	stand := &cobra.Command{SuggestionsMinimumDistance: 2}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			stand.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	return stand.SuggestionsFor(name)
}
