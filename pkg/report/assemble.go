package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// section is a list or a table of a document: its opening, rows and closing, each ending with a newline. Rows are made
// on demand: of 10,000, few fit into a comment.
type section struct {
	// what is named in "Changes: N of M shown" at the end. Sections of one name are counted together.
	what        string
	open, close string
	count       int
	row         func(i int) string
}

// tally counts the rows of sections of one name.
type tally struct{ shown, all, sections int }

func (t tally) note(what, rest string) string {
	return fmt.Sprintf("- %s: %d of %d shown, the rest is %s.\n", what, t.shown, t.all, rest)
}

// assemble joins a head, sections and a foot to at most limit bytes. Sections come in order of importance: earlier ones
// take the room they need, and what does not fit is left out in whole rows and counted.
func (h Heading) assemble(title, head string, sections []section, foot string) string {
	rest := h.Rest
	if rest == "" {
		rest = defaultRest
	}
	sections = slices.DeleteFunc(sections, func(s section) bool { return s.count == 0 })
	tallies := map[string]tally{}
	for _, s := range sections {
		t := tallies[s.what]
		tallies[s.what] = tally{0, t.all + s.count, t.sections + 1}
	}
	reserved := len("\n")
	for what, t := range tallies {
		reserved += len(tally{shown: t.all, all: t.all}.note(what, rest))
	}
	if h.Limit > 0 && len(title)+len(head)+len(foot)+reserved > h.Limit {
		return h.least(title)
	}
	room := math.MaxInt
	if h.Limit > 0 {
		room = h.Limit - len(title) - len(head) - len(foot) - reserved
	}
	var b, notes strings.Builder
	b.WriteString(title + head)
	for _, s := range sections {
		written, t := b.Len(), tallies[s.what]
		t.shown += s.fill(&b, room)
		t.sections--
		tallies[s.what] = t
		room -= b.Len() - written
		if t.sections == 0 && t.shown < t.all {
			notes.WriteString(t.note(s.what, rest)) // its room is reserved
		}
	}
	if notes.Len() > 0 {
		b.WriteString(notes.String() + "\n")
	}
	b.WriteString(foot)
	return b.String()
}

// fill writes as many whole rows as there is room for, and returns how many.
func (s section) fill(b *strings.Builder, room int) int {
	var rows []string
	size := len(s.open) + len(s.close)
	for i := 0; i < s.count && size <= room; i++ {
		rows = append(rows, s.row(i))
		size += len(rows[i])
	}
	for ; len(rows) > 0 && size > room; rows = rows[:len(rows)-1] {
		size -= len(rows[len(rows)-1])
	}
	if len(rows) > 0 {
		b.WriteString(s.open + strings.Join(rows, "") + s.close)
	}
	return len(rows)
}

// least is the document where hardly anything fits. Nothing is cut in the middle.
func (h Heading) least(title string) string {
	for _, t := range []string{title, "### " + defaultTitle + "\n"} {
		if len(t) <= h.Limit {
			return t
		}
	}
	return ""
}
