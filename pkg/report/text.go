package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const (
	defaultWidth = 80
	// maxMessage is how many columns of a message are printed: a finding can list candidates, a hostile name can be a
	// megabyte.
	maxMessage = 2000
)

// colour is an ANSI code; empty is the terminal's own colour.
type colour string

const (
	plainly colour = ""
	bold    colour = "1"
	dim     colour = "2"
	red     colour = "31"
	green   colour = "32"
	yellow  colour = "33"
	blue    colour = "34"
	cyan    colour = "36"
)

// printer writes lines and keeps the first error, so that callers need not check each line.
type printer struct {
	w       *bufio.Writer
	style   Style
	columns int
	room    int // for tables
}

func newPrinter(w io.Writer, s Style) *printer {
	p := &printer{w: bufio.NewWriter(w), style: s, columns: s.Width}
	if p.columns <= 0 {
		p.columns = defaultWidth
	}
	p.room = p.columns
	return p
}

// done flushes; bufio keeps the first error.
func (p *printer) done() error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("writing text: %w", err)
	}
	return nil
}

// line leaves the error to done.
func (p *printer) line(s string) {
	_, _ = p.w.WriteString(strings.TrimRight(s, " "))
	_ = p.w.WriteByte('\n')
}

// in colours text if the style asks for it.
func (p *printer) in(c colour, s string) string {
	if !p.style.Color || c == plainly || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

// item is one remark: "! warning: file:1:2: message (code)", wrapped under its mark.
type item struct {
	mark, label string
	colour      colour
	place, text string
	code        string
}

func (p *printer) item(it item, indent int) {
	margin := strings.Repeat(" ", indent)
	first := ""
	if it.mark != "" {
		first = it.mark + " "
	}
	hang := strings.Repeat(" ", width(first))
	lead := it.label
	if lead != "" {
		lead += ": "
	}
	if it.place != "" {
		it.text = Inline(it.place) + ": " + it.text
	}
	if it.code != "" {
		it.text += " (" + it.code + ")"
	}
	lines := wrap(lead+it.text, p.columns-indent-width(first))
	for i, l := range lines {
		if i > 0 {
			if lead == "" && it.mark == "" {
				l = p.in(it.colour, l)
			}
			p.line(margin + hang + l)
			continue
		}
		rest, ok := strings.CutPrefix(l, strings.TrimRight(lead, " "))
		if !ok || lead == "" && it.mark == "" {
			rest = ""
		}
		p.line(margin + p.in(it.colour, first+strings.TrimSuffix(l, rest)) + rest)
	}
}

// wrap breaks text at blanks into lines of at most max columns. Words are never broken, and short quoted text counts
// as one: a name split over two lines can neither be searched for nor copied.
func wrap(s string, max int) []string {
	const least = 24
	if max < least {
		max = least
	}
	var lines []string
	line, taken := "", 0
	for _, word := range words(s, max/2) {
		w := width(word)
		switch {
		case line == "":
			line, taken = word, w
		case taken+1+w <= max:
			line, taken = line+" "+word, taken+1+w
		default:
			lines = append(lines, line)
			line, taken = word, w
		}
	}
	return append(lines, line)
}

// words splits at spaces, but not within double quotes that close within max bytes.
func words(s string, max int) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 && end <= max && opensQuote(s, i) {
				i += end + 1
			}
		case ' ':
			if i > start {
				out = append(out, s[start:i])
			}
			start = i + 1
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// opensQuote reports whether the quotation mark at i opens a quotation.
func opensQuote(s string, i int) bool { return i == 0 || s[i-1] == ' ' || s[i-1] == '(' }

// message is a message from elsewhere, bounded.
func message(s string) string { return cut(Inline(clip(s)), maxMessage) }

// count is "1 error", "2 errors".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
