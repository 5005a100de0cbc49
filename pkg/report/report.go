// Package report renders plans, apply reports, lists and failures: text for terminals and logs, Markdown for pull
// requests, issues and job summaries, CSV, JSON, and the data of GitHub's annotations. It shows and never decides. It
// knows nothing of terminals, environment variables, GitHub's API or the clock; the same input gives the same bytes.
//
// Names and messages come from the API, a manifest or a pull request and are hostile: all of them pass through [Inline]
// before they are printed, and through a code span or an escape before they become Markdown.
//
// Two libraries live here alone: github.com/sergi/go-diff, for the difference of two documents, and
// github.com/mattn/go-runewidth, because a name's columns are neither its bytes nor its runes ("日本" takes four).
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"genesys-timeouts/pkg/plan"
)

// Style says how text is laid out.
type Style struct {
	// Color adds ANSI colours. No meaning depends on colour alone.
	Color bool
	// Width is the terminal's width in columns; 0 means unknown: 80, and neither error lines nor the table of advice are
	// fitted to it.
	Width int
	// Verbose lists what is otherwise counted: unchanged actions, callers, all findings, document diffs, requests.
	Verbose bool
}

// Failure is the JSON document of a run without a plan or a report, and of `validate`.
type Failure struct {
	FormatVersion string `json:"format_version"`
	// Error is nil for a valid manifest, and where the problems say it all.
	Error    *FailureError `json:"error,omitempty"`
	Problems []Problem     `json:"problems"`
}

// FailureError says what failed and what to do. Status is the HTTP status, 0 where no response was the cause.
type FailureError struct {
	Code          string `json:"code"`
	Message       string `json:"message"`
	Hint          string `json:"hint"`
	Status        int    `json:"status"`
	CorrelationID string `json:"correlation_id"`
}

// Problem is one mistake in a manifest. Lines and columns count from 1; 0 means unknown.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// NewFailure returns the document of a failed run (err may be nil) or of a manifest's problems (which may be empty).
func NewFailure(err *FailureError, problems []Problem) Failure {
	return Failure{FormatVersion: plan.FormatVersion, Error: err, Problems: problems}
}

// MarshalJSON always writes a format version, and an empty list of problems as [] rather than null.
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

// JSON writes v indented by two spaces, with a final newline and "<", ">" and "&" unescaped. Characters that a terminal
// obeys (DEL, C1 controls, bidirectional controls), and "##[", which GitHub's runner takes for a command anywhere in a
// line, are written as \u escapes, so readers of the JSON get the same text.
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

// harmlessJSON escapes what JSON does not and terminals or runners obey. All of it stands inside strings.
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
