package report

import (
	"fmt"
	"html"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// GitHub's limits, with room to spare: it refuses comments and issues of over 65,536 characters, and drops job
// summaries of over 1 MiB.
const (
	CommentLimit = 60_000
	SummaryLimit = 900 << 10
)

// Heading is what a document in Markdown says besides its plan or report.
type Heading struct {
	// Title begins the heading; empty means "Data action timeouts".
	Title string
	// Label is the environment's name as the team calls it; empty for none.
	Label string
	// Environment is the domain, for documents that do not name it themselves.
	Environment string
	// Notice is what a reader has to know first, in a sentence; empty for none.
	Notice string
	// Refused is why a plan was not applied and what to do, in sentences. It makes the state line "Not applied".
	Refused string
	// Undo is the manifest that puts every timeout back, shown folded below a report.
	Undo string
	// Commit and CommitURL are the head commit, RunURL the run that made the document. Empty values are left out, and
	// so are URLs that are not http or https.
	Commit, CommitURL, RunURL string
	// BlobURL is the address of the folder that the manifest's paths are relative to, at the head commit, such as
	// https://github.com/octo/timeouts/blob/0123abc. Empty for no links to the manifest.
	BlobURL string
	// Limit is the most bytes the document may have, 0 for any number. Rows that do not fit are left out whole and
	// counted.
	Limit int
	// Rest says where the rows left out can be read; empty means "in the job summary".
	Rest string
}

const (
	nameColumns     = 120 // of a name in Markdown
	messageColumns  = 1200
	zeroWidth       = "\u200b"
	defaultTitle    = "Data action timeouts"
	defaultRest     = "in the job summary"
	manifestsNamed  = 3
	shortCommitSize = 7
)

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

// commit is the head commit, linked; empty where it is not known.
func (h Heading) commit() string {
	if h.Commit == "" {
		return ""
	}
	short := h.Commit
	if len(short) > shortCommitSize {
		short = strings.ToValidUTF8(short[:shortCommitSize], "")
	}
	return link(span(short), h.CommitURL)
}

// origin is " from FILES at COMMIT · run", as far as they are known.
func (h Heading) origin(files []string) string {
	s := ""
	switch {
	case len(files) == 0:
	case len(files) > manifestsNamed:
		s += fmt.Sprintf(" from %d manifest files", len(files))
	default:
		named := make([]string, len(files))
		for i, f := range files {
			named[i] = span(f)
		}
		s += " from " + strings.Join(named, ", ")
	}
	if c := h.commit(); c != "" {
		s += " at " + c
	}
	return s + h.run()
}

func (h Heading) run() string {
	if safeURL(h.RunURL) == "" {
		return ""
	}
	return " · " + link("run", h.RunURL)
}

// notice is the notice in a paragraph.
func (h Heading) notice() string {
	if h.Notice == "" {
		return ""
	}
	return "**" + prose(h.Notice) + "**\n\n"
}

// where is the line below the title of a document that has neither a plan nor a report.
func (h Heading) where() string {
	var parts []string
	if h.Environment != "" {
		parts = append(parts, span(h.Environment))
	}
	if c := h.commit(); c != "" {
		parts = append(parts, "commit "+c)
	}
	if r := strings.TrimPrefix(h.run(), " · "); r != "" {
		parts = append(parts, r)
	}
	if len(parts) == 0 {
		return "\n"
	}
	return "\n" + strings.Join(parts, " · ") + "\n\n"
}

// manifestLink is the address of a place in the manifest; empty where it has none below BlobURL.
func (h Heading) manifestLink(at *dataaction.Source) string {
	if h.BlobURL == "" || at == nil || !filepath.IsLocal(at.File) {
		return ""
	}
	parts := strings.Split(path.Clean(filepath.ToSlash(at.File)), "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	address := strings.TrimSuffix(h.BlobURL, "/") + "/" + strings.Join(parts, "/")
	if at.Line > 0 {
		address += fmt.Sprintf("#L%d", at.Line)
	}
	return address
}

// link is a link, or its text where the address is not usable.
func link(text, address string) string {
	if u := safeURL(address); u != "" {
		return "[" + text + "](" + u + ")"
	}
	return text
}

// safeURL is an address that can stand in a link's parentheses; empty where it is not http or https. A query is kept by
// net/url as it is, so every byte is looked at here.
func safeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c > '~' || strings.IndexByte("()<>|`\\*[]@_", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// bars keeps a cell's own "|" from ending the cell: rows are split before code spans are found. Readers disagree on a
// backslash right before a bar, so the two are kept apart.
var bars = strings.NewReplacer(`\|`, `\`+zeroWidth+`\|`, "|", `\|`)

// row is a table's row; its cells are Markdown already.
func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString("| " + bars.Replace(c) + " ")
	}
	return b.String() + "|\n"
}

// findingItem is a finding as an item of a list, its place linked to the manifest.
func (h Heading) findingItem(f plan.Finding, mark string) string {
	s := "- " + mark + " " // never without a mark: what a message begins with could begin another list
	if at := place(f.Source); at != "" {
		s += link(span(at), h.manifestLink(f.Source)) + " "
	}
	s += prose(f.Message)
	if f.Accepted && f.Reason != "" {
		s += ". Accepted: " + prose(f.Reason)
	}
	return s + " (" + span(f.Code) + ")\n"
}

// findingSection lists findings; folded ones show their count alone.
func (h Heading) findingSection(list []plan.Finding, what, mark, open string, folded bool) section {
	s := section{what: what, open: open, close: "\n", count: len(list)}
	if folded {
		s.open, s.close = fold(open)
	}
	s.row = func(i int) string { return h.findingItem(list[i], mark) }
	return s
}

// fold returns the two ends of a collapsed part. The title is HTML.
func fold(title string) (string, string) {
	return "<details><summary>" + title + "</summary>\n\n", "\n</details>\n\n"
}

// codeHTML is a name where GitHub reads no Markdown, such as in a <summary>.
func codeHTML(s string) string {
	s = html.EscapeString(cut(name(s), 60))
	return "<code>" + htmlEscapes.Replace(s) + "</code>"
}

var htmlEscapes = strings.NewReplacer("`", "&#96;", "|", "&#124;", "@", "@"+zeroWidth,
	"://", ":"+zeroWidth+"//", "www.", "www"+zeroWidth+".")

// titled is an action's name, linked to its manifest entry, with what tells it apart from others of that name.
func (h Heading) titled(a dataaction.Action, context string, sources []dataaction.Source) string {
	s := span(actionName(a))
	if len(sources) > 0 {
		s = link(s, h.manifestLink(&sources[0]))
	}
	if context != "" {
		s += " · " + span(context)
	}
	return s
}
