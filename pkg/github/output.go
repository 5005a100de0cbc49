package github

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Output is one output of a step.
type Output struct{ Name, Value string }

// WriteOutputs appends outputs to the file that GITHUB_OUTPUT names. Each value is written between lines with a
// delimiter that is drawn anew from random, 128 bits, so that no value can end itself and start another output;
// a value that holds the delimiter all the same is refused. Nothing is written when anything is refused.
//
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
func WriteOutputs(path string, random io.Reader, outputs []Output) error {
	if path == "" {
		return errors.New("writing the step's outputs: GITHUB_OUTPUT is not set")
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, o := range outputs {
		if !outputName(o.Name) || seen[o.Name] {
			return fmt.Errorf("writing the step's outputs: %q is not a name for an output, or is there twice", o.Name)
		}
		seen[o.Name] = true
		token, err := randomToken(random)
		if err != nil {
			return fmt.Errorf("writing the step's outputs: %w", err)
		}
		text, err := formatOutput(o, "ghadelimiter_"+token)
		if err != nil {
			return fmt.Errorf("writing the step's outputs: %w", err)
		}
		b.WriteString(text)
	}
	if err := appendFile(path, b.String()); err != nil {
		return fmt.Errorf("writing the step's outputs: %w", err)
	}
	return nil
}

func formatOutput(o Output, delimiter string) (string, error) {
	// The runner reads the file as UTF-8 and would replace what is none.
	value := strings.ToValidUTF8(o.Value, "\uFFFD")
	if strings.Contains(value, delimiter) {
		return "", fmt.Errorf("the value of output %q holds the delimiter it is written with", o.Name)
	}
	return o.Name + "<<" + delimiter + "\n" + value + "\n" + delimiter + "\n", nil
}

func outputName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isWord(r) || r == '.' })
}

// AddPath appends a folder to the file that GITHUB_PATH names: later steps have it on their PATH.
func AddPath(path, folder string) error {
	if path == "" {
		return errors.New("adding to PATH: GITHUB_PATH is not set")
	}
	if folder == "" || strings.ContainsAny(folder, "\r\n") {
		return fmt.Errorf("adding to PATH: %q is not a folder", folder)
	}
	if err := appendFile(path, folder+"\n"); err != nil {
		return fmt.Errorf("adding to PATH: %w", err)
	}
	return nil
}

// MaxSummary is the most bytes a step's summary may have; GitHub drops one over 1 MiB whole.
const MaxSummary = 900 << 10

// AppendSummary appends Markdown to the file that GITHUB_STEP_SUMMARY names. What does not fit beside what is there
// already is cut at a line's end, with a line that says so: a guard, since whoever renders the text knows better
// where to cut.
func AppendSummary(path, markdown string) error {
	if path == "" {
		return errors.New("writing the job summary: GITHUB_STEP_SUMMARY is not set")
	}
	room := int64(MaxSummary)
	if info, err := os.Stat(path); err == nil {
		room -= info.Size()
	}
	text := FitLines(
		strings.ToValidUTF8(markdown, "\uFFFD"),
		int(max(room, 0)),
		"_The rest does not fit into the job summary._",
	)
	if text != "" && !strings.HasSuffix(text, "\n") && int64(len(text)) < room {
		text += "\n"
	}
	if err := appendFile(path, text); err != nil {
		return fmt.Errorf("writing the job summary: %w", err)
	}
	return nil
}

// FitLines cuts a text to whole lines within limit bytes, the line more added at the end included; a text that fits
// is left as it is. Where not even more fits, nothing is left.
func FitLines(text string, limit int, more string) string {
	if len(text) <= limit {
		return text
	}
	more = "\n" + more + "\n"
	if len(more) > limit {
		return ""
	}
	cut := strings.LastIndexByte(text[:limit-len(more)], '\n')
	if cut < 0 {
		return more
	}
	return text[:cut+1] + more
}

func appendFile(path, text string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Close())
}

// randomToken is 128 random bits in hexadecimal.
func randomToken(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("drawing a random token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
