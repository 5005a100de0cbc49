package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/session"
)

// inputs are the Action's inputs. GitHub passes every input as text and enforces nothing, so they are checked here.
type inputs struct {
	command          string
	manifests        []string
	orgs             []string // organisations of the manifest, or "all"
	plans            []string // saved plans for comment: paths and globs
	evidence         int      // days; 0 for none
	workingDirectory string
	strict           bool
	denyLower        bool
	maxChanges       *plan.ChangeLimit
	callers          plan.Callers
	allowHosts       []string
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

// defaultDriftLabel is the drift issue's label when none is given.
const defaultDriftLabel = "genesys-timeouts-drift"

// maxLabel bounds the label, in bytes: it is part of a heading.
const maxLabel = 100

// readInputs reads the inputs from the variables that action.yml sets: INPUT_ and the input's name in capitals, "-"
// as "_".
func readInputs(getenv func(string) string) (inputs, error) {
	r := inputReader{getenv: getenv}
	in := inputs{
		command:          r.word("command", "plan", "validate", "plan", "apply", "drift", "comment", "install"),
		workingDirectory: r.text("working-directory", "."),
		strict:           r.flag("strict", false),
		denyLower:        r.flag("deny-lower", false),
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
		manifests:        r.lines("manifest"),
		orgs:             r.lines("org"),
		plans:            r.lines("plans"),
	}
	for _, line := range r.lines("allow-hosts") {
		host := strings.ToLower(line)
		if strings.ContainsAny(host, "*/:@ \t") && net.ParseIP(host) == nil {
			r.refuse("allow-hosts", fmt.Sprintf("%q is not a host name: no wildcard, scheme, port or path", host))
		}
		in.allowHosts = append(in.allowHosts, host)
	}
	if days := r.text("evidence", ""); days != "" {
		var err error
		if in.evidence, err = advice.ParseDays(days); err != nil {
			r.refuse("evidence", err.Error())
		}
	}
	if in.command == "comment" && len(in.plans) == 0 {
		r.refuse("plans", "command comment needs saved plans, a path or glob a line")
	}
	if limit := r.text("max-changes", ""); limit != "" {
		most, err := plan.ParseChangeLimit(limit)
		if err != nil {
			r.refuse("max-changes", err.Error())
		}
		in.maxChanges = most
	}
	callers, err := plan.ParseCallers(r.text("callers", ""))
	if err != nil {
		r.refuse("callers", err.Error())
	}
	in.callers = callers
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

// hostRefused is a host that must not receive credentials.
type hostRefused struct{ host string }

func (e hostRefused) Error() string {
	return fmt.Sprintf("no credentials are sent to host %q: it is neither in Genesys Cloud's domains nor loopback, "+
		"and input allow-hosts does not list it", e.host)
}

// allowed refuses credentials to any host but the vendor's, loopback and those of input allow-hosts.
func (in inputs) allowed(host string) error {
	if genesys.IsLoopback(host) || slices.Contains(in.allowHosts, host) {
		return nil
	}
	for domain, found := host, true; found; _, domain, found = strings.Cut(domain, ".") {
		if genesys.IsVendorDomain(domain) {
			return nil
		}
	}
	return session.UsageError{Err: hostRefused{host}, Hint: "if the host is right, add it to allow-hosts; " +
		"an environment x needs api.x and login.x"}
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

// lines are the lines of an input that are not blank.
func (r *inputReader) lines(name string) (out []string) {
	for line := range strings.Lines(r.text(name, "")) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
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

// errLeadsOut is a working directory that is, or is behind, a link out of the workspace.
var errLeadsOut = errors.New("is outside the workspace")

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
	isLink := within(root, wanted)
	if real, err := filepath.EvalSymlinks(wanted); err == nil {
		wanted = real
	} else if within(root, wanted) {
		return "", "", session.UsageError{Err: fmt.Errorf("input working-directory: no folder %q in the workspace", folder)}
	}
	switch {
	case within(root, wanted):
	case isLink:
		return "", "", session.UsageError{Err: fmt.Errorf("input working-directory: %q %w", folder, errLeadsOut)}
	default:
		return "", "", session.UsageError{Err: fmt.Errorf("input working-directory: %q is outside the workspace", folder)}
	}
	relative, err = filepath.Rel(root, wanted)
	return root, relative, err
}

// outside lists the manifests that are not inside the workspace by their real paths: named files and folders, the
// default ones, and files below the folders. It opens none of them.
func (r *run) outside() []manifest.Problem {
	named := r.in.manifests
	if len(named) == 0 {
		named = []string{manifest.DefaultFile, manifest.DefaultFolder}
	}
	var out []manifest.Problem
	check := func(name string) {
		if !r.inWorkspace(name) {
			out = append(out, manifest.Problem{File: name, Message: "is outside the workspace: it is not read"})
		}
	}
	for _, name := range named {
		if name == "-" {
			continue
		}
		before := len(out)
		check(name)
		if len(out) > before {
			continue
		}
		// The separator makes WalkDir enter a folder that is a link. Errors are for the loader to report.
		_ = filepath.WalkDir(name+string(filepath.Separator), func(below string, entry fs.DirEntry, err error) error {
			ext := strings.ToLower(filepath.Ext(below))
			if err == nil && entry.Type()&fs.ModeSymlink != 0 && (ext == ".yaml" || ext == ".yml") {
				check(below)
			}
			return nil
		})
	}
	return out
}

// inWorkspace reports whether the real path of a name, as seen from the working directory, is inside the workspace. The
// name is resolved as it is: cleaned first, "link/.." would be another folder than the one that is opened.
func (r *run) inWorkspace(name string) bool {
	real, err := filepath.EvalSymlinks(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		real = filepath.Clean(name) // nothing to read
	case err != nil:
		return false
	}
	if !filepath.IsAbs(real) {
		real = filepath.Join(r.workspace, r.folder, real)
	}
	return within(r.workspace, real)
}

// within reports whether a path is lexically inside a folder.
func within(root, name string) bool {
	relative, err := filepath.Rel(root, name)
	return err == nil && filepath.IsLocal(relative)
}
