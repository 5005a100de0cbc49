package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

const (
	// maxDepth bounds the nesting that is followed, maxDecoded how often JSON is decoded from strings within JSON.
	maxDepth, maxDecoded = 200, 3
	// maxDiffLines bounds the lines given to go-diff, whose cost grows with their product where nothing matches.
	maxDiffLines = 3000
	maxValue     = 200 // columns of a value that are shown
	notShown     = "(not shown)"
)

// Diff shows what changed between two JSON documents: each changed value as a line with the path of its place, "-" as
// it was and "+" as it is, and nothing else.
//
//   - config.timeoutSeconds: 3
//   - config.timeoutSeconds: 12
//
// Neighbouring lines are left out on purpose: a data action's headers can hold credentials. For the same reason values
// below keys such as "headers" or "password" are masked. Numbers keep their digits (1.0 is not 1), duplicate keys are
// all kept, and JSON held in a string is decoded. The result is empty where the documents mean the same, and otherwise
// ends with a newline.
//
// Each document is flattened to one value a line before go-diff compares the lines: a line of an indented document
// would say "timeout: 3" without saying whose.
func Diff(before, after []byte) string {
	old, err := flatten(before)
	if err == nil {
		var now []string
		if now, err = flatten(after); err == nil {
			return diffLines(old, now)
		}
	}
	if bytes.Equal(before, after) {
		return ""
	}
	return "(document changed; not JSON that can be shown)\n"
}

// diffLines compares lines with go-diff and keeps those that changed.
func diffLines(old, now []string) string {
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	var b strings.Builder
	if len(old)+len(now) > maxDiffLines {
		write(&b, "- ", old)
		write(&b, "+ ", now)
		return b.String()
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // by the clock the same documents could give two results
	a, z, lines := dmp.DiffLinesToRunes(joined(old), joined(now))
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, z, false), lines) {
		changed := strings.Split(strings.TrimSuffix(d.Text, "\n"), "\n")
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			write(&b, "- ", changed)
		case diffmatchpatch.DiffInsert:
			write(&b, "+ ", changed)
		}
	}
	return b.String()
}

func joined(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// write prints lines. Secret values are masked only here, so that a changed secret still shows as a change.
func write(b *strings.Builder, sign string, lines []string) {
	for _, l := range lines {
		path, value, _ := strings.Cut(l, "\x00")
		if secret().MatchString(path) {
			value = notShown
		}
		if path == "" {
			path = "(document)"
		}
		b.WriteString(sign + cut(Inline(path), maxValue) + ": " + cut(Inline(value), maxValue) + "\n")
	}
}

// secret matches paths whose values are not shown.
var secret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)headers|authorization|password|secret|token|api_?-?key|credential|cookie`)
})

// flatten writes a document as lines of path, NUL and value. Neither holds a NUL or a newline, as in JSON.
func flatten(doc []byte) ([]string, error) {
	f := flattener{}
	if err := f.document(doc, "", 0); err != nil {
		return nil, err
	}
	return f.lines, nil
}

type flattener struct{ lines []string }

var errShape = errors.New("not one JSON value, or nested too deeply")

func (f *flattener) document(doc []byte, path string, decoded int) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if err := f.value(dec, path, 0, decoded); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errShape
	}
	return nil
}

func (f *flattener) value(dec *json.Decoder, path string, depth, decoded int) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		if depth == maxDepth {
			return errShape
		}
		return f.nested(dec, t, path, depth, decoded)
	case json.Number:
		f.add(path, t.String())
	case string:
		f.text(t, path, decoded)
	case bool:
		f.add(path, strconv.FormatBool(t))
	case nil:
		f.add(path, "null")
	}
	return nil
}

func (f *flattener) nested(dec *json.Decoder, open json.Delim, path string, depth, decoded int) error {
	n := 0
	for ; dec.More(); n++ {
		inner := path + "[" + strconv.Itoa(n) + "]"
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			inner = join(path, fmt.Sprint(key))
		}
		if err := f.value(dec, inner, depth+1, decoded); err != nil {
			return err
		}
	}
	end, err := dec.Token()
	if err != nil {
		return err
	}
	if n == 0 {
		f.add(path, open.String()+fmt.Sprint(end))
	}
	return nil
}

// text writes a string, decoded where it holds a JSON object or array.
func (f *flattener) text(s, path string, decoded int) {
	trimmed := strings.TrimSpace(s)
	if decoded < maxDecoded && (strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")) {
		inside := flattener{}
		if inside.document([]byte(s), path, decoded+1) == nil {
			f.lines = append(f.lines, inside.lines...)
			return
		}
	}
	f.add(path, quoted(s))
}

func (f *flattener) add(path, value string) { f.lines = append(f.lines, path+"\x00"+value) }

// simpleKey reports whether a key needs no quotes in a path.
func simpleKey(key string) bool {
	for i, r := range key {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || r != '-' && !unicode.IsNumber(r)) {
			return false
		}
	}
	return key != ""
}

func join(path, key string) string {
	switch {
	case !simpleKey(key):
		return path + "[" + quoted(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// quoted is a string as JSON.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil { // cannot happen with a string
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
