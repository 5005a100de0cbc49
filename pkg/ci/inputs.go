package ci

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/session"
)

// inputs are the Action's inputs. GitHub passes every input as text and enforces nothing, so they are checked here.
type inputs struct {
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

// defaultDriftLabel finds the drift issue when no label is given.
const defaultDriftLabel = "genesys-timeouts-drift"

// maxLabel bounds the label, in bytes: it is part of a heading.
const maxLabel = 100

// readInputs reads the inputs from the variables that action.yml sets: INPUT_ and the input's name in capitals, "-"
// as "_".
func readInputs(getenv func(string) string) (inputs, error) {
	r := inputReader{getenv: getenv}
	in := inputs{
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
		r.refuse("label", fmt.Sprintf("must be one line of at most %d bytes", maxLabel))
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
		r.err = session.UsageError{Err: fmt.Errorf("input %s: %s", name, why), Hint: "fix it under `with:` in the workflow"}
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
	r.refuse(name, fmt.Sprintf("%q is not one of %s", value, strings.Join(words, ", ")))
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

// insideWorkspace returns the workspace as an absolute path without links, and the working directory relative to it. A
// directory outside the workspace is refused, whether by "..", an absolute path or a link.
func insideWorkspace(workspace, folder string) (root, relative string, err error) {
	if root, err = filepath.Abs(workspace); err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return "", "", session.FileError{Err: fmt.Errorf("finding the workspace %q: %w", workspace, err)}
	}
	wanted := folder
	if !filepath.IsAbs(folder) {
		wanted = filepath.Join(root, folder)
	}
	if real, err := filepath.EvalSymlinks(wanted); err == nil {
		wanted = real
	} else if within(root, wanted) {
		return "", "", session.UsageError{Err: fmt.Errorf("input working-directory: no folder %q in the workspace", folder)}
	}
	if !within(root, wanted) {
		return "", "", session.UsageError{Err: fmt.Errorf("input working-directory: %q is outside the workspace", folder)}
	}
	relative, err = filepath.Rel(root, wanted)
	return root, relative, err
}

// within reports whether a path is lexically inside a folder.
func within(root, name string) bool {
	relative, err := filepath.Rel(root, name)
	return err == nil && filepath.IsLocal(relative)
}
