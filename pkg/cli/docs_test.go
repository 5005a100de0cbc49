package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPagesDoWhatTheySay follows every page of the documentation: each command is run against a sandbox, has to end
// with the status that the page says, and has to print what the page shows. With -update the pages are given the real
// output.
func TestPagesDoWhatTheySay(t *testing.T) {
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			r := newReader(t)
			outputs := map[int][]string{} // by part: its lines with the real output
			for i, f := range p.parts {
				where := fmt.Sprintf("%s:%d", p.name, f.from)
				var err error
				switch {
				case f.lang == "sandbox":
					err = r.sandbox(f.lines[0])
				case f.attrs["file"] != "":
					err = r.write(f.attrs["file"], f.lines)
				case f.lang == "console":
					outputs[i], err = r.console(f)
				case f.lang == "sh":
					err = r.script(f)
				case f.lang == "yaml":
					err = r.snippet(f)
				case f.lang == "" || f.lang == "text":
				default:
					err = fmt.Errorf("no page has used a fence of %q so far: say here what is to be done with it", f.lang)
				}
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				byHand := slices.Contains(f.lines, "...") // what is left out was a person's choice, and so is what is left
				if f.lang == "console" && (byHand || !*updateDocs) && !matches(f.lines, outputs[i]) {
					t.Errorf("%s: the output is another (-shown +real); go test ./pkg/cli -run Pages -update writes it\n%s",
						where, cmp.Diff(f.lines, outputs[i]))
				}
			}
			if *updateDocs {
				for i, f := range slices.Backward(p.parts) {
					if outputs[i] != nil && !slices.Contains(f.lines, "...") {
						p.replace(f, outputs[i])
					}
				}
				p.save(t)
			}
		})
	}
}

// console runs the commands of a fence and gives its lines with the real output.
func (r *reader) console(f part) (lines []string, err error) {
	commands := slices.DeleteFunc(slices.Clone(f.lines), func(l string) bool { return !strings.HasPrefix(l, "$ ") })
	for i, line := range commands {
		shown, err := r.one(strings.TrimPrefix(line, "$ "), f, i == len(commands)-1)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
		if shown != "" {
			lines = append(lines, strings.Split(strings.TrimRight(shown, "\n"), "\n")...)
		}
	}
	if len(commands) == 0 {
		return nil, fmt.Errorf("no line begins with $ and a blank")
	}
	return lines, nil
}

// script runs the lines of a fence.
func (r *reader) script(f part) error {
	for i, line := range f.lines {
		if _, err := r.one(line, f, i == len(f.lines)-1); err != nil {
			return err
		}
	}
	return nil
}

// one runs one command and wants status 0, or of the fence's last one the status that the fence names.
func (r *reader) one(line string, f part, last bool) (string, error) {
	shown, status, err := r.enter(line)
	if err != nil {
		return "", fmt.Errorf("%s: %w", line, err)
	}
	want := 0
	if exit := f.attrs["exit"]; last && exit != "" {
		if want, err = strconv.Atoi(exit); err != nil {
			return "", err
		}
	}
	if status != want {
		return "", fmt.Errorf("%s: exit status %d, want %d\n%s", line, status, want, shown)
	}
	return shown, nil
}

// snippet checks YAML that the page shows: a manifest has to be valid.
func (r *reader) snippet(f part) error {
	if !slices.Contains(f.lines, "version: 1") {
		return nil
	}
	name := filepath.Join(r.t.TempDir(), "snippet.yaml")
	if err := os.WriteFile(name, []byte(strings.Join(f.lines, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	_, err := r.one(program+" validate -f "+name, f, true)
	return err
}

// matches compares output; a line of three dots stands for zero or more lines.
func matches(shown, got []string) bool {
	for len(shown) > 0 {
		if shown[0] == "..." {
			for i := range len(got) + 1 {
				if matches(shown[1:], got[i:]) {
					return true
				}
			}
			return false
		}
		if len(got) == 0 || strings.TrimRight(got[0], " ") != shown[0] {
			return false
		}
		shown, got = shown[1:], got[1:]
	}
	return len(got) == 0
}
