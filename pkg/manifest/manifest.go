// Package manifest turns bytes into what they ask for: it reads manifests, checks them, and gives every mistake of every file in
// one run, each with its file, line and column. It also writes manifests, for export. The YAML library and the JSON Schema
// library live only here. It knows nothing of what is live, and never touches the network.
//
// A file goes through: size and character guard (text.go), YAML nodes (syntax.go), structural guard against hostile YAML
// (guard.go), the JSON Schema (check.go, with words of our own in message.go), and the checks that a schema cannot make
// (document.go, resolve.go).
package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// Version is the version of the manifest format that this package understands.
const Version = 1

// The names that are looked for where no path is given.
const (
	DefaultFile   = "genesys-timeouts.yaml"
	DefaultFolder = "genesys-timeouts"
)

// ErrNoManifest is wrapped by the error of Load where no path was given and neither default is there.
var ErrNoManifest = errors.New("no manifest")

// Problem is one mistake in a manifest. Lines and columns count from 1, columns in characters; a problem of a whole file
// (missing, unreadable, too large) stands at 1:1.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// String is the problem as compilers print theirs: file:line:column: message, on one line whatever the file is called.
func (p Problem) String() string { return place(p.File, p.Line, p.Column) + ": " + p.Message }

// Options change what Load reads, and how.
type Options struct {
	// API overrides the manifests' own surface; empty: theirs, or integrations where they give none.
	API dataaction.API
	// Domain gives the domain of an environment, or says why there is none; nil: environments are compared as they are written.
	Domain func(environment string) (string, error)
	// Stdin is what the path "-" reads.
	Stdin io.Reader
	// Dir is the folder in which the default manifest is looked for; empty: the working directory. Paths that are given
	// are opened as they are.
	Dir string
}

// Load reads and checks manifests: files, folders (every *.yaml and *.yml below, sorted by path) and "-" for standard input; with
// no path genesys-timeouts.yaml, or the folder genesys-timeouts. A file that is named twice counts once. All problems of all
// files come back together, sorted by file (in the order given), line and column; with problems, what is desired is
// incomplete and only good for showing. The error is for the case that there is nothing to read (ErrNoManifest).
func Load(paths []string, o Options) (dataaction.Desired, []Problem, error) {
	l := loader{domainOf: o.Domain}
	if err := l.find(paths, o); err != nil {
		return dataaction.Desired{}, nil, err
	}
	if err := l.readAll(o.Stdin); err != nil {
		return dataaction.Desired{}, nil, err
	}
	desired := l.resolve(o.API)
	return desired, l.sorted(), nil
}

// loader is the state of one Load.
type loader struct {
	domainOf  func(environment string) (string, error)
	sources   []source
	digest    digest
	documents []*document
	problems  []found
	schemas   *schemas
	// shapes are the shapes of parts that the schema has found good, see check.go; shape is room to make one in.
	shapes map[string]bool
	shape  []byte
}

// found is a problem with the position of its file in the order given.
type found struct {
	order int
	Problem
}

func (l *loader) problem(order int, p Problem) { l.problems = append(l.problems, found{order, p}) }

// sorted gives the problems in their order, each once: what an anchor holds is met again at each alias.
func (l *loader) sorted() []Problem {
	sort.SliceStable(l.problems, func(i, j int) bool {
		a, b := l.problems[i], l.problems[j]
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message)) < 0
	})
	var out []Problem
	for _, f := range slices.Compact(l.problems) {
		out = append(out, f.Problem)
	}
	return out
}

// place is a place as text. File names are hostile: one with a line break must not forge a line of its own.
func place(file string, line, column int) string {
	return fmt.Sprintf("%s:%d:%d", plainName(file), line, column)
}

// plainName is a file's name as it is, or escaped where it holds what a terminal should not see.
func plainName(name string) string {
	for _, r := range name {
		if !strconv.IsPrint(r) {
			return strconv.Quote(name)
		}
	}
	return name
}
