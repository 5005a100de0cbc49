package github_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

func outputFile(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "output")
}

func readOutputs(tb testing.TB, path string) map[string]string {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := githubtest.ReadOutputs(string(b))
	if err != nil {
		tb.Fatalf("the runner would refuse %q: %v", b, err)
	}
	return got
}

func TestOutputsAreReadBackAsWritten(t *testing.T) {
	path := outputFile(t)
	want := map[string]string{
		"plain": "1", "empty": "", "lines": "a\nb\n", "windows": "a\r\nb\r", "heredoc": "x<<EOF\nEOF\n",
		"hostile":   "1\nexit-code=0\nexit-code<<X\n0\nX",
		"delimiter": "ghadelimiter_", "unicode": "\u202eü\x00", "huge": strings.Repeat("x", 1<<20),
	}
	var list []github.Output
	for n, v := range want {
		list = append(list, github.Output{Name: n, Value: v})
	}
	if err := github.WriteOutputs(path, rand.Reader, list); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, readOutputs(t, path)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := github.WriteOutputs(path, rand.Reader, []github.Output{{Name: "later", Value: "2"}}); err != nil {
		t.Fatal(err)
	}
	want["later"] = "2"
	if d := cmp.Diff(want, readOutputs(t, path)); d != "" {
		t.Errorf("after a second write (-want +got):\n%s", d)
	}
}

func TestEveryOutputHasItsOwnDelimiterAndTheMultiLineForm(t *testing.T) {
	path := outputFile(t)
	list := []github.Output{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}
	for range 2 {
		if err := github.WriteOutputs(path, rand.Reader, list); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if _, d, ok := strings.Cut(strings.TrimSpace(line), "<<"); ok {
			if seen[d] || len(d) != len("ghadelimiter_")+32 {
				t.Errorf("delimiter %q", d)
			}
			seen[d] = true
		}
		if strings.Contains(line, "=") {
			t.Errorf("a one-line form: %q", line)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d delimiters, want 4", len(seen))
	}
}

func TestOutputsThatAreRefusedWriteNothing(t *testing.T) {
	zeros := bytes.NewReader(make([]byte, 64))
	for name, list := range map[string][]github.Output{
		"the delimiter inside": {
			{Name: "ok", Value: "1"}, {Name: "a", Value: "x ghadelimiter_" + strings.Repeat("0", 32) + " y"},
		},
		"a name with =":       {{Name: "a=b", Value: ""}},
		"a name with <<":      {{Name: "a<<b", Value: ""}},
		"a name of two lines": {{Name: "a\nb", Value: ""}},
		"no name":             {{Name: "", Value: ""}},
		"a name twice":        {{Name: "a", Value: "1"}, {Name: "a", Value: "2"}},
	} {
		path := outputFile(t)
		zeros.Reset(make([]byte, 64))
		if err := github.WriteOutputs(path, zeros, list); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written", name)
		}
	}
	if err := github.WriteOutputs(outputFile(t), bytes.NewReader(nil), []github.Output{{Name: "a"}}); err == nil {
		t.Error("written without randomness")
	}
	if err := github.WriteOutputs("", rand.Reader, nil); err == nil ||
		!strings.Contains(err.Error(), "GITHUB_OUTPUT") {
		t.Errorf("error %v", err)
	}
}

func FuzzOutputs(f *testing.F) {
	f.Add("1\nchanges=true", "x<<y\nz")
	f.Add("ghadelimiter_\r\n", "\x00\xff\u2028")
	f.Add("", "=")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b string) {
		path := filepath.Join(dir, "output")
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := github.WriteOutputs(path, rand.Reader,
			[]github.Output{{Name: "first", Value: a}, {Name: "second", Value: b}}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"first":  strings.ToValidUTF8(a, "\uFFFD"),
			"second": strings.ToValidUTF8(b, "\uFFFD"),
		}
		if d := cmp.Diff(want, readOutputs(t, path)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestSummaryIsAppendedAndCutAtALine(t *testing.T) {
	path := outputFile(t)
	for _, s := range []string{"# one", "two\n"} {
		if err := github.AppendSummary(path, s); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := os.ReadFile(path)
	if string(b) != "# one\ntwo\n" {
		t.Errorf("summary %q", b)
	}
	row := "| ü " + strings.Repeat("x", 90) + " |\n"
	for range 3 {
		if err := github.AppendSummary(path, strings.Repeat(row, 6000)); err != nil {
			t.Fatal(err)
		}
	}
	b, _ = os.ReadFile(path)
	if len(b) > github.MaxSummary || len(b) < github.MaxSummary-2*len(row) || !utf8.Valid(b) {
		t.Errorf("%d bytes", len(b))
	}
	rows, rest, _ := strings.Cut(strings.TrimPrefix(string(b), "# one\ntwo\n"), "\n\n")
	if strings.Trim(strings.ReplaceAll(rows+"\n", row, ""), "\n") != "" || !strings.Contains(rest, "does not fit") {
		t.Errorf("cut within a row, or nothing said: %q", rest)
	}
	if err := github.AppendSummary("", "x"); err == nil {
		t.Error("no file, no error")
	}
}

func TestFitLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"a\nb\n", 4, "a\nb\n"},
		{"aaaa\nbbbb\ncccc\n", 12, "aaaa\n\nmore\n"},
		{"aaaa\nbbbb\ncccc\n", 11, "aaaa\n\nmore\n"},
		{"aaaa\nbbbb\ncccc\n", 10, "\nmore\n"},
		{strings.Repeat("ü", 20), 20, "\nmore\n"},
		{"aaaa\nbbbb\n", 5, ""},
	} {
		if got := github.FitLines(c.text, c.limit, "more"); got != c.want || len(got) > c.limit {
			t.Errorf("%q in %d: %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func TestAddPath(t *testing.T) {
	path := outputFile(t)
	if err := github.AddPath(path, "/opt/bin"); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "/opt/bin\n" {
		t.Errorf("%q", b)
	}
	for _, bad := range []string{"", "a\nb"} {
		if github.AddPath(path, bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
