package report

import (
	"strings"
)

// span is a name as a code span, in which GitHub neither mentions nor links nor formats. The fence is longer than any
// run of backticks in the name. HTML comments are broken up, so that a planted marker is not found. [row] escapes the
// bars.
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

// Prose sets a message from elsewhere in Markdown, on one line, with nothing in it that GitHub would act on.
func Prose(message string) string { return prose(message) }

// prose is a message from elsewhere. Quoted text becomes code spans; elsewhere every character with a meaning in
// Markdown, HTML or GitHub is an entity or an escape, and mentions and addresses are broken by a zero-width space (an
// entity would not stop a mention).
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

// quotedSize is the length of the Go-quoted text that s begins with; 0 where it does not close or is empty.
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
		// Inside a word, such as GENESYS_CLIENT_ID, an underscore is not emphasis.
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
