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
	var head struct {
		FormatVersion *string `json:"format_version"`
		Digest        string  `json:"digest"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return d, fmt.Errorf("%w: %w", ErrNoPlan, err)
	}
	if head.FormatVersion == nil {
		return d, fmt.Errorf("%w: it has no format_version", ErrNoPlan)
	}
	if *head.FormatVersion != FormatVersion {
		return d, fmt.Errorf("%w: %q, and this tool reads %q", ErrVersion, *head.FormatVersion, FormatVersion)
	}
	want, err := digest(raw)
	if err != nil {
		return d, fmt.Errorf("%w: %w", ErrNoPlan, err)
	}
	if want != head.Digest {
		return d, ErrEdited
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("%w: %w", ErrNoPlan, err)
	}
	return d, nil
}

// digest is "sha256:..." over the document without digest and stats. It works on the JSON and not on the struct, so that a
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
	delete(doc, "digest")
	delete(doc, "stats")
	canonical, err := json.Marshal(doc)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
