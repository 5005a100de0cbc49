package manifest

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Each of these must end in a problem that says what is wrong, in seconds and without taking the machine's memory.
func TestHostileManifestsEndInAProblem(t *testing.T) {
	const head = "version: 1\nactions:\n"
	var bomb, chain strings.Builder
	bomb.WriteString("a: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&bomb, "b%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i+1, i, i, i, i, i,
			i, i, i, i)
	}
	chain.WriteString("m0: &m0 {name: x}\n")
	for i := range 20_000 {
		fmt.Fprintf(&chain, "m%d: &m%d {<<: *m%d}\n", i+1, i+1, i)
	}
	for name, test := range map[string]struct{ text, want string }{
		"alias bomb": {bomb.String(), "aliases make this document far larger than it looks"},
		"alias bomb of flows": {"version: 1\nflows:\n  - &f {name: F, actions: [" +
			strings.Repeat("{name: A, timeout: 3s},", 2000) + "]}\n" + strings.Repeat("  - *f\n",
			20_000), "aliases make"},
		"chain of merges": {chain.String(), "aliases make"},
		"brackets":        {strings.Repeat("[", 100_000), "nested too deeply"},
		"braces":          {strings.Repeat("{a: ", 100_000), "nested too deeply"},
		"closed brackets": {strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
			"nested more than 32 levels deep"},
		"dashes":         {strings.Repeat("- ", 9_000), "nested more than 32 levels deep"},
		"question marks": {strings.Repeat("? ", 20_000), "nested too deeply"},
		"commas":         {"[" + strings.Repeat("1,", 8<<20-2) + "]", "too dense for a manifest"},
		"one huge name": {head + "  - {name: \"" + strings.Repeat("x", 3<<20) + "\", timeout: 3}\n",
			"3 has no unit"},
		"one huge key":             {strings.Repeat("k", 3<<20) + ": 1\n", "not valid YAML"},
		"many unknown keys":        {"version: 1\n" + manyKeys(20_000), `unknown key "key19999" in a manifest`},
		"many documents":           {strings.Repeat("---\nversion: 2\n", 10_000), "version 2 is not supported"},
		"unclosed quote, long":     {head + "  - name: \"" + strings.Repeat("x\n\n", 50_000), "quote"},
		"an anchor in itself":      {"version: 1\nactions: &a [*a]\n", "is inside its own anchor"},
		"an anchor in a key":       {"&a {? *a : 1}: 1\n", "is inside its own anchor"},
		"merge of itself":          {"version: 1\nactions: [&a {<<: *a}]\n", "is inside its own anchor"},
		"NUL":                      {"version: 1\n\x00", "control character U+0000"},
		"UTF-16 without mark":      {"v\x00e\x00r\x00", "looks like UTF-16"},
		"half a UTF-16 character":  {"\xff\xfev\x00e", "is not valid UTF-16"},
		"half a surrogate pair":    {"\xfe\xff\xd8\x00\x00v", "is not valid UTF-16"},
		"UTF-32":                   {"\xff\xfe\x00\x00v\x00\x00\x00", "NUL byte at the start"},
		"C1 control":               {"version: 1 # \u0090\n", "control character U+0090"},
		"escape sequence":          {"version: 1 # \x1b[2J\n", "control character U+001B"},
		"overlong UTF-8":           {"version: 1 # \xc0\xaf\n", "not valid UTF-8"},
		"surrogate in UTF-8":       {"version: 1 # \xed\xa0\x80\n", "not valid UTF-8"},
		"unknown directive":        {"%FOO bar\n---\nversion: 1\n", "unknown directive"},
		"YAML 9":                   {"%YAML 9.9\n---\nversion: 1\n", "unsupported YAML version"},
		"tag handle":               {"version: !x!y 1\n", "undefined tag handle"},
		"tag on a mapping":         {"!!set {version: 1}\n", `tag "!!set" has no meaning`},
		"tag on a list":            {"version: 1\nactions: !!omap []\n", `tag "!!omap" has no meaning`},
		"tag of Python":            {"version: !!python/object/apply:os.system [id]\n", "has no meaning in a manifest"},
		"a merge of nothing":       {"version: 1\n<<:\n", "<< merges a mapping"},
		"a merge of a list of ...": {"version: 1\n<<: [1]\n", "<< merges a mapping"},
		"a number for a key":       {"version: 1\n0x1F: 1\n", "a key is a word"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, problems, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(test.text)})
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			for _, p := range problems {
				if len(p.String()) > 2000 {
					t.Errorf("a problem of %d bytes", len(p.String()))
				}
				if strings.Contains(p.Message, test.want) {
					return
				}
			}
			t.Errorf("no problem says %q; there are %d: %.1000s", test.want, len(problems),
				report(problems[:min(5, len(problems))]))
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	return b.String()
}

func TestAHundredMegabytesAreNotRead(t *testing.T) {
	write(t, map[string]string{"big.yaml": ""})
	if err := os.Truncate("big.yaml", 100<<20); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, problems, err := Load([]string{"big.yaml"}, Options{})
	runtime.ReadMemStats(&after)
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "is larger than 16 MiB") {
		t.Fatal(err, problems)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 120<<20 {
		t.Errorf("took %d MiB", used>>20)
	}
}

// endless never ends, as a device might not.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, strings.Repeat("# x\n", len(p)/4+1)), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestStandardInputThatDoesNotEndOrBreaks(t *testing.T) {
	for want, r := range map[string]io.Reader{"is larger than 16 MiB": endless{}, "unexpected EOF": broken{}} {
		_, problems, err := Load([]string{"-"}, Options{Stdin: r})
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, want) {
			t.Error(err, problems)
		}
	}
}
