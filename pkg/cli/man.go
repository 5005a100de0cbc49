package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"genesys-timeouts/pkg/session"
)

// manCommand writes the manual pages, for packagers. It is hidden: users have --help, with the same text.
//
// Cobra's own generator would add two modules and a Markdown parser to save a page of code.
func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIRECTORY",
		Short:   "Write the manual pages",
		Long:    "Writes a manual page for each command into a directory.",
		Example: "  genesys-timeouts man /usr/local/share/man/man1",
		Hidden:  true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return session.UsageError{Err: fmt.Errorf("man takes one directory"), Hint: seeHelp(c)}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return writeManual(root, args[0]) },
	}
}

func writeManual(root *cobra.Command, folder string) error {
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		if c.Hidden {
			continue
		}
		name := filepath.Join(folder, manName(c)+".1")
		if err := os.WriteFile(name, manPage(c), 0o644); err != nil { //nolint:gosec // everyone reads manuals
			return session.FileError{Err: fmt.Errorf("writing the manual: %w", err)}
		}
	}
	return nil
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage is a command's manual page in man(7) macros.
func manPage(c *cobra.Command) []byte {
	var b strings.Builder
	title, source := strings.ToUpper(roff(manName(c))), roff("genesys-timeouts "+buildVersion())
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"%s\" \"\"\n", title, source)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(c)), roff(c.Short))
	use := c.UseLine()
	if c.HasAvailableSubCommands() {
		use = c.Name() + " COMMAND [flags]"
	}
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(use))
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(about))
	if c.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s.\n", roff(sub.Name()), roff(sub.Short))
			}
		}
	}
	b.WriteString(".SH OPTIONS\n")
	c.Flags().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(c.Example))
	if !c.HasParent() {
		fmt.Fprintf(&b, ".SH NOTES\n.nf\n%s\n.fi\n", roff(rootNotes))
		return []byte(b.String())
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(manName(c.Root())))
	return []byte(b.String())
}

func manFlag(f *pflag.Flag) string {
	if f.Hidden {
		return ""
	}
	word, about := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if word != "" {
		name += " " + word
	}
	if preset := f.DefValue; preset != "" && strings.Trim(preset, "0s[]") != "" && preset != "false" {
		about += " (default " + preset + ")"
	}
	return fmt.Sprintf(".TP\n.B %s\n%s.\n", roff(name), roff(about))
}

// roff escapes what man(7) takes for requests, escapes or typography.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
