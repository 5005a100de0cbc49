package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	scripts := map[string]func(root *cobra.Command) error{
		"bash":       func(root *cobra.Command) error { return root.GenBashCompletionV2(a.Stdout, true) },
		"fish":       func(root *cobra.Command) error { return root.GenFishCompletion(a.Stdout, true) },
		"powershell": func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(a.Stdout) },
		"zsh":        func(root *cobra.Command) error { return root.GenZshCompletion(a.Stdout) },
	}
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
				return usageError{errors.New("completion takes one shell: bash, fish, powershell or zsh"), seeHelp(c)}
			case scripts[args[0]] == nil:
				return usageError{fmt.Errorf("there is no completion for %q: it takes bash, fish, powershell or zsh", args[0]), seeHelp(c)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return scripts[args[0]](c.Root()) },
	}
}
