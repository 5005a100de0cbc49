package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Seal gives the document its digest: the last thing that happens to a plan before it is shown or saved.
func Seal(d Document) (Document, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("sealing plan: %w", err)
	}
	d.Digest, err = digest(raw)
	return d, err
}

// Errors of Parse, for callers that word them.
var (
	ErrNoPlan  = errors.New("this is no plan")
	ErrVersion = errors.New("the plan has another format version")
	ErrEdited  = errors.New("the plan was changed after it was made: its digest does not match")
)

// Parse reads a saved plan, and refuses one of another format version and one that was edited.
func Parse(raw []byte) (Document, error) {
	var d Document
	var head map[string]json.RawMessage
	if !json.Valid(raw) {
		return d, fmt.Errorf("%w: it is not JSON, or breaks off", ErrNoPlan)
	}
	if json.Unmarshal(raw, &head) != nil {
		return d, fmt.Errorf("%w: it is not a JSON object", ErrNoPlan)
	}
	version, ok := head["format_version"]
	if !ok {
		return d, fmt.Errorf("%w: it has no format_version", ErrNoPlan)
	}
	var format string
	if json.Unmarshal(version, &format) != nil {
		return d, fmt.Errorf("%w: its format_version is not a text", ErrNoPlan)
	}
	if format != FormatVersion {
		return d, fmt.Errorf("%w: %.40q, and this tool reads %q", ErrVersion, format, FormatVersion)
	}
	want, err := digest(raw)
	if err != nil {
		return d, fmt.Errorf("%w: %w", ErrNoPlan, err)
	}
	if string(head["digest"]) != `"`+want+`"` {
		return d, ErrEdited
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("%w: %w", ErrNoPlan, err)
	}
	return d, nil
}

// digest is "sha256:..." over the document without digest, created_at and stats, so that two plans of the same state have the same
// one. It works on the JSON and not on the struct, so that a
// key which this version does not know counts too; keys are sorted, and numbers keep their digits.
func digest(raw []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		return "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("there is more after the document")
	}
	for _, key := range []string{"digest", "created_at", "stats"} {
		delete(doc, key)
	}
	canonical, err := json.Marshal(doc)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
