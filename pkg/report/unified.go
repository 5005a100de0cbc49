package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// around is how many unchanged lines a hunk shows before and after a change.
const around = 3

// textLine is a line of two texts: sign is ' ' in both, '-' in the old one alone, '+' in the new one alone.
type textLine struct {
	sign byte
	text string
}

// UnifiedDiff writes how a text file changed, as a unified diff with three lines of context; nothing where it did not.
// Characters that a terminal obeys are escaped, so a line that has some does not apply as a patch.
func UnifiedDiff(w io.Writer, file string, before, after []byte, s Style) error {
	lines := compareLines(string(before), string(after))
	hunks := hunksOf(lines)
	if len(hunks) == 0 {
		return nil
	}
	p := newPrinter(w, s)
	p.whole(bold, "--- "+Inline(file))
	p.whole(bold, "+++ "+Inline(file))
	oldLine, newLine, at := 1, 1, 0
	for _, h := range hunks {
		for ; at < h[0]; at++ { // lines between hunks are the same in both
			oldLine, newLine = oldLine+1, newLine+1
		}
		olds, news := 0, 0
		for _, l := range lines[h[0]:h[1]] {
			if l.sign != '+' {
				olds++
			}
			if l.sign != '-' {
				news++
			}
		}
		p.whole(cyan, fmt.Sprintf("@@ -%d,%d +%d,%d @@", oldLine, olds, newLine, news))
		for _, l := range lines[h[0]:h[1]] {
			p.whole(diffColour(l.sign), string(l.sign)+inlineTabs(strings.TrimRight(l.text, "\r\n")))
			if !strings.HasSuffix(l.text, "\n") {
				p.whole(plainly, `\ No newline at end of file`)
			}
		}
		oldLine, newLine, at = oldLine+olds, newLine+news, h[1]
	}
	return p.done()
}

// whole writes a line with its trailing blanks.
func (p *printer) whole(c colour, s string) { _, _ = p.w.WriteString(p.in(c, s) + "\n") }

// inlineTabs is Inline that leaves tabs alone: in a file they are text.
func inlineTabs(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = Inline(parts[i])
	}
	return strings.Join(parts, "\t")
}

func diffColour(sign byte) colour {
	switch sign {
	case '-':
		return red
	case '+':
		return green
	}
	return plainly
}

func compareLines(before, after string) (out []textLine) {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // by the clock the same texts could give two results
	a, z, lines := dmp.DiffLinesToRunes(before, after)
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, z, false), lines) {
		sign := byte(' ')
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			sign = '-'
		case diffmatchpatch.DiffInsert:
			sign = '+'
		}
		for text := range strings.Lines(d.Text) {
			out = append(out, textLine{sign, text})
		}
	}
	return out
}

// hunksOf are the spans of lines to show: each change with what is around it, those that touch as one.
func hunksOf(lines []textLine) (out [][2]int) {
	for i, l := range lines {
		if l.sign == ' ' {
			continue
		}
		from, to := max(0, i-around), min(len(lines), i+around+1)
		if n := len(out); n > 0 && from <= out[n-1][1] {
			out[n-1][1] = to
			continue
		}
		out = append(out, [2]int{from, to})
	}
	return out
}
