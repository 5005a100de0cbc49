package github

import (
	"fmt"
	"strings"
)

const (
	// recordRoom is left in a body for the state that an apply writes into it later.
	recordRoom = 2_000
	// maxRecorded is the most bytes of a body that an apply wrote its state into, where a state needs more than that.
	// It is below GitHub's limit.
	maxRecorded = 65_000
)

// Draft is a comment as a run wants it.
type Draft struct {
	Marker Marker
	// Lists are the changes that a merge approves, a list for each organisation. Without any the comment approves
	// nothing.
	Lists []List
	// Text renders the Markdown within limit bytes; its first line is a heading, below which Record puts its line.
	Text func(limit int) string
	// Stable is the whole text once more without links to run and commit, times and evidence numbers: a comment that
	// says the same is left alone.
	Stable string
}

// compose makes the body within limit bytes, and gives the marker that it carries. short leaves the rows out of the
// lists.
func (d Draft) compose(limit int, short bool) (Marker, string, error) {
	m := d.Marker
	fields := []string{m.Key, m.Plan, string(m.State), m.Errors, d.Stable}
	lists := make([]List, len(d.Lists))
	for i, l := range d.Lists {
		fields = append(fields, l.Plan)
		if short {
			l.fold()
		}
		lists[i] = l
	}
	m.Content = Digest(fields...)
	block := ""
	if len(lists) > 0 {
		var err error
		if block, err = encodeBlock(lists); err != nil {
			return m, "", err
		}
	}
	return seal(m, block, limit, d.Text)
}

// seal joins marker, block and text, with the digest of the whole in the marker.
func seal(m Marker, block string, limit int, render func(limit int) string) (Marker, string, error) {
	rest := ""
	if block != "" {
		rest = block + "\n"
	}
	m.Body = Digest() // of the length that the digest will have
	limit -= len(m.String()) + 1 + len(rest) + 1
	text := render(limit)
	if len(text) > limit {
		return m, "", fmt.Errorf("composing a text: it has %d bytes, and only %d are left for it", len(text), limit)
	}
	// The blank line ends the HTML block: Markdown right below it would not be rendered.
	rest += "\n" + text
	m.Body = bodyDigest(m, rest)
	return m, m.String() + "\n" + rest, nil
}

// Compose makes a body that approves nothing: the marker's line and the text. render is told how many bytes are left
// for it.
func Compose(m Marker, render func(limit int) string) (string, error) {
	_, body, err := seal(m, "", MaxBody, render)
	return body, err
}

// bodyDigest is of a body without the digest itself. GitHub may store CRLF for LF and trims a body's end.
func bodyDigest(m Marker, rest string) string {
	m.Body = ""
	return Digest(m.String(), strings.TrimSpace(strings.ReplaceAll(rest, "\r\n", "\n")))
}

// intact reports whether a body still is what was written with its marker.
func intact(m Marker, body string) bool {
	_, rest, _ := strings.Cut(body, "\n")
	return m.Body == bodyDigest(m, rest)
}

// stateMark ends the state's line of an organisation. It cannot begin it: a line that begins with an HTML comment is
// not rendered as Markdown.
func stateMark(organization string) string {
	if organization == "" {
		return " <!-- genesys-timeouts:state -->"
	}
	return " <!-- genesys-timeouts:state " + markerWord(organization) + " -->"
}

// stateRoom is how many bytes the state's line adds to a text.
func stateRoom(organization, state string) int { return len(state) + len(stateMark(organization)) + 3 }

// withState puts the state's line of an organisation into a text: in place of the one it has, else below the heading.
func withState(text, organization, state string) string {
	if state == "" {
		return text
	}
	mark := stateMark(organization)
	state = strings.Join(strings.Fields(strings.ReplaceAll(state, "<!--", "")), " ") + mark
	if before, _, after, ok := cutState(text, organization); ok {
		return before + state + after
	}
	heading, rest, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(heading, "#") {
		return state + "\n\n" + text
	}
	return heading + "\n" + state + "\n" + rest
}

// cutState finds the first line that ends with the mark. It stands above everything that holds names from elsewhere.
func cutState(text, organization string) (before, line, after string, ok bool) {
	end := strings.Index(text, stateMark(organization))
	if end < 0 {
		return text, "", "", false
	}
	end += len(stateMark(organization))
	start := strings.LastIndexByte(text[:end], '\n') + 1
	return text[:start], text[start:end], text[end:], true
}

// textOf is a body without its hidden lines.
func textOf(body string) string {
	_, text, _ := strings.Cut(strings.ReplaceAll(body, "\r\n", "\n"), "\n\n")
	return text
}
