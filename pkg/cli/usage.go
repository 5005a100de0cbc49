package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"genesys-timeouts/pkg/session"
)

func seeHelp(c *cobra.Command) string { return "see `" + c.CommandPath() + " --help`" }

// elsewhere are the words that other tools have for what ours do, with what to say of it.
var elsewhere = []struct{ words, hint string }{
	{"ls all", "`genesys-timeouts list` lists data actions with their timeouts"},
	{"get describe inspect", "`genesys-timeouts show NAME` shows one action, `genesys-timeouts list` all of them"},
	{"init import dump pull fetch generate", "`genesys-timeouts export --out genesys-timeouts.yaml` writes what is live"},
	{"diff preview", "`genesys-timeouts plan` shows what apply would change"},
	{"refresh", "nothing is stored: `genesys-timeouts plan` reads what is live each time"},
	{"status", "`genesys-timeouts drift` checks that live matches the manifest"},
	{"sync push deploy up update set write", "`genesys-timeouts apply` writes the timeouts of the manifest"},
	{"lint check verify fmt format", "`genesys-timeouts validate` checks manifests; it does not reformat them"},
	{"destroy delete remove", "timeouts are not deleted: without its manifest entry, an action keeps its timeout"},
	{"undo revert rollback", "`genesys-timeouts apply --save-previous FILE` writes the manifest that undoes it"},
	{"login auth configure config", "credentials are environment variables: `genesys-timeouts doctor` checks them"},
	{"recommend suggest analyze tune", "`genesys-timeouts advise` says which timeouts are too short or too long"},
	{"mock serve server", "`genesys-timeouts sandbox` serves a simulated Genesys Cloud"},
}

// unknownCommand suggests the command that was probably meant.
func unknownCommand(root *cobra.Command, name string) error {
	e := session.UsageError{Err: fmt.Errorf("unknown command %q", name), Hint: seeHelp(root)}
	for _, other := range elsewhere {
		if slices.Contains(strings.Fields(other.words), strings.ToLower(name)) {
			e.Hint = other.hint
			return e
		}
	}
	if near := root.SuggestionsFor(name); len(near) > 0 {
		e.Hint = "did you mean `" + root.Name() + " " + strings.Join(near, "` or `"+root.Name()+" ") + "`?"
	}
	return e
}

// rootArgs catches a misspelt command: cobra takes it for an argument of root.
func rootArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	return nil
}

// noArgs is for commands without arguments. The one that people try is a manifest's name.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := session.UsageError{Err: fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0]), Hint: seeHelp(c)}
	if c.Flags().Lookup("file") != nil {
		e.Hint = "pass a manifest with -f, such as -f " + args[0] + "; " + e.Hint
	}
	return e
}

// flagError words a wrong flag.
func flagError(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	e := session.UsageError{Err: err, Hint: seeHelp(c)}
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		e.Err = fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		e.Err = fmt.Errorf("unknown flag --%s", unknown.GetSpecifiedName())
		if near := nearFlags(c, unknown.GetSpecifiedName()); len(near) > 0 {
			e.Hint = "did you mean --" + strings.Join(near, " or --") + "? See `" + c.CommandPath() + " --help`"
		}
	case errors.As(err, &missing):
		e.Err = fmt.Errorf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		e.Err = fmt.Errorf("--%s %q: %s", flag.Name, invalid.GetValue(), kindOf(flag, invalid.Unwrap()))
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
		return "it takes a number of changes such as 12, or a share from 0% to 100%"
	case "bool":
		return "it takes true or false, or no value"
	}
	words := strings.Split(f.Value.Type(), "|")
	if last := len(words) - 1; last > 0 {
		return "it takes " + strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return cause.Error()
}

// nearFlags are a command's flags that resemble a name. Cobra compares names, but only those of commands.
func nearFlags(c *cobra.Command, name string) []string {
	stand := &cobra.Command{SuggestionsMinimumDistance: 2}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			stand.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	return stand.SuggestionsFor(name)
}
