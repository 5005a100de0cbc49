package github

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// MaxBody is the most bytes a comment's or an issue's body may have; GitHub refuses more than 65,536 characters.
const MaxBody = 60_000

// MaxApproved is the most bytes of a body that the hidden list of approved changes may take.
const MaxApproved = 30_000

// Kind is what a marker stands on.
type Kind string

// The kinds of marker.
const (
	KindComment Kind = "comment"
	KindIssue   Kind = "issue"
)

// State is what a comment or an issue last said.
type State string

// The states. A comment with errors approves nothing.
const (
	StatePlanned State = "planned"
	StateErrors  State = "errors"
	StateApplied State = "applied"
	// StateFailed is an apply of which something failed; what was approved stays so, and the run may be repeated.
	StateFailed  State = "failed"
	StateDrifted State = "drifted"
	StateInStep  State = "in-step"
)

// Marker is the hidden first line of a text of ours: it says what the text is about and which run wrote it.
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
	// Errors is a Digest of the errors shown, or of an apply's results, "" where there are none. A plan's Hash says nothing of them.
	Errors string
}

// Key tells texts on one pull request (or issues of one repository) apart: by label, manifest paths as given, and environment.
// "" is an environment that is not known, as where a manifest that would name one cannot be read; such a key fits any other of
// the same label and manifests, unless those are of several environments.
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
	// maxMarker bounds the line that is parsed; ours are under 400 bytes.
	maxMarker = 2048
)

// String is the marker's line, without the newline. Characters that have no place in a marker become "_", so that nothing in it
// can end the comment.
func (m Marker) String() string {
	return fmt.Sprintf("%s%s v1 version=%s key=%s head=%s run=%d number=%d attempt=%d plan=%s state=%s errors=%s%s",
		markerOpen, m.Kind, markerWord(m.Version), markerWord(m.Key), markerWord(m.Head),
		m.Run.ID, m.Run.Number, m.Run.Attempt, markerWord(m.Plan), markerWord(string(m.State)), markerWord(m.Errors), markerClose)
}

func markerWord(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) || r == ':' || r == '+' {
			return r
		}
		return '_'
	}, s)
}

// ParseMarker reads the marker of a body. It must stand at the very first byte; unknown fields are left for later versions.
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
	m := Marker{Kind: kind, Version: fields["version"], Key: fields["key"], Head: fields["head"], Plan: fields["plan"], State: State(fields["state"]), Errors: fields["errors"]}
	for name, to := range map[string]*int64{"run": &m.Run.ID, "number": &m.Run.Number, "attempt": &m.Run.Attempt} {
		n, err := wholeNumber(fields[name])
		if err != nil {
			return Marker{}, false
		}
		*to = n
	}
	return m, m.Key != ""
}

// sameAs reports whether a text shows what this one would: the same plan, for the same commit, come to the same state, with the same errors or results.
func (m Marker) sameAs(o Marker) bool {
	return m.Plan == o.Plan && m.Head == o.Head && m.State == o.State && m.Errors == o.Errors
}

// Compose makes a body: the marker's line, the hidden list of approved changes where there is one and it fits, and the text.
// render is told how many bytes are left for it.
func Compose(m Marker, approved *Approved, render func(limit int) string) (string, error) {
	head := m.String() + "\n"
	if approved != nil {
		block, err := approved.encode()
		if err != nil {
			return "", err
		}
		if len(block) <= MaxApproved {
			head += block + "\n"
		}
	}
	limit := MaxBody - len(head) - 1
	text := render(limit)
	if len(text) > limit {
		return "", fmt.Errorf("composing a comment: the text has %d bytes, and %d are left for it", len(text), limit)
	}
	// The blank line ends the HTML block: Markdown that follows directly would not be read as such.
	return head + "\n" + text, nil
}
