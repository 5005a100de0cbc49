package report

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// GitHub's limits, with room kept: it refuses a comment or an issue of over 65,536 characters, and drops a job summary of over
// 1 MiB whole.
const (
	CommentLimit = 60_000
	SummaryLimit = 900 << 10
)

// Heading is what a document in Markdown says besides its plan or report.
type Heading struct {
	// Title begins the heading; empty stands for "Data action timeouts".
	Title string
	// Label is the environment's name as the team calls it; empty for none.
	Label string
	// Environment is the domain that a report is about, which says nothing of it itself. A plan knows its own.
	Environment string
	// Notice is what a reader has to know before all else, in a sentence; empty for none.
	Notice string
	// Commit and CommitURL are the head commit, RunURL the run that made the document. What is empty is left out, and so is a
	// URL that is not http or https.
	Commit, CommitURL, RunURL string
	// Limit is the most bytes the document may have, 0 for any number. Rows that do not fit are left out whole and counted.
	Limit int
	// Rest says where what is left out can be read; empty stands for "in the job summary".
	Rest string
}

const (
	nameColumns     = 120 // of a name in Markdown
	messageColumns  = 1200
	zeroWidth       = "\u200b"
	defaultTitle    = "Data action timeouts"
	defaultRest     = "in the job summary"
	manifestsNamed  = 3
	shortCommitSize = 10
)

// span is a name as a code span: inside of one GitHub neither mentions nor links nor formats. The fence is longer than any run
// of backticks in the name. Comments are broken up, so that nothing that looks for a hidden marker finds a planted one. In a
// table's row, [row] does what is left to do.
func span(s string) string {
	s = strings.ReplaceAll(cut(name(s), nameColumns), "<!--", "<!"+zeroWidth+"--")
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if first, last := s[0], s[len(s)-1]; first == '`' || last == '`' || first == ' ' && last == ' ' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// prose is a message from elsewhere. What it quotes becomes code spans; in the rest each character that Markdown, HTML or
// GitHub could take for more than itself is an entity or an escape, mentions and addresses are broken by a zero-width space
// (an entity would not stop a mention).
func prose(s string) string {
	s = cut(Inline(clip(s)), messageColumns)
	var b strings.Builder
	behindSpan := false
	for s != "" {
		open := strings.IndexByte(s, '"')
		if open < 0 {
			break
		}
		size := quotedSize(s[open:])
		if size == 0 || !opensQuote(s, open) {
			b.WriteString(escapeMarkdown(s[:open+1]))
			s, behindSpan = s[open+1:], false
			continue
		}
		if open == 0 && behindSpan {
			b.WriteString(zeroWidth) // or the fences of two spans would be one run of backticks
		}
		b.WriteString(escapeMarkdown(s[:open]))
		b.WriteString(span(strings.ReplaceAll(s[open+1:open+size-1], `\"`, `"`)))
		s, behindSpan = s[open+size:], true
	}
	b.WriteString(escapeMarkdown(s))
	return b.String()
}

// quotedSize is the length of the quoted text that s begins with, as Go quotes; 0 where it does not close or is empty.
func quotedSize(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if i == 1 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

var markdownEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "&#96;", "|", "&#124;", "$", "&#36;", `\`, `\\`,
	"*", `\*`, "[", `\[`, "]", `\]`, "~", `\~`, "#", `\#`,
	"@", "@"+zeroWidth, "://", ":"+zeroWidth+"//", "www.", "www"+zeroWidth+".",
)

func escapeMarkdown(s string) string {
	s = markdownEscapes.Replace(s)
	var b strings.Builder
	for i := range len(s) {
		// Inside of a word, such as GENESYS_CLIENT_ID, an underscore is no emphasis.
		if s[i] == '_' && !(i > 0 && isWord(s[i-1]) && i+1 < len(s) && isWord(s[i+1])) {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// section is a list or a table of a document: what opens it, its rows, what closes it. Each part ends with a newline. Rows are
// made when they are needed: of 10,000 that a comment has no room for, few are.
type section struct {
	what        string // of which "N of M shown" is said
	open, close string
	count       int
	row         func(i int) string
}

// note says how much of a section is shown.
func (s section) note(shown int, rest string) string {
	return fmt.Sprintf("%s: %d of %d shown, the rest is %s.\n\n", s.what, shown, s.count, rest)
}

// assemble joins a head, sections and a foot to at most limit bytes. Sections come in order of importance: an earlier one
// takes what room it needs, and of each that does not fit whole rows are left out and counted.
func (h Heading) assemble(title, head string, sections []section, foot string) string {
	rest := h.Rest
	if rest == "" {
		rest = defaultRest
	}
	sections = slices.DeleteFunc(sections, func(s section) bool { return s.count == 0 })
	reserved := 0
	for _, s := range sections {
		reserved += len(s.note(s.count, rest))
	}
	if h.Limit > 0 && len(title)+len(head)+len(foot)+reserved > h.Limit {
		return h.least(title)
	}
	room := h.Limit - len(title) - len(head) - len(foot)
	var b strings.Builder
	b.WriteString(title + head)
	for _, s := range sections {
		reserved -= len(s.note(s.count, rest))
		written := b.Len()
		if h.Limit <= 0 {
			s.fill(&b, math.MaxInt, rest)
		} else {
			s.fill(&b, room-reserved, rest)
		}
		room -= b.Len() - written
	}
	b.WriteString(foot)
	return b.String()
}

// fill writes all rows where there is room for them, else as many whole ones as fit together with the note.
func (s section) fill(b *strings.Builder, room int, rest string) {
	var rows []string
	size := len(s.open) + len(s.close)
	for i := 0; i < s.count && size <= room; i++ {
		rows = append(rows, s.row(i))
		size += len(rows[i])
	}
	if size <= room {
		b.WriteString(s.open + strings.Join(rows, "") + s.close)
		return
	}
	for room -= len(s.note(s.count, rest)); len(rows) > 0 && size > room; rows = rows[:len(rows)-1] {
		size -= len(rows[len(rows)-1])
	}
	if len(rows) > 0 {
		b.WriteString(s.open + strings.Join(rows, "") + s.close)
	}
	b.WriteString(s.note(len(rows), rest))
}

// least is the document where there is room for next to nothing. Nothing is cut in the middle: half a code span is none.
func (h Heading) least(title string) string {
	for _, t := range []string{title, "### " + defaultTitle + "\n"} {
		if len(t) <= h.Limit {
			return t
		}
	}
	return ""
}

// title is the first line: what it is, for which environment, and the counts.
func (h Heading) title(counts string) string {
	t := h.Title
	if t == "" {
		t = defaultTitle
	}
	t = escapeMarkdown(cut(Inline(t), nameColumns))
	if h.Label != "" {
		t += " " + span(h.Label)
	}
	return "### " + t + ": " + counts + "\n"
}

// links are the head commit and the run, each after " · ".
func (h Heading) links() string {
	s := ""
	if h.Commit != "" {
		short := h.Commit
		if len(short) > shortCommitSize {
			short = strings.ToValidUTF8(short[:shortCommitSize], "")
		}
		s += " · commit " + link(span(short), h.CommitURL)
	}
	if h.RunURL != "" && safeURL(h.RunURL) != "" {
		s += " · " + link("run", h.RunURL)
	}
	return s
}

// notice is the notice as a paragraph of its own.
func (h Heading) notice() string {
	if h.Notice == "" {
		return ""
	}
	return "**" + prose(h.Notice) + "**\n\n"
}

// where is a report's line below the title: the environment, the commit and the run.
func (h Heading) where() string {
	s := h.links()
	if h.Environment != "" {
		s = " · " + span(h.Environment) + s
	}
	if s == "" {
		return "\n"
	}
	return "\n" + strings.TrimPrefix(s, " · ") + "\n\n"
}

// link is a link, or its text where the address is none.
func link(text, address string) string {
	if u := safeURL(address); u != "" {
		return "[" + text + "](" + u + ")"
	}
	return text
}

// safeURL is an address that can stand in a link's parentheses; empty where it is not http or https.
func safeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "|", "%7C", "`", "%60", `\`, "%5C",
		"*", "%2A", "[", "%5B", "]", "%5D", "@", "%40", "_", "%5F").Replace(u.String())
}

// bars keeps a cell's own "|" from ending the cell: a row is split before its code spans are found. A backslash right before a
// bar would be read as escaping it or as escaped itself, depending on the reader: the two are kept apart.
var bars = strings.NewReplacer(`\|`, `\`+zeroWidth+`\|`, "|", `\|`)

// row is a table's row; its cells are Markdown already.
func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString("| " + bars.Replace(c) + " ")
	}
	return b.String() + "|\n"
}

// findingItem is a finding as an item of a list.
func findingItem(f plan.Finding, mark string) string {
	s := "- " + mark + " " // never without a mark: what a message begins with could begin another list
	if at := place(f.Source); at != "" {
		s += span(at) + " "
	}
	return s + prose(f.Message) + " (" + span(f.Code) + ")\n"
}

// findingSection lists findings of one severity; folded ones show their count alone.
func findingSection(list []plan.Finding, what, mark, open string, folded bool) section {
	s := section{what: what, open: open, close: "\n", count: len(list)}
	if folded {
		s.open, s.close = fold(open)
	}
	s.row = func(i int) string { return findingItem(list[i], mark) }
	return s
}

// fold gives the two ends of something that is opened by a click.
func fold(title string) (string, string) {
	return "<details><summary>" + title + "</summary>\n\n", "\n</details>\n\n"
}

// titled is an action's name, with what tells it apart from others of that name.
func titled(a dataaction.Action, context string) string {
	s := span(actionName(a))
	if context != "" {
		s += " · " + span(context)
	}
	return s
}
