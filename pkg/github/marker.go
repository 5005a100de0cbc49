package github

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// MaxBody is the most bytes a comment's or an issue's body may have; GitHub refuses more than 65,536 characters.
const MaxBody = 60_000

// Kind is what a marker stands on.
type Kind string

// The kinds of marker.
const (
	KindComment Kind = "comment"
	KindIssue   Kind = "issue"
	// KindNote is a comment beside the plan's, where that one is left alone.
	KindNote Kind = "note"
)

// State is what a comment or an issue last said.
type State string

// The states. A comment with errors approves nothing.
const (
	StatePlanned State = "planned"
	StateErrors  State = "errors"
	StateApplied State = "applied"
	// StateApplying is an apply that is writing now, or was interrupted while it wrote.
	StateApplying State = "applying"
	// StateFailed is an apply of which something failed; what was not written stays approved, and the run may be
	// repeated.
	StateFailed State = "failed"
	// StateRefused is an apply that wrote nothing, because not everything it would have written was approved.
	StateRefused State = "refused"
	StateDrifted State = "drifted"
	StateInStep  State = "in-step"
)

// Marker is the hidden first line of our texts: what the text is about and which run wrote it.
type Marker struct {
	Kind Kind
	// Version is the tool's.
	Version string
	// Key is from Key: a text is looked for by it, or by one that fits.
	Key string
	// Head is the commit the plan was made for.
	Head string
	Run  Run
	// Plan is the plan's Hash. An apply keeps the approved plan's.
	Plan  string
	State State
	// Errors is a Digest of the errors shown, or of an apply's results, "" where there are none. A plan's Hash does
	// not cover them.
	Errors string
	// Open says that the pull request was not merged yet when the plan was written.
	Open bool
	// Content is the digest of what the text says, without links to run and commit, times and evidence numbers; Body
	// is the digest of the whole body as written, which tells an edited text. Both are set by whatever composes the
	// body.
	Content, Body string
}

// Key tells the texts on one pull request (or the issues of one repository) apart: by label, manifest paths as given,
// and environment. "" is an unknown environment, as when the manifest that names it cannot be read; such a key fits
// any other of the same label and manifests, unless those are of several environments. A comment on several
// organisations of one manifest takes a fixed word for its environment.
func Key(label string, manifests []string, environment string) string {
	key := Digest(append([]string{label}, manifests...)...) + keyMark
	if environment != "" {
		key += Digest(environment)
	}
	return key
}

// keyMark stands before the environment.
const keyMark = "."

// fits reports whether two keys may be of the same text.
func fits(a, b string) bool {
	a, here, _ := strings.Cut(a, keyMark)
	b, there, _ := strings.Cut(b, keyMark)
	return a == b && (here == there || here == "" || there == "")
}

// Digest is a short hash of texts, to tell two lists of them apart.
func Digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		writeField(h, t)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

const (
	markerOpen  = "<!-- genesys-timeouts:"
	markerClose = " -->"
	// maxMarker bounds the line that is parsed; ours are under 600 bytes.
	maxMarker = 2048
)

// String is the marker's line, without the newline. Characters that do not belong in a marker become "_", so that
// nothing in it can end the comment.
func (m Marker) String() string {
	open := 0
	if m.Open {
		open = 1
	}
	return fmt.Sprintf("%s%s v1 version=%s key=%s head=%s run=%d number=%d attempt=%d plan=%s state=%s errors=%s "+
		"open=%d content=%s body=%s%s",
		markerOpen, m.Kind, markerWord(m.Version), markerWord(m.Key), markerWord(m.Head),
		m.Run.ID, m.Run.Number, m.Run.Attempt, markerWord(m.Plan), markerWord(string(m.State)), markerWord(m.Errors),
		open, markerWord(m.Content), markerWord(m.Body), markerClose)
}

func markerWord(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) || r == ':' || r == '+' {
			return r
		}
		return '_'
	}, s)
}

// ParseMarker reads the marker of a body. It must stand at the very first byte; unknown fields are left for later
// versions.
func ParseMarker(kind Kind, body string) (Marker, bool) {
	line, _, _ := strings.Cut(body[:min(len(body), maxMarker)], "\n")
	line = strings.TrimSuffix(line, "\r")
	rest, ok := strings.CutPrefix(line, markerOpen+string(kind)+" v1 ")
	if !ok {
		return Marker{}, false
	}
	rest, ok = strings.CutSuffix(rest, markerClose)
	if !ok {
		return Marker{}, false
	}
	fields := map[string]string{}
	for f := range strings.SplitSeq(rest, " ") {
		k, v, ok := strings.Cut(f, "=")
		if _, twice := fields[k]; !ok || twice || markerWord(v) != v {
			return Marker{}, false
		}
		fields[k] = v
	}
	m := Marker{
		Kind: kind, Version: fields["version"], Key: fields["key"], Head: fields["head"], Plan: fields["plan"],
		State: State(fields["state"]), Errors: fields["errors"],
		Open: fields["open"] == "1", Content: fields["content"], Body: fields["body"],
	}
	for name, to := range map[string]*int64{"run": &m.Run.ID, "number": &m.Run.Number, "attempt": &m.Run.Attempt} {
		n, err := wholeNumber(fields[name])
		if err != nil {
			return Marker{}, false
		}
		*to = n
	}
	return m, m.Key != ""
}

// sameAs reports whether two texts say the same. Where neither carries a digest of its content, they do when they
// show the same plan for the same commit, in the same state, with the same errors or results.
func (m Marker) sameAs(o Marker) bool {
	if m.Content != "" || o.Content != "" {
		return m.Content == o.Content
	}
	return m.Plan == o.Plan && m.Head == o.Head && m.State == o.State && m.Errors == o.Errors
}
