package github

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Level is how an annotation is shown.
type Level string

// The levels.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNotice  Level = "notice"
)

// Annotation is a remark on a line of a file, or, without File, on the run. Lines and columns count from 1; 0 is "not
// known".
type Annotation struct {
	Level        Level
	File         string
	Line, Column int
	Title        string
	Message      string
}

// String is the workflow command, without the newline.
//
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
func (a Annotation) String() string {
	var props []string
	add := func(name, value string) {
		if value != "" {
			props = append(props, name+"="+escapeProperty(value))
		}
	}
	add("file", a.File)
	if a.Line > 0 {
		add("line", strconv.Itoa(a.Line))
		if a.Column > 0 {
			add("col", strconv.Itoa(a.Column))
		}
	}
	add("title", a.Title)
	s := "::" + string(a.Level)
	if len(props) > 0 {
		s += " " + strings.Join(props, ",")
	}
	return s + "::" + escapeData(a.Message)
}

// Quiet lets write print text from elsewhere: the runner is told to obey no workflow command until a random token
// comes back. The text always ends with a newline, so that the token starts a line.
//
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, "Stopping and starting".
func Quiet(w io.Writer, random io.Reader, write func(io.Writer) error) error {
	token, err := randomToken(random)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "::stop-commands::%s\n", token); err != nil {
		return err
	}
	inner := &lineWriter{w: w, last: '\n'}
	writeErr := write(inner)
	end := ""
	if inner.last != '\n' {
		end = "\n"
	}
	_, err = fmt.Fprintf(w, "%s::%s::\n", end, token)
	return errors.Join(writeErr, err)
}

// lineWriter remembers the last byte.
type lineWriter struct {
	w    io.Writer
	last byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if n > 0 {
		l.last = p[n-1]
	}
	return n, err
}

// Neutral makes a text safe to print outside Quiet: "::" at a line's beginning (blanks before it count as none) and
// "##[" anywhere are what the runner reads as a command. A zero-width space keeps them readable and inert.
func Neutral(text string) string {
	const inert = "\u200b"
	text = strings.ReplaceAll(text, "##[", "#"+inert+"#"+inert+"[")
	var b strings.Builder
	start := true
	for i, r := range text {
		if start && strings.HasPrefix(text[i:], "::") {
			b.WriteString(inert)
		}
		switch {
		case r == '\n' || r == '\r':
			start = true
		case !blank(r):
			start = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// blank holds for what the runner trims from a line's beginning.
func blank(r rune) bool { return strings.TrimSpace(string(r)) == "" }

// escapeData escapes a command's message, as the runner unescapes it.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.ToValidUTF8(s, "\uFFFD"))
}

// escapeProperty escapes the value of a command's property.
func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeData(s))
}
