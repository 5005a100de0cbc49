package cli_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// canvas draws the Markdown that package report writes the way GitHub shows it: headings, paragraphs, lists, tables
// and folded details, with code, bold and links in them. Not a Markdown library: what report does not write it
// does not know.
type canvas struct {
	b strings.Builder
	y float64 // of the next line's top
}

const (
	commentWidth = 900.0
	commentTop   = 44.0
	inset        = 18.0
	textSize     = 14.0
	lineHeight   = 22.0
	rowHeight    = 34.0
	cellPadding  = 12.0
)

// piece is text of one kind in a line.
type piece struct {
	text             string
	code, bold, link bool
}

// widths are a thousandth of the letters' widths in Helvetica, from the blank on; other fonts are stretched to them.
var widths = [...]float64{278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556,
	556, 556, 556, 556, 556, 556, 556, 556,
	556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722,
	778, 667, 778, 722, 667, 611, 722, 667,
	944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222,
	833, 556, 556, 556, 556, 333, 500, 278,
	556, 500, 722, 500, 500, 500, 334, 260, 334, 584}

func (p piece) width(size float64) float64 {
	if p.code {
		return float64(utf8.RuneCountInString(p.text))*size*0.85*0.6 + 10
	}
	total := 0.0
	for _, c := range p.text {
		switch {
		case c >= ' ' && c <= '~':
			total += widths[c-' ']
		case c == '\ufe0f' || c == '\u200b': // no width: emoji style, and what keeps mentions apart
		case c == '•' || c == '·':
			total += 350
		case c > 0x2600 || c == 'ℹ': // emoji
			total += 1100
		default:
			total += 600
		}
	}
	if p.bold {
		total *= 1.05
	}
	return total * size / 1000
}

var inline = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\[((?:`[^`]+`|[^\\]`])+)\\]\\([^)]+\\)|</?sub>")

// unescaped undoes the escapes that report puts before Markdown's special characters.
var unescaped = strings.NewReplacer(
	`\_`, "_", `\*`, "*", `\[`, "[", `\]`, "]", `\~`, "~", `\#`, "#", `\|`, "|",
)

// pieces reads what stands in a line: code, bold and links, which may hold code.
func pieces(markdown string, bold bool) (list []piece) {
	plain := func(s string) {
		s = html.UnescapeString(unescaped.Replace(s))
		if s != "" {
			list = append(list, piece{text: s, bold: bold})
		}
	}
	for {
		at := inline.FindStringSubmatchIndex(markdown)
		if at == nil {
			plain(markdown)
			return list
		}
		plain(markdown[:at[0]])
		switch {
		case at[2] >= 0:
			list = append(list, piece{text: markdown[at[2]:at[3]], code: true, bold: bold})
		case at[4] >= 0:
			list = append(list, pieces(markdown[at[4]:at[5]], true)...)
		case at[6] >= 0:
			for _, p := range pieces(markdown[at[6]:at[7]], bold) {
				p.link = true
				list = append(list, p)
			}
		}
		markdown = markdown[at[1]:]
	}
}

func lineWidth(list []piece, size float64) (total float64) {
	for _, p := range list {
		total += p.width(size)
	}
	return total
}

// markdown draws a document.
func (c *canvas) markdown(text string) {
	var table [][]string
	folded := false
	for line := range strings.Lines(text + "\n") {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "|") {
			table = append(table, cells(line))
			continue
		}
		if table != nil {
			c.table(table)
			table = nil
		}
		summary, isSummary := strings.CutPrefix(line, "<details><summary>")
		switch {
		case isSummary:
			folded = true
			c.paragraph("▸ "+strings.TrimSuffix(summary, "</summary>"), 0, textSize, false)
			c.y += 8
		case line == "</details>":
			folded = false
		case folded || line == "" || strings.HasPrefix(line, "<!--"):
		case strings.HasPrefix(line, "### "):
			c.paragraph(line[4:], 0, 18, true)
			c.y += 8
		case strings.HasPrefix(line, "- "):
			c.paragraph("•", 6, textSize, false)
			c.y -= lineHeight
			c.paragraph(line[2:], 24, textSize, false)
			c.y += 4
		case strings.HasPrefix(line, "<sub>"):
			c.paragraph(line, 0, 11, false)
		default:
			c.paragraph(line, 0, textSize, false)
			c.y += 8
		}
	}
}

func cells(row string) []string {
	list := strings.Split(strings.ReplaceAll(strings.Trim(row, "|"), `\|`, "\x00"), "|")
	for i := range list {
		list[i] = strings.TrimSpace(strings.ReplaceAll(list[i], "\x00", `\|`))
	}
	return list
}

// paragraph draws text, broken between words where the line is full.
func (c *canvas) paragraph(text string, indent, size float64, bold bool) {
	x, space := inset+indent, piece{text: " "}.width(size)
	for _, p := range pieces(text, bold) {
		parts := []piece{p}
		if !p.code {
			parts = nil
			for _, word := range strings.SplitAfter(p.text, " ") {
				parts = append(parts, piece{text: word, bold: p.bold, link: p.link})
			}
		}
		for _, part := range parts {
			if width := part.width(size); x+width-space > commentWidth-inset && x > inset+indent {
				x = inset + indent
				c.y += lineHeight
			}
			c.draw(part, x, size)
			x += part.width(size)
		}
	}
	c.y += lineHeight
}

// draw draws a piece into the line at y.
func (c *canvas) draw(p piece, x, size float64) {
	text := strings.TrimSpace(p.text)
	if text == "" {
		return
	}
	x += piece{text: p.text[:strings.Index(p.text, text)]}.width(size) // a blank in front would not be drawn
	length := piece{text: text, code: p.code, bold: p.bold}.width(size)
	class, baseline := "", c.y+lineHeight/2+size*0.35
	if p.code {
		fmt.Fprintf(&c.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="5" fill="#eff1f3"/>`+"\n",
			x, c.y+lineHeight/2-size*0.75, length, size*1.5)
		class, x, length, size = ` class="code"`, x+5, length-10, size*0.85
	}
	if p.bold {
		class += ` font-weight="600"`
	}
	if p.link {
		class += ` fill="#0969da"`
	}
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" font-size="%.4g"%s textLength="%.1f">%s</text>`+"\n",
		x, baseline, size, class, length, html.EscapeString(text))
}

// table draws rows of cells; the second row has the alignments.
func (c *canvas) table(rows [][]string) {
	width := make([]float64, len(rows[0]))
	for i, row := range rows {
		for j, cell := range row {
			if i != 1 {
				width[j] = max(width[j], lineWidth(pieces(cell, i == 0), textSize)+2*cellPadding)
			}
		}
	}
	for i, row := range rows {
		if i == 1 {
			continue
		}
		x := inset
		for j, cell := range row {
			fmt.Fprintf(&c.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#fff" stroke="#d1d9e0"/>`+"\n",
				x, c.y, width[j], rowHeight)
			list := pieces(cell, i == 0)
			at := x + cellPadding
			if strings.HasSuffix(rows[1][j], ":") && !strings.HasPrefix(rows[1][j], ":") {
				at = x + width[j] - cellPadding - lineWidth(list, textSize)
			}
			c.y += (rowHeight - lineHeight) / 2
			for _, p := range list {
				c.draw(p, at, textSize)
				at += p.width(textSize)
			}
			c.y -= (rowHeight - lineHeight) / 2
			x += width[j]
		}
		c.y += rowHeight
	}
	c.y += 12
}

// svg frames what was drawn as another account's comment.
func (c *canvas) svg(author, title string) string {
	body, height := c.b.String(), c.y+10
	c.b.Reset()
	c.y = (commentTop - lineHeight) / 2
	c.draw(piece{text: author, bold: true}, inset, textSize)
	at := inset + piece{text: author + " ", bold: true}.width(textSize)
	c.draw(piece{text: "bot", code: true}, at, textSize)
	c.draw(piece{text: "commented"}, at+piece{text: "bot", code: true}.width(textSize)+6, textSize)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]g" height="%.0[2]f" `+
		`viewBox="0 0 %[1]g %.0[2]f" fill="#1f2328" `+
		`font-family="-apple-system,'Segoe UI',Helvetica,Arial,'Liberation Sans',sans-serif">
<title>%[3]s</title>
<style>.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}</style>
<rect x=".5" y=".5" width="%[4]g" height="%.0[5]f" rx="6" fill="#fff" stroke="#d1d9e0"/>
<path d="M1 %[6]gH%[4]gV7a6 6 0 0 0-6-6H7a6 6 0 0 0-6 6Z" fill="#f6f8fa"/>
<path d="M1 %[6]gH%[4]g" stroke="#d1d9e0"/>
%[7]s%[8]s</svg>
`, commentWidth, height, html.EscapeString(title), commentWidth-1, height-1, commentTop, c.b.String(), body)
}
