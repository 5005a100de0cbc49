package cli_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update", false, "write the outputs, tables and pictures of the documentation anew")

// page is a Markdown file of the documentation.
type page struct {
	name  string // with slashes, from the top
	file  string
	lines []string
	parts []part
}

// part is something of a page that is acted on: a code fence, or a comment that readers do not see, such as <!--
// sandbox: set "Customer lookup" 7 -->. A fence's first line is its language and then what the test wants to know:
//
//	```yaml file=timeouts.yaml   a file that the commands below need
//	```console exit=2            commands after "$ ", and what they print; the status is the last one's, the others' is 0
//	```sh                        commands alone
type part struct {
	lang   string // "sandbox" for a comment
	attrs  map[string]string
	from   int // the position of its first line in the page
	lines  []string
	indent string
}

var (
	fenceLine   = regexp.MustCompile("^( *)```(\\S*) ?(.*)$")
	sandboxLine = regexp.MustCompile(`^ *<!-- sandbox: (.*) -->$`)
)

// root is the repository's top.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pages are the README and everything below .github that is Markdown.
func pages(t *testing.T) []*page {
	t.Helper()
	top := root(t)
	names := []string{"README.md"}
	for _, pattern := range []string{".github/*.md", ".github/docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			names = append(names, filepath.ToSlash(file[len(top)+1:]))
		}
	}
	all := make([]*page, len(names))
	for i, name := range names {
		all[i] = readPage(t, top, name)
	}
	return all
}

func readPage(t *testing.T, top, name string) *page {
	t.Helper()
	p := &page{name: name, file: filepath.Join(top, filepath.FromSlash(name))}
	content, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	p.lines = strings.Split(string(content), "\n")
	for i := 0; i < len(p.lines); i++ {
		if m := sandboxLine.FindStringSubmatch(p.lines[i]); m != nil {
			p.parts = append(p.parts, part{lang: "sandbox", from: i, lines: m[1:]})
			continue
		}
		m := fenceLine.FindStringSubmatch(p.lines[i])
		if m == nil {
			continue
		}
		f := part{lang: m[2], attrs: map[string]string{}, from: i + 1, indent: m[1]}
		for attr := range strings.FieldsSeq(m[3]) {
			key, value, _ := strings.Cut(attr, "=")
			f.attrs[key] = value
		}
		for i++; i < len(p.lines) && strings.TrimSpace(p.lines[i]) != "```"; i++ {
			f.lines = append(f.lines, strings.TrimPrefix(p.lines[i], f.indent))
		}
		if i == len(p.lines) {
			t.Fatalf("%s:%d: the fence is not closed", name, f.from)
		}
		p.parts = append(p.parts, f)
	}
	return p
}

// text is the page without what stands in fences.
func (p *page) text() string {
	lines := slices.Clone(p.lines)
	for _, f := range p.parts {
		for i := range f.lines {
			lines[f.from+i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// replace puts other lines in the place of a fence's. Parts have to be replaced from the last to the first.
func (p *page) replace(f part, lines []string) {
	for i, l := range lines {
		lines[i] = strings.TrimRight(f.indent+l, " ")
	}
	p.lines = slices.Replace(p.lines, f.from, f.from+len(f.lines), lines...)
}

func (p *page) save(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(p.file, []byte(strings.Join(p.lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
