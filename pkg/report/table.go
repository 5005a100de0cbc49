package report

import "strings"

const gap = 2 // columns between two columns

// cell is text with a colour.
type cell struct {
	text   string
	colour colour
}

// column is a table's column: its title, how its text is aligned, and how it behaves where room is short.
type column struct {
	title string
	right bool
	// joined columns are one blank away from the one before, such as an arrow.
	joined bool
	// least is how narrow the column may become; 0 keeps it as wide as its text.
	least int
	// usual is the width beyond which a text is an outlier that does not decide the layout; 0 means unbounded.
	usual int
}

// table is text in aligned columns.
type table struct {
	columns []column
	rows    [][]cell
}

// natural are the columns' widths with room for everything. With usual, outliers do not count.
func (t table) natural(usual bool) []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = width(c.title)
		for _, row := range t.rows {
			w := textWidth(row[i].text)
			if usual && c.usual > 0 {
				w = min(w, c.usual)
			}
			widths[i] = max(widths[i], w)
		}
	}
	return widths
}

// textWidth is width, without measuring a megabyte to the end.
func textWidth(s string) int {
	const enough = 1000
	if len(s) > enough*4 {
		return enough
	}
	return width(s)
}

// total is the width of columns of these widths together with their gaps.
func (t table) total(widths []int) int {
	sum := 0
	for i, w := range widths {
		sum += w
		switch {
		case i == 0:
		case t.columns[i].joined:
			sum++
		default:
			sum += gap
		}
	}
	return sum
}

// fits reports whether the table needs no more than room columns with only outliers cut.
func (t table) fits(room int) bool { return t.total(t.natural(true)) <= room }

// least is the width below which the table cannot be cut.
func (t table) least() int {
	widths := t.natural(false)
	for i, c := range t.columns {
		if c.least > 0 {
			widths[i] = min(widths[i], c.least)
		}
	}
	return t.total(widths)
}

// fitted are the widths for room columns: the widest column that may shrink does so until the table fits or none is
// left.
func (t table) fitted(room int) []int {
	widths := t.natural(false)
	for over := t.total(widths) - room; over > 0; {
		widest, second := -1, 0
		for i, c := range t.columns {
			if c.least == 0 || widths[i] <= c.least {
				continue
			}
			switch {
			case widest < 0 || widths[i] > widths[widest]:
				if widest >= 0 {
					second = widths[widest]
				}
				widest = i
			case widths[i] > second:
				second = widths[i]
			}
		}
		if widest < 0 {
			break
		}
		to := widths[widest] - over
		to = max(to, t.columns[widest].least, min(second, widths[widest]-1))
		over -= widths[widest] - to
		widths[widest] = to
	}
	return widths
}

// table prints the head, dim, and the rows, each followed by what below prints.
func (p *printer) table(t table, below func(i int)) {
	widths := t.fitted(p.room)
	head := make([]cell, len(t.columns))
	for i, c := range t.columns {
		head[i] = cell{text: c.title, colour: dim}
	}
	p.row(t, widths, head)
	for i, row := range t.rows {
		p.row(t, widths, row)
		if below != nil {
			below(i)
		}
	}
}

func (p *printer) row(t table, widths []int, row []cell) {
	last := len(row) - 1
	for last > 0 && row[last].text == "" {
		last--
	}
	var b strings.Builder
	b.Grow(p.columns)
	for i, c := range row[:last+1] {
		switch {
		case i == 0:
		case t.columns[i].joined:
			b.WriteByte(' ')
		default:
			b.WriteString("  ")
		}
		text := shorten(c.text, widths[i])
		blanks := strings.Repeat(" ", max(0, widths[i]-width(text)))
		if t.columns[i].right {
			b.WriteString(blanks)
		}
		b.WriteString(p.in(c.colour, text))
		if !t.columns[i].right && i < last {
			b.WriteString(blanks)
		}
	}
	p.line(b.String())
}
