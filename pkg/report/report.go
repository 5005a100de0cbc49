// Package report turns plans, apply reports and failures into what people and programs read: text for terminals and
// logs, Markdown for pull requests, issues and job summaries, JSON, and the data of GitHub's annotations. It writes to
// the writer it is given and knows nothing of terminals, environment variables, GitHub's API or the clock; the same
// input gives the same bytes.
//
// Names and messages are text from elsewhere (the API, a manifest, a pull request) and are taken for hostile:
// everything of theirs passes through [Inline] before it is printed, and through a code span or an escape before it is
// Markdown.
//
// Two libraries live here alone: github.com/sergi/go-diff, for the difference of two documents, and
// github.com/mattn/go-runewidth, since a name's columns are neither its bytes nor its runes ("日本" takes four).
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"genesys-timeouts/pkg/plan"
)

// Style says how text is set.
type Style struct {
	// Color adds ANSI colours. Nothing is said by colour alone.
	Color bool
	// Width is the number of columns to set for; 0 stands for 80.
	Width int
	// Verbose lists what is otherwise counted: unchanged actions, all notes, documents' differences, what the run cost.
	Verbose bool
}

// Failure is the JSON document of a run that has neither a plan nor a report to show, and of `validate`.
type Failure struct {
	FormatVersion string `json:"format_version"`
	// Error is nil where all is well, and where the problems say it all.
	Error    *FailureError `json:"error,omitempty"`
	Problems []Problem     `json:"problems"`
}

// FailureError says what failed and what to do about it. Status is the HTTP status, 0 where no answer was the reason.
type FailureError struct {
	Code          string `json:"code"`
	Message       string `json:"message"`
	Hint          string `json:"hint"`
	Status        int    `json:"status"`
	CorrelationID string `json:"correlation_id"`
}

// Problem is one mistake in a manifest. Lines and columns count from 1; 0 stands for "not known".
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// NewFailure makes the document of a run that failed (err may be nil) or of a manifest's problems (which may be none).
func NewFailure(err *FailureError, problems []Problem) Failure {
	return Failure{FormatVersion: plan.FormatVersion, Error: err, Problems: problems}
}

// MarshalJSON writes the format version also where none was given, and an empty list of problems as [] rather than
// null.
func (f Failure) MarshalJSON() ([]byte, error) {
	type shape Failure // without this method
	if f.FormatVersion == "" {
		f.FormatVersion = plan.FormatVersion
	}
	if f.Problems == nil {
		f.Problems = []Problem{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // what the outer encoder does with "<" is decided there
	err := enc.Encode(shape(f))
	return b.Bytes(), err
}

// JSON writes v indented by two blanks, with a newline at the end, and with "<", ">" and "&" as they are. Characters
// that a terminal would obey (DEL, C1 controls, bidirectional controls), and "##[", which GitHub's runner takes for a
// command anywhere in a line, are written as JSON's own \u escapes: a reader of the JSON gets the same text.
func JSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding JSON: %w", err)
	}
	if _, err := w.Write(harmlessJSON(buf.Bytes())); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// harmlessJSON escapes what JSON leaves alone and a terminal or a runner does not. None of it can stand outside of a
// string.
func harmlessJSON(in []byte) []byte {
	in = bytes.ReplaceAll(in, []byte("##["), []byte(`##\u005b`))
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		switch {
		case r < 0x7f || !(r <= 0x9f || invisible(r)):
			out = append(out, in[:size]...)
		case r > 0xffff:
			out = appendSurrogates(out, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[size:]
	}
	return out
}
