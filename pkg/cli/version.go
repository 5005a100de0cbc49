package cli

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
	"genesys-timeouts/schema"
)

// Set by the release build (-ldflags -X).
var version, commit, date string

// buildVersion is the release's version, or the module's if `go install` built the binary.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the version, commit, date, Go version and platform of the build.",
		Example: "  genesys-timeouts version --format json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			about := struct {
				Version string `json:"version"`
				Commit  string `json:"commit"`
				Date    string `json:"date"`
				Go      string `json:"go"`
				System  string `json:"system"`
			}{
				buildVersion(), cmp.Or(commit, "unknown"), cmp.Or(date, "unknown"),
				runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
			}
			if a.format == report.FormatJSON {
				return report.JSON(a.env.Stdout, about)
			}
			_, err := fmt.Fprintf(a.env.Stdout, "genesys-timeouts %s (commit %s, %s, %s, %s)\n",
				about.Version, about.Commit, about.Date, about.Go, about.System)
			return err
		},
	}
	a.formatFlag(c, report.FormatText, report.FormatJSON)
	return c
}

// schemas are the documents that schema prints; manifest is the default.
var schemas = map[string][]byte{
	"manifest": schema.Manifest, "plan": schema.Plan, "report": schema.Report, "list": schema.List, "advice": schema.Advice,
}

func (a *app) schemaCommand() *cobra.Command {
	names := slices.Sorted(maps.Keys(schemas))
	return &cobra.Command{
		Use:   "schema [" + strings.Join(names, "|") + "]",
		Short: "Print the JSON Schema of a document",
		Long: "Prints the JSON Schema (2020-12) of manifests, for completion and checks in\n" +
			"editors, or that of a document in JSON: a plan, the report of apply, advice.",
		Example: "  genesys-timeouts schema > manifest.schema.json\n" +
			"  genesys-timeouts schema plan",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && schemas[args[0]] == nil {
				return session.UsageError{
					Err:  fmt.Errorf("unknown schema %q; use one of %s", strings.Join(args, " "), strings.Join(names, ", ")),
					Hint: seeHelp(c),
				}
			}
			return nil
		},
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			name := "manifest"
			if len(args) == 1 {
				name = args[0]
			}
			_, err := a.env.Stdout.Write(schemas[name])
			return err
		},
	}
}
