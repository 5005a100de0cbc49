package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"
)

// Errors of Parse. A caller refuses the plan whole on any of them; they differ in what to tell the user.
var (
	// ErrNoPlan is a file that is not a plan at all: not JSON, truncated, or without format_version.
	ErrNoPlan = errors.New("not a plan file")
	// ErrVersion is a plan of another format version.
	ErrVersion = errors.New("unsupported plan format version")
	// ErrInvalid is a plan with a key, type or value that no plan has, or with counts that do not match its contents.
	ErrInvalid = errors.New("invalid plan")
	// ErrEdited is a plan whose digest does not match its contents.
	ErrEdited = errors.New("plan was edited after it was made: digest does not match")
)

// Seal completes a document before it leaves the process as JSON: counts, empty lists in place of null, and the digest.
// Text output needs none of it: Build has counted.
func Seal(d Document) (Document, error) {
	d = withLists(d)
	d.Summary = summarize(d)
	var err error
	if d.Digest, err = digest(d); err != nil {
		return d, fmt.Errorf("sealing plan: %w", err)
	}
	return d, nil
}

// Parse reads a saved plan. It accepts only what Seal writes: encoding/json alone matches keys case-insensitively and
// takes the last of two equal ones, so a reviewer could be shown one timeout and another be written.
func Parse(raw []byte) (Document, error) {
	var head map[string]json.RawMessage
	switch {
	case !json.Valid(raw):
		return Document{}, fmt.Errorf("%w: invalid or truncated JSON", ErrNoPlan)
	case json.Unmarshal(raw, &head) != nil:
		return Document{}, fmt.Errorf("%w: not a JSON object", ErrNoPlan)
	case head["format_version"] == nil:
		return Document{}, fmt.Errorf("%w: no format_version", ErrNoPlan)
	case !utf8.Valid(raw):
		return Document{}, fmt.Errorf("%w: not valid UTF-8", ErrNoPlan)
	}
	var format string
	if json.Unmarshal(head["format_version"], &format) != nil {
		return Document{}, fmt.Errorf("%w: format_version is not a string", ErrNoPlan)
	}
	if format != FormatVersion {
		return Document{}, fmt.Errorf("%w %.40q: this version reads %q", ErrVersion, format, FormatVersion)
	}
	if err := checkShape(raw, reflect.TypeFor[Document]()); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	var d Document
	if err := json.Unmarshal(raw, &d); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	want, err := digest(d)
	switch {
	case err != nil:
		return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	case d.Digest != want:
		return Document{}, ErrEdited
	}
	if err := d.check(); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return d, nil
}

// digest is "sha256:..." over the document's canonical JSON without digest, created_at, stats and the changes'
// evidence: two plans of the same state have the same digest.
func digest(d Document) (string, error) {
	d.Changes = slices.Clone(d.Changes)
	for i := range d.Changes {
		d.Changes[i].Evidence = nil
	}
	canonical, err := appendCanonical(nil, reflect.ValueOf(d), "digest", "created_at", "stats")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// withLists replaces nil lists by empty ones, which are [] in JSON. It leaves the caller's slices alone.
func withLists(d Document) Document {
	d.Manifest.Files = list(d.Manifest.Files)
	d.Findings = list(d.Findings)
	d.Changes = list(slices.Clone(d.Changes))
	for i := range d.Changes {
		c := &d.Changes[i]
		c.Flows, c.Sources, c.Callers = list(c.Flows), list(c.Sources), list(slices.Clone(c.Callers))
		for j := range c.Callers {
			c.Callers[j].Via = list(c.Callers[j].Via)
		}
	}
	if d.Selected != nil {
		d.Selected = &Selected{Actions: list(d.Selected.Actions), Flows: list(d.Selected.Flows)}
	}
	return d
}

func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
