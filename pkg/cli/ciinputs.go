package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"genesys-timeouts/pkg/github"
)

// ciInputs are the Action's inputs. GitHub hands every input over as text and enforces nothing, so they are checked here.
type ciInputs struct {
	command          string
	manifests        []string
	workingDirectory string
	label            string
	comment          string
	pull             int
	requireApproved  bool
	failOnChanges    bool
	failOnDrift      bool
	driftIssue       bool
	driftLabels      []string
	annotations      bool
	summary          bool
	strictComment    bool
	token            string
}

// defaultDriftLabel is what a drift issue is found by where no label is given.
const defaultDriftLabel = "genesys-timeouts-drift"

// maxLabel bounds the environment's name, which stands in a heading.
const maxLabel = 100

// readCIInputs reads the inputs from the variables that action.yml sets: INPUT_ and the input's name in capitals, "-" as "_".
func readCIInputs(getenv func(string) string) (ciInputs, error) {
	r := inputReader{getenv: getenv}
	in := ciInputs{
		command:          r.word("command", "plan", "validate", "plan", "apply", "drift", "install"),
		workingDirectory: r.text("working-directory", "."),
		label:            r.text("label", ""),
		comment:          r.word("comment", "always", "always", "changes", "never"),
		requireApproved:  r.flag("require-approved-plan", true),
		failOnChanges:    r.flag("fail-on-changes", false),
		failOnDrift:      r.flag("fail-on-drift", true),
		driftIssue:       r.flag("drift-issue", true),
		driftLabels:      github.ParseLabels(r.text("drift-issue-labels", defaultDriftLabel)),
		annotations:      r.flag("annotations", true),
		summary:          r.flag("summary", true),
		strictComment:    r.flag("strict-comment", false),
		token:            r.text("github-token", ""),
	}
	for line := range strings.Lines(getenv("INPUT_MANIFEST")) {
		if line = strings.TrimSpace(line); line != "" {
			in.manifests = append(in.manifests, line)
		}
	}
	if number := r.text("pr-number", ""); number != "" {
		pull, err := github.ParsePullNumber(number)
		if err != nil {
			r.refuse("pr-number", err.Error())
		}
		in.pull = pull
	}
	if len(in.label) > maxLabel || strings.ContainsAny(in.label, "\r\n") {
		r.refuse("label", fmt.Sprintf("it must be one line of at most %d bytes", maxLabel))
	}
	if len(in.driftLabels) == 0 {
		in.driftLabels = []string{defaultDriftLabel}
	}
	return in, r.err
}

// inputReader reads inputs and keeps the first mistake.
type inputReader struct {
	getenv func(string) string
	err    error
}

func (r *inputReader) refuse(name, why string) {
	if r.err == nil {
		r.err = usageError{fmt.Errorf("input %s: %s", name, why), "correct it under `with:` in the workflow"}
	}
}

func (r *inputReader) text(name, otherwise string) string {
	value := strings.TrimSpace(r.getenv("INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))))
	if value == "" {
		return otherwise
	}
	return value
}

func (r *inputReader) word(name, otherwise string, words ...string) string {
	value := r.text(name, otherwise)
	if slices.Contains(words, value) {
		return value
	}
	r.refuse(name, fmt.Sprintf("%q is none of %s", value, strings.Join(words, ", ")))
	return otherwise
}

func (r *inputReader) flag(name string, otherwise bool) bool {
	switch value := r.text(name, fmt.Sprint(otherwise)); value {
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	default:
		r.refuse(name, fmt.Sprintf("%q is neither true nor false", value))
		return otherwise
	}
}

// insideWorkspace gives the workspace as an absolute path without links, and the folder to work in relative to it. One that
// leads out of the workspace, by "..", by its root or by a link, is refused.
func insideWorkspace(workspace, folder string) (root, relative string, err error) {
	if root, err = filepath.Abs(workspace); err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return "", "", fileError{fmt.Errorf("finding the workspace %q: %w", workspace, err)}
	}
	wanted := folder
	if !filepath.IsAbs(folder) {
		wanted = filepath.Join(root, folder)
	}
	if real, err := filepath.EvalSymlinks(wanted); err == nil {
		wanted = real
	} else if within(root, wanted) {
		return "", "", usageError{fmt.Errorf("input working-directory: there is no folder %q in the workspace", folder), ""}
	}
	if !within(root, wanted) {
		return "", "", usageError{fmt.Errorf("input working-directory: %q leads out of the workspace", folder), ""}
	}
	relative, err = filepath.Rel(root, wanted)
	return root, relative, err
}

// within reports whether a path leads into a folder, as far as the two are written.
func within(root, name string) bool {
	relative, err := filepath.Rel(root, name)
	return err == nil && filepath.IsLocal(relative)
}
