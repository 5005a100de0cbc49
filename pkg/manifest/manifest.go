// Package manifest reads manifests and reports every mistake in every file in one run, each with file, line and column.
// What a manifest says is resolved for each organization that it declares: nothing outside this package knows of maps
// by organization. It also writes manifests, adds to them and edits timeouts in place. yaml.v3 and jsonschema live only
// here. It knows nothing of what is live, and never touches the network.
//
// A file goes through: size and character guard (text.go), YAML nodes (syntax.go), structural guard against hostile
// YAML (guard.go), the JSON Schema (check.go, worded in message.go), and the checks that a schema cannot make
// (document.go, entry.go, names.go, resolve.go).
package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// Version is the version of the manifest format that this package understands.
const Version = 1

// The names that Load looks for without a path.
const (
	DefaultFile   = "genesys-timeouts.yaml"
	DefaultFolder = "genesys-timeouts"
)

// Load wraps these where no path was given: neither default exists, or both do.
var (
	ErrNoManifest   = errors.New("no manifest")
	ErrTwoManifests = errors.New("two manifests")
)

// Problem is one mistake in a manifest. Lines and columns count from 1, columns in characters; a problem with a whole
// file (missing, unreadable, too large) is at 1:1.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// String formats the problem as compilers do: file:line:column: message, on one line whatever the file's name.
func (p Problem) String() string { return place(p.File, p.Line, p.Column) + ": " + p.Message }

// Options change what Load reads, and how.
type Options struct {
	// API overrides the manifests' surface; empty: theirs, or integrations where they set none.
	API dataaction.API
	// Domain resolves an environment to its domain, or says why it cannot; nil: environments are compared as written.
	Domain func(environment string) (string, error)
	// Stdin is what the path "-" reads.
	Stdin io.Reader
	// Dir is where to look for the default manifest; empty: the working directory. Paths are opened as given.
	Dir string
}

// Manifest is what the manifests of one Load say.
type Manifest struct {
	// Organizations are the declared ones, in order; empty for a manifest for one organization without a name.
	Organizations []Organization
	// Entries counts the entries as written, not per organization.
	Entries int

	common    dataaction.Desired
	desired   []dataaction.Desired
	documents int
}

// Desired is what an organization should have: exactly what its own manifest would say. A manifest without
// organizations has it under "". For any other name Desired has no entries.
func (m Manifest) Desired(org string) dataaction.Desired {
	for _, d := range m.desired {
		if d.Org == org {
			return d
		}
	}
	return m.common
}

// Load reads and checks manifests: files, folders (every *.yaml and *.yml below, sorted by path) and "-" for standard
// input; without a path, the file genesys-timeouts.yaml or the folder genesys-timeouts. A file that is named twice
// counts once. All problems of all files and organizations come back together, each once, sorted by file (in the order
// given), line and column. With problems the Manifest is incomplete and only good for showing. The error means that
// there is nothing to read (ErrNoManifest), or no telling what (ErrTwoManifests).
func Load(paths []string, o Options) (Manifest, []Problem, error) {
	l := loader{domainOf: o.Domain, forgets: true}
	if err := l.find(paths, o); err != nil {
		return Manifest{}, nil, err
	}
	if err := l.readAll(o.Stdin); err != nil {
		return Manifest{}, nil, err
	}
	m := l.resolve(o.API)
	return m, l.sorted(), nil
}

// loader is the state of one Load.
type loader struct {
	domainOf  func(environment string) (string, error)
	sources   []source
	digest    digest
	documents []*document
	problems  []found
	schemas   *schemas
	// organizations are the declared names; misnamed are those that cannot be names.
	organizations, misnamed []string
	// shapes are the shapes of parts that the schema accepts, see check.go; shape and room are reused.
	shapes map[string]bool
	shape  []byte
	room   []field
	// forgets lets go of the nodes of flows and entries once they are read: those of 100,000 entries take 200 MB.
	// Editing needs them.
	forgets bool
}

// found is a problem with the position of its file in the order given.
type found struct {
	order int
	Problem
}

func (l *loader) problem(order int, p Problem) { l.problems = append(l.problems, found{order, p}) }

// sorted returns the problems in order, each once: aliases and organizations meet the same one again.
func (l *loader) sorted() []Problem {
	slices.SortStableFunc(l.problems, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Message, b.Message))
	})
	var out []Problem
	for _, f := range slices.Compact(l.problems) {
		out = append(out, f.Problem)
	}
	return out
}

// place formats a place. File names are hostile: a line break in one must not forge a line.
func place(file string, line, column int) string {
	return fmt.Sprintf("%s:%d:%d", plainName(file), line, column)
}

// plainName is a file's name, quoted where it has characters that a terminal should not see.
func plainName(name string) string {
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return strconv.Quote(name)
		}
	}
	return name
}
