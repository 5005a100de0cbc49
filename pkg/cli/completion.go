package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/session"
)

func (a *app) completionCommand() *cobra.Command {
	scripts := map[string]func(root *cobra.Command) error{
		"bash":       func(root *cobra.Command) error { return root.GenBashCompletionV2(a.env.Stdout, true) },
		"fish":       func(root *cobra.Command) error { return root.GenFishCompletion(a.env.Stdout, true) },
		"powershell": func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(a.env.Stdout) },
		"zsh":        func(root *cobra.Command) error { return root.GenZshCompletion(a.env.Stdout) },
	}
	const choice = "bash, fish, powershell or zsh"
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a shell's completion script",
		Long:  "Prints the script that lets a shell complete commands, flags, their values and\nfile names.",
		Example: "  source <(genesys-timeouts completion bash)         # needs bash-completion\n" +
			"  genesys-timeouts completion zsh > \"${fpath[1]}/_genesys-timeouts\"\n" +
			"  genesys-timeouts completion fish | source",
		ValidArgs: shells,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return session.UsageError{Err: errors.New("completion takes one shell: " + choice), Hint: seeHelp(c)}
			case scripts[args[0]] == nil:
				return session.UsageError{Err: fmt.Errorf("no completion for %q; use %s", args[0], choice), Hint: seeHelp(c)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return scripts[args[0]](c.Root()) },
	}
}
