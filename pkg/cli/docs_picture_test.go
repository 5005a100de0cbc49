package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"genesys-timeouts/pkg/cli"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// TestPicturesShowRealOutput draws the README's pictures from what the program prints for the README's own manifest,
// and compares them with those in .github/assets; -update writes them. They are text in SVG, so they need no browser,
// no fonts and no network to be made, and their differences can be read.
func TestPicturesShowRealOutput(t *testing.T) {
	for name, draw := range map[string]func(*reader) string{"plan.svg": drawTerminal, "pull-request.svg": drawComment} {
		t.Run(name, func(t *testing.T) {
			readme := readPage(t, root(t), "README.md")
			r := newReader(t)
			for _, f := range readme.parts {
				if f.attrs["file"] != "" {
					if err := r.write(f.attrs["file"], f.lines); err != nil {
						t.Fatal(err)
					}
				}
			}
			file := filepath.Join(filepath.Dir(readme.file), ".github", "assets", name)
			picture := draw(r)
			if *updateDocs {
				if err := os.WriteFile(file, []byte(picture), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if shown, err := os.ReadFile(file); err != nil || string(shown) != picture {
				t.Errorf("%s is not what the program prints now (%v): go test ./pkg/cli -run Pictures -update draws it", name, err)
			}
		})
	}
}

// A terminal's grid, in pixels.
const (
	columns    = 96
	cellWidth  = 8.4
	cellHeight = 19
	border     = 16
)

var colours = map[string]string{ // by SGR code
	"": "#d1d7e0", "1": "#ffffff", "2": "#8b949e", "31": "#ff7b72", "32": "#56d364", "33": "#e3b341",
	"34": "#79c0ff", "36": "#39c5cf",
}

// drawTerminal is an apply, from its plan to its report, with the question answered.
func drawTerminal(r *reader) string {
	args := []string{"apply"}
	var screen bytes.Buffer
	status := cli.Run(context.Background(), cli.Env{Args: args, Env: session.Env{
		Stdin: io.TeeReader(strings.NewReader("yes\n"), &screen), Stdout: &screen, Stderr: &screen,
		Getenv: func(name string) string { return r.env[name] }, Now: time.Now, InTerminal: true, OutTerminal: true,
		Width: columns - 4, // the address shown is 4 letters longer than the sandbox's
	}})
	if status != cli.ExitOK {
		r.t.Fatalf("apply: exit status %d\n%s", status, screen.String())
	}
	text := "\x1b[2m$\x1b[0m \x1b[1m" + program + " " + strings.Join(args, " ") + "\x1b[0m\n" + r.asShown(screen.String())
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	width, height := columns*cellWidth+2*border, float64(len(lines)*cellHeight+2*border)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f `+
		`%.0f" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString("genesys-timeouts apply, in a terminal"))
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="8" fill="#0d1117"/>`+"\n", width, height)
	for i, line := range lines {
		drawLine(&b, line, float64(border+(i+1)*cellHeight-5))
	}
	return b.String() + "</svg>\n"
}

var (
	sgr  = regexp.MustCompile(`\x1b\[([0-9;]*)m`)
	cell = regexp.MustCompile(`\S+( \S+)*`)
)

// drawLine draws a line of a terminal. What stands between two colours or two blanks is put on the grid by itself,
// and spread over its columns, whatever font there is.
func drawLine(b *strings.Builder, line string, y float64) {
	column, colour := 0, ""
	draw := func(text string) {
		for _, at := range cell.FindAllStringIndex(text, -1) {
			word, before := text[at[0]:at[1]], utf8.RuneCountInString(text[:at[0]])
			weight := ""
			if colour == "1" {
				weight = ` font-weight="bold"`
			}
			fmt.Fprintf(b, `<text x="%.1f" y="%.0f" fill="%s"%s textLength="%.1f">%s</text>`+"\n",
				border+float64(column+before)*cellWidth, y, colours[colour], weight,
				float64(utf8.RuneCountInString(word))*cellWidth, html.EscapeString(word))
		}
		column += utf8.RuneCountInString(text)
	}
	for {
		at := sgr.FindStringSubmatchIndex(line)
		if at == nil {
			draw(line)
			return
		}
		draw(line[:at[0]])
		colour = strings.Trim(line[at[2]:at[3]], "0")
		line = line[at[1]:]
	}
}

// drawComment is the comment that the Action writes on a pull request with the README's manifest.
func drawComment(r *reader) string {
	shown, status, err := r.enter(program + " plan --format json")
	var doc plan.Document
	if err == nil {
		err = json.Unmarshal([]byte(shown), &doc)
	}
	if err != nil || status != cli.ExitOK {
		r.t.Fatalf("plan: exit status %d, %v\n%s", status, err, shown)
	}
	const repository = "https://github.com/owner/repository"
	c := canvas{y: commentTop + 8}
	c.markdown(report.PlanMarkdown(doc, report.Heading{Label: "production", Commit: "4f7c2e9a1b",
		CommitURL: repository + "/commit/4f7c2e9a1b", RunURL: repository + "/actions/runs/1"}))
	return c.svg("github-actions", "The plan of genesys-timeouts, as a comment on a pull request")
}
