package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/report"
)

func (a *app) validateCommand() *cobra.Command {
	var files manifestFlags
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check manifests offline",
		Long: "Checks manifests without sending a request. Every mistake in every file is\n" +
			"shown with its place; the exit status is then 1.",
		Example: "  genesys-timeouts validate                           # the default manifest\n" +
			"  genesys-timeouts validate -f timeouts/ -f extra.yaml",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.validate(files) },
	}
	files.register(c)
	a.formatFlag(c, formatText, formatJSON, formatMarkdown)
	return c
}

func (a *app) validate(files manifestFlags) error {
	desired, err := a.load(files)
	var wrong *manifestError
	switch {
	case a.format == formatMarkdown && errors.As(err, &wrong): // the problems are the result
		_, unprinted := fmt.Fprint(a.Stdout, report.FailureMarkdown(failureOf(err), report.Heading{}))
		return cmp.Or(unprinted, error(status(ExitFailure)))
	case err != nil:
		return err
	case a.format == formatJSON:
		return report.JSON(a.Stdout, report.NewFailure(nil, nil))
	case a.format == formatMarkdown:
		_, err = fmt.Fprint(a.Stdout, report.FailureMarkdown(report.Failure{}, report.Heading{}))
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Valid: %s in %s.\n", count(len(desired.Entries), "entry", "entries"), count(len(desired.Files), "file", "files"))
	return err
}

// load reads the manifests; what is wrong with them is one *manifestError.
func (a *app) load(files manifestFlags) (dataaction.Desired, error) {
	if slices.Contains(files.files, "") {
		return dataaction.Desired{}, usageError{errors.New("--file is empty"), unsetHint}
	}
	m, problems, err := manifest.Load(files.files, manifest.Options{API: files.api, Stdin: a.Stdin, Domain: genesys.ResolveEnvironment})
	desired := m.Desired("")
	if err != nil {
		return desired, err
	}
	if len(problems) > 0 {
		return desired, &manifestError{problems}
	}
	return desired, nil
}

// manifestError is a manifest that is not right.
type manifestError struct{ problems []manifest.Problem }

func (e *manifestError) Error() string {
	return count(len(e.problems), "problem", "problems") + " in the manifest"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
