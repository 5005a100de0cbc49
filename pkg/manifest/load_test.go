package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"github.com/google/go-cmp/cmp"
)

// write makes files below a new folder, which becomes the working directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mustLoad loads what has no problems.
func mustLoad(t *testing.T, paths []string, o Options) dataaction.Desired {
	t.Helper()
	m, problems, err := Load(paths, o)
	if err != nil || len(problems) > 0 {
		t.Fatalf("error %v, problems:\n%s", err, report(problems))
	}
	return m.Desired("")
}

const example = `# yaml-language-server: $schema=https://example.org/manifest.schema.json
version: 1
api: integrations
environment: mypurecloud.ie
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall
    actions:
      - name: Customer lookup
        timeout: 12s
      - id: custom_-_9a2b4c5e-0d57-4f0e-8a55-0c6f2b7d9f10
  - id: 7f3a1c52
actions:
  - name: Get order
    category: CRM
    integration: 1234
    timeout: 1m
`

func TestLoadReadsEverythingInOrder(t *testing.T) {
	write(t, map[string]string{"m.yaml": strings.Replace(example, "1234", `"1234"`, 1)})
	got := mustLoad(t, []string{"m.yaml"}, Options{})
	at := func(line, column int) dataaction.Source {
		return dataaction.Source{File: "m.yaml", Line: line, Column: column}
	}
	support := dataaction.FlowSelector{Name: "Inbound Support", Type: "inboundcall"}
	want := dataaction.Desired{
		API: dataaction.Integrations, Environment: "mypurecloud.ie", EnvironmentSource: at(4, 14),
		Flows: []dataaction.FlowEntry{{Flow: support, Source: at(8, 5)},
			{Flow: dataaction.FlowSelector{ID: "7f3a1c52"}, Source: at(14, 5)}},
		Entries: []dataaction.Entry{
			{Flow: &support, Action: dataaction.Selector{Name: "Customer lookup"}, Timeout: 12 * time.Second,
				Source: at(11, 9)},
			{Flow: &support, Action: dataaction.Selector{ID: "custom_-_9a2b4c5e-0d57-4f0e-8a55-0c6f2b7d9f10"},
				Timeout: 10 * time.Second, Source: at(13, 9)},
			{Action: dataaction.Selector{Name: "Get order", Category: "CRM", IntegrationID: "1234"},
				Timeout: time.Minute, Source: at(16, 5)},
		},
		Files: []string{"m.yaml"}, Digest: got.Digest,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadFindsFiles(t *testing.T) {
	one := func(id string) string { return "version: 1\nactions:\n  - {id: " + id + ", timeout: 3s}\n" }
	files := map[string]string{
		"genesys-timeouts.yaml": one("default"), "folder/genesys-timeouts/q.yaml": one("q"),
		"d/b.yaml": one("b"), "d/a/z.yml": one("z"), "d/a.yaml": one("a"), "d/notes.txt": "not: [yaml",
		"d/a/sub/UPPER.YAML": one("upper"),
		"two.yaml":           one("t1") + "---\n" + one("t2"),
	}
	for name, test := range map[string]struct {
		paths []string
		dir   string
		want  string
		files string
	}{
		"the default file":                    {nil, "", "default", "genesys-timeouts.yaml"},
		"the default folder in another place": {nil, "folder", "q", "folder/genesys-timeouts/q.yaml"},
		"a folder, sorted by path": {[]string{"d"}, "", "a upper z b",
			"d/a.yaml d/a/sub/UPPER.YAML d/a/z.yml d/b.yaml"},
		"several documents": {[]string{"two.yaml"}, "", "t1 t2", "two.yaml"},
		"a file twice counts once": {[]string{"two.yaml", "./two.yaml", "d/../two.yaml"}, "", "t1 t2",
			"two.yaml"},
		"the order given": {[]string{"two.yaml", "-", "d/a", "-", "d"}, "",
			"t1 t2 stdin upper z a b", "two.yaml - d/a/sub/UPPER.YAML d/a/z.yml d/a.yaml d/b.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, files)
			got := mustLoad(t, test.paths, Options{Dir: test.dir, Stdin: strings.NewReader(one("stdin"))})
			var ids []string
			for _, e := range got.Entries {
				ids = append(ids, e.Action.ID)
			}
			if diff := cmp.Diff(test.want+"\n"+test.files,
				strings.Join(ids, " ")+"\n"+strings.Join(got.Files, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadSaysWhichFilesCannotBeRead(t *testing.T) {
	write(t, map[string]string{"good.yaml": "version: 1\n", "bad.yaml": "version: 2\n", "empty/readme.md": "",
		"links/real.txt": "version: 1\n"})
	for link, to := range map[string]string{"links/gone.yaml": "nowhere", "links/loop.yaml": "loop.yaml",
		"links/file.yaml": "real.txt"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	_, problems, err := Load([]string{"bad.yaml", "missing.yaml", "empty", "links", "-", "good.yaml",
		"line\nbreak.yaml"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `bad.yaml:1:10: version 2 is not supported; supported versions: 1
missing.yaml:1:1: cannot be read: no such file or folder
empty:1:1: no manifest in this folder: it has no *.yaml or *.yml
links/gone.yaml:1:1: cannot be read: no such file or folder
links/loop.yaml:1:1: cannot be read: too many levels of symbolic links
-:1:1: standard input is not available
"line\nbreak.yaml":1:1: cannot be read: no such file or folder
`
	if diff := cmp.Diff(want, report(problems)); diff != "" {
		t.Error(diff)
	}
}

// A folder that is itself a link is read like any other, under the name it was given; links to folders inside it are
// not followed.
func TestLoadReadsALinkedFolder(t *testing.T) {
	for name, test := range map[string]struct {
		paths []string
		files string
	}{
		"named":                        {[]string{"link"}, "link/a.yaml link/sub/b.yml"},
		"with a separator":             {[]string{"link/"}, "link/a.yaml link/sub/b.yml"},
		"the default":                  {nil, "genesys-timeouts/a.yaml genesys-timeouts/sub/b.yml"},
		"a link to a link":             {[]string{"again"}, "again/a.yaml again/sub/b.yml"},
		"with what it leads to":        {[]string{"link", "real"}, "link/a.yaml link/sub/b.yml"},
		"what it leads to comes first": {[]string{"real/sub", "link"}, "real/sub/b.yml link/a.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, map[string]string{"real/a.yaml": "version: 1\n", "real/sub/b.yml": "version: 1\n",
				"else/c.yaml": "version: 1\n", "none/x.txt": ""})
			for link, to := range map[string]string{"link": "real", "genesys-timeouts": "real", "again": "link",
				"real/else": "../else", "real/circle": "."} {
				if err := os.Symlink(to, link); err != nil {
					t.Fatal(err)
				}
			}
			got := mustLoad(t, test.paths, Options{})
			var files []string
			for _, f := range got.Files {
				files = append(files, filepath.ToSlash(f))
			}
			if diff := cmp.Diff(test.files, strings.Join(files, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALinkedFolderWithoutManifestsIsNamedAsGiven(t *testing.T) {
	write(t, map[string]string{"none/x.txt": ""})
	if err := os.Symlink("none", "link"); err != nil {
		t.Fatal(err)
	}
	_, problems, err := Load([]string{"link"}, Options{})
	if want := "link:1:1: no manifest in this folder: it has no *.yaml or *.yml\n"; err != nil ||
		report(problems) != want {
		t.Errorf("error %v, problems:\n%s", err, report(problems))
	}
}

func TestLoadWithoutAnyManifestNamesBothDefaults(t *testing.T) {
	write(t, map[string]string{"sub/other.yaml": "version: 1\n"})
	for _, dir := range []string{"", ".", "sub"} {
		_, problems, err := Load(nil, Options{Dir: dir})
		if !errors.Is(err, ErrNoManifest) || len(problems) > 0 ||
			!strings.Contains(err.Error(), "genesys-timeouts.yaml") ||
			!strings.Contains(err.Error(), "genesys-timeouts/ ") {
			t.Errorf("in %q: %v, %v", dir, err, problems)
		}
	}
}

func TestLoadRefusesToChooseBetweenTheDefaults(t *testing.T) {
	write(t, map[string]string{"genesys-timeouts.yaml": "version: 1\n", "genesys-timeouts/x.yaml": "version: 1\n"})
	_, problems, err := Load(nil, Options{})
	if !errors.Is(err, ErrTwoManifests) || len(problems) > 0 ||
		!strings.Contains(err.Error(), "genesys-timeouts.yaml") ||
		!strings.Contains(err.Error(), "genesys-timeouts/;") {
		t.Errorf("%v, %v", err, problems)
	}
}

func TestProblemsOfAllFilesComeTogether(t *testing.T) {
	write(t, map[string]string{
		"b.yaml": "version: 1\nactions:\n  - {name: A, timeout: 5s}\n  - {name: B, timeout: 5}\n",
		"a.yaml": "version: 1\nactions: [\n---\nversion: 1\nactions:\n  - {name: A, timeout: 6s}\n  - {name: A, " +
			"timeout: 5000ms}\n",
	})
	_, problems, err := Load([]string{"b.yaml", "a.yaml"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `b.yaml:4:24: 5 has no unit: write 5ms (5 milliseconds) or 5s (5 seconds)
a.yaml:2:1: not valid YAML: did not find expected node content
a.yaml:6:24: action "A" has timeout 6s here and 5s at b.yaml:3:24; keep one
`
	if diff := cmp.Diff(want, report(problems)); diff != "" {
		t.Error(diff)
	}
}

func TestSurfaceComesFromTheFlagThenTheManifests(t *testing.T) {
	write(t, map[string]string{
		"none.yaml": "version: 1\n", "flows.yaml": "version: 1\napi: flows\n",
		"integrations.yaml": "version: 1\napi: integrations\n",
		"long.yaml":         "version: 1\nactions:\n  - {id: a, timeout: 40s}\n",
	})
	for name, test := range map[string]struct {
		paths    []string
		api      dataaction.API
		want     dataaction.API
		problems int
	}{
		"neither":                     {[]string{"none.yaml"}, "", dataaction.Integrations, 0},
		"one manifest speaks for all": {[]string{"none.yaml", "flows.yaml"}, "", dataaction.Flows, 0},
		"the flag comes first":        {[]string{"integrations.yaml"}, dataaction.Flows, dataaction.Flows, 0},
		"the flag settles a disagreement": {[]string{"integrations.yaml", "flows.yaml"}, dataaction.Flows,
			dataaction.Flows, 0},
		"a disagreement": {[]string{"integrations.yaml", "flows.yaml"}, "",
			dataaction.Integrations, 1},
		"the flag decides on the limits":      {[]string{"long.yaml"}, dataaction.Flows, dataaction.Flows, 2},
		"another file decides on the limits":  {[]string{"long.yaml", "flows.yaml"}, "", dataaction.Flows, 2},
		"the same without it is within range": {[]string{"long.yaml"}, "", dataaction.Integrations, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m, problems, err := Load(test.paths, Options{API: test.api})
			got := m.Desired("")
			if err != nil || got.API != test.want || len(problems) != test.problems {
				t.Errorf("api %q, error %v, problems:\n%s", got.API, err, report(problems))
			}
		})
	}
}

func TestDigestIsOfTheBytesAlone(t *testing.T) {
	a, b := "version: 1\n", "version: 1\nactions: []\n"
	write(t, map[string]string{"a.yaml": a, "b.yaml": b, "sub/renamed.yaml": a, "joined.yaml": a + b,
		"changed.yaml": a + " "})
	of := func(stdin string, paths ...string) string {
		return mustLoadDigest(t, paths, Options{Stdin: strings.NewReader(stdin)})
	}
	base := of("", "a.yaml", "b.yaml")
	if !strings.HasPrefix(base, "sha256:") || len(base) != len("sha256:")+64 {
		t.Fatalf("digest %q", base)
	}
	for name, same := range map[string]string{
		"other spelling": of("", "./a.yaml", "sub/../b.yaml"), "other name": of("", "sub/renamed.yaml",
			"b.yaml"), "standard input": of(b, "a.yaml", "-"),
	} {
		if same != base {
			t.Errorf("%s: %s, want %s", name, same, base)
		}
	}
	for name, other := range map[string]string{
		"other order": of("", "b.yaml", "a.yaml"), "one file of both": of("", "joined.yaml"), "one blank": of("",
			"changed.yaml", "b.yaml"), "one file": of("", "a.yaml"),
	} {
		if other == base {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func mustLoadDigest(t *testing.T, paths []string, o Options) string {
	t.Helper()
	m, _, err := Load(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Desired("").Digest
}

// What YAML allows and people use must be read right, and not only be refused in style.
func TestLoadReadsUnusualYAML(t *testing.T) {
	const plain = "version: 1\nactions:\n  - name: \"é \\u2028 x\"\n    timeout: 3s\n"
	for name, text := range map[string]string{
		"as it is":            plain,
		"byte order mark":     "\uFEFF" + plain,
		"mark after a marker": "\uFEFF---\n" + plain + "---\n\uFEFF" + plain,
		"marked files joined": "\uFEFF---\n" + plain + "\uFEFF---\n" + plain + "...\n\uFEFF" + plain + "\uFEFF",
		"marked, comment, marker": plain + "\uFEFF# the second file\r\n\r\n--- # here\r\n" + plain +
			"---\n# c\n\uFEFF# d\n" + plain + "\uFEFF\n# the end\n",
		"CRLF": strings.ReplaceAll(plain, "\n", "\r\n"),
		"CR":   strings.ReplaceAll(plain, "\n", "\r"),
		"JSON": "{\"version\": 1,\t" +
			"\"actions\": [{\"name\": \"é \\u2028 x\", \"timeout\": \"3s\"}]}",
		"directives":               "%YAML 1.1\n---\n" + plain + "...\n%YAML 1.1\n---\n# nothing\n",
		"no line break at the end": strings.TrimSuffix(plain, "\n"),
		"anchor and alias": "version: 1\nactions:\n  - {name: &n \"é \\u2028 x\", timeout: &t 3s}\n  - " +
			"{name: *n, timeout: *t}\n",
		"tabs before comments":   "version: 1\t# one\nactions:\n  - name: \"é \\u2028 x\"\t# x\n    timeout: 3s\n",
		"complex key":            "? version\n: 1\nactions:\n  - ? name\n    : \"é \\u2028 x\"\n    timeout: 3s\n",
		"empty documents around": "---\n---\n# a\n---\n" + plain + "---\n",
		"empty lists":            "version: 1\nflows:\ndefaults:\n---\n" + plain,
		"merge": "version: 1\nactions:\n  - &a {name: \"é \\u2028 x\", timeout: 3s}\n  - <<: " +
			"*a\n  - <<: [*a, {timeout: 9s}]\n  - *a\n",
	} {
		t.Run(name, func(t *testing.T) {
			write(t, map[string]string{"m.yaml": text})
			got := mustLoad(t, []string{"m.yaml"}, Options{})
			if len(got.Entries) == 0 {
				t.Fatal("no entries")
			}
			for _, e := range got.Entries {
				if e.Action.Name != "é \u2028 x" || e.Timeout != 3*time.Second {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// A byte order mark before a later document, as joined files have it, is not a column; within a document it is an
// error.
func TestByteOrderMarksOfJoinedFiles(t *testing.T) {
	const good, bad = "version: 1\nactions:\n  - {id: a, timeout: 3s}\n", "version: 1\nactions:\n  - {id: b, " +
		"timeout: 3}\n"
	within := ": a byte order mark (U+FEFF) inside a document, as in concatenated files; separate them with a line " +
		"`---`\n"
	for name, test := range map[string]struct{ text, want string }{
		"the key after a mark": {good + "---\n\uFEFFversjon: 1\n",
			"5:1: unknown key \"versjon\" in a manifest, did you mean \"version\"?\n"},
		"a line after a mark": {good + "\uFEFF---\n" + bad,
			"7:22: 3 has no unit: write 3ms (3 milliseconds) or 3s (3 seconds)\n"},
		"the marker's line": {good + "\uFEFF--- {version: 2}\n",
			"4:15: version 2 is not supported; supported versions: 1\n"},
		"files joined without marker":  {good + "\uFEFF" + good, "4:1" + within},
		"with a comment between":       {good + "\n\uFEFF# the second\n\n" + good, "5:1" + within},
		"behind a marker with content": {"--- {version: 1}\r\n\uFEFFversion: 1\r\n", "2:1" + within},
		"a character of a name":        {"version: 1\nactions:\n  - {name: \uFEFFa, timeout: 3s}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(test.text)})
			got := strings.ReplaceAll("\n"+report(problems), "\n-:", "\n")[1:]
			if err != nil || !strings.HasPrefix(got, test.want) || (test.want == "") != (got == "") {
				t.Errorf("error %v, problems:\n%s\nwant:\n%s", err, got, test.want)
			}
		})
	}
}

func TestAliasedEntriesStandWhereTheyAreUsed(t *testing.T) {
	write(t, map[string]string{"m.yaml": "version: 1\nactions:\n  - &a {name: A, timeout: 3s}\n  - *a\n"})
	got := mustLoad(t, []string{"m.yaml"}, Options{})
	if len(got.Entries) != 2 || got.Entries[0].Source.Line != 3 || got.Entries[1].Source.Line != 4 ||
		got.Entries[1].Source.Column != 5 {
		t.Errorf("%+v", got.Entries)
	}
}

// Many entries are read side by side; what is wrong with them comes in the order of the file all the same.
func TestProblemsOfManyEntriesComeInOrder(t *testing.T) {
	t.Parallel()
	const n = 5000
	var text strings.Builder
	text.WriteString("version: 1\nactions:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - { name: Action %d, timout: %ds }\n", i, 1+i%60)
	}
	_, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text.String())})
	if err != nil || len(problems) != n {
		t.Fatalf("%d problems, want %d; error %v", len(problems), n, err)
	}
	for i, p := range problems {
		if p.Line != i+3 || !strings.Contains(p.Message, "timout") {
			t.Fatalf("problem %d is %s", i, p)
		}
	}
}

func TestRegionsAreTakenWithUnderscoresToo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"eu_west_1", "us-east-1", "EU_CENTRAL_1", "mypurecloud.ie"} {
		text := "version: 1\norganizations: { a: { environment: " + name + " } }\nactions: []\n"
		if _, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text)}); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", name, problems, err)
		}
	}
}

func TestAnInvalidDateIsOneProblem(t *testing.T) {
	t.Parallel()
	for _, until := range []string{"31.12.2026", "2026-02-30", "tomorrow"} {
		text := "version: 1\nactions: [ { name: A, timeout: 3s, until: " + until + " } ]\n"
		if _, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(text)}); err != nil ||
			len(problems) != 1 {
			t.Errorf("%s: %v %v", until, problems, err)
		}
	}
}
