package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the width of help in columns: it is read in terminals of any width and in pull requests.
const helpWidth = 80

// Groups of commands in the root's help, in their order.
const (
	groupEveryday = "everyday"
	groupStart    = "start"
)

var groupTitles = []struct{ id, title string }{
	{groupEveryday, "Every day"}, {groupStart, "To start with"}, {"", "Others"},
}

// rootNotes end the root's help: they apply to every command.
const rootNotes = `Environment variables:
  GENESYS_CLIENT_ID      the OAuth client (client credentials) to sign in with
  GENESYS_CLIENT_SECRET  its secret
  GENESYS_ACCESS_TOKEN   a token, instead of the two above
  GENESYS_ORG            organisations, comma separated, if --org is absent;
                         their own variables end in the name, such as
                         GENESYS_CLIENT_ID_PRODUCTION
  GENESYS_ENVIRONMENT    domain or region, default mypurecloud.com
  GENESYS_API_URL        a gateway or sandbox instead of the API
  GENESYS_LOGIN_URL      the same for sign-in
  HTTPS_PROXY, NO_PROXY  standard proxy settings
  NO_COLOR               any value turns colours off

  Where the first four are unset, the Terraform provider's names are read:
  GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET,
  GENESYSCLOUD_ACCESS_TOKEN, GENESYSCLOUD_REGION.

Exit status:
  0    done, or in step
  1    anything failed
  2    drift; with --detailed-exitcode, changes (plan) or advice (advise)
  130  interrupted`

// help prints a command's purpose and usage.
func help(c *cobra.Command, w io.Writer) error {
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", strings.TrimSpace(about)); err != nil {
		return err
	}
	return usage(c, w)
}

// usage prints a command's use line, examples, commands and flags.
func usage(c *cobra.Command, w io.Writer) error {
	var b strings.Builder
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s:\n%s\n\n", title, strings.TrimRight(text, "\n"))
		}
	}
	line := c.UseLine()
	if c.HasAvailableSubCommands() {
		line = c.CommandPath() + " COMMAND [flags]"
	}
	section("Usage", "  "+line)
	section("Examples", c.Example)
	if c.HasAvailableSubCommands() {
		for _, g := range groupTitles {
			section(g.title, commandList(c, g.id))
		}
	}
	section("Flags", c.LocalFlags().FlagUsagesWrapped(helpWidth))
	section("Flags of every command", c.InheritedFlags().FlagUsagesWrapped(helpWidth))
	if c.HasParent() {
		fmt.Fprintf(&b, "Credentials, other variables and exit statuses: see `%s --help`.\n", c.Root().Name())
	} else {
		fmt.Fprintf(&b, "%s\n\nMore about a command: `%s COMMAND --help`.\n", rootNotes, c.Name())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func commandList(c *cobra.Command, group string) string {
	var b strings.Builder
	for _, sub := range c.Commands() {
		if sub.GroupID == group && sub.IsAvailableCommand() {
			fmt.Fprintf(&b, "  %-11s %s\n", sub.Name(), sub.Short)
		}
	}
	return b.String()
}

// setHelp replaces cobra's help, which neither wraps lines nor reports write errors.
func (a *app) setHelp(root *cobra.Command) {
	for _, g := range groupTitles {
		if g.id != "" {
			root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		}
	}
	root.SetUsageFunc(func(c *cobra.Command) error { return usage(c, a.env.Stdout) })
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if err := help(c, a.env.Stdout); err != nil {
			a.helpError = fmt.Errorf("printing help: %w", err)
		}
	})
	root.SetHelpCommand(&cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Explain a command",
		Long:    "Explains a command, the same as --help after it.",
		Example: "  genesys-timeouts help apply",
		RunE: func(c *cobra.Command, args []string) error {
			about, _, err := c.Root().Find(args)
			if err != nil || about == c.Root() && len(args) > 0 {
				return unknownCommand(c.Root(), args[0])
			}
			return about.Help()
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, sub := range c.Root().Commands() {
				if len(args) == 0 && sub.IsAvailableCommand() {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	})
}
